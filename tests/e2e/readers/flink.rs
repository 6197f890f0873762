//! Flink reads the messages as a table's changes: kinds of rows and values are those of SELECT.

use anyhow::{Context, Result, bail, ensure};
use jiff::civil;
use tidewire_rig::readers::{FlinkFormat, FlinkReading, FlinkTimestamps};

use super::Story;
use super::changes::{Row, Shown, is_clean, is_label};
use crate::rules::{Rule, Style, bits, digits, unhex};
use crate::servers::readers;
use crate::types::Column;

/// Which of our formats Flink reads, and as which of its own.
const READ: [(&str, FlinkFormat); 4] = [
    ("canal", FlinkFormat::CanalJson),
    ("canal-flat", FlinkFormat::CanalJson),
    ("debezium-flatten", FlinkFormat::DebeziumJson),
    ("debezium", FlinkFormat::DebeziumJsonWithSchema),
];

/// The type that a user declares for a column.
fn flink_type(format: &str, column: &Column) -> String {
    let debezium = format.starts_with("debezium");
    let flat = format == "canal-flat";
    let name = column.sql_type;
    match column.rule {
        Rule::Number if name.starts_with("BIGINT UNSIGNED") => "DECIMAL(20,0)".to_owned(),
        Rule::Number => "BIGINT".to_owned(),
        Rule::Decimal => {
            let scale = name.split([',', ')']).nth(1).unwrap_or("0");
            format!("DECIMAL(38,{scale})")
        }
        Rule::Float => "FLOAT".to_owned(),
        Rule::Double => "DOUBLE".to_owned(),
        Rule::Text if flat && is_label(name) => "BIGINT".to_owned(),
        Rule::Bit if flat => "DECIMAL(20,0)".to_owned(),
        Rule::Bit | Rule::Bytes if format == "canal" => "BYTES".to_owned(),
        Rule::Clock if debezium => "BIGINT".to_owned(),
        Rule::Clock if is_clean(column) => name.replace("DATETIME", "TIMESTAMP"),
        Rule::Timestamp if debezium => "TIMESTAMP_LTZ(6)".to_owned(),
        // Zero has no place in Flink's type; this column never holds it.
        Rule::Timestamp if flat && name.starts_with("TIMESTAMP(4)") => "TIMESTAMP(4)".to_owned(),
        _ => "STRING".to_owned(),
    }
}

/// Checks what Flink holds against what SELECT showed.
fn check(format: &str, column: &Column, shown: &Shown, got: Option<&str>) -> Result<()> {
    let (debezium, flat) = (format.starts_with("debezium"), format == "canal-flat");
    let other = flat && (is_label(column.sql_type) || column.rule == Rule::Timestamp);
    let text = if other { &shown.other } else { &shown.text };
    let (Some(text), Some(got)) = (text.as_deref(), got) else {
        // Debezium has no form for zero dates.
        let zero = text.as_deref().is_some_and(|text| text.starts_with("0000"));
        ensure!(got.is_none() && (text.is_none() || zero), "{text:?} became {got:?}");
        return Ok(());
    };
    let by_rule = |style, token: &str| column.rule.check(style, column.sql_type, Some(text), token);
    let typed = flink_type(format, column);
    match column.rule {
        Rule::Float | Rule::Double => by_rule(Style::Default, got),
        Rule::Json => by_rule(Style::Default, &serde_json::to_string(got)?),
        Rule::Timestamp if debezium => {
            let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
            let wanted = jiff::Timestamp::new(seconds.parse()?, format!("{fraction:0<9}").parse()?)?;
            let got = got.parse::<civil::DateTime>()?.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp();
            ensure!(wanted == got, "{text} became {got}");
            Ok(())
        }
        Rule::Clock if debezium => by_rule(Style::Debezium, got),
        Rule::Clock | Rule::Timestamp if typed != "STRING" => {
            ensure!(moment(text)? == moment(got)?, "{text} became {got}");
            Ok(())
        }
        Rule::Clock | Rule::Timestamp if !flat => by_rule(Style::Default, &serde_json::to_string(got)?),
        rule => {
            let wanted = match rule {
                Rule::Number => digits(text),
                Rule::Bytes if flat => latin(column, text)?,
                Rule::Bit if !flat => {
                    format!("{:0width$X}", text.parse::<u64>()?, width = 2 * bits(text)?.len())
                }
                _ => text.to_owned(),
            };
            ensure!(got == wanted, "{text} became {got}, not {wanted}");
            Ok(())
        }
    }
}

/// Bytes as Canal shows them: as characters, and BINARY without the zero bytes of its end, as it stands in
/// the log.
fn latin(column: &Column, hex: &str) -> Result<String> {
    let mut bytes = unhex(hex)?;
    while column.sql_type.starts_with("BINARY") && bytes.last() == Some(&0) {
        bytes.pop();
    }
    Ok(bytes.into_iter().map(char::from).collect())
}

/// A date, a time of day or both.
fn moment(text: &str) -> Result<civil::DateTime> {
    let text = text.replace(' ', "T");
    Ok(match (text.contains('-'), text.contains(':')) {
        (true, true) => text.parse()?,
        (true, false) => text.parse::<civil::Date>()?.to_datetime(civil::Time::midnight()),
        _ => civil::date(1970, 1, 1).to_datetime(text.parse()?),
    })
}

pub(super) async fn rows_equal_select(story: &Story) -> Result<()> {
    let mut found = Vec::new();
    for (format, flink) in READ {
        let columns: Vec<(String, String)> = (story.table.columns.iter())
            .map(|column| (column.name.clone(), flink_type(format, column)))
            .collect();
        let timestamps =
            if format.starts_with("debezium") { FlinkTimestamps::Iso8601 } else { FlinkTimestamps::Sql };
        let readings = readers().await?.flink(flink, timestamps, &columns, &story.bodies(format)).await?;
        ensure!(readings.len() == story.changes.len(), "{format}: {} answers", readings.len());
        for (reading, change) in readings.iter().zip(&story.changes) {
            let rows = match reading {
                FlinkReading::Rows(rows) => rows,
                FlinkReading::Refused(reason) => bail!("{format}: Flink refuses: {reason:.3000}"),
            };
            let wanted: &[(&str, &Option<Row>)] = match (&change.before, &change.after) {
                (None, _) => &[("+I", &change.after)],
                (_, None) => &[("-D", &change.before)],
                _ => &[("-U", &change.before), ("+U", &change.after)],
            };
            let kinds: Vec<&str> = rows.iter().map(|row| row.kind.as_str()).collect();
            let wanted_kinds: Vec<&str> = wanted.iter().map(|(kind, _)| *kind).collect();
            ensure!(kinds == wanted_kinds, "{format}: {kinds:?} instead of {wanted_kinds:?}");
            for (row, (_, shown)) in rows.iter().zip(wanted) {
                let shown = shown.as_ref().context("no row")?;
                for ((column, shown), got) in story.table.columns.iter().zip(shown).zip(&row.values) {
                    if let Err(error) = check(format, column, shown, got.as_deref()) {
                        let error: String = format!("{error:#}").chars().take(200).collect();
                        found.push(format!("{format} {} {}: {error}", column.name, column.sql_type));
                    }
                }
            }
        }
        println!("{format}: Flink has {} columns of {} changes", columns.len(), story.changes.len());
    }
    found.sort();
    found.dedup();
    ensure!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}
