//! Further golden rows: limits of every type, NULL, and the shapes of tables and
//! changes that the documented messages do not show. See `tests/golden/README.md`.

use std::sync::Arc;

use tidewire_engine::project::Dml;
use tidewire_engine::rows::{Cell, Date, DateTime, Decimal, Time, Timestamp};
use tidewire_engine::schema::TableSchema;

use super::table::{packed, table};

/// One golden message.
pub(super) struct Case<'a> {
    pub(super) name: &'static str,
    pub(super) schema: Arc<TableSchema>,
    pub(super) shown: Option<Vec<usize>>,
    pub(super) kind: Dml,
    pub(super) before: Vec<Cell<'a>>,
    pub(super) after: Vec<Cell<'a>>,
}

const EDGES: &[(&str, &str)] = &[
    ("id", "int"),
    ("tiny", "tinyint"),
    ("tiny_u", "tinyint unsigned"),
    ("small", "smallint"),
    ("small_u", "smallint unsigned"),
    ("medium", "mediumint"),
    ("medium_u", "mediumint unsigned"),
    ("int_s", "int"),
    ("int_u", "int unsigned"),
    ("big", "bigint"),
    ("big_u", "bigint unsigned"),
    ("dec30", "decimal(65,30)"),
    ("dec_all", "decimal(30,30)"),
    ("float_s", "float"),
    ("double_s", "double"),
    ("bit1", "bit(1)"),
    ("bit64", "bit(64)"),
    ("year_s", "year"),
    ("date_s", "date"),
    ("time0", "time"),
    ("time6", "time(6)"),
    ("datetime0", "datetime"),
    ("datetime6", "datetime(6)"),
    ("timestamp0", "timestamp"),
    ("timestamp3", "timestamp(3)"),
    ("char_s", "char(10)"),
    ("varchar_s", "varchar(500)"),
    ("text_s", "longtext"),
    ("gbk_s", "varchar(20) gbk"),
    ("latin1_s", "varchar(20) latin1"),
    ("binary_s", "binary(4)"),
    ("blob_s", "longblob"),
    ("enum_s", "enum('新建','已付','a,b','O''K')"),
    ("set_s", "set('红','绿','蓝')"),
    ("json_s", "json"),
    ("point_s", "point"),
];

/// Everything that the cells borrow.
pub(super) struct Values {
    long: String,
    high30: Vec<u8>,
    low30: Vec<u8>,
    all_nines: Vec<u8>,
    smallest: Vec<u8>,
    opaque: Vec<u8>,
    point: Vec<u8>,
}

impl Values {
    pub(super) fn new() -> Self {
        let mut opaque = vec![0x0f, 246, 4, 3, 2];
        opaque.extend(packed("1.50", 3, 2));
        let mut point = vec![0, 0, 0, 0, 1, 1, 0, 0, 0];
        point.extend(1.5_f64.to_le_bytes());
        point.extend((-2.0_f64).to_le_bytes());
        Self {
            long: "长😀".repeat(20),
            high30: packed("12345678901234567890123456789012345.123456789012345678901234567891", 65, 30),
            low30: packed("-0.000000000000000000000000000001", 65, 30),
            all_nines: packed("0.999999999999999999999999999999", 30, 30),
            smallest: packed("0", 30, 30),
            opaque,
            point,
        }
    }

    fn high(&self) -> Vec<Cell<'_>> {
        vec![
            Cell::Int(1),
            Cell::Int(127),
            Cell::UInt(255),
            Cell::Int(32_767),
            Cell::UInt(65_535),
            Cell::Int(8_388_607),
            Cell::UInt(16_777_215),
            Cell::Int(i64::from(i32::MAX)),
            Cell::UInt(u64::from(u32::MAX)),
            Cell::Int(i64::MAX),
            Cell::UInt(u64::MAX),
            Cell::Decimal(Decimal::new(&self.high30, 65, 30).unwrap()),
            Cell::Decimal(Decimal::new(&self.all_nines, 30, 30).unwrap()),
            Cell::Float(f32::MAX),
            // Needs 17 digits.
            Cell::Double(0.1 + 0.2),
            Cell::Bit(&[1]),
            Cell::Bit(&[0xff; 8]),
            Cell::Year(2155),
            Cell::Date(Date { year: 9999, month: 12, day: 31 }),
            Cell::Time(Time { negative: false, hours: 838, minutes: 59, seconds: 59, micros: 0 }),
            Cell::Time(Time { negative: true, hours: 0, minutes: 0, seconds: 0, micros: 1 }),
            Cell::DateTime(moment(9999, 12, 31, 0)),
            Cell::DateTime(moment(9999, 12, 31, 999_999)),
            Cell::Timestamp(Timestamp { seconds: i32::MAX.unsigned_abs(), micros: 0 }),
            Cell::Timestamp(Timestamp { seconds: 1_700_000_000, micros: 120_000 }),
            Cell::Bytes("\"引\\号\"".as_bytes().into()),
            Cell::Bytes(b"tab\t newline\n null\0 bell\x07 escape\x1b del\x7f </script>".into()),
            Cell::Bytes(self.long.as_bytes().into()),
            // 中文
            Cell::Bytes((&[0xd6, 0xd0, 0xce, 0xc4][..]).into()),
            // Müller €
            Cell::Bytes(b"M\xfcller \x80".into()),
            Cell::Bytes((&[0xff, 0, 1][..]).into()),
            Cell::Bytes((&[0, 0x7f, 0x80, 0xff, b'"', b'\\'][..]).into()),
            Cell::Enum(4),
            Cell::Set(0b111),
            // An opaque value: the decimal 1.50.
            Cell::Json(self.opaque.as_slice().into()),
            Cell::Geometry(&self.point),
        ]
    }

    fn low(&self) -> Vec<Cell<'_>> {
        vec![
            Cell::Int(1),
            Cell::Int(-128),
            Cell::UInt(0),
            Cell::Int(-32_768),
            Cell::UInt(0),
            Cell::Int(-8_388_608),
            Cell::UInt(0),
            Cell::Int(i64::from(i32::MIN)),
            Cell::UInt(0),
            Cell::Int(i64::MIN),
            Cell::UInt(0),
            Cell::Decimal(Decimal::new(&self.low30, 65, 30).unwrap()),
            Cell::Decimal(Decimal::new(&self.smallest, 30, 30).unwrap()),
            Cell::Float(-1.175_494_4e-38),
            Cell::Double(-f64::MIN_POSITIVE),
            Cell::Bit(&[0]),
            Cell::Bit(&[0; 8]),
            Cell::Year(0),
            Cell::Date(Date { year: 0, month: 0, day: 0 }),
            Cell::Time(Time { negative: true, hours: 838, minutes: 59, seconds: 59, micros: 0 }),
            Cell::Time(Time { negative: true, hours: 1, minutes: 2, seconds: 3, micros: 450_000 }),
            Cell::DateTime(DateTime { hours: 0, minutes: 0, seconds: 0, ..moment(0, 0, 0, 0) }),
            // No calendar has this day.
            Cell::DateTime(moment(2024, 2, 31, 500_000)),
            Cell::Timestamp(Timestamp { seconds: 0, micros: 0 }),
            Cell::Timestamp(Timestamp { seconds: 1, micros: 1_000 }),
            Cell::Bytes(b"".into()),
            Cell::Bytes(b"".into()),
            Cell::Bytes(b"".into()),
            Cell::Bytes(b"".into()),
            Cell::Bytes(b"".into()),
            Cell::Bytes(b"".into()),
            Cell::Bytes(b"".into()),
            // The error value.
            Cell::Enum(0),
            Cell::Set(0),
            // []
            Cell::Json([2, 0, 0, 4, 0].as_slice().to_owned().into()),
            Cell::Geometry(&self.point),
        ]
    }

    /// All cases but the documented three.
    pub(super) fn cases(&self) -> Vec<Case<'_>> {
        let edges = table("edges", EDGES, vec![0]);
        let mut nulls = vec![Cell::Null; EDGES.len()];
        nulls[0] = Cell::Int(2);
        let case = |name, schema: &Arc<TableSchema>, kind, before: &[Cell<'_>], after: &[Cell<'_>]| Case {
            name,
            schema: Arc::clone(schema),
            shown: None,
            kind,
            before: own(before),
            after: own(after),
        };
        let keyless = table("keyless", PLAIN, Vec::new());
        let keyed = table("keyed", PLAIN, vec![0]);
        let (old, moved) = (plain(1, "旧", "a"), plain(2, "旧", "a"));
        let changed = plain(1, "新", "a");
        vec![
            Case { after: self.high(), ..case("limits-insert", &edges, Dml::Insert, &[], &[]) },
            Case {
                before: self.high(),
                after: self.low(),
                ..case("limits-update", &edges, Dml::Update, &[], &[])
            },
            Case { before: self.low(), ..case("limits-delete", &edges, Dml::Delete, &[], &[]) },
            case("nulls-insert", &edges, Dml::Insert, &[], &nulls),
            case("no-key-insert", &keyless, Dml::Insert, &[], &old),
            case("no-key-update", &keyless, Dml::Update, &old, &changed),
            case("no-key-delete", &keyless, Dml::Delete, &changed, &[]),
            case("key-change-update", &keyed, Dml::Update, &old, &moved),
            case("no-change-update", &keyed, Dml::Update, &old, &old),
            Case {
                shown: Some(vec![1]),
                ..case("selected-columns-update", &keyed, Dml::Update, &old, &changed)
            },
        ]
    }
}

const PLAIN: &[(&str, &str)] = &[("id", "int"), ("name", "varchar(20)"), ("note", "varchar(20)")];

fn plain(id: i64, name: &'static str, note: &'static str) -> Vec<Cell<'static>> {
    vec![Cell::Int(id), Cell::Bytes(name.as_bytes().into()), Cell::Bytes(note.as_bytes().into())]
}

/// Cells that borrow nothing but static text.
fn own<'a>(cells: &[Cell<'_>]) -> Vec<Cell<'a>> {
    cells
        .iter()
        .map(|cell| match cell {
            Cell::Null => Cell::Null,
            Cell::Int(value) => Cell::Int(*value),
            Cell::Bytes(bytes) => Cell::Bytes(bytes.to_vec().into()),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn moment(year: u16, month: u8, day: u8, micros: u32) -> DateTime {
    DateTime { date: Date { year, month, day }, hours: 23, minutes: 59, seconds: 59, micros }
}
