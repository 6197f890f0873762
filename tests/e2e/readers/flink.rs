//! Flink reads the messages as a table's changes: kinds of rows and values are those of SELECT.

use anyhow::{Context, Result, bail, ensure};
use jiff::civil;
use tidewire_rig::readers::{FlinkFormat, FlinkReading, FlinkTimestamps};

use super::Story;
use super::changes::{Row, Shown, is_clean, is_label};
use crate::rules::{Rule, Style};
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
    let flat = format == "canal-flat";
    let label = flat && is_label(column.sql_type);
    let local = flat && column.rule == Rule::Timestamp;
    let text = if label || local { &shown.other } else { &shown.text };
    let (Some(text), Some(got)) = (text.as_deref(), got) else {
        // Debezium has no form for zero dates.
        let zero = text.as_deref().is_some_and(|text| text.starts_with("0000"));
        ensure!(got.is_none() && (text.is_none() || zero), "{text:?} became {got:?}");
        return Ok(());
    };
    let wanted = match column.rule {
        Rule::Float | Rule::Double => {
            return column.rule.check(Style::Default, column.sql_type, Some(text), got);
        }
        Rule::Clock if is_clean(column) && !format.starts_with("debezium") => {
            ensure!(moment(text)? == moment(got)?, "{text} became {got}");
            return Ok(());
        }
        Rule::Timestamp if format.starts_with("debezium") => {
            let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
            let nanos: i32 = format!("{fraction:0<9}").parse()?;
            let wanted = jiff::Timestamp::new(seconds.parse()?, nanos)?;
            let got = got.parse::<civil::DateTime>()?.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp();
            ensure!(wanted == got, "{text} became {got}");
            return Ok(());
        }
        Rule::Timestamp if local && column.sql_type.starts_with("TIMESTAMP(4)") => {
            ensure!(moment(text)? == moment(got)?, "{text} became {got}");
            return Ok(());
        }
        Rule::Number => without_zeros(text),
        Rule::Decimal => text.to_owned(),
        Rule::Bit if flat => text.to_owned(),
        Rule::Bytes if flat => {
            // Canal leaves BINARY as the log has it, without the zero bytes of its end.
            let bytes = unhex(text)?;
            let length = if column.sql_type.starts_with("BINARY") {
                bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)
            } else {
                bytes.len()
            };
            bytes[..length].iter().map(|byte| char::from(*byte)).collect()
        }
        Rule::Clock if flat => text.to_owned(),
        Rule::Timestamp if local => text.to_owned(),
        Rule::Json => {
            let (text, got): (serde_json::Value, serde_json::Value) =
                (serde_json::from_str(text)?, serde_json::from_str(got)?);
            ensure!(text == got, "{text} became {got}");
            return Ok(());
        }
        Rule::Bytes => text.to_owned(),
        Rule::Bit => format!("{:0>2X}", text.parse::<u64>()?).chars().collect::<String>().pad_even(),
        Rule::Text => text.to_owned(),
        Rule::Clock | Rule::Timestamp => {
            let token = if format == "canal" { serde_json::to_string(got)? } else { got.to_owned() };
            return column.rule.check(Style::of(format), column.sql_type, Some(text), &token);
        }
    };
    ensure!(got == wanted, "{text} became {got}, not {wanted}");
    Ok(())
}

trait PadEven {
    /// Two digits a byte.
    fn pad_even(self) -> String;
}

impl PadEven for String {
    fn pad_even(self) -> String {
        if self.len() % 2 == 1 { format!("0{self}") } else { self }
    }
}

fn without_zeros(text: &str) -> String {
    let digits = text.trim_start_matches('0');
    if digits.is_empty() { "0".to_owned() } else { digits.to_owned() }
}

fn unhex(text: &str) -> Result<Vec<u8>> {
    (0..text.len()).step_by(2).map(|at| Ok(u8::from_str_radix(&text[at..at + 2], 16)?)).collect()
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
