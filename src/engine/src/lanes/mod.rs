//! Lanes: one per message queue, each with one batch being filled and at most
//! one in flight. Knows no protocol and no tables. Invariants:
//! - a lane's messages leave in the order in which they came;
//! - rows of a transaction whose end was not seen stay behind, unless a full
//!   batch or the byte budget forces them out;
//! - what stands behind a gate leaves only once another lane has confirmed what
//!   the gate names; gates name messages that came before, so some lane can go on;
//! - what all lanes hold together stays within the byte budget, give or take
//!   the one message that crosses it.

mod lane;
#[cfg(test)]
mod lanes_test;
mod savepoints;

use std::collections::VecDeque;

use bytes::Bytes;

use crate::checkpoint::{QueueMark, Witness};
use crate::doors::{Queue, Stored};
use crate::planted::{self, Planted};

use lane::{Batch, Cut, Flight, Lane, Span};
use savepoints::Savepoint;

/// Brokers take 4 MiB at most for a whole batch.
const MAX_BATCH_BYTES: usize = 4 << 20;

/// A queue as a run finds it.
#[derive(Clone, Debug)]
pub struct QueueStart {
    /// The queue.
    pub queue: Queue,
    /// The offset behind its last message.
    pub end: i64,
    /// From here on messages of rows above the checkpoint can stand.
    pub scan_from: i64,
    /// A message of ours that it held.
    pub witness: Option<Witness>,
    /// While a loss is made good: where the checkpoint's mark says that messages
    /// stand too early.
    pub early_below: Option<i64>,
}

/// Bounds of the lanes.
#[derive(Clone, Copy, Debug)]
pub struct LaneLimits {
    /// Bytes of all lanes together.
    pub budget: usize,
    /// Bytes of one batch.
    pub batch_bytes: usize,
    /// Messages of one batch.
    pub batch_messages: usize,
}

/// A batch to be sent.
#[derive(Debug)]
pub struct Outgoing {
    /// Index of its lane.
    pub lane: usize,
    /// Its queue.
    pub queue: Queue,
    /// Messages in wire form.
    pub messages: Bytes,
    /// How many.
    pub count: usize,
    /// Where the last one begins.
    pub newest: usize,
}

/// All lanes of a run.
#[derive(Debug)]
pub struct Lanes {
    all: Vec<Lane>,
    limits: LaneLimits,
    held: usize,
    /// Lanes that hold rows of the open transaction.
    touched: Vec<usize>,
    /// Rows of the open transaction have left already.
    leaked: bool,
    savepoints: Vec<Savepoint>,
    /// Older ones of the open transaction were forgotten.
    forgot_savepoints: bool,
}

impl Lanes {
    /// A lane a queue.
    pub fn new(queues: Vec<QueueStart>, limits: LaneLimits) -> Self {
        let all = queues
            .into_iter()
            .map(|QueueStart { queue, end, scan_from, witness, early_below }| Lane {
                witness,
                early_below,
                queue,
                open: Batch::default(),
                flight: None,
                above: VecDeque::new(),
                carried: (scan_from < end).then_some(scan_from),
                next: end,
                touched: false,
                gates: VecDeque::new(),
                left: Cut::default(),
            })
            .collect();
        Self {
            all,
            limits,
            held: 0,
            touched: Vec::new(),
            leaked: false,
            savepoints: Vec::new(),
            forgot_savepoints: false,
        }
    }

    /// Appends one message of row `row` to a lane: `write` appends it to the
    /// batch, or nothing when it fails. A message that would make the batch too
    /// large for a broker is handed back instead; it goes in once the lane is
    /// empty.
    ///
    /// # Errors
    /// Whatever `write` says.
    pub fn push<E>(
        &mut self,
        lane: usize,
        row: u64,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<Option<Vec<u8>>, E> {
        let Some(target) = self.all.get_mut(lane) else { return Ok(None) };
        let batch = &mut target.open;
        let before = batch.bytes.len();
        write(&mut batch.bytes)?;
        if before > 0 && batch.bytes.len() > MAX_BATCH_BYTES {
            return Ok(Some(batch.bytes.split_off(before)));
        }
        self.held += batch.bytes.len() - before;
        if batch.count == 0 {
            batch.first_row = row;
        }
        batch.count += 1;
        batch.newest = before;
        batch.last_row = row;
        self.touch(lane);
        Ok(None)
    }

    fn touch(&mut self, index: usize) {
        if let Some(lane) = self.all.get_mut(index).filter(|lane| !lane.touched) {
            lane.touched = true;
            self.touched.push(index);
        }
    }

    /// What a lane gets from now on waits until another lane has confirmed all
    /// that it holds now, and for whatever that one would wait for with its next
    /// message: a row that moves twice need not leave a message on its way.
    pub fn gate(&mut self, lane: usize, other: usize) {
        if lane == other {
            return;
        }
        let Some(before) = self.all.get(other) else { return };
        let holds = (before.waiting() > 0).then(|| (other, before.got()));
        let end = before.open.count;
        let behind = before.gates.iter().filter(|gate| gate.at.count == end && gate.other != lane);
        let wanted: Vec<_> = behind.map(|gate| (gate.other, gate.confirmed)).chain(holds).collect();
        let Some(target) = self.all.get_mut(lane).filter(|_| !wanted.is_empty()) else { return };
        for (other, confirmed) in wanted {
            target.wait_for(other, confirmed);
        }
        self.touch(lane);
    }

    /// Where the open batch of a lane has to wait for another lane.
    fn closed_gate(&mut self, index: usize) -> Option<Cut> {
        loop {
            let gate = *self.all.get(index)?.gates.front()?;
            if self.all.get(gate.other).is_some_and(|other| other.confirmed() < gate.confirmed) {
                return Some(gate.at);
            }
            self.all.get_mut(index)?.gates.pop_front();
        }
    }

    /// Whether a lane waits for another one.
    pub fn is_gated(&mut self, lane: usize) -> bool {
        self.closed_gate(lane).is_some()
    }

    /// The open transaction has ended: its rows may leave.
    pub fn commit(&mut self) {
        for lane in self.touched.drain(..) {
            if let Some(lane) = self.all.get_mut(lane) {
                lane.touched = false;
                lane.open.committed = lane.open.end();
                lane.gates
                    .iter_mut()
                    .rev()
                    .take_while(|gate| !gate.committed)
                    .for_each(|gate| gate.committed = true);
            }
        }
        self.leaked = false;
        self.forget_savepoints();
    }

    /// Drops the rows of the open transaction, unless some have left: then nothing
    /// is dropped, and `false`.
    pub fn rollback(&mut self) -> bool {
        if self.leaked {
            return false;
        }
        self.undo()
    }

    /// Drops the rows of the open transaction that have not left; `false` when
    /// some have.
    pub fn undo(&mut self) -> bool {
        self.forget_savepoints();
        for lane in self.touched.drain(..) {
            if let Some(lane) = self.all.get_mut(lane) {
                lane.touched = false;
                self.held -= lane.truncate(lane.open.committed);
                while lane.gates.pop_back_if(|gate| !gate.committed).is_some() {}
            }
        }
        !self.leaked
    }

    /// Whether rows of the open transaction have left.
    pub fn leaked(&self) -> bool {
        self.leaked
    }

    /// Whether a lane can take no more before its batch has left.
    pub fn is_full(&self, lane: usize) -> bool {
        self.all.get(lane).is_some_and(|lane| {
            lane.open.count >= self.limits.batch_messages || lane.open.bytes.len() >= self.limits.batch_bytes
        })
    }

    /// Bytes that all lanes hold, waiting or on their way.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Whether all lanes together hold as much as they may.
    pub fn over_budget(&self) -> bool {
        self.held >= self.limits.budget * if planted::is(Planted::BudgetIgnored) { 8 } else { 1 }
    }

    /// Whether a lane holds nothing and sends nothing.
    pub fn is_idle(&self, lane: usize) -> bool {
        self.all.get(lane).is_none_or(|lane| lane.oldest_waiting().is_none())
    }

    /// Whether no lane holds or sends anything.
    pub fn all_idle(&self) -> bool {
        self.oldest_waiting().is_none()
    }

    /// The message that was appended last, while its batch is not taken.
    pub fn newest(&self, lane: usize) -> Option<&[u8]> {
        let open = &self.all.get(lane)?.open;
        open.bytes.get(open.newest..).filter(|message| !message.is_empty())
    }

    /// Messages of a lane that are not confirmed.
    pub fn waiting(&self, lane: usize) -> usize {
        self.all.get(lane).map_or(0, Lane::waiting)
    }

    /// Number of lanes.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Takes a lane's batch to send it, if the lane is free: the finished
    /// transactions' part, or with `force` everything; never what waits for
    /// another lane.
    pub fn take(&mut self, index: usize, force: bool) -> Option<Outgoing> {
        let gate = self.closed_gate(index);
        let lane = self.all.get_mut(index)?;
        let (committed, end) = (lane.open.committed, lane.open.end());
        if lane.flight.is_some() || (committed.count == 0 && !force) {
            return None;
        }
        let wanted = if committed.count == 0 { end } else { committed };
        let cut = gate.filter(|gate| gate.count < wanted.count).unwrap_or(wanted);
        if cut.count == 0 {
            return None;
        }
        if cut.count > committed.count {
            self.leaked = true;
        }
        let batch = lane.split(cut);
        lane.left.bytes += cut.bytes;
        lane.left.count += cut.count;
        lane.flight = Some(Flight {
            first_row: batch.first_row,
            last_row: batch.last_row,
            bytes: batch.bytes.len(),
            count: batch.count,
        });
        Some(Outgoing {
            lane: index,
            queue: lane.queue.clone(),
            count: batch.count,
            newest: batch.newest,
            messages: Bytes::from(batch.bytes),
        })
    }

    /// A lane's batch is stored; its last message has this id. Returns its message
    /// count and bytes.
    pub fn confirm(&mut self, index: usize, stored: Stored, last_id: Option<u128>) -> (usize, usize) {
        let Some(lane) = self.all.get_mut(index) else { return (0, 0) };
        let Some(flight) = lane.flight.take() else { return (0, 0) };
        self.held -= flight.bytes;
        lane.above.push_back(Span {
            last_row: flight.last_row,
            first_offset: stored.first,
            last_offset: stored.last,
        });
        lane.next = lane.next.max(stored.last.saturating_add(1));
        if let Some(id) = last_id {
            lane.witness = Some(Witness { offset: stored.last, id });
        }
        (flight.count, flight.bytes)
    }

    /// The oldest row that is not confirmed.
    pub fn oldest_waiting(&self) -> Option<u64> {
        self.all.iter().filter_map(Lane::oldest_waiting).min()
    }

    /// What is known of each queue, when the tracked place covers every row up
    /// to `row`.
    pub fn marks(&mut self, row: u64) -> Vec<QueueMark> {
        self.all
            .iter_mut()
            .map(|lane| {
                lane.pass(row);
                QueueMark {
                    topic: lane.queue.topic.to_string(),
                    broker: lane.queue.broker.to_string(),
                    queue: lane.queue.id,
                    scan_from: if planted::is(Planted::ScanFromNext) {
                        lane.next
                    } else {
                        lane.carried
                            .unwrap_or_else(|| lane.above.front().map_or(lane.next, |span| span.first_offset))
                    },
                    next: lane.next,
                    witness: lane.witness,
                    early_below: lane.early_below,
                }
            })
            .collect()
    }

    /// The tracked place has passed the rows of all messages of earlier runs.
    pub fn drop_carried(&mut self) {
        for lane in &mut self.all {
            lane.carried = None;
            lane.early_below = None;
        }
    }

    /// The offset behind the last message that a lane's queue is known to hold.
    pub fn end(&self, lane: usize) -> i64 {
        self.all.get(lane).map_or(0, |lane| lane.next)
    }

    /// The queue of a lane.
    pub fn queue(&self, lane: usize) -> Option<&Queue> {
        self.all.get(lane).map(|lane| &lane.queue)
    }
}
