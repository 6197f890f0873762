//! The transaction that is being read, between its first event and its end.

use crate::identity::RowCounts;

use super::TransactionId;

/// The transaction that is being read.
#[derive(Debug)]
pub struct Open {
    /// Its name.
    pub id: TransactionId,
    /// Commit time, microseconds since 1970.
    pub commit_micros: u64,
    /// Rows of followed tables handed on or left out so far.
    pub counts: RowCounts,
    /// Offset of its first event.
    pub begin: u64,
    /// Savepoints, and ways back to them, that it had so far.
    pub marks: usize,
    /// Its BEGIN was read.
    pub(super) began: bool,
    /// Prepared under XA: it is committed, or not, by a later transaction.
    pub(super) prepared: bool,
    /// What it is read for.
    pub(super) read_for: Purpose,
}

/// What a transaction is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Its rows are handed on.
    Rows,
    /// It was read before and comes once more, to be compared.
    Comparison,
    /// It stands where another one has to go on, which is only right when a crash cut
    /// it off.
    Stranger,
}

impl Open {
    /// Whether its rows are handed on.
    pub(super) fn is_handed_on(&self) -> bool {
        self.read_for == Purpose::Rows
    }
}
