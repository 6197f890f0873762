//! Decoding and writing messages on one core, without servers.

use std::time::{Duration, Instant};

use jiff::tz::{TimeZone, offset};
use tidewire_engine::identity::{Half, RowName, TableName, TransactionKey};
use tidewire_engine::log::body::{self, kind};
use tidewire_engine::message::{TableProperties, append};
use tidewire_engine::partition::queue_index;
use tidewire_engine::project::{Dml, Format};
use tidewire_engine::rows::{JsonDoubles, RowDecoder, RowPair};
use tidewire_engine::serialize::{
    ChangeEvent, FormatOptions, TableContext, TransactionContext, table_serializer,
};

use crate::{events, line};

const FOR: Duration = Duration::from_secs(2);

pub(crate) fn run() {
    decode_only(100);
    for format in Format::ALL {
        decode_and_write(format, 100);
    }
    decode_and_write(Format::Default, 1);
}

fn decode_only(rows_per_event: u64) {
    let table = events::table();
    let event = events::insert_event(1, rows_per_event);
    let (mut rows, started) = (0, Instant::now());
    while started.elapsed() < FOR {
        for _ in 0..100 {
            let parsed = body::rows(kind::WRITE_ROWS, &event).unwrap();
            let mut decoder = RowDecoder::new(&parsed, &table.wire, &table.schema.columns, false).unwrap();
            let mut pair = RowPair::default();
            while decoder.next(&mut pair).unwrap() {
                rows += 1;
                std::hint::black_box(&pair);
            }
        }
    }
    let note = format!("{rows_per_event} rows an event");
    line("decode, one core", rows, started.elapsed().as_secs_f64(), &note);
}

fn decode_and_write(format: Format, rows_per_event: u64) {
    let table = events::table();
    let event = events::insert_event(1, rows_per_event);
    let context = TableContext {
        schema: table.schema.clone(),
        db_type: "OB_MYSQL",
        tenant: Some("t1".into()),
        cluster: None,
        project: "np_bench0000001".into(),
        shown: (0..table.schema.columns.len()).collect(),
        options: FormatOptions::default(),
        zone: TimeZone::fixed(offset(8)),
        version: "1.0".into(),
        json_doubles: JsonDoubles::Normal,
    };
    let mut serializer = table_serializer(format, &context);
    let properties = TableProperties::new("np_bench0000001", "default", &TableName::new("bench", "orders"));
    let key = TransactionKey::new("np_bench0000001", "8f0bd2aa-3c5e-11ee-9d41-00163e0a77f1:1");
    let transaction = TransactionContext {
        id: "8f0bd2aa-3c5e-11ee-9d41-00163e0a77f1:1".into(),
        commit_seconds: 1_700_000_000,
        commit_micros: 0,
    };
    let mut batch = Vec::with_capacity(2 << 20);
    let (mut rows, mut bytes, started) = (0_u64, 0, Instant::now());
    while started.elapsed() < FOR {
        let parsed = body::rows(kind::WRITE_ROWS, &event).unwrap();
        let mut decoder = RowDecoder::new(&parsed, &table.wire, &table.schema.columns, false).unwrap();
        let mut pair = RowPair::default();
        while decoder.next(&mut pair).unwrap() {
            rows += 1;
            let event = ChangeEvent {
                kind: Dml::Insert,
                before: &pair.before,
                after: &pair.after,
                transaction: &transaction,
                ordinal: rows,
                number: 0,
                sent_millis: 1_700_000_000_345,
                sequence: rows,
                key_text: Some("12345678"),
            };
            std::hint::black_box(queue_index("12345678", 8));
            let name =
                RowName { transaction: &key, table: properties.key(), number: rows, half: Half::Whole };
            append(&mut batch, &properties, &name, "12345678", |out| serializer.write(&event, out))
                .unwrap()
                .unwrap();
        }
        if batch.len() > 1 << 20 {
            bytes += batch.len();
            batch.clear();
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    let note =
        format!("{rows_per_event} rows an event, {:.0} MB/s of messages", bytes as f64 / seconds / 1e6);
    line(&format!("decode and write {}, one core", format.title()), rows, seconds, &note);
}
