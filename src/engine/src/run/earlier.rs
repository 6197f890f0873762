//! What earlier runs have sent already: the ids that were read back from the
//! queues' tails, and the marks of queues that were not read back because no table
//! goes there now. Looks into no queue.
//!
//! Invariants: an id is forgotten only once the place has passed every row that an
//! earlier run can have sent; that is told by places, never by clocks.

use std::collections::HashSet;
use std::sync::Arc;

use crate::checkpoint::QueueMark;
use crate::doors::LogEnd;
use crate::identity::{Half, RowName};
use crate::planted::{self, Planted};
use crate::project::Dml;

/// Rows of earlier runs behind the checkpoint.
pub(super) struct Earlier {
    ids: HashSet<u128>,
    /// Of topics that the project does not use now: a table that comes back to one
    /// finds there what was sent of it.
    aside: Vec<QueueMark>,
    /// Of the open transaction: one that is cut may come again whole.
    taken: Vec<u128>,
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
    pub(super) fn new(ids: HashSet<u128>, aside: Vec<QueueMark>, end: LogEnd) -> Self {
        let last_row = (ids.is_empty() && aside.is_empty()).then_some(0);
        Self { ids, aside, taken: Vec::new(), again: false, end, last_row, passed: false }
    }

    /// Whether it still matters how far the log was read.
    pub(super) fn is_open(&self) -> bool {
        self.last_row.is_none()
    }

    fn take(&mut self, id: u128) -> bool {
        let there = !self.ids.is_empty() && self.ids.remove(&id);
        if there {
            self.taken.push(id);
        }
        there
    }

    /// Whether this part of a row stands in its queue already, or the whole row as
    /// other settings of the project made it: a row that was a key change may be
    /// none by a new filter, or the other way round.
    pub(super) fn take_row(&mut self, name: RowName<'_>, kind: Dml) -> bool {
        if self.ids.is_empty() {
            return false;
        }
        let done_by_others = match name.half {
            Half::Whole if kind == Dml::Delete => self.take(name.as_half(Half::Delete).id()),
            Half::Whole => self.take(name.as_half(Half::Insert).id()),
            // Not taken: the other half asks, too.
            Half::Delete | Half::Insert => self.ids.contains(&name.as_half(Half::Whole).id()),
        };
        done_by_others || self.take(name.id())
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
        self.ids.extend(self.taken.drain(..));
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
            self.ids = HashSet::new();
            self.aside = Vec::new();
        }
        self.passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_given_back_at_the_end_of_the_log_as_it_was() {
        let end = LogEnd { file: "log.000002".into(), offset: 500 };
        let mut earlier = Earlier::new(HashSet::from([1, 2]), Vec::new(), end);
        earlier.read_up_to(&"log.000001".into(), 900, 1);
        assert!(!earlier.passes(9));
        assert!(earlier.take(1) && !earlier.take(1));
        earlier.cut();
        assert!(earlier.take(1));
        earlier.commit();
        earlier.cut();
        assert!(!earlier.take(1));
        earlier.read_up_to(&"log.000002".into(), 500, 3);
        earlier.read_up_to(&"log.000003".into(), 4, 7);
        assert!(!earlier.passes(2));
        assert!(earlier.passes(3) && !earlier.passes(3) && earlier.len() == 0);
    }
}
