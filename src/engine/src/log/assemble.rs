//! Puts the events of the stream together to transactions.
//!
//! Knows the order in which events may come and nothing of values or topics.
//! Invariants:
//! - rows are handed on only between a transaction's begin and its end;
//! - a transaction counts as done only at its end (XID, COMMIT, or a DDL alone);
//! - rows of a transaction that was read before are left out by their ordinal;
//! - heartbeats are allowed anywhere and change nothing.

mod open;
mod statements;
mod tables;
#[cfg(test)]
mod xa_test;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tidewire_words::{Sentence, Text};

use crate::checkpoint::Within;
use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::identity::{Followed, RowCounts};
use crate::planted::{self, Planted};
use crate::words::fault;

use super::body::{self, Query, Rows, TableMap, kind};
use super::continuity::{Begun, Continuity, Expected};
use super::cursor::LogCursor;
use super::domains::Domains;
use super::event::RawEvent;
use super::gtid::GtidSet;
use super::transaction::{Gtids, TransactionEnd, TransactionId};
use super::wire::Malformed;

pub use open::Open;
use open::Purpose;

/// What an event means for the pipeline.
#[derive(Debug)]
pub enum Step<'a> {
    /// Nothing.
    Nothing,
    /// A sign of life.
    Heartbeat,
    /// The set of everything before this file.
    PreviousGtids(Gtids),
    /// A followed table, in this slot, whose rows come next; call
    /// [`Assembler::bound`].
    Unbound(usize, TableMap<'a>),
    /// Rows of the followed table in this slot, of the shape that was bound last.
    Rows(Rows<'a>, usize),
    /// Rows of a followed table that is passed over; see [`Assembler::pass_over`].
    Passed(Rows<'a>),
    /// A statement that may change tables.
    Ddl {
        /// The statement.
        query: Query<'a>,
        /// Set when the statement was a transaction of its own.
        end: Option<TransactionEnd>,
    },
    /// The end of a transaction.
    Commit(TransactionEnd),
    /// The XA COMMIT, of this id, of what was prepared before reading began.
    CommitUnseen(TransactionEnd, String),
    /// The end of a transaction that was undone: its rows never happened.
    Rollback(TransactionEnd),
    /// A place in the open transaction that it may come back to.
    Savepoint(String),
    /// The rows since a savepoint never happened.
    RollbackTo(String),
    /// The log went on in a new file inside a transaction: the server crashed
    /// while it wrote. See [`Assembler::forget_cut`].
    Cut,
}

/// How the server writes commit times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitClock {
    /// Whole seconds in event headers, or MySQL 8's microseconds where present.
    Standard,
    /// The Binlog Service: seconds and microseconds in the GTID's logical clock.
    BinlogService,
}

/// Table ids that are remembered: servers give a table a new one whenever its
/// definition is opened again. Every statement names those it uses.
const MAX_TABLES: usize = 4096;

enum Table {
    Other,
    Followed(usize),
    Passed,
}

/// The state between events.
pub struct Assembler {
    clock: CommitClock,
    followed: Followed,
    cursor: LogCursor,
    payload_end: Option<u64>,
    open: Option<Open>,
    cut: Option<Within>,
    within: Option<Within>,
    continuity: Continuity,
    tables: HashMap<u64, (Vec<u8>, Table)>,
    /// XA transactions that were prepared and nothing came of yet.
    prepared: HashSet<String>,
}

fn malformed(error: Malformed) -> PipelineError {
    PipelineError::new(ErrorKind::EventMalformed, error)
}

impl Assembler {
    /// Starts at a place.
    pub fn new(clock: CommitClock, followed: Followed, file: Arc<str>, offset: u64) -> Self {
        Self {
            clock,
            followed,
            cursor: LogCursor::new(file, offset),
            payload_end: None,
            open: None,
            cut: None,
            within: None,
            continuity: Continuity::default(),
            tables: HashMap::new(),
            prepared: HashSet::new(),
        }
    }

    /// Names the transaction that was done in part, and how much of it.
    pub fn resume_within(&mut self, within: Option<Within>) {
        self.within = within;
    }

    /// What the log has to hold first.
    pub fn expect(&mut self, expected: Option<Expected>) {
        self.continuity = Continuity::of(expected);
    }

    /// Whether what is read may still lie before the place that was left.
    pub fn is_behind(&self) -> bool {
        self.continuity.is_open()
    }

    /// The transaction being read.
    pub fn open(&self) -> Option<&Open> {
        self.open.as_ref().filter(|open| open.began)
    }

    /// File and offset of the next event.
    pub fn position(&self) -> (&Arc<str>, u64) {
        (self.cursor.file(), self.cursor.offset())
    }

    /// Forgets that a transaction was cut: nothing of it was delivered beyond what
    /// `within` says, if that speaks of it.
    pub fn forget_cut(&mut self, within: Option<Within>) {
        let cut = self.cut.take();
        self.within = within.filter(|within| cut.is_some_and(|cut| cut.transaction == within.transaction));
    }

    /// How far the open transaction is done. With `in_row` its newest row is not.
    pub fn done(&mut self, in_row: bool, numbered: u64) -> Option<Within> {
        let open = self.open.as_mut().filter(|open| open.began)?;
        if in_row {
            open.counts.undo();
        }
        let tables = open.counts.done(&self.followed);
        Some(Within { transaction: open.id.to_string(), tables, numbered })
    }

    /// The place of the next event, for messages.
    pub fn place(&self) -> String {
        format!("{}:{}", self.cursor.file(), self.cursor.offset())
    }

    /// The tables that are followed.
    pub fn followed(&self) -> &Followed {
        &self.followed
    }

    /// Counts the next row of a table in the open transaction: its number there;
    /// `None` when the row was done before.
    pub fn next_row(&mut self, slot: usize) -> Option<u64> {
        let open = self.open.as_mut()?;
        let slot = if planted::is(Planted::OrdinalsOverAll) { 0 } else { slot };
        let (number, to_do) = open.counts.next(slot);
        (to_do && open.is_handed_on()).then_some(number)
    }

    /// Takes the next event.
    ///
    /// # Errors
    /// Malformed events, events that can't be followed, and breaks of the order
    /// that a stream must keep.
    pub fn step<'a>(&mut self, event: &RawEvent<'a>) -> PipelineResult<Step<'a>> {
        let unproven = self.continuity.is_unproven();
        let nonsense = [ErrorKind::EventMalformed, ErrorKind::StreamTorn, ErrorKind::EventUnsupported];
        self.take(event).map_err(|mut error| {
            if unproven && nonsense.contains(&error.kind) {
                error.kind = ErrorKind::LogRenumbered;
            }
            error
        })
    }

    /// A new file inside a transaction: the server crashed. The rest of it can only
    /// come again from its start.
    fn new_file<'a>(&mut self) -> Step<'a> {
        let cut =
            |open: &Open| !open.counts.is_empty() && open.is_handed_on() && !planted::is(Planted::CutIgnored);
        let Some(open) = self.open.take().filter(cut) else { return Step::Nothing };
        self.cut = Some(Within {
            transaction: open.id.to_string(),
            tables: open.counts.done(&self.followed),
            numbered: 0,
        });
        Step::Cut
    }

    fn take<'a>(&mut self, event: &RawEvent<'a>) -> PipelineResult<Step<'a>> {
        self.cursor.follow(event).map_err(malformed)?;
        let carries_rows = event.kind == kind::TABLE_MAP || body::rows_kind(event.kind).is_some();
        if carries_rows && self.open.as_ref().is_some_and(|open| !open.is_handed_on()) {
            return Ok(Step::Nothing);
        }
        match event.kind {
            kind::TABLE_MAP => self.table_map(event),
            kind::HEARTBEAT | kind::HEARTBEAT_V2 => Ok(Step::Heartbeat),
            // What was prepared is the end of a transaction in the log, too.
            kind::XID | kind::XA_PREPARE => self.close(event),
            kind::GTID => {
                let gtid = body::gtid(event.body).map_err(malformed)?;
                let commit_micros = match self.clock {
                    CommitClock::BinlogService => gtid.last_committed * 1_000_000 + gtid.sequence_number,
                    CommitClock::Standard => gtid.commit_micros.unwrap_or_else(|| seconds(event)),
                };
                let first = gtid.original_micros.unwrap_or(commit_micros);
                let id = TransactionId::Gtid { sid: gtid.sid, gno: gtid.gno };
                self.begin(event, id, (commit_micros, first), false)
            }
            kind::ANONYMOUS_GTID => {
                let gtid = body::gtid(event.body).map_err(malformed)?;
                let commit_micros = gtid.commit_micros.unwrap_or_else(|| seconds(event));
                self.begin(event, self.place_id(event), (commit_micros, commit_micros), false)
            }
            kind::MARIADB_GTID => {
                let gtid = body::mariadb_gtid(event.body).map_err(malformed)?;
                let id = TransactionId::Mariadb(gtid.domain, event.server_id, gtid.sequence);
                let step = self.begin(event, id, (seconds(event), seconds(event)), !gtid.standalone)?;
                if let Some(open) = &mut self.open {
                    open.prepared = gtid.prepared_xa;
                }
                Ok(step)
            }
            kind::QUERY => self.query(event),
            kind::EXECUTE_LOAD_QUERY => self.load_query(event.body),
            kind::ROTATE => {
                self.tables.clear();
                self.continuity.enter(self.cursor.file(), self.cursor.offset())?;
                Ok(Step::Nothing)
            }
            kind::FORMAT_DESCRIPTION => Ok(self.new_file()),
            kind::PREVIOUS_GTIDS => {
                let set = GtidSet::from_event(event.body).map_err(malformed)?;
                Ok(Step::PreviousGtids(Gtids::Set(set)))
            }
            kind::MARIADB_GTID_LIST => {
                let domains = Domains::from_event(event.body).map_err(malformed)?;
                Ok(Step::PreviousGtids(Gtids::Domains(domains)))
            }
            kind::TRANSACTION_PAYLOAD => {
                self.payload_end = Some(self.cursor.offset());
                Ok(Step::Nothing)
            }
            kind::GTID_TAGGED => Err(unsupported(fault::TAGGED_GTID)),
            kind::INCIDENT => Err(unsupported(fault::INCIDENT)),
            kind::MARIADB_QUERY_COMPRESSED..=kind::MARIADB_DELETE_ROWS_COMPRESSED => {
                Err(unsupported(fault::COMPRESSED))
            }
            other if body::rows_kind(other).is_some() => self.rows(event),
            _ => Ok(Step::Nothing),
        }
    }

    fn place_id(&self, event: &RawEvent<'_>) -> TransactionId {
        TransactionId::Place(
            Arc::clone(self.cursor.file()),
            self.cursor.offset().saturating_sub(u64::from(event.size)),
        )
    }

    /// A transaction begins with this event. Of its two commit times the second is
    /// that of the server that committed it first.
    fn begin<'a>(
        &mut self,
        event: &RawEvent<'_>,
        id: TransactionId,
        (commit_micros, first): (u64, u64),
        began: bool,
    ) -> PipelineResult<Step<'a>> {
        if let Some(open) = self.open.take().filter(|open| open.began) {
            let detail = Sentence::new(fault::NO_END, &[&open.id.to_string(), &id.to_string()]);
            return Err(PipelineError::new(ErrorKind::TransactionCutShort, detail));
        }
        let offset = self.cursor.offset().saturating_sub(u64::from(event.size));
        let begun = Begun { id: &id, file: self.cursor.file(), offset, commit_micros: first };
        let known = self.continuity.begin(begun)?;
        let mut counts = RowCounts::default();
        let name = if known { String::new() } else { id.to_string() };
        let stranger = !known && self.within.as_ref().is_some_and(|within| within.transaction != name);
        let read_for = match (known, stranger) {
            (true, _) => Purpose::Comparison,
            (false, true) => Purpose::Stranger,
            (false, false) => Purpose::Rows,
        };
        if read_for == Purpose::Rows {
            // What was cut in this run goes beyond what was saved.
            for partial in [self.within.take(), self.cut.take()].into_iter().flatten() {
                if partial.transaction != name {
                    return Err(other_began(&partial, &name));
                }
                if !planted::is(Planted::WithinIgnored) {
                    counts = RowCounts::resumed(&partial.tables, &self.followed);
                }
            }
        }
        if self.tables.len() > MAX_TABLES {
            self.tables.clear();
        }
        self.open = Some(Open {
            id,
            commit_micros,
            counts,
            begin: offset,
            marks: 0,
            began,
            prepared: false,
            read_for,
        });
        Ok(Step::Nothing)
    }

    fn close<'a>(&mut self, event: &RawEvent<'a>) -> PipelineResult<Step<'a>> {
        let offset = self.payload_end.take().unwrap_or(0).max(self.cursor.offset());
        let Some(open) = self.open.take() else {
            let detail = Sentence::new(fault::END_ALONE, &[&self.place()]);
            return Err(PipelineError::new(ErrorKind::StreamTorn, detail));
        };
        if let Some(within) = self.within.as_ref().filter(|_| open.read_for == Purpose::Stranger) {
            return Err(other_began(within, &open.id.to_string()));
        }
        if open.read_for == Purpose::Comparison {
            self.continuity.end(self.cursor.file(), offset)?;
            return Ok(Step::Nothing);
        }
        let commit_micros = if open.commit_micros == 0 { seconds(event) } else { open.commit_micros };
        Ok(Step::Commit(TransactionEnd {
            id: open.id,
            file: Arc::clone(self.cursor.file()),
            offset,
            commit_micros,
        }))
    }
}

/// A transaction that was done in part does not go on where it has to.
fn other_began(partial: &Within, name: &str) -> PipelineError {
    let rows: u64 = partial.tables.iter().map(|table| table.rows).sum();
    let detail = Sentence::new(fault::OTHER_BEGAN, &[&rows.to_string(), &partial.transaction, name]);
    PipelineError::new(ErrorKind::TransactionCutShort, detail)
}

fn seconds(event: &RawEvent<'_>) -> u64 {
    u64::from(event.timestamp) * 1_000_000
}

fn unsupported(what: Text) -> PipelineError {
    PipelineError::new(ErrorKind::EventUnsupported, what)
}
