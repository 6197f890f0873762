//! Notes the counters of running projects every second, saves a sample of each
//! every ten, and draws the samples of five minutes together when they end.

use crate::store::sample::{self, Sample};
use crate::store::setting;
use crate::store::{Store, StoreError, now_ms};

use super::live::LiveMap;

/// Seconds between saved samples.
const SAVE_EVERY: u64 = 10;
/// A day in milliseconds.
const DAY_MS: i64 = 24 * 3600 * 1000;

/// Counts the seconds.
#[derive(Debug, Default)]
pub(super) struct Sampler {
    seconds: u64,
    /// Number of the span whose predecessors have their means.
    span: i64,
}

impl Sampler {
    /// One second passed.
    pub(super) async fn tick(&mut self, store: &Store, live: &LiveMap) {
        let now = now_ms();
        let active = live.active();
        for (_, project) in &active {
            project.tick(now);
        }
        self.seconds += 1;
        if !self.seconds.is_multiple_of(SAVE_EVERY) {
            return;
        }
        let span = now / sample::MEAN_MS;
        let ended = std::mem::replace(&mut self.span, span) != span;
        let samples: Vec<(String, Sample)> = active
            .into_iter()
            .filter_map(|(id, project)| {
                let rates = project.rates();
                let sample = Sample {
                    at: now,
                    lag_ms: project.lag_ms(now)?,
                    rows_per_second: rates.rows_per_second,
                    bytes_per_second: rates.bytes_per_second,
                    send_micros: rates.send_micros,
                };
                Some((id, sample))
            })
            .collect();
        if samples.is_empty() && !ended {
            return;
        }
        let saved: Result<(), StoreError> = store
            .write(move |tx| {
                samples.iter().try_for_each(|(id, one)| sample::insert(tx, id, one))?;
                if !ended {
                    return Ok(());
                }
                sample::make_means(tx, now)?;
                let days = setting::number(tx, setting::RETENTION_DAYS)?;
                sample::prune(tx, now, now - i64::from(days) * DAY_MS)
            })
            .await;
        if let Err(error) = saved {
            log::warn!("saving figures failed: {error}");
        }
    }
}
