//! A look ahead in the log: whether a statement between a place and the end of
//! the log may change a table. Reads statements only; bounded by the end that the
//! log had when it began.

use std::collections::HashSet;
use std::sync::Arc;

use crate::doors::{LogEnd, silent};
use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::identity::TableName;
use crate::log::body::{self, Query, kind};
use crate::log::cursor::LogCursor;
use crate::log::statement;
use crate::log::transaction::Place;
use crate::look_ahead::LookAhead;

use super::ddl::{Change, Meaning, Statement, TablePair};
use super::proof::Prover;
use super::version::shortened;

/// Where to look, from and to.
pub(super) struct Ahead<'a> {
    /// Who looks.
    pub(super) by: Prover<'a>,
    /// File and offset of the first event that is read.
    pub(super) from: (Arc<str>, u64),
    pub(super) to: &'a LogEnd,
}

/// The first statement that may change a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Later {
    /// Its text, shortened.
    pub(super) statement: String,
    /// File and offset behind it.
    pub(super) place: String,
}

impl Ahead<'_> {
    /// The first statement for each of the tables that may change it.
    ///
    /// # Errors
    /// The log can't be read; passing.
    pub(super) async fn look(&self, tables: &[TableName]) -> PipelineResult<Vec<Option<Later>>> {
        let mut found: Vec<Option<Later>> = vec![None; tables.len()];
        let (file, offset) = self.from.clone();
        let there = self.by.gtids.is_none() && self.to.is_reached(&file, offset);
        if there || tables.is_empty() {
            return Ok(found);
        }
        let gtids = self.by.gtids.cloned();
        let place = Place { file, offset, gtids, last: None, commit_micros: 0, skip_before: None };
        let mut ahead = LookAhead::open(self.by.source, self.by.stats, &place, Some(self.to)).await?;
        // Another server may have taken over since, whose files lie otherwise.
        let read = match self.by.source.end().await {
            Ok(_) => self.read(&mut ahead, tables, &mut found).await,
            Err(error) => Err(error),
        };
        ahead.close().await;
        read.map(|()| found)
    }

    async fn read(
        &self,
        ahead: &mut LookAhead<'_>,
        tables: &[TableName],
        found: &mut [Option<Later>],
    ) -> PipelineResult<()> {
        let mut idle = 0_u32;
        loop {
            ahead.advance().await?;
            let (event, cursor) = (ahead.event(), ahead.cursor());
            if event.kind == kind::QUERY {
                let query = body::query(event.body)
                    .map_err(|error| PipelineError::new(ErrorKind::EventMalformed, error))?;
                self.note(&query, cursor, tables, found);
            }
            // What was left out by its name is passed in silence; a heartbeat tells.
            let passed = event.kind == kind::HEARTBEAT
                && *event.body == *self.to.file.as_bytes()
                && u64::from(event.log_pos) >= self.to.offset;
            let reached = passed || self.to.is_reached(cursor.file(), cursor.offset());
            if reached || found.iter().all(Option::is_some) {
                return Ok(());
            }
            // At the end of its log a server sends nothing but signs of life.
            idle = if matches!(event.kind, kind::HEARTBEAT | kind::HEARTBEAT_V2) { idle + 1 } else { 0 };
            if idle > 10_000 {
                return Err(silent());
            }
        }
    }

    /// Notes a statement for the tables that it may change.
    fn note(&self, query: &Query<'_>, cursor: &LogCursor, tables: &[TableName], found: &mut [Option<Later>]) {
        // Nearly all statements of a log.
        if query.sql.trim_ascii().eq_ignore_ascii_case(b"BEGIN") {
            return;
        }
        let statement = Statement::of(query);
        // Marks of transactions and changes of rows change no shape, whatever they name.
        if statement::read(&statement.sql) != statement::Statement::Other {
            return;
        }
        let touched = self.touched(&statement);
        for (table, found) in tables.iter().zip(found) {
            if found.is_none() && touched.holds(table) {
                *found = Some(Later {
                    statement: shortened(&statement.sql),
                    place: format!("{}:{}", cursor.file(), cursor.offset()),
                });
            }
        }
    }

    fn touched(&self, statement: &Statement) -> Touched {
        let Prover { dialect, fold_case, .. } = self.by;
        let mut touched = Touched { fold_case, ..Touched::default() };
        let changes = match statement.meaning(dialect) {
            Meaning::Nothing => Vec::new(),
            Meaning::Unclear => {
                statement.named(dialect).iter().for_each(|pair| touched.add(pair));
                Vec::new()
            }
            Meaning::Changes(changes) => changes,
        };
        for change in changes {
            match change {
                Change::Create { table, .. } | Change::Drop(table) => touched.add(&table),
                Change::Alter { table, actions } if !actions.is_empty() => touched.add(&table),
                Change::Rename { from, to } => [from, to].iter().for_each(|pair| touched.add(pair)),
                Change::DropDatabase(database) => {
                    touched.dropped.insert(TableName::new(database, "").folded(fold_case));
                }
                Change::Database { name, .. } => touched.add(&(name, String::new())),
                Change::Alter { .. } | Change::Truncate(_) => {}
            }
        }
        touched
    }
}

/// What a statement may change the shape of.
#[derive(Default)]
struct Touched {
    fold_case: bool,
    tables: HashSet<TableName>,
    /// Whole databases, each as a table without a name.
    dropped: HashSet<TableName>,
}

impl Touched {
    fn add(&mut self, (database, table): &TablePair) {
        self.tables.insert(TableName::new(&**database, &**table).folded(self.fold_case));
    }

    fn holds(&self, table: &TableName) -> bool {
        let folded = |name: TableName| name.folded(self.fold_case);
        (!self.tables.is_empty() && self.tables.contains(&folded(table.clone())))
            || (!self.dropped.is_empty()
                && self.dropped.contains(&folded(TableName::new(&*table.database, ""))))
    }
}
