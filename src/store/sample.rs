//! Figures of running projects over time.

use rusqlite::{Connection as Sqlite, params};

use super::Result;

/// What was measured at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When, milliseconds.
    pub at: i64,
    /// Lag in milliseconds.
    pub lag_ms: i64,
    /// Rows confirmed a second.
    pub rows_per_second: f64,
    /// Bytes confirmed a second.
    pub bytes_per_second: f64,
    /// Mean time of a send in microseconds.
    pub send_micros: f64,
}

/// Saves a sample.
pub fn insert(c: &Sqlite, project: &str, sample: &Sample) -> Result<()> {
    c.prepare_cached("INSERT OR REPLACE INTO sample VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
        project,
        sample.at,
        sample.lag_ms,
        sample.rows_per_second,
        sample.bytes_per_second,
        sample.send_micros
    ])?;
    Ok(())
}

/// Means over equal spans of `step` milliseconds between two moments.
pub fn between(c: &Sqlite, project: &str, from: i64, to: i64, step: i64) -> Result<Vec<Sample>> {
    let mut statement = c.prepare_cached(
        "SELECT (at / ?4) * ?4, avg(lag_ms), avg(rows_per_second), avg(bytes_per_second), avg(send_micros) \
         FROM sample WHERE project_id = ?1 AND at BETWEEN ?2 AND ?3 GROUP BY at / ?4 ORDER BY at",
    )?;
    let rows = statement.query_map(params![project, from, to, step.max(1)], |row| {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a mean of milliseconds; f64 rounds, as saturating"
        )]
        let lag_ms = row.get::<_, f64>(1)? as i64;
        Ok(Sample {
            at: row.get(0)?,
            lag_ms,
            rows_per_second: row.get(2)?,
            bytes_per_second: row.get(3)?,
            send_micros: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Deletes samples older than a moment.
pub fn prune(c: &Sqlite, before: i64) -> Result<()> {
    c.execute("DELETE FROM sample WHERE at < ?1", [before])?;
    Ok(())
}
