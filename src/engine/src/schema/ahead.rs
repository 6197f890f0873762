//! A look ahead in the log: whether a statement between a place and the end of
//! the log may change a table. Over a stream of its own, so that what the run
//! reads stays where it is. Reads statements only; bounded by the end that the
//! log had when it began.

use std::future::poll_fn;
use std::sync::Arc;

use tokio::time::timeout;

use crate::doors::{Events, LogEnd, SILENCE, Source, silent};
use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::identity::TableName;
use crate::log::body::{self, kind};
use crate::log::cursor::LogCursor;
use crate::log::transaction::{Gtids, Place};
use crate::stats::Stats;

use super::ddl::{Change, Meaning, Statement, TablePair};
use super::dialect::Dialect;
use super::version::shortened;

/// Where to look from and to, and what to look for.
pub(super) struct Ahead<'a> {
    pub(super) source: &'a dyn Source,
    pub(super) stats: &'a Stats,
    pub(super) dialect: Dialect,
    pub(super) fold_case: bool,
    /// File and offset of the first event that is read.
    pub(super) from: (Arc<str>, u64),
    /// Everything before it by names, where the file may be another server's.
    pub(super) gtids: Option<&'a Gtids>,
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

/// Takes back what a look ahead shows however it ends: a run that is stopped
/// drops it half-way.
struct Shown<'a>(&'a Stats);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        self.0.show(|shown| shown.looking_ahead = None);
    }
}

impl Ahead<'_> {
    /// The first statement for each of the tables that may change it.
    ///
    /// # Errors
    /// The log can't be read; passing.
    pub(super) async fn look(&self, tables: &[TableName]) -> PipelineResult<Vec<Option<Later>>> {
        let mut found: Vec<Option<Later>> = vec![None; tables.len()];
        let (file, offset) = self.from.clone();
        let there = self.gtids.is_none() && self.to.is_reached(&file, offset);
        if there || tables.is_empty() {
            return Ok(found);
        }
        let gtids = self.gtids.cloned();
        let place = Place { file, offset, gtids, last: None, commit_micros: 0, skip_before: None };
        let mut events = self.source.look_ahead(&place).await?;
        let shown = Shown(self.stats);
        let read = self.read(&mut *events, tables, &mut found).await;
        drop(shown);
        events.close().await;
        read.map(|()| found)
    }

    async fn read(
        &self,
        events: &mut dyn Events,
        tables: &[TableName],
        found: &mut [Option<Later>],
    ) -> PipelineResult<()> {
        /// Events between two looks at the clock and the page.
        const SHOW_EVERY: u64 = 4096;
        let (file, offset) =
            if self.gtids.is_some() { (Arc::from(""), 0) } else { (Arc::clone(&self.from.0), self.from.1) };
        let mut cursor = LogCursor::new(file, offset);
        let (mut count, mut idle) = (0_u64, 0_u32);
        loop {
            timeout(SILENCE, poll_fn(|cx| events.poll_next(cx))).await.map_err(|_| silent())??;
            let event = events.current();
            cursor.follow(&event).map_err(|error| PipelineError::new(ErrorKind::EventMalformed, error))?;
            if event.kind == kind::QUERY {
                let query = body::query(event.body)
                    .map_err(|error| PipelineError::new(ErrorKind::EventMalformed, error))?;
                if !query.sql.trim_ascii().eq_ignore_ascii_case(b"BEGIN") {
                    let later = Later {
                        statement: shortened(&String::from_utf8_lossy(query.sql)),
                        place: format!("{}:{}", cursor.file(), cursor.offset()),
                    };
                    self.note(&Statement::of(&query), &later, tables, found);
                }
            }
            count += 1;
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
            if count.is_multiple_of(SHOW_EVERY) {
                let reached =
                    format!("{}:{} / {}:{}", cursor.file(), cursor.offset(), self.to.file, self.to.offset);
                self.stats.show(|shown| shown.looking_ahead = Some(reached));
                tokio::task::yield_now().await;
            }
        }
    }

    fn note(&self, statement: &Statement, later: &Later, tables: &[TableName], found: &mut [Option<Later>]) {
        let meaning = statement.meaning(self.dialect);
        if meaning == Meaning::Nothing {
            return;
        }
        for (table, found) in tables.iter().zip(found) {
            if found.is_none() && may_change(statement, &meaning, table, self.dialect, self.fold_case) {
                *found = Some(later.clone());
            }
        }
    }
}

/// Whether a statement may change the shape of a table.
fn may_change(
    statement: &Statement,
    meaning: &Meaning,
    table: &TableName,
    dialect: Dialect,
    fold_case: bool,
) -> bool {
    let table = table.clone().folded(fold_case);
    let is_it = |database: &str, name: &str| TableName::new(database, name).folded(fold_case) == table;
    let is_pair = |pair: &TablePair| is_it(&pair.0, &pair.1);
    match meaning {
        Meaning::Nothing => false,
        Meaning::Unclear => statement.names(dialect, is_it),
        Meaning::Changes(changes) => changes.iter().any(|change| match change {
            Change::Create { table, .. } | Change::Drop(table) => is_pair(table),
            Change::Alter { table, actions } => !actions.is_empty() && is_pair(table),
            Change::Rename { from, to } => is_pair(from) || is_pair(to),
            Change::DropDatabase(database) => is_it(database, &table.table),
            Change::Database { name, .. } => is_it(name, ""),
            Change::Truncate(_) => false,
        }),
    }
}
