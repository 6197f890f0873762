//! Reads binlog files with the product's assembler and decoder.

use std::fmt;
use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::PathBuf;
use std::sync::Arc;

use mysql_common::binlog::consts::BinlogVersion;
use mysql_common::binlog::events::{Event, TransactionPayloadEvent};
use mysql_common::binlog::{BinlogFile, EventStreamReader};
use tidewire::pipeline::error::PipelineError;
use tidewire::pipeline::schema::{Column, ColumnKind};
use tidewire::pipeline::source::assemble::{Assembler, CommitClock, Step};
use tidewire::pipeline::source::binding::bind;
use tidewire::pipeline::source::body::{RowsKind, kind};
use tidewire::pipeline::source::decode::{Cell, JsonDoubles, RowDecoder, RowPair, write_json_text};
use tidewire::pipeline::source::stream::raw_event;

use super::expected::Capture;

#[derive(Default)]
pub(crate) struct Options {
    pub binlog_service: bool,
    pub json_doubles: JsonDoubles,
}

/// A decoded change; values as the captures write them.
pub(crate) struct Change {
    pub table: String,
    pub op: String,
    pub before: Vec<(String, Shown)>,
    pub after: Vec<(String, Shown)>,
    pub transaction: String,
    pub commit_micros: u64,
}

/// A decoded value in the captures' text form.
#[derive(Debug)]
pub(crate) enum Shown {
    Null,
    Text(String),
    Moment(String),
    Number(f64),
    Json(String),
}

impl Shown {
    pub(crate) fn equals(&self, expected: Option<&str>) -> bool {
        match (self, expected) {
            (Self::Null, None) => true,
            (Self::Text(text), Some(expected)) => text == expected,
            // SELECT shows the declared digits, the binlog carries microseconds.
            (Self::Moment(text), Some(expected)) => trimmed(text) == trimmed(expected),
            #[expect(clippy::float_cmp, reason = "the same bits are wanted")]
            (Self::Number(number), Some(expected)) => {
                let wanted: f64 = expected.parse().unwrap();
                *number == wanted || (*number as f32) == (wanted as f32)
            }
            (Self::Json(text), Some(expected)) => text == expected || same_json(text, expected),
            _ => false,
        }
    }
}

fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// Documents of the service keep the order of their members and are compared
/// as documents, numbers by value.
fn same_json(left: &str, right: &str) -> bool {
    fn normal(text: &str) -> Option<String> {
        let value: serde_json::Value = serde_json::from_str(text).ok()?;
        Some(canonical(&value))
    }
    fn canonical(value: &serde_json::Value) -> String {
        match value {
            serde_json::Value::Number(number) => format!("{:?}", number.as_f64().unwrap()),
            serde_json::Value::Array(items) => {
                format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(","))
            }
            serde_json::Value::Object(members) => {
                let members: Vec<String> =
                    members.iter().map(|(name, value)| format!("{name:?}:{}", canonical(value))).collect();
                format!("{{{}}}", members.join(","))
            }
            other => other.to_string(),
        }
    }
    normal(left).is_some_and(|left| Some(left) == normal(right))
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.op, self.table)
    }
}

struct Reading<'c> {
    assembler: Assembler,
    capture: &'c Capture,
    json_doubles: JsonDoubles,
    split_keys: bool,
    changes: Vec<Change>,
}

/// Decodes all rows of the files.
pub(crate) fn read(
    files: &[PathBuf],
    capture: &Capture,
    options: &Options,
) -> Result<Vec<Change>, PipelineError> {
    let clock = if options.binlog_service { CommitClock::BinlogService } else { CommitClock::Standard };
    let mut reading = None;
    for path in files {
        let file =
            BinlogFile::new(BinlogVersion::Version4, BufReader::new(File::open(path).unwrap())).unwrap();
        for event in file {
            let event = event.unwrap();
            let reading = reading.get_or_insert_with(|| Reading {
                assembler: Assembler::new(clock, followed(files), false, "file".into(), 4),
                capture,
                json_doubles: options.json_doubles,
                split_keys: !options.binlog_service,
                changes: Vec::new(),
            });
            reading.event(&event)?;
            if event.header().event_type_raw() == kind::TRANSACTION_PAYLOAD {
                let payload = event.read_event::<TransactionPayloadEvent<'_>>().unwrap();
                let mut inner = Cursor::new(payload.danger_decompress());
                let mut inner_reader = EventStreamReader::new(BinlogVersion::Version4);
                while let Some(event) = inner_reader.read_decompressed(&mut inner).unwrap() {
                    reading.event(&event)?;
                }
            }
        }
    }
    Ok(reading.unwrap().changes)
}

/// The captures' databases differ; every table of theirs is followed.
fn followed(files: &[PathBuf]) -> Vec<String> {
    let mut names = Vec::new();
    for path in files {
        let file =
            BinlogFile::new(BinlogVersion::Version4, BufReader::new(File::open(path).unwrap())).unwrap();
        for event in file {
            let event = event.unwrap();
            if event.header().event_type_raw() == kind::TRANSACTION_PAYLOAD {
                names.push("shop.all_types".to_owned());
                names.push("cap.all_types".to_owned());
                names.push("t.all_types".to_owned());
            }
            if event.header().event_type_raw() == kind::TABLE_MAP {
                let map = tidewire::pipeline::source::body::table_map(event.data()).unwrap();
                let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
                names.push(format!("{}.{}", text(map.database), text(map.table)));
            }
        }
    }
    names
}

impl Reading<'_> {
    fn event(&mut self, event: &Event) -> Result<(), PipelineError> {
        let raw = raw_event(event);
        match self.assembler.step(&raw)? {
            Step::Unbound(map) => {
                let table = String::from_utf8(map.table.to_vec()).unwrap();
                let candidates = self.capture.candidates(&table, self.changes.len());
                let bound = candidates.iter().find_map(|schema| bind(0, schema, &map).unwrap().ok());
                let bound = bound.unwrap_or_else(|| panic!("no version of {table} fits: {candidates:?}"));
                self.assembler.bound(map.table_id, raw.body, Arc::new(bound));
            }
            Step::Rows(rows, table) => {
                let mut decoder = RowDecoder::new(&rows, &table.wire, &table.schema.columns, false)
                    .map_err(|error| malformed(&error))?;
                let mut pair = RowPair::default();
                let (transaction, commit_micros) =
                    self.assembler.open().map(|open| (open.id.to_string(), open.commit_micros)).unwrap();
                while decoder.next(&mut pair).map_err(|error| malformed(&error))? {
                    let op = match rows.kind {
                        RowsKind::Insert => "insert",
                        RowsKind::Delete => "delete",
                        RowsKind::Update | RowsKind::PartialUpdate => "update",
                    };
                    let show = |cells: &[Cell<'_>]| {
                        cells
                            .iter()
                            .zip(&table.schema.columns)
                            .map(|(cell, column)| {
                                (column.name.clone(), shown(cell, column, self.json_doubles))
                            })
                            .collect()
                    };
                    let mut push = |op: &str, before, after| {
                        self.changes.push(Change {
                            table: table.schema.table.clone(),
                            op: op.to_owned(),
                            before,
                            after,
                            transaction: transaction.clone(),
                            commit_micros,
                        });
                    };
                    // MySQL's captures were read back by SELECT and know a changed
                    // key only as two changes.
                    let id = table.schema.column_index("id");
                    if self.split_keys
                        && op == "update"
                        && id.is_some_and(|id| pair.before[id] != pair.after[id])
                    {
                        push("delete", show(&pair.before), Vec::new());
                        push("insert", Vec::new(), show(&pair.after));
                    } else {
                        push(op, show(&pair.before), show(&pair.after));
                    }
                }
            }
            Step::Ddl { .. } => self.assembler.unbind_followed(),
            _ => {}
        }
        Ok(())
    }
}

fn malformed(error: &dyn fmt::Display) -> PipelineError {
    PipelineError::new(tidewire::pipeline::error::ErrorKind::EventMalformed, error.to_string())
}

#[expect(clippy::too_many_lines, reason = "one arm a type")]
fn shown(cell: &Cell<'_>, column: &Column, doubles: JsonDoubles) -> Shown {
    let fraction = |micros: u32| if micros == 0 { String::new() } else { format!(".{micros:06}") };
    let text = match cell {
        Cell::Null => return Shown::Null,
        Cell::Float(value) => return Shown::Number(f64::from(*value)),
        Cell::Double(value) => return Shown::Number(*value),
        Cell::Int(value) => value.to_string(),
        Cell::UInt(value) => value.to_string(),
        Cell::Decimal(decimal) => {
            let mut out = Vec::new();
            decimal.write_plain(&mut out).unwrap();
            String::from_utf8(out).unwrap()
        }
        Cell::Bit(bytes) => {
            let hex = hex(bytes);
            let trimmed = hex.trim_start_matches('0');
            if trimmed.is_empty() { "0".to_owned() } else { trimmed.to_owned() }
        }
        Cell::Bytes(bytes) => match column.kind {
            ColumnKind::Binary => {
                let mut padded = bytes.to_vec();
                padded.resize(column.length as usize, 0);
                hex(&padded)
            }
            ColumnKind::VarBinary
            | ColumnKind::TinyBlob
            | ColumnKind::Blob
            | ColumnKind::MediumBlob
            | ColumnKind::LongBlob => hex(bytes),
            _ => column.charset.decode(bytes).expect("valid text").into_owned(),
        },
        Cell::Enum(index) => match usize::from(*index).checked_sub(1) {
            None => String::new(),
            Some(index) => column.labels[index].clone(),
        },
        Cell::Set(bits) => {
            let labels = column.labels.iter().enumerate();
            let chosen: Vec<&str> = labels
                .filter(|(index, _)| bits & (1 << index) != 0)
                .map(|(_, label)| label.as_str())
                .collect();
            chosen.join(",")
        }
        Cell::Year(year) => format!("{year:04}"),
        Cell::Date(date) => format!("{:04}-{:02}-{:02}", date.year, date.month, date.day),
        Cell::Time(time) => format!(
            "{}{:02}:{:02}:{:02}{}",
            if time.negative { "-" } else { "" },
            time.hours,
            time.minutes,
            time.seconds,
            fraction(time.micros)
        ),
        Cell::DateTime(value) => format!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}{}",
            value.date.year,
            value.date.month,
            value.date.day,
            value.hours,
            value.minutes,
            value.seconds,
            fraction(value.micros)
        ),
        Cell::Timestamp(value) if value.seconds == 0 && value.micros == 0 => "0000-00-00 00:00:00".to_owned(),
        Cell::Timestamp(value) => {
            let time = jiff::Timestamp::from_second(i64::from(value.seconds)).unwrap();
            format!("{}{}", time.strftime("%Y-%m-%d %H:%M:%S"), fraction(value.micros))
        }
        Cell::Json(document) => {
            let mut out = Vec::new();
            write_json_text(&mut out, document, doubles).unwrap();
            return Shown::Json(String::from_utf8(out).unwrap());
        }
        Cell::Geometry(bytes) => {
            return Shown::Text(match std::str::from_utf8(bytes) {
                Ok(text) if text.starts_with("SRID") => text.to_owned(),
                _ => hex(bytes),
            });
        }
    };
    match cell {
        Cell::Time(_) | Cell::DateTime(_) | Cell::Timestamp(_) => Shown::Moment(text),
        _ => Shown::Text(text),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02X}").unwrap();
        text
    })
}
