//! Settings that are changed while the service runs: numbers by name. What is
//! not stored has its default, so that a reset is a deletion.

use rusqlite::{Connection as Sqlite, OptionalExtension as _, params};

use super::Result;

/// How many days figures of projects are kept.
pub const RETENTION_DAYS: (&str, u32) = ("sample.retention_days", 30);
/// Seconds of lag from which a project of level high is lagging.
pub const HIGH_SECONDS: (&str, u32) = ("alarm.high_seconds", 30);
/// The same for level medium.
pub const MEDIUM_SECONDS: (&str, u32) = ("alarm.medium_seconds", 300);
/// The same for level low.
pub const LOW_SECONDS: (&str, u32) = ("alarm.low_seconds", 900);

/// The value of a setting, or its default.
pub fn number(c: &Sqlite, (name, default): (&str, u32)) -> Result<u32> {
    let mut statement = c.prepare_cached("SELECT value FROM setting WHERE name = ?1")?;
    let stored: Option<String> = statement.query_row([name], |row| row.get(0)).optional()?;
    Ok(stored.and_then(|value| value.parse().ok()).unwrap_or(default))
}

/// Stores a value.
pub fn set(c: &Sqlite, name: &str, value: u32) -> Result<()> {
    c.execute(
        "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
        params![name, value.to_string()],
    )?;
    Ok(())
}

/// Gives every setting its default again.
pub fn clear(c: &Sqlite) -> Result<()> {
    c.execute("DELETE FROM setting", [])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_stored_has_its_default() {
        let mut c = Sqlite::open_in_memory().unwrap();
        super::super::migrate::run(&mut c, std::path::Path::new("x")).unwrap();
        assert_eq!(number(&c, RETENTION_DAYS).unwrap(), 30);
        set(&c, RETENTION_DAYS.0, 7).unwrap();
        set(&c, RETENTION_DAYS.0, 8).unwrap();
        assert_eq!(number(&c, RETENTION_DAYS).unwrap(), 8);
        clear(&c).unwrap();
        assert_eq!(number(&c, RETENTION_DAYS).unwrap(), 30);
    }
}
