//! Whether the rows of the open transaction may leave before its end was read. Some
//! servers log what was undone, in whole or back to a savepoint; there the
//! transaction is read to its end first. Reads marks only.
//!
//! Invariant: no row leaves that its transaction undoes.

use std::sync::Arc;

use crate::doors::Source;
use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::log::body::{self, kind};
use crate::log::cursor::LogCursor;
use crate::log::outcome::{Marks, Outcome};
use crate::log::statement::{self, Statement};
use crate::log::transaction::{Place, TransactionId};
use crate::log::wire::Malformed;
use crate::look_ahead::LookAhead;
use crate::planted::{self, Planted};
use crate::stats::Stats;
use crate::words::fault;

use super::output::Flow;
use super::pump::{Current, Parts, Run};

impl Run {
    /// Lets go of what the lanes hold, finished transactions first, and waits for one
    /// answer.
    pub(super) async fn press(&mut self) -> Flow<()> {
        let Self { parts, current, .. } = self;
        if let Some(current) = current.as_mut().filter(|current| current.outcome.is_none()) {
            parts.output.flush(false);
            if parts.output.busy() {
                return parts.output.wait_one().await;
            }
            assure(parts, current).await?;
        }
        parts.output.flush(true);
        parts.output.wait_one().await
    }
}

/// Makes sure of what becomes of the open transaction, and drops what the lanes hold
/// of it and never happened. After that the rest may leave.
pub(super) async fn assure(parts: &mut Parts, current: &mut Current) -> Flow<()> {
    let Parts { output, doors, stats, assembler, .. } = parts;
    let Some(open) = assembler.open().filter(|_| current.outcome.is_none()) else { return Ok(()) };
    // Where transactions have names of MySQL's kind none is logged that was undone.
    if matches!(open.id, TransactionId::Gtid { .. }) || planted::is(Planted::LeavesUnassured) {
        current.outcome = Some(Outcome::default());
        return Ok(());
    }
    let look = Look {
        source: &*doors.source,
        stats,
        file: Arc::clone(assembler.position().0),
        begin: open.begin,
        id: &open.id,
        passed: open.marks,
    };
    let outcome = output.attend(look.ahead()).await?;
    if outcome.undone {
        output.undo();
    } else {
        for savepoint in &outcome.back_to {
            output.rollback_to(savepoint);
        }
    }
    current.outcome = Some(outcome);
    Ok(())
}

/// The transaction to be read to its end.
struct Look<'a> {
    source: &'a dyn Source,
    stats: &'a Stats,
    file: Arc<str>,
    /// Offset of its first event.
    begin: u64,
    id: &'a TransactionId,
    /// Its marks that were read already.
    passed: usize,
}

fn malformed(error: Malformed) -> PipelineError {
    PipelineError::new(ErrorKind::EventMalformed, error)
}

/// The log that answered is not the one that is read: the run begins anew.
fn elsewhere() -> PipelineError {
    PipelineError::new(ErrorKind::SourceClosed, fault::OTHER_LOG)
}

impl Look<'_> {
    async fn ahead(&self) -> PipelineResult<Outcome> {
        let place = Place {
            file: Arc::clone(&self.file),
            offset: self.begin,
            gtids: None,
            last: None,
            commit_micros: 0,
            skip_before: None,
        };
        let opened = LookAhead::open(self.source, self.stats, &place, None).await;
        // A server that no longer has what is read just now is another one.
        let mut ahead = opened.map_err(|error| match error.kind {
            ErrorKind::PositionPurged | ErrorKind::LogRenumbered => elsewhere(),
            _ => error,
        })?;
        // Where the transaction has no name, only the server tells one from another.
        let same = match self.id {
            TransactionId::Place(..) => self.source.end().await.map(drop),
            _ => Ok(()),
        };
        let read = match same {
            Ok(()) => self.read(&mut ahead).await,
            Err(error) => Err(error),
        };
        ahead.close().await;
        read
    }

    async fn read(&self, ahead: &mut LookAhead<'_>) -> PipelineResult<Outcome> {
        let mut marks = Marks::new(self.passed);
        let mut begun = false;
        loop {
            let at = ahead.cursor().offset();
            ahead.advance().await?;
            let (event, cursor) = (ahead.event(), ahead.cursor());
            match event.kind {
                // A stream that begins inside a file is told the file's head first.
                _ if !begun && at < self.begin => {}
                kind::MARIADB_GTID | kind::ANONYMOUS_GTID | kind::GTID | kind::FORMAT_DESCRIPTION
                    if begun =>
                {
                    // The server crashed while it wrote: it never happened.
                    return Ok(marks.end(false));
                }
                kind::MARIADB_GTID => {
                    let gtid = body::mariadb_gtid(event.body).map_err(malformed)?;
                    let id = TransactionId::Mariadb(gtid.domain, event.server_id, gtid.sequence);
                    begun = id == *self.id;
                    self.right_place(begun, cursor)?;
                }
                kind::ANONYMOUS_GTID => {
                    begun = at == self.begin;
                    self.right_place(begun, cursor)?;
                }
                kind::XID | kind::XA_PREPARE if begun => return Ok(marks.end(true)),
                kind::QUERY => {
                    let query = body::query(event.body).map_err(malformed)?;
                    match statement::read(&String::from_utf8_lossy(query.sql)) {
                        Statement::Begin if !begun => {
                            begun = at == self.begin;
                            self.right_place(begun, cursor)?;
                        }
                        Statement::Savepoint(name) => marks.savepoint(name),
                        Statement::RollbackTo(name) => marks.rollback_to(&name),
                        Statement::Commit | Statement::XaCommit(_) => return Ok(marks.end(true)),
                        Statement::Rollback | Statement::XaRollback(_) => return Ok(marks.end(false)),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }

    fn right_place(&self, right: bool, cursor: &LogCursor) -> PipelineResult<()> {
        if right && **cursor.file() == *self.file { Ok(()) } else { Err(elsewhere()) }
    }
}
