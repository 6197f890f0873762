//! What a running pipeline shows: counters and a small state, written by the
//! pipeline, read by pages. Reading never waits for the pipeline.

use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tidewire_words::Sentence;

use crate::checkpoint::Position;
use crate::doors::Queue;
use crate::error::PipelineError;
use crate::kept::{Kept, KeptMessage};
use crate::project::Dml;

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
    /// How far a look ahead for the shape of a table is, and where it ends.
    pub looking_ahead: Option<String>,
    /// Things a person should know that do not stop the project.
    pub warnings: Vec<Sentence>,
}

impl Shown {
    /// Takes in a warning. Only the newest are kept.
    pub fn warn(&mut self, warning: Sentence) {
        const KEPT: usize = 50;
        if self.warnings.contains(&warning) {
            return;
        }
        if self.warnings.len() >= KEPT {
            self.warnings.remove(0);
        }
        self.warnings.push(warning);
    }
}

/// A queue and what it confirmed since the process started.
#[derive(Debug)]
pub struct QueueCount {
    /// The queue.
    pub queue: Queue,
    /// Messages confirmed.
    pub messages: AtomicU64,
}

/// Counters since the process started, and the shown state. A row is counted in one
/// of the first three, or in one of those that did not go out; never in both.
#[derive(Debug, Default)]
pub struct Stats {
    /// Inserted rows that were handed over to be sent.
    pub insert: AtomicU64,
    /// Updated ones.
    pub update: AtomicU64,
    /// Deleted ones.
    pub delete: AtomicU64,
    /// Of these three: rows that had been confirmed before and that the broker lost.
    pub sent_again: AtomicU64,
    /// Rows of transactions that were committed before the start time.
    pub before_start: AtomicU64,
    /// Rows that a row filter or the choice of operations left out.
    pub filtered: AtomicU64,
    /// Rows found in the topic already after a restart.
    pub already_there: AtomicU64,
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
    /// Bytes of messages that wait or travel.
    pub held: AtomicUsize,
    /// Rows of earlier runs that are remembered so as not to be sent again.
    pub remembered: AtomicUsize,
    shown: Mutex<Shown>,
    /// Indexed by lane; replaced when a run begins.
    queues: Mutex<Arc<[QueueCount]>>,
    kept: Mutex<Kept>,
}

impl Stats {
    /// The shown state.
    #[must_use]
    pub fn shown(&self) -> Shown {
        self.shown.lock().map(|shown| shown.clone()).unwrap_or_default()
    }

    /// Counts a row that goes out as such a change.
    pub fn count_sent(&self, kind: Dml, again: bool) {
        let counter = match kind {
            Dml::Insert => &self.insert,
            Dml::Update => &self.update,
            Dml::Delete => &self.delete,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        self.sent_again.fetch_add(u64::from(again), Ordering::Relaxed);
    }

    /// Changes the shown state.
    pub fn show(&self, change: impl FnOnce(&mut Shown)) {
        if let Ok(mut shown) = self.shown.lock() {
            change(&mut shown);
        }
    }

    /// The queues in the order of the lanes.
    #[must_use]
    pub fn queues(&self) -> Arc<[QueueCount]> {
        self.queues.lock().map(|queues| Arc::clone(&queues)).unwrap_or_default()
    }

    /// Begins to count for these lanes; a queue that was there keeps its count.
    pub fn begin_queues(&self, lanes: impl Iterator<Item = Queue>) -> Arc<[QueueCount]> {
        let Ok(mut queues) = self.queues.lock() else { return Arc::default() };
        let counted = |wanted: &Queue| {
            let known = queues.iter().find(|known| known.queue == *wanted);
            known.map_or(0, |known| known.messages.load(Ordering::Relaxed))
        };
        let begun: Arc<[QueueCount]> =
            lanes.map(|queue| QueueCount { messages: AtomicU64::new(counted(&queue)), queue }).collect();
        *queues = Arc::clone(&begun);
        begun
    }

    /// Takes in messages to be looked at.
    pub fn keep(&self, messages: Vec<KeptMessage>) {
        if let Ok(mut kept) = self.kept.lock() {
            for message in messages {
                kept.push(message);
            }
        }
    }

    /// The last messages of every table, newest first within one.
    #[must_use]
    pub fn kept(&self) -> Vec<Arc<KeptMessage>> {
        self.kept.lock().map(|kept| kept.all()).unwrap_or_default()
    }
}
