//! Checkpoints and schema versions of projects.
//!
//! Invariants: the newest checkpoint is never deleted by age; those of the
//! last minute are kept beside it, because a broker can lose what it confirmed.

use rusqlite::{Connection as Sqlite, params};
use tidewire_engine::checkpoint::{Checkpoint, SchemaVersion};

use super::{Result, from_json, to_json};

/// How long older checkpoints are kept, milliseconds.
const KEPT_MS: i64 = 60_000;

/// All kept checkpoints of a project, newest first.
pub fn list(c: &Sqlite, project: &str) -> Result<Vec<Checkpoint>> {
    let mut statement =
        c.prepare_cached("SELECT body FROM checkpoint WHERE project_id = ?1 ORDER BY id DESC")?;
    let bodies: Vec<String> = statement.query_map([project], |row| row.get(0))?.collect::<Result<_, _>>()?;
    bodies.iter().map(|body| from_json(body)).collect()
}

/// The newest checkpoint of a project.
pub fn newest(c: &Sqlite, project: &str) -> Result<Option<Checkpoint>> {
    let mut statement =
        c.prepare_cached("SELECT body FROM checkpoint WHERE project_id = ?1 ORDER BY id DESC LIMIT 1")?;
    let bodies: Vec<String> = statement.query_map([project], |row| row.get(0))?.collect::<Result<_, _>>()?;
    bodies.first().map(|body| from_json(body)).transpose()
}

/// Saves a checkpoint and the schema versions that became known before it.
pub fn save(c: &Sqlite, project: &str, checkpoint: &Checkpoint, schemas: &[SchemaVersion]) -> Result<()> {
    insert(c, project, checkpoint)?;
    for schema in schemas {
        c.prepare_cached(
            "INSERT OR REPLACE INTO schema_version \
             (project_id, version, database_name, table_name, valid_from, body) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            project,
            signed(schema.version),
            schema.database,
            schema.table,
            to_json(&schema.valid_from)?,
            schema.body
        ])?;
    }
    c.prepare_cached(
        "DELETE FROM checkpoint WHERE project_id = ?1 AND saved_at < ?2 \
         AND id < (SELECT max(id) FROM checkpoint WHERE project_id = ?1)",
    )?
    .execute(params![project, signed(checkpoint.saved_at) - KEPT_MS])?;
    Ok(())
}

fn insert(c: &Sqlite, project: &str, checkpoint: &Checkpoint) -> Result<()> {
    c.prepare_cached("INSERT INTO checkpoint (project_id, saved_at, body) VALUES (?1, ?2, ?3)")?
        .execute(params![project, signed(checkpoint.saved_at), to_json(checkpoint)?])?;
    Ok(())
}

/// Forgets the checkpoints newer than this one, which becomes the newest.
pub fn rewind(c: &Sqlite, project: &str, checkpoint: &Checkpoint) -> Result<()> {
    c.execute(
        "DELETE FROM checkpoint WHERE project_id = ?1 AND saved_at >= ?2",
        params![project, signed(checkpoint.saved_at)],
    )?;
    insert(c, project, checkpoint)
}

/// All schema versions of a project, oldest first.
pub fn schemas(c: &Sqlite, project: &str) -> Result<Vec<SchemaVersion>> {
    let mut statement = c.prepare_cached(
        "SELECT version, database_name, table_name, valid_from, body FROM schema_version \
         WHERE project_id = ?1 ORDER BY version",
    )?;
    let rows: Vec<(i64, String, String, String, String)> = statement
        .query_map([project], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?
        .collect::<Result<_, _>>()?;
    rows.into_iter()
        .map(|(version, database, table, valid_from, body)| {
            Ok(SchemaVersion {
                version: u64::try_from(version).unwrap_or(0),
                database,
                table,
                valid_from: from_json(&valid_from)?,
                body,
            })
        })
        .collect()
}

/// Forgets everything that a project saved: it was released.
pub fn forget(c: &Sqlite, project: &str) -> Result<()> {
    c.execute("DELETE FROM checkpoint WHERE project_id = ?1", [project])?;
    c.execute("DELETE FROM schema_version WHERE project_id = ?1", [project])?;
    Ok(())
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
