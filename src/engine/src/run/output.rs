//! Batches on their way: sends them in tasks, one a lane, and gathers what came
//! of them. Knows no rows and no positions.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tidewire_words::Sentence;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::doors::{Sink, Stored};
use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::kept::{KeptMessage, Unconfirmed};
use crate::lanes::{Lanes, Outgoing};
use crate::message::{messages, parse_message_id, property};
use crate::planted::{self, Planted};
use crate::project::Dml;
use crate::stats::{QueueCount, Stats};
use crate::words::fault;

/// A task that panicked or was cut off.
pub(super) fn task_lost(error: &JoinError) -> Sentence {
    Sentence::new(fault::TASK_LOST, &[&error.to_string()])
}

struct Sent {
    lane: usize,
    result: PipelineResult<Stored>,
    /// Of its last message.
    id: Option<u128>,
    took: Duration,
}

/// The id of the one message that stands here in wire form.
fn last_id(message: &[u8]) -> Option<u128> {
    let view = messages(message).next()?;
    property(view.properties, "UNIQ_KEY").and_then(parse_message_id)
}

/// Why a run ends.
pub(super) enum Ended {
    /// It was asked to stop.
    Stopped,
    /// Something failed.
    Failed(PipelineError),
}

impl From<PipelineError> for Ended {
    fn from(error: PipelineError) -> Self {
        Self::Failed(error)
    }
}

/// What a step of the loop gives, unless the run ends with it.
pub(super) type Flow<T> = Result<T, Ended>;

/// The lanes and the requests in flight. Invariant: whatever the loop waits for,
/// it waits for here, where answers are taken in and a stop is heeded.
pub(super) struct Output {
    /// The lanes.
    pub(super) lanes: Lanes,
    sink: Arc<dyn Sink>,
    stats: Arc<Stats>,
    tasks: JoinSet<Sent>,
    counts: Arc<[QueueCount]>,
    /// Messages of each lane that were confirmed in this run.
    settled: Vec<u64>,
    unconfirmed: Unconfirmed,
    /// Whether the messages of a request stand side by side in the queue.
    adjoining: bool,
    cancel: CancellationToken,
}

impl Output {
    /// Nothing is in flight yet. `adjoining`: a request is one batch for the
    /// broker, so its messages stand side by side in the queue.
    pub(super) fn new(
        lanes: Lanes,
        sink: Arc<dyn Sink>,
        stats: Arc<Stats>,
        adjoining: bool,
        cancel: CancellationToken,
    ) -> Self {
        let queues = (0..lanes.count()).filter_map(|lane| lanes.queue(lane).cloned());
        Self {
            counts: stats.begin_queues(queues),
            settled: vec![0; lanes.count()],
            lanes,
            sink,
            stats,
            tasks: JoinSet::new(),
            unconfirmed: Unconfirmed::default(),
            adjoining,
            cancel,
        }
    }

    /// Copies the message that was appended to a lane last, to be looked at once
    /// it is confirmed.
    pub(super) fn keep(&mut self, lane: usize, table: &str, kind: Dml, at_ms: u64) {
        let (Some(wire), Some(queue)) = (self.lanes.newest(lane), self.lanes.queue(lane)) else { return };
        let Some(message) = KeptMessage::of(wire, table, kind, queue, at_ms) else { return };
        let settled = self.settled.get(lane).copied().unwrap_or(0);
        self.unconfirmed.push(lane, settled + self.lanes.waiting(lane) as u64, message);
    }

    /// Drops the rows of the open transaction; `false` when some have left.
    pub(super) fn rollback(&mut self) -> bool {
        let dropped = self.lanes.rollback();
        if dropped {
            self.unconfirmed.clear();
        }
        dropped
    }

    /// Drops the rows of the open transaction that have not left; `false` when some
    /// have.
    pub(super) fn undo(&mut self) -> bool {
        let dropped = self.lanes.undo();
        self.unconfirmed.clear();
        dropped
    }

    /// Drops the rows since a savepoint; `false` when some have left.
    pub(super) fn rollback_to(&mut self, savepoint: &str) -> bool {
        let dropped = self.lanes.rollback_to(savepoint);
        self.unconfirmed.clear();
        dropped
    }

    /// Counts a confirmed batch for its queue and shows what was kept of it.
    fn count(&mut self, lane: usize, count: u64, first: i64) {
        if let Some(queue) = self.counts.get(lane) {
            queue.messages.fetch_add(count, Ordering::Relaxed);
        }
        let Some(settled) = self.settled.get_mut(lane) else { return };
        let before = *settled;
        *settled += count;
        let mut kept = self.unconfirmed.confirmed(lane, before, *settled, first);
        if kept.is_empty() {
            return;
        }
        if !self.adjoining && count > 1 {
            for message in &mut kept {
                message.offset = None;
            }
        }
        self.stats.keep(kept);
    }

    /// Sends what free lanes hold: of finished transactions, or with `force`
    /// everything.
    pub(super) fn flush(&mut self, force: bool) {
        for lane in 0..self.lanes.count() {
            self.send(lane, force);
        }
    }

    /// Sends what one lane holds, if it is free.
    pub(super) fn send(&mut self, lane: usize, force: bool) {
        let Some(batch) = self.lanes.take(lane, force) else { return };
        let sink = Arc::clone(&self.sink);
        self.tasks.spawn(async move {
            let Outgoing { lane, queue, messages, count, newest } = batch;
            let id = messages.get(newest..).and_then(last_id);
            let started = Instant::now();
            let again = messages.clone();
            let mut result = sink.send(&queue, messages, count).await;
            if result.is_err() && planted::is(Planted::ResentAtOnce) {
                result = sink.send(&queue, again, count).await;
            } else if result.is_err() && planted::is(Planted::ResentElsewhere) {
                result = sink.send(&crate::doors::Queue { id: 0, ..queue }, again, count).await;
            }
            Sent { lane, result, id, took: started.elapsed() }
        });
    }

    /// Whether requests are in flight.
    pub(super) fn busy(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// Takes in every answer that has arrived.
    ///
    /// # Errors
    /// The first request that failed.
    pub(super) fn gather(&mut self) -> PipelineResult<()> {
        while let Some(sent) = self.tasks.try_join_next() {
            self.settle(sent)?;
        }
        Ok(())
    }

    /// Waits for one answer; returns at once when nothing is in flight. Safe to
    /// cancel.
    ///
    /// # Errors
    /// The request failed, or the run shall stop.
    pub(super) async fn wait_one(&mut self) -> Flow<()> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Ended::Stopped),
            sent = self.tasks.join_next() => match sent {
                Some(sent) => Ok(self.settle(sent)?),
                None => Ok(()),
            },
        }
    }

    /// Waits for something outside of the lanes, and meanwhile takes in answers
    /// and sends on.
    ///
    /// # Errors
    /// Of the work, or as [`Self::wait_one`].
    pub(super) async fn attend<T>(&mut self, work: impl Future<Output = PipelineResult<T>>) -> Flow<T> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(Ended::Stopped),
                done = &mut work => return Ok(done?),
                Some(sent) = self.tasks.join_next() => self.settle(sent)?,
            }
            self.flush(false);
        }
    }

    /// Sends everything and waits for the answers, until the deadline; `true`
    /// when all were confirmed. After a failure the other lanes' answers are
    /// still taken in, but nothing more is sent.
    ///
    /// # Errors
    /// The first failure.
    pub(super) async fn drain(&mut self, deadline: Instant) -> PipelineResult<bool> {
        let mut failed = None;
        loop {
            if failed.is_none() {
                self.flush(true);
            }
            if self.tasks.is_empty() {
                return failed.map_or_else(|| Ok(self.lanes.all_idle()), Err);
            }
            let Ok(Some(sent)) = timeout_at(deadline, self.tasks.join_next()).await else {
                let late = || PipelineError::new(ErrorKind::SinkUnreachable, fault::LATE);
                return Err(failed.unwrap_or_else(late));
            };
            if let Err(error) = self.settle(sent) {
                log::warn!("while draining: {error}");
                failed.get_or_insert(error);
            }
        }
    }

    fn settle(&mut self, sent: Result<Sent, JoinError>) -> PipelineResult<()> {
        let sent = sent.map_err(|error| PipelineError::new(ErrorKind::Internal, task_lost(&error)))?;
        match sent.result {
            Ok(stored) if stored.first < self.lanes.end(sent.lane) => {
                let end = self.lanes.end(sent.lane).to_string();
                let detail = Sentence::new(fault::STORED_BELOW, &[&stored.first.to_string(), &end]);
                Err(PipelineError::new(ErrorKind::BrokerLoss, detail))
            }
            Ok(stored) => {
                let (count, bytes) = self.lanes.confirm(sent.lane, stored, sent.id);
                let micros = u64::try_from(sent.took.as_micros()).unwrap_or(u64::MAX);
                self.stats.messages.fetch_add(count as u64, Ordering::Relaxed);
                self.stats.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
                self.stats.sends.fetch_add(1, Ordering::Relaxed);
                self.stats.send_micros.fetch_add(micros, Ordering::Relaxed);
                self.count(sent.lane, count as u64, stored.first);
                Ok(())
            }
            Err(_) if planted::is(Planted::ConfirmUnanswered) => {
                let end = self.lanes.end(sent.lane);
                let stored = crate::doors::Stored { first: end, last: end };
                self.lanes.confirm(sent.lane, stored, sent.id);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
