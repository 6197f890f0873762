//! OMS "Default": both images, and all metadata in one object; and its twin
//! "DefaultExtendColumnType", whose images end with the types of their columns.
//! Source: OMS documentation, "Default" and "DefaultExtendColumnType".

use crate::project::Dml;
use crate::rows::RowImage;

use super::image::{ImageColumns, key_names, quoted};
use super::json::{write_string, write_uint};
use super::text::{DecimalText, TextRules, write_json_cell};
use super::{ChangeEvent, SerializeError, TableContext, TableSerializer};

/// Constant parts of the table's messages, in the order of the text.
pub(super) struct DefaultSerializer {
    columns: ImageColumns,
    rules: TextRules,
    /// What closes an image.
    image_end: Vec<u8>,
    /// From `"checkpoint"`'s end to the sequence number.
    database_type: Vec<u8>,
    /// From the sequence number to the timestamp.
    database: Vec<u8>,
    /// From the transaction id to the key's names, source identity included.
    cluster_and_key: Vec<u8>,
    /// From the key's values to the record type.
    table: Vec<u8>,
}

impl DefaultSerializer {
    /// Images without types.
    pub(super) fn new(context: &TableContext) -> Self {
        Self::with_image_end(context, b"}".to_vec())
    }

    /// Images with types.
    pub(super) fn with_types(context: &TableContext) -> Self {
        let types = ImageColumns::new(context).object(|out, column| {
            out.extend_from_slice(b"{\"schemaType\":\"");
            out.extend_from_slice(column.kind.name().as_bytes());
            out.extend_from_slice(b"\"}");
        });
        Self::with_image_end(context, [b",\"__light_type\":".as_slice(), &types, b"}"].concat())
    }

    fn with_image_end(context: &TableContext, image_end: Vec<u8>) -> Self {
        let schema = &context.schema;
        let database = match &context.tenant {
            Some(tenant) => format!("{tenant}.{}", schema.database),
            None => schema.database.clone(),
        };
        let key_names = key_names(context);
        let key = if key_names.is_empty() { b"null".to_vec() } else { quoted(&key_names.join("\u{1}")) };
        let cluster = context.cluster.as_deref().unwrap_or("1");
        let identity = format!("{}_{}-1-0", context.db_type, context.project);
        Self {
            columns: ImageColumns::new(context),
            rules: TextRules { decimals: DecimalText::Scientific, json_doubles: context.json_doubles },
            image_end,
            database_type: [
                b"\",\"dbType\":".as_slice(),
                &quoted(context.db_type),
                b",\"storeDataSequence\":",
            ]
            .concat(),
            database: [b",\"db\":".as_slice(), &quoted(&database), b",\"timestamp\":\""].concat(),
            cluster_and_key: [
                b",\"clusterId\":".as_slice(),
                &quoted(cluster),
                b",\"record_primary_key\":",
                &key,
                b",\"source_identity\":",
                &quoted(&identity),
                b",\"record_primary_value\":",
            ]
            .concat(),
            table: [b",\"table_name\":".as_slice(), &quoted(&schema.table), b"},\"recordType\":\""].concat(),
        }
    }

    fn image(&self, out: &mut Vec<u8>, image: &RowImage<'_>) -> Result<(), SerializeError> {
        if image.is_empty() {
            out.extend_from_slice(b"null");
            return Ok(());
        }
        self.columns.open(out, image, |out, cell, column| write_json_cell(out, cell, column, self.rules))?;
        out.extend_from_slice(&self.image_end);
        Ok(())
    }
}

impl TableSerializer for DefaultSerializer {
    fn write(&mut self, event: &ChangeEvent<'_, '_>, out: &mut Vec<u8>) -> Result<(), SerializeError> {
        out.extend_from_slice(b"{\"prevStruct\":");
        self.image(out, event.before)?;
        out.extend_from_slice(b",\"postStruct\":");
        self.image(out, event.after)?;
        out.extend_from_slice(b",\"allMetaData\":{\"checkpoint\":\"");
        write_uint(out, event.transaction.commit_seconds);
        out.extend_from_slice(&self.database_type);
        write_uint(out, event.sequence);
        out.extend_from_slice(&self.database);
        write_uint(out, event.transaction.commit_seconds);
        out.extend_from_slice(b"\",\"uniqueId\":\"");
        out.extend_from_slice(event.transaction.id.as_bytes());
        out.push(b'_');
        write_uint(out, event.ordinal);
        out.extend_from_slice(b"\",\"transId\":\"");
        out.extend_from_slice(event.transaction.id.as_bytes());
        out.push(b'"');
        out.extend_from_slice(&self.cluster_and_key);
        match event.key_text {
            Some(text) => write_string(out, text),
            None => out.extend_from_slice(b"null"),
        }
        out.extend_from_slice(&self.table);
        out.extend_from_slice(upper_name(event.kind));
        out.extend_from_slice(b"\"}");
        Ok(())
    }
}

/// `INSERT`, `UPDATE` or `DELETE`.
pub(super) const fn upper_name(kind: Dml) -> &'static [u8] {
    match kind {
        Dml::Insert => b"INSERT",
        Dml::Update => b"UPDATE",
        Dml::Delete => b"DELETE",
    }
}
