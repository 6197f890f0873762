//! Every column type of each server in every format: what SELECT shows, turned into text by the
//! format's rules, is what the messages hold.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tidewire_rig::{StoredMessage, sql};

use crate::images::{self, FORMATS, Image};
use crate::product::{Product, ProjectFile};
use crate::rules::{Rule, Style};
use crate::servers::{rocketmq, story};
use crate::source::Source;

pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) sql_type: &'static str,
    pub(crate) rule: Rule,
    pub(crate) values: &'static [&'static str],
}

/// Types that all servers know.
const COMMON: Types = &[
    ("TINYINT", Rule::Number, &["-128", "127", "0"]),
    ("TINYINT UNSIGNED", Rule::Number, &["255", "0"]),
    ("BOOL", Rule::Number, &["1", "0", "7"]),
    ("SMALLINT", Rule::Number, &["-32768", "32767"]),
    ("SMALLINT UNSIGNED", Rule::Number, &["65535", "0"]),
    ("MEDIUMINT", Rule::Number, &["-8388608", "8388607", "-1"]),
    ("MEDIUMINT UNSIGNED", Rule::Number, &["16777215", "0"]),
    ("INT", Rule::Number, &["-2147483648", "2147483647"]),
    ("INT UNSIGNED", Rule::Number, &["4294967295", "0"]),
    ("BIGINT", Rule::Number, &["-9223372036854775808", "9223372036854775807"]),
    ("BIGINT UNSIGNED", Rule::Number, &["9223372036854775807", "0"]),
    ("DECIMAL(10,2)", Rule::Decimal, &["-99999999.99", "0", "1.50"]),
    ("DECIMAL(65,30)", Rule::Decimal, &["0.000000100000000000000000000000", "1241.41", "0", "-0.000001"]),
    ("DECIMAL(20,0)", Rule::Decimal, &["-12345678901234567890", "7"]),
    ("NUMERIC(9,4) UNSIGNED", Rule::Decimal, &["99999.9999", "0.0001"]),
    ("FLOAT", Rule::Float, &["-1.17549e-38", "3.40282e38", "0.1", "16777216"]),
    ("DOUBLE", Rule::Double, &["-2.2250738585072014e-308", "1.797693134862315e308", "0.1", "123456789.125"]),
    ("BIT(1)", Rule::Bit, &["b'1'", "b'0'"]),
    ("BIT(12)", Rule::Bit, &["b'111100001111'", "b'1'"]),
    ("BIT(31)", Rule::Bit, &["b'1111111111111111111111111111111'", "b'100000000'"]),
    ("YEAR", Rule::Number, &["1901", "2155", "0"]),
    ("DATE", Rule::Clock, &["'1000-01-01'", "'9999-12-31'", "'2024-02-29'", "'0000-00-00'"]),
    ("TIME", Rule::Clock, &["'-838:59:59'", "'838:59:59'", "'00:00:00'", "'-00:00:01'"]),
    ("TIME(1)", Rule::Clock, &["'-00:00:00.1'", "'23:59:59.9'", "'-12:30:00.5'"]),
    ("TIME(3)", Rule::Clock, &["'-00:00:00.001'", "'12:00:00.120'", "'-100:00:00.999'"]),
    ("TIME(6)", Rule::Clock, &["'-838:59:58.999999'", "'00:00:00.000001'", "'01:02:03.000000'"]),
    ("DATETIME", Rule::Clock, &["'1000-01-01 00:00:00'", "'9999-12-31 23:59:59'", "'0000-00-00 00:00:00'"]),
    ("DATETIME(2)", Rule::Clock, &["'2026-11-25 12:34:56.50'", "'2026-11-25 12:34:56.00'"]),
    ("DATETIME(6)", Rule::Clock, &["'2026-11-25 12:34:56.012345'", "'0000-00-00 00:00:00.000000'"]),
    (
        "TIMESTAMP NULL",
        Rule::Timestamp,
        &["'1970-01-02 00:00:01'", "'2038-01-18 03:14:07'", "'0000-00-00 00:00:00'"],
    ),
    ("TIMESTAMP(4) NULL", Rule::Timestamp, &["'2026-11-25 12:34:56.0120'", "'2026-11-25 12:34:56.0000'"]),
    ("CHAR(10)", Rule::Text, &["'中文 😀'", "''", "'a\\\"b\\\\c'"]),
    ("VARCHAR(50)", Rule::Text, &["'Zürich 北京 🚀'", "'line\\nbreak\\ttab'", "' both '"]),
    ("VARCHAR(50) CHARACTER SET gbk", Rule::Text, &["'中文字符'", "'plain'"]),
    ("CHAR(8) CHARACTER SET gbk", Rule::Text, &["'汉字'", "'x'"]),
    ("VARCHAR(50) CHARACTER SET latin1", Rule::Text, &["'Müller €'", "'é'"]),
    ("TEXT CHARACTER SET gbk", Rule::Text, &["'长文本'", "''"]),
    ("TINYTEXT", Rule::Text, &["'短'", "''"]),
    ("TEXT", Rule::Text, &["REPEAT('文本', 5000)", "'t'"]),
    ("MEDIUMTEXT", Rule::Text, &["REPEAT('x', 70000)", "'中'"]),
    ("LONGTEXT", Rule::Text, &["REPEAT('长😀', 20000)", "''"]),
    ("BINARY(4)", Rule::Bytes, &["X'00FF'", "X'01020304'", "''"]),
    ("VARBINARY(20)", Rule::Bytes, &["X'00'", "X'E4B8AD00FF'", "''"]),
    ("TINYBLOB", Rule::Bytes, &["X'FF'", "''"]),
    ("BLOB", Rule::Bytes, &["REPEAT(X'00FF', 300)", "X'0A'"]),
    ("MEDIUMBLOB", Rule::Bytes, &["REPEAT(X'80', 70000)", "''"]),
    ("LONGBLOB", Rule::Bytes, &["REPEAT(X'7F', 1000)", "X'00'"]),
    ("ENUM('新建','已付','a,b','O''K')", Rule::Text, &["'已付'", "'a,b'", "'O''K'"]),
    ("SET('红','绿','蓝')", Rule::Text, &["'红,蓝'", "''", "'绿'"]),
    ("ENUM('男','女') CHARACTER SET gbk", Rule::Text, &["'女'", "'男'"]),
];

/// Types that the OceanBase rig's servers do not share, or whose values the Binlog Service spoils.
const NOT_OCEANBASE: Types = &[
    ("BIT(64)", Rule::Bit, &["b'1111111111111111111111111111111111111111111111111111111111111111'", "b'1'"]),
    ("BIGINT UNSIGNED", Rule::Number, &["18446744073709551615", "9223372036854775808"]),
    ("DECIMAL(30,30)", Rule::Decimal, &["0.5", "0", "0.0000001"]),
    ("ENUM('x','y')", Rule::Text, &["'nothing of it'", "'y'"]),
];

const JSON: Types = &[(
    "JSON",
    Rule::Json,
    &[
        r#"'{"名称": "手机 📱", "price": 12.5, "tags": ["a", null, true], "n": -9007199254740993}'"#,
        "'[]'",
        r#"'"text"'"#,
        "'1.25'",
    ],
)];

/// Types that only MariaDB has.
const MARIADB: Types = &[
    (
        "UUID",
        Rule::Text,
        &[
            "'6ccd780c-baba-1026-9564-5b8c656024db'",
            "'123e4567-e89b-12d3-a456-426614174000'",
            "'00000000-0000-0000-0000-000000000000'",
            "'ffffffff-ffff-ffff-ffff-ffffffffff00'",
            "'017f22e2-79b0-7cc3-98c4-dc0c0c07398f'",
        ],
    ),
    ("INET4", Rule::Text, &["'192.168.0.0'", "'0.0.0.0'", "'255.255.255.255'", "'1.2.3.4'"]),
    (
        "INET6",
        Rule::Text,
        &[
            "'::'",
            "'::1'",
            "'2001:db8::ff00:42:8329'",
            "'::ffff:192.0.2.0'",
            "'::192.0.2.1'",
            "'1:0:0:2::'",
            "'1:0:2:3:4:5:6:7'",
            "'64:ff9b::192.0.2.33'",
            "'::1:0'",
            "'::ffff:0:0'",
            "'1::2:0:0:3'",
            "'1:2:3:4:5:6:7:0'",
            "'0:2:3:4:5:6:7:8'",
            "'1:2:3:4:5:6:7:8'",
            "'fe80::'",
        ],
    ),
    ("TEXT COMPRESSED", Rule::Text, &["REPEAT('文本', 5000)", "'t'", "''", "REPEAT('ab', 60)"]),
    ("VARCHAR(500) COMPRESSED", Rule::Text, &["REPEAT('长', 500)", "'t'", "''"]),
    ("VARCHAR(50) CHARACTER SET gbk COMPRESSED", Rule::Text, &["REPEAT('汉', 50)", "'汉'"]),
    ("MEDIUMBLOB COMPRESSED", Rule::Bytes, &["REPEAT(X'00FF', 300000)", "X'00'", "''"]),
    ("VARBINARY(20) COMPRESSED", Rule::Bytes, &["REPEAT(X'00', 20)", "X'8A'", "''"]),
];

/// Columns that MariaDB keeps in a format of its own while `mysql56_temporal_format` is off.
const OLD_FORMAT: Types = &[
    ("TIME", Rule::Clock, &["'-838:59:59'", "'838:59:59'", "'-00:00:01'"]),
    ("TIME(1)", Rule::Clock, &["'-00:00:00.1'", "'23:59:59.9'", "'00:00:00'"]),
    ("TIME(2)", Rule::Clock, &["'-00:00:00.01'", "'838:59:59.99'", "'-838:59:59.99'"]),
    ("TIME(3)", Rule::Clock, &["'-00:00:00.001'", "'12:00:00.120'"]),
    ("TIME(4)", Rule::Clock, &["'-00:00:00.0001'", "'12:00:00.1200'"]),
    ("TIME(5)", Rule::Clock, &["'-00:00:00.00001'", "'12:00:00.12000'"]),
    ("TIME(6)", Rule::Clock, &["'-838:59:58.999999'", "'00:00:00.000001'", "'838:59:59.999999'"]),
    ("DATETIME", Rule::Clock, &["'1000-01-01 00:00:00'", "'9999-12-31 23:59:59'", "'0000-00-00 00:00:00'"]),
    ("DATETIME(1)", Rule::Clock, &["'2026-11-25 12:34:56.5'", "'9999-12-31 23:59:59.9'"]),
    ("DATETIME(2)", Rule::Clock, &["'2026-11-25 12:34:56.50'", "'0000-00-00 00:00:00.00'"]),
    ("DATETIME(3)", Rule::Clock, &["'2026-11-25 12:34:56.789'", "'2024-02-29 00:00:00.001'"]),
    ("DATETIME(4)", Rule::Clock, &["'2026-11-25 12:34:56.0001'", "'1970-01-01 00:00:00'"]),
    ("DATETIME(5)", Rule::Clock, &["'2026-11-25 12:34:56.99999'", "'2026-12-01 00:00:00'"]),
    ("DATETIME(6)", Rule::Clock, &["'9999-12-31 23:59:59.999999'", "'2026-00-00 01:02:03.000004'"]),
    ("TIMESTAMP NULL", Rule::Timestamp, &["'1970-01-02 00:00:01'", "'2038-01-18 03:14:07'"]),
    ("TIMESTAMP(1) NULL", Rule::Timestamp, &["'2026-11-25 12:34:56.5'", "'2026-11-25 12:34:56'"]),
    ("TIMESTAMP(3) NULL", Rule::Timestamp, &["'2026-11-25 12:34:56.012'", "'0000-00-00 00:00:00'"]),
    ("TIMESTAMP(4) NULL", Rule::Timestamp, &["'2026-11-25 12:34:56.0120'", "'2026-11-25 12:34:56.0001'"]),
    ("TIMESTAMP(6) NULL", Rule::Timestamp, &["'2038-01-18 03:14:07.999999'", "'2026-11-25 12:34:56'"]),
];

type Types = &'static [(&'static str, Rule, &'static [&'static str])];

pub(crate) fn columns(source: Source) -> Vec<Column> {
    match source {
        Source::OceanBase(_) => columns_of(source, &[COMMON, JSON]),
        Source::Mysql(_) | Source::MariaDb(_) => columns_of(source, &[COMMON, NOT_OCEANBASE]),
    }
}

fn columns_of(source: Source, types: &[Types]) -> Vec<Column> {
    types
        .iter()
        .copied()
        .flatten()
        // The SQL engine of the OceanBase rig knows neither gbk nor latin1.
        .filter(|(sql_type, ..)| {
            !matches!(source, Source::OceanBase(_)) || !sql_type.contains("CHARACTER SET")
        })
        .enumerate()
        .map(|(index, (sql_type, rule, values))| Column {
            name: format!("c{index}"),
            sql_type,
            rule: *rule,
            values,
        })
        .collect()
}

/// Checks an image against what SELECT showed; names every column that differs.
fn check(format: &str, columns: &[Column], shown: &[Option<String>], image: Option<&Image>) -> Vec<String> {
    let Some(image) = image else { return vec![format!("{format}: the image is missing")] };
    let style = Style::of(format);
    columns
        .iter()
        .zip(&shown[1..])
        .filter_map(|(column, shown)| {
            let checked = image
                .get(column.name.as_str())
                .context("not in the message")
                .and_then(|token| column.rule.check(style, column.sql_type, shown.as_deref(), token.get()));
            let error: String = checked.err()?.to_string().chars().take(200).collect();
            Some(format!("{format} {} {}: {error}", column.name, column.sql_type))
        })
        .collect()
}

/// Columns whose shown values differ, sorted by name.
fn differing(columns: &[Column], before: &[Option<String>], after: &[Option<String>]) -> Vec<String> {
    let pairs = columns.iter().zip(before[1..].iter().zip(&after[1..]));
    let mut names: Vec<String> =
        pairs.filter(|(_, (before, after))| before != after).map(|(column, _)| column.name.clone()).collect();
    names.sort();
    names
}

/// What SELECT showed after the inserts and after the updates.
struct Shown {
    inserted: Vec<sql::Row>,
    updated: Vec<sql::Row>,
    /// Rows that were inserted, updated and deleted; one more was only inserted.
    rows: usize,
}

/// Inserts, updates and deletes rows with limits, NULL and odd values.
async fn change(source: Source, table: &str, columns: &[Column]) -> Result<Shown> {
    let mut session = source.connect().await?;
    sql::run(&mut session, &["SET sql_mode = ''", "SET time_zone = '+00:00'"]).await?;
    let rows = columns.iter().map(|column| column.values.len()).max().unwrap_or(0);
    for row in 0..rows {
        let values: Vec<&str> =
            columns.iter().map(|column| column.values[row % column.values.len()]).collect();
        let statement = format!("INSERT INTO {table} VALUES ({row}, {})", values.join(", "));
        sql::run(&mut session, &[&statement]).await?;
    }
    sql::run(&mut session, &[&format!("INSERT INTO {table} (id) VALUES (100)")]).await?;
    let expressions: Vec<String> =
        columns.iter().map(|column| column.rule.expression(&column.name)).collect();
    let select = format!("SELECT id, {} FROM {table} ORDER BY id", expressions.join(", "));
    let inserted = sql::rows(&mut session, &select).await?;
    // Each row takes the next row's values.
    for row in 0..rows {
        let sets: Vec<String> = columns
            .iter()
            .map(|column| format!("`{}` = {}", column.name, column.values[(row + 1) % column.values.len()]))
            .collect();
        sql::run(&mut session, &[&format!("UPDATE {table} SET {} WHERE id = {row}", sets.join(", "))])
            .await?;
    }
    let updated = sql::rows(&mut session, &select).await?;
    for row in 0..rows {
        sql::run(&mut session, &[&format!("DELETE FROM {table} WHERE id = {row}")]).await?;
    }
    Ok(Shown { inserted, updated, rows })
}

/// What is wrong in the messages of a format.
fn compare(
    format: &str,
    columns: &[Column],
    shown: &Shown,
    messages: &[StoredMessage],
) -> Result<Vec<String>> {
    let Shown { inserted, updated, rows } = shown;
    let changes = (inserted.iter().map(|row| (None, Some(row))))
        .chain((0..*rows).map(|row| (Some(&inserted[row]), Some(&updated[row]))))
        .chain((0..*rows).map(|row| (Some(&updated[row]), None)));
    let mut wrong = Vec::new();
    for (message, (before, after)) in messages.iter().zip(changes) {
        let images = images::read(format, &message.body)?;
        if let (Some(before), Some(after), Some(changed)) = (before, after, &images.changed) {
            ensure!(*changed == differing(columns, before, after), "{format}: {changed:?} changed");
        }
        // The row alone does not show what was before.
        let before = before.filter(|_| format != "debezium-smt" || after.is_none());
        for (shown, image) in [(before, &images.before), (after, &images.after)] {
            match shown {
                Some(shown) => wrong.extend(check(format, columns, shown, image.as_ref())),
                None => ensure!(image.is_none(), "{format}: an image too many"),
            }
        }
    }
    Ok(wrong)
}

async fn every_type(source: Source) -> Result<()> {
    every_type_of(source, &format!("types{}", source.name()), columns(source)).await
}

async fn every_type_of(source: Source, name: &str, columns: Vec<Column>) -> Result<()> {
    // GIVEN a project for each format on a table with a column of every type
    let mq = rocketmq().await?;
    let table = format!("ledgers.{name}");
    source.sql("CREATE DATABASE IF NOT EXISTS ledgers DEFAULT CHARSET utf8mb4").await?;
    let declared: Vec<String> =
        columns.iter().map(|column| format!("`{}` {}", column.name, column.sql_type)).collect();
    source
        .sql(&format!(
            "CREATE TABLE {table} (id INT NOT NULL PRIMARY KEY, {}) DEFAULT CHARSET utf8mb4",
            declared.join(", ")
        ))
        .await?;
    let product = Product::start().await?;
    for format in FORMATS {
        let topic = topic(name, format);
        mq.create_topic(&topic, 1, 6).await?;
        let project = format!("{name}{}", format.replace('-', ""));
        let file = ProjectFile::new(source, mq, &project, &table, &topic);
        product.apply(&file.with(&format!("format = \"{format}\"")).text()).await?;
        product.project("start", &project).await?;
    }

    // WHEN rows are inserted, updated and deleted
    let shown = change(source, &table, &columns).await?;

    // THEN every image of every message holds what SELECT showed
    let count = 3 * i64::try_from(shown.rows)? + 1;
    let mut wrong = Vec::new();
    for format in FORMATS {
        let topic = topic(name, format);
        let arrived = mq.wait_for_count(&topic, count, Duration::from_secs(30)).await;
        arrived.with_context(|| product.log())?;
        let messages = mq.dump_topic(&topic).await?;
        wrong.extend(compare(format, &columns, &shown, &messages)?);
        println!("{topic}: {} columns in {} messages", columns.len(), messages.len());
    }
    wrong.sort();
    wrong.dedup();
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

fn topic(name: &str, format: &str) -> String {
    format!("{name}-{format}")
}

#[test]
fn mysql_types() {
    story(async { every_type(Source::mysql().await?).await });
}

#[test]
fn mariadb_types() {
    story(async { every_type(Source::mariadb().await?).await });
}

#[test]
fn mariadb_types_of_its_own() {
    story(async {
        let source = Source::mariadb().await?;
        every_type_of(source, "owntypes", columns_of(source, &[MARIADB])).await
    });
}

#[test]
fn mariadb_types_in_its_own_temporal_format() {
    story(async {
        let source = Source::mariadb().await?;
        source.sql("SET GLOBAL mysql56_temporal_format = OFF").await?;
        let outcome = every_type_of(source, "oldformat", columns_of(source, &[OLD_FORMAT])).await;
        source.sql("SET GLOBAL mysql56_temporal_format = ON").await?;
        outcome
    });
}

#[test]
fn oceanbase_types() {
    story(async { every_type(Source::oceanbase().await?).await });
}
