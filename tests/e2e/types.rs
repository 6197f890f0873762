//! Every column type of each server: what SELECT shows, turned into text by the rules of format
//! Default (written here once more, from the document), is what the messages hold.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;
use tidewire_rig::sql;

use crate::product::{Product, ProjectFile};
use crate::servers::{rocketmq, story};
use crate::source::Source;

/// How SELECT's text becomes the token of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// The digits as they are.
    Number,
    /// As Java's `BigDecimal.toString`.
    Decimal,
    /// The same number; servers show fewer digits than they hold.
    Float,
    Double,
    Text,
    /// Fractions lose their trailing zeros.
    Clock,
    /// Seconds since 1970 with fraction.
    Timestamp,
    Bytes,
    Bit,
    /// A document: compared as JSON.
    Json,
}

impl Rule {
    /// What to select of a column.
    fn expression(self, name: &str) -> String {
        match self {
            Self::Bytes => format!("HEX(`{name}`)"),
            Self::Bit => format!("`{name}` + 0"),
            Self::Timestamp => format!("IF(`{name}` = 0, '0000-00-00 00:00:00', UNIX_TIMESTAMP(`{name}`))"),
            // All digits of a FLOAT, not the six that are shown.
            Self::Float => format!("`{name}` + CAST(0 AS DECIMAL(1,0)) * 1E0"),
            _ => format!("`{name}`"),
        }
    }

    fn check(self, shown: Option<&str>, token: &str) -> Result<()> {
        let Some(shown) = shown else {
            ensure!(token == "null", "NULL became {token}");
            return Ok(());
        };
        let wanted = match self {
            Self::Float | Self::Double => {
                let (shown, sent): (f64, f64) = (shown.parse()?, token.parse()?);
                let limit = if self == Self::Float { 1e-6 } else { 1e-15 };
                ensure!((shown - sent).abs() <= shown.abs() * limit, "{shown} became {sent}");
                return Ok(());
            }
            Self::Json => {
                let text: String = serde_json::from_str(token)?;
                let (shown, sent): (serde_json::Value, serde_json::Value) =
                    (serde_json::from_str(shown)?, serde_json::from_str(&text)?);
                ensure!(shown == sent, "{shown} became {sent}");
                return Ok(());
            }
            Self::Number => shown.trim_start_matches('0').to_owned(),
            Self::Decimal => scientific(shown),
            Self::Text => serde_json::to_string(shown)?,
            Self::Clock | Self::Timestamp => serde_json::to_string(without_zeros(shown))?,
            Self::Bytes => serde_json::to_string(&STANDARD.encode(unhex(shown)?))?,
            Self::Bit => {
                let bytes = shown.parse::<u64>()?.to_be_bytes();
                let zeros = bytes.iter().take_while(|byte| **byte == 0).count().min(7);
                serde_json::to_string(&STANDARD.encode(&bytes[zeros..]))?
            }
        };
        let wanted = if wanted.is_empty() { "0".to_owned() } else { wanted };
        // Compared as values, so that ways to escape do not matter.
        let same = match (serde_json::from_str::<String>(&wanted), serde_json::from_str::<String>(token)) {
            (Ok(wanted), Ok(token)) => wanted == token,
            _ => wanted == token,
        };
        ensure!(same, "{shown} became {token}, not {wanted}");
        Ok(())
    }
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

fn unhex(text: &str) -> Result<Vec<u8>> {
    (0..text.len()).step_by(2).map(|at| Ok(u8::from_str_radix(&text[at..at + 2], 16)?)).collect()
}

/// Plain digits as `BigDecimal.toString` writes them.
fn scientific(plain: &str) -> String {
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain), |rest| ("-", rest));
    let scale = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let unscaled = digits.replace('.', "");
    let unscaled = unscaled.trim_start_matches('0');
    let unscaled = if unscaled.is_empty() { "0" } else { unscaled };
    let exponent = unscaled.len() as i64 - 1 - scale as i64;
    if exponent >= -6 {
        return plain.to_owned();
    }
    let point = if unscaled.len() > 1 { "." } else { "" };
    format!("{sign}{}{point}{}E{exponent}", &unscaled[..1], &unscaled[1..])
}

struct Column {
    name: String,
    sql_type: &'static str,
    rule: Rule,
    values: &'static [&'static str],
}

/// Types that all servers know.
const COMMON: &[(&str, Rule, &[&str])] = &[
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
const NOT_OCEANBASE: &[(&str, Rule, &[&str])] = &[
    ("BIT(64)", Rule::Bit, &["b'1111111111111111111111111111111111111111111111111111111111111111'", "b'1'"]),
    ("BIGINT UNSIGNED", Rule::Number, &["18446744073709551615", "9223372036854775808"]),
    ("DECIMAL(30,30)", Rule::Decimal, &["0.5", "0", "0.0000001"]),
    ("ENUM('x','y')", Rule::Text, &["'nothing of it'", "'y'"]),
];

const JSON: &[(&str, Rule, &[&str])] = &[(
    "JSON",
    Rule::Json,
    &[
        r#"'{"名称": "手机 📱", "price": 12.5, "tags": ["a", null, true], "n": -9007199254740993}'"#,
        "'[]'",
        r#"'"text"'"#,
        "'1.25'",
    ],
)];

fn columns(source: Source) -> Vec<Column> {
    let more = if matches!(source, Source::OceanBase(_)) { JSON } else { NOT_OCEANBASE };
    COMMON
        .iter()
        .chain(more)
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(borrow)]
    prev_struct: Option<BTreeMap<&'a str, &'a RawValue>>,
    #[serde(borrow)]
    post_struct: Option<BTreeMap<&'a str, &'a RawValue>>,
}

/// Checks an image against what SELECT showed; names every column that differs.
fn check(
    columns: &[Column],
    shown: &[Option<String>],
    image: Option<&BTreeMap<&str, &RawValue>>,
) -> Vec<String> {
    let Some(image) = image else { return vec!["the image is missing".to_owned()] };
    columns
        .iter()
        .zip(&shown[1..])
        .filter_map(|(column, shown)| {
            let checked = image
                .get(column.name.as_str())
                .context("not in the message")
                .and_then(|token| column.rule.check(shown.as_deref(), token.get()));
            let error = checked.err()?.to_string();
            Some(format!(
                "{} {}: {}",
                column.name,
                column.sql_type,
                error.chars().take(200).collect::<String>()
            ))
        })
        .collect()
}

async fn every_type(source: Source) -> Result<()> {
    // GIVEN a project on a table with a column of every type
    let mq = rocketmq().await?;
    let name = format!("types{}", source.name());
    let table = format!("ledgers.{name}");
    source.sql("CREATE DATABASE IF NOT EXISTS ledgers DEFAULT CHARSET utf8mb4").await?;
    let columns = columns(source);
    let declared: Vec<String> =
        columns.iter().map(|column| format!("`{}` {}", column.name, column.sql_type)).collect();
    source
        .sql(&format!(
            "CREATE TABLE {table} (id INT NOT NULL PRIMARY KEY, {}) DEFAULT CHARSET utf8mb4",
            declared.join(", ")
        ))
        .await?;
    mq.create_topic(&name, 1, 6).await?;
    let product = Product::start().await?;
    product.apply(&ProjectFile::new(source, mq, &name, &table, &name).text()).await?;
    product.project("start", &name).await?;

    // WHEN rows with limits, NULL and odd values are inserted, updated and deleted
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

    // THEN every image of every message holds what SELECT showed
    let count = 3 * i64::try_from(rows)? + 1;
    let arrived = mq.wait_for_count(&name, count, Duration::from_secs(30)).await;
    arrived.with_context(|| product.log())?;
    let messages = mq.dump_topic(&name).await?;
    let mut wrong = Vec::new();
    let images = (inserted.iter().map(|row| (None, Some(row))))
        .chain((0..rows).map(|row| (Some(&inserted[row]), Some(&updated[row]))))
        .chain((0..rows).map(|row| (Some(&updated[row]), None)));
    for (message, (before, after)) in messages.iter().zip(images) {
        let body: Body = serde_json::from_slice(&message.body)?;
        for (shown, image) in [(before, body.prev_struct), (after, body.post_struct)] {
            match shown {
                Some(shown) => wrong.extend(check(&columns, shown, image.as_ref())),
                None => ensure!(image.is_none(), "an image too many"),
            }
        }
    }
    println!("{name}: {} columns in {} messages", columns.len(), messages.len());
    wrong.sort();
    wrong.dedup();
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
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
fn oceanbase_types() {
    story(async { every_type(Source::oceanbase().await?).await });
}
