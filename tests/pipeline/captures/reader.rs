//! Reads binlog files with the product's assembler and decoder.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::FutureExt;
use mysql_common::binlog::consts::BinlogVersion;
use mysql_common::binlog::events::{Event, TransactionPayloadEvent};
use mysql_common::binlog::{BinlogFile, EventStreamReader};
use tidewire_engine::checkpoint::Position;
use tidewire_engine::doors::SourceFacts;
use tidewire_engine::error::PipelineError;
use tidewire_engine::identity::{Followed, TableName};
use tidewire_engine::log::assemble::{Assembler, CommitClock, Step};
use tidewire_engine::log::body::{RowsKind, kind};
use tidewire_engine::log::event::RawEvent;
use tidewire_engine::rows::{Cell, JsonDoubles, RowDecoder, RowPair};
use tidewire_engine::schema::binding::{BoundTable, bind};
use tidewire_engine::schema::book::{Opening, SchemaBook};
use tidewire_engine::schema::dialect::{Dialect, Server};

use crate::far::Far;

use crate::formats::check_change;
use crate::shown::{Shown, shown};

use super::expected::Capture;

#[derive(Default)]
pub(crate) struct Options {
    pub binlog_service: bool,
    pub json_doubles: JsonDoubles,
    /// Columns are what the events say of themselves.
    pub told: bool,
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

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.op, self.table)
    }
}

struct Reading<'c> {
    assembler: Assembler,
    bound: HashMap<usize, Arc<BoundTable>>,
    capture: &'c Capture,
    json_doubles: JsonDoubles,
    split_keys: bool,
    told: Option<SchemaBook>,
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
                assembler: Assembler::new(clock, followed(files), "file".into(), 4),
                bound: HashMap::new(),
                capture,
                json_doubles: options.json_doubles,
                split_keys: !options.binlog_service,
                told: options.told.then(|| book(followed(files))),
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
fn followed(files: &[PathBuf]) -> Followed {
    let mut names = Vec::new();
    for path in files {
        let file =
            BinlogFile::new(BinlogVersion::Version4, BufReader::new(File::open(path).unwrap())).unwrap();
        for event in file {
            let event = event.unwrap();
            if event.header().event_type_raw() == kind::TRANSACTION_PAYLOAD {
                names.push(TableName::new("shop", "all_types"));
                names.push(TableName::new("cap", "all_types"));
                names.push(TableName::new("t", "all_types"));
            }
            if event.header().event_type_raw() == kind::TABLE_MAP {
                let map = tidewire_engine::log::body::table_map(event.data()).unwrap();
                let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
                names.push(TableName::new(text(map.database), text(map.table)));
            }
        }
    }
    Followed::new(names, false)
}

fn raw_event(event: &Event) -> RawEvent<'_> {
    let header = event.header();
    RawEvent {
        kind: header.event_type_raw(),
        timestamp: header.timestamp(),
        server_id: header.server_id(),
        size: header.event_size(),
        log_pos: header.log_pos(),
        body: event.data(),
    }
}

/// The server of the recorded files of MySQL.
fn dialect() -> Dialect {
    Dialect::new(Server::MySql, "9.7.4")
}

fn book(followed: Followed) -> SchemaBook {
    let facts = SourceFacts { folds_case: false, dialect: dialect() };
    let opening = Opening { source: Arc::new(Far(facts)), facts, followed, stats: Arc::default() };
    SchemaBook::new(opening, Vec::new(), 0)
}

impl Reading<'_> {
    fn event(&mut self, event: &Event) -> Result<(), PipelineError> {
        let raw = raw_event(event);
        match self.assembler.step(&raw)? {
            Step::Unbound(slot, map) => {
                let table = String::from_utf8(map.table.to_vec()).unwrap();
                let bound = if let Some(book) = &mut self.told {
                    let at = Position::default();
                    let resolved = book.resolve(slot, &map, &at, ("file".into(), 4));
                    resolved.now_or_never().expect("nothing is asked of the source")?
                } else {
                    let candidates = self.capture.candidates(&table, self.changes.len());
                    let bound =
                        candidates.iter().find_map(|schema| bind(0, schema, &map, dialect()).unwrap().ok());
                    bound.unwrap_or_else(|| panic!("no version of {table} fits: {candidates:?}"))
                };
                self.bound.insert(slot, Arc::new(bound));
                self.assembler.bound(map.table_id, raw.body, slot);
            }
            Step::Rows(rows, slot) => {
                let table = Arc::clone(&self.bound[&slot]);
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
                    check_change(&table.schema, &pair.before, &pair.after, self.json_doubles);
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
    PipelineError::new(tidewire_engine::error::ErrorKind::EventMalformed, error.to_string())
}
