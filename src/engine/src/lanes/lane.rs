//! One lane: its batch being filled, its batch in flight, and its gates. Knows no
//! other lane.

use std::collections::VecDeque;

use crate::checkpoint::Witness;
use crate::doors::Queue;

/// Messages that wait, in wire form.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) bytes: Vec<u8>,
    pub(super) count: usize,
    /// Where the newest message begins.
    pub(super) newest: usize,
    pub(super) first_row: u64,
    pub(super) last_row: u64,
    /// The part that belongs to finished transactions.
    pub(super) committed: Cut,
}

/// A place between two messages of a batch.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cut {
    pub(super) bytes: usize,
    pub(super) count: usize,
    pub(super) last_row: u64,
    /// Where the message before it begins.
    pub(super) newest: usize,
}

impl Cut {
    /// The same place, counted from another one before it.
    pub(super) fn without(self, before: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_sub(before.bytes),
            count: self.count.saturating_sub(before.count),
            last_row: self.last_row,
            newest: self.newest.saturating_sub(before.bytes),
        }
    }
}

impl Batch {
    pub(super) fn end(&self) -> Cut {
        Cut { bytes: self.bytes.len(), count: self.count, last_row: self.last_row, newest: self.newest }
    }
}

/// Where a lane waits for another one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gate {
    /// What follows this place of the open batch waits,
    pub(super) at: Cut,
    /// until this lane
    pub(super) other: usize,
    /// has confirmed so many messages.
    pub(super) confirmed: usize,
    /// Set by a transaction that has ended.
    pub(super) committed: bool,
}

/// A batch on its way. One whose request failed stays so for the rest of the run: its fate is unknown,
/// so nothing may overtake it and no place may pass it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flight {
    pub(super) first_row: u64,
    pub(super) last_row: u64,
    pub(super) bytes: usize,
    pub(super) count: usize,
}

/// Rows of a queue that are confirmed but lie above the tracked place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) last_row: u64,
    pub(super) first_offset: i64,
    pub(super) last_offset: i64,
}

#[derive(Debug)]
pub(super) struct Lane {
    pub(super) queue: Queue,
    pub(super) open: Batch,
    pub(super) flight: Option<Flight>,
    pub(super) above: VecDeque<Span>,
    /// Where messages of earlier runs may stand whose rows the tracked place has
    /// not passed yet.
    pub(super) carried: Option<i64>,
    pub(super) next: i64,
    pub(super) witness: Option<Witness>,
    /// While a loss is made good: behind the messages of this run whose rows the
    /// tracked place has passed.
    pub(super) early_below: Option<i64>,
    /// Holds rows or gates of the open transaction.
    pub(super) touched: bool,
    pub(super) gates: VecDeque<Gate>,
    /// What has left in this run.
    pub(super) left: Cut,
}

impl Lane {
    pub(super) fn oldest_waiting(&self) -> Option<u64> {
        let open = (self.open.count > 0).then_some(self.open.first_row);
        self.flight.map(|flight| flight.first_row).or(open)
    }

    pub(super) fn waiting(&self) -> usize {
        self.open.count + self.flight.map_or(0, |flight| flight.count)
    }

    /// Messages that it got in this run.
    pub(super) fn got(&self) -> usize {
        self.left.count + self.open.count
    }

    /// Messages confirmed in this run.
    pub(super) fn confirmed(&self) -> usize {
        self.left.count - self.flight.map_or(0, |flight| flight.count)
    }

    /// The tracked place covers every row up to `row`.
    pub(super) fn pass(&mut self, row: u64) {
        while let Some(passed) = self.above.pop_front_if(|span| span.last_row <= row) {
            if let Some(below) = &mut self.early_below {
                *below = (*below).max(passed.last_offset + 1);
            }
        }
    }

    /// What it gets from now on waits until another lane has confirmed so many
    /// messages.
    pub(super) fn wait_for(&mut self, other: usize, confirmed: usize) {
        let at = self.open.end();
        let same = |gate: &&mut Gate| !gate.committed && gate.other == other && gate.at.count == at.count;
        match self.gates.iter_mut().rev().find(same) {
            Some(gate) => gate.confirmed = gate.confirmed.max(confirmed),
            None => self.gates.push_back(Gate { at, other, confirmed, committed: false }),
        }
    }

    /// Drops what the open batch holds behind a place; returns the bytes.
    pub(super) fn truncate(&mut self, to: Cut) -> usize {
        let dropped = self.open.bytes.len().saturating_sub(to.bytes);
        self.open.bytes.truncate(to.bytes);
        self.open.count = to.count;
        self.open.last_row = to.last_row;
        self.open.newest = to.newest;
        while self.gates.pop_back_if(|gate| gate.at.count > to.count).is_some() {}
        dropped
    }

    /// Takes the messages before `cut` out; the rest stays as the new batch.
    pub(super) fn split(&mut self, cut: Cut) -> Batch {
        for gate in &mut self.gates {
            gate.at = gate.at.without(cut);
        }
        let rest = self.open.bytes.split_off(cut.bytes.min(self.open.bytes.len()));
        let whole = std::mem::take(&mut self.open);
        if whole.count > cut.count {
            self.open = Batch {
                newest: whole.newest.saturating_sub(cut.bytes),
                bytes: rest,
                count: whole.count - cut.count,
                // Rows between the two numbers belong to this lane's rest or to other
                // lanes; a lower bound is what the tracker needs.
                first_row: cut.last_row + 1,
                last_row: whole.last_row,
                committed: whole.committed.without(cut),
            };
        }
        Batch {
            bytes: whole.bytes,
            count: cut.count,
            newest: cut.newest,
            first_row: whole.first_row,
            last_row: cut.last_row,
            ..Batch::default()
        }
    }
}
