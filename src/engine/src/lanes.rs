//! Lanes: one per message queue, each with one batch being filled and at most
//! one in flight. Knows no protocol and no tables. Invariants:
//! - a lane's messages leave in the order in which they came;
//! - rows of a transaction whose end was not seen stay behind, unless a full
//!   batch or the byte budget forces them out;
//! - what stands behind a gate leaves only once another lane has confirmed what
//!   the gate names; gates name messages that came before, so some lane can go on;
//! - what all lanes hold together stays within the byte budget, give or take
//!   the one message that crosses it.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::checkpoint::{QueueMark, Witness};
use crate::doors::{Queue, Stored};

/// Brokers take 4 MiB at most for a whole batch.
const MAX_BATCH_BYTES: usize = 4 << 20;

/// Savepoints that are remembered of one transaction; older ones are seldom gone
/// back to, and then their rows count as having left.
const MAX_SAVEPOINTS: usize = 1000;

/// Messages that wait, in wire form.
#[derive(Debug, Default)]
struct Batch {
    bytes: Vec<u8>,
    count: usize,
    /// Where the newest message begins.
    newest: usize,
    first_row: u64,
    last_row: u64,
    /// The part that belongs to finished transactions.
    committed: Cut,
}

/// A place between two messages of a batch.
#[derive(Clone, Copy, Debug, Default)]
struct Cut {
    bytes: usize,
    count: usize,
    last_row: u64,
    /// Where the message before it begins.
    newest: usize,
}

impl Batch {
    fn end(&self) -> Cut {
        Cut { bytes: self.bytes.len(), count: self.count, last_row: self.last_row, newest: self.newest }
    }
}

/// Where a lane waits for another one.
#[derive(Clone, Copy, Debug)]
struct Gate {
    /// What follows this place of the open batch waits,
    at: Cut,
    /// until this lane
    other: usize,
    /// has confirmed so many messages.
    confirmed: usize,
    /// Set by a transaction that has ended.
    committed: bool,
}

/// A batch on its way. One whose request failed stays so for the rest of the run: its fate is unknown,
/// so nothing may overtake it and no place may pass it.
#[derive(Clone, Copy, Debug)]
struct Flight {
    first_row: u64,
    last_row: u64,
    bytes: usize,
    count: usize,
}

/// Rows of a queue that are confirmed but lie above the tracked place.
#[derive(Clone, Copy, Debug)]
struct Span {
    last_row: u64,
    first_offset: i64,
}

#[derive(Debug)]
struct Lane {
    queue: Queue,
    open: Batch,
    flight: Option<Flight>,
    above: VecDeque<Span>,
    /// Where messages of earlier runs may stand whose rows the tracked place has
    /// not passed yet.
    carried: Option<i64>,
    next: i64,
    witness: Option<Witness>,
    /// Holds rows or gates of the open transaction.
    touched: bool,
    gates: VecDeque<Gate>,
    /// What has left in this run.
    left: Cut,
}

impl Lane {
    fn oldest_waiting(&self) -> Option<u64> {
        let open = (self.open.count > 0).then_some(self.open.first_row);
        self.flight.map(|flight| flight.first_row).or(open)
    }

    fn waiting(&self) -> usize {
        self.open.count + self.flight.map_or(0, |flight| flight.count)
    }

    /// Messages that it got in this run.
    fn got(&self) -> usize {
        self.left.count + self.open.count
    }

    /// Messages confirmed in this run.
    fn confirmed(&self) -> usize {
        self.left.count - self.flight.map_or(0, |flight| flight.count)
    }

    /// Drops what the open batch holds behind a place; returns the bytes.
    fn truncate(&mut self, to: Cut) -> usize {
        let dropped = self.open.bytes.len().saturating_sub(to.bytes);
        self.open.bytes.truncate(to.bytes);
        self.open.count = to.count;
        self.open.last_row = to.last_row;
        self.open.newest = to.newest;
        while self.gates.pop_back_if(|gate| gate.at.count > to.count).is_some() {}
        dropped
    }

    /// Takes the messages before `cut` out; the rest stays as the new batch.
    fn split(&mut self, cut: Cut) -> Batch {
        let rest_of = |place: Cut| Cut {
            bytes: place.bytes.saturating_sub(cut.bytes),
            count: place.count.saturating_sub(cut.count),
            last_row: place.last_row,
            newest: place.newest.saturating_sub(cut.bytes),
        };
        for gate in &mut self.gates {
            gate.at = rest_of(gate.at);
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
                committed: rest_of(whole.committed),
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
}

/// What each touched lane had got in all at a savepoint of the open transaction;
/// other lanes had got nothing of it.
#[derive(Debug)]
struct Savepoint {
    name: String,
    lanes: Vec<(usize, Cut)>,
}

impl Lanes {
    /// A lane a queue.
    pub fn new(queues: Vec<QueueStart>, limits: LaneLimits) -> Self {
        let all = queues
            .into_iter()
            .map(|QueueStart { queue, end, scan_from, witness }| Lane {
                witness,
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
        Self { all, limits, held: 0, touched: Vec::new(), leaked: false, savepoints: Vec::new() }
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
    /// that it holds now.
    pub fn gate(&mut self, lane: usize, other: usize) {
        let Some(before) = self.all.get(other).filter(|other| other.waiting() > 0) else { return };
        let confirmed = before.got();
        let Some(target) = self.all.get_mut(lane).filter(|_| lane != other) else { return };
        target.gates.push_back(Gate { at: target.open.end(), other, confirmed, committed: false });
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
        self.savepoints.clear();
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
        self.savepoints.clear();
        for lane in self.touched.drain(..) {
            if let Some(lane) = self.all.get_mut(lane) {
                lane.touched = false;
                self.held -= lane.truncate(lane.open.committed);
                while lane.gates.pop_back_if(|gate| !gate.committed).is_some() {}
            }
        }
        !self.leaked
    }

    /// Remembers what the lanes hold; a savepoint of the same name is replaced.
    pub fn savepoint(&mut self, name: String) {
        self.savepoints.retain(|savepoint| savepoint.name != name);
        if self.savepoints.len() >= MAX_SAVEPOINTS {
            self.savepoints.remove(0);
        }
        let got = |index: &usize| {
            let lane = self.all.get(*index)?;
            let mut got = lane.open.end();
            got.bytes += lane.left.bytes;
            got.count += lane.left.count;
            got.newest += lane.left.bytes;
            Some((*index, got))
        };
        let lanes = self.touched.iter().filter_map(got).collect();
        self.savepoints.push(Savepoint { name, lanes });
    }

    /// Drops what the lanes got since a savepoint and still hold; `false` when some
    /// of it has left. A savepoint that is not known was taken
    /// before the rows of followed tables.
    pub fn rollback_to(&mut self, name: &str) -> bool {
        let Some(at) = self.savepoints.iter().position(|savepoint| savepoint.name == name) else {
            return true;
        };
        self.savepoints.truncate(at + 1);
        let Some(savepoint) = self.savepoints.last() else { return true };
        let mut whole = true;
        for index in &self.touched {
            let Some(lane) = self.all.get_mut(*index) else { continue };
            let to = match savepoint.lanes.iter().find(|(lane, _)| lane == index) {
                Some((_, got)) => {
                    whole &= got.count >= lane.left.count;
                    Cut {
                        bytes: got.bytes.saturating_sub(lane.left.bytes),
                        count: got.count.saturating_sub(lane.left.count),
                        last_row: got.last_row,
                        newest: got.newest.saturating_sub(lane.left.bytes),
                    }
                }
                None => {
                    whole &= !self.leaked || lane.open.committed.count > 0;
                    lane.open.committed
                }
            };
            self.held -= lane.truncate(to);
        }
        self.forget_what_gates_lost();
        whole
    }

    /// A gate must not wait for messages that were dropped.
    fn forget_what_gates_lost(&mut self) {
        let got: Vec<usize> = self.all.iter().map(Lane::got).collect();
        for index in &self.touched {
            let Some(lane) = self.all.get_mut(*index) else { continue };
            for gate in &mut lane.gates {
                gate.confirmed = gate.confirmed.min(got.get(gate.other).copied().unwrap_or(0));
            }
        }
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
        self.held >= self.limits.budget
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
        lane.above.push_back(Span { last_row: flight.last_row, first_offset: stored.first });
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
                while lane.above.pop_front_if(|span| span.last_row <= row).is_some() {}
                QueueMark {
                    topic: lane.queue.topic.to_string(),
                    broker: lane.queue.broker.to_string(),
                    queue: lane.queue.id,
                    scan_from: lane
                        .carried
                        .unwrap_or_else(|| lane.above.front().map_or(lane.next, |span| span.first_offset)),
                    next: lane.next,
                    witness: lane.witness,
                }
            })
            .collect()
    }

    /// Whether messages of earlier runs may stand above the tracked place.
    pub fn carries(&self) -> bool {
        self.all.iter().any(|lane| lane.carried.is_some())
    }

    /// The tracked place has passed the rows of all messages of earlier runs.
    pub fn drop_carried(&mut self) {
        for lane in &mut self.all {
            lane.carried = None;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes(count: i32) -> Lanes {
        let queue = |id| QueueStart {
            queue: Queue { topic: "t".into(), broker: "b".into(), id },
            end: 100,
            scan_from: 100,
            witness: None,
        };
        let limits = LaneLimits { budget: 1000, batch_bytes: 100, batch_messages: 3 };
        Lanes::new((0..count).map(queue).collect(), limits)
    }

    fn push(lanes: &mut Lanes, lane: usize, row: u64) {
        lanes
            .push(lane, row, |out| {
                out.extend_from_slice(&[u8::try_from(row).expect("small"); 10]);
                Ok::<(), ()>(())
            })
            .expect("written");
    }

    fn confirm(lanes: &mut Lanes, lane: usize, first: i64) {
        let count = lanes.waiting(lane) - lanes.all[lane].open.count;
        let last = first + i64::try_from(count).expect("few") - 1;
        lanes.confirm(lane, Stored { first, last }, None);
    }

    #[test]
    fn only_finished_transactions_leave_by_themselves() {
        let mut lanes = lanes(1);
        push(&mut lanes, 0, 1);
        assert!(lanes.take(0, false).is_none());
        lanes.commit();
        push(&mut lanes, 0, 2);
        let batch = lanes.take(0, false).expect("row 1");
        assert_eq!((batch.count, batch.messages[0]), (1, 1));
        assert_eq!(lanes.oldest_waiting(), Some(1));
        confirm(&mut lanes, 0, 100);
        assert_eq!(lanes.oldest_waiting(), Some(2));
        assert!(lanes.rollback());
        assert!(lanes.all_idle());
    }

    #[test]
    fn forced_rows_can_not_be_taken_back() {
        let mut lanes = lanes(2);
        push(&mut lanes, 0, 1);
        push(&mut lanes, 1, 2);
        assert!(lanes.take(1, true).is_some());
        assert!(!lanes.rollback());
        lanes.commit();
        assert!(lanes.take(0, false).is_some());
    }

    #[test]
    fn scans_begin_at_the_first_row_above_the_place() {
        let mut lanes = lanes(2);
        for row in 1..=3 {
            push(&mut lanes, 0, row);
        }
        push(&mut lanes, 1, 4);
        lanes.commit();
        lanes.take(0, false);
        confirm(&mut lanes, 0, 100);
        push(&mut lanes, 0, 5);
        lanes.commit();
        lanes.take(0, false);
        confirm(&mut lanes, 0, 103);
        // Row 4 waits, so the place may stand at row 3.
        assert_eq!(lanes.oldest_waiting(), Some(4));
        let marks = lanes.marks(3);
        assert_eq!((marks[0].scan_from, marks[0].next), (103, 104));
        assert_eq!((marks[1].scan_from, marks[1].next), (100, 100));
        assert_eq!(lanes.marks(5)[0].scan_from, 104);
    }

    #[test]
    fn messages_of_an_earlier_run_stay_in_sight_until_their_rows_are_passed() {
        let queue = Queue { topic: "t".into(), broker: "b".into(), id: 0 };
        let limits = LaneLimits { budget: 1000, batch_bytes: 100, batch_messages: 3 };
        let mut lanes =
            Lanes::new(vec![QueueStart { queue, end: 100, scan_from: 60, witness: None }], limits);
        // Rows 1 to 40 were found in the queue; row 41 is sent and confirmed.
        push(&mut lanes, 0, 41);
        lanes.take(0, true);
        confirm(&mut lanes, 0, 100);
        assert_eq!((lanes.marks(0)[0].scan_from, lanes.marks(0)[0].next), (60, 101));
        lanes.drop_carried();
        assert_eq!(lanes.marks(0)[0].scan_from, 100);
    }

    #[test]
    fn a_batch_without_an_answer_holds_back_its_lane_and_the_place() {
        let mut lanes = lanes(2);
        push(&mut lanes, 0, 1);
        lanes.commit();
        assert!(lanes.take(0, true).is_some());
        push(&mut lanes, 0, 2);
        push(&mut lanes, 1, 3);
        lanes.commit();
        assert!(lanes.take(0, true).is_none());
        assert!(lanes.take(1, true).is_some());
        confirm(&mut lanes, 1, 100);
        assert_eq!(lanes.oldest_waiting(), Some(1));
        assert!(!lanes.all_idle());
    }

    #[test]
    fn what_stands_behind_a_gate_waits_for_the_other_lane() {
        let mut lanes = lanes(3);
        push(&mut lanes, 0, 1);
        push(&mut lanes, 1, 2);
        lanes.gate(1, 0);
        push(&mut lanes, 1, 3);
        lanes.gate(2, 1);
        push(&mut lanes, 2, 4);
        lanes.commit();
        let count = |lanes: &mut Lanes, lane| lanes.take(lane, true).map(|batch| batch.count);
        assert_eq!(count(&mut lanes, 2), None);
        assert_eq!(count(&mut lanes, 1), Some(1));
        confirm(&mut lanes, 1, 100);
        assert_eq!(count(&mut lanes, 1), None);
        assert!(lanes.is_gated(1) && !lanes.is_gated(0));
        assert_eq!(count(&mut lanes, 0), Some(1));
        confirm(&mut lanes, 0, 100);
        assert_eq!(count(&mut lanes, 1), Some(1));
        confirm(&mut lanes, 1, 101);
        assert_eq!(count(&mut lanes, 2), Some(1));
        assert_eq!(lanes.oldest_waiting(), Some(4));
    }

    #[test]
    fn gates_of_rows_taken_back_are_gone_and_those_before_stay() {
        let mut lanes = lanes(2);
        push(&mut lanes, 0, 1);
        lanes.gate(1, 0);
        lanes.commit();
        push(&mut lanes, 1, 2);
        lanes.gate(0, 1);
        assert!(lanes.rollback());
        assert!(!lanes.is_gated(0) && lanes.is_gated(1));
    }

    #[test]
    fn rows_since_a_savepoint_are_dropped_as_far_as_they_are_there() {
        let mut lanes = lanes(2);
        push(&mut lanes, 0, 1);
        lanes.savepoint("a".to_owned());
        push(&mut lanes, 0, 2);
        push(&mut lanes, 1, 3);
        lanes.gate(0, 1);
        assert!(lanes.rollback_to("a"));
        assert!(lanes.is_idle(1) && !lanes.is_gated(0));
        push(&mut lanes, 0, 4);
        lanes.commit();
        let batch = lanes.take(0, false).expect("rows 1 and 4");
        assert_eq!((batch.count, batch.messages[0], batch.messages[10]), (2, 1, 4));
        assert_eq!(lanes.held(), 20);
    }

    #[test]
    fn rows_that_left_before_a_savepoint_stay_and_later_ones_are_told() {
        let mut lanes = lanes(1);
        push(&mut lanes, 0, 1);
        lanes.savepoint("a".to_owned());
        assert!(lanes.take(0, true).is_some());
        push(&mut lanes, 0, 2);
        assert!(lanes.rollback_to("a"));
        assert_eq!(lanes.waiting(0), 1);
        confirm(&mut lanes, 0, 100);
        push(&mut lanes, 0, 3);
        assert!(lanes.take(0, true).is_some());
        assert!(!lanes.rollback_to("a"));
        assert!(!lanes.undo());
    }

    #[test]
    fn a_lane_sends_one_batch_at_a_time() {
        let mut lanes = lanes(1);
        push(&mut lanes, 0, 1);
        lanes.commit();
        assert!(lanes.take(0, true).is_some());
        push(&mut lanes, 0, 2);
        assert!(lanes.take(0, true).is_none());
        assert!(!lanes.is_full(0));
    }
}
