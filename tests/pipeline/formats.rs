//! A decoded change in every format: the message is JSON, and each of its values is what SELECT would
//! have shown, by the format's own rules.

use std::sync::Arc;

use jiff::tz::{TimeZone, offset};
use tidewire_engine::project::{Dml, Format};
use tidewire_engine::rows::{Cell, JsonDoubles, RowImage};
use tidewire_engine::schema::{Column, ColumnKind, TableSchema};
use tidewire_engine::serialize::{
    ChangeEvent, FormatOptions, TableContext, TransactionContext, table_serializer,
};

use crate::flat::check_flat;
use crate::images::{self, FORMATS, Image};
use crate::rules::{Rule, Style};
use crate::shown::{Shown, shown};

/// Writes the change in every format and holds each value against its text.
pub(crate) fn check_change(
    schema: &Arc<TableSchema>,
    before: &RowImage<'_>,
    after: &RowImage<'_>,
    json_doubles: JsonDoubles,
) {
    for format in FORMATS {
        let body = write(schema, format, before, after, json_doubles);
        let images = images::read(format, &body).unwrap();
        if let Some(changed) = &images.changed {
            let mut differ: Vec<&str> = schema
                .columns
                .iter()
                .zip(before.iter().zip(after))
                .filter(|(_, (before, after))| before != after)
                .map(|(column, _)| column.name.as_str())
                .collect();
            differ.sort_unstable();
            assert_eq!(*changed, differ, "{format}");
        }
        let before = if format == "debezium-smt" && !after.is_empty() { &[] } else { before };
        for (cells, image) in [(before, &images.before), (after, &images.after)] {
            assert_eq!(cells.is_empty(), image.is_none(), "{format}: {}", String::from_utf8_lossy(&body));
            if let Some(image) = image {
                check_image(format, schema, cells, image, json_doubles);
            }
        }
    }
    check_flat(
        schema,
        before,
        after,
        &write(schema, "canal-flat", before, after, json_doubles),
        json_doubles,
    );
}

fn write(
    schema: &Arc<TableSchema>,
    format: &str,
    before: &RowImage<'_>,
    after: &RowImage<'_>,
    json_doubles: JsonDoubles,
) -> Vec<u8> {
    let context = TableContext {
        schema: Arc::clone(schema),
        db_type: "MYSQL",
        tenant: None,
        cluster: None,
        project: "np_formats000".into(),
        shown: (0..schema.columns.len()).collect(),
        options: FormatOptions::default(),
        zone: TimeZone::fixed(offset(8)),
        version: "1.0".into(),
        json_doubles,
    };
    let kind = match (before.is_empty(), after.is_empty()) {
        (true, _) => Dml::Insert,
        (false, true) => Dml::Delete,
        (false, false) => Dml::Update,
    };
    let event = ChangeEvent {
        kind,
        before,
        after,
        transaction: &TransactionContext::default(),
        ordinal: 1,
        number: 0,
        sent_millis: 1,
        sequence: 1,
        key_text: Some("\u{1}\"key"),
    };
    let mut body = Vec::new();
    let format = Format::parse(format).unwrap();
    table_serializer(format, &context).write(&event, &mut body).unwrap();
    body
}

fn check_image(
    format: &str,
    schema: &TableSchema,
    cells: &RowImage<'_>,
    image: &Image,
    json_doubles: JsonDoubles,
) {
    assert_eq!(image.len(), schema.columns.len(), "{format}");
    for (cell, column) in cells.iter().zip(&schema.columns) {
        let Some(token) = image.get(&column.name) else { panic!("{format}: no {}", column.name) };
        let Some(rule) = rule(column) else { continue };
        let sql_type = match (column.kind, column.unsigned) {
            (ColumnKind::BigInt, true) => "BIGINT UNSIGNED",
            (kind, _) => kind.name(),
        };
        let text = select_text(cell, column, json_doubles);
        if let Err(error) = rule.check(Style::of(format), sql_type, text.as_deref(), token.get()) {
            panic!("{format} {} {sql_type}: {error}", column.name);
        }
    }
}

/// Spatial values are shown as no text that a rule knows.
fn rule(column: &Column) -> Option<Rule> {
    Some(match column.kind {
        ColumnKind::TinyInt
        | ColumnKind::SmallInt
        | ColumnKind::MediumInt
        | ColumnKind::Int
        | ColumnKind::BigInt
        | ColumnKind::Year => Rule::Number,
        ColumnKind::Decimal => Rule::Decimal,
        ColumnKind::Float => Rule::Float,
        ColumnKind::Double => Rule::Double,
        ColumnKind::Bit => Rule::Bit,
        ColumnKind::Char
        | ColumnKind::VarChar
        | ColumnKind::TinyText
        | ColumnKind::Text
        | ColumnKind::MediumText
        | ColumnKind::LongText
        | ColumnKind::Enum
        | ColumnKind::Set
        | ColumnKind::Inet4
        | ColumnKind::Inet6
        | ColumnKind::Uuid => Rule::Text,
        ColumnKind::Binary
        | ColumnKind::VarBinary
        | ColumnKind::TinyBlob
        | ColumnKind::Blob
        | ColumnKind::MediumBlob
        | ColumnKind::LongBlob => Rule::Bytes,
        ColumnKind::Json => Rule::Json,
        ColumnKind::Date | ColumnKind::Time | ColumnKind::DateTime => Rule::Clock,
        ColumnKind::Timestamp => Rule::Timestamp,
        ColumnKind::Geometry => return None,
    })
}

/// What the rules expect of SELECT: see [`Rule::expression`].
pub(crate) fn select_text(cell: &Cell<'_>, column: &Column, json_doubles: JsonDoubles) -> Option<String> {
    let text = match shown(cell, column, json_doubles) {
        Shown::Null => return None,
        Shown::Text(text) | Shown::Moment(text) | Shown::Json(text) => text,
        Shown::Number(number) => number.to_string(),
    };
    Some(match cell {
        Cell::Bit(_) => u64::from_str_radix(&text, 16).unwrap().to_string(),
        Cell::Timestamp(value) if value.seconds != 0 || value.micros != 0 => {
            format!("{}.{:06}", value.seconds, value.micros)
        }
        _ => text,
    })
}
