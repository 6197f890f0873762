//! Runs a project: opens both sides, streams, and after a passing error does it
//! again from the last checkpoint.

mod open;
mod output;
mod pump;
mod row;
mod select;
mod table;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::checkpoint::Checkpoint;
use crate::doors::{Clock, Events, OpenLog, Sink, Source, SourceFacts, Store};
use crate::endpoint::DatasourceKind;
use crate::error::{ErrorKind, PipelineError, PipelineResult, Policy};
use crate::lanes::{LaneLimits, Lanes};
use crate::log::assemble::{Assembler, CommitClock};
use crate::log::transaction::Place;
use crate::project::ProjectSpec;
use crate::retry::Backoff;
use crate::rows::JsonDoubles;
use crate::schema::book::SchemaBook;
use crate::stats::{RunPhase, Stats};
use crate::track::Tracker;
pub(super) use table::table_context;

use open::{Opening, open_sink};
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

/// What stays the same from run to run of a project.
struct Runner {
    spec: Arc<ProjectSpec>,
    doors: Doors,
    stats: Arc<Stats>,
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
    let runner = Runner { spec, doors, stats };
    let mut backoff = Backoff::default();
    while !cancel.is_cancelled() {
        runner.show_opening(RunPhase::Connecting);
        let (result, streamed) = runner.run_once(&cancel).await;
        let Err(error) = result else { return Ok(()) };
        if error.kind.policy() == Policy::Fail {
            return Err(error);
        }
        if streamed > HEALTHY {
            backoff.reset();
        }
        let wait = backoff.next(clock.now_micros());
        log::warn!(project = runner.spec.id.as_str(); "project {}: {error}; next attempt in {wait:.1?}", runner.spec.name);
        runner.stats.show(|shown| {
            shown.phase = RunPhase::BackingOff {
                attempt: backoff.attempt(),
                until: clock.now_millis() + u64::try_from(wait.as_millis()).unwrap_or(0),
                error: error.clone(),
            };
        });
        tokio::select! {
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
            opened = self.open() => Some(opened),
        };
        let started = Instant::now();
        let (result, streamed) = match opened {
            None => (Ok(()), Duration::ZERO),
            Some(Ok((parts, events))) => {
                (Box::pin(Run::new(parts).run(events, cancel)).await, started.elapsed())
            }
            Some(Err(error)) => (Err(error), Duration::ZERO),
        };
        self.doors.sink.close().await;
        (result, streamed)
    }

    async fn open(&self) -> PipelineResult<(Parts, Box<dyn Events>)> {
        let Doors { source, sink, store, .. } = &self.doors;
        sink.open().await?;
        self.show_opening(RunPhase::Locating);
        let facts = source.describe().await?;
        let opening = open_sink(&self.spec, &**sink, &**store).await?;
        self.stats.show(|shown| shown.warnings.clone_from(&opening.warnings));
        let (checkpoint, place) = self.begin(&opening).await?;
        let stored_schemas =
            store.schemas().await.map_err(|error| PipelineError::new(ErrorKind::StoreFailed, error))?;
        let mut book =
            SchemaBook::new(Arc::clone(source), facts.folds_case, stored_schemas, checkpoint.schema_version);
        for table in &self.spec.tables {
            book.ensure(&table.database, &table.table, &checkpoint.position).await?;
        }
        let OpenLog { events, expected } = source.open(&place).await?;
        let mut assembler = self.assembler(facts, &place);
        assembler.resume_within(checkpoint.within.clone());
        assembler.expect(expected);
        let limits = LaneLimits {
            budget: self.spec.limits.memory_per_project,
            batch_bytes: self.spec.limits.batch_bytes,
            batch_messages: if self.spec.options.message_trace { 1 } else { self.spec.limits.batch_messages },
        };
        let lanes = Lanes::new(opening.queues, limits);
        let adjoining = self.spec.options.batch && !self.spec.options.message_trace;
        let output = Output::new(lanes, Arc::clone(sink), Arc::clone(&self.stats), adjoining);
        let version = book.version();
        let parts = Parts {
            spec: Arc::clone(&self.spec),
            doors: self.doors.clone(),
            stats: Arc::clone(&self.stats),
            assembler,
            book,
            tracker: Tracker::new(place, checkpoint.within, checkpoint.sequence, version),
            output,
            topics: opening.topics,
            stored: opening.stored,
            json_doubles: JsonDoubles::Normal,
        };
        Ok((parts, events))
    }

    /// The checkpoint to begin with. A project's first one is saved before
    /// anything is read, so that "now" stays where it was.
    async fn begin(&self, opening: &Opening) -> PipelineResult<(Checkpoint, Place)> {
        if let Some(checkpoint) = &opening.checkpoint {
            return Ok((checkpoint.clone(), Place::from_position(&checkpoint.position)));
        }
        let place = self.doors.source.locate(self.spec.start).await?;
        let lanes = LaneLimits { budget: 0, batch_bytes: 0, batch_messages: 0 };
        let checkpoint = Checkpoint {
            position: place.to_position(),
            within: None,
            sequence: 0,
            queues: Lanes::new(opening.queues.clone(), lanes).marks(0),
            schema_version: 0,
            clean: true,
            saved_at: self.doors.clock.now_millis(),
        };
        self.doors
            .store
            .save(checkpoint.clone(), Vec::new())
            .await
            .map_err(|error| PipelineError::new(ErrorKind::StoreFailed, error))?;
        Ok((checkpoint, place))
    }

    fn assembler(&self, facts: SourceFacts, place: &Place) -> Assembler {
        let clock = match self.spec.origin.kind {
            DatasourceKind::OceanbaseCe => CommitClock::BinlogService,
            DatasourceKind::Mysql | DatasourceKind::Mariadb | DatasourceKind::Rocketmq => {
                CommitClock::Standard
            }
        };
        let followed = self.spec.tables.iter().map(|table| format!("{}.{}", table.database, table.table));
        Assembler::new(clock, followed, facts.folds_case, Arc::clone(&place.file), place.offset)
    }
}
