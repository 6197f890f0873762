//! Batches on their way: sends them in tasks, one a lane, and gathers what came
//! of them. Knows no rows and no positions.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout_at;

use crate::pipeline::dispatch::{Lanes, Outgoing};
use crate::pipeline::error::{ErrorKind, PipelineError, PipelineResult};
use crate::pipeline::sink::Sink;
use crate::pipeline::stats::Stats;

struct Sent {
    lane: usize,
    result: PipelineResult<i64>,
    took: Duration,
}

/// The lanes and the requests in flight.
pub(super) struct Output {
    /// The lanes.
    pub(super) lanes: Lanes,
    sink: Arc<dyn Sink>,
    stats: Arc<Stats>,
    tasks: JoinSet<Sent>,
}

impl Output {
    /// Nothing is in flight yet.
    pub(super) fn new(lanes: Lanes, sink: Arc<dyn Sink>, stats: Arc<Stats>) -> Self {
        Self { lanes, sink, stats, tasks: JoinSet::new() }
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
            let Outgoing { lane, queue, messages, count } = batch;
            let started = Instant::now();
            let result = sink.send(&queue, messages, count).await;
            Sent { lane, result, took: started.elapsed() }
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
    /// The request failed.
    pub(super) async fn wait_one(&mut self) -> PipelineResult<()> {
        match self.tasks.join_next().await {
            Some(sent) => self.settle(sent),
            None => Ok(()),
        }
    }

    /// Sends everything and waits for the answers, until the deadline; `true`
    /// when all were confirmed. After a failure the other lanes' answers are
    /// still taken in, but nothing more is sent.
    pub(super) async fn drain(&mut self, deadline: tokio::time::Instant) -> bool {
        let mut whole = true;
        loop {
            if whole {
                self.flush(true);
            }
            if self.tasks.is_empty() {
                return whole && self.lanes.all_idle();
            }
            match timeout_at(deadline, self.wait_one()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    log::warn!("while draining: {error}");
                    whole = false;
                }
                Err(_) => return false,
            }
        }
    }

    fn settle(&mut self, sent: Result<Sent, JoinError>) -> PipelineResult<()> {
        let sent = sent.map_err(|error| PipelineError::new(ErrorKind::Internal, error.to_string()))?;
        match sent.result {
            Ok(offset) if offset < self.lanes.end(sent.lane) => {
                let detail =
                    format!("a message was stored at {offset}, {} were there", self.lanes.end(sent.lane));
                Err(PipelineError::new(ErrorKind::BrokerLoss, detail))
            }
            Ok(offset) => {
                let (count, bytes) = self.lanes.confirm(sent.lane, offset);
                let micros = u64::try_from(sent.took.as_micros()).unwrap_or(u64::MAX);
                self.stats.messages.fetch_add(count as u64, Ordering::Relaxed);
                self.stats.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
                self.stats.sends.fetch_add(1, Ordering::Relaxed);
                self.stats.send_micros.fetch_add(micros, Ordering::Relaxed);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
