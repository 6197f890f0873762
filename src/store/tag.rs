//! Tags and which projects carry them.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::Result;

/// A tag and how many projects carry it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagRecord {
    /// Name.
    pub name: String,
    /// Projects with this tag.
    pub projects: u64,
    /// Who made it.
    pub creator: String,
}

/// All tags by name.
pub fn list(c: &Connection) -> Result<Vec<TagRecord>> {
    let mut statement = c.prepare_cached(
        "SELECT name, (SELECT count(*) FROM project_tag WHERE tag_id = tag.id), creator FROM tag ORDER BY name",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(TagRecord { name: row.get(0)?, projects: row.get::<_, u32>(1)?.into(), creator: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Makes a tag.
pub fn insert(c: &Connection, name: &str, creator: &str, now: i64) -> Result<()> {
    c.execute(
        "INSERT INTO tag (name, creator, created_at) VALUES (?1, ?2, ?3)",
        params![name, creator, now],
    )?;
    Ok(())
}

/// Gives a tag another name; `false` when there is none of the old name.
pub fn rename(c: &Connection, name: &str, new: &str) -> Result<bool> {
    Ok(c.execute("UPDATE tag SET name = ?2 WHERE name = ?1", [name, new])? > 0)
}

/// Deletes a tag, also from all projects.
pub fn delete(c: &Connection, name: &str) -> Result<bool> {
    Ok(c.execute("DELETE FROM tag WHERE name = ?1", [name])? > 0)
}

/// Who made a tag; nothing when there is none.
pub fn creator(c: &Connection, name: &str) -> Result<Option<String>> {
    Ok(c.query_row("SELECT creator FROM tag WHERE name = ?1", [name], |row| row.get(0)).optional()?)
}

/// Whether a tag exists.
pub fn exists(c: &Connection, name: &str) -> Result<bool> {
    let found = c.query_row("SELECT 1 FROM tag WHERE name = ?1", [name], |_| Ok(())).optional()?;
    Ok(found.is_some())
}

/// How many tags there are.
pub fn count(c: &Connection) -> Result<u32> {
    Ok(c.query_row("SELECT count(*) FROM tag", [], |row| row.get(0))?)
}

/// The tags of a project by name.
pub fn of_project(c: &Connection, project: &str) -> Result<Vec<String>> {
    let mut statement = c.prepare_cached(
        "SELECT name FROM tag JOIN project_tag ON tag_id = tag.id WHERE project_id = ?1 ORDER BY name",
    )?;
    let rows = statement.query_map([project], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Replaces the tags of a project by existing ones.
pub fn set_of_project(c: &Connection, project: &str, names: &[String]) -> Result<()> {
    c.execute("DELETE FROM project_tag WHERE project_id = ?1", [project])?;
    for name in names {
        c.execute(
            "INSERT INTO project_tag (project_id, tag_id) SELECT ?1, id FROM tag WHERE name = ?2",
            [project, name],
        )?;
    }
    Ok(())
}
