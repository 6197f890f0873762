//! The flat message exactly as Canal 1.1's own producer writes it for MySQL: same members in the same
//! order, same texts, same type codes. One row a message.
//!
//! What differs from Canal, and why:
//! - `id` is `storeDataSequence`: Canal's counts its own batches. `ts` is when we send.
//! - `es` is the transaction's commit; Canal takes the time of the row's own event, which is earlier
//!   by the length of the transaction.
//! - `gtid` is empty, as Canal leaves it unless it reads by GTID.
//! - `pkNames` also names the unique key that stands in for a missing primary key, where Canal says
//!   null, and stays complete when some columns are not shown.
//! - Text is decoded by its column's own charset; Canal takes all text for UTF-8.
//! - Where Canal puts several rows into one message, its `old` repeats columns that only an earlier row
//!   changed; ours names what the row changed.
//! - `old` names every column whose value changed, also if both values print alike (the repeated hour of
//!   a clock change).
//! - JSON documents stay valid and whole: names of members are escaped, binary values are in Base64, and
//!   a partial update is applied rather than shown as a call.
//! - Canal prints floating point numbers by the Java it runs on; see `java_number`.
//!
//! Knows nothing of how rows come and go.

use jiff::tz::TimeZone;

use crate::project::Dml;
use crate::rows::{Cell, Date, DateTime, JsonDoubles, Time, Timestamp, write_canal_json_text};
use crate::schema::{Column, ColumnKind, TableSchema};
use crate::serialize::java_number;

use super::default::upper_name;
use super::image::{ImageColumns, quoted};
use super::json::{write_escaped, write_int, write_padded, write_string, write_uint};
use super::text::{TextError, decode, write_date};
use super::{ChangeEvent, SerializeError, TableContext, TableSerializer};

/// `java.sql.Types`, as far as Canal uses them.
mod code {
    pub(super) const BIT: i64 = -7;
    pub(super) const TINYINT: i64 = -6;
    pub(super) const BIGINT: i64 = -5;
    pub(super) const CHAR: i64 = 1;
    pub(super) const DECIMAL: i64 = 3;
    pub(super) const INTEGER: i64 = 4;
    pub(super) const SMALLINT: i64 = 5;
    pub(super) const REAL: i64 = 7;
    pub(super) const DOUBLE: i64 = 8;
    pub(super) const VARCHAR: i64 = 12;
    pub(super) const DATE: i64 = 91;
    pub(super) const TIME: i64 = 92;
    pub(super) const TIMESTAMP: i64 = 93;
    pub(super) const OTHER: i64 = 1111;
    pub(super) const BLOB: i64 = 2004;
    pub(super) const CLOB: i64 = 2005;
}

/// Constant parts of the table's messages, in the order of the text.
pub(super) struct CanalFlatSerializer {
    columns: ImageColumns,
    cells: Cells,
    /// From the data's end to the commit time.
    database: Vec<u8>,
    /// From the number to `"old":`.
    mysql_types: Vec<u8>,
    /// From the old values' end to `"sqlType":`.
    key: Vec<u8>,
    /// From the codes' end to the send time.
    table: Vec<u8>,
}

impl CanalFlatSerializer {
    pub(super) fn new(context: &TableContext) -> Self {
        let columns = ImageColumns::new(context);
        let types = columns.object(|out, column| write_string(out, &column.column_type));
        let schema = &context.schema;
        Self {
            columns,
            cells: Cells { zone: context.zone.clone(), json_doubles: context.json_doubles },
            database: [b"],\"database\":".as_slice(), &quoted(&schema.database), b",\"es\":"].concat(),
            mysql_types: [b",\"isDdl\":false,\"mysqlType\":".as_slice(), &types, b",\"old\":"].concat(),
            key: [b",\"pkNames\":".as_slice(), &key_names(schema), b",\"sql\":\"\",\"sqlType\":"].concat(),
            table: [b",\"table\":".as_slice(), &quoted(&schema.table), b",\"ts\":"].concat(),
        }
    }
}

impl TableSerializer for CanalFlatSerializer {
    fn write(&mut self, event: &ChangeEvent<'_, '_>, out: &mut Vec<u8>) -> Result<(), SerializeError> {
        let write = |out: &mut Vec<u8>, cell: &Cell<'_>, column: &Column| self.cells.write(out, cell, column);
        let row = if event.kind == Dml::Delete { event.before } else { event.after };
        out.extend_from_slice(b"{\"data\":[");
        self.columns.image(out, row, write)?;
        out.extend_from_slice(&self.database);
        write_uint(out, event.transaction.commit_seconds.saturating_mul(1000));
        out.extend_from_slice(b",\"gtid\":\"\",\"id\":");
        write_uint(out, event.sequence);
        out.extend_from_slice(&self.mysql_types);
        if event.kind == Dml::Update {
            out.push(b'[');
            self.columns.changed(out, event.before, event.after, write)?;
            out.push(b']');
        } else {
            out.extend_from_slice(b"null");
        }
        out.extend_from_slice(&self.key);
        self.columns.image(out, row, |out, cell, column| {
            write_int(out, sql_type(column.kind, cell));
            Ok(())
        })?;
        out.extend_from_slice(&self.table);
        write_uint(out, event.sent_millis);
        out.extend_from_slice(b",\"type\":\"");
        out.extend_from_slice(upper_name(event.kind));
        out.extend_from_slice(b"\"}");
        Ok(())
    }
}

/// What cells are written by, beside their column.
struct Cells {
    zone: TimeZone,
    json_doubles: JsonDoubles,
}

impl Cells {
    fn write(&self, out: &mut Vec<u8>, cell: &Cell<'_>, column: &Column) -> Result<(), TextError> {
        if *cell == Cell::Null {
            out.extend_from_slice(b"null");
            return Ok(());
        }
        out.push(b'"');
        self.text(out, cell, column)?;
        out.push(b'"');
        Ok(())
    }

    fn text(&self, out: &mut Vec<u8>, cell: &Cell<'_>, column: &Column) -> Result<(), TextError> {
        match cell {
            Cell::Null => {}
            Cell::Int(value) => write_int(out, *value),
            Cell::UInt(value) => write_uint(out, *value),
            Cell::Float(value) if !value.is_finite() => return Err(TextError::Value("FLOAT")),
            Cell::Double(value) if !value.is_finite() => return Err(TextError::Value("DOUBLE")),
            Cell::Float(value) => java_number::write_float(out, *value),
            Cell::Double(value) => java_number::write_double(out, *value),
            Cell::Decimal(value) => value.write_canal(out).map_err(|_| TextError::Value("DECIMAL"))?,
            Cell::Bit(bytes) => {
                write_uint(out, bytes.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte)));
            }
            Cell::Bytes(bytes) if is_text(column.kind) => {
                write_escaped(out, decode(bytes, column)?.as_bytes());
            }
            // As it stands in the log: Canal does not pad BINARY(n) again.
            Cell::Bytes(bytes) => write_latin(out, bytes),
            Cell::Geometry(bytes) => write_latin(out, bytes),
            Cell::Enum(index) => write_uint(out, u64::from(*index)),
            Cell::Set(bits) => write_uint(out, *bits),
            Cell::Year(year) => write_padded(out, u32::from(*year), 4),
            Cell::Date(date) => write_date(out, *date),
            Cell::Time(time) => write_time(out, *time, declared_digits(column)),
            Cell::DateTime(value) => write_datetime(out, *value, declared_digits(column)),
            Cell::Timestamp(value) => self.write_timestamp(out, *value, declared_digits(column))?,
            Cell::Json(document) => {
                let mut text = Vec::new();
                write_canal_json_text(&mut text, document, self.json_doubles)
                    .map_err(|_| TextError::Value("JSON"))?;
                write_escaped(out, &text);
            }
        }
        Ok(())
    }

    /// An instant as the clock of the service's zone shows it.
    fn write_timestamp(&self, out: &mut Vec<u8>, value: Timestamp, digits: u32) -> Result<(), TextError> {
        if value.seconds == 0 {
            out.extend_from_slice(b"0000-00-00 00:00:00");
        } else {
            let instant = jiff::Timestamp::from_second(i64::from(value.seconds))
                .map_err(|_| TextError::Value("TIMESTAMP"))?;
            let local = self.zone.to_datetime(instant);
            let part = |part: i8| part.unsigned_abs();
            let (month, day) = (part(local.month()), part(local.day()));
            write_date(out, Date { year: local.year().unsigned_abs(), month, day });
            out.push(b' ');
            write_clock(out, u32::from(part(local.hour())), part(local.minute()), part(local.second()));
        }
        write_fraction(out, value.micros, digits);
        Ok(())
    }
}

/// The digits in `datetime(3)`; 0 without.
fn declared_digits(column: &Column) -> u32 {
    column.arguments().next().unwrap_or(0).into()
}

/// The key's columns as a JSON array, in the table's order; `null` without a key.
fn key_names(schema: &TableSchema) -> Vec<u8> {
    if schema.key.is_empty() {
        return b"null".to_vec();
    }
    let mut key = schema.key.clone();
    key.sort_unstable();
    let names = key.iter().filter_map(|index| schema.columns.get(*index)).map(|column| quoted(&column.name));
    let names: Vec<Vec<u8>> = names.collect();
    [b"[".as_slice(), &names.join(&b','), b"]"].concat()
}

const fn is_text(kind: ColumnKind) -> bool {
    matches!(
        kind,
        ColumnKind::Char
            | ColumnKind::VarChar
            | ColumnKind::TinyText
            | ColumnKind::Text
            | ColumnKind::MediumText
            | ColumnKind::LongText
            | ColumnKind::Inet4
            | ColumnKind::Inet6
            | ColumnKind::Uuid
    )
}

/// Canal's code of a cell: unsigned numbers beyond the signed range take the next wider code, and NULL
/// of some types has a code of its own.
fn sql_type(kind: ColumnKind, cell: &Cell<'_>) -> i64 {
    let null = matches!(cell, Cell::Null);
    let beyond = |limit: u64| matches!(cell, Cell::UInt(value) if *value > limit);
    match kind {
        ColumnKind::TinyInt if beyond(0x7f) => code::SMALLINT,
        ColumnKind::TinyInt => code::TINYINT,
        ColumnKind::SmallInt if beyond(0x7fff) => code::INTEGER,
        ColumnKind::SmallInt => code::SMALLINT,
        ColumnKind::Int if beyond(0x7fff_ffff) => code::BIGINT,
        ColumnKind::MediumInt | ColumnKind::Int | ColumnKind::Enum => code::INTEGER,
        ColumnKind::BigInt if beyond(i64::MAX.unsigned_abs()) => code::DECIMAL,
        ColumnKind::BigInt => code::BIGINT,
        ColumnKind::Decimal => code::DECIMAL,
        ColumnKind::Float => code::REAL,
        ColumnKind::Double => code::DOUBLE,
        ColumnKind::Set if null => code::BLOB,
        ColumnKind::Set | ColumnKind::Bit => code::BIT,
        ColumnKind::Char | ColumnKind::Inet4 | ColumnKind::Inet6 | ColumnKind::Uuid => code::CHAR,
        ColumnKind::Json if null => code::OTHER,
        ColumnKind::Json | ColumnKind::VarChar | ColumnKind::Year => code::VARCHAR,
        ColumnKind::TinyText | ColumnKind::Text | ColumnKind::MediumText | ColumnKind::LongText => code::CLOB,
        ColumnKind::Binary
        | ColumnKind::VarBinary
        | ColumnKind::TinyBlob
        | ColumnKind::Blob
        | ColumnKind::MediumBlob
        | ColumnKind::LongBlob
        | ColumnKind::Geometry => code::BLOB,
        ColumnKind::Date => code::DATE,
        ColumnKind::Time => code::TIME,
        ColumnKind::DateTime | ColumnKind::Timestamp => code::TIMESTAMP,
    }
}

/// Each byte as the character of that number.
fn write_latin(out: &mut Vec<u8>, bytes: &[u8]) {
    for run in bytes.chunk_by(|one, next| one.is_ascii() == next.is_ascii()) {
        if run.is_ascii() {
            write_escaped(out, run);
        } else {
            out.extend(run.iter().flat_map(|byte| [0xc0 | (byte >> 6), 0x80 | (byte & 0x3f)]));
        }
    }
}

fn write_clock(out: &mut Vec<u8>, hours: u32, minutes: u8, seconds: u8) {
    write_padded(out, hours, 2);
    out.push(b':');
    write_padded(out, u32::from(minutes), 2);
    out.push(b':');
    write_padded(out, u32::from(seconds), 2);
}

/// Exactly the declared digits.
fn write_fraction(out: &mut Vec<u8>, micros: u32, digits: u32) {
    if digits > 0 {
        out.push(b'.');
        write_padded(out, micros / 10_u32.pow(6_u32.saturating_sub(digits)), digits);
    }
}

fn write_time(out: &mut Vec<u8>, time: Time, digits: u32) {
    if time.negative {
        out.push(b'-');
    }
    write_clock(out, u32::from(time.hours), time.minutes, time.seconds);
    write_fraction(out, time.micros, digits);
}

fn write_datetime(out: &mut Vec<u8>, value: DateTime, digits: u32) {
    write_date(out, value.date);
    out.push(b' ');
    write_clock(out, u32::from(value.hours), value.minutes, value.seconds);
    write_fraction(out, value.micros, digits);
}
