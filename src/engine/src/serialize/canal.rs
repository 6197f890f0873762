//! Canal as OMS documents it: Canal's message with one row, OMS's key order and
//! OMS's text of cells, each in quotes unless the project asks for bare numbers.
//! Where the two differ and why is in the user documentation of formats.

use crate::project::Dml;
use crate::rows::Cell;
use crate::schema::{Column, ColumnKind};

use super::default::upper_name;
use super::image::{ImageColumns, key_array, quoted};
use super::json::write_uint;
use super::text::{DecimalText, TextError, TextRules, is_number, write_json_cell};
use super::{ChangeEvent, SerializeError, TableContext, TableSerializer};

/// Constant parts of the table's messages, in the order of the text.
pub(super) struct CanalSerializer {
    columns: ImageColumns,
    rules: TextRules,
    typed_values: bool,
    /// From the beginning to `"data":[`.
    head: Vec<u8>,
    /// From the data's end to `"old":`.
    key: Vec<u8>,
    /// From the old values' end to the kind.
    types: Vec<u8>,
    /// From the kind to the commit time.
    table: Vec<u8>,
}

impl CanalSerializer {
    pub(super) fn new(context: &TableContext) -> Self {
        let schema = &context.schema;
        let columns = ImageColumns::new(context);
        let codes =
            columns.object(|out, column| out.extend_from_slice(sql_type(column).to_string().as_bytes()));
        let names = columns.object(|out, column| out.extend_from_slice(&quoted(&mysql_type(column))));
        Self {
            rules: TextRules { decimals: DecimalText::Plain, json_doubles: context.json_doubles },
            typed_values: context.options.typed_values,
            head: [
                b"{\"database\":".as_slice(),
                &quoted(&schema.database),
                b",\"sqlType\":",
                &codes,
                b",\"data\":[",
            ]
            .concat(),
            key: [b"],\"pkNames\":".as_slice(), &key_array(context), b",\"old\":"].concat(),
            types: [b",\"mysqlType\":".as_slice(), &names, b",\"type\":\""].concat(),
            table: [b"\",\"table\":".as_slice(), &quoted(&schema.table), b",\"es\":"].concat(),
            columns,
        }
    }

    fn cell(&self, out: &mut Vec<u8>, cell: &Cell<'_>, column: &Column) -> Result<(), TextError> {
        if self.typed_values || !is_number(column.kind) || *cell == Cell::Null {
            return write_json_cell(out, cell, column, self.rules);
        }
        out.push(b'"');
        write_json_cell(out, cell, column, self.rules)?;
        out.push(b'"');
        Ok(())
    }
}

impl TableSerializer for CanalSerializer {
    fn write(&mut self, event: &ChangeEvent<'_, '_>, out: &mut Vec<u8>) -> Result<(), SerializeError> {
        let write = |out: &mut Vec<u8>, cell: &Cell<'_>, column: &Column| self.cell(out, cell, column);
        let row = if event.kind == Dml::Delete { event.before } else { event.after };
        out.extend_from_slice(&self.head);
        self.columns.image(out, row, write)?;
        out.extend_from_slice(&self.key);
        if event.kind == Dml::Update {
            out.push(b'[');
            self.columns.changed(out, event.before, event.after, write)?;
            out.push(b']');
        } else {
            out.extend_from_slice(b"null");
        }
        out.extend_from_slice(&self.types);
        out.extend_from_slice(upper_name(event.kind));
        out.extend_from_slice(&self.table);
        write_uint(out, event.transaction.commit_seconds * 1000);
        out.extend_from_slice(b",\"isDdl\":false,\"ts\":");
        write_uint(out, event.sent_millis);
        out.extend_from_slice(b",\"sql\":\"\",\"id\":");
        write_uint(out, event.sequence);
        out.extend_from_slice(b",\"gtid\":\"\"}");
        Ok(())
    }
}

/// The bare lower-case type; Canal's adapters look for the suffix `unsigned`.
fn mysql_type(column: &Column) -> String {
    let name = column.kind.name().to_ascii_lowercase();
    let number = matches!(
        column.kind,
        ColumnKind::TinyInt
            | ColumnKind::SmallInt
            | ColumnKind::MediumInt
            | ColumnKind::Int
            | ColumnKind::BigInt
            | ColumnKind::Decimal
            | ColumnKind::Float
            | ColumnKind::Double
    );
    if number && column.unsigned { name + " unsigned" } else { name }
}

/// Code of `java.sql.Types`. Unsigned integers have the next wider one, by
/// declaration, so that it stays the same for all rows of a table.
const fn sql_type(column: &Column) -> i32 {
    match column.kind {
        ColumnKind::TinyInt if column.unsigned => 5,
        ColumnKind::TinyInt => -6,
        ColumnKind::SmallInt if !column.unsigned => 5,
        ColumnKind::SmallInt | ColumnKind::MediumInt => 4,
        ColumnKind::Int if !column.unsigned => 4,
        ColumnKind::BigInt if column.unsigned => 3,
        ColumnKind::Int | ColumnKind::BigInt => -5,
        ColumnKind::Decimal => 3,
        ColumnKind::Float => 6,
        ColumnKind::Double => 8,
        ColumnKind::Bit
        | ColumnKind::Binary
        | ColumnKind::VarBinary
        | ColumnKind::TinyBlob
        | ColumnKind::Blob
        | ColumnKind::MediumBlob
        | ColumnKind::LongBlob
        | ColumnKind::Geometry => 2004,
        ColumnKind::Char
        | ColumnKind::Enum
        | ColumnKind::Set
        | ColumnKind::Inet4
        | ColumnKind::Inet6
        | ColumnKind::Uuid => 1,
        ColumnKind::VarChar | ColumnKind::Json | ColumnKind::Year => 12,
        ColumnKind::TinyText | ColumnKind::Text | ColumnKind::MediumText | ColumnKind::LongText => 2005,
        ColumnKind::Date => 91,
        ColumnKind::Time => 92,
        ColumnKind::DateTime | ColumnKind::Timestamp => 93,
    }
}
