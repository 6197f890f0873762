//! What the messages of a table would look like: made-up rows of its real
//! columns, written by the real serializers. Reads no rows and sends nothing.

use std::sync::Arc;

use tidewire_words::Sentence;

use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::project::{Dml, Origin, ProjectOptions};
use crate::rows::{Cell, Date, DateTime, Decimal, JsonDoubles, Time, Timestamp};
use crate::run::table_context;
use crate::schema::{Column, ColumnKind, TableSchema};
use crate::serialize::text::{DecimalText, TextRules, write_text};
use crate::serialize::{ChangeEvent, TransactionContext, table_serializer};
use crate::words::fault;

/// 2026-01-02 03:04:05 UTC.
const MOMENT: u32 = 1_767_323_045;
/// `{"k": [1, 2]}` in the server's binary form.
const DOCUMENT: &[u8] = &[0, 1, 0, 22, 0, 11, 0, 1, 0, 2, 12, 0, b'k', 2, 0, 10, 0, 5, 1, 0, 5, 2, 0];
/// The point (1 1), SRID before it.
const POINT: &[u8] = &[0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f];

/// The messages of an insert, an update and a delete of the same row.
///
/// # Errors
/// A column of the project that the table does not have.
pub fn messages(
    origin: &Origin,
    options: &ProjectOptions,
    columns: &[String],
    schema: &Arc<TableSchema>,
    sent_millis: u64,
) -> PipelineResult<Vec<(Dml, String)>> {
    let context =
        table_context(origin, "np_000000sample", options, columns, Arc::clone(schema), JsonDoubles::Normal)?;
    let mut serializer = table_serializer(options.format, &context);
    let values: Vec<Stored> = schema.columns.iter().map(Stored::new).collect();
    let old: Vec<Cell<'_>> =
        schema.columns.iter().zip(&values).map(|(column, stored)| stored.cell(column, false)).collect();
    let new: Vec<Cell<'_>> = schema
        .columns
        .iter()
        .zip(&values)
        .enumerate()
        .map(|(index, (column, stored))| stored.cell(column, !schema.key.contains(&index)))
        .collect();
    let key_text = key_text(schema, &old)?;
    let transaction = TransactionContext {
        id: "8f0bd2aa-3c5e-11ee-9d41-00163e0a77f1:1024".to_owned(),
        commit_seconds: sent_millis / 1000,
        commit_micros: 0,
    };
    let changes: [(Dml, &[Cell<'_>], &[Cell<'_>]); 3] =
        [(Dml::Insert, &[], &old), (Dml::Update, &old, &new), (Dml::Delete, &new, &[])];
    let mut messages = Vec::with_capacity(changes.len());
    for (number, (kind, before, after)) in (1..).zip(changes) {
        let event = ChangeEvent {
            kind,
            before,
            after,
            transaction: &transaction,
            ordinal: number,
            number: if options.sequence_in_transaction { number } else { 0 },
            sent_millis,
            sequence: transaction.commit_seconds * 100_000 + number,
            key_text: key_text.as_deref(),
        };
        let mut body = Vec::new();
        serializer.write(&event, &mut body).map_err(|error| internal(error.error))?;
        messages.push((kind, String::from_utf8(body).map_err(|_| internal(fault::NOT_UTF8))?));
    }
    Ok(messages)
}

/// Where the sampled insert would go: the text whose hash chooses the queue, and
/// KEYS. `shard` names columns; none: the key.
///
/// # Errors
/// A shard column that the table does not have.
pub fn routing(schema: &Arc<TableSchema>, shard: &[String]) -> PipelineResult<(String, String)> {
    let values: Vec<Stored> = schema.columns.iter().map(Stored::new).collect();
    let cells: Vec<Cell<'_>> =
        schema.columns.iter().zip(&values).map(|(column, stored)| stored.cell(column, false)).collect();
    let key = key_text(schema, &cells)?.unwrap_or_default();
    let mut chosen = Vec::new();
    for name in shard {
        let index = schema.column_index(name).ok_or_else(|| {
            PipelineError::new(ErrorKind::ColumnMissing, Sentence::new(fault::SHARD_COLUMN, &[name]))
        })?;
        chosen.push(index);
    }
    let text = if !chosen.is_empty() {
        joined(schema, &chosen, &cells)?
    } else if schema.key.is_empty() {
        schema.full_name()
    } else {
        key.clone()
    };
    Ok((text, format!("{}-{}", schema.full_name(), key.replace('\u{1}', "_"))))
}

fn internal(detail: impl Into<Sentence>) -> PipelineError {
    PipelineError::new(ErrorKind::Internal, detail)
}

fn key_text(schema: &TableSchema, cells: &[Cell<'_>]) -> PipelineResult<Option<String>> {
    let text = joined(schema, &schema.key, cells)?;
    Ok((!schema.key.is_empty()).then_some(text))
}

/// Values of columns, joined by U+0001.
fn joined(schema: &TableSchema, columns: &[usize], cells: &[Cell<'_>]) -> PipelineResult<String> {
    let rules = TextRules { decimals: DecimalText::Plain, json_doubles: JsonDoubles::Normal };
    let mut text = Vec::new();
    for (position, index) in columns.iter().enumerate() {
        if position > 0 {
            text.push(1);
        }
        if let (Some(cell), Some(column)) = (cells.get(*index), schema.columns.get(*index)) {
            write_text(&mut text, cell, column, rules).map_err(internal)?;
        }
    }
    String::from_utf8(text).map_err(|_| internal(fault::NOT_UTF8))
}

/// What the cells of a column borrow.
struct Stored {
    first: Vec<u8>,
    second: Vec<u8>,
    shape: (u8, u8),
}

impl Stored {
    fn new(column: &Column) -> Self {
        let shape = column.decimal_shape();
        let (first, second) = match column.kind {
            ColumnKind::Decimal => (decimal(shape, 1), decimal(shape, 2)),
            ColumnKind::Bit => {
                let length = column.arguments().next().unwrap_or(1);
                (bits(length, 1), bits(length, 0))
            }
            ColumnKind::Binary
            | ColumnKind::VarBinary
            | ColumnKind::TinyBlob
            | ColumnKind::Blob
            | ColumnKind::MediumBlob
            | ColumnKind::LongBlob => (b"a".to_vec(), b"b".to_vec()),
            ColumnKind::Inet4 => (b"192.0.2.1".to_vec(), b"192.0.2.2".to_vec()),
            ColumnKind::Inet6 => (b"2001:db8::1".to_vec(), b"2001:db8::2".to_vec()),
            ColumnKind::Uuid => (
                b"123e4567-e89b-12d3-a456-426614174000".to_vec(),
                b"123e4567-e89b-12d3-a456-426614174001".to_vec(),
            ),
            _ => (column.charset.encode_ascii("a"), column.charset.encode_ascii("b")),
        };
        Self { first, second, shape }
    }

    /// The first value, or with `changed` another one.
    fn cell(&self, column: &Column, changed: bool) -> Cell<'_> {
        let bytes = if changed { &self.second } else { &self.first };
        let number = if changed { 2 } else { 1 };
        let date = Date { year: 2026, month: 1, day: if changed { 3 } else { 2 } };
        let label = u16::from(changed && column.labels.len() > 1) + 1;
        match column.kind {
            ColumnKind::TinyInt
            | ColumnKind::SmallInt
            | ColumnKind::MediumInt
            | ColumnKind::Int
            | ColumnKind::BigInt => {
                if column.unsigned {
                    Cell::UInt(number)
                } else {
                    Cell::Int(number.cast_signed())
                }
            }
            ColumnKind::Decimal => {
                Decimal::new(bytes, self.shape.0, self.shape.1).map_or(Cell::Null, Cell::Decimal)
            }
            ColumnKind::Float => Cell::Float(if changed { 2.5 } else { 1.5 }),
            ColumnKind::Double => Cell::Double(if changed { 2.5 } else { 1.5 }),
            ColumnKind::Bit => Cell::Bit(bytes),
            ColumnKind::Char
            | ColumnKind::VarChar
            | ColumnKind::TinyText
            | ColumnKind::Text
            | ColumnKind::MediumText
            | ColumnKind::LongText
            | ColumnKind::Binary
            | ColumnKind::VarBinary
            | ColumnKind::TinyBlob
            | ColumnKind::Blob
            | ColumnKind::MediumBlob
            | ColumnKind::LongBlob
            | ColumnKind::Inet4
            | ColumnKind::Inet6
            | ColumnKind::Uuid => Cell::Bytes(bytes.into()),
            ColumnKind::Enum => Cell::Enum(label),
            ColumnKind::Set => Cell::Set(u64::from(label)),
            ColumnKind::Json => Cell::Json(DOCUMENT.into()),
            ColumnKind::Year => Cell::Year(date.year),
            ColumnKind::Date => Cell::Date(date),
            ColumnKind::Time => {
                Cell::Time(Time { negative: false, hours: 3, minutes: 4, seconds: 5, micros: 0 })
            }
            ColumnKind::DateTime => {
                Cell::DateTime(DateTime { date, hours: 3, minutes: 4, seconds: 5, micros: 0 })
            }
            ColumnKind::Timestamp => {
                let seconds = if changed { MOMENT + 86_400 } else { MOMENT };
                Cell::Timestamp(Timestamp { seconds, micros: 0 })
            }
            ColumnKind::Geometry => Cell::Geometry(POINT),
        }
    }
}

/// A positive decimal of this shape: its last digit is `digit`.
fn decimal((precision, scale): (u8, u8), digit: u8) -> Vec<u8> {
    let mut bytes = vec![0; Decimal::packed_len(precision, scale).unwrap_or_default()];
    if let Some(sign) = bytes.first_mut() {
        *sign = 0x80;
    }
    if let Some(last) = bytes.last_mut() {
        *last |= digit;
    }
    bytes
}

/// BIT of this length with the value 0 or 1.
fn bits(length: u8, value: u8) -> Vec<u8> {
    let mut bytes = vec![0; usize::from(length).div_ceil(8).max(1)];
    if let Some(last) = bytes.last_mut() {
        *last = value;
    }
    bytes
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::endpoint::DatasourceKind;
    use crate::project::Format;
    use crate::schema::declared::{RawColumn, build_column};

    fn schema() -> Arc<TableSchema> {
        let types = [
            "int",
            "bigint unsigned",
            "decimal",
            "decimal(5,5)",
            "decimal(65,30) unsigned",
            "bit(40)",
            "bit",
            "varchar(5)",
            "binary(3)",
            "longblob",
            "enum('甲')",
            "set('a','b')",
            "json",
            "year",
            "date",
            "time(3)",
            "datetime",
            "timestamp",
            "point",
            "float",
            "double",
        ];
        let columns = types.iter().enumerate().map(|(index, declared)| {
            let data_type = declared.split(['(', ' ']).next().unwrap_or_default().to_owned();
            let charset = if data_type == "varchar" { "utf16" } else { "" };
            build_column(&RawColumn {
                name: format!("c{index}"),
                data_type,
                column_type: (*declared).to_owned(),
                charset: charset.to_owned(),
                collation: String::new(),
                ..RawColumn::default()
            })
            .expect("a known type")
        });
        Arc::new(TableSchema::new("shop", "every", columns.collect(), vec![0]))
    }

    #[test]
    fn every_format_has_samples_of_every_type() {
        let origin = Origin { kind: DatasourceKind::Mysql, tenant: None, cluster: None };
        for format in Format::ALL {
            let options = ProjectOptions { format, ..ProjectOptions::default() };
            let messages = messages(&origin, &options, &[], &schema(), 0).expect("samples");
            assert_eq!(messages.len(), 3);
            for (_, body) in messages {
                serde_json::from_str::<serde_json::Value>(&body).expect("JSON");
                assert!(!body.contains("null") || format != Format::Dataworks2 || body.contains("ddl"));
            }
        }
        let options = ProjectOptions::default();
        let samples = messages(&origin, &options, &["c3".to_owned()], &schema(), 0).expect("samples");
        assert!(samples[1].1.contains(r#""prevStruct":{"c3":0.00001},"postStruct":{"c3":0.00002}"#));
        assert!(messages(&origin, &options, &["none".to_owned()], &schema(), 0).is_err());
    }
}
