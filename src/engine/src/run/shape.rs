//! From what the log says of tables to the tables of a run: statements that change
//! them, and the columns that their rows are read with.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::checkpoint::Position;
use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::log::body::{Query, Rows, TableMap};
use crate::log::transaction::TransactionEnd;
use crate::rows::{count_rows, wire_columns};
use crate::schema::binding::BoundTable;
use crate::words::fault;

use super::output::Flow;
use super::pump::{Parts, Run};
use super::table::RowTable;

/// Tables whose form is remembered only to count rows before the start.
const MAX_PASSED: usize = 1024;

impl Run {
    /// A statement that may change tables.
    pub(super) async fn on_ddl(&mut self, query: &Query<'_>, end: Option<TransactionEnd>) -> Flow<()> {
        let (file, offset) = self.parts.assembler.position();
        let commit_micros = end.as_ref().map_or(0, |end| end.commit_micros);
        let at = Position { file: file.to_string(), offset, commit_micros, ..Position::default() };
        let Parts { output, book, assembler, .. } = &mut self.parts;
        let version = book.version();
        output.attend(book.ddl(query, &at)).await?;
        if book.version() != version {
            assembler.unbind_followed();
        }
        if let Some(end) = end {
            self.on_commit(end);
        }
        Ok(())
    }

    /// Rows of a transaction before the start: nothing is asked of their shape.
    pub(super) fn on_passed(&mut self, rows: &Rows<'_>) {
        let count = self.passed.get(&rows.table_id).map_or(1, |wire| count_rows(rows, wire));
        self.parts.stats.before_start.fetch_add(count, Ordering::Relaxed);
    }

    /// A followed table whose rows come next: binds it to the columns of this place.
    pub(super) async fn on_unbound(&mut self, slot: usize, map: &TableMap<'_>, body: &[u8]) -> Flow<()> {
        self.begin_transaction();
        if self.current.as_ref().is_some_and(|current| current.before_start) {
            return Ok(self.pass_over(map)?);
        }
        let at = self.parts.tracker.place().to_position();
        let (file, offset) = self.parts.assembler.position();
        let from = (Arc::clone(file), offset);
        let Parts { output, book, .. } = &mut self.parts;
        let bound = output.attend(book.resolve(slot, map, &at, from)).await?;
        let known = self.tables.get(slot).and_then(Option::as_ref);
        if known.is_none_or(|known| *known.bound != bound) {
            self.bind(bound)?;
        }
        self.parts.assembler.bound(map.table_id, body, slot);
        Ok(())
    }

    fn pass_over(&mut self, map: &TableMap<'_>) -> PipelineResult<()> {
        let wire = wire_columns(map).map_err(|error| PipelineError::new(ErrorKind::EventMalformed, error))?;
        // Servers give tables new numbers now and then.
        if self.passed.len() > MAX_PASSED {
            self.passed.clear();
        }
        self.passed.insert(map.table_id, wire);
        self.parts.assembler.pass_over(map.table_id);
        Ok(())
    }

    /// Prepares a table's rows; what was prepared for its shape before is dropped.
    fn bind(&mut self, bound: BoundTable) -> PipelineResult<()> {
        let bound = Arc::new(bound);
        let Some(name) = self.parts.assembler.followed().name(bound.slot) else {
            return Err(PipelineError::new(ErrorKind::Internal, fault::NO_TABLE));
        };
        let table = RowTable::new(
            &self.parts.spec,
            name,
            Arc::clone(&bound),
            &self.parts.topics,
            self.parts.json_doubles,
        )?;
        if self.tables.len() <= bound.slot {
            self.tables.resize_with(bound.slot + 1, || None);
        }
        if let Some(slot) = self.tables.get_mut(bound.slot) {
            *slot = Some(table);
        }
        Ok(())
    }
}
