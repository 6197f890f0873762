//! What an input is fed to.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use bytes::BytesMut;
use tidewire_engine::endpoint::DatasourceKind;
use tidewire_engine::filter::{RowFilter, check_syntax};
use tidewire_engine::identity::{Followed, TableName};
use tidewire_engine::log::assemble::{Assembler, CommitClock, Step};
use tidewire_engine::log::event::RawEvent;
use tidewire_engine::message::messages;
use tidewire_engine::rows::{
    Cell, Date, JsonDoubles, RowDecoder, RowPair, Timestamp, apply_json_difference, write_canal_json_text,
    write_json_text,
};
use tidewire_engine::schema::TableSchema;
use tidewire_engine::schema::binding::{BoundTable, bind};
use tidewire_engine::schema::declared::{RawColumn, build_column};
use tidewire_engine::schema::dialect::Dialect;
use tidewire_engine::serialize::text::{DecimalText, TextRules, write_json_cell};
use tidewire_rocketmq::parse_stored;
use tidewire_rocketmq::wire::{frame, route};

use crate::mutate::{Input, Kind};

#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) fine: u64,
    pub(crate) refused: u64,
}

/// Rows that were read and written as text: proof that inputs reach that far.
pub(crate) static ROWS: AtomicU64 = AtomicU64::new(0);

impl Seen {
    pub(crate) fn count(&mut self, fine: bool) {
        if fine {
            self.fine += 1;
        } else {
            self.refused += 1;
        }
    }
}

/// The committed inputs: `NAME.KIND` files.
pub(crate) fn corpus() -> Vec<Input> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/corpus");
    let mut inputs = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = match path.extension().and_then(|extension| extension.to_str()) {
            Some("stream") => Kind::Stream,
            Some("json") => Kind::Json,
            Some("stored") => Kind::Stored,
            Some("frames") => Kind::Frames,
            Some("route") => Kind::Route,
            Some("filter") => Kind::Filter,
            _ => continue,
        };
        inputs.push((path.clone(), Input { kind, bytes: std::fs::read(path).unwrap() }));
    }
    inputs.sort_by(|left, right| left.0.cmp(&right.0));
    inputs.into_iter().map(|(_, input)| input).collect()
}

/// Whether the input was read to its end without a complaint.
pub(crate) fn run(input: &Input) -> bool {
    match input.kind {
        Kind::Stream => stream(&input.bytes),
        Kind::Json => json(&input.bytes),
        Kind::Stored => {
            messages(&input.bytes).for_each(|message| {
                std::hint::black_box(message);
            });
            parse_stored(&input.bytes).is_ok()
        }
        Kind::Frames => frames(&input.bytes),
        Kind::Route => {
            let route = route::route(&input.bytes).is_ok_and(|route| !route.queues.is_empty());
            let brokers = route::brokers(&input.bytes).is_ok_and(|brokers| !brokers.is_empty());
            let topics = route::topics(&input.bytes).is_ok_and(|topics| !topics.is_empty());
            route || brokers || topics
        }
        Kind::Filter => filter(&input.bytes),
    }
}

/// Frames as a connection takes them in: all that is whole, then it waits for more.
fn frames(bytes: &[u8]) -> bool {
    let mut input = BytesMut::from(bytes);
    loop {
        match frame::split(&mut input) {
            Ok(Some(whole)) if frame::read(whole.clone()).is_ok() => {}
            Ok(None) => return input.is_empty(),
            _ => return false,
        }
    }
}

/// A text that compiles has passed the check without schema, and answers for a row.
fn filter(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let checked = check_syntax(&text).is_ok();
    [DatasourceKind::OceanbaseCe, DatasourceKind::Mysql, DatasourceKind::Mariadb].into_iter().all(|kind| {
        let compiled = RowFilter::compile(&text, &FILTERED, kind);
        assert!(checked || compiled.is_err());
        compiled.is_ok_and(|filter| filter.matches(&FILTERED_ROW).is_ok())
    })
}

static FILTERED: LazyLock<TableSchema> = LazyLock::new(|| {
    let columns = [
        ("id", "bigint(20)", ""),
        ("status", "varchar(20)", "utf8mb4_general_ci"),
        ("price", "decimal(10,2)", ""),
        ("created_at", "timestamp(3)", ""),
        ("day", "date", ""),
        ("raw", "varbinary(20)", ""),
    ];
    let columns = columns
        .iter()
        .map(|(name, kind, collation)| {
            build_column(&RawColumn {
                name: (*name).into(),
                data_type: kind.split('(').next().unwrap().into(),
                column_type: (*kind).into(),
                charset: collation.split('_').next().unwrap().into(),
                collation: (*collation).into(),
                ..RawColumn::default()
            })
            .unwrap()
        })
        .collect();
    TableSchema::new("shop", "orders", columns, vec![0])
});

static FILTERED_ROW: [Cell<'static>; 6] = [
    Cell::Int(101),
    Cell::Bytes(std::borrow::Cow::Borrowed(b"paid")),
    Cell::Null,
    Cell::Timestamp(Timestamp { seconds: 1_767_196_800, micros: 0 }),
    Cell::Date(Date { year: 2026, month: 1, day: 1 }),
    Cell::Bytes(std::borrow::Cow::Borrowed(&[0, 1, 2])),
];

fn json(bytes: &[u8]) -> bool {
    let (document, difference) = bytes.split_at(bytes.len() / 2);
    let mut out = Vec::new();
    let whole = write_json_text(&mut out, bytes, JsonDoubles::Normal).is_ok();
    let half = write_json_text(&mut out, document, JsonDoubles::Reversed).is_ok();
    let canals = write_canal_json_text(&mut out, bytes, JsonDoubles::Normal).is_ok();
    assert_eq!(whole, canals, "one text of a document is refused, the other is not");
    let applied = apply_json_difference(document, difference).is_ok();
    whole || half || applied
}

/// Events with their headers, one after another.
fn stream(bytes: &[u8]) -> bool {
    let followed = Followed::new([TableName::new("cap", "all_types")], false);
    let mut assembler = Assembler::new(CommitClock::Standard, followed, "f".into(), 4);
    let (mut rest, mut table) = (bytes, None);
    while let Some((header, tail)) = rest.split_at_checked(19) {
        let word = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().unwrap());
        let size = word(9) as usize;
        let Some((body, after)) = tail.split_at_checked(size.saturating_sub(19)) else { return false };
        rest = after;
        let event = RawEvent {
            timestamp: word(0),
            kind: header[4],
            server_id: word(5),
            size: word(9),
            log_pos: word(13),
            body,
        };
        if step(&mut assembler, &mut table, &event).is_none() {
            return false;
        }
        if size == 0 {
            return false;
        }
    }
    rest.is_empty()
}

fn step(assembler: &mut Assembler, table: &mut Option<BoundTable>, event: &RawEvent<'_>) -> Option<()> {
    match assembler.step(event).ok()? {
        Step::Unbound(slot, map) => {
            *table = Some(bind(slot, &schema(), &map, Dialect::default()).ok()?.ok()?);
            assembler.bound(map.table_id, event.body, slot);
        }
        Step::Rows(rows, _) => {
            let table = table.as_ref()?;
            let columns = &table.schema.columns;
            let mut decoder = RowDecoder::new(&rows, &table.wire, columns, false).ok()?;
            let mut pair = RowPair::default();
            let rules = TextRules { decimals: DecimalText::Scientific, json_doubles: JsonDoubles::Normal };
            let mut out = Vec::new();
            while decoder.next(&mut pair).ok()? {
                ROWS.fetch_add(1, Ordering::Relaxed);
                out.clear();
                for image in [&pair.before, &pair.after] {
                    for (cell, column) in image.iter().zip(columns) {
                        write_json_cell(&mut out, cell, column, rules).ok()?;
                        out.push(b',');
                    }
                }
                std::str::from_utf8(&out).expect("text is UTF-8");
            }
        }
        _ => {}
    }
    Some(())
}

/// The table of the recorded MySQL types.
fn schema() -> Arc<TableSchema> {
    static SCHEMA: std::sync::OnceLock<Arc<TableSchema>> = std::sync::OnceLock::new();
    let load = || {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/captures/mysql-9.7/types-metadata-minimal/catalogue.json"
        );
        let catalogue: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let columns = catalogue["catalogue"]["all_types"].as_array().unwrap().iter().map(|column| {
            let text = |name: &str| column[name].as_str().unwrap_or_default().to_owned();
            build_column(&RawColumn {
                name: text("name"),
                data_type: text("data_type"),
                column_type: text("column_type"),
                charset: text("charset"),
                extra: text("extra"),
                ..RawColumn::default()
            })
            .unwrap()
        });
        Arc::new(TableSchema::new("any", "all_types", columns.collect(), vec![0]))
    };
    Arc::clone(SCHEMA.get_or_init(load))
}
