//! Message bodies. Pure functions from row images to bytes; knows no topic and
//! no connection.
//!
//! To add a format: write a file with a [`TableSerializer`], whose constant
//! parts (column names, metadata) are made once in its constructor, and name it
//! in [`table_serializer`]. A serializer appends exactly one JSON object, UTF-8
//! and minified, straight into the batch; when it fails, the caller drops what
//! was appended.

mod canal;
mod canal_flat;
mod dataworks;
mod debezium;
mod default;
mod image;
pub mod java_number;
pub mod json;
pub mod number;
mod shareplex;
pub mod text;

use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::project::{Dml, Format};
use crate::rows::{JsonDoubles, RowImage};
use crate::schema::TableSchema;

use debezium::{DebeziumSerializer, Envelope};
use text::TextError;

/// What every message of a table has in common.
#[derive(Clone, Debug)]
pub struct TableContext {
    /// Columns and key.
    pub schema: Arc<TableSchema>,
    /// `OB_MYSQL` or `MYSQL`.
    pub db_type: &'static str,
    /// OceanBase tenant.
    pub tenant: Option<String>,
    /// Cluster id or name, where there is one.
    pub cluster: Option<String>,
    /// Project id.
    pub project: String,
    /// Indexes of the columns that images show, in table order.
    pub shown: Vec<usize>,
    /// Settings of single formats.
    pub options: FormatOptions,
    /// Zone in which formats write times without zone.
    pub zone: TimeZone,
    /// Version of the program.
    pub version: String,
    /// How the source stores doubles inside JSON documents.
    pub json_doubles: JsonDoubles,
}

/// Settings that only one format knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormatOptions {
    /// Canal: numbers stand bare instead of in quotes.
    pub typed_values: bool,
    /// Dataworks: the id of the business system; empty: none.
    pub business_id: String,
}

/// What every message of a transaction has in common.
#[derive(Clone, Debug, Default)]
pub struct TransactionContext {
    /// Its name.
    pub id: String,
    /// Commit time, seconds since 1970.
    pub commit_seconds: u64,
    /// Commit time, microseconds behind the second.
    pub commit_micros: u32,
}

/// One row change to be written.
#[derive(Clone, Copy, Debug)]
pub struct ChangeEvent<'e, 'a> {
    /// What happened to the row.
    pub kind: Dml,
    /// Before image; empty for an insert.
    pub before: &'e RowImage<'a>,
    /// After image; empty for a delete.
    pub after: &'e RowImage<'a>,
    /// The transaction.
    pub transaction: &'e TransactionContext,
    /// Number of the row in it, from 1.
    pub ordinal: u64,
    /// Number of the message among those of the transaction that are sent, from
    /// 1, where the project numbers them; else 0.
    pub number: u64,
    /// When it is written, milliseconds since 1970.
    pub sent_millis: u64,
    /// `storeDataSequence`.
    pub sequence: u64,
    /// The key's values, joined by U+0001; `None` for a table without key.
    pub key_text: Option<&'e str>,
}

/// A value that can't be written, and in which column it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerializeError {
    /// Index of the column.
    pub column: usize,
    /// What is wrong with the value.
    pub error: TextError,
}

/// Writes the messages of one table in one format.
pub trait TableSerializer: Send {
    /// Appends the body of one message.
    ///
    /// # Errors
    /// A value that the format can't hold; nothing is changed in silence.
    fn write(&mut self, event: &ChangeEvent<'_, '_>, out: &mut Vec<u8>) -> Result<(), SerializeError>;
}

/// The serializer of a table in a format.
pub fn table_serializer(format: Format, context: &TableContext) -> Box<dyn TableSerializer> {
    match format {
        Format::Default => Box::new(default::DefaultSerializer::new(context)),
        Format::DefaultExtendColumnType => Box::new(default::DefaultSerializer::with_types(context)),
        Format::Canal => Box::new(canal::CanalSerializer::new(context)),
        Format::CanalFlat => Box::new(canal_flat::CanalFlatSerializer::new(context)),
        Format::Dataworks2 => Box::new(dataworks::DataworksSerializer::new(context)),
        Format::Shareplex => Box::new(shareplex::SharePlexSerializer::new(context)),
        Format::Debezium => Box::new(DebeziumSerializer::new(context, Envelope::Payload)),
        Format::DebeziumFlatten => Box::new(DebeziumSerializer::new(context, Envelope::Flat)),
        Format::DebeziumSmt => Box::new(DebeziumSerializer::new(context, Envelope::None)),
    }
}
