//! Figures of running projects over time: every ten seconds for a day, means of
//! five minutes for as long as figures are kept. Without the means a chart of a
//! month would read a quarter of a million rows, and two hundred projects would
//! fill gigabytes.

use rusqlite::{Connection as Sqlite, params};

use super::Result;

/// Milliseconds between two samples.
pub const SAMPLE_MS: i64 = 10_000;
/// Milliseconds that a mean covers.
pub const MEAN_MS: i64 = 300_000;
/// Milliseconds that samples are kept; older times have only means.
const FINE_MS: i64 = 25 * 3_600_000;

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

/// Milliseconds between two points of a chart of at most that many: as fine as
/// what is kept of its time, and a multiple of it.
#[must_use]
pub fn step(from: i64, to: i64, points: i64, now: i64) -> i64 {
    let wanted = (to - from) / points.max(1);
    let kept = if from < now - FINE_MS || wanted >= MEAN_MS { MEAN_MS } else { SAMPLE_MS };
    (wanted + kept - 1).max(kept) / kept * kept
}

/// Means over equal spans of `step` milliseconds between two moments; a step
/// of [`step`].
pub fn between(c: &Sqlite, project: &str, from: i64, to: i64, step: i64) -> Result<Vec<Sample>> {
    let source = if step < MEAN_MS {
        "SELECT * FROM sample WHERE project_id = ?1 AND at BETWEEN ?2 AND ?3".to_owned()
    } else {
        // What no mean covers yet is read as it was measured.
        format!(
            "SELECT * FROM sample_mean WHERE project_id = ?1 AND at BETWEEN ?2 AND ?3 \
             UNION ALL SELECT * FROM sample WHERE project_id = ?1 AND at <= ?3 AND at >= max(?2, \
                coalesce((SELECT max(at) FROM sample_mean WHERE project_id = ?1) + {MEAN_MS}, 0))"
        )
    };
    let mut statement = c.prepare_cached(&format!(
        "SELECT (at / ?4) * ?4, avg(lag_ms), avg(rows_per_second), avg(bytes_per_second), avg(send_micros) \
         FROM ({source}) GROUP BY at / ?4 ORDER BY at"
    ))?;
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

/// Makes the means of every span that ended and has none yet, also of those
/// that ended while the service was down.
pub fn make_means(c: &Sqlite, now: i64) -> Result<()> {
    c.execute(
        "INSERT OR REPLACE INTO sample_mean \
         SELECT s.project_id, (s.at / ?1) * ?1, round(avg(s.lag_ms)), avg(s.rows_per_second), \
            avg(s.bytes_per_second), avg(s.send_micros) \
         FROM project p CROSS JOIN sample s ON s.project_id = p.id AND s.at < (?2 / ?1) * ?1 \
            AND s.at >= coalesce((SELECT max(m.at) FROM sample_mean m WHERE m.project_id = p.id) + ?1, 0) \
         GROUP BY s.project_id, s.at / ?1",
        [MEAN_MS, now],
    )?;
    Ok(())
}

/// Deletes samples that means stand for, and everything older than a moment.
pub fn prune(c: &Sqlite, now: i64, before: i64) -> Result<()> {
    // By project, because the tables are ordered so: a look through the whole
    // of them would hold up the saving of positions.
    for (table, before) in [("sample", before.max(now - FINE_MS)), ("sample_mean", before)] {
        let delete = format!("DELETE FROM {table} WHERE project_id IN (SELECT id FROM project) AND at < ?1");
        c.execute(&delete, [before])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Store, project};

    fn figures(at: i64, lag_ms: i64) -> Sample {
        Sample { at, lag_ms, rows_per_second: 2.0, bytes_per_second: 3.0, send_micros: 4.0 }
    }

    /// Three days of figures, one every ten seconds, which rise by one a mean.
    fn fill(c: &Sqlite, now: i64) -> Result<()> {
        project::insert(c, &project::tests::blank("np_1"))?;
        for at in (now - 3 * 86_400_000..now).step_by(10_000) {
            insert(c, "np_1", &figures(at, at / MEAN_MS))?;
        }
        Ok(())
    }

    #[tokio::test]
    async fn long_times_are_read_from_means_and_none_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("t.db")).unwrap();
        let now = 1_700_000_130_000;
        let found: Result<_> = store
            .write(move |tx| {
                fill(tx, now)?;
                let (from, step) = (now - 3 * 86_400_000, step(now - 3 * 86_400_000, now, 180, now));
                let before = between(tx, "np_1", from, now, step)?;
                make_means(tx, now)?;
                prune(tx, now, now - 2 * 86_400_000)?;
                let fine: i64 = tx.query_row("SELECT count(*) FROM sample", [], |row| row.get(0))?;
                let means: i64 = tx.query_row("SELECT count(*) FROM sample_mean", [], |row| row.get(0))?;
                Ok((before, between(tx, "np_1", from, now, step)?, fine, means))
            })
            .await;
        let (before, after, fine, means) = found.unwrap();
        assert_eq!((before.len(), fine, means), (174, FINE_MS / SAMPLE_MS, 2 * 288 - 1));
        // The first day is deleted; what is left says the same as before, up to now.
        assert_eq!(after.len(), 116);
        for (before, after) in before.iter().rev().zip(after.iter().rev()).take(115) {
            assert!(
                before.at == after.at && (before.lag_ms - after.lag_ms).abs() <= 1,
                "{before:?} {after:?}"
            );
        }
    }

    #[tokio::test]
    async fn means_follow_after_a_pause_and_are_made_once() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("t.db")).unwrap();
        let found: Result<_> = store
            .write(|tx| {
                project::insert(tx, &project::tests::blank("np_1"))?;
                insert(tx, "np_1", &figures(10_000, 10))?;
                insert(tx, "np_1", &figures(20_000, 20))?;
                make_means(tx, 2 * MEAN_MS)?;
                // Down for a while; the span that was running ends long after.
                insert(tx, "np_1", &figures(9 * MEAN_MS, 7))?;
                make_means(tx, 9 * MEAN_MS + 1)?;
                let open = between(tx, "np_1", 0, i64::MAX, MEAN_MS)?;
                make_means(tx, 10 * MEAN_MS)?;
                Ok((open, between(tx, "np_1", 0, i64::MAX, MEAN_MS)?))
            })
            .await;
        let (open, closed) = found.unwrap();
        assert_eq!(open, [figures(0, 15), figures(9 * MEAN_MS, 7)]);
        assert_eq!(closed, open);
    }

    #[test]
    fn a_chart_is_as_fine_as_what_is_kept() {
        let (now, hour) = (1_700_000_000_000, 3_600_000);
        assert_eq!(step(now - hour, now, 180, now), 20_000);
        assert_eq!(step(now - 24 * hour, now, 180, now), 600_000);
        assert_eq!(step(now - 48 * hour, now - 47 * hour, 180, now), MEAN_MS);
    }
}
