//! Runs a project: opens both sides, streams, and after a passing error does it
//! again from the last checkpoint.

mod again;
mod assured;
mod earlier;
mod open;
#[cfg(test)]
mod open_test;
mod output;
mod progress;
mod pump;
mod row;
mod select;
mod shape;
mod table;

use std::sync::Arc;
use std::time::Duration;

use tidewire_words::Sentence;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::checkpoint::{Checkpoint, QueueMark};
use crate::doors::{Clock, Events, OpenLog, Sink, Source, Store};
use crate::endpoint::DatasourceKind;
use crate::error::{ErrorKind, PipelineError, PipelineResult, Policy};
use crate::identity::{Followed, TableName};
use crate::lanes::{LaneLimits, Lanes};
use crate::log::assemble::{Assembler, CommitClock};
use crate::log::transaction::Place;
use crate::planted::{self, Planted};
use crate::project::ProjectSpec;
use crate::retry::Backoff;
use crate::rows::JsonDoubles;
use crate::schema;
use crate::schema::book::SchemaBook;
use crate::stats::{RunPhase, Stats};
use crate::track::Tracker;
pub(super) use table::table_context;

use again::Again;
use earlier::Earlier;
use open::open_sink;
use output::Output;
use pump::{Parts, Run};

/// A run that streamed this long starts the back-off
/// anew. Time spent on connecting does not count.
const HEALTHY: Duration = Duration::from_secs(10);

/// The outside of one project.
#[derive(Clone)]
pub struct Doors {
    /// Where rows come from.
    pub source: Arc<dyn Source>,
    /// Where messages go.
    pub sink: Arc<dyn Sink>,
    /// Where checkpoints go.
    pub store: Arc<dyn Store>,
    /// The time of this host.
    pub clock: Arc<dyn Clock>,
}

/// How long connections to the target may take to close.
const CLOSE: Duration = Duration::from_secs(2);

/// What stays the same from run to run of a project.
struct Runner {
    spec: Arc<ProjectSpec>,
    doors: Doors,
    stats: Arc<Stats>,
    /// A broker was seen to have lost what it had confirmed.
    lost: bool,
}

/// Runs a project until it is cancelled or meets a definite error.
///
/// Passing errors are retried inside, for ever, and shown through `stats`.
/// Cancelling drains what is in flight, saves a checkpoint and returns `Ok`.
///
/// # Errors
/// Only definite errors: what a person has to mend.
pub async fn run(
    spec: Arc<ProjectSpec>,
    doors: Doors,
    stats: Arc<Stats>,
    cancel: CancellationToken,
) -> PipelineResult<()> {
    let clock = Arc::clone(&doors.clock);
    let mut runner = Runner { spec, doors, stats, lost: false };
    let mut backoff = Backoff::default();
    while !cancel.is_cancelled() {
        runner.show_opening(RunPhase::Connecting);
        let (result, streamed) = runner.run_once(&cancel).await;
        let Err(error) = result else { return Ok(()) };
        if error.kind.policy() == Policy::Fail {
            return Err(error);
        }
        runner.lost |= error.kind == ErrorKind::BrokerLoss;
        if streamed > HEALTHY {
            backoff.reset();
        }
        let wait = backoff.next(clock.now_micros());
        log::warn!(project = runner.spec.id.as_str(); "project {}: {error:#}; next attempt in {wait:.1?}", runner.spec.name);
        runner.stats.show(|shown| {
            shown.phase = RunPhase::BackingOff {
                attempt: backoff.attempt(),
                until: clock.now_millis() + u64::try_from(wait.as_millis()).unwrap_or(0),
                error: error.clone(),
            };
        });
        tokio::select! {
            biased;
            () = cancel.cancelled() => {}
            () = sleep(wait) => {}
        }
    }
    Ok(())
}

impl Runner {
    /// Shows what is being opened. After a failure the failure stays visible
    /// until rows flow again.
    fn show_opening(&self, phase: RunPhase) {
        self.stats.show(|shown| {
            if !matches!(shown.phase, RunPhase::BackingOff { .. }) {
                shown.phase = phase;
            }
        });
    }

    /// One run; also tells how long rows could flow in it.
    async fn run_once(&self, cancel: &CancellationToken) -> (PipelineResult<()>, Duration) {
        let opened = tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            opened = self.open(cancel) => Some(opened),
        };
        let started = Instant::now();
        let (result, streamed) = match opened {
            None => (Ok(()), Duration::ZERO),
            Some(Ok((parts, events))) => {
                (Box::pin(Run::new(parts).run(events, cancel)).await, started.elapsed())
            }
            Some(Err(error)) => (Err(error), Duration::ZERO),
        };
        if timeout(CLOSE, self.doors.sink.close()).await.is_err() {
            log::warn!(project = self.spec.id.as_str(); "project {}: the target's connections are left behind", self.spec.name);
        }
        (result, streamed)
    }

    /// Opens both sides. The place is known, and saved, before the target is
    /// asked for anything: a broker that is away at the first start costs no row.
    async fn open(&self, cancel: &CancellationToken) -> PipelineResult<(Parts, Box<dyn Events>)> {
        let Doors { source, sink, store, .. } = &self.doors;
        let facts = source.describe().await?;
        self.show_opening(RunPhase::Locating);
        let checkpoints = self.checkpoints().await?;
        sink.open().await?;
        let opening = open_sink(&self.spec, &**sink, &**store, checkpoints, self.lost).await?;
        self.stats.show(|shown| shown.warnings.clone_from(&opening.warnings));
        let checkpoint = opening.checkpoint;
        let place = Place::from_position(&checkpoint.position);
        let names = self.spec.tables.iter().map(|table| TableName::new(&table.database, &table.table));
        let followed = Followed::new(names, facts.folds_case);
        let opening_book = schema::book::Opening {
            source: Arc::clone(source),
            facts,
            followed: followed.clone(),
            stats: Arc::clone(&self.stats),
        };
        let stored = store.schemas().await.map_err(store_failed)?;
        let mut book = SchemaBook::new(opening_book, stored, checkpoint.schema_version);
        book.begin(&checkpoint.position).await?;
        let OpenLog { events, expected, from } = source.open(&place).await?;
        // Behind the tails: whatever they hold was committed before this end. And of the
        // log that is open: another server may take over at any moment.
        let log_end = source.end().await?;
        let mut assembler = self.assembler(followed, from);
        assembler.resume_within(checkpoint.within.clone());
        assembler.expect(expected);
        let mut lanes = Lanes::new(opening.queues, self.lane_limits());
        let marks = [lanes.marks(0), opening.aside.clone()].concat();
        self.mark_running(&checkpoint, marks, &mut book).await?;
        let adjoining = self.spec.options.batch && !self.spec.options.message_trace;
        let earlier = Earlier::new(opening.stored, opening.aside, log_end);
        let parts = Parts {
            spec: Arc::clone(&self.spec),
            doors: self.doors.clone(),
            stats: Arc::clone(&self.stats),
            assembler,
            tracker: Tracker::new(place, checkpoint.within, checkpoint.sequence, book.version()),
            book,
            output: Output::new(lanes, Arc::clone(sink), Arc::clone(&self.stats), adjoining, cancel.clone()),
            topics: opening.topics,
            earlier: if opening.loss { earlier.after_loss() } else { earlier },
            again: Again::new(checkpoint.confirmed_before),
            json_doubles: JsonDoubles::Normal,
        };
        Ok((parts, events))
    }

    /// What is saved. A project's first checkpoint is made and saved here, so
    /// that "now" stays where it was when the project was started.
    async fn checkpoints(&self) -> PipelineResult<Vec<Checkpoint>> {
        let saved = self.doors.store.load().await.map_err(store_failed)?;
        if !saved.is_empty() {
            return Ok(saved);
        }
        let place = self.doors.source.locate(self.spec.start).await?;
        let first = Checkpoint {
            position: place.to_position(),
            within: None,
            sequence: 0,
            queues: Vec::new(),
            schema_version: 0,
            confirmed_before: None,
            clean: true,
            saved_at: self.doors.clock.now_millis(),
        };
        self.doors.store.save(first.clone(), Vec::new()).await.map_err(store_failed)?;
        Ok(vec![first])
    }

    /// Saves, before the first message leaves, that messages may stand behind the
    /// checkpoint from now on, and where in each queue.
    async fn mark_running(
        &self,
        checkpoint: &Checkpoint,
        queues: Vec<QueueMark>,
        book: &mut SchemaBook,
    ) -> PipelineResult<()> {
        let running = Checkpoint {
            queues,
            schema_version: book.version(),
            clean: planted::is(Planted::RunningSaysClean),
            saved_at: self.doors.clock.now_millis(),
            ..checkpoint.clone()
        };
        let version = book.version();
        self.doors.store.save(running, book.unsaved(version)).await.map_err(store_failed)?;
        book.saved(version);
        Ok(())
    }

    fn lane_limits(&self) -> LaneLimits {
        let limits = self.spec.limits;
        LaneLimits {
            budget: limits.memory_per_project,
            batch_bytes: limits.batch_bytes,
            batch_messages: if self.spec.options.message_trace { 1 } else { limits.batch_messages },
        }
    }

    fn assembler(&self, followed: Followed, (file, offset): (Arc<str>, u64)) -> Assembler {
        let clock = match self.spec.origin.kind {
            DatasourceKind::OceanbaseCe => CommitClock::BinlogService,
            DatasourceKind::Mysql | DatasourceKind::Mariadb | DatasourceKind::Rocketmq => {
                CommitClock::Standard
            }
        };
        Assembler::new(clock, followed, file, offset)
    }
}

fn store_failed(why: Sentence) -> PipelineError {
    PipelineError::new(ErrorKind::StoreFailed, why)
}
