//! The text of a cell, as the documented formats share it (all but the
//! Debezium family): one rule a type.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tidewire_words::Sentence;

use crate::planted::{self, Planted};
use crate::rows::{Cell, Date, DateTime, Decimal, JsonDoubles, Time, Timestamp, write_json_text};
use crate::schema::{Column, ColumnKind};
use crate::serialize::number;
use crate::words::fault;

use super::json::{write_escaped, write_int, write_padded, write_uint};

/// Why a cell has no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    /// Bytes that the column's charset does not allow.
    Charset(&'static str),
    /// A packed value that can't be unpacked.
    Value(&'static str),
}

impl From<TextError> for Sentence {
    fn from(error: TextError) -> Self {
        match error {
            TextError::Charset(name) => Self::new(fault::NOT_IN_CHARSET, &[name]),
            TextError::Value(kind) => Self::new(fault::UNREADABLE, &[kind]),
        }
    }
}

/// How decimals are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalText {
    /// All digits.
    Plain,
    /// As Java's `BigDecimal.toString`.
    Scientific,
}

/// Rules that differ between formats and sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextRules {
    /// How decimals are written.
    pub decimals: DecimalText,
    /// How doubles inside JSON documents are stored.
    pub json_doubles: JsonDoubles,
}

/// Whether cells of this column are JSON numbers; the others are strings.
pub const fn is_number(kind: ColumnKind) -> bool {
    matches!(
        kind,
        ColumnKind::TinyInt
            | ColumnKind::SmallInt
            | ColumnKind::MediumInt
            | ColumnKind::Int
            | ColumnKind::BigInt
            | ColumnKind::Decimal
            | ColumnKind::Float
            | ColumnKind::Double
            | ColumnKind::Year
    )
}

/// Appends a cell as a JSON value: `null`, a bare number or a quoted string.
///
/// # Errors
/// See [`TextError`]; what was appended then must be dropped.
pub fn write_json_cell(
    out: &mut Vec<u8>,
    cell: &Cell<'_>,
    column: &Column,
    rules: TextRules,
) -> Result<(), TextError> {
    match cell {
        Cell::Null => out.extend_from_slice(b"null"),
        // Text that may need escapes.
        Cell::Bytes(_) | Cell::Enum(_) | Cell::Set(_) | Cell::Json(_) => {
            out.push(b'"');
            match cell {
                Cell::Bytes(bytes) if is_binary(column) => push_base64(out, &padded(bytes, column)),
                Cell::Bytes(bytes) => write_escaped(out, decode(bytes, column)?.as_bytes()),
                Cell::Enum(index) => write_escaped(out, enum_label(*index, column).as_bytes()),
                _ => {
                    let mut text = Vec::new();
                    write_text(&mut text, cell, column, rules)?;
                    write_escaped(out, &text);
                }
            }
            out.push(b'"');
        }
        _ if is_number(column.kind) => write_text(out, cell, column, rules)?,
        _ => {
            out.push(b'"');
            write_text(out, cell, column, rules)?;
            out.push(b'"');
        }
    }
    Ok(())
}

/// Appends a cell's bare text; NULL is empty.
///
/// # Errors
/// See [`TextError`].
pub fn write_text(
    out: &mut Vec<u8>,
    cell: &Cell<'_>,
    column: &Column,
    rules: TextRules,
) -> Result<(), TextError> {
    match cell {
        Cell::Null => {}
        Cell::Int(value) => write_int(out, *value),
        Cell::UInt(value) => write_uint(out, *value),
        Cell::Year(value) => write_uint(out, u64::from(*value)),
        // No server stores these, and JSON has no word for them.
        Cell::Float(value) if !value.is_finite() => return Err(TextError::Value("FLOAT")),
        Cell::Double(value) if !value.is_finite() => return Err(TextError::Value("DOUBLE")),
        Cell::Float(value) => number::write_float(out, *value, 7),
        Cell::Double(value) => number::write_double(out, *value, 16),
        Cell::Decimal(value) => write_decimal(out, *value, rules.decimals)?,
        Cell::Bit(bytes) => push_base64(out, significant_bits(bytes)),
        Cell::Bytes(bytes) if is_binary(column) => push_base64(out, &padded(bytes, column)),
        Cell::Bytes(bytes) => out.extend_from_slice(decode(bytes, column)?.as_bytes()),
        Cell::Enum(index) => out.extend_from_slice(enum_label(*index, column).as_bytes()),
        Cell::Set(bits) => {
            let chosen = column.labels.iter().enumerate().filter(|(index, _)| bits & (1 << index) != 0);
            for (position, (_, label)) in chosen.enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                out.extend_from_slice(label.as_bytes());
            }
        }
        Cell::Date(date) => write_date(out, *date),
        Cell::Time(time) => write_time(out, *time),
        Cell::DateTime(value) => write_datetime(out, *value),
        Cell::Timestamp(value) => write_timestamp(out, *value),
        Cell::Json(document) => {
            write_json_text(out, document, rules.json_doubles).map_err(|_| TextError::Value("JSON"))?;
        }
        Cell::Geometry(bytes) => push_base64(out, bytes),
    }
    Ok(())
}

/// The label of an ENUM; index 0 is the error value, an empty text.
fn enum_label(index: u16, column: &Column) -> &str {
    usize::from(index)
        .checked_sub(usize::from(!planted::is(Planted::LabelOffByOne)))
        .and_then(|index| column.labels.get(index))
        .map_or("", String::as_str)
}

/// BIT without its leading zero bytes; zero keeps one.
pub(super) fn significant_bits(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros.min(bytes.len().saturating_sub(1))..).unwrap_or_default()
}

/// Whether values of this column are bytes rather than text.
pub(super) const fn is_binary(column: &Column) -> bool {
    matches!(
        column.kind,
        ColumnKind::Binary
            | ColumnKind::VarBinary
            | ColumnKind::TinyBlob
            | ColumnKind::Blob
            | ColumnKind::MediumBlob
            | ColumnKind::LongBlob
    )
}

pub(super) fn decode<'a>(bytes: &'a [u8], column: &Column) -> Result<Cow<'a, str>, TextError> {
    column.charset.decode(bytes).ok_or(TextError::Charset(column.charset.name()))
}

fn write_decimal(out: &mut Vec<u8>, value: Decimal<'_>, notation: DecimalText) -> Result<(), TextError> {
    match notation {
        DecimalText::Plain => value.write_plain(out),
        DecimalText::Scientific => value.write_scientific(out),
    }
    .map_err(|_| TextError::Value("DECIMAL"))
}

/// BINARY(n) is padded again where the log cut its zero bytes.
pub(super) fn padded<'a>(bytes: &'a [u8], column: &Column) -> Cow<'a, [u8]> {
    let length = usize::try_from(column.length).unwrap_or(0);
    if column.kind == ColumnKind::Binary && bytes.len() < length && !planted::is(Planted::BinaryUnpadded) {
        let mut padded = bytes.to_vec();
        padded.resize(length, 0);
        Cow::Owned(padded)
    } else {
        Cow::Borrowed(bytes)
    }
}

fn push_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    let written =
        out.get_mut(start..).and_then(|slot| STANDARD.encode_slice(bytes, slot).ok()).unwrap_or_default();
    out.truncate(start + written);
}

pub(super) fn write_date(out: &mut Vec<u8>, date: Date) {
    write_padded(out, u32::from(date.year), 4);
    out.push(b'-');
    write_padded(out, u32::from(date.month), 2);
    out.push(b'-');
    write_padded(out, u32::from(date.day), 2);
}

fn write_clock(out: &mut Vec<u8>, hours: u32, minutes: u8, seconds: u8, micros: u32) {
    write_padded(out, hours, 2);
    out.push(b':');
    write_padded(out, u32::from(minutes), 2);
    out.push(b':');
    write_padded(out, u32::from(seconds), 2);
    write_fraction(out, micros);
}

/// `.5` for 500,000 microseconds; nothing for zero.
pub(super) fn write_fraction(out: &mut Vec<u8>, micros: u32) {
    if micros == 0 {
        return;
    }
    out.push(b'.');
    write_padded(out, micros, 6);
    while out.last() == Some(&b'0') {
        out.pop();
    }
}

fn write_time(out: &mut Vec<u8>, time: Time) {
    if time.negative {
        out.push(b'-');
    }
    write_clock(out, u32::from(time.hours), time.minutes, time.seconds, time.micros);
}

fn write_datetime(out: &mut Vec<u8>, value: DateTime) {
    write_date(out, value.date);
    out.push(b' ');
    write_clock(out, u32::from(value.hours), value.minutes, value.seconds, value.micros);
}

/// Epoch seconds; the zero timestamp has no instant and stays a text.
fn write_timestamp(out: &mut Vec<u8>, value: Timestamp) {
    if value.seconds == 0 && value.micros == 0 {
        out.extend_from_slice(b"0000-00-00 00:00:00");
        return;
    }
    write_uint(out, u64::from(value.seconds));
    write_fraction(out, value.micros);
}
