//! From confirmed rows to saved checkpoints: what a run does beside its rows, now
//! and then and at its end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::checkpoint::Checkpoint;
use crate::doors::Queue;
use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::planted::{self, Planted};
use crate::stats::RunPhase;
use crate::words::fault;

use super::open::check_queues;
use super::output::task_lost;
use super::pump::{Current, Parts, Run};

/// How often the topics' queue lists are looked at.
const ROUTE_CHECK: Duration = Duration::from_secs(30);
/// How long a stop may wait for what is in flight, and then for its last
/// checkpoint: together less than the supervisor waits for a project.
const DRAIN: Duration = Duration::from_secs(8);
const SAVE: Duration = Duration::from_secs(2);

impl Run {
    pub(super) fn on_tick(&mut self, idle: bool) -> PipelineResult<()> {
        self.parts.output.gather()?;
        self.advance();
        self.show_progress(idle);
        if let Some(result) = self.saves.try_join_next() {
            let version = result
                .map_err(|error| task_lost(&error))
                .and_then(|result| result)
                .map_err(|error| PipelineError::new(ErrorKind::StoreFailed, error))?;
            self.parts.book.saved(version);
        }
        let due = Duration::from_millis(self.parts.spec.limits.checkpoint_interval_ms);
        if self.last_save.elapsed() >= due && self.saves.is_empty() {
            self.last_save = Instant::now();
            let checkpoint = self.checkpoint(false);
            if self.saved.as_ref().is_none_or(|saved| differs(saved, &checkpoint)) {
                self.saved = Some(checkpoint.clone());
                let version = checkpoint.schema_version;
                let schemas = self.parts.book.unsaved(version);
                let store = Arc::clone(&self.parts.doors.store);
                self.saves.spawn(async move { store.save(checkpoint, schemas).await.map(|()| version) });
            }
        }
        if let Some(result) = self.checks.try_join_next() {
            result.map_err(|error| PipelineError::new(ErrorKind::Internal, task_lost(&error)))??;
        }
        if self.last_check.elapsed() >= ROUTE_CHECK && self.checks.is_empty() {
            self.last_check = Instant::now();
            let lanes: Vec<Queue> = (0..self.parts.output.lanes.count())
                .filter_map(|lane| self.parts.output.lanes.queue(lane).cloned())
                .collect();
            self.checks.spawn(check_queues(Arc::clone(&self.parts.doors.sink), lanes));
        }
        Ok(())
    }

    fn show_progress(&self, idle: bool) {
        let place = self.parts.tracker.place();
        let caught_up = idle && self.parts.output.lanes.all_idle() && self.parts.assembler.open().is_none();
        let confirmed = if caught_up { self.parts.doors.clock.now_micros() } else { place.commit_micros };
        if confirmed > 0 {
            let confirmed = i64::try_from(confirmed).unwrap_or(i64::MAX);
            self.parts.stats.confirmed_micros.store(confirmed, Ordering::Relaxed);
        }
        let position = place.to_position();
        self.parts.stats.show(|shown| {
            shown.phase = RunPhase::Streaming;
            shown.position = Some(position);
        });
    }

    /// Moves the place behind everything that is confirmed.
    pub(super) fn advance(&mut self) {
        let confirmed = match self.parts.output.lanes.oldest_waiting() {
            Some(oldest) => oldest.saturating_sub(1),
            None => self.row,
        };
        if let Some(reached) = self.parts.tracker.confirm(confirmed) {
            self.reached_row = reached;
        }
        self.forget_earlier_runs();
    }

    /// Once the place has passed every row that earlier runs can have sent, their
    /// messages need not be read back again.
    pub(super) fn forget_earlier_runs(&mut self) {
        let Parts { earlier, tracker, output, .. } = &mut self.parts;
        // Rows that were taken back have no place of their own.
        let nothing_waits = self.current.is_none() && tracker.waiting() == 0 && output.lanes.all_idle();
        if earlier.passes(if nothing_waits { self.row } else { self.reached_row }) {
            self.parts.output.lanes.drop_carried();
        }
        self.parts.stats.remembered.store(self.parts.earlier.len(), Ordering::Relaxed);
    }

    fn checkpoint(&mut self, clean: bool) -> Checkpoint {
        let tracker = &self.parts.tracker;
        let mut queues = self.parts.output.lanes.marks(self.reached_row);
        queues.extend_from_slice(self.parts.earlier.aside());
        Checkpoint {
            position: tracker.place().to_position(),
            within: tracker.within_mark().cloned(),
            sequence: tracker.sequence(),
            queues,
            schema_version: tracker.schema_version(),
            confirmed_before: self.parts.again.left(self.reached_row).cloned(),
            clean: clean || planted::is(Planted::StopSaysClean),
            saved_at: self.parts.doors.clock.now_millis(),
        }
    }

    /// Waits for what is in flight and saves the last checkpoint. Rows of an
    /// unfinished transaction that have not left are dropped: they come again. Tells
    /// what could not be delivered, and what could not be saved.
    pub(super) async fn finish(&mut self) -> (PipelineResult<bool>, PipelineResult<()>) {
        if self.parts.output.rollback() {
            self.parts.tracker.rollback();
        } else if let Some(current) = self.current.take() {
            let version = self.parts.book.version();
            let Current { last_done, in_row, numbered, .. } = current;
            if let Some(within) = self.parts.assembler.done(in_row, numbered) {
                self.parts.tracker.within(last_done, self.sequence, version, within);
            }
        }
        let drained = self.parts.output.drain(Instant::now() + DRAIN).await;
        let clean = drained.as_ref().is_ok_and(|whole| *whole);
        self.advance();
        let deadline = Instant::now() + SAVE;
        while let Ok(Some(result)) = timeout_at(deadline, self.saves.join_next()).await {
            if let Ok(Err(error)) = result {
                log::warn!(project = self.parts.spec.id.as_str(); "project {}: a checkpoint could not be saved: {}", self.parts.spec.name, error.en);
            }
        }
        let checkpoint = self.checkpoint(clean);
        let position = checkpoint.position.clone();
        self.parts.stats.show(|shown| shown.position = Some(position));
        let schemas = self.parts.book.unsaved(checkpoint.schema_version);
        let saved = timeout_at(deadline, self.parts.doors.store.save(checkpoint, schemas)).await;
        let saved = saved.unwrap_or_else(|_| Err(fault::LATE.into()));
        (drained, saved.map_err(|error| PipelineError::new(ErrorKind::StoreFailed, error)))
    }
}

fn differs(saved: &Checkpoint, new: &Checkpoint) -> bool {
    saved.position != new.position || saved.within != new.within || saved.queues != new.queues
}
