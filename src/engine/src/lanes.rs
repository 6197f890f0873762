//! Lanes: one per message queue, each with one batch being filled and at most
//! one in flight. Knows no protocol and no tables. Invariants:
//! - a lane's messages leave in the order in which they came;
//! - rows of a transaction whose end was not seen stay behind, unless a full
//!   batch or the byte budget forces them out;
//! - what all lanes hold together stays within the byte budget, give or take
//!   the one message that crosses it.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::checkpoint::QueueMark;
use crate::doors::Queue;

/// Brokers take 4 MiB at most for a whole batch.
const MAX_BATCH_BYTES: usize = 4 << 20;

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
    committed: Committed,
}

#[derive(Clone, Copy, Debug, Default)]
struct Committed {
    bytes: usize,
    count: usize,
    last_row: u64,
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
    /// Holds rows of the open transaction.
    touched: bool,
}

impl Lane {
    fn oldest_waiting(&self) -> Option<u64> {
        let open = (self.open.count > 0).then_some(self.open.first_row);
        self.flight.map(|flight| flight.first_row).or(open)
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
}

impl Lanes {
    /// A lane a queue.
    pub fn new(queues: Vec<QueueStart>, limits: LaneLimits) -> Self {
        let all = queues
            .into_iter()
            .map(|QueueStart { queue, end, scan_from }| Lane {
                queue,
                open: Batch::default(),
                flight: None,
                above: VecDeque::new(),
                carried: (scan_from < end).then_some(scan_from),
                next: end,
                touched: false,
            })
            .collect();
        Self { all, limits, held: 0, touched: Vec::new(), leaked: false }
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
        if !target.touched {
            target.touched = true;
            self.touched.push(lane);
        }
        Ok(None)
    }

    /// The open transaction has ended: its rows may leave.
    pub fn commit(&mut self) {
        for lane in self.touched.drain(..) {
            if let Some(lane) = self.all.get_mut(lane) {
                lane.touched = false;
                lane.open.committed = Committed {
                    bytes: lane.open.bytes.len(),
                    count: lane.open.count,
                    last_row: lane.open.last_row,
                };
            }
        }
        self.leaked = false;
    }

    /// Drops the rows of the open transaction; `false` when some have left.
    pub fn rollback(&mut self) -> bool {
        if self.leaked {
            return false;
        }
        for lane in self.touched.drain(..) {
            if let Some(lane) = self.all.get_mut(lane) {
                lane.touched = false;
                let committed = lane.open.committed;
                self.held -= lane.open.bytes.len() - committed.bytes;
                lane.open.bytes.truncate(committed.bytes);
                lane.open.count = committed.count;
                lane.open.last_row = committed.last_row;
            }
        }
        true
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
        self.all.get(lane).map_or(0, |lane| lane.open.count + lane.flight.map_or(0, |flight| flight.count))
    }

    /// Number of lanes.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Takes a lane's batch to send it, if the lane is free: the finished
    /// transactions' part, or with `force` everything.
    pub fn take(&mut self, index: usize, force: bool) -> Option<Outgoing> {
        let lane = self.all.get_mut(index)?;
        if lane.flight.is_some() || lane.open.count == 0 {
            return None;
        }
        let committed = lane.open.committed;
        let whole = committed.count == lane.open.count;
        if committed.count == 0 && !force {
            return None;
        }
        let batch = if whole || committed.count == 0 {
            if !whole {
                self.leaked = true;
            }
            std::mem::take(&mut lane.open)
        } else {
            split_committed(&mut lane.open)
        };
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
            messages: Bytes::from(batch.bytes),
        })
    }

    /// A lane's batch is stored from this offset on; returns its message count
    /// and bytes.
    pub fn confirm(&mut self, index: usize, first_offset: i64) -> (usize, usize) {
        let Some(lane) = self.all.get_mut(index) else { return (0, 0) };
        let Some(flight) = lane.flight.take() else { return (0, 0) };
        self.held -= flight.bytes;
        lane.above.push_back(Span { last_row: flight.last_row, first_offset });
        let count = i64::try_from(flight.count).unwrap_or(i64::MAX);
        lane.next = lane.next.max(first_offset.saturating_add(count));
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

/// Takes the finished part out; the rest stays as the new batch.
fn split_committed(open: &mut Batch) -> Batch {
    let committed = open.committed;
    let rest = open.bytes.split_off(committed.bytes.min(open.bytes.len()));
    let whole = std::mem::take(open);
    *open = Batch {
        newest: whole.newest.saturating_sub(committed.bytes),
        bytes: rest,
        count: whole.count - committed.count,
        // Rows between the two numbers belong to this lane's rest or to other
        // lanes; a lower bound is what the tracker needs.
        first_row: committed.last_row + 1,
        last_row: whole.last_row,
        committed: Committed::default(),
    };
    Batch {
        newest: 0,
        bytes: whole.bytes,
        count: committed.count,
        first_row: whole.first_row,
        last_row: committed.last_row,
        committed,
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
        lanes.confirm(0, 100);
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
        lanes.confirm(0, 100);
        push(&mut lanes, 0, 5);
        lanes.commit();
        lanes.take(0, false);
        lanes.confirm(0, 103);
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
        let mut lanes = Lanes::new(vec![QueueStart { queue, end: 100, scan_from: 60 }], limits);
        // Rows 1 to 40 were found in the queue; row 41 is sent and confirmed.
        push(&mut lanes, 0, 41);
        lanes.take(0, true);
        lanes.confirm(0, 100);
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
        lanes.confirm(1, 100);
        assert_eq!(lanes.oldest_waiting(), Some(1));
        assert!(!lanes.all_idle());
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
