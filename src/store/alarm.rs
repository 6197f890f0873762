//! Alarm levels of projects.

use std::collections::HashMap;

use rusqlite::{Connection as Sqlite, OptionalExtension as _, params};

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

/// The level of a project; low for one that is not there.
pub fn level_of(c: &Sqlite, id: &str) -> Result<AlarmLevel> {
    let mut statement = c.prepare_cached("SELECT alarm_level FROM project WHERE id = ?1")?;
    let level: Option<String> = statement.query_row([id], |row| row.get(0)).optional()?;
    Ok(level.and_then(|level| AlarmLevel::parse(&level)).unwrap_or_default())
}

/// Gives a project a level.
pub fn set_level(c: &Sqlite, id: &str, level: AlarmLevel) -> Result<()> {
    c.execute("UPDATE project SET alarm_level = ?2 WHERE id = ?1", params![id, level.as_str()])?;
    Ok(())
}
