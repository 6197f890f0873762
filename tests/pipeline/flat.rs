//! Any row as Canal's flat message: each text, read back, is the value. What Canal itself writes of a row is
//! compared where there is a Canal.

use std::collections::BTreeMap;

use serde::Deserialize;
use tidewire_engine::rows::{Cell, JsonDoubles, RowImage};
use tidewire_engine::schema::{Column, ColumnKind, TableSchema};

use crate::formats::select_text;

type Image = BTreeMap<String, Option<String>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Flat {
    data: [Image; 1],
    database: String,
    es: u64,
    gtid: String,
    id: u64,
    is_ddl: bool,
    mysql_type: BTreeMap<String, String>,
    old: Option<[Image; 1]>,
    pk_names: Option<Vec<String>>,
    sql: String,
    sql_type: BTreeMap<String, i32>,
    table: String,
    ts: u64,
    r#type: String,
}

pub(crate) fn check_flat(
    schema: &TableSchema,
    before: &RowImage<'_>,
    after: &RowImage<'_>,
    body: &[u8],
    json_doubles: JsonDoubles,
) {
    let flat: Flat = serde_json::from_slice(body).unwrap();
    let kind = match (before.is_empty(), after.is_empty()) {
        (true, _) => "INSERT",
        (false, true) => "DELETE",
        (false, false) => "UPDATE",
    };
    assert_eq!((flat.r#type.as_str(), flat.is_ddl, flat.sql.as_str()), (kind, false, ""));
    assert_eq!((flat.es, flat.ts, flat.id, flat.gtid.as_str()), (0, 1, 1, ""));
    assert_eq!((&flat.database, &flat.table), (&schema.database, &schema.table));
    assert_eq!(flat.pk_names.map_or(0, |names| names.len()), schema.key.len());
    let [data] = flat.data;
    let row = if kind == "DELETE" { before } else { after };
    for (cell, column) in row.iter().zip(&schema.columns) {
        assert_eq!(flat.mysql_type[&column.name], column.column_type);
        assert!(flat.sql_type.contains_key(&column.name));
        check_cell(cell, column, data[&column.name].as_deref(), json_doubles);
    }
    assert_eq!(data.len(), row.len());
    assert_eq!(flat.old.is_some(), kind == "UPDATE");
    let Some([old]) = flat.old else { return };
    for ((before, after), column) in before.iter().zip(after).zip(&schema.columns) {
        match old.get(&column.name) {
            Some(text) => check_cell(before, column, text.as_deref(), json_doubles),
            None => assert_eq!(before, after, "{} is not in old", column.name),
        }
    }
}

fn check_cell(cell: &Cell<'_>, column: &Column, text: Option<&str>, json_doubles: JsonDoubles) {
    let Some(text) = text else { return assert_eq!(*cell, Cell::Null, "{}", column.name) };
    let same = match cell {
        Cell::Float(value) => text.parse() == Ok(*value),
        Cell::Double(value) => text.parse() == Ok(*value),
        Cell::Enum(index) => text.parse() == Ok(*index),
        Cell::Set(bits) => text.parse() == Ok(*bits),
        Cell::Year(year) => text.len() == 4 && text.parse() == Ok(*year),
        Cell::Bytes(bytes) if !is_text(column.kind) => {
            text.chars().map(u32::from).eq(bytes.iter().map(|byte| u32::from(*byte)))
        }
        Cell::Geometry(bytes) => text.chars().map(u32::from).eq(bytes.iter().map(|byte| u32::from(*byte))),
        // The zero of a fraction's end may be missing, or more of them be there.
        Cell::Decimal(_) | Cell::Date(_) | Cell::Time(_) | Cell::DateTime(_) => {
            let shown = select_text(cell, column, json_doubles).unwrap();
            trimmed(text) == trimmed(&shown)
        }
        Cell::Timestamp(value) => local(text) == (i64::from(value.seconds), value.micros),
        // Compared as documents where there is a Canal.
        Cell::Json(_) => true,
        _ => Some(text.to_owned()) == select_text(cell, column, json_doubles),
    };
    assert!(same, "{} {}: {cell:?} became {text}", column.name, column.column_type);
}

const fn is_text(kind: ColumnKind) -> bool {
    matches!(
        kind,
        ColumnKind::Char
            | ColumnKind::VarChar
            | ColumnKind::TinyText
            | ColumnKind::Text
            | ColumnKind::MediumText
            | ColumnKind::LongText
    )
}

fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// Seconds since 1970 and microseconds of a local time eight hours ahead.
fn local(text: &str) -> (i64, u32) {
    if let Some(rest) = text.strip_prefix("0000-00-00 00:00:00") {
        let digits = rest.trim_start_matches('.');
        return (0, format!("{digits:0<6}").parse().unwrap());
    }
    let local: jiff::civil::DateTime = text.parse().unwrap();
    let instant = local.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).unwrap().timestamp();
    (instant.as_second(), u32::try_from(instant.subsec_microsecond()).unwrap())
}
