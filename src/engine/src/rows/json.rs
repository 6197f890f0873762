//! Binary JSON (MySQL's format for the column type) to the text that the
//! server prints. Layout: MySQL `json_binary`.
//!
//! Members are looked up by walking, never by bisection, because the Binlog
//! Service writes them unsorted.

use base64::Engine;

use crate::log::wire::{Malformed, Reader, Wire};
use crate::serialize::{java_number, number};

use super::decimal::Decimal;

/// How doubles inside documents are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JsonDoubles {
    /// Little endian, as MySQL writes them.
    #[default]
    Normal,
    /// Bytes reversed, as the OceanBase Binlog Service 2.0.1 writes them.
    Reversed,
}

pub(super) const SMALL_OBJECT: u8 = 0;
pub(super) const LARGE_OBJECT: u8 = 1;
pub(super) const SMALL_ARRAY: u8 = 2;
pub(super) const LARGE_ARRAY: u8 = 3;
const LITERAL: u8 = 4;
const INT16: u8 = 5;
const UINT16: u8 = 6;
const INT32: u8 = 7;
const UINT32: u8 = 8;
const INT64: u8 = 9;
const UINT64: u8 = 10;
const DOUBLE: u8 = 11;
const STRING: u8 = 12;
const OPAQUE: u8 = 15;

/// The server refuses documents nested deeper than 100.
const MAX_DEPTH: usize = 128;
const WHAT: &str = "JSON document";
const BAD: Malformed = Malformed::new(WHAT);

/// How a document is read and written.
#[derive(Clone, Copy)]
struct Style {
    doubles: JsonDoubles,
    /// As Canal prints documents, not as the server does.
    canal: bool,
}

/// Appends the document's text as the server prints it. An empty document (the server logs one for
/// SQL-level defaults) is `null`.
pub fn write_json_text(out: &mut Vec<u8>, document: &[u8], doubles: JsonDoubles) -> Wire<()> {
    match document.split_first() {
        None => out.extend_from_slice(b"null"),
        Some((kind, value)) => write_value(out, *kind, value, Style { doubles, canal: false }, 0)?,
    }
    Ok(())
}

/// Appends the document's text as Canal prints it: doubles as Java does, dates with a time of day,
/// other escapes, nothing for an empty document. Two faults of it are not repeated: names of members
/// are escaped, and values of other SQL types stay readable in Base64.
pub fn write_canal_json_text(out: &mut Vec<u8>, document: &[u8], doubles: JsonDoubles) -> Wire<()> {
    match document.split_first() {
        None => Ok(()),
        Some((kind, value)) => write_value(out, *kind, value, Style { doubles, canal: true }, 0),
    }
}

fn write_value(out: &mut Vec<u8>, kind: u8, bytes: &[u8], style: Style, depth: usize) -> Wire<()> {
    if depth > MAX_DEPTH {
        return Err(BAD);
    }
    let mut reader = Reader::new(bytes);
    match kind {
        SMALL_OBJECT | LARGE_OBJECT | SMALL_ARRAY | LARGE_ARRAY => {
            let container = Container::read(kind, bytes)?;
            out.push(if container.is_object { b'{' } else { b'[' });
            for index in 0..container.count {
                if index > 0 {
                    out.extend_from_slice(b", ");
                }
                if container.is_object {
                    write_string(out, container.key(index)?, style)?;
                    out.extend_from_slice(b": ");
                }
                let (kind, value) = container.value(index)?;
                write_value(out, kind, value, style, depth + 1)?;
            }
            out.push(if container.is_object { b'}' } else { b']' });
        }
        LITERAL => out.extend_from_slice(match reader.u8(WHAT)? {
            0 => b"null".as_slice(),
            1 => b"true",
            2 => b"false",
            _ => return Err(BAD),
        }),
        INT16 => push_display(out, i64::from(reader.u16(WHAT)?.cast_signed())),
        UINT16 => push_display(out, reader.u16(WHAT)?),
        INT32 => push_display(out, i64::from(reader.u32(WHAT)?.cast_signed())),
        UINT32 => push_display(out, reader.u32(WHAT)?),
        INT64 => push_display(out, reader.u64(WHAT)?.cast_signed()),
        UINT64 => push_display(out, reader.u64(WHAT)?),
        DOUBLE => {
            let raw = reader.array::<8>(WHAT)?;
            let value = match style.doubles {
                JsonDoubles::Normal => f64::from_le_bytes(raw),
                JsonDoubles::Reversed => f64::from_be_bytes(raw),
            };
            if style.canal {
                java_number::write_double(out, value);
            } else {
                write_server_double(out, value);
            }
        }
        STRING => {
            let length = variable_length(&mut reader)?;
            write_string(out, reader.take(length, WHAT)?, style)?;
        }
        OPAQUE => write_opaque(out, &mut reader, style)?,
        _ => return Err(BAD),
    }
    Ok(())
}

fn write_server_double(out: &mut Vec<u8>, value: f64) {
    let start = out.len();
    number::write_double(out, value, 17);
    // The server marks whole doubles so that they stay doubles.
    let shown = out.get(start..).unwrap_or_default();
    if shown.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-') {
        out.extend_from_slice(b".0");
    }
}

fn push_display(out: &mut Vec<u8>, value: impl std::fmt::Display) {
    out.extend_from_slice(value.to_string().as_bytes());
}

/// An object or array: entries of fixed size, then keys and values.
pub(super) struct Container<'a> {
    bytes: &'a [u8],
    pub(super) count: usize,
    pub(super) is_object: bool,
    offset_size: usize,
}

impl<'a> Container<'a> {
    pub(super) fn read(kind: u8, bytes: &'a [u8]) -> Wire<Self> {
        let is_object = kind == SMALL_OBJECT || kind == LARGE_OBJECT;
        let offset_size = if kind == SMALL_OBJECT || kind == SMALL_ARRAY { 2 } else { 4 };
        let mut reader = Reader::new(bytes);
        let count = usize::try_from(reader.uint(offset_size, WHAT)?).map_err(|_| BAD)?;
        let size = usize::try_from(reader.uint(offset_size, WHAT)?).map_err(|_| BAD)?;
        let bytes = bytes.get(..size).ok_or(BAD)?;
        let container = Self { bytes, count, is_object, offset_size };
        // All entries must lie inside, so a huge count can't start a long walk.
        let entries = container.value_entry(count).ok_or(BAD)?;
        if entries > size {
            return Err(BAD);
        }
        Ok(container)
    }

    fn key_entries(&self) -> usize {
        2 * self.offset_size
    }

    fn value_entry(&self, index: usize) -> Option<usize> {
        let keys = if self.is_object { self.count.checked_mul(self.offset_size + 2)? } else { 0 };
        (self.key_entries().checked_add(keys)?).checked_add(index.checked_mul(1 + self.offset_size)?)
    }

    fn at(&self, offset: usize) -> Wire<Reader<'a>> {
        self.bytes.get(offset..).map(Reader::new).ok_or(BAD)
    }

    pub(super) fn key(&self, index: usize) -> Wire<&'a [u8]> {
        let entry = self.key_entries() + index * (self.offset_size + 2);
        let mut reader = self.at(entry)?;
        let offset = usize::try_from(reader.uint(self.offset_size, WHAT)?).map_err(|_| BAD)?;
        let length = usize::from(reader.u16(WHAT)?);
        self.at(offset)?.take(length, WHAT)
    }

    /// Type and bytes of a value; small ones sit in the entry itself.
    pub(super) fn value(&self, index: usize) -> Wire<(u8, &'a [u8])> {
        let entry = self.value_entry(index).ok_or(BAD)?;
        let mut reader = self.at(entry)?;
        let kind = reader.u8(WHAT)?;
        let inline = match kind {
            LITERAL | INT16 | UINT16 => true,
            INT32 | UINT32 => self.offset_size == 4,
            _ => false,
        };
        if inline {
            return Ok((kind, reader.take(self.offset_size, WHAT)?));
        }
        let offset = usize::try_from(reader.uint(self.offset_size, WHAT)?).map_err(|_| BAD)?;
        Ok((kind, self.bytes.get(offset..).ok_or(BAD)?))
    }
}

/// A length in seven-bit groups, lowest first.
fn variable_length(reader: &mut Reader<'_>) -> Wire<usize> {
    let mut length: u64 = 0;
    for group in 0..5 {
        let byte = reader.u8(WHAT)?;
        length |= u64::from(byte & 0x7f) << (7 * group);
        if byte & 0x80 == 0 {
            return usize::try_from(length).map_err(|_| BAD);
        }
    }
    Err(BAD)
}

/// The bytes that a value of this type takes, so that it can be copied.
pub(super) fn scalar_length(kind: u8, bytes: &[u8]) -> Wire<usize> {
    let mut reader = Reader::new(bytes);
    Ok(match kind {
        LITERAL => 1,
        INT16 | UINT16 => 2,
        INT32 | UINT32 => 4,
        INT64 | UINT64 | DOUBLE => 8,
        STRING => {
            let length = variable_length(&mut reader)?;
            bytes.len() - reader.rest().len() + length
        }
        OPAQUE => {
            reader.u8(WHAT)?;
            let length = variable_length(&mut reader)?;
            bytes.len() - reader.rest().len() + length
        }
        _ => return Err(BAD),
    })
}

fn write_string(out: &mut Vec<u8>, text: &[u8], style: Style) -> Wire<()> {
    let text = std::str::from_utf8(text).map_err(|_| BAD)?;
    out.push(b'"');
    if style.canal {
        write_canal_escapes(out, text);
        out.push(b'"');
        return Ok(());
    }
    for byte in text.as_bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control @ 0..0x20 => out.extend_from_slice(format!("\\u{control:04x}").as_bytes()),
            other => out.push(*other),
        }
    }
    out.push(b'"');
    Ok(())
}

/// Canal has no short form for backspace and form feed, and escapes what Java counts as control
/// characters.
fn write_canal_escapes(out: &mut Vec<u8>, text: &str) {
    for letter in text.chars() {
        match letter {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\0'..' ' | '\u{7f}'..='\u{a0}' => {
                push_display(out, format_args!("\\u{:04x}", u32::from(letter)));
            }
            other => out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Values of SQL types inside a document: decimals bare, the rest quoted.
fn write_opaque(out: &mut Vec<u8>, reader: &mut Reader<'_>, style: Style) -> Wire<()> {
    const DATE: u8 = 10;
    const TIME: u8 = 11;
    const DATETIME: u8 = 12;
    const TIMESTAMP: u8 = 7;
    const DECIMAL: u8 = 246;
    let kind = reader.u8(WHAT)?;
    let length = variable_length(reader)?;
    let bytes = reader.take(length, WHAT)?;
    match kind {
        DECIMAL => {
            let mut reader = Reader::new(bytes);
            let (precision, scale) = (reader.u8(WHAT)?, reader.u8(WHAT)?);
            let decimal = Decimal::new(reader.rest(), precision, scale)?;
            if style.canal { decimal.write_canal(out)? } else { decimal.write_plain(out)? }
        }
        DATE | TIME | DATETIME | TIMESTAMP => {
            let packed = Reader::new(bytes).u64(WHAT)?.cast_signed();
            if style.canal && packed == 0 {
                let zero = if kind == TIME { "\"00:00:00\"" } else { "\"0000-00-00 00:00:00\"" };
                out.extend_from_slice(zero.as_bytes());
            } else {
                push_display(out, packed_time(packed, kind == TIME, kind == DATE && !style.canal));
            }
        }
        _ => {
            let encoded = base64::engine::general_purpose::STANDARD.encode(bytes);
            push_display(out, format_args!("\"base64:type{kind}:{encoded}\""));
        }
    }
    Ok(())
}

/// The quoted text of a packed temporal value (always six fractional digits).
fn packed_time(packed: i64, is_time: bool, is_date: bool) -> String {
    let (sign, value) = if packed < 0 { ("-", packed.unsigned_abs()) } else { ("", packed.unsigned_abs()) };
    let (whole, micros) = (value >> 24, value & 0xff_ffff);
    let (second, minute) = (whole & 0x3f, (whole >> 6) & 0x3f);
    if is_time {
        let hour = (whole >> 12) & 0x3ff;
        return format!("\"{sign}{hour:02}:{minute:02}:{second:02}.{micros:06}\"");
    }
    let (hour, day, year_month) = ((whole >> 12) & 0x1f, (whole >> 17) & 0x1f, whole >> 22);
    let (year, month) = (year_month / 13, year_month % 13);
    if is_date {
        return format!("\"{year:04}-{month:02}-{day:02}\"");
    }
    format!("\"{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{micros:06}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Wire<String> {
        let mut out = Vec::new();
        write_json_text(&mut out, bytes, JsonDoubles::Normal)?;
        Ok(String::from_utf8(out).expect("utf-8"))
    }

    #[test]
    fn a_small_object() {
        // {"a": [1, null]}
        let bytes = [0, 1, 0, 23, 0, 11, 0, 1, 0, 2, 12, 0, b'a', 2, 0, 10, 0, 5, 1, 0, 4, 0, 0, 0];
        assert_eq!(text(&bytes).as_deref(), Ok("{\"a\": [1, null]}"));
    }

    #[test]
    fn endless_and_broken_documents_are_refused() {
        // An array whose only element is itself.
        assert!(text(&[2, 1, 0, 7, 0, 2, 0, 0]).is_err());
        assert!(text(&[3, 0xff, 0xff, 0xff, 0xff, 8, 0, 0, 0]).is_err());
        assert!(text(&[12, 5, b'x']).is_err());
        assert!(text(&[99]).is_err());
    }

    #[test]
    fn whole_doubles_keep_their_point() {
        let mut bytes = vec![11];
        bytes.extend_from_slice(&1.0_f64.to_le_bytes());
        assert_eq!(text(&bytes).as_deref(), Ok("1.0"));
    }
}
