//! What a running pipeline shows: counters and a small state, written by the
//! pipeline, read by pages. Reading never waits for the pipeline.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64};

use super::checkpoint::Position;
use super::error::PipelineError;

/// What the pipeline is doing right now. Memory only.
#[derive(Clone, Debug, Default)]
pub enum RunPhase {
    /// Opening connections and checking settings.
    #[default]
    Connecting,
    /// Looking for the start position, or reading back the queues' tails.
    Locating,
    /// Rows flow.
    Streaming,
    /// Stopping: waiting for what is in flight.
    Draining,
    /// Waiting before the next attempt.
    BackingOff {
        /// How many attempts failed in a row.
        attempt: u32,
        /// When the next one starts, milliseconds since 1970.
        until: u64,
        /// Why the last one failed.
        error: PipelineError,
    },
}

/// A point of the pipeline's life that pages show.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// Phase.
    pub phase: RunPhase,
    /// Newest confirmed position.
    pub position: Option<Position>,
    /// Things a person should know that do not stop the project.
    pub warnings: Vec<String>,
}

/// Counters since the process started, and the shown state.
#[derive(Debug, Default)]
pub struct Stats {
    /// Rows inserted.
    pub insert: AtomicU64,
    /// Rows updated.
    pub update: AtomicU64,
    /// Rows deleted.
    pub delete: AtomicU64,
    /// Rows of followed tables that were left out on purpose.
    pub filtered: AtomicU64,
    /// Rows found in the topic already after a restart.
    pub skipped: AtomicU64,
    /// Messages confirmed.
    pub messages: AtomicU64,
    /// Bytes of bodies confirmed.
    pub bytes: AtomicU64,
    /// Sum of the time that confirmed sends took, microseconds.
    pub send_micros: AtomicU64,
    /// Confirmed send requests.
    pub sends: AtomicU64,
    /// Commit time up to which everything is confirmed, or now while idle at
    /// the end of the log; microseconds since 1970. Lag = now - this.
    pub confirmed_micros: AtomicI64,
    shown: Mutex<Shown>,
}

impl Stats {
    /// The shown state.
    #[must_use]
    pub fn shown(&self) -> Shown {
        self.shown.lock().map(|shown| shown.clone()).unwrap_or_default()
    }

    /// Changes the shown state.
    pub fn show(&self, change: impl FnOnce(&mut Shown)) {
        if let Ok(mut shown) = self.shown.lock() {
            change(&mut shown);
        }
    }
}
