//! Filters over rows made by hand: refusals with their places, own rules, and
//! text that means harm. That answers are the database's is proven against
//! servers by the end-to-end tests.

use crate::endpoint::DatasourceKind;
use crate::rows::{Cell, Date, DateTime, Timestamp};
use crate::schema::charset::Charset;
use crate::schema::{Column, ColumnKind, TableSchema};

use super::{EvalError, FilterError, FilterErrorKind as Kind, RowFilter, check_syntax};

fn column(name: &str, kind: ColumnKind, column_type: &str, collation: &str) -> Column {
    let charset = Charset::from_name(collation.split('_').next().unwrap_or_default()).expect("charset");
    Column {
        name: name.to_owned(),
        kind,
        column_type: column_type.to_owned(),
        collation: collation.to_owned(),
        unsigned: column_type.contains("unsigned"),
        charset,
        labels: crate::schema::parse_labels(column_type, true),
        length: 0,
        is_virtual: false,
        nullable: true,
    }
}

fn schema() -> TableSchema {
    use ColumnKind as K;
    TableSchema::new(
        "shop",
        "orders",
        vec![
            column("id", K::BigInt, "bigint(20)", ""),
            column("status", K::VarChar, "varchar(20)", "utf8mb4_general_ci"),
            column("price", K::Decimal, "decimal(10,2)", ""),
            column("paid_at", K::Timestamp, "timestamp(3)", ""),
            column("day", K::Date, "date", ""),
            column("rate", K::Double, "double", ""),
            column("doc", K::Json, "json", ""),
            column("名称", K::VarChar, "varchar(20)", "utf8mb4_bin"),
            column("code", K::VarChar, "varchar(20)", "utf8mb4_0900_ai_ci"),
            column("total", K::BigInt, "bigint(20) unsigned", ""),
            column("made", K::Year, "year(4)", ""),
            column("gb", K::VarChar, "varchar(20)", "gbk_chinese_ci"),
            column("raw", K::Blob, "blob", ""),
            column("kind", K::Enum, "enum('a','b')", "utf8mb4_general_ci"),
            column("at", K::DateTime, "datetime(6)", ""),
            column("span", K::Time, "time", ""),
            column("zeros", K::Int, "int(5) unsigned zerofill", ""),
        ],
        vec![0],
    )
}

fn row() -> Vec<Cell<'static>> {
    vec![
        Cell::Int(101),
        Cell::Bytes("Paid ".as_bytes().into()),
        Cell::Null,
        // 2026-01-01 00:00:00 at +08:00.
        Cell::Timestamp(Timestamp { seconds: 1_767_196_800, micros: 0 }),
        Cell::Date(Date { year: 2026, month: 1, day: 1 }),
        Cell::Double(0.5),
        Cell::Null,
        Cell::Bytes("订单".as_bytes().into()),
        Cell::Bytes(b"x".into()),
        Cell::UInt(u64::MAX),
        Cell::Year(2026),
        Cell::Bytes((&[0xd6, 0xd0][..]).into()),
        Cell::Bytes((&[0, 1][..]).into()),
        Cell::Enum(2),
        Cell::DateTime(DateTime {
            date: Date { year: 2026, month: 1, day: 1 },
            hours: 0,
            minutes: 0,
            seconds: 0,
            micros: 0,
        }),
        Cell::Null,
        Cell::UInt(7),
    ]
}

fn compile(text: &str) -> Result<RowFilter, FilterError> {
    RowFilter::compile(text, &schema(), DatasourceKind::Mariadb)
}

fn keeps(text: &str) -> bool {
    let filter = compile(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    filter.matches(&row()).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

#[test]
fn rows_are_kept_only_when_the_whole_is_true() {
    for text in [
        "id > 100 AND status = 'paid'",
        "`ID`>100&&`Status`='PAID'",
        "shop.orders.id = 101 and orders.id in (1, 101)",
        "price IS NULL OR id = 0",
        "`名称` = '订单' AND kind = 'B'",
        "rate IS NOT NULL AND doc IS NULL",
        "paid_at = '2026-01-01 00:00:00'",
        "paid_at >= '2025-12-31 16:00:00Z' AND paid_at < '2025-12-31 16:00:00.001+00:00'",
        "paid_at = at AND at = day",
        "BINARY code = 'x' AND code COLLATE utf8mb4_bin = 'x'",
        "gb = '中' AND made BETWEEN 2000 AND 2026",
        "raw = X'0001'",
        "id / 100 = 1.01",
        "zeros = 7 AND CONCAT(zeros + 0, '') = '7'",
    ] {
        assert!(keeps(text), "{text}");
    }
    for text in ["price = 1", "NOT price = 1", "price <> 1 OR id = 0", "NULL", "price IN (1, NULL)"] {
        assert!(!keeps(text), "{text}");
    }
    let filter = compile("status = 'a' OR id = 1 AND Status = 'b'").expect("filter");
    assert_eq!(filter.columns(), [1, 0]);
}

#[test]
fn a_filter_can_go_to_another_thread() {
    fn check<T: Send + Sync>(_: &T) {}
    check(&compile("id = 1").expect("filter"));
}

#[test]
#[expect(clippy::too_many_lines, reason = "one line a refusal")]
fn refusals_say_what_and_where() {
    let named = |kind: fn(String) -> Kind, name: &str| kind(name.to_owned());
    for (text, at, kind) in [
        ("id = 1 ORDER BY id", 8, named(Kind::Unsupported, "ORDER")),
        ("id = 1 id", 8, named(Kind::Unexpected, "id")),
        ("id = ", 6, Kind::End),
        ("(id = 1", 8, Kind::End),
        ("where id = 1", 1, Kind::LeadingWhere),
        ("`名称` = '中' AND now() > 1", 16, named(Kind::Function, "now")),
        ("COUNT(id) > 1", 1, named(Kind::Aggregate, "COUNT")),
        ("id IN (SELECT 1)", 8, Kind::Subquery),
        ("EXISTS (SELECT 1)", 1, Kind::Subquery),
        ("id = ANY (SELECT 1)", 6, named(Kind::Unsupported, "ANY")),
        ("CASE WHEN id THEN 1 END", 1, named(Kind::Unsupported, "CASE")),
        ("status REGEXP 'x'", 8, named(Kind::Unsupported, "REGEXP")),
        ("status LIKE 'x' ESCAPE '|'", 17, named(Kind::Unsupported, "ESCAPE")),
        ("id = b'1'", 6, named(Kind::Unsupported, "b'..'")),
        ("status = _utf8'x'", 10, named(Kind::Unsupported, "_utf8'..'")),
        ("status = 'a' 'b'", 14, named(Kind::Unexpected, "'..'")),
        ("(id, id) = (1, 2)", 4, named(Kind::Unexpected, ",")),
        ("id + NOT id", 6, named(Kind::Unsupported, "NOT")),
        ("CAST(id AS JSON) = 1", 12, named(Kind::CastTarget, "JSON")),
        ("CAST(id AS DECIMAL(70)) = 1", 12, Kind::Digits),
        ("REPLACE(status, 'a') = 'b'", 1, named(Kind::Arguments, "REPLACE")),
        ("other.id = 1", 1, named(Kind::OtherTable, "other.id")),
        ("id = 1 AND nope = 2", 12, named(Kind::UnknownColumn, "nope")),
        ("rate > 1", 1, named(Kind::Float, "rate")),
        ("doc = 'x'", 1, Kind::ColumnType("doc".to_owned(), "JSON")),
        ("code = 'x'", 1, named(Kind::Collation, "utf8mb4_0900_ai_ci")),
        ("gb > 'a'", 1, named(Kind::CollationOrder, "gbk_chinese_ci")),
        ("gb = '😀'", 6, named(Kind::Characters, "gbk")),
        ("status = `名称`", 10, Kind::Collations("utf8mb4_general_ci".to_owned(), "utf8mb4_bin".to_owned())),
        (
            "gb COLLATE utf8mb4_bin = 'x'",
            4,
            Kind::CollateCharset("utf8mb4_bin".to_owned(), "gbk_chinese_ci".to_owned()),
        ),
        ("'a' = 'a'", 1, Kind::NoColumn),
        ("day = '2026-1-1'", 7, named(Kind::TimeForm, "2026-1-1")),
        ("day = '2026-02-30'", 7, named(Kind::NoSuchTime, "2026-02-30")),
        ("at = '2026-01-01 00:00:00Z'", 6, named(Kind::Zone, "2026-01-01 00:00:00Z")),
        ("made = 26", 8, Kind::Year),
        ("made = id", 8, Kind::Year),
        ("price * 0.0000000000000000000000000000001 > 1", 9, Kind::Digits),
        ("id / 3 > 1", 4, Kind::Division),
        ("id / total > 1", 4, Kind::Division),
        ("price % 2 = 0", 7, Kind::Rest),
        ("CONCAT(zeros, '') = '7'", 8, Kind::Zerofill),
        ("CAST(zeros AS CHAR) = '7'", 6, Kind::Zerofill),
        ("status LIKE kind", 13, Kind::Pattern),
        ("status LIKE 'a\\\\'", 13, Kind::Pattern),
        ("CAST(at AS DATETIME(3)) > '2026-01-01'", 1, Kind::Fraction),
    ] {
        assert_eq!(compile(text).expect_err(text), FilterError::new(at, kind), "{text}");
    }
    for (text, at) in [
        ("id = '5'", 6),
        ("status = 5", 10),
        ("day > 20260101", 7),
        ("raw = 5", 7),
        ("id = X'05'", 6),
        ("day = span", 7),
        ("status = X'61'", 10),
    ] {
        let error = compile(text).expect_err(text);
        assert!(matches!(error.kind, Kind::Mixed(..)) && error.at == Some(at), "{text}: {error}");
    }
    for (text, at) in [
        ("status + 1", 1),
        ("CONCAT(raw, 'a') = 'b'", 8),
        ("CAST(status AS SIGNED) = 1", 6),
        ("price | 1", 1),
    ] {
        let error = compile(text).expect_err(text);
        assert!(matches!(error.kind, Kind::Operand(..)) && error.at == Some(at), "{text}: {error}");
    }
    assert!(matches!(compile("status").expect_err("text").kind, Kind::Condition(_)));
    assert!(matches!(compile(" ").expect_err("empty").kind, Kind::Empty));
}

#[test]
fn sources_differ_only_where_they_do() {
    use DatasourceKind::{Mariadb, Mysql, OceanbaseCe};
    let of = |text: &str, kind| RowFilter::compile(text, &schema(), kind).map(|_| ());
    for (text, refusing) in [
        ("price % 2 = 1", vec![Mariadb, Mysql]),
        ("id <=> 1", vec![Mysql]),
        ("id BETWEEN 1 AND total", vec![Mysql]),
        ("total BETWEEN -1 AND 5", vec![Mysql]),
        ("gb = '中'", vec![OceanbaseCe]),
        ("CAST(id AS UNSIGNED) > 1", vec![OceanbaseCe]),
        ("id BETWEEN 1 AND 5", vec![]),
    ] {
        for kind in [OceanbaseCe, Mysql, Mariadb] {
            assert_eq!(of(text, kind).is_err(), refusing.contains(&kind), "{text} {kind:?}");
        }
    }
}

#[test]
fn both_languages_say_place_and_remedy() {
    let error = compile("`名称` = '中' AND nope = 1").expect_err("unknown");
    let (message, remedy) = error.said();
    assert_eq!(message.en, "at character 16: the table has no column nope");
    assert_eq!(message.zh, "第 16 个字符：表中没有列 nope");
    assert!(!remedy.en.is_empty() && !remedy.zh.is_empty());
    assert_eq!(error.to_string(), message.en);
    let (message, remedy) = compile("id = '5'").expect_err("mixed").said();
    assert_eq!(message.zh, "第 6 个字符：数值不能与文本比较");
    assert!(remedy.en.contains("not '5'"));
}

#[test]
fn values_without_an_answer_name_their_column() {
    let matches = |text: &str, row: &[Cell<'_>]| compile(text).expect("filter").matches(row);
    assert_eq!(matches("id * total > 1", &row()), Err(EvalError::OutOfRange { column: Some(0) }));
    // Another part decides, whatever the order.
    assert_eq!(matches("id * total > 1 OR id = 101", &row()), Ok(true));
    assert_eq!(matches("id = 1 AND id * total > 1", &row()), Ok(false));
    let mut broken = row();
    broken[1] = Cell::Bytes((&[0xff][..]).into());
    assert_eq!(matches("status = 'a'", &broken), Err(EvalError::Unreadable { column: 1 }));
    assert_eq!(matches("status IS NULL", &broken), Ok(false));
    broken.truncate(1);
    assert_eq!(matches("status = 'a'", &broken), Err(EvalError::Unreadable { column: 1 }));
}

#[test]
fn hostile_text_is_refused_and_soon() {
    let repeated = |part: &str| part.repeat(4096 / part.len());
    for part in [
        "(",
        "NOT ",
        "!",
        "-",
        "- ",
        "~",
        "BINARY ",
        "id+",
        "id^",
        "id=",
        "id BETWEEN ",
        "1 IN (",
        "CAST(",
        "SUBSTR(",
        "CONCAT(CONCAT(1,",
        "id XOR ",
        "id IS NULL IS ",
        "`",
        "'",
        "x'",
        "/*!",
        "id COLLATE ",
        "\u{0}",
        "中",
    ] {
        let text = repeated(part);
        let error = compile(&text).expect_err(part);
        assert!(check_syntax(&text).is_err() || !error.to_string().is_empty());
    }
    assert!(keeps(&format!("{}id=101", "id=1 OR ".repeat(400))));
    assert!(!keeps(&format!("{}id=101", "id=1 AND ".repeat(400))));
    let deep = format!("{}status{}", "SUBSTR(".repeat(40), ",1)".repeat(40));
    assert!(keeps(&format!("{deep} = 'paid'")));
    let list = format!("id IN (1{})", ",1".repeat(2000));
    assert!(!keeps(&list));
    let long = "x".repeat(4097);
    assert_eq!(check_syntax(&long).expect_err("long").kind, Kind::TooLong(4097));
}

/// Words that filters are made of, put together by chance and torn apart.
const WORDS: &[&str] = &[
    "id",
    "status",
    "price",
    "paid_at",
    "day",
    "rate",
    "doc",
    "`名称`",
    "code",
    "total",
    "made",
    "gb",
    "raw",
    "kind",
    "at",
    "span",
    "nope",
    "shop.orders.id",
    "AND",
    "OR",
    "XOR",
    "NOT",
    "IS",
    "NULL",
    "TRUE",
    "BETWEEN",
    "IN",
    "LIKE",
    "=",
    "<=>",
    "<",
    ">=",
    "<>",
    "+",
    "-",
    "*",
    "/",
    "%",
    "DIV",
    "&",
    "|",
    "^",
    "~",
    "<<",
    "!",
    "(",
    ")",
    ",",
    ".",
    "CAST(",
    "AS",
    "SIGNED)",
    "DECIMAL(10,2))",
    "CHAR(3))",
    "DATE)",
    "CONCAT(",
    "SUBSTR(",
    "REPLACE(",
    "MOD(",
    "COLLATE",
    "utf8mb4_bin",
    "BINARY",
    "DATE",
    "'a'",
    "'2026-01-01'",
    "'10:00:00'",
    "X'00'",
    "1",
    "-1",
    "0",
    "2.5",
    "100",
    "18446744073709551616",
    "2026",
    "'中%_\\\\'",
    "''",
    "😀",
    ";",
    "--",
    "\"",
];

#[test]
fn whatever_the_text_nothing_panics() {
    let mut seed: u64 = 99;
    let mut below = move |limit: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).expect("small") % limit
    };
    let row = row();
    let (mut read, mut run) = (0, 0);
    for turn in 0..20_000 {
        let count = 1 + below(9);
        let words: Vec<&str> = (0..count).map(|_| WORDS[below(WORDS.len())]).collect();
        let mut text = words.join(" ");
        if turn % 3 == 0 {
            // A well-formed start, so that more gets past the parser.
            text = format!("{} {} {} AND {text}", WORDS[below(17)], WORDS[28 + below(5)], WORDS[below(17)]);
        }
        if turn % 5 == 0 {
            let mut chars: Vec<char> = text.chars().collect();
            let at = below(chars.len());
            chars[at] = ['\'', '(', '\\', '0', '中', '`', '\u{0}'][below(7)];
            text = chars.into_iter().collect();
        }
        let syntax = check_syntax(&text);
        for kind in [DatasourceKind::OceanbaseCe, DatasourceKind::Mysql, DatasourceKind::Mariadb] {
            match RowFilter::compile(&text, &schema(), kind) {
                Ok(filter) => {
                    assert!(syntax.is_ok(), "{text}");
                    read += 1;
                    run += usize::from(filter.matches(&row).is_ok());
                }
                Err(error) => {
                    let (message, remedy) = error.said();
                    assert!(!message.zh.is_empty() && !remedy.zh.is_empty());
                    assert!(error.at.is_none_or(|at| at <= text.chars().count() + 1), "{text}: {error}");
                }
            }
        }
    }
    assert!(read > 500 && run > 500, "{read} {run}");
}
