//! The exact bytes of every format's messages, one folder a format: see
//! `tests/golden/README.md`. UPDATE_GOLDEN=1 writes the further cases anew; the
//! documented ones are never written.

mod cases;
mod documented;
pub(crate) mod table;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::tz::{TimeZone, offset};
use tidewire_engine::project::{Dml, Format};
use tidewire_engine::rows::{Cell, JsonDoubles, RowImage};
use tidewire_engine::schema::TableSchema;
use tidewire_engine::serialize::text::{DecimalText, TextRules, write_text};
use tidewire_engine::serialize::{
    ChangeEvent, FormatOptions, TableContext, TransactionContext, table_serializer,
};

use cases::{Case, Values};

fn context(schema: &Arc<TableSchema>, shown: Option<Vec<usize>>) -> TableContext {
    TableContext {
        schema: Arc::clone(schema),
        db_type: "OB_MYSQL",
        tenant: Some("t1".into()),
        cluster: None,
        project: "np_4w3a0001".into(),
        shown: shown.unwrap_or_else(|| (0..schema.columns.len()).collect()),
        options: FormatOptions { typed_values: false, business_id: "CIBS".into() },
        zone: TimeZone::fixed(offset(8)),
        version: "4.2.2".into(),
        json_doubles: JsonDoubles::Normal,
    }
}

/// The key's values, joined by U+0001.
fn key_text(schema: &TableSchema, image: &RowImage<'_>) -> Option<String> {
    let rules = TextRules { decimals: DecimalText::Plain, json_doubles: JsonDoubles::Normal };
    let values: Vec<String> = schema
        .key
        .iter()
        .map(|index| {
            let mut out = Vec::new();
            write_text(&mut out, &image[*index], &schema.columns[*index], rules).unwrap();
            String::from_utf8(out).unwrap()
        })
        .collect();
    (!values.is_empty()).then(|| values.join("\u{1}"))
}

struct Moment {
    transaction: &'static str,
    seconds: u64,
}

fn message(context: &TableContext, format: Format, case: &Case<'_>, moment: &Moment) -> String {
    let transaction = TransactionContext {
        id: moment.transaction.into(),
        commit_seconds: moment.seconds,
        commit_micros: 0,
    };
    let routed = if case.kind == Dml::Delete { &case.before } else { &case.after };
    let key_text = key_text(&case.schema, routed);
    let event = ChangeEvent {
        kind: case.kind,
        before: &case.before,
        after: &case.after,
        transaction: &transaction,
        ordinal: 1,
        number: 1,
        sent_millis: moment.seconds * 1000 + 345,
        sequence: moment.seconds * 100_000 + 1,
        key_text: key_text.as_deref(),
    };
    let mut out = Vec::new();
    table_serializer(format, context).write(&event, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn path(format: Format, case: &str) -> PathBuf {
    let name = format!("{}/../../tests/golden/{}/{case}.json", env!("CARGO_MANIFEST_DIR"), format.as_str());
    PathBuf::from(name)
}

fn compare(format: Format, case: &str, text: &str) {
    let path = path(format, case);
    let expected = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(text, expected.trim_end_matches('\n'), "{}", path.display());
}

#[test]
fn documented_messages() {
    let (old, new) = documented::rows();
    let cases = [
        ("insert", Dml::Insert, vec![], old.cells(), "1002_336195", 1_700_000_000),
        ("update", Dml::Update, old.cells(), new.cells(), "1002_336403", 1_700_000_060),
        ("delete", Dml::Delete, new.cells(), vec![], "1002_336593", 1_700_000_120),
    ];
    for (name, kind, before, after, transaction, seconds) in cases {
        let schema = documented::schema();
        let case = Case { name, schema, shown: None, kind, before, after };
        let moment = Moment { transaction, seconds };
        for format in Format::ALL {
            compare(format, name, &message(&context(&case.schema, None), format, &case, &moment));
        }
    }
}

#[test]
fn further_messages() {
    let values = Values::new();
    let write = std::env::var_os("UPDATE_GOLDEN").is_some();
    for case in values.cases() {
        let context = context(&case.schema, case.shown.clone());
        for format in Format::ALL {
            let moment = Moment { transaction: "1002_336777", seconds: 1_700_000_180 };
            let text = message(&context, format, &case, &moment);
            let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert!(parsed.is_object());
            if write {
                fs::write(path(format, case.name), text.clone() + "\n").unwrap();
            }
            compare(format, case.name, &text);
        }
    }
}

#[test]
fn canal_with_bare_numbers() {
    let (old, _) = documented::rows();
    let schema = documented::schema();
    let mut context = context(&schema, None);
    context.options.typed_values = true;
    let case = Case {
        name: "typed-insert",
        schema,
        shown: None,
        kind: Dml::Insert,
        before: vec![],
        after: old.cells(),
    };
    let moment = Moment { transaction: "1002_336195", seconds: 1_700_000_000 };
    let text = message(&context, Format::Canal, &case, &moment);
    // The same text but for the quotes of numbers.
    let quoted = message(&self::context(&case.schema, None), Format::Canal, &case, &moment);
    assert_eq!(text.replace('"', ""), quoted.replace('"', ""));
    for bare in [
        "\"id\":10223372036854775806,",
        "\"c_dec\":1241.410000000000000000000000000000,",
        "\"c_double\":9.999999999999,",
        "\"c_year\":2022,",
        "\"c_varchar\":\"hello world\",",
        "\"c_ts\":\"1606233662.012345\",",
    ] {
        assert!(text.contains(bare), "{bare} in {text}");
    }
}

#[test]
fn dataworks_without_business_id() {
    let schema = documented::schema();
    let mut context = context(&schema, None);
    context.options.business_id.clear();
    let (old, _) = documented::rows();
    let case = Case { name: "", schema, shown: None, kind: Dml::Insert, before: vec![], after: old.cells() };
    let moment = Moment { transaction: "1002_336195", seconds: 1_700_000_000 };
    assert!(message(&context, Format::Dataworks2, &case, &moment).ends_with(",\"extend\":{}}"));
}

#[test]
fn a_value_without_text_is_refused() {
    let schema = table::table("broken", &[("id", "int"), ("text", "varchar(9)")], vec![0]);
    let wrong = [Cell::Bytes((&[0xff, 0xfe]).into()), Cell::Double(f64::NAN), Cell::Float(f32::INFINITY)];
    for cell in wrong {
        for format in Format::ALL {
            let transaction = TransactionContext::default();
            let event = ChangeEvent {
                kind: Dml::Insert,
                before: &[],
                after: &[Cell::Int(1), cell.clone()],
                transaction: &transaction,
                ordinal: 1,
                number: 1,
                sent_millis: 0,
                sequence: 1,
                key_text: Some("1"),
            };
            let written = table_serializer(format, &context(&schema, None)).write(&event, &mut Vec::new());
            assert_eq!(written.unwrap_err().column, 1, "{format:?} {cell:?}");
        }
    }
}
