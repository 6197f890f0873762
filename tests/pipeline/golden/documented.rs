//! The table and the rows of the documented messages: see `tests/golden/README.md`.

use std::sync::Arc;

use tidewire_engine::rows::{Cell, Date, DateTime, Decimal, Time, Timestamp};
use tidewire_engine::schema::TableSchema;

use super::table::{packed, table};

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

/// `all_types`.
pub(super) fn schema() -> Arc<TableSchema> {
    table("all_types", COLUMNS, vec![0, 1])
}

pub(super) struct Row {
    decimal: Vec<u8>,
    decimal0: Vec<u8>,
    json: Vec<u8>,
    varchar: &'static str,
    label: u16,
    null: Option<&'static str>,
}

impl Row {
    pub(super) fn cells(&self) -> Vec<Cell<'_>> {
        let moment = |micros| DateTime {
            date: Date { year: 2020, month: 11, day: 25 },
            hours: 0,
            minutes: 1,
            seconds: 2,
            micros,
        };
        vec![
            Cell::Bytes(b"cn-sh".into()),
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
            Cell::Bytes(b"AB".into()),
            Cell::Bytes(self.varchar.as_bytes().into()),
            // The log cuts the zero bytes of BINARY.
            Cell::Bytes(b"ab".into()),
            Cell::Bytes((&[0, 0xff][..]).into()),
            Cell::Bytes(b"hello world".into()),
            Cell::Bytes("line 1\n\"中文\"".as_bytes().into()),
            Cell::Enum(self.label),
            Cell::Set(0b101),
            Cell::Json(self.json.as_slice().into()),
            Cell::Year(2022),
            Cell::Date(Date { year: 2020, month: 11, day: 25 }),
            Cell::Time(Time { negative: false, hours: 0, minutes: 1, seconds: 2, micros: 500_000 }),
            Cell::DateTime(moment(12_300)),
            Cell::Timestamp(Timestamp { seconds: 1_606_233_662, micros: 12_345 }),
            self.null.map_or(Cell::Null, |text| Cell::Bytes(text.as_bytes().into())),
        ]
    }
}

/// The row before and after the documented update.
pub(super) fn rows() -> (Row, Row) {
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
