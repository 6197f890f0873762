//! Which table a rows event is about: TABLE_MAP gives it a number, which holds until
//! another one takes it.

use tidewire_words::Sentence;

use super::super::body;
use super::super::event::RawEvent;
use super::{Assembler, Step, Table, malformed};
use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::identity::TableName;
use crate::words::fault;

impl Assembler {
    /// The table of the last [`Step::Unbound`] is bound to its slot's shape.
    pub fn bound(&mut self, table_id: u64, body: &[u8], slot: usize) {
        self.tables.insert(table_id, (body.to_vec(), Table::Followed(slot)));
    }

    /// The rows of the last [`Step::Unbound`] are not wanted: nothing is asked of
    /// their shape. The next TABLE_MAP asks again.
    pub fn pass_over(&mut self, table_id: u64) {
        self.tables.insert(table_id, (Vec::new(), Table::Passed));
    }

    /// Forgets the bindings of followed tables; the next TABLE_MAP asks again.
    pub fn unbind_followed(&mut self) {
        self.tables.retain(|_, (_, table)| matches!(table, Table::Other));
    }

    /// A TABLE_MAP event.
    pub(super) fn table_map<'a>(&mut self, event: &RawEvent<'a>) -> PipelineResult<Step<'a>> {
        let table_id = body::rows_table_id(event.body).map_err(malformed)?;
        if self.tables.get(&table_id).is_some_and(|(known, _)| known == event.body) {
            return Ok(Step::Nothing);
        }
        let map = body::table_map(event.body).map_err(malformed)?;
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        if let Some(slot) = self.followed.slot(TableName::new(text(map.database), text(map.table))) {
            self.tables.remove(&table_id);
            return Ok(Step::Unbound(slot, map));
        }
        self.tables.insert(table_id, (event.body.to_vec(), Table::Other));
        Ok(Step::Nothing)
    }

    /// A rows event.
    pub(super) fn rows<'a>(&mut self, event: &RawEvent<'a>) -> PipelineResult<Step<'a>> {
        // MySQL ends a statement whose rows were all filtered with this id.
        const DUMMY: u64 = 0xff_ffff;
        let table_id = body::rows_table_id(event.body).map_err(malformed)?;
        if table_id == DUMMY {
            return Ok(Step::Nothing);
        }
        if self.open().is_none() {
            let detail = Sentence::new(fault::ROWS_ALONE, &[&self.place()]);
            return Err(PipelineError::new(ErrorKind::StreamTorn, detail));
        }
        match self.tables.get(&table_id) {
            Some((_, Table::Other)) => Ok(Step::Nothing),
            Some((_, Table::Followed(slot))) => {
                self.refuse_prepared(*slot)?;
                let rows = body::rows(event.kind, event.body).map_err(malformed)?;
                Ok(Step::Rows(rows, *slot))
            }
            Some((_, Table::Passed)) => {
                body::rows(event.kind, event.body).map_err(malformed).map(Step::Passed)
            }
            None => Err(PipelineError::new(ErrorKind::EventMalformed, fault::NO_TABLE_MAP)),
        }
    }
}
