//! Types and values drawn by chance, with the borders of each type among them.

use super::json::Doc;
use super::{Charset, Day, Hours, Type, Value};
use crate::random::Random;

/// What a source can write without falsifying it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// Has a JSON type of its own.
    pub json: bool,
    /// Writes every value right; the Binlog Service 2.0.1 falsifies some.
    pub exact: bool,
}

const CHARSETS: [Charset; 3] = [Charset::Utf8mb4, Charset::Latin1, Charset::Gbk];

/// Any column type.
pub fn any_type(random: &mut Random, can: Abilities) -> Type {
    let digits = |random: &mut Random| *random.pick(&[0, 0, 1, 2, 3, 4, 5, 6]);
    let charset = |random: &mut Random| *random.pick(&CHARSETS);
    match random.below(21) {
        0..=4 => Type::Int { bytes: *random.pick(&[1, 2, 3, 4, 8]), unsigned: random.percent(40) },
        5 => {
            let (precision, scale) = *random.pick(&[(10, 2), (5, 0), (18, 9), (30, 10), (65, 30), (4, 3)]);
            Type::Decimal { precision, scale }
        }
        6 => Type::Float,
        7 => Type::Double,
        8 => Type::Bit(*random.pick(if can.exact { &[1, 7, 8, 13, 64] } else { &[1, 7, 8, 13, 24] })),
        9 => Type::Char { chars: *random.pick(&[1, 8, 60, 200]), charset: charset(random) },
        10 | 11 => Type::VarChar { chars: *random.pick(&[4, 20, 63, 64, 300]), charset: charset(random) },
        12 => Type::Binary(*random.pick(&[1, 6, 16])),
        13 => Type::VarBinary(*random.pick(&[8, 255, 300])),
        14 => Type::Text { size: *random.pick(&[1, 2, 3, 4]), charset: charset(random) },
        15 => Type::Blob(*random.pick(&[1, 2, 3, 4])),
        16 => Type::Enum(labels(random)),
        17 => Type::Set(labels(random)),
        18 => Type::Year,
        19 => match random.below(4) {
            0 => Type::Date,
            1 => Type::Time(digits(random)),
            2 => Type::DateTime(digits(random)),
            _ => Type::Timestamp(digits(random)),
        },
        _ if can.json => Type::Json,
        _ => Type::Date,
    }
}

/// A type that a key column can have.
pub fn key_type(random: &mut Random) -> Type {
    match random.below(8) {
        0..=3 => Type::Int { bytes: *random.pick(&[4, 8]), unsigned: random.percent(30) },
        4 | 5 => Type::VarChar { chars: 20, charset: *random.pick(&CHARSETS) },
        6 => Type::Date,
        _ => Type::Decimal { precision: 10, scale: 2 },
    }
}

fn labels(random: &mut Random) -> Vec<String> {
    let all = ["a", "it's", "x y", "新", "b", "ab", "", "Z9", "a\\b", "e\nf"];
    let count = random.range(1..=all.len() as u64) as usize;
    all[..count].iter().map(ToString::to_string).collect()
}

/// A value of a type, never NULL.
pub fn value(random: &mut Random, kind: &Type, can: Abilities) -> Value {
    match kind {
        Type::Int { bytes, unsigned } => Value::Int(integer(random, *bytes, *unsigned, can)),
        Type::Decimal { precision, scale } => {
            let digits = decimal_digits(random, *precision, *scale);
            // No server has a negative zero.
            let negative = random.percent(30) && digits.bytes().any(|digit| digit != b'0');
            Value::Decimal { negative, digits }
        }
        Type::Float => Value::Float(*random.pick(&[0.0, 1.5, -2.25, 1024.0, 0.125, -100_000.0])),
        Type::Double => Value::Double(*random.pick(&[0.0, 0.1, -1.25, 12_345.678_9, 1e300, -5e-10])),
        Type::Bit(bits) => Value::Bits(random.bits() >> (64 - u32::from(*bits))),
        Type::Char { chars, charset } => {
            let text = text(random, *charset, (*chars).min(12));
            // Trailing spaces of CHAR are not kept.
            Value::Text(text.trim_end_matches(' ').to_owned())
        }
        Type::VarChar { chars, charset } => Value::Text(text(random, *charset, (*chars).min(24))),
        Type::Text { charset, .. } => Value::Text(text(random, *charset, 30)),
        Type::Binary(length) => Value::Bytes(bytes(random, usize::from(*length))),
        Type::VarBinary(length) => {
            let length = random.below(u64::from(*length).min(20) + 1) as usize;
            Value::Bytes(bytes(random, length))
        }
        Type::Blob(_) => {
            let length = random.below(40) as usize;
            Value::Bytes(bytes(random, length))
        }
        Type::Enum(labels) => Value::Enum(random.range(1..=labels.len() as u64) as u16),
        Type::Set(labels) => {
            // The empty label can't be told from no label.
            let bits = random.below(1 << labels.len());
            let empty = labels.iter().position(String::is_empty).map_or(0, |index| 1 << index);
            Value::Set(bits & !empty)
        }
        Type::Year => Value::Year(*random.pick(&[0, 1901, 1970, 2026, 2155])),
        Type::Date => Value::Date(day(random)),
        Type::Time(digits) => Value::Time(span(random, *digits)),
        Type::DateTime(digits) => Value::DateTime(day(random), clock(random, *digits)),
        Type::Timestamp(digits) => {
            let seconds = *random.pick(&[1, 1_000_000_000, 1_790_000_000, i32::MAX as u32]);
            Value::Timestamp { seconds, micros: micros(random, *digits) }
        }
        Type::Json => Value::Json(document(random, 2)),
    }
}

fn integer(random: &mut Random, bytes: u8, unsigned: bool, can: Abilities) -> i128 {
    let bits = u32::from(bytes) * 8;
    let (low, mut high) =
        if unsigned { (0, (1_i128 << bits) - 1) } else { (-(1_i128 << (bits - 1)), (1 << (bits - 1)) - 1) };
    if !can.exact {
        high = high.min(i128::from(i64::MAX));
    }
    match random.below(6) {
        0 => low,
        1 => high,
        2 => 0,
        3 => low + i128::from(random.bits()) % (high - low + 1),
        _ => i128::from(random.below(100)),
    }
}

fn decimal_digits(random: &mut Random, precision: u8, scale: u8) -> String {
    let integer = usize::from(precision - scale);
    let style = random.below(4);
    (0..usize::from(precision))
        .map(|place| match style {
            0 => '9',
            1 if place < integer => '0',
            2 if place + 2 < integer => '0',
            _ => char::from(b'0' + random.below(10) as u8),
        })
        .collect()
}

fn text(random: &mut Random, charset: Charset, longest: u16) -> String {
    let letters = charset.letters();
    let length = random.below(u64::from(longest) + 1);
    (0..length)
        .map(|_| match random.below(8) {
            0 | 1 => *random.pick(&letters),
            2 => *random.pick(&[' ', '.', '-', '\'']),
            _ => char::from(b'a' + random.below(26) as u8),
        })
        .collect()
}

fn bytes(random: &mut Random, length: usize) -> Vec<u8> {
    (0..length).map(|_| if random.percent(30) { 0 } else { random.bits() as u8 }).collect()
}

fn day(random: &mut Random) -> Day {
    let (year, month, day) = *random.pick(&[
        (2026, 11, 30),
        (1970, 1, 1),
        (1969, 12, 31),
        (2024, 2, 29),
        (9999, 12, 31),
        (1000, 1, 1),
        (0, 0, 0),
    ]);
    Day { year, month, day }
}

fn micros(random: &mut Random, digits: u8) -> u32 {
    let step = 10_u32.pow(6 - u32::from(digits));
    random.below(u64::from(1_000_000 / step)) as u32 * step
}

fn clock(random: &mut Random, digits: u8) -> Hours {
    Hours {
        negative: false,
        hours: random.below(24) as u16,
        minutes: random.below(60) as u8,
        seconds: random.below(60) as u8,
        micros: micros(random, digits),
    }
}

fn span(random: &mut Random, digits: u8) -> Hours {
    let mut span = clock(random, digits);
    span.hours = *random.pick(&[0, 1, 23, 25, 838]);
    span.negative =
        random.percent(40) && (span.hours > 0 || span.minutes > 0 || span.seconds > 0 || span.micros > 0);
    span
}

fn document(random: &mut Random, depth: u8) -> Doc {
    match random.below(if depth == 0 { 6 } else { 9 }) {
        0 => Doc::Null,
        1 => Doc::Bool(random.percent(50)),
        2 => Doc::Int(*random.pick(&[0, -1, 32_767, 40_000, i64::MIN, i64::MAX])),
        3 => Doc::Double(*random.pick(&[0.5, -1.25, 3.0, 1234.5])),
        4 | 5 => Doc::Text(text(random, Charset::Utf8mb4, 8)),
        6 => Doc::List((0..random.below(4)).map(|_| document(random, depth - 1)).collect()),
        _ => {
            // In the server's order: by length, then by bytes.
            let names = ["a", "k", "é", "long name"];
            let count = random.below(names.len() as u64 + 1) as usize;
            let member = |name: &&str| ((*name).to_owned(), document(random, depth - 1));
            Doc::Object(names[..count].iter().map(member).collect())
        }
    }
}
