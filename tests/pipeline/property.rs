//! Any row of any types: what was written into an event comes out of the decoder, and out of the
//! messages of every format by that format's rules.

use std::sync::Arc;

use proptest::prelude::*;
use tidewire_engine::log::body::{self, kind};
use tidewire_engine::rows::{
    Cell, Date, DateTime, Decimal, JsonDoubles, RowDecoder, RowPair, Time, Timestamp,
};
use tidewire_engine::schema::TableSchema;
use tidewire_engine::schema::binding::bind;
use tidewire_engine::schema::dialect::Dialect;

use crate::formats::check_change;
use crate::golden::table::{packed, table};

/// A value that owns what a cell borrows.
#[derive(Clone, Debug)]
enum Value {
    Null,
    Int(i64),
    UInt(u64),
    Float(f32),
    Double(f64),
    Decimal(Vec<u8>),
    Bit(Vec<u8>),
    Bytes(Vec<u8>),
    Enum(u16),
    Set(u64),
    Year(u16),
    Date(Date),
    Time(Time),
    DateTime(DateTime),
    Timestamp(Timestamp),
    Json(Vec<u8>),
}

/// A column: its declared type, its type byte and metadata in a TABLE_MAP.
#[derive(Clone, Copy, Debug)]
struct Kind {
    declared: &'static str,
    wire: u8,
    metadata: &'static [u8],
}

const fn kind_of(declared: &'static str, wire: u8, metadata: &'static [u8]) -> Kind {
    Kind { declared, wire, metadata }
}

const KINDS: &[Kind] = &[
    kind_of("tinyint", 1, &[]),
    kind_of("tinyint unsigned", 1, &[]),
    kind_of("smallint", 2, &[]),
    kind_of("mediumint", 9, &[]),
    kind_of("mediumint unsigned", 9, &[]),
    kind_of("int", 3, &[]),
    kind_of("bigint", 8, &[]),
    kind_of("bigint unsigned", 8, &[]),
    kind_of("float", 4, &[4]),
    kind_of("double", 5, &[8]),
    kind_of("decimal(65,30)", 246, &[65, 30]),
    kind_of("decimal(7,7)", 246, &[7, 7]),
    kind_of("bit(64)", 16, &[0, 8]),
    kind_of("bit(9)", 16, &[1, 1]),
    kind_of("varchar(9999)", 15, &[0x3c, 0x9c]),
    kind_of("varchar(20) latin1", 15, &[20, 0]),
    kind_of("longtext", 252, &[4]),
    kind_of("varbinary(255)", 15, &[255, 0]),
    kind_of("binary(6)", 254, &[254, 6]),
    kind_of("longblob", 252, &[4]),
    kind_of("enum('甲','b''c','','\"')", 254, &[0xf7, 1]),
    kind_of("set('红','b','绿')", 254, &[0xf8, 1]),
    kind_of("year", 13, &[]),
    kind_of("date", 10, &[]),
    kind_of("time(6)", 19, &[6]),
    kind_of("datetime(6)", 18, &[6]),
    kind_of("timestamp(6)", 17, &[6]),
    kind_of("json", 245, &[4]),
];

fn decimal(precision: usize, scale: usize) -> BoxedStrategy<Value> {
    let digits = proptest::collection::vec(0_u8..10, precision);
    (digits, any::<bool>(), 0..=precision)
        .prop_map(move |(digits, negative, zeros)| {
            let digit =
                |(index, digit): (usize, &u8)| char::from(b'0' + if index < zeros { 0 } else { *digit });
            let text: String = digits.iter().enumerate().map(digit).collect();
            let (whole, fraction) = text.split_at(precision - scale);
            let minus = if negative && text.bytes().any(|digit| digit != b'0') { "-" } else { "" };
            Value::Decimal(packed(&format!("{minus}{whole}.{fraction}"), precision, scale))
        })
        .boxed()
}

fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..most)
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    // Every kind of character, control characters and quotes oftener than by chance.
    proptest::collection::vec(
        prop_oneof![any::<char>(), (0_u8..0x30).prop_map(char::from), Just('中'), Just('😀')],
        0..60,
    )
    .prop_map(|letters| letters.into_iter().collect::<String>().into_bytes())
}

fn clock() -> impl Strategy<Value = (u8, u8, u8, u32)> {
    (0_u8..24, 0_u8..60, 0_u8..60, prop_oneof![Just(0), 0_u32..1_000_000])
}

fn date() -> impl Strategy<Value = Date> {
    (0_u16..10_000, 0_u8..13, 0_u8..32).prop_map(|(year, month, day)| Date { year, month, day })
}

/// Documents in the server's binary form.
fn json() -> BoxedStrategy<Value> {
    let scalar = prop_oneof![
        any::<i64>().prop_map(|value| [&[9_u8], value.to_le_bytes().as_slice()].concat()),
        any::<u64>().prop_map(|value| [&[10_u8], value.to_le_bytes().as_slice()].concat()),
        (-1e300..1e300_f64).prop_map(|value| [&[11_u8], value.to_le_bytes().as_slice()].concat()),
        text().prop_map(|text| {
            let length = text.len();
            let mut out = vec![12];
            if length > 127 {
                out.push(0x80 | (length & 0x7f) as u8);
            }
            out.push(if length > 127 { (length >> 7) as u8 } else { length as u8 });
            out.extend(text);
            out
        }),
        Just(vec![4, 0]),
        Just(vec![4, 1]),
    ];
    scalar.prop_map(Value::Json).boxed()
}

fn value(kind: Kind) -> BoxedStrategy<Value> {
    let int = |bits: u32| {
        let (low, high) = (i64::MIN >> (64 - bits), i64::MAX >> (64 - bits));
        prop_oneof![Just(low), Just(high), low..=high].prop_map(Value::Int).boxed()
    };
    let uint = |bits: u32| {
        let high = u64::MAX >> (64 - bits);
        prop_oneof![Just(0), Just(high), 0..=high].prop_map(Value::UInt).boxed()
    };
    let some = match kind.declared {
        "tinyint" => int(8),
        "tinyint unsigned" => uint(8),
        "smallint" => int(16),
        "mediumint" => int(24),
        "mediumint unsigned" => uint(24),
        "int" => int(32),
        "bigint" => int(64),
        "bigint unsigned" => uint(64),
        "float" => proptest::num::f32::NORMAL.prop_map(Value::Float).boxed(),
        "double" => proptest::num::f64::NORMAL.prop_map(Value::Double).boxed(),
        "decimal(65,30)" => decimal(65, 30),
        "decimal(7,7)" => decimal(7, 7),
        "bit(64)" => any::<[u8; 8]>().prop_map(|bits| Value::Bit(bits.to_vec())).boxed(),
        "bit(9)" => (0_u8..2, any::<u8>()).prop_map(|(high, low)| Value::Bit(vec![high, low])).boxed(),
        "varchar(20) latin1" => bytes(20).prop_map(Value::Bytes).boxed(),
        "varbinary(255)" | "longblob" => bytes(200).prop_map(Value::Bytes).boxed(),
        "binary(6)" => bytes(7)
            .prop_map(|mut bytes| {
                // As the log writes it: without zero bytes at the end.
                while bytes.last() == Some(&0) {
                    bytes.pop();
                }
                Value::Bytes(bytes)
            })
            .boxed(),
        "year" => prop_oneof![Just(0_u16), 1901_u16..=2155].prop_map(Value::Year).boxed(),
        "date" => date().prop_map(Value::Date).boxed(),
        "time(6)" => (any::<bool>(), 0_u16..839, clock())
            .prop_map(|(negative, hours, (_, minutes, seconds, micros))| {
                let zero = hours == 0 && minutes == 0 && seconds == 0 && micros == 0;
                Value::Time(Time { negative: negative && !zero, hours, minutes, seconds, micros })
            })
            .boxed(),
        "datetime(6)" => (date(), clock())
            .prop_map(|(date, (hours, minutes, seconds, micros))| {
                Value::DateTime(DateTime { date, hours, minutes, seconds, micros })
            })
            .boxed(),
        "timestamp(6)" => (0_u32..=i32::MAX.unsigned_abs(), clock())
            .prop_map(|(seconds, (_, _, _, micros))| Value::Timestamp(Timestamp { seconds, micros }))
            .boxed(),
        "json" => json(),
        declared if declared.starts_with("enum") => (0_u16..5).prop_map(Value::Enum).boxed(),
        declared if declared.starts_with("set") => (0_u64..8).prop_map(Value::Set).boxed(),
        _ => text().prop_map(Value::Bytes).boxed(),
    };
    prop_oneof![1 => Just(Value::Null), 9 => some].boxed()
}

impl Value {
    fn cell(&self, kind: Kind) -> Cell<'_> {
        match self {
            Self::Null => Cell::Null,
            Self::Int(value) => Cell::Int(*value),
            Self::UInt(value) => Cell::UInt(*value),
            Self::Float(value) => Cell::Float(*value),
            Self::Double(value) => Cell::Double(*value),
            Self::Decimal(bytes) => {
                Cell::Decimal(Decimal::new(bytes, kind.metadata[0], kind.metadata[1]).unwrap())
            }
            Self::Bit(bytes) => Cell::Bit(bytes),
            Self::Bytes(bytes) => Cell::Bytes(bytes.as_slice().into()),
            Self::Enum(index) => Cell::Enum(*index),
            Self::Set(bits) => Cell::Set(*bits),
            Self::Year(year) => Cell::Year(*year),
            Self::Date(date) => Cell::Date(*date),
            Self::Time(time) => Cell::Time(*time),
            Self::DateTime(value) => Cell::DateTime(*value),
            Self::Timestamp(value) => Cell::Timestamp(*value),
            Self::Json(document) => Cell::Json(document.as_slice().into()),
        }
    }

    /// Appends the value as a rows event holds it.
    fn write(&self, kind: Kind, out: &mut Vec<u8>) {
        let size = match kind.wire {
            1 => 1,
            2 => 2,
            9 => 3,
            3 => 4,
            _ => 8,
        };
        match self {
            Self::Null => {}
            Self::Int(value) => out.extend_from_slice(&value.to_le_bytes()[..size]),
            Self::UInt(value) => out.extend_from_slice(&value.to_le_bytes()[..size]),
            Self::Float(value) => out.extend_from_slice(&value.to_le_bytes()),
            Self::Double(value) => out.extend_from_slice(&value.to_le_bytes()),
            Self::Decimal(bytes) | Self::Bit(bytes) => out.extend_from_slice(bytes),
            Self::Bytes(bytes) | Self::Json(bytes) => {
                let prefix = match kind.wire {
                    252 | 245 => 4,
                    15 if u16::from_le_bytes([kind.metadata[0], kind.metadata[1]]) > 255 => 2,
                    _ => 1,
                };
                out.extend_from_slice(&bytes.len().to_le_bytes()[..prefix]);
                out.extend_from_slice(bytes);
            }
            Self::Enum(index) => out.push(*index as u8),
            Self::Set(bits) => out.push(*bits as u8),
            Self::Year(year) => out.push(year.saturating_sub(1900) as u8),
            Self::Date(date) => out.extend_from_slice(&packed_date(*date).to_le_bytes()[..3]),
            Self::Time(time) => {
                let whole =
                    u64::from(time.hours) << 12 | u64::from(time.minutes) << 6 | u64::from(time.seconds);
                let span = whole << 24 | u64::from(time.micros);
                let offset = 0x80_0000_u64 << 24;
                let raw = if time.negative { offset - span } else { offset + span };
                out.extend_from_slice(&raw.to_be_bytes()[2..]);
            }
            Self::DateTime(value) => {
                let date = &value.date;
                let months = u64::from(date.year) * 13 + u64::from(date.month);
                let clock =
                    u64::from(value.hours) << 12 | u64::from(value.minutes) << 6 | u64::from(value.seconds);
                let raw = 0x80_0000_0000 + ((months << 5 | u64::from(date.day)) << 17 | clock);
                out.extend_from_slice(&raw.to_be_bytes()[3..]);
                out.extend_from_slice(&value.micros.to_be_bytes()[1..]);
            }
            Self::Timestamp(value) => {
                out.extend_from_slice(&value.seconds.to_be_bytes());
                out.extend_from_slice(&value.micros.to_be_bytes()[1..]);
            }
        }
    }
}

fn packed_date(date: Date) -> u32 {
    u32::from(date.year) << 9 | u32::from(date.month) << 5 | u32::from(date.day)
}

fn image(kinds: &[Kind], values: &[Value], out: &mut Vec<u8>) {
    let mut nulls = vec![0_u8; values.len().div_ceil(8)];
    for (index, value) in values.iter().enumerate() {
        if matches!(value, Value::Null) {
            nulls[index / 8] |= 1 << (index % 8);
        }
    }
    out.extend(nulls);
    for (kind, value) in kinds.iter().zip(values) {
        value.write(*kind, out);
    }
}

/// A TABLE_MAP event's body for these columns.
fn table_map(kinds: &[Kind]) -> Vec<u8> {
    let mut map = vec![1, 0, 0, 0, 0, 0, 1, 0, 4];
    map.extend_from_slice(b"shop\0\x03any\0");
    map.push(kinds.len() as u8);
    map.extend(kinds.iter().map(|kind| kind.wire));
    let metadata: Vec<u8> = kinds.iter().flat_map(|kind| kind.metadata.iter().copied()).collect();
    map.push(metadata.len() as u8);
    map.extend(metadata);
    map.extend(vec![0xff; kinds.len().div_ceil(8)]);
    map
}

/// An update event of one row, read back and held against what was written.
fn check(kinds: &[Kind], before: &[Value], after: &[Value]) {
    let names: Vec<String> = (0..kinds.len()).map(|index| format!("c\"{index}")).collect();
    let columns: Vec<(&str, &str)> =
        names.iter().zip(kinds).map(|(name, kind)| (name.as_str(), kind.declared)).collect();
    let schema: Arc<TableSchema> = table("any", &columns, vec![0]);
    let map = table_map(kinds);
    let bound = bind(0, &schema, &body::table_map(&map).unwrap(), Dialect::default()).unwrap().unwrap();

    let present = vec![0xff; kinds.len().div_ceil(8)];
    let mut event = vec![1, 0, 0, 0, 0, 0, 1, 0, 2, 0, kinds.len() as u8];
    event.extend_from_slice(&present);
    event.extend_from_slice(&present);
    image(kinds, before, &mut event);
    image(kinds, after, &mut event);
    let rows = body::rows(kind::UPDATE_ROWS, &event).unwrap();
    let mut decoder = RowDecoder::new(&rows, &bound.wire, &bound.schema.columns, true).unwrap();
    let mut pair = RowPair::default();
    assert!(decoder.next(&mut pair).unwrap());

    let cells = |values: &'_ [Value]| -> Vec<String> {
        kinds.iter().zip(values).map(|(kind, value)| format!("{:?}", value.cell(*kind))).collect()
    };
    let shown =
        |cells: &[Cell<'_>]| -> Vec<String> { cells.iter().map(|cell| format!("{cell:?}")).collect() };
    assert_eq!(shown(&pair.before), cells(before));
    assert_eq!(shown(&pair.after), cells(after));
    check_change(&bound.schema, &pair.before, &pair.after, JsonDoubles::Normal);
    check_change(&bound.schema, &[], &pair.after, JsonDoubles::Normal);
    check_change(&bound.schema, &pair.before, &[], JsonDoubles::Normal);
}

/// One to twelve columns and two rows of them.
fn rows() -> impl Strategy<Value = (Vec<Kind>, Vec<Value>, Vec<Value>)> {
    proptest::collection::vec(0..KINDS.len(), 1..=12).prop_flat_map(|indexes| {
        let kinds: Vec<Kind> = indexes.into_iter().map(|index| KINDS[index]).collect();
        let row = || kinds.iter().map(|kind| value(*kind)).collect::<Vec<_>>();
        (Just(kinds.clone()), row(), row())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_comes_back((kinds, before, after) in rows()) {
        check(&kinds, &before, &after);
    }
}
