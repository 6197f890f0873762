//! TABLE_MAP events and row images.

use super::{Bytes, cell};
use crate::database::shape::Shape;
use crate::value::json::Form;
use crate::value::{Column, Value};

/// The body of a TABLE_MAP event; `told` is its optional metadata.
#[must_use]
pub fn table_map(id: u64, shape: &Shape, told: &[u8]) -> Vec<u8> {
    let Shape { database, table, columns, .. } = shape;
    let mut out = Bytes::default();
    out.little(id, 6).little(1, 2);
    for name in [database, table] {
        out.little(name.len() as u64, 1).raw(name.as_bytes()).little(0, 1);
    }
    let (types, metadata): (Vec<u8>, Vec<Vec<u8>>) =
        columns.iter().map(|column| cell::type_and_metadata(&column.kind)).unzip();
    out.lenenc(columns.len()).raw(&types);
    let metadata = metadata.concat();
    out.lenenc(metadata.len()).raw(&metadata);
    out.bits(columns.iter().map(|column| column.nullable)).raw(told);
    out.0
}

/// What a rows event does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are SQL's own")]
pub enum Kind {
    Insert,
    Update,
    Delete,
}

/// Before and after image of a row; those that a kind of change does not have
/// are not written.
pub type Pair<'a> = (Option<&'a [Value]>, Option<&'a [Value]>);

/// The head of a rows event, up to where its images begin.
#[must_use]
pub fn rows_head(version: u8, id: u64, kind: Kind, columns: usize, last: bool) -> Vec<u8> {
    let mut out = Bytes::default();
    out.little(id, 6).little(u64::from(last), 2);
    if version == 2 {
        // The length of extra data counts itself.
        out.little(2, 2);
    }
    out.lenenc(columns);
    for _ in 0..if kind == Kind::Update { 2 } else { 1 } {
        out.bits((0..columns).map(|_| true));
    }
    out.0
}

/// The type number of a rows event.
#[must_use]
pub const fn rows_type(version: u8, kind: Kind) -> u8 {
    let first = if version == 2 { 30 } else { 23 };
    match kind {
        Kind::Insert => first,
        Kind::Update => first + 1,
        Kind::Delete => first + 2,
    }
}

/// Appends an image: nulls, then values.
pub fn image(out: &mut Bytes, columns: &[Column], row: &[Value], form: Form) {
    out.bits(row.iter().map(|value| *value == Value::Null));
    for (column, value) in columns.iter().zip(row) {
        if *value != Value::Null {
            cell::write(out, &column.kind, value, form);
        }
    }
}
