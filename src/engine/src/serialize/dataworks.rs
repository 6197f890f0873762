//! Dataworks, version 2.0: the schema in each message beside both images.
//! Source: OMS documentation, "Dataworks".

use crate::rows::RowImage;

use super::default::upper_name;
use super::image::{ImageColumns, key_array, quoted};
use super::json::{write_string, write_uint};
use super::text::{DecimalText, TextRules, write_json_cell};
use super::{ChangeEvent, SerializeError, TableContext, TableSerializer};

/// Constant parts of the table's messages.
pub(super) struct DataworksSerializer {
    columns: ImageColumns,
    rules: TextRules,
    /// From the beginning to `"before":`.
    head: Vec<u8>,
    /// From the number to the end.
    tail: Vec<u8>,
}

impl DataworksSerializer {
    pub(super) fn new(context: &TableContext) -> Self {
        let schema = &context.schema;
        let columns = ImageColumns::new(context);
        let described = columns.array(|out, column| {
            out.extend_from_slice(b"{\"name\":");
            write_string(out, &column.name);
            out.extend_from_slice(b",\"type\":\"");
            out.extend_from_slice(column.kind.name().as_bytes());
            out.extend_from_slice(b"\"}");
        });
        let head = [
            b"{\"version\":\"2.0\",\"schema\":{\"source\":{\"dbType\":".as_slice(),
            &quoted(&context.db_type.to_ascii_lowercase()),
            b",\"dbVersion\":null,\"dbName\":",
            &quoted(&schema.database),
            b",\"schema\":null,\"table\":",
            &quoted(&schema.table),
            b"},\"column\":",
            &described,
            b",\"pk\":",
            &key_array(context),
            b"},\"payload\":{\"before\":",
        ]
        .concat();
        let business = &context.options.business_id;
        let extend = match business.as_str() {
            "" => b"{}".to_vec(),
            id => [b"{\"load_fm\":".as_slice(), &quoted(id), b"}"].concat(),
        };
        Self {
            columns,
            rules: TextRules { decimals: DecimalText::Plain, json_doubles: context.json_doubles },
            head,
            tail: [b"\"},\"extend\":".as_slice(), &extend, b"}"].concat(),
        }
    }

    fn image(&self, out: &mut Vec<u8>, image: &RowImage<'_>) -> Result<(), SerializeError> {
        if image.is_empty() {
            out.extend_from_slice(b"null");
            return Ok(());
        }
        out.extend_from_slice(b"{\"data\":");
        self.columns.image(out, image, |out, cell, column| write_json_cell(out, cell, column, self.rules))?;
        out.push(b'}');
        Ok(())
    }
}

impl TableSerializer for DataworksSerializer {
    fn write(&mut self, event: &ChangeEvent<'_, '_>, out: &mut Vec<u8>) -> Result<(), SerializeError> {
        out.extend_from_slice(&self.head);
        self.image(out, event.before)?;
        out.extend_from_slice(b",\"after\":");
        self.image(out, event.after)?;
        out.extend_from_slice(b",\"op\":\"");
        out.extend_from_slice(upper_name(event.kind));
        out.extend_from_slice(b"\",\"timestamp\":{\"eventTime\":");
        write_uint(out, event.transaction.commit_seconds * 1000);
        out.extend_from_slice(b",\"systemTime\":");
        write_uint(out, event.sent_millis);
        out.extend_from_slice(b",\"checkpointTime\":");
        write_uint(out, event.transaction.commit_seconds);
        out.extend_from_slice(b"},\"ddl\":null,\"scn\":\"");
        write_uint(out, event.sequence);
        out.extend_from_slice(&self.tail);
        Ok(())
    }
}
