//! The samples in the documents are what the serializers write. UPDATE_GOLDEN=1 writes them anew.

use std::fs;
use std::path::Path;

use jiff::tz::{TimeZone, offset};
use tidewire_engine::project::{Dml, Format};
use tidewire_engine::rows::{Cell, Date, DateTime, Decimal, JsonDoubles};
use tidewire_engine::serialize::{
    ChangeEvent, FormatOptions, TableContext, TransactionContext, table_serializer,
};

use crate::golden::table::{packed, table};

/// The three messages of the documents' table in a format, one a line.
fn samples(format: Format) -> String {
    let columns =
        [("id", "int"), ("name", "varchar(20)"), ("amount", "decimal(10,2)"), ("created", "datetime")];
    let schema = table("users", &columns, vec![0]);
    let context = TableContext {
        schema,
        db_type: "OB_MYSQL",
        tenant: Some("t1".into()),
        cluster: Some("c1".into()),
        project: "np_4w3a0001".into(),
        shown: (0..columns.len()).collect(),
        options: FormatOptions::default(),
        zone: TimeZone::fixed(offset(8)),
        version: "0.1.0".into(),
        json_doubles: JsonDoubles::Normal,
    };
    let (old, new) = (packed("12.50", 10, 2), packed("20.00", 10, 2));
    let created = DateTime {
        date: Date { year: 2026, month: 11, day: 25 },
        hours: 10,
        minutes: 0,
        seconds: 0,
        micros: 0,
    };
    let row = |amount| {
        let amount = Cell::Decimal(Decimal::new(amount, 10, 2).unwrap());
        [Cell::Int(1), Cell::Bytes("张三".as_bytes().into()), amount, Cell::DateTime(created)]
    };
    let (old, new) = (row(&old), row(&new));
    let changes: [(Dml, &[Cell<'_>], &[Cell<'_>]); 3] =
        [(Dml::Insert, &[], &old), (Dml::Update, &old, &new), (Dml::Delete, &new, &[])];
    let mut lines = Vec::new();
    for (number, (kind, before, after)) in (0..).zip(changes) {
        let seconds = 1_795_572_000 + number * 60;
        let transaction = TransactionContext {
            id: format!("8f0bd2aa-3c5e-11ee-9d41-00163e0a77f1:{}", 41 + number),
            commit_seconds: seconds,
            commit_micros: 120_000,
        };
        let event = ChangeEvent {
            kind,
            before,
            after,
            transaction: &transaction,
            ordinal: 1,
            number: 0,
            sent_millis: seconds * 1000 + 125,
            sequence: seconds * 100_000 + 1,
            key_text: Some("1"),
        };
        let mut body = Vec::new();
        table_serializer(format, &context).write(&event, &mut body).unwrap();
        lines.push(String::from_utf8(body).unwrap());
    }
    lines.join("\n")
}

#[test]
fn formats_show_real_messages() {
    let write = std::env::var_os("UPDATE_GOLDEN").is_some();
    for name in ["docs/formats.md", "docs/formats.zh-CN.md"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
        let mut text = fs::read_to_string(&path).unwrap();
        for format in Format::ALL {
            let head = format!("### {}\n\n```json\n", format.title());
            let start = text.find(&head).unwrap_or_else(|| panic!("{name}: {}", format.title())) + head.len();
            let end = start + text[start..].find("\n```").unwrap();
            if write {
                text.replace_range(start..end, &samples(format));
            } else {
                assert_eq!(&text[start..end], samples(format), "{name}: {}", format.title());
            }
        }
        if write {
            fs::write(&path, text).unwrap();
        }
    }
}
