//! Checkpoints and schema versions of projects.
//!
//! Invariants: which checkpoints are kept and which are newer is told by their
//! order, never by a clock; a version is kept as long as a checkpoint may need it.

use rusqlite::{Connection as Sqlite, params};
use tidewire_engine::checkpoint::{Checkpoint, Position, SchemaVersion};
use tidewire_engine::doors::CHECKPOINTS;
use tidewire_engine::identity::TableName;

use super::{Result, from_json, to_json};

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
        "DELETE FROM checkpoint WHERE project_id = ?1 AND id <= \
         (SELECT id FROM checkpoint WHERE project_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    )?
    .execute(params![project, CHECKPOINTS])?;
    if !schemas.is_empty() {
        forget_versions(c, project)?;
    }
    Ok(())
}

/// Forgets the versions that no kept checkpoint needs: those of a table that a
/// later one replaced before the oldest of them, and that a table is gone, which
/// none then says as well. A definition that waits for its place replaces nothing
/// yet, whatever its number.
fn forget_versions(c: &Sqlite, project: &str) -> Result<()> {
    c.prepare_cached(
        "DELETE FROM schema_version AS old WHERE project_id = ?1 AND EXISTS ( \
         SELECT 1 FROM schema_version AS later WHERE later.project_id = ?1 \
         AND later.database_name = old.database_name AND later.table_name = old.table_name \
         AND later.version > old.version AND later.body ->> 'pending' IS NOT TRUE \
         AND later.version <= \
         (SELECT min(body ->> 'schema_version') FROM checkpoint WHERE project_id = ?1))",
    )?
    .execute([project])?;
    c.prepare_cached(
        "DELETE FROM schema_version WHERE project_id = ?1 AND body ->> 'shape' = 'gone' AND version <= \
         (SELECT min(body ->> 'schema_version') FROM checkpoint WHERE project_id = ?1)",
    )?
    .execute([project])?;
    Ok(())
}

/// Keeps a definition that waits for the next place that wants one, instead of an
/// older one of the same table that waits still. Its number is above every other
/// that was given out: a run may not take it a second time.
pub fn define(c: &Sqlite, project: &str, table: &TableName, at: &Position, body: &str) -> Result<u64> {
    let newest: Option<i64> = c
        .prepare_cached(
            "SELECT max(number) FROM ( \
             SELECT version AS number FROM schema_version WHERE project_id = ?1 UNION ALL \
             SELECT body ->> 'schema_version' FROM checkpoint WHERE project_id = ?1)",
        )?
        .query_row([project], |row| row.get(0))?;
    let number = newest.unwrap_or(0).saturating_add(1);
    c.execute(
        "DELETE FROM schema_version WHERE project_id = ?1 AND database_name = ?2 AND table_name = ?3 \
         AND body ->> 'pending' IS TRUE",
        params![project, table.database, table.table],
    )?;
    c.execute(
        "INSERT INTO schema_version (project_id, version, database_name, table_name, valid_from, body) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![project, number, table.database, table.table, to_json(at)?, body],
    )?;
    Ok(u64::try_from(number).unwrap_or(0))
}

fn insert(c: &Sqlite, project: &str, checkpoint: &Checkpoint) -> Result<()> {
    c.prepare_cached("INSERT INTO checkpoint (project_id, saved_at, body) VALUES (?1, ?2, ?3)")?
        .execute(params![project, signed(checkpoint.saved_at), to_json(checkpoint)?])?;
    Ok(())
}

/// Forgets the checkpoints newer than `to`, which was listed before, and the versions
/// that they brought; `now` becomes the newest.
pub fn rewind(c: &Sqlite, project: &str, to: &Checkpoint, now: &Checkpoint) -> Result<()> {
    c.execute(
        "DELETE FROM checkpoint WHERE project_id = ?1 AND id > \
         (SELECT max(id) FROM checkpoint WHERE project_id = ?1 AND body = ?2)",
        params![project, to_json(to)?],
    )?;
    // Their numbers are given out anew. Definitions that wait for their place stay.
    c.execute(
        "DELETE FROM schema_version WHERE project_id = ?1 AND version > ?2 \
         AND body ->> 'pending' IS NULL",
        params![project, signed(to.schema_version)],
    )?;
    insert(c, project, now)
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
