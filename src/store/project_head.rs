//! What lists of projects show: a project without its tables and connections.
//! A list asks three questions however many projects there are.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection as Sqlite, Row, params};
use tidewire_engine::checkpoint::{Checkpoint, Position};
use tidewire_engine::endpoint::{Connection, DatasourceKind};

use crate::model::status::{Failure, ProjectStatus};

use super::{Result, StoreError, from_json, to_json};

/// A project as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectHead {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// State.
    pub status: ProjectStatus,
    /// Name of the source.
    pub source: String,
    /// Kind of the source.
    pub source_kind: DatasourceKind,
    /// Name of the target.
    pub target: String,
    /// Tags by name.
    pub tags: Vec<String>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Who made it.
    pub creator: String,
    /// When, milliseconds.
    pub created_at: i64,
    /// When something was done to it last.
    pub changed_at: i64,
}

type Raw = (String, String, String, String, String, String, Option<String>, String, i64, i64);

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    row.try_into()
}

/// All, newest first.
pub fn list(c: &Sqlite) -> Result<Vec<ProjectHead>> {
    let mut statement = c.prepare_cached(
        "SELECT id, name, status, source_name, source_connection, target_name, failure, creator, created_at, \
         max(updated_at, coalesce((SELECT at FROM operation WHERE object_id = project.id \
         ORDER BY id DESC LIMIT 1), 0)) FROM project ORDER BY created_at DESC, id",
    )?;
    let rows: Vec<Raw> = statement.query_map([], raw)?.collect::<Result<_, _>>()?;
    let mut tags = tags(c)?;
    rows.into_iter()
        .map(|(id, name, status, source, connection, target, failure, creator, created_at, changed_at)| {
            let connection: Connection = from_json(&connection)?;
            Ok(ProjectHead {
                tags: tags.remove(&id).unwrap_or_default(),
                status: ProjectStatus::parse(&status).ok_or(StoreError::Corrupt(status))?,
                failure: failure.as_deref().map(from_json).transpose()?,
                source_kind: connection.kind,
                id,
                name,
                source,
                target,
                creator,
                created_at,
                changed_at,
            })
        })
        .collect()
}

fn tags(c: &Sqlite) -> Result<HashMap<String, Vec<String>>> {
    let mut statement = c.prepare_cached(
        "SELECT project_id, name FROM project_tag JOIN tag ON tag.id = tag_id ORDER BY project_id, name",
    )?;
    let mut tags: HashMap<String, Vec<String>> = HashMap::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        tags.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    Ok(tags)
}

/// The saved positions of projects.
pub fn positions(c: &Sqlite, ids: &[String]) -> Result<HashMap<String, Position>> {
    let mut statement = c.prepare_cached(
        "SELECT project_id, body FROM checkpoint WHERE id IN (SELECT max(id) FROM checkpoint \
         WHERE project_id IN (SELECT value FROM json_each(?1)) GROUP BY project_id)",
    )?;
    let rows: Vec<(String, String)> =
        statement.query_map([to_json(&ids)?], |row| row.try_into())?.collect::<Result<_, _>>()?;
    rows.into_iter().map(|(id, body)| Ok((id, from_json::<Checkpoint>(&body)?.position))).collect()
}

/// Mean lag of projects over equal spans of `step` milliseconds since a moment:
/// number of the span and milliseconds.
pub fn lags(c: &Sqlite, ids: &[String], from: i64, step: i64) -> Result<BTreeMap<String, Vec<(i64, f64)>>> {
    // The ids come first, so that each is one range of the table's key.
    let mut statement = c.prepare_cached(
        "SELECT project_id, (at - ?2) / ?3, avg(lag_ms) FROM json_each(?1) AS wanted \
         CROSS JOIN sample ON project_id = wanted.value AND at >= ?2 GROUP BY 1, 2 ORDER BY 1, 2",
    )?;
    let mut lags: BTreeMap<String, Vec<(i64, f64)>> = BTreeMap::new();
    let mut rows = statement.query(params![to_json(&ids)?, from, step.max(1)])?;
    while let Some(row) = rows.next()? {
        lags.entry(row.get(0)?).or_default().push((row.get(1)?, row.get(2)?));
    }
    Ok(lags)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample::{self, Sample};
    use crate::store::{project, tag};

    #[tokio::test]
    async fn lists_come_with_their_tags_and_lags() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::Store::open(&dir.path().join("t.db")).unwrap();
        let found: Result<_> = store
            .write(|tx| {
                for id in ["np_1", "np_2"] {
                    project::insert(tx, &project::tests::blank(id))?;
                }
                tag::insert(tx, "核心", "admin", 1)?;
                tag::set_of_project(tx, "np_2", &["核心".to_owned()])?;
                for at in [1_000, 61_000, 62_000] {
                    let figures = Sample {
                        at,
                        lag_ms: at / 1000,
                        rows_per_second: 0.0,
                        bytes_per_second: 0.0,
                        send_micros: 0.0,
                    };
                    sample::insert(tx, "np_2", &figures)?;
                }
                let ids = ["np_1".to_owned(), "np_2".to_owned()];
                Ok((list(tx)?, lags(tx, &ids, 0, 60_000)?, positions(tx, &ids)?))
            })
            .await;
        let (heads, lags, positions) = found.unwrap();
        assert_eq!(heads[1].tags, ["核心"]);
        assert_eq!(lags["np_2"], [(0, 1.0), (1, 61.5)]);
        assert!(!lags.contains_key("np_1") && positions.is_empty());
    }
}
