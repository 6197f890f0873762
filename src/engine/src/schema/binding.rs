//! Joins a table's schema with the way its rows look on the wire. A binding is
//! only made when both agree; nothing is guessed.

use std::sync::Arc;

use crate::log::body::TableMap;
use crate::log::wire::Wire;
use crate::rows::{WireColumn, wire_columns};
use crate::schema::TableSchema;

use super::dialect::Dialect;
use super::fit::{WireType, fits, hidden, nulls_fit, wire_types};
use super::metadata::{Metadata, metadata};
use super::told::told;

/// A schema and the wire columns that carry it, one to one; hidden ones behind.
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

/// A table map, read in everything that it has.
pub(crate) struct Shown<'a> {
    wire: Vec<WireColumn>,
    types: Vec<WireType>,
    metadata: Metadata<'a>,
}

impl<'a> Shown<'a> {
    /// Reads it.
    pub(crate) fn read(map: &TableMap<'a>, dialect: Dialect) -> Wire<Self> {
        let types = wire_types(map)?;
        Ok(Self { wire: wire_columns(map)?, metadata: metadata(map, &types, dialect)?, types })
    }

    /// The schema that the event itself tells, where it tells names; `known` lends
    /// what no event has: how columns are declared in the catalogue's words.
    pub(crate) fn tells(
        &self,
        map: &TableMap<'_>,
        known: Option<&TableSchema>,
        dialect: Dialect,
    ) -> Option<TableSchema> {
        told(map, &self.types, &self.metadata, known, dialect)
    }

    /// The form of a schema that its rows have, if the two agree: a service may
    /// leave virtual columns out.
    pub(crate) fn form_of(&self, schema: &Arc<TableSchema>) -> Option<Arc<TableSchema>> {
        if fits(schema, &self.types, &self.metadata) {
            return Some(Arc::clone(schema));
        }
        let shown = Arc::new(without_virtual(schema));
        fits(&shown, &self.types, &self.metadata).then_some(shown)
    }

    /// Whether a form also agrees in what may be NULL.
    pub(crate) fn nulls_fit(&self, form: &TableSchema) -> bool {
        nulls_fit(form, &self.types)
    }

    /// A schema whose form agrees, with what may be NULL as the event has it, where
    /// the event has all its columns.
    pub(crate) fn settle(&self, schema: &Arc<TableSchema>) -> Arc<TableSchema> {
        let columns = self.types.len() - hidden(schema, &self.types, &self.metadata);
        if schema.columns.len() != columns || self.nulls_fit(schema) {
            return Arc::clone(schema);
        }
        Arc::new(self.with_nulls(schema))
    }

    /// Binds a form that agrees. What may be NULL is as the event has it.
    pub(crate) fn bind(self, slot: usize, form: &Arc<TableSchema>) -> BoundTable {
        let schema = self.settle(form);
        let mut wire = self.wire;
        for (wire, column) in wire.iter_mut().zip(&schema.columns) {
            *wire = wire.of(column);
        }
        BoundTable { slot, schema, wire }
    }

    fn with_nulls(&self, form: &TableSchema) -> TableSchema {
        let mut schema = form.clone();
        for (column, kind) in schema.columns.iter_mut().zip(&self.types) {
            column.nullable = kind.nullable;
        }
        if !schema.indexes.is_empty() {
            schema.choose_key();
        }
        schema
    }

    /// The type of a column that can't be read whatever its table is known to be.
    pub(crate) fn unreadable(&self) -> Option<&'static str> {
        self.wire.iter().find(|column| matches!(column, WireColumn::Vector(_))).map(|column| column.name())
    }

    /// What is wrong between a schema and the event.
    pub(crate) fn mismatch(&self, schema: Option<&TableSchema>) -> Mismatch {
        let stream: Vec<String> = self
            .wire
            .iter()
            .enumerate()
            .map(|(index, column)| match self.metadata.names.as_ref().and_then(|names| names.get(index)) {
                Some(name) => format!("{} {}", String::from_utf8_lossy(name), column.name()),
                None => column.name().to_owned(),
            })
            .collect();
        Mismatch {
            catalogue: schema.map_or_else(|| "?".to_owned(), TableSchema::shape),
            stream: format!("({})", stream.join(", ")),
        }
    }
}

/// Binds a schema to a table map of such a server; `slot` is the table's.
///
/// # Errors
/// Outer: the event is malformed. Inner: the shapes disagree.
pub fn bind(
    slot: usize,
    schema: &Arc<TableSchema>,
    map: &TableMap<'_>,
    dialect: Dialect,
) -> Wire<Result<BoundTable, Mismatch>> {
    let shown = Shown::read(map, dialect)?;
    Ok(match shown.form_of(schema) {
        Some(form) => Ok(shown.bind(slot, &form)),
        None => Err(shown.mismatch(Some(schema))),
    })
}

/// The schema as a service sees it that leaves virtual columns out of its rows.
fn without_virtual(schema: &TableSchema) -> TableSchema {
    let kept: Vec<usize> = (0..schema.columns.len())
        .filter(|index| schema.columns.get(*index).is_some_and(|column| !column.is_virtual))
        .collect();
    TableSchema {
        columns: kept.iter().filter_map(|index| schema.columns.get(*index).cloned()).collect(),
        key: schema.key.iter().filter_map(|key| kept.iter().position(|index| index == key)).collect(),
        ..schema.clone()
    }
}
