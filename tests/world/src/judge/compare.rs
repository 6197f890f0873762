//! Whether a message shows a change as the model knows it.

use tidewire_engine::project::Format;

use super::message::{Cells, Said};
use crate::bytes::table::Kind;
use crate::database::change::Change;
use crate::database::shape::Row;
use crate::project::{Followed, rules};
use crate::value::show::{Rules, Shown, show};

/// Compares a message with a change that goes out as `kind`.
///
/// # Errors
/// The first difference.
pub fn compare(
    said: &Said,
    change: &Change,
    kind: Kind,
    table: &Followed,
    format: Format,
) -> Result<(), String> {
    let shown_kind = if format == Format::DebeziumSmt && kind != Kind::Delete { None } else { Some(kind) };
    if said.kind != shown_kind {
        return Err(format!("is {:?}, not {kind:?}", said.kind));
    }
    if said.table.as_ref().is_some_and(|name| *name != table.name) {
        return Err(format!("names the table {:?}, not {:?}", said.table, table.name));
    }
    let (before, after) = match kind {
        Kind::Insert => (None, change.after.as_ref()),
        Kind::Update => (change.before.as_ref(), change.after.as_ref()),
        Kind::Delete => (change.before.as_ref(), None),
    };
    let before = before.filter(|_| format != Format::DebeziumSmt || kind == Kind::Delete);
    let rules = rules(format);
    // Canal shows of the old row only what changed, SharePlex of the new one.
    let changed = |is: Format, other| if format == is && kind == Kind::Update { other } else { None };
    image("before", said.before.as_ref(), before, changed(Format::Canal, after), change, table, rules)?;
    image("after", said.after.as_ref(), after, changed(Format::Shareplex, before), change, table, rules)
}

fn image(
    which: &str,
    said: Option<&Cells>,
    row: Option<&Row>,
    unless: Option<&Row>,
    change: &Change,
    table: &Followed,
    rules: Rules,
) -> Result<(), String> {
    let (said, row) = match (said, row) {
        (None, None) => return Ok(()),
        (Some(said), Some(row)) => (said, row),
        (None, Some(_)) => return Err(format!("has no image {which}")),
        (Some(_), None) => return Err(format!("has an image {which}")),
    };
    let mut count = 0;
    for (index, column) in change.shape.columns.iter().enumerate() {
        let hidden = !table.columns.is_empty() && !table.columns.contains(&column.name);
        if hidden || unless.is_some_and(|other| other[index] == row[index]) {
            continue;
        }
        count += 1;
        let wanted = show(&row[index], column, rules);
        let cell = said.get(&column.name).ok_or_else(|| format!("lacks {} {which}", column.name))?;
        if !is_shown(cell, &wanted) {
            return Err(format!("{} {which} is {cell}, not {wanted:?} ({:?})", column.name, column.kind));
        }
    }
    if said.len() != count {
        return Err(format!("shows {} columns {which}, not {count}", said.len()));
    }
    Ok(())
}

fn is_shown(cell: &str, wanted: &Shown) -> bool {
    let unquoted = || serde_json::from_str::<String>(cell).ok();
    match wanted {
        Shown::Null => cell == "null",
        Shown::Digits(digits) => cell == digits,
        Shown::Size(size) => cell.parse() == Ok(*size),
        Shown::Text(text) => unquoted().as_ref() == Some(text),
        Shown::QuotedSize(size) => unquoted().and_then(|text| text.parse().ok()) == Some(*size),
    }
}
