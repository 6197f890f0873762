//! Projects in the making. Knows nothing of their settings: they are a text.

use rusqlite::{Connection as Sqlite, OptionalExtension as _, Row, params};

use super::Result;

/// A wizard's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftRecord {
    /// Id.
    pub id: String,
    /// Who makes it.
    pub owner: String,
    /// The project that is being changed; none: a new one.
    pub project_id: Option<String>,
    /// Digest of that project's settings when the change began.
    pub base: Option<String>,
    /// Whether it became a project.
    pub done: bool,
    /// Rises with every change.
    pub version: i64,
    /// The settings so far, as JSON.
    pub input: String,
    /// When it was changed last, milliseconds.
    pub updated_at: i64,
}

fn read(row: &Row<'_>) -> rusqlite::Result<DraftRecord> {
    Ok(DraftRecord {
        id: row.get(0)?,
        owner: row.get(1)?,
        project_id: row.get(2)?,
        base: row.get(3)?,
        done: row.get(4)?,
        version: row.get(5)?,
        input: row.get(6)?,
        updated_at: row.get(7)?,
    })
}

/// All of one owner, newest first.
pub fn of_owner(c: &Sqlite, owner: &str) -> Result<Vec<DraftRecord>> {
    let mut statement = c.prepare_cached(
        "SELECT id, owner, project_id, base, done, version, input, updated_at FROM draft \
         WHERE owner = ?1 AND done = 0 ORDER BY updated_at DESC",
    )?;
    let rows = statement.query_map([owner], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One by id.
pub fn find(c: &Sqlite, id: &str) -> Result<Option<DraftRecord>> {
    let mut statement = c.prepare_cached(
        "SELECT id, owner, project_id, base, done, version, input, updated_at FROM draft WHERE id = ?1",
    )?;
    Ok(statement.query_row([id], read).optional()?)
}

/// Saves a new one; the owner's oldest go when there are more than `most`.
pub fn insert(c: &Sqlite, draft: &DraftRecord, most: u32) -> Result<()> {
    c.execute(
        "INSERT INTO draft (id, owner, project_id, base, done, version, input, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            draft.id,
            draft.owner,
            draft.project_id,
            draft.base,
            draft.done,
            draft.version,
            draft.input,
            draft.updated_at
        ],
    )?;
    c.execute(
        "DELETE FROM draft WHERE owner = ?1 AND id NOT IN \
         (SELECT id FROM draft WHERE owner = ?1 ORDER BY updated_at DESC LIMIT ?2)",
        params![draft.owner, most],
    )?;
    Ok(())
}

/// Replaces the settings of a version; `false` when another version is there.
pub fn update(c: &Sqlite, id: &str, version: i64, input: &str, now: i64) -> Result<bool> {
    let changed = c.execute(
        "UPDATE draft SET input = ?3, updated_at = ?4, version = version + 1 WHERE id = ?1 AND version = ?2",
        params![id, version, input, now],
    )?;
    Ok(changed > 0)
}

/// It became this project.
pub fn finish(c: &Sqlite, id: &str, project: &str) -> Result<()> {
    c.execute("UPDATE draft SET done = 1, project_id = ?2 WHERE id = ?1", [id, project])?;
    Ok(())
}

/// Deletes one.
pub fn delete(c: &Sqlite, id: &str) -> Result<()> {
    c.execute("DELETE FROM draft WHERE id = ?1", [id])?;
    Ok(())
}
