//! SharePlex: new values with metadata, and for an update the whole old row as
//! key. Source: OMS documentation, "SharePlex".

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::project::Dml;
use crate::rows::Cell;
use crate::schema::Column;

use super::image::{ImageColumns, quoted};
use super::json::{write_escaped, write_padded, write_uint};
use super::text::{DecimalText, TextRules, write_json_cell};
use super::{ChangeEvent, SerializeError, TableContext, TableSerializer};

/// Constant parts of the table's messages, in the order of the text.
pub(super) struct SharePlexSerializer {
    columns: ImageColumns,
    rules: TextRules,
    sent: LocalTime,
    committed: LocalTime,
    /// From the row's number to the key's values.
    table: Vec<u8>,
}

impl SharePlexSerializer {
    pub(super) fn new(context: &TableContext) -> Self {
        let name = context.schema.full_name();
        let mut row_id = quoted(&format!("{name}-"));
        row_id.pop();
        Self {
            columns: ImageColumns::new(context),
            rules: TextRules { decimals: DecimalText::Scientific, json_doubles: context.json_doubles },
            sent: LocalTime::new(&context.zone),
            committed: LocalTime::new(&context.zone),
            table: [b",\"table\":".as_slice(), &quoted(&name), b",\"rowid\":", &row_id].concat(),
        }
    }
}

impl TableSerializer for SharePlexSerializer {
    fn write(&mut self, event: &ChangeEvent<'_, '_>, out: &mut Vec<u8>) -> Result<(), SerializeError> {
        let rules = self.rules;
        let write =
            |out: &mut Vec<u8>, cell: &Cell<'_>, column: &Column| write_json_cell(out, cell, column, rules);
        out.extend_from_slice(b"{\"data\":");
        let operation = match event.kind {
            Dml::Insert => {
                self.columns.image(out, event.after, write)?;
                b"ins"
            }
            Dml::Update => {
                self.columns.changed(out, event.after, event.before, write)?;
                b"upd"
            }
            Dml::Delete => {
                self.columns.image(out, event.before, write)?;
                b"del"
            }
        };
        out.extend_from_slice(b",\"meta\":{\"posttime\":\"");
        self.sent.write(out, event.sent_millis / 1000);
        out.extend_from_slice(b"\",\"op\":\"");
        out.extend_from_slice(operation);
        out.extend_from_slice(b"\",\"size\":0,\"time\":\"");
        self.committed.write(out, event.transaction.commit_seconds);
        out.extend_from_slice(b"\",\"idx\":\"");
        write_uint(out, event.number);
        out.extend_from_slice(b"/0\",\"seq\":");
        write_uint(out, event.number);
        out.extend_from_slice(&self.table);
        write_escaped(out, event.key_text.unwrap_or_default().as_bytes());
        out.extend_from_slice(b"\",\"trans\":\"");
        out.extend_from_slice(event.transaction.id.as_bytes());
        out.extend_from_slice(b"\",\"scn\":\"");
        write_uint(out, event.sequence);
        out.extend_from_slice(b"\"}");
        if event.kind == Dml::Update {
            out.extend_from_slice(b",\"key\":");
            self.columns.image(out, event.before, write)?;
        }
        out.push(b'}');
        Ok(())
    }
}

/// Seconds as local time, `2023-11-15T06:13:20`; the last text is kept, because
/// the rows of a moment share it.
struct LocalTime {
    zone: TimeZone,
    second: u64,
    text: Vec<u8>,
}

impl LocalTime {
    fn new(zone: &TimeZone) -> Self {
        Self { zone: zone.clone(), second: u64::MAX, text: Vec::new() }
    }

    fn write(&mut self, out: &mut Vec<u8>, second: u64) {
        if second != self.second {
            self.second = second;
            self.text.clear();
            let instant = Timestamp::from_second(i64::try_from(second).unwrap_or(i64::MAX));
            let local = self.zone.to_datetime(instant.unwrap_or(Timestamp::MAX));
            let number = |value: i8| u32::from(value.unsigned_abs());
            write_padded(&mut self.text, u32::from(local.year().unsigned_abs()), 4);
            for (mark, value) in [
                (b'-', local.month()),
                (b'-', local.day()),
                (b'T', local.hour()),
                (b':', local.minute()),
                (b':', local.second()),
            ] {
                self.text.push(mark);
                write_padded(&mut self.text, number(value), 2);
            }
        }
        out.extend_from_slice(&self.text);
    }
}
