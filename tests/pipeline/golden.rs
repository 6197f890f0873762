//! The exact bytes of every format's documented messages.

use std::sync::Arc;

use tidewire::model::project::{Dml, Format};
use tidewire::pipeline::schema::TableSchema;
use tidewire::pipeline::serialize::{ChangeEvent, TableContext, TransactionContext, table_serializer};
use tidewire::pipeline::source::catalogue::{RawColumn, build_column};
use tidewire::pipeline::source::decode::{Cell, Date, DateTime, Decimal, JsonDoubles, Time, Timestamp};

const COLUMNS: &[(&str, &str)] = &[
    ("region", "varchar(16)"),
    ("id", "bigint unsigned"),
    ("c_bool", "tinyint(1)"),
    ("c_tiny", "tinyint unsigned"),
    ("c_small", "smallint"),
    ("c_medium", "mediumint"),
    ("c_int", "int unsigned"),
    ("c_big", "bigint"),
    ("c_dec", "decimal(65,30)"),
    ("c_dec0", "decimal(20,0)"),
    ("c_float", "float"),
    ("c_double", "double"),
    ("c_bit", "bit(16)"),
    ("c_char", "char(8)"),
    ("c_varchar", "varchar(64)"),
    ("c_binary", "binary(4)"),
    ("c_varbinary", "varbinary(16)"),
    ("c_blob", "blob"),
    ("c_text", "text"),
    ("c_enum", "enum('new','paid','done')"),
    ("c_set", "set('a','b','c')"),
    ("c_json", "json"),
    ("c_year", "year"),
    ("c_date", "date"),
    ("c_time", "time(6)"),
    ("c_dt", "datetime(6)"),
    ("c_ts", "timestamp(6)"),
    ("c_null", "varchar(8)"),
];

fn schema() -> Arc<TableSchema> {
    let columns = COLUMNS
        .iter()
        .map(|(name, column_type)| {
            let data_type = column_type.split(['(', ' ']).next().unwrap().to_owned();
            let text = matches!(data_type.as_str(), "varchar" | "char" | "text" | "enum" | "set");
            build_column(&RawColumn {
                name: (*name).to_owned(),
                data_type,
                column_type: (*column_type).to_owned(),
                charset: if text { "utf8mb4".to_owned() } else { String::new() },
                collation: String::new(),
                extra: String::new(),
            })
            .unwrap()
        })
        .collect();
    Arc::new(TableSchema { database: "shop".into(), table: "all_types".into(), columns, key: vec![0, 1] })
}

/// Packs a non-negative decimal as the server does.
fn packed(text: &str, precision: usize, scale: usize) -> Vec<u8> {
    const BYTES: [usize; 10] = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole = format!("{whole:0>width$}", width = precision - scale);
    let fraction = format!("{fraction:0<scale$}");
    let mut out = Vec::new();
    let mut group = |digits: &str| {
        let value: u32 = digits.parse().unwrap();
        out.extend_from_slice(&value.to_be_bytes()[4 - BYTES[digits.len()]..]);
    };
    let (first, rest) = whole.split_at(whole.len() % 9);
    if !first.is_empty() {
        group(first);
    }
    for digits in rest.as_bytes().chunks(9).chain(fraction.as_bytes().chunks(9)) {
        group(std::str::from_utf8(digits).unwrap());
    }
    out[0] ^= 0x80;
    out
}

struct Row {
    decimal: Vec<u8>,
    decimal0: Vec<u8>,
    json: Vec<u8>,
    varchar: &'static str,
    label: u16,
    null: Option<&'static str>,
}

impl Row {
    fn cells(&self) -> Vec<Cell<'_>> {
        let moment = |micros| DateTime {
            date: Date { year: 2020, month: 11, day: 25 },
            hours: 0,
            minutes: 1,
            seconds: 2,
            micros,
        };
        vec![
            Cell::Bytes(b"cn-sh"),
            Cell::UInt(10_223_372_036_854_775_806),
            Cell::Int(1),
            Cell::UInt(200),
            Cell::Int(-129),
            Cell::Int(8_388_607),
            Cell::UInt(4_294_967_295),
            Cell::Int(i64::MAX),
            Cell::Decimal(Decimal::new(&self.decimal, 65, 30).unwrap()),
            Cell::Decimal(Decimal::new(&self.decimal0, 20, 0).unwrap()),
            Cell::Float(1.2222),
            Cell::Double(9.999_999_999_999),
            Cell::Bit(&[0, 5]),
            Cell::Bytes(b"AB"),
            Cell::Bytes(self.varchar.as_bytes()),
            // The log cuts the zero bytes of BINARY.
            Cell::Bytes(b"ab"),
            Cell::Bytes(&[0, 0xff]),
            Cell::Bytes(b"hello world"),
            Cell::Bytes("line 1\n\"中文\"".as_bytes()),
            Cell::Enum(self.label),
            Cell::Set(0b101),
            Cell::Json(self.json.as_slice().into()),
            Cell::Year(2022),
            Cell::Date(Date { year: 2020, month: 11, day: 25 }),
            Cell::Time(Time { negative: false, hours: 0, minutes: 1, seconds: 2, micros: 500_000 }),
            Cell::DateTime(moment(12_300)),
            Cell::Timestamp(Timestamp { seconds: 1_606_233_662, micros: 12_345 }),
            self.null.map_or(Cell::Null, |text| Cell::Bytes(text.as_bytes())),
        ]
    }
}

fn rows() -> (Row, Row) {
    // {"k": [1, 2]}
    let json = vec![0, 1, 0, 22, 0, 11, 0, 1, 0, 2, 12, 0, b'k', 2, 0, 10, 0, 5, 1, 0, 5, 2, 0];
    let row = |decimal, varchar, label, null| Row {
        decimal: packed(decimal, 65, 30),
        decimal0: packed("12345678901234567890", 20, 0),
        json: json.clone(),
        varchar,
        label,
        null,
    };
    (row("1241.41", "hello world", 2, None), row("0.0000001", "hello world 2020", 3, Some("x")))
}

fn check(format: Format, folder: &str) {
    let context = TableContext {
        schema: schema(),
        db_type: "OB_MYSQL",
        tenant: Some("t1".into()),
        cluster: None,
        project: "np_4w3a0001".into(),
        json_doubles: JsonDoubles::Normal,
    };
    let mut serializer = table_serializer(format, &context);
    let (old, new) = rows();
    let (old, new) = (old.cells(), new.cells());
    let none: &[Cell<'_>] = &[];
    let cases = [
        ("insert", Dml::Insert, none, old.as_slice(), "1002_336195", 1_700_000_000),
        ("update", Dml::Update, &old, &new, "1002_336403", 1_700_000_060),
        ("delete", Dml::Delete, &new, none, "1002_336593", 1_700_000_120),
    ];
    for (name, kind, before, after, transaction, seconds) in cases {
        let transaction =
            TransactionContext { id: transaction.into(), commit_seconds: seconds, commit_micros: 0 };
        let event = ChangeEvent {
            kind,
            before,
            after,
            transaction: &transaction,
            ordinal: 1,
            sequence: seconds * 100_000 + 1,
            key_text: Some("cn-sh\u{1}10223372036854775806"),
        };
        let mut out = Vec::new();
        serializer.write(&event, &mut out).unwrap();
        let path = format!("{}/tests/golden/{folder}/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let expected = std::fs::read_to_string(&path).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected.trim_end_matches('\n'), "{path}");
    }
}

#[test]
fn default() {
    check(Format::Default, "default");
}
