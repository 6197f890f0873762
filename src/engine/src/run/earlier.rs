//! What earlier runs have sent already: the ids that were read back from the
//! queues' tails, and the marks of queues that were not read back because no table
//! goes there now. Looks into no queue.
//!
//! Invariants: an id is forgotten only once the place has passed every row that an
//! earlier run can have sent; that is told by places, never by clocks. After a
//! broker lost messages, a row that stands before one of its group that had to be
//! sent again goes out once more behind it: consumers end with the newest.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use crate::checkpoint::QueueMark;
use crate::doors::LogEnd;
use crate::identity::{Half, RowName};
use crate::planted::{self, Planted};
use crate::project::Dml;

/// Rows whose order is looked after at a time, some 40 bytes each. Where a log holds
/// more of them behind a loss, those that come later keep the order they have.
const MAX_GROUPS: usize = 1 << 18;

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stand {
    /// Its queue: the number of the lane.
    pub(super) queue: usize,
    /// Its offset; `i64::MAX` for what was sent in this run.
    pub(super) offset: i64,
}

impl Stand {
    /// Whether it is behind another one, as far as that can be told.
    fn is_behind(self, other: Self) -> bool {
        self.queue != other.queue || other.offset <= self.offset
    }
}

/// What rows have in common whose order is promised: the texts of the row's key and
/// of what chose its queue.
#[derive(Clone, Copy)]
pub(super) struct Group<'g> {
    pub(super) lane: usize,
    pub(super) table: &'g str,
    pub(super) key: &'g str,
    pub(super) chosen_by: &'g str,
}

/// Where the newest row of each group stands; after a loss only.
struct Order {
    hasher: RandomState,
    newest: HashMap<u64, Stand>,
}

/// Where the newest row stood before, for each text of a group.
type Before = [(u64, Option<Stand>); 2];

impl Order {
    fn new() -> Self {
        Self { hasher: RandomState::new(), newest: HashMap::new() }
    }

    fn before(&self, group: Group<'_>) -> Before {
        [("key", group.key), ("queue", group.chosen_by)].map(|text| {
            let key = self.hasher.hash_one((text, group.lane, group.table));
            (key, self.newest.get(&key).copied())
        })
    }

    fn put(&mut self, before: &Before, stand: Stand) {
        for (key, _) in before {
            if self.newest.len() < MAX_GROUPS || self.newest.contains_key(key) {
                self.newest.insert(*key, stand);
            }
        }
    }

    fn restore(&mut self, before: Before) {
        for (key, stand) in before {
            match stand {
                Some(stand) => self.newest.insert(key, stand),
                None => self.newest.remove(&key),
            };
        }
    }
}

/// A row that was found in its queue while its transaction is open.
struct Taken {
    id: u128,
    stand: Stand,
    before: Option<Before>,
}

/// Rows of earlier runs behind the checkpoint.
pub(super) struct Earlier {
    /// And where each stands last.
    ids: HashMap<u128, Stand>,
    order: Option<Order>,
    /// Of topics that the project does not use now: a table that comes back to one
    /// finds there what was sent of it.
    aside: Vec<QueueMark>,
    /// Of the open transaction: one that is cut may come again whole.
    taken: Vec<Taken>,
    /// The transaction that was cut comes next, wherever the log ended before.
    again: bool,
    /// Where the log ended after the tails were read: earlier runs had read no
    /// further.
    end: LogEnd,
    /// Number of the last row before that end, once it is reached.
    last_row: Option<u64>,
    passed: bool,
}

impl Earlier {
    /// What was read back and what was not, and where the log ended then.
    pub(super) fn new(ids: HashMap<u128, Stand>, aside: Vec<QueueMark>, end: LogEnd) -> Self {
        let last_row = (ids.is_empty() && aside.is_empty()).then_some(0);
        Self { ids, order: None, aside, taken: Vec::new(), again: false, end, last_row, passed: false }
    }

    /// The same after a broker lost messages: rows that were sent after the loss
    /// stand before those that take the lost ones' place.
    pub(super) fn after_loss(mut self) -> Self {
        self.order = (!planted::is(Planted::LossOutOfOrder)).then(Order::new);
        self
    }

    /// Whether the order of rows is looked after.
    pub(super) fn keeps_order(&self) -> bool {
        self.order.is_some() && !self.ids.is_empty()
    }

    /// Whether it still matters how far the log was read.
    pub(super) fn is_open(&self) -> bool {
        self.last_row.is_none()
    }

    /// Whether this part of a row stands in its queue already, where it belongs, or
    /// the whole row as other settings of the project made it: a row that was a key
    /// change may be none by a new filter, or the other way round.
    pub(super) fn take_row(&mut self, name: RowName<'_>, kind: Dml, group: Group<'_>) -> bool {
        if self.ids.is_empty() {
            return false;
        }
        let done_by_others = match name.half {
            Half::Whole if kind == Dml::Delete => self.ids.remove_entry(&name.as_half(Half::Delete).id()),
            Half::Whole => self.ids.remove_entry(&name.as_half(Half::Insert).id()),
            // Not taken: the other half asks, too.
            Half::Delete | Half::Insert => {
                let whole = self.ids.get(&name.as_half(Half::Whole).id());
                if let Some(stand) = whole.copied() {
                    return self.is_in_order(group, stand).0;
                }
                None
            }
        };
        let Some((id, stand)) = done_by_others.or_else(|| self.ids.remove_entry(&name.id())) else {
            if let Some(order) = &mut self.order {
                let before = order.before(group);
                order.put(&before, Stand { queue: group.lane, offset: i64::MAX });
            }
            return false;
        };
        let (in_order, before) = self.is_in_order(group, stand);
        self.taken.push(Taken { id, stand, before });
        in_order
    }

    /// Whether a row stands behind all that comes before it in its group, and what
    /// was known of the group.
    fn is_in_order(&mut self, group: Group<'_>, stand: Stand) -> (bool, Option<Before>) {
        let Some(order) = &mut self.order else { return (true, None) };
        let before = order.before(group);
        let in_order = before.iter().all(|(_, newest)| newest.is_none_or(|newest| stand.is_behind(newest)));
        order.put(&before, if in_order { stand } else { Stand { queue: group.lane, offset: i64::MAX } });
        (in_order, Some(before))
    }

    /// The open transaction has ended.
    pub(super) fn commit(&mut self) {
        self.taken.clear();
        self.again = false;
    }

    /// The open transaction was cut, and will come again.
    pub(super) fn cut(&mut self) {
        self.again |= !self.taken.is_empty();
        self.passed &= !self.again;
        for Taken { id, stand, before } in self.taken.drain(..).rev() {
            self.ids.insert(id, stand);
            if let Some((order, before)) = self.order.as_mut().zip(before) {
                order.restore(before);
            }
        }
    }

    /// Marks of queues that were not read back, as long as they matter.
    pub(super) fn aside(&self) -> &[QueueMark] {
        &self.aside
    }

    /// Ids that are remembered.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The log was read up to here, between two transactions; `row` is the number
    /// of the newest row.
    pub(super) fn read_up_to(&mut self, file: &Arc<str>, offset: u64, row: u64) {
        if self.last_row.is_none() && self.end.is_reached(file, offset) {
            self.last_row = Some(row);
        }
    }

    /// Whether the place, which covers every row up to `row`, has now passed all
    /// that earlier runs have sent. Then nothing is remembered any more. Said once.
    pub(super) fn passes(&mut self, row: u64) -> bool {
        if self.passed || planted::is(Planted::IdsKept) {
            return false;
        }
        let passed = !self.again && self.last_row.is_some_and(|last| last <= row);
        if passed || planted::is(Planted::IdsForgottenSoon) {
            self.passed = true;
            self.ids = HashMap::new();
            self.order = None;
            self.aside = Vec::new();
        }
        self.passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{TableKey, TableName, TransactionKey};

    const GROUP: Group<'_> = Group { lane: 0, table: "d.t", key: "7", chosen_by: "7" };

    fn take(earlier: &mut Earlier, number: u64) -> bool {
        with_name(number, |name| earlier.take_row(name, Dml::Insert, GROUP))
    }

    fn with_name<T>(number: u64, then: impl FnOnce(RowName<'_>) -> T) -> T {
        let transaction = TransactionKey::new("np_1", "log.000001/4");
        let table = TableKey::new(&TableName::new("d", "t"));
        then(RowName { transaction: &transaction, table: &table, number, half: Half::Whole })
    }

    fn stored(numbers: &[u64]) -> HashMap<u128, Stand> {
        let stand = |offset| Stand { queue: 0, offset: offset as i64 };
        let at = |(offset, number): (usize, &u64)| (with_name(*number, |name| name.id()), stand(offset));
        numbers.iter().enumerate().map(at).collect()
    }

    fn end() -> LogEnd {
        LogEnd { file: "log.000002".into(), offset: 500 }
    }

    #[test]
    fn ids_are_given_back_at_the_end_of_the_log_as_it_was() {
        let mut earlier = Earlier::new(stored(&[1, 2]), Vec::new(), end());
        earlier.read_up_to(&"log.000001".into(), 900, 1);
        assert!(!earlier.passes(9));
        assert!(take(&mut earlier, 1) && !take(&mut earlier, 1));
        earlier.cut();
        assert!(take(&mut earlier, 1));
        earlier.commit();
        earlier.cut();
        assert!(!take(&mut earlier, 1));
        earlier.read_up_to(&"log.000002".into(), 500, 3);
        earlier.read_up_to(&"log.000003".into(), 4, 7);
        assert!(!earlier.passes(2));
        assert!(earlier.passes(3) && !earlier.passes(3) && earlier.len() == 0);
    }

    #[test]
    fn after_a_loss_a_row_that_stands_too_early_goes_out_once_more() {
        // The first row is lost, the second was sent after the loss, the others in order.
        let mut earlier = Earlier::new(stored(&[2, 3]), Vec::new(), end()).after_loss();
        assert_eq!([1, 2, 3].map(|number| take(&mut earlier, number)), [false, false, false]);
        // Another start in the middle of that: the third one is still too early.
        let mut earlier = Earlier::new(stored(&[3, 1, 2, 4]), Vec::new(), end()).after_loss();
        let there = [1, 2, 3].map(|number| take(&mut earlier, number));
        assert_eq!(there, [true, true, false]);
        // The transaction is cut and comes again: nothing was sent yet.
        earlier.cut();
        assert_eq!([1, 2, 3].map(|number| take(&mut earlier, number)), there);
        assert!(!take(&mut earlier, 4));
        // Without a loss all that is there counts.
        let mut earlier = Earlier::new(stored(&[2, 1]), Vec::new(), end());
        assert!(take(&mut earlier, 1) && take(&mut earlier, 2));
    }
}
