//! OMS "Default": both images, and all metadata in one object.

use std::sync::Arc;

use crate::model::project::Dml;
use crate::pipeline::schema::TableSchema;
use crate::pipeline::source::decode::RowImage;

use super::json::{write_string, write_uint};
use super::text::{DecimalText, TextRules, write_json_cell};
use super::{ChangeEvent, SerializeError, TableContext, TableSerializer};

/// Constant parts of the table's messages, in the order of the text.
pub(super) struct DefaultSerializer {
    schema: Arc<TableSchema>,
    rules: TextRules,
    /// `"name":` of each column, with the comma that stands before it.
    names: Vec<Vec<u8>>,
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
    pub(super) fn new(context: &TableContext) -> Self {
        let schema = Arc::clone(&context.schema);
        let quoted = |text: &str| {
            let mut out = Vec::new();
            write_string(&mut out, text);
            out
        };
        let names = schema.columns.iter().enumerate().map(|(index, column)| {
            let mut name = if index == 0 { Vec::new() } else { vec![b','] };
            write_string(&mut name, &column.name);
            name.push(b':');
            name
        });
        let names = names.collect();
        let database = match &context.tenant {
            Some(tenant) => format!("{tenant}.{}", schema.database),
            None => schema.database.clone(),
        };
        let key_names: Vec<&str> = schema
            .key
            .iter()
            .filter_map(|index| schema.columns.get(*index))
            .map(|column| column.name.as_str())
            .collect();
        let key = if key_names.is_empty() { b"null".to_vec() } else { quoted(&key_names.join("\u{1}")) };
        let cluster = context.cluster.as_deref().unwrap_or("1");
        let identity = format!("{}_{}-1-0", context.db_type, context.project);
        Self {
            rules: TextRules { decimals: DecimalText::Scientific, json_doubles: context.json_doubles },
            names,
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
            schema,
        }
    }

    fn image(&self, out: &mut Vec<u8>, image: &RowImage<'_>) -> Result<(), SerializeError> {
        if image.is_empty() {
            out.extend_from_slice(b"null");
            return Ok(());
        }
        out.push(b'{');
        for (index, ((cell, column), name)) in
            image.iter().zip(&self.schema.columns).zip(&self.names).enumerate()
        {
            out.extend_from_slice(name);
            write_json_cell(out, cell, column, self.rules)
                .map_err(|error| SerializeError { column: index, error })?;
        }
        out.push(b'}');
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
        out.extend_from_slice(match event.kind {
            Dml::Insert => b"INSERT".as_slice(),
            Dml::Update => b"UPDATE",
            Dml::Delete => b"DELETE",
        });
        out.extend_from_slice(b"\"}");
        Ok(())
    }
}
