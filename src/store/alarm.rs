//! Alarm levels of projects.

use std::collections::HashMap;

use rusqlite::{Connection as Sqlite, params};

use crate::model::alarm::AlarmLevel;

use super::Result;

/// The level of every project by id.
pub fn levels(c: &Sqlite) -> Result<HashMap<String, AlarmLevel>> {
    let mut statement = c.prepare_cached("SELECT id, alarm_level FROM project")?;
    let rows = statement.query_map([], |row| {
        let level: String = row.get(1)?;
        Ok((row.get(0)?, AlarmLevel::parse(&level).unwrap_or_default()))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Gives a project a level.
pub fn set_level(c: &Sqlite, id: &str, level: AlarmLevel) -> Result<()> {
    c.execute("UPDATE project SET alarm_level = ?2 WHERE id = ?1", params![id, level.as_str()])?;
    Ok(())
}
