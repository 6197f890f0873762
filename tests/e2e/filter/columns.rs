//! The table: a column of each type that filters take, and values at the edges of each.

use super::random::Random;

/// What operators a column takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// Integers small enough for arithmetic.
    Small,
    /// BIGINT in both kinds.
    Big,
    Decimal,
    Bit,
    Year,
    Moment,
    Span,
    /// Texts of utf8mb4_general_ci.
    Text,
    /// Of utf8mb4_bin.
    TextBin,
    Latin1,
    Gbk,
    Bytes,
}

pub(super) struct Column {
    pub(super) name: &'static str,
    sql_type: &'static str,
    pub(super) family: Family,
    /// Values as SQL.
    pub(super) values: Vec<String>,
}

impl Column {
    pub(super) fn is_unsigned(&self) -> bool {
        self.sql_type.contains("UNSIGNED") || matches!(self.family, Family::Bit | Family::Year)
    }
}

const TEXTS: &[&str] = &[
    "", " ", "  ", "a", "A", "abc", "ABC", "Abc", "abc  ", " abc", "ab", "b", "paid", "PAID", "é", "E", "e",
    "É ß", "e s", "ss", "ÿ", "Œuvre", "中", "中文", "中文 ", "文", "订单", "😀", "🚀", "a😀", "A🚀b", "a\tb",
    "a\u{1}", "50%", "50", "a_b", "a\\b", "it's", "Ｚ", "ｚ", "ǆ", "İ", "ı", "\u{212a}", "k", "ς", "Σ", "д",
    "Д", "ñ", "Ñandú", "9", "10", "~", "_", "\u{a0}", "ﬀ", "𝒳", "Å", "å", "o", "Ø", "À la", "x,y", "a,b",
    "zz",
];
const LATIN1: &[&str] =
    &["", "a", "A ", "é", "E", "ß", "s", "Å", "å", "ü", "Y", "y", "ø", "€", "Ÿ", "~", "Müller", "\t"];
const GBK: &[&str] = &["", "a", "A ", "中", "文", "中文", "Ａ", "ａ", "订单", "é", "а", "А"];

pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| quoted(text)).collect()
}

fn plain(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

/// `charsets`: the server also knows latin1 and gbk.
#[expect(clippy::too_many_lines, reason = "one line a column")]
pub(super) fn columns(charsets: bool) -> Vec<Column> {
    use Family as F;
    let mut random = Random::new(7);
    let mut days = plain(&[
        "'0000-00-00'",
        "'1000-01-01'",
        "'9999-12-31'",
        "'2024-02-29'",
        "'2024-01-01'",
        "'2026-01-01'",
    ]);
    days.extend((0..60).map(|_| {
        format!("'{}-{:02}-{:02}'", random.between(2020, 2027), random.between(1, 12), random.between(1, 28))
    }));
    let mut moments = plain(&["'0000-00-00 00:00:00'", "'1000-01-01 00:00:00'", "'9999-12-31 23:59:59'"]);
    moments
        .extend(days.iter().skip(3).take(20).map(|day| format!("{} 00:00:00'", day.trim_end_matches('\''))));
    let mut stamps = plain(&["'0000-00-00 00:00:00'", "'1970-01-01 08:00:01'", "'2038-01-19 11:14:07'"]);
    for day in days.iter().skip(3).take(60) {
        let (hour, minute, second) = (random.below(24), random.below(60), random.below(60));
        let part = ["", ".5", ".12", ".99", ".123", ".999"][random.below(6)];
        let moment = format!("{} {hour:02}:{minute:02}:{second:02}{part}'", day.trim_end_matches('\''));
        stamps.push(moment.clone());
        moments.push(moment);
    }
    let mut spans = plain(&["'00:00:00'", "'838:59:59'", "'-838:59:59'", "'-00:00:00.001'", "'00:00:00.5'"]);
    spans.extend((0..30).map(|_| {
        format!(
            "'{}{:02}:{:02}:{:02}.{}'",
            random.of(&["", "-"]),
            random.below(200),
            random.below(60),
            random.below(60),
            random.below(10)
        )
    }));
    let mut decimals = plain(&[
        "0",
        "-1.50000",
        "7.50000",
        "0.00001",
        "-0.00001",
        "999999999999999.99999",
        "-999999999999999.99999",
        "12.30000",
    ]);
    decimals.extend((0..40).map(|_| format!("{}.{:05}", random.between(-500, 500), random.below(100_000))));
    let wide = plain(&[
        "0",
        "123456789012345678901234567890.12345678901234567890",
        "-123456789012345678901234567890.12345678901234567890",
        "999999999999999999999999999999.99999999999999999999",
        "0.00000000000000000001",
        "-0.00000000000000000001",
        "18446744073709551615.00000000000000000001",
        "9223372036854775807.5",
        "1",
        "-1",
        "2.5",
        "3.50000000000000000000",
    ]);
    let mut small = plain(&["0", "1", "-1", "2", "7", "-5", "100", "127", "-128"]);
    small.extend((0..30).map(|_| random.between(-100, 100).to_string()));
    let binary = plain(&[
        "''",
        "'a'",
        "'ab'",
        "'AB'",
        "'ab '",
        "X'00'",
        "X'6100'",
        "X'FF'",
        "X'616200'",
        "X'E4B8AD'",
        "'abcd'",
        "'中'",
    ]);
    let column =
        |name, sql_type, family, values: &[&str]| Column { name, sql_type, family, values: plain(values) };
    let of = |name, sql_type, family, values: &Vec<String>| Column {
        name,
        sql_type,
        family,
        values: values.clone(),
    };
    let mut all = vec![
        of("ti", "TINYINT", F::Small, &small),
        column("tu", "TINYINT UNSIGNED", F::Small, &["0", "1", "2", "7", "100", "255"]),
        column("si", "SMALLINT", F::Small, &["0", "-32768", "32767", "100", "-5"]),
        column("mi", "MEDIUMINT UNSIGNED", F::Small, &["0", "16777215", "7", "100"]),
        column(
            "i",
            "INT",
            F::Small,
            &["0", "1", "-1", "7", "100", "2147483647", "-2147483648", "-5", "3", "12345"],
        ),
        column("iu", "INT UNSIGNED", F::Small, &["0", "4294967295", "7", "100"]),
        column(
            "b",
            "BIGINT",
            F::Big,
            &["0", "9223372036854775807", "-9223372036854775808", "7", "-7", "100"],
        ),
        column(
            "u",
            "BIGINT UNSIGNED",
            F::Big,
            &["0", "18446744073709551615", "9223372036854775808", "7", "100"],
        ),
        of("d", "DECIMAL(20,5)", F::Decimal, &decimals),
        of("dw", "DECIMAL(50,20)", F::Decimal, &wide),
        column("du", "DECIMAL(10,2) UNSIGNED", F::Decimal, &["0", "99999999.99", "0.01", "7.50", "100"]),
        column("bt", "BIT(12)", F::Bit, &["0", "1", "5", "4095", "256"]),
        column("y", "YEAR", F::Year, &["0", "1901", "2155", "2024", "1999", "2026"]),
        of("dt", "DATE", F::Moment, &days),
        of("dm", "DATETIME", F::Moment, &moments),
        of("dx", "DATETIME(3)", F::Moment, &moments),
        of("ts", "TIMESTAMP(2) NULL", F::Moment, &stamps),
        of("t0", "TIMESTAMP NULL", F::Moment, &stamps),
        of("tm", "TIME(3)", F::Span, &spans),
        column(
            "e",
            "ENUM('a','B','abc','中','x,y','','é')",
            F::Text,
            &["'a'", "'B'", "'abc'", "'中'", "'x,y'", "''", "'é'", "'no such label'"],
        ),
        column("s", "SET('a','b','中','é')", F::Text, &["''", "'a'", "'a,b'", "'b'", "'中'", "'a,中,é'"]),
        of("c", "CHAR(12)", F::Text, &texts(TEXTS)),
        of("v", "VARCHAR(60)", F::Text, &texts(TEXTS)),
        of("tx", "TEXT", F::Text, &texts(TEXTS)),
        of("vb", "VARCHAR(60) COLLATE utf8mb4_bin", F::TextBin, &texts(TEXTS)),
        of("bn", "BINARY(4)", F::Bytes, &binary),
        of("vn", "VARBINARY(20)", F::Bytes, &binary),
        of("bl", "BLOB", F::Bytes, &binary),
    ];
    if charsets {
        all.push(of("la", "VARCHAR(40) CHARACTER SET latin1", F::Latin1, &texts(LATIN1)));
        all.push(of("gb", "VARCHAR(40) CHARACTER SET gbk", F::Gbk, &texts(GBK)));
    }
    all
}

pub(super) fn create(database: &str, table: &str, columns: &[Column]) -> String {
    let declared: Vec<String> =
        columns.iter().map(|column| format!("`{}` {}", column.name, column.sql_type)).collect();
    format!(
        "CREATE TABLE {database}.{table} (id INT NOT NULL PRIMARY KEY, {}) DEFAULT CHARSET utf8mb4 \
         COLLATE utf8mb4_general_ci",
        declared.join(", ")
    )
}

/// Statements that fill the table.
pub(super) fn inserts(database: &str, table: &str, columns: &[Column], rows: usize) -> Vec<String> {
    let mut random = Random::new(11);
    let ids: Vec<usize> = (0..rows).collect();
    ids.chunks(100)
        .map(|ids| {
            let rows: Vec<String> = ids
                .iter()
                .map(|id| {
                    let values: Vec<&str> = columns
                        .iter()
                        .map(|column| {
                            let value = &column.values[random.below(column.values.len())];
                            if random.chance(8) { "NULL" } else { value }
                        })
                        .collect();
                    format!("({id}, {})", values.join(", "))
                })
                .collect();
            format!("INSERT INTO {database}.{table} VALUES {}", rows.join(", "))
        })
        .collect()
}
