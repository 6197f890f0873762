//! Runs a project: opens both sides, streams, and after a passing error does it
//! again from the last checkpoint.

mod handle;
mod open;
mod output;
mod rows;
mod select;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::model::datasource::DatasourceKind;
use crate::model::lang::Message;
use crate::model::project::ProjectSpec;
use crate::text::fault;

use super::checkpoint::{Checkpoint, CheckpointStore};
use super::clock::{now_micros, now_millis};
use super::dispatch::{LaneLimits, Lanes};
use super::error::{ErrorKind, PipelineError, PipelineResult, Policy};
use super::retry::Backoff;
use super::sink::Sink;
use super::sink::host::Host;
use super::sink::rocketmq::{RocketMq, Sending};
use super::source::assemble::{Assembler, CommitClock};
use super::source::connect::{connect, disconnect};
use super::source::decode::JsonDoubles;
use super::source::locate::start_place;
use super::source::resume::{Request, resume_request, without_overlap};
use super::source::schema_book::SchemaBook;
use super::source::settings::{ServerInfo, check_log_settings, server_info};
use super::source::stream::{EventStream, Subscriber};
use super::source::transaction::Place;
use super::stats::{RunPhase, Stats};
use super::track::Tracker;
pub(super) use rows::table_context;

use open::{Opening, open_sink};
use output::Output;
use stream::{Parts, Run};

/// A run that streamed this long starts the back-off
/// anew. Time spent on connecting does not count.
const HEALTHY: Duration = Duration::from_secs(10);

/// What stays the same from run to run of a project.
struct Engine {
    spec: Arc<ProjectSpec>,
    store: Arc<dyn CheckpointStore>,
    stats: Arc<Stats>,
    host: Arc<Host>,
    who: Subscriber,
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
    store: Arc<dyn CheckpointStore>,
    stats: Arc<Stats>,
    host: Arc<Host>,
    cancel: CancellationToken,
) -> PipelineResult<()> {
    let who = Subscriber::new(&spec.id);
    let engine = Engine { spec, store, stats, host, who };
    let mut backoff = Backoff::default();
    while !cancel.is_cancelled() {
        engine.show_opening(RunPhase::Connecting);
        let (result, streamed) = engine.run_once(&cancel).await;
        let Err(error) = result else { return Ok(()) };
        if error.kind.policy() == Policy::Fail {
            return Err(error);
        }
        if streamed > HEALTHY {
            backoff.reset();
        }
        let wait = backoff.next(now_micros());
        log::warn!(project = engine.spec.id.as_str(); "project {}: {error}; next attempt in {wait:.1?}", engine.spec.name);
        engine.stats.show(|shown| {
            shown.phase = RunPhase::BackingOff {
                attempt: backoff.attempt(),
                until: now_millis() + u64::try_from(wait.as_millis()).unwrap_or(0),
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

/// A refusal in the server's words does not say what was asked for.
fn at_place(mut refused: PipelineError, place: &Place) -> PipelineError {
    let (text, asked) = match &place.gtids {
        Some(gtids) if !gtids.is_empty() => (fault::AFTER_SET, gtids.to_string()),
        _ => (fault::AT_PLACE, format!("{}:{}", place.file, place.offset)),
    };
    refused.detail = Message::of_messages(text, &[&asked.as_str().into(), &refused.detail]);
    refused.at_position(asked)
}

impl Engine {
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
        let sink = match self.open_target().await {
            Ok(sink) => sink,
            Err(error) => return (Err(error), Duration::ZERO),
        };
        let opened = tokio::select! {
            () = cancel.cancelled() => None,
            opened = self.open(&sink) => Some(opened),
        };
        let started = Instant::now();
        let (result, streamed) = match opened {
            None => (Ok(()), Duration::ZERO),
            Some(Ok(parts)) => (Box::pin(Run::new(parts).run(cancel)).await, started.elapsed()),
            Some(Err(error)) => (Err(error), Duration::ZERO),
        };
        sink.close().await;
        (result, streamed)
    }

    async fn open_target(&self) -> PipelineResult<Arc<dyn Sink>> {
        let options = &self.spec.options;
        let sending = match (options.message_trace, options.batch) {
            (true, _) => Sending::Traced,
            (false, true) => Sending::Batches,
            (false, false) => Sending::Singles,
        };
        let sink = RocketMq::open(&self.host, &self.spec.target, &options.producer_group, sending).await?;
        Ok(Arc::new(sink))
    }

    async fn open(&self, sink: &Arc<dyn Sink>) -> PipelineResult<Parts> {
        self.show_opening(RunPhase::Locating);
        let mut conn = connect(&self.spec.source).await?;
        let checked = async {
            let info = server_info(&mut conn, self.spec.source.kind).await?;
            check_log_settings(&mut conn, self.spec.source.kind).await?;
            Ok(info)
        }
        .await;
        disconnect(conn).await;
        let info: ServerInfo = checked?;
        let opening = open_sink(&self.spec, &**sink, &*self.store).await?;
        self.stats.show(|shown| shown.warnings.clone_from(&opening.warnings));
        let (checkpoint, place) = self.begin(&info, &opening).await?;
        let stored_schemas =
            self.store.schemas().await.map_err(|error| PipelineError::new(ErrorKind::StoreFailed, error))?;
        let mut book =
            SchemaBook::new(&self.spec.source, info.folds_case(), stored_schemas, checkpoint.schema_version);
        for table in &self.spec.tables {
            book.ensure(&table.database, &table.table, &checkpoint.position).await?;
        }
        let (stream, request) = self.open_stream(&info, &place).await?;
        let mut assembler = self.assembler(&info, &place);
        assembler.resume_within(checkpoint.within.clone());
        assembler.expect(request.expected);
        let limits = LaneLimits {
            budget: self.spec.limits.memory_per_project,
            batch_bytes: self.spec.limits.batch_bytes,
            batch_messages: if self.spec.options.message_trace { 1 } else { self.spec.limits.batch_messages },
        };
        let lanes = Lanes::new(opening.queues, limits);
        let adjoining = self.spec.options.batch && !self.spec.options.message_trace;
        let output = Output::new(lanes, Arc::clone(sink), Arc::clone(&self.stats), adjoining);
        let version = book.version();
        Ok(Parts {
            spec: Arc::clone(&self.spec),
            store: Arc::clone(&self.store),
            stats: Arc::clone(&self.stats),
            sink: Arc::clone(sink),
            stream,
            assembler,
            book,
            tracker: Tracker::new(place, checkpoint.within, checkpoint.sequence, version),
            output,
            topics: opening.topics,
            stored: opening.stored,
            json_doubles: JsonDoubles::Normal,
        })
    }

    /// The checkpoint to begin with. A project's first one is saved before
    /// anything is read, so that "now" stays where it was.
    async fn begin(&self, info: &ServerInfo, opening: &Opening) -> PipelineResult<(Checkpoint, Place)> {
        if let Some(checkpoint) = &opening.checkpoint {
            return Ok((checkpoint.clone(), Place::from_position(&checkpoint.position)));
        }
        let place = start_place(&self.spec.source, info, &self.who, self.spec.start).await?;
        let lanes = LaneLimits { budget: 0, batch_bytes: 0, batch_messages: 0 };
        let checkpoint = Checkpoint {
            position: place.to_position(),
            within: None,
            sequence: 0,
            queues: Lanes::new(opening.queues.clone(), lanes).marks(0),
            schema_version: 0,
            clean: true,
            saved_at: now_millis(),
        };
        self.store
            .save(checkpoint.clone(), Vec::new())
            .await
            .map_err(|error| PipelineError::new(ErrorKind::StoreFailed, error))?;
        Ok((checkpoint, place))
    }

    /// Opens the stream. The Binlog Service is asked for our last transaction
    /// once more; where that one is purged, its successor may still be there.
    async fn open_stream(&self, info: &ServerInfo, place: &Place) -> PipelineResult<(EventStream, Request)> {
        let source = &self.spec.source;
        let request = resume_request(source, info, place).await?;
        let mut stream = EventStream::open(source, &self.who, &request.start, false).await?;
        // A refusal comes as the first event; only a stream that has one really streams.
        let Some(refused) = stream.refusal().await else { return Ok((stream, request)) };
        stream.close().await;
        if refused.kind != ErrorKind::PositionPurged {
            return Err(refused);
        }
        let Some(fallback) = without_overlap(&request, place) else { return Err(at_place(refused, place)) };
        let mut stream = EventStream::open(source, &self.who, &fallback.start, false).await?;
        match stream.refusal().await {
            Some(refused) => {
                stream.close().await;
                Err(at_place(refused, place))
            }
            None => Ok((stream, fallback)),
        }
    }

    fn assembler(&self, info: &ServerInfo, place: &Place) -> Assembler {
        let clock = match self.spec.source.kind {
            DatasourceKind::OceanbaseCe => CommitClock::BinlogService,
            DatasourceKind::Mysql | DatasourceKind::Mariadb | DatasourceKind::Rocketmq => {
                CommitClock::Standard
            }
        };
        let followed = self.spec.tables.iter().map(|table| format!("{}.{}", table.database, table.table));
        Assembler::new(clock, followed, info.folds_case(), Arc::clone(&place.file), place.offset)
    }
}
