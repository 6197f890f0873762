//! One value of a row image.

use super::Bytes;
use crate::value::json::Form;
use crate::value::{Charset, Day, Hours, Type, Value};

/// Appends a value that is not NULL.
///
/// # Panics
/// When value and type do not belong together.
pub fn write(out: &mut Bytes, kind: &Type, value: &Value, form: Form) {
    match (kind, value) {
        (Type::Int { bytes, .. }, Value::Int(value)) => {
            out.little(*value as u64, usize::from(*bytes));
        }
        (Type::Decimal { scale, .. }, Value::Decimal { negative, digits }) => {
            decimal(out, *negative, digits, usize::from(*scale));
        }
        (Type::Float, Value::Float(value)) => {
            out.raw(&value.to_le_bytes());
        }
        (Type::Double, Value::Double(value)) => {
            out.raw(&value.to_le_bytes());
        }
        (Type::Bit(width), Value::Bits(bits)) => {
            out.big(*bits, usize::from(width.div_ceil(8)));
        }
        (Type::Char { chars, charset }, Value::Text(text))
        | (Type::VarChar { chars, charset }, Value::Text(text)) => {
            let most = usize::from(*chars) * usize::from(charset.widest());
            prefixed(out, &charset.encode(text), if most > 255 { 2 } else { 1 });
        }
        // Servers cut the zero bytes at the end of BINARY.
        (Type::Binary(length), Value::Bytes(bytes)) => {
            let kept = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            prefixed(out, &bytes[..kept], if *length > 255 { 2 } else { 1 });
        }
        (Type::VarBinary(length), Value::Bytes(bytes)) => {
            prefixed(out, bytes, if *length > 255 { 2 } else { 1 });
        }
        (Type::Text { size, charset }, Value::Text(text)) => {
            prefixed(out, &charset.encode(text), usize::from(*size));
        }
        (Type::Blob(size), Value::Bytes(bytes)) => prefixed(out, bytes, usize::from(*size)),
        (Type::Enum(labels), Value::Enum(index)) => {
            out.little(u64::from(*index), if labels.len() > 255 { 2 } else { 1 });
        }
        (Type::Set(labels), Value::Set(bits)) => {
            out.little(*bits, set_bytes(labels.len()));
        }
        (Type::Year, Value::Year(year)) => {
            out.little(u64::from(year.saturating_sub(1900)), 1);
        }
        (Type::Date, Value::Date(day)) => {
            let Day { year, month, day } = *day;
            out.little(u64::from(day) | u64::from(month) << 5 | u64::from(year) << 9, 3);
        }
        (Type::Time(digits), Value::Time(span)) => time(out, *span, *digits),
        (Type::DateTime(digits), Value::DateTime(day, hours)) => {
            let days = (u64::from(day.year) * 13 + u64::from(day.month)) << 5 | u64::from(day.day);
            out.big((days << 17 | packed(*hours)) + 0x80_0000_0000, 5);
            fraction(out, hours.micros, *digits);
        }
        (Type::Timestamp(digits), Value::Timestamp { seconds, micros }) => {
            out.big(u64::from(*seconds), 4);
            fraction(out, *micros, *digits);
        }
        (Type::Json, Value::Json(document)) => prefixed(out, &document.binary(form), 4),
        (kind, value) => panic!("{value:?} is no {kind:?}"),
    }
}

/// Bytes of a SET with this many labels.
#[must_use]
pub fn set_bytes(labels: usize) -> usize {
    match labels.div_ceil(8) {
        5..=8 => 8,
        bytes => bytes.max(1),
    }
}

fn prefixed(out: &mut Bytes, bytes: &[u8], size: usize) {
    out.little(bytes.len() as u64, size).raw(bytes);
}

fn packed(hours: Hours) -> u64 {
    u64::from(hours.hours) << 12 | u64::from(hours.minutes) << 6 | u64::from(hours.seconds)
}

fn fraction(out: &mut Bytes, micros: u32, digits: u8) {
    let size = usize::from(digits.div_ceil(2));
    let unit = 10_u32.pow(6 - 2 * u32::from(digits.div_ceil(2)));
    if size > 0 {
        out.big(u64::from(micros / unit), size);
    }
}

/// TIME is one number of seconds' parts, negative ones by two's complement over
/// the bytes that are kept.
fn time(out: &mut Bytes, span: Hours, digits: u8) {
    let size = usize::from(digits.div_ceil(2));
    let unit = 10_i64.pow(6 - 2 * u32::from(digits.div_ceil(2)));
    let bits = 8 * size as u32;
    let whole = ((packed(span) as i64) << bits) | (i64::from(span.micros) / unit);
    let value = if span.negative { -whole } else { whole } + (0x80_0000 << bits);
    out.big(value as u64, 3 + size);
}

/// Groups of nine digits in four bytes, the odd ones in fewer; the first bit is
/// turned, all of them for a negative number.
fn decimal(out: &mut Bytes, negative: bool, digits: &str, scale: usize) {
    const SIZES: [usize; 10] = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let start = out.0.len();
    let mut group = |digits: &str| {
        let value: u64 = digits.parse().unwrap_or(0);
        out.big(value, SIZES[digits.len()]);
    };
    let (head, rest) = whole.split_at(whole.len() % 9);
    group(head);
    rest.as_bytes().chunks(9).for_each(|chunk| group(std::str::from_utf8(chunk).expect("digits")));
    fraction.as_bytes().chunks(9).for_each(|chunk| group(std::str::from_utf8(chunk).expect("digits")));
    out.0[start] ^= 0x80;
    if negative {
        out.0[start..].iter_mut().for_each(|byte| *byte = !*byte);
    }
}

/// Type byte and metadata bytes of a column in a TABLE_MAP.
#[must_use]
pub fn type_and_metadata(kind: &Type) -> (u8, Vec<u8>) {
    let two = |value: u16| value.to_le_bytes().to_vec();
    let width = |chars: u16, charset: Charset| chars * charset.widest();
    // Two bits of a length beyond 255 are folded into the type.
    let fixed = |length: u16| vec![254 ^ ((length & 0x300) >> 4) as u8, length as u8];
    match kind {
        Type::Int { bytes, .. } => (
            match bytes {
                1 => 1,
                2 => 2,
                3 => 9,
                4 => 3,
                _ => 8,
            },
            vec![],
        ),
        Type::Decimal { precision, scale } => (246, vec![*precision, *scale]),
        Type::Float => (4, vec![4]),
        Type::Double => (5, vec![8]),
        Type::Bit(bits) => (16, vec![bits % 8, bits / 8]),
        Type::Char { chars, charset } => (254, fixed(width(*chars, *charset))),
        Type::Binary(length) => (254, fixed(*length)),
        Type::VarChar { chars, charset } => (15, two(width(*chars, *charset))),
        Type::VarBinary(length) => (15, two(*length)),
        Type::Text { size, .. } | Type::Blob(size) => (252, vec![*size]),
        Type::Enum(labels) => (254, vec![247, if labels.len() > 255 { 2 } else { 1 }]),
        Type::Set(labels) => (254, vec![248, set_bytes(labels.len()) as u8]),
        Type::Year => (13, vec![]),
        Type::Date => (10, vec![]),
        Type::Time(digits) => (19, vec![*digits]),
        Type::DateTime(digits) => (18, vec![*digits]),
        Type::Timestamp(digits) => (17, vec![*digits]),
        Type::Json => (245, vec![4]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(kind: &Type, value: &Value) -> Vec<u8> {
        let mut out = Bytes::default();
        write(&mut out, kind, value, Form::MySql);
        out.0
    }

    #[test]
    fn examples_of_the_servers_own_text() {
        // MySQL's comment on decimals: 1234567890.1234 as DECIMAL(14,4).
        let digits = "12345678901234".to_owned();
        let kind = Type::Decimal { precision: 14, scale: 4 };
        let value = Value::Decimal { negative: false, digits: digits.clone() };
        assert_eq!(bytes(&kind, &value), [0x81, 0x0d, 0xfb, 0x38, 0xd2, 0x04, 0xd2]);
        let value = Value::Decimal { negative: true, digits };
        assert_eq!(bytes(&kind, &value), [0x7e, 0xf2, 0x04, 0xc7, 0x2d, 0xfb, 0x2d]);
        // MySQL's comment on TIME(2): -00:00:00.01 is 7FFFFF and FF.
        let span = Hours { negative: true, hours: 0, minutes: 0, seconds: 0, micros: 10_000 };
        assert_eq!(bytes(&Type::Time(2), &Value::Time(span)), [0x7f, 0xff, 0xff, 0xff]);
    }
}
