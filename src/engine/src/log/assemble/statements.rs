//! What statements among the events mean: marks of transactions, changes of rows
//! that were logged as text, and what may change tables.

use super::super::body::{self, Query};
use super::super::event::RawEvent;
use super::super::statement::{self, Statement};
use super::{Assembler, Step, malformed, seconds};
use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::identity::TableName;
use crate::planted::{self, Planted};

impl Assembler {
    /// A QUERY event.
    pub(super) fn query<'a>(&mut self, event: &RawEvent<'a>) -> PipelineResult<Step<'a>> {
        let query = body::query(event.body).map_err(malformed)?;
        let sql = query.sql.trim_ascii();
        // Nearly all statements of a log.
        if sql.eq_ignore_ascii_case(b"BEGIN") {
            return self.on_begin(event);
        }
        let database = String::from_utf8_lossy(query.database);
        let sql = String::from_utf8_lossy(sql);
        match statement::read(&sql) {
            Statement::Begin => self.on_begin(event),
            Statement::Commit => self.close(event),
            Statement::Rollback => Ok(match self.close(event)? {
                Step::Commit(end) => Step::Rollback(end),
                other => other,
            }),
            Statement::Savepoint(name) if self.marked() => Ok(Step::Savepoint(name)),
            Statement::RollbackTo(name) if self.marked() && !planted::is(Planted::SavepointIgnored) => {
                Ok(Step::RollbackTo(name))
            }
            Statement::Savepoint(_) | Statement::RollbackTo(_) | Statement::Mark => Ok(Step::Nothing),
            Statement::XaStart => {
                self.on_begin(event)?;
                if let Some(open) = &mut self.open {
                    open.prepared = true;
                }
                Ok(Step::Nothing)
            }
            Statement::XaEnd(id) => {
                self.note_prepared(id);
                Ok(Step::Nothing)
            }
            Statement::XaCommit(id) => {
                let seen = self.prepared.remove(&id) || self.open().is_some();
                Ok(match self.close_alone(event)? {
                    Step::Commit(end) if !seen => Step::CommitUnseen(end, id),
                    other => other,
                })
            }
            Statement::XaRollback(id) => {
                self.prepared.remove(&id);
                Ok(match self.close_alone(event)? {
                    Step::Commit(end) => Step::Rollback(end),
                    other => other,
                })
            }
            Statement::Change => self.logged_as_text(&sql, &database),
            Statement::Other => self.ddl(event, query),
        }
    }

    /// An EXECUTE_LOAD_QUERY event: rows of a file that was loaded.
    pub(super) fn load_query<'a>(&self, body: &[u8]) -> PipelineResult<Step<'a>> {
        let query = body::load_query(body).map_err(malformed)?;
        self.logged_as_text(&String::from_utf8_lossy(query.sql), &String::from_utf8_lossy(query.database))
    }

    fn on_begin<'a>(&mut self, event: &RawEvent<'a>) -> PipelineResult<Step<'a>> {
        match &mut self.open {
            Some(open) => open.began = true,
            None => {
                self.begin(event, self.place_id(event), (seconds(event), seconds(event)), true)?;
            }
        }
        Ok(Step::Nothing)
    }

    /// Whether rows of the open transaction are handed on.
    fn delivers(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.began && open.is_handed_on())
    }

    /// Counts a mark in the open transaction, if its rows are handed on.
    fn marked(&mut self) -> bool {
        let delivers = self.delivers();
        if let Some(open) = self.open.as_mut().filter(|_| delivers) {
            open.marks += 1;
        }
        delivers
    }

    /// A session logged a change as a statement: its rows are not in the log. That
    /// matters where a followed table is concerned.
    fn logged_as_text<'a>(&self, sql: &str, database: &str) -> PipelineResult<Step<'a>> {
        let name = statement::names(sql, database, &self.followed).and_then(|slot| self.followed.name(slot));
        let Some(TableName { database, table }) =
            name.filter(|_| self.delivers() && !planted::is(Planted::StatementsIgnored))
        else {
            return Ok(Step::Nothing);
        };
        let table = format!("{database}.{table}");
        Err(PipelineError::new(ErrorKind::StatementLogged, table.clone()).at_table(table))
    }

    /// Rows of a followed table that were only prepared: whether they are committed is
    /// not known here, and where it is, they are not in the log.
    pub(super) fn refuse_prepared(&self, slot: usize) -> PipelineResult<()> {
        if !self.open.as_ref().is_some_and(|open| open.prepared) {
            return Ok(());
        }
        let table = self
            .followed
            .name(slot)
            .map_or_else(String::new, |name| format!("{}.{}", name.database, name.table));
        Err(PipelineError::new(ErrorKind::XaTransaction, table.clone()).at_table(table))
    }

    /// The end of this XA transaction will come later.
    fn note_prepared(&mut self, id: String) {
        /// Servers keep far fewer; more can't be told apart from ones not seen.
        const MAX_PREPARED: usize = 10_000;
        if self.prepared.len() < MAX_PREPARED {
            self.prepared.insert(id);
        }
    }

    /// An end that may stand alone: what it ends was prepared before.
    fn close_alone<'a>(&mut self, event: &RawEvent<'a>) -> PipelineResult<Step<'a>> {
        if self.open.is_none() {
            self.begin(event, self.place_id(event), (seconds(event), seconds(event)), false)?;
        }
        self.close(event)
    }

    fn ddl<'a>(&mut self, event: &RawEvent<'a>, query: Query<'a>) -> PipelineResult<Step<'a>> {
        let end = if let Some(open) = self.open() {
            if !open.is_handed_on() {
                return Ok(Step::Nothing);
            }
            None
        } else {
            match self.close_alone(event)? {
                Step::Commit(end) => Some(end),
                // It was done before.
                _ => return Ok(Step::Nothing),
            }
        };
        Ok(Step::Ddl { query, end })
    }
}
