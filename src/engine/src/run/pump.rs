//! The run loop: events in, batches out, checkpoints aside. One task owns all
//! state of a run. Invariants:
//! - reading stops while the byte budget is used up or too many marks wait;
//! - nothing here waits without also taking in answers of the broker;
//! - a checkpoint never names a place that unconfirmed rows lie before.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use tidewire_words::Sentence;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::checkpoint::{Checkpoint, Within};
use crate::doors::{Events, LogEnd, SILENCE, silent};
use crate::endpoint::DatasourceKind;
use crate::error::{PipelineResult, Policy};
use crate::identity::TransactionKey;
use crate::log::assemble::{Assembler, Step};
use crate::log::body::{self, kind};
use crate::log::event::RawEvent;
use crate::log::outcome::Outcome;
use crate::log::transaction::{TransactionEnd, TransactionId};
use crate::planted::{self, Planted};
use crate::project::ProjectSpec;
use crate::rows::{JsonDoubles, WireColumn};
use crate::schema::book::SchemaBook;
use crate::serialize::TransactionContext;
use crate::stats::{RunPhase, Stats};
use crate::track::Tracker;
use crate::words::fault;

use super::Doors;
use super::again::Again;
use super::earlier::Earlier;
use super::output::{Ended, Flow, Output};
use super::table::{RowTable, TopicLanes};

/// How often figures are brought up to date.
const TICK: Duration = Duration::from_millis(250);
/// Rows, or events without rows, between two looks at answers and lanes that
/// have become free.
const FLUSH_EVERY: u64 = 512;
/// Unreached marks that may wait; each is a transaction of about 100 bytes.
const MAX_MARKS: usize = 100_000;

/// The transaction whose rows are being handled.
pub(super) struct Current {
    pub(super) id: TransactionId,
    pub(super) context: TransactionContext,
    pub(super) key: TransactionKey,
    /// Committed before the start time: nothing of it goes out.
    pub(super) before_start: bool,
    /// Number of the last row that is completely handled, of whatever transaction.
    pub(super) last_done: u64,
    /// A row is being handled.
    pub(super) in_row: bool,
    /// Messages of it that were numbered.
    pub(super) numbered: u64,
    /// What becomes of its rows, once some had to leave before its end.
    pub(super) outcome: Option<Outcome>,
}

/// What a run needs from outside.
pub(super) struct Parts {
    /// The project.
    pub(super) spec: Arc<ProjectSpec>,
    /// The outside.
    pub(super) doors: Doors,
    /// Where figures go.
    pub(super) stats: Arc<Stats>,
    /// Set up for the stream's place.
    pub(super) assembler: Assembler,
    /// Schemas.
    pub(super) book: SchemaBook,
    /// Place, sequence and schema version to begin with.
    pub(super) tracker: Tracker,
    /// Lanes and what is in flight.
    pub(super) output: Output,
    /// Lanes of each topic.
    pub(super) topics: HashMap<String, TopicLanes>,
    /// Rows that the topics hold already.
    pub(super) earlier: Earlier,
    /// Rows that were confirmed before the broker lost messages.
    pub(super) again: Again,
    /// How the source stores doubles inside JSON documents.
    pub(super) json_doubles: JsonDoubles,
}

/// One run, from an open stream to its end.
pub(super) struct Run {
    pub(super) parts: Parts,
    pub(super) tables: Vec<Option<RowTable>>,
    pub(super) current: Option<Current>,
    /// Number of the newest row handled.
    pub(super) row: u64,
    /// A transaction that comes again in part, and how many of its messages are
    /// numbered already.
    pub(super) numbered_before: Option<(String, u64)>,
    /// Newest sequence number given out, and the one at the last commit.
    pub(super) sequence: u64,
    pub(super) committed_sequence: u64,
    pub(super) reached_row: u64,
    pub(super) saves: JoinSet<Result<u64, Sentence>>,
    pub(super) checks: JoinSet<PipelineResult<()>>,
    pub(super) saved: Option<Checkpoint>,
    pub(super) last_save: Instant,
    pub(super) last_check: Instant,
    pub(super) scratch: Scratch,
    /// How the rows of tables look whose transactions are before the start.
    pub(super) passed: HashMap<u64, Vec<WireColumn>>,
}

/// Texts that are used again for every row.
#[derive(Default)]
pub(super) struct Scratch {
    pub(super) key: String,
    pub(super) shard: String,
}

impl Run {
    /// Begins.
    pub(super) fn new(parts: Parts) -> Self {
        let sequence = parts.tracker.sequence();
        let numbered_before = numbered_in(parts.tracker.within_mark());
        let mut parts = parts;
        let (file, offset) = parts.assembler.position();
        parts.earlier.read_up_to(file, offset, 0);
        Self {
            parts,
            tables: Vec::new(),
            current: None,
            row: 0,
            numbered_before,
            sequence,
            committed_sequence: sequence,
            reached_row: 0,
            saves: JoinSet::new(),
            checks: JoinSet::new(),
            saved: None,
            last_save: Instant::now(),
            last_check: Instant::now(),
            scratch: Scratch::default(),
            passed: HashMap::new(),
        }
    }

    /// Runs until cancelled (`Ok`) or until something ends it. What is in flight
    /// is waited for and a checkpoint is saved either way.
    ///
    /// # Errors
    /// What ended the run. A definite error only once all before it is delivered and
    /// saved: whoever acts on it may leave this place behind for good.
    pub(super) async fn run(
        mut self,
        mut events: Box<dyn Events>,
        cancel: &CancellationToken,
    ) -> PipelineResult<()> {
        let result = match self.pump(&mut *events, cancel).await {
            Ok(()) | Err(Ended::Stopped) => Ok(()),
            Err(Ended::Failed(error)) => Err(error.at_position(self.parts.assembler.place())),
        };
        if planted::is(Planted::StopsUndelivered) && result.is_err() {
            return result;
        }
        self.parts.stats.show(|shown| shown.phase = RunPhase::Draining);
        let (drained, saved) = self.finish().await;
        events.close().await;
        let Err(error) = result else { return saved };
        match drained.and(saved) {
            Err(passing) if error.kind.policy() == Policy::Fail && passing.kind.policy() == Policy::Retry => {
                Err(passing)
            }
            _ => Err(error),
        }
    }

    async fn pump(&mut self, log: &mut dyn Events, cancel: &CancellationToken) -> Flow<()> {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut events, mut flushed_at) = (0_u64, 0);
        let mut quiet_since = Instant::now();
        loop {
            let arrived = poll_fn(|cx| Poll::Ready(log.poll_next(cx))).await;
            if let Poll::Ready(event) = arrived {
                event?;
            } else {
                self.parts.output.flush(false);
                let output = &mut self.parts.output;
                tokio::select! {
                    biased;
                    () = cancel.cancelled() => return Ok(()),
                    answer = output.wait_one(), if output.busy() => {
                        answer?;
                        continue;
                    }
                    event = poll_fn(|cx| log.poll_next(cx)) => event?,
                    _ = tick.tick() => {
                        if quiet_since.elapsed() > SILENCE {
                            return Err(silent().into());
                        }
                        self.on_tick(true)?;
                        continue;
                    }
                }
            }
            self.on_event(&log.current()).await?;
            quiet_since = Instant::now();
            events += 1;
            if self.row + events >= flushed_at + FLUSH_EVERY {
                flushed_at = self.row + events;
                self.parts.output.gather()?;
                self.parts.output.flush(false);
                if cancel.is_cancelled() {
                    return Ok(());
                }
                if self.last_save.elapsed() > TICK {
                    self.on_tick(false)?;
                }
            }
            self.wait_for_room().await?;
        }
    }

    async fn wait_for_room(&mut self) -> Flow<()> {
        self.parts.stats.held.store(self.parts.output.lanes.held(), Ordering::Relaxed);
        while self.parts.output.lanes.over_budget() {
            self.press().await?;
        }
        while self.parts.tracker.waiting() > MAX_MARKS {
            self.advance();
            if self.parts.tracker.waiting() > MAX_MARKS {
                self.press().await?;
            }
        }
        Ok(())
    }

    async fn on_event(&mut self, raw: &RawEvent<'_>) -> Flow<()> {
        if raw.kind == kind::FORMAT_DESCRIPTION {
            self.note_format(raw.body, raw.server_id);
        }
        match self.parts.assembler.step(raw)? {
            Step::Rows(rows, slot) => self.on_rows(&rows, slot).await?,
            Step::Commit(end) => self.on_commit(end),
            Step::CommitUnseen(end, id) => {
                self.warn(&Sentence::new(fault::XA_UNSEEN, &[&id]));
                self.on_commit(end);
            }
            Step::Rollback(end) => self.on_rollback(end),
            Step::Savepoint(name) => self.parts.output.lanes.savepoint(name),
            Step::RollbackTo(name) => {
                if !self.parts.output.rollback_to(&name) {
                    self.warn_undone();
                }
            }
            Step::Unbound(slot, map) => self.on_unbound(slot, &map, raw.body).await?,
            Step::Passed(rows) => self.on_passed(&rows),
            Step::Ddl { query, end } => self.on_ddl(&query, end).await?,
            Step::PreviousGtids(gtids) => {
                let behind = self.parts.assembler.is_behind();
                let place = self.parts.tracker.place_mut();
                // Only at the very start: later files repeat what we know.
                if !behind && place.gtids.is_none() && place.last.is_none() && self.row == 0 {
                    place.gtids = Some(gtids);
                }
            }
            Step::Cut => self.on_cut(),
            Step::Nothing | Step::Heartbeat => {}
        }
        if self.parts.earlier.is_open() && self.parts.assembler.open().is_none() {
            let (file, offset) = self.parts.assembler.position();
            self.parts.earlier.read_up_to(file, offset, self.row);
            self.forget_earlier_runs();
        }
        if raw.kind == kind::ROTATE && self.parts.assembler.open().is_none() {
            self.on_rotate();
        }
        Ok(())
    }

    /// The log goes on in another file, between two transactions. Where a stream
    /// begins its file is told, too, and may be one before the place.
    fn on_rotate(&mut self) {
        let Parts { assembler, tracker, book, .. } = &mut self.parts;
        let (file, offset) = assembler.position();
        let place = tracker.place();
        let known = LogEnd { file: Arc::clone(&place.file), offset: place.offset };
        if !assembler.is_behind() && known.is_reached(file, offset) {
            tracker.moved(self.row, self.sequence, book.version(), (Arc::clone(file), offset));
            if self.parts.output.lanes.all_idle() {
                self.advance();
            }
        }
    }

    /// Version 2.0.1 of the Binlog Service writes the bytes of JSON doubles in
    /// reverse; this is how it is recognised.
    fn note_format(&mut self, body: &[u8], server_id: u32) {
        const SERVICE_SERVER_ID: u32 = 1_147_473_732;
        if self.parts.spec.origin.kind == DatasourceKind::OceanbaseCe
            && server_id == SERVICE_SERVER_ID
            && body::format_version(body).is_ok_and(|version| version == "5.7.38")
            && self.parts.json_doubles == JsonDoubles::Normal
            && !planted::is(Planted::DoublesAsStored)
        {
            log::info!(project = self.parts.spec.id.as_str();
                "project {}: JSON numbers are read as Binlog Service 2.0.1 writes them",
                self.parts.spec.name
            );
            self.parts.json_doubles = JsonDoubles::Reversed;
        }
    }

    pub(super) fn on_commit(&mut self, end: TransactionEnd) {
        self.current = None;
        self.parts.output.lanes.commit();
        self.parts.earlier.commit();
        self.committed_sequence = self.sequence;
        let place = self.parts.tracker.place_mut();
        if place.skip_before.is_some_and(|start| !is_before(end.commit_micros, start)) {
            place.skip_before = None;
        }
        let version = self.parts.book.version();
        self.parts.tracker.transaction_end(self.row, self.sequence, version, end);
        // With nothing in flight the place moves at once and no mark piles up.
        if self.parts.output.lanes.all_idle() {
            self.advance();
        }
    }

    /// A transaction was undone. What of it has left can't be taken back; that is
    /// said.
    fn on_rollback(&mut self, end: TransactionEnd) {
        if self.parts.output.undo() {
            self.sequence = self.committed_sequence;
        } else {
            self.warn_undone();
        }
        self.on_commit(end);
    }

    fn warn_undone(&self) {
        let transaction = self.current.as_ref().map_or_else(String::new, |current| current.id.to_string());
        self.warn(&Sentence::new(fault::UNDONE, &[&transaction]));
    }

    fn warn(&self, note: &Sentence) {
        log::warn!(project = self.parts.spec.id.as_str(); "project {}: {}", self.parts.spec.name, note.en);
        self.parts.stats.show(|shown| shown.warn(note.clone()));
    }

    /// The server crashed inside a transaction. When nothing of it has left, it
    /// never happened; otherwise it has to come again with the same name.
    fn on_cut(&mut self) {
        let current = self.current.take();
        // The service writes it whole in the next file; other servers undo it, and may give
        // its number to the next one: what was found in the queues is that one's.
        self.parts.earlier.cut();
        if self.parts.output.rollback() {
            self.parts.tracker.rollback();
            self.sequence = self.committed_sequence;
            let within = self.parts.tracker.within_mark().cloned();
            self.numbered_before = numbered_in(within.as_ref());
            self.parts.assembler.forget_cut(within);
        } else {
            self.numbered_before = current.map(|current| (current.id.to_string(), current.numbered));
        }
    }
}

/// Whether a transaction was committed before a start time. Servers that know
/// whole seconds only are compared by the second.
pub(super) fn is_before(commit_micros: u64, start: u64) -> bool {
    const SECOND: u64 = 1_000_000;
    if commit_micros.is_multiple_of(SECOND) {
        commit_micros / SECOND < start / SECOND
    } else {
        commit_micros < start
    }
}

fn numbered_in(within: Option<&Within>) -> Option<(String, u64)> {
    within.map(|within| (within.transaction.clone(), within.numbered))
}
