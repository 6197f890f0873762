//! From confirmed rows to a safe place in the source.
//!
//! Every row that the pipeline handles gets a number, rising by one. Marks say:
//! up to this row number the source is at that place. The lowest row number that
//! is not confirmed yet decides which mark is reached. Invariants:
//! - the place never moves back and never passes an unconfirmed row;
//! - rows left out on purpose count as confirmed;
//! - marks are reached in the order of the stream.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::checkpoint::Within;
use crate::log::transaction::{Place, TransactionEnd};
use crate::planted::{self, Planted};

/// Rows between two marks inside one transaction: as much is replayed at most
/// because of its size.
pub const ROWS_PER_MARK: u64 = 4096;

/// What a mark says.
#[derive(Debug)]
enum Reached {
    /// A transaction is complete.
    End(TransactionEnd),
    /// A transaction is done in part.
    Within(Within),
    /// Behind the last transaction the log went on in another file.
    Moved(Arc<str>, u64),
}

#[derive(Debug)]
struct Mark {
    row: u64,
    sequence: u64,
    schema_version: u64,
    reached: Reached,
}

/// The tracker of one run.
#[derive(Debug)]
pub struct Tracker {
    place: Place,
    within: Option<Within>,
    sequence: u64,
    schema_version: u64,
    marks: VecDeque<Mark>,
}

impl Tracker {
    /// Starts at a saved place.
    pub fn new(place: Place, within: Option<Within>, sequence: u64, schema_version: u64) -> Self {
        Self { place, within, sequence, schema_version, marks: VecDeque::new() }
    }

    /// Everything up to row `row` belongs to transactions that end here.
    pub fn transaction_end(&mut self, row: u64, sequence: u64, schema_version: u64, end: TransactionEnd) {
        self.marks.push_back(Mark { row, sequence, schema_version, reached: Reached::End(end) });
    }

    /// Between two transactions the log goes on at the head of another file: the one
    /// before may be purged soon.
    pub fn moved(&mut self, row: u64, sequence: u64, schema_version: u64, (file, offset): (Arc<str>, u64)) {
        self.marks.push_back(Mark { row, sequence, schema_version, reached: Reached::Moved(file, offset) });
    }

    /// Everything up to row `row` is done, which is so much of an unfinished
    /// transaction.
    pub fn within(&mut self, row: u64, sequence: u64, schema_version: u64, within: Within) {
        let reached = Reached::Within(within);
        self.marks.push_back(Mark { row, sequence, schema_version, reached });
    }

    /// Forgets what was marked inside the open transaction: its rows were
    /// dropped and will come again.
    pub fn rollback(&mut self) {
        while self.marks.pop_back_if(|mark| matches!(mark.reached, Reached::Within(..))).is_some() {}
    }

    /// Moves to the last mark whose rows are all confirmed; returns its row
    /// number when there was one.
    pub fn confirm(&mut self, confirmed_row: u64) -> Option<u64> {
        let mut reached = None;
        while let Some(mark) = self
            .marks
            .pop_front_if(|mark| mark.row <= confirmed_row + u64::from(planted::is(Planted::PlaceEarly)))
        {
            reached = Some(mark.row);
            self.sequence = mark.sequence;
            self.schema_version = mark.schema_version;
            match mark.reached {
                Reached::End(end) => {
                    self.place.advance(&end);
                    self.within = None;
                }
                Reached::Within(within) => self.within = Some(within),
                Reached::Moved(file, offset) => (self.place.file, self.place.offset) = (file, offset),
            }
        }
        reached
    }

    /// The confirmed place.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The confirmed place, to note what the stream tells of it.
    pub fn place_mut(&mut self) -> &mut Place {
        &mut self.place
    }

    /// Rows of the next transaction that are confirmed.
    pub fn within_mark(&self) -> Option<&Within> {
        self.within.as_ref()
    }

    /// Sequence number at the confirmed place.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Schema version at the confirmed place.
    pub fn schema_version(&self) -> u64 {
        self.schema_version
    }

    /// Marks not reached yet: bounds memory.
    pub fn waiting(&self) -> usize {
        self.marks.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{TableName, TableRows};
    use crate::log::gtid::GtidSet;
    use crate::log::transaction::{Gtids, TransactionId};

    fn end(gno: u64) -> TransactionEnd {
        let id = TransactionId::Gtid { sid: [7; 16], gno };
        TransactionEnd { id, file: "f".into(), offset: gno * 100, commit_micros: gno }
    }

    fn tracker() -> Tracker {
        let gtids = Some(Gtids::Set(GtidSet::default()));
        let place =
            Place { file: "f".into(), offset: 4, gtids, last: None, commit_micros: 0, skip_before: None };
        Tracker::new(place, None, 0, 1)
    }

    #[test]
    fn the_place_waits_for_the_oldest_row() {
        let mut tracker = tracker();
        tracker.transaction_end(2, 12, 1, end(1));
        tracker.transaction_end(5, 15, 1, end(2));
        assert_eq!(tracker.confirm(1), None);
        assert_eq!(tracker.place().offset, 4);
        assert_eq!(tracker.confirm(4), Some(2));
        assert_eq!((tracker.place().offset, tracker.sequence()), (100, 12));
        assert_eq!(tracker.confirm(5), Some(5));
        assert!(tracker.place().to_position().gtid_set.is_some_and(|set| set.ends_with(":1-2")));
    }

    #[test]
    fn a_log_that_goes_on_in_another_file_takes_the_place_along() {
        let mut tracker = tracker();
        tracker.transaction_end(2, 12, 1, end(1));
        tracker.moved(2, 12, 1, ("g".into(), 4));
        tracker.confirm(1);
        assert_eq!(&*tracker.place().file, "f");
        tracker.confirm(2);
        assert_eq!((&*tracker.place().file, tracker.place().offset), ("g", 4));
    }

    #[test]
    fn rows_inside_a_transaction_are_remembered_until_its_end() {
        let mut tracker = tracker();
        let rows = TableRows { name: TableName::new("d", "t"), rows: 4096 };
        let within = Within { transaction: end(1).id.to_string(), tables: vec![rows], numbered: 9 };
        tracker.within(4096, 7, 1, within.clone());
        tracker.transaction_end(5000, 8, 2, end(1));
        tracker.confirm(4999);
        assert_eq!(tracker.within_mark(), Some(&within));
        assert_eq!(tracker.place().offset, 4);
        tracker.confirm(5000);
        assert_eq!((tracker.within_mark(), tracker.schema_version()), (None, 2));
    }
}
