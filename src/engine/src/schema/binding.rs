//! Joins a table's schema with the way its rows look on the wire. A binding is
//! only made when both agree; nothing is guessed.

use std::sync::Arc;

use crate::log::body::TableMap;
use crate::log::wire::{Reader, Wire};
use crate::rows::{WireColumn, wire_columns};
use crate::schema::TableSchema;

/// A schema and the wire columns that carry it, one to one.
#[derive(Debug, PartialEq, Eq)]
pub struct BoundTable {
    /// The table's slot among those that the project follows.
    pub slot: usize,
    /// The schema; without the virtual columns when the stream lacks them.
    pub schema: Arc<TableSchema>,
    /// How each column looks on the wire.
    pub wire: Vec<WireColumn>,
}

/// Catalogue and stream disagree: both shapes, for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Columns as the catalogue has them.
    pub catalogue: String,
    /// Columns as the stream has them.
    pub stream: String,
}

/// Binds a schema to a table map; `slot` is the table's.
///
/// # Errors
/// Outer: the event is malformed. Inner: the shapes disagree.
pub fn bind(
    slot: usize,
    schema: &Arc<TableSchema>,
    map: &TableMap<'_>,
) -> Wire<Result<BoundTable, Mismatch>> {
    let wire = wire_columns(map)?;
    let names = column_names(map.optional)?;
    for candidate in [Arc::clone(schema), Arc::new(without_virtual(schema))] {
        if fits(&candidate, &wire, names.as_deref()) {
            return Ok(Ok(BoundTable { slot, schema: candidate, wire }));
        }
    }
    let stream: Vec<String> = wire
        .iter()
        .enumerate()
        .map(|(index, column)| match names.as_ref().and_then(|names| names.get(index)) {
            Some(name) => format!("{name} {}", column.name()),
            None => column.name().to_owned(),
        })
        .collect();
    Ok(Err(Mismatch { catalogue: schema.shape(), stream: format!("({})", stream.join(", ")) }))
}

fn fits(schema: &TableSchema, wire: &[WireColumn], names: Option<&[String]>) -> bool {
    schema.columns.len() == wire.len()
        && schema.columns.iter().zip(wire).all(|(column, wire)| wire.fits(column))
        && names.is_none_or(|names| {
            names.len() == wire.len()
                && schema
                    .columns
                    .iter()
                    .zip(names)
                    .all(|(column, name)| column.name.eq_ignore_ascii_case(name))
        })
}

/// The schema as a service sees it that leaves virtual columns out of its rows.
fn without_virtual(schema: &TableSchema) -> TableSchema {
    let kept: Vec<usize> = (0..schema.columns.len())
        .filter(|index| schema.columns.get(*index).is_some_and(|column| !column.is_virtual))
        .collect();
    TableSchema {
        database: schema.database.clone(),
        table: schema.table.clone(),
        columns: kept.iter().filter_map(|index| schema.columns.get(*index).cloned()).collect(),
        key: schema.key.iter().filter_map(|key| kept.iter().position(|index| index == key)).collect(),
    }
}

/// Column names of the optional metadata (`binlog_row_metadata=FULL`).
fn column_names(optional: &[u8]) -> Wire<Option<Vec<String>>> {
    const WHAT: &str = "TABLE_MAP metadata";
    const COLUMN_NAME: u8 = 4;
    let mut reader = Reader::new(optional);
    while !reader.is_empty() {
        let field = reader.u8(WHAT)?;
        let length = reader.lenenc_len(WHAT)?;
        let mut value = Reader::new(reader.take(length, WHAT)?);
        if field == COLUMN_NAME {
            let mut names = Vec::new();
            while !value.is_empty() {
                let length = value.lenenc_len(WHAT)?;
                names.push(String::from_utf8_lossy(value.take(length, WHAT)?).into_owned());
            }
            return Ok(Some(names));
        }
    }
    Ok(None)
}
