//! Projects with their tables and their own copies of both connections.

use rusqlite::{Connection as Sqlite, OptionalExtension as _, Row, params};
use tidewire_engine::endpoint::Connection;
use tidewire_engine::project::{ProjectOptions, StartPoint, TableMapping};

use crate::model::status::{Failure, ProjectStatus};

use super::{Result, StoreError, from_json, tag, to_json};

/// A project's own copy of a data source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointCopy {
    /// Name of the data source when it was copied.
    pub name: String,
    /// Everything but the secret.
    pub connection: Connection,
    /// The secret, sealed for the project.
    pub sealed: Option<Vec<u8>>,
}

/// A stored project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectRecord {
    /// `np_` and 12 characters.
    pub id: String,
    /// Unique name.
    pub name: String,
    /// State.
    pub status: ProjectStatus,
    /// Where rows come from.
    pub source: EndpointCopy,
    /// Where messages go.
    pub target: EndpointCopy,
    /// Where to begin without a checkpoint.
    pub start: StartPoint,
    /// Options.
    pub options: ProjectOptions,
    /// Tables and topics, in the order of the form.
    pub tables: Vec<TableMapping>,
    /// Tags by name.
    pub tags: Vec<String>,
    /// Why it failed; set only in [`ProjectStatus::Failed`].
    pub failure: Option<Failure>,
    /// Digest of the settings that passed the precheck.
    pub prechecked: Option<String>,
    /// Who made it.
    pub creator: String,
    /// When, milliseconds.
    pub created_at: i64,
    /// When it was changed last.
    pub updated_at: i64,
}

const COLUMNS: &str = "id, name, status, source_name, source_connection, source_secret, target_name, \
     target_connection, target_secret, start_micros, options, failure, prechecked, creator, created_at, \
     updated_at";

/// A row before its texts are read.
struct Raw {
    id: String,
    name: String,
    status: String,
    source: (String, String, Option<Vec<u8>>),
    target: (String, String, Option<Vec<u8>>),
    start_micros: Option<i64>,
    options: String,
    failure: Option<String>,
    prechecked: Option<String>,
    creator: String,
    created_at: i64,
    updated_at: i64,
}

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok(Raw {
        id: row.get(0)?,
        name: row.get(1)?,
        status: row.get(2)?,
        source: (row.get(3)?, row.get(4)?, row.get(5)?),
        target: (row.get(6)?, row.get(7)?, row.get(8)?),
        start_micros: row.get(9)?,
        options: row.get(10)?,
        failure: row.get(11)?,
        prechecked: row.get(12)?,
        creator: row.get(13)?,
        created_at: row.get(14)?,
        updated_at: row.get(15)?,
    })
}

fn endpoint((name, connection, sealed): (String, String, Option<Vec<u8>>)) -> Result<EndpointCopy> {
    Ok(EndpointCopy { name, connection: from_json(&connection)?, sealed })
}

fn complete(c: &Sqlite, raw: Raw) -> Result<ProjectRecord> {
    let tables = tables(c, &raw.id)?;
    let tags = tag::of_project(c, &raw.id)?;
    Ok(ProjectRecord {
        status: ProjectStatus::parse(&raw.status).ok_or_else(|| StoreError::Corrupt(raw.status.clone()))?,
        source: endpoint(raw.source)?,
        target: endpoint(raw.target)?,
        start: raw
            .start_micros
            .map_or(StartPoint::Now, |micros| StartPoint::AtMicros(u64::try_from(micros).unwrap_or(0))),
        options: from_json(&raw.options)?,
        failure: raw.failure.as_deref().map(from_json).transpose()?,
        id: raw.id,
        name: raw.name,
        tables,
        tags,
        prechecked: raw.prechecked,
        creator: raw.creator,
        created_at: raw.created_at,
        updated_at: raw.updated_at,
    })
}

/// All, newest first.
pub fn list(c: &Sqlite) -> Result<Vec<ProjectRecord>> {
    let mut statement =
        c.prepare_cached(&format!("SELECT {COLUMNS} FROM project ORDER BY created_at DESC, id"))?;
    let rows: Vec<Raw> = statement.query_map([], raw)?.collect::<Result<_, _>>()?;
    rows.into_iter().map(|row| complete(c, row)).collect()
}

/// One by name or id.
pub fn find(c: &Sqlite, name: &str) -> Result<Option<ProjectRecord>> {
    let mut statement =
        c.prepare_cached(&format!("SELECT {COLUMNS} FROM project WHERE name = ?1 OR id = ?1"))?;
    statement.query_row([name], raw).optional()?.map(|row| complete(c, row)).transpose()
}

/// Saves a new project with its tables and tags.
pub fn insert(c: &Sqlite, record: &ProjectRecord) -> Result<()> {
    c.execute(
        &format!(
            "INSERT INTO project ({COLUMNS}) VALUES \
             (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
        ),
        params![
            record.id,
            record.name,
            record.status.as_str(),
            record.source.name,
            to_json(&record.source.connection)?,
            record.source.sealed,
            record.target.name,
            to_json(&record.target.connection)?,
            record.target.sealed,
            start_micros(record.start),
            to_json(&record.options)?,
            record.failure.as_ref().map(to_json).transpose()?,
            record.prechecked,
            record.creator,
            record.created_at,
            record.updated_at
        ],
    )?;
    set_tables(c, record)?;
    tag::set_of_project(c, &record.id, &record.tags)
}

/// Saves the settings of a project that exists; its state stays.
pub fn update(c: &Sqlite, record: &ProjectRecord) -> Result<()> {
    c.execute(
        "UPDATE project SET name = ?2, source_name = ?3, source_connection = ?4, source_secret = ?5, \
         target_name = ?6, target_connection = ?7, target_secret = ?8, start_micros = ?9, options = ?10, \
         prechecked = ?11, updated_at = ?12 WHERE id = ?1",
        params![
            record.id,
            record.name,
            record.source.name,
            to_json(&record.source.connection)?,
            record.source.sealed,
            record.target.name,
            to_json(&record.target.connection)?,
            record.target.sealed,
            start_micros(record.start),
            to_json(&record.options)?,
            record.prechecked,
            record.updated_at
        ],
    )?;
    set_tables(c, record)?;
    tag::set_of_project(c, &record.id, &record.tags)
}

/// Gives another name.
pub fn rename(c: &Sqlite, id: &str, name: &str, at: i64) -> Result<()> {
    c.execute("UPDATE project SET name = ?2, updated_at = ?3 WHERE id = ?1", params![id, name, at])?;
    Ok(())
}

/// Changes the state if it is still `from`; `false` when somebody was faster.
pub fn set_status(
    c: &Sqlite,
    id: &str,
    from: ProjectStatus,
    to: ProjectStatus,
    failure: Option<&Failure>,
) -> Result<bool> {
    let changed = c.execute(
        "UPDATE project SET status = ?3, failure = ?4 WHERE id = ?1 AND status = ?2",
        params![id, from.as_str(), to.as_str(), failure.map(to_json).transpose()?],
    )?;
    Ok(changed > 0)
}

/// Remembers that these settings passed the precheck.
pub fn set_prechecked(c: &Sqlite, id: &str, digest: Option<&str>) -> Result<()> {
    c.execute("UPDATE project SET prechecked = ?2 WHERE id = ?1", params![id, digest])?;
    Ok(())
}

/// Deletes a project with everything that belongs to it.
pub fn delete(c: &Sqlite, id: &str) -> Result<()> {
    c.execute("DELETE FROM project WHERE id = ?1", [id])?;
    Ok(())
}

fn start_micros(start: StartPoint) -> Option<i64> {
    match start {
        StartPoint::Now => None,
        StartPoint::AtMicros(micros) => Some(i64::try_from(micros).unwrap_or(i64::MAX)),
    }
}

fn tables(c: &Sqlite, project: &str) -> Result<Vec<TableMapping>> {
    let mut statement = c.prepare_cached(
        "SELECT database_name, table_name, topic, row_filter, shard_columns, columns FROM project_table \
         WHERE project_id = ?1 ORDER BY ordinal",
    )?;
    let rows: Vec<(TableMapping, String, String)> = statement
        .query_map([project], |row| {
            let mapping = TableMapping {
                database: row.get(0)?,
                table: row.get(1)?,
                topic: row.get(2)?,
                row_filter: row.get(3)?,
                ..TableMapping::default()
            };
            Ok((mapping, row.get(4)?, row.get(5)?))
        })?
        .collect::<Result<_, _>>()?;
    rows.into_iter()
        .map(|(mapping, shard_columns, columns)| {
            let (shard_columns, columns) = (from_json(&shard_columns)?, from_json(&columns)?);
            Ok(TableMapping { shard_columns, columns, ..mapping })
        })
        .collect()
}

fn set_tables(c: &Sqlite, record: &ProjectRecord) -> Result<()> {
    c.execute("DELETE FROM project_table WHERE project_id = ?1", [&record.id])?;
    let mut statement = c.prepare_cached(
        "INSERT INTO project_table \
         (project_id, ordinal, database_name, table_name, topic, shard_columns, columns, row_filter) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (ordinal, mapping) in (0_i64..).zip(&record.tables) {
        statement.execute(params![
            record.id,
            ordinal,
            mapping.database,
            mapping.table,
            mapping.topic,
            to_json(&mapping.shard_columns)?,
            to_json(&mapping.columns)?,
            mapping.row_filter
        ])?;
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use tidewire_engine::endpoint::{DatasourceKind, Tls};

    /// A project without tables, for tests of what belongs to projects.
    pub(crate) fn blank(id: &str) -> ProjectRecord {
        let copy = |kind| EndpointCopy {
            name: "x".to_owned(),
            connection: Connection {
                kind,
                address: "127.0.0.1:1".to_owned(),
                tenant: String::new(),
                cluster: String::new(),
                user: "u".to_owned(),
                database: String::new(),
                binlog_address: String::new(),
                access_key: String::new(),
                namespace: String::new(),
                tls: Tls::Off,
                tls_ca: String::new(),
            },
            sealed: None,
        };
        ProjectRecord {
            id: id.to_owned(),
            name: format!("name {id}"),
            status: ProjectStatus::Init,
            source: copy(DatasourceKind::Mysql),
            target: copy(DatasourceKind::Rocketmq),
            start: StartPoint::Now,
            options: ProjectOptions::default(),
            tables: Vec::new(),
            tags: Vec::new(),
            failure: None,
            prechecked: None,
            creator: "admin".to_owned(),
            created_at: 1,
            updated_at: 1,
        }
    }

    pub(crate) fn insert_blank(c: &Sqlite, id: &str) -> Result<()> {
        insert(c, &blank(id))
    }

    #[tokio::test]
    async fn every_state_and_field_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::Store::open(&dir.path().join("t.db")).unwrap();
        for (number, status) in ProjectStatus::ALL.into_iter().enumerate() {
            let mut record = blank(&format!("np_{number}"));
            record.status = status;
            record.start = StartPoint::AtMicros(123_456);
            record.source.sealed = Some(vec![1, 2, 3]);
            record.prechecked = Some("digest".to_owned());
            record.tables.push(TableMapping {
                database: "shop".to_owned(),
                table: "orders".to_owned(),
                topic: "orders".to_owned(),
                shard_columns: vec!["user_id".to_owned()],
                columns: vec!["id".to_owned(), "user_id".to_owned()],
                row_filter: "id > 5".to_owned(),
            });
            let saved = record.clone();
            store.write(move |tx| insert(tx, &saved)).await.unwrap();
            let id = record.id.clone();
            let back = store.read(move |c| find(c, &id)).await.unwrap().unwrap();
            assert_eq!(back, record);
        }
    }
}
