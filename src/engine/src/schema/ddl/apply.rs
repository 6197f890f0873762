//! A shape and a change make the next shape, as the servers' own rules have it:
//! changed columns keep their place unless they are given one, added ones go
//! behind the rest, and names in a statement mean the columns before it.
//!
//! Everything returns nothing where the outcome is not known for sure.

use crate::schema::declared::{RawColumn, build_column};
use crate::schema::dialect::{Dialect, Server, widest};
use crate::schema::{Column, ColumnKind, TableSchema};

use super::TablePair;
use super::alter::{Action, Place};
use super::column::ColumnDefinition;
use super::create::Definition;
use super::datatype::{Surroundings, charset_of};
use super::index::IndexDefinition;
use super::indexes::{add_index, change_indexes, settle_hashes, settle_prefixes};

/// A table that a CREATE TABLE with columns makes.
pub(crate) fn created(
    table: &TablePair,
    definition: &Definition,
    around: Surroundings<'_>,
) -> Option<TableSchema> {
    let Definition::Columns { columns, indexes, charset, collation } = definition else { return None };
    let collation = match chosen(charset.as_deref(), collation.as_deref(), around) {
        Some(collation) => collation,
        None if charset.is_none() && collation.is_none() => around.collation.to_owned(),
        None => return None,
    };
    let around = Surroundings { collation: &collation, ..around };
    let mut schema = TableSchema {
        database: table.0.clone(),
        table: table.1.clone(),
        columns: columns.iter().map(|column| built(column, around)).collect::<Option<_>>()?,
        key: Vec::new(),
        collation: collation.clone(),
        indexes: Vec::new(),
    };
    let own = columns.iter().filter_map(IndexDefinition::of_column);
    for index in own.chain(indexes.iter().cloned()) {
        add_index(&mut schema, &index, false)?;
    }
    let before = schema.clone();
    settle_prefixes(&mut schema, &before, around.dialect);
    settle_hashes(&mut schema, None, around.dialect);
    schema.choose_key();
    Some(schema)
}

/// The copy that LIKE makes of a table.
pub(crate) fn copied(of: &TableSchema, table: &TablePair) -> TableSchema {
    TableSchema { database: table.0.clone(), table: table.1.clone(), ..of.clone() }
}

/// A table after an ALTER TABLE.
pub(crate) fn altered(
    before: &TableSchema,
    actions: &[Action],
    around: Surroundings<'_>,
) -> Option<TableSchema> {
    let mut schema = before.clone();
    // Its columns need not be filled any more.
    if actions.iter().any(|action| matches!(action, Action::DropIndex { name } if name == "PRIMARY")) {
        schema.indexes.retain(|index| index.name != "PRIMARY");
    }
    // The table's new character set counts for the columns of the same statement.
    for action in actions {
        let (charset, collation) = match action {
            Action::Default { charset, collation } => (charset.as_deref(), collation.as_deref()),
            Action::Convert { charset, collation } => (Some(charset.as_str()), collation.as_deref()),
            _ => continue,
        };
        let own = std::mem::replace(&mut schema.collation, chosen(charset, collation, around)?);
        if !matches!(action, Action::Convert { .. }) {
            continue;
        }
        let columns = schema.columns.clone();
        convert(&mut schema, around.dialect)?;
        // MySQL 5.6 finds nothing to do then, and leaves the table's own set.
        let old = around.dialect.server == Server::MySql && around.dialect.version < 80_000;
        if old && schema.columns == columns {
            schema.collation = own;
        }
    }
    let collation = schema.collation.clone();
    let around = Surroundings { collation: &collation, ..around };
    let renamed = change_columns(&mut schema, actions, around)?;
    change_indexes(&mut schema, before, &renamed, actions)?;
    settle_prefixes(&mut schema, before, around.dialect);
    settle_hashes(&mut schema, Some(before), around.dialect);
    schema.choose_key();
    Some(schema)
}

/// The collation that a character set and a collation, where named, amount to.
pub(crate) fn chosen(
    charset: Option<&str>,
    collation: Option<&str>,
    around: Surroundings<'_>,
) -> Option<String> {
    match (collation, charset) {
        (Some(collation), _) if collation.eq_ignore_ascii_case("DEFAULT") => None,
        (Some(collation), _) => Some(around.dialect.collation(collation)),
        (None, Some(charset)) => around.dialect.default_collation(charset, around.utf8mb4),
        (None, None) => None,
    }
}

/// A column from its definition.
fn built(definition: &ColumnDefinition, around: Surroundings<'_>) -> Option<Column> {
    let shown = definition.data_type.shown(around)?;
    let raw = RawColumn {
        name: definition.name.clone(),
        data_type: shown.data_type,
        column_type: shown.column_type,
        charset: shown.charset,
        collation: shown.collation,
        extra: if definition.is_virtual { "VIRTUAL GENERATED" } else { "" }.to_owned(),
        // TIMESTAMP without a word is NOT NULL in some servers and sessions: the
        // rows themselves tell.
        nullable: definition.nullable.unwrap_or(!definition.data_type.is_timestamp()) && !definition.primary,
        escaped_labels: around.dialect.escapes_labels(),
    };
    build_column(&raw).ok()
}

/// Every text column in the table's character set. Types of TEXT grow so that as
/// many letters fit as before.
fn convert(schema: &mut TableSchema, dialect: Dialect) -> Option<()> {
    let charset = charset_of(&schema.collation).to_owned();
    for column in &mut schema.columns {
        if column.collation.is_empty() {
            continue;
        }
        // JSON of MariaDB and columns that hold bytes stay, or become something else.
        let (was, is) = (widest(charset_of(&column.collation))?, widest(&charset)?);
        if charset == "binary" || column.kind == ColumnKind::Json {
            return None;
        }
        // OceanBase leaves the collation of a column that has the set already.
        if dialect.server == Server::OceanBase
            && charset_of(&column.collation) == charset
            && column.collation != schema.collation
        {
            return None;
        }
        // MySQL 5.6 and MariaDB take the old bytes of such labels for letters of the
        // new set.
        if !column.labels.iter().all(|label| label.is_ascii()) {
            return None;
        }
        if is > was {
            let grown = |kind: ColumnKind| {
                Some(match kind {
                    ColumnKind::TinyText if 255 / was * is > 255 => (ColumnKind::Text, "text"),
                    ColumnKind::Text if 65_535 / was * is > 65_535 => (ColumnKind::MediumText, "mediumtext"),
                    ColumnKind::MediumText if 16_777_215 / was * is > 16_777_215 => {
                        (ColumnKind::LongText, "longtext")
                    }
                    _ => return None,
                })
            };
            if let Some((kind, name)) = grown(column.kind) {
                column.kind = kind;
                name.clone_into(&mut column.column_type);
            }
            let letters = || column.column_type.split_once('(')?.1.strip_suffix(')')?.parse::<u32>().ok();
            if column.kind == ColumnKind::VarChar && letters()? * is > 65_535 {
                return None;
            }
        }
        column.collation.clone_from(&schema.collation);
        column.charset = crate::schema::charset::Charset::from_name(&charset)?;
    }
    Some(())
}

/// Old and new names of the columns that a statement renames.
pub(super) type Renamed = Vec<(String, String)>;

/// Whether two names are one: names of columns and indexes compare without regard
/// to case.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || one.to_lowercase() == other.to_lowercase()
}

/// Columns in their new order, and which were renamed.
fn change_columns(schema: &mut TableSchema, actions: &[Action], around: Surroundings<'_>) -> Option<Renamed> {
    let old = std::mem::take(&mut schema.columns);
    if names_missing(&old, actions) || exchanges_key(schema, actions, around.dialect) {
        return None;
    }
    let mut renamed = Vec::new();
    let mut kept = keep_columns(schema, &old, actions, around, &mut renamed)?;
    for Placed { column, place, moves } in placed_columns(schema, &old, actions, around)? {
        // A moved column stands in its old place until its turn comes.
        kept.retain(|known| moves.is_none_or(|old| !same(&known.name, old)));
        let index = match place {
            None => kept.len(),
            Some(Place::First) => 0,
            Some(Place::After(name)) => kept.iter().position(|known| same(&known.name, name))? + 1,
        };
        if kept.iter().any(|known| same(&known.name, &column.name)) {
            return None;
        }
        kept.insert(index, column);
    }
    schema.columns = kept;
    Some(renamed)
}

/// Whether a statement speaks of a column that is not there.
fn names_missing(old: &[Column], actions: &[Action]) -> bool {
    actions.iter().any(|action| {
        let (name, if_exists) = match action {
            Action::DropColumn { name, if_exists } => (name, *if_exists),
            Action::Change { old, if_exists, .. } => (old, *if_exists),
            Action::RenameColumn { from, .. } => (from, false),
            _ => return false,
        };
        !if_exists && !old.iter().any(|column| same(&column.name, name))
    })
}

/// Whether a statement gives the name of a key's column to another one and the other
/// way round: OceanBase then mixes up which of them can't be NULL.
fn exchanges_key(schema: &TableSchema, actions: &[Action], dialect: Dialect) -> bool {
    let changes = || {
        actions.iter().filter_map(|action| match action {
            Action::Change { old, column, .. } if !same(old, &column.name) => Some((old, &column.name)),
            _ => None,
        })
    };
    dialect.server == Server::OceanBase
        && changes().any(|(old, new)| {
            changes().any(|(other, _)| same(other, new)) && schema.indexes.iter().any(|index| index.has(old))
        })
}

/// A changed column; one of the primary key can't be NULL.
fn changed(
    schema: &TableSchema,
    old: &str,
    definition: &ColumnDefinition,
    around: Surroundings<'_>,
) -> Option<Column> {
    let mut column = built(definition, around)?;
    column.nullable &= !schema.primary().is_some_and(|index| index.has(old));
    Some(column)
}

/// The columns that keep their place.
fn keep_columns(
    schema: &TableSchema,
    old: &[Column],
    actions: &[Action],
    around: Surroundings<'_>,
    renamed: &mut Renamed,
) -> Option<Vec<Column>> {
    let mut kept = Vec::new();
    for column in old {
        let concerns = |action: &&Action| match action {
            Action::DropColumn { name, .. } => same(name, &column.name),
            Action::Change { old, .. } => same(old, &column.name),
            Action::RenameColumn { from, .. } => same(from, &column.name),
            _ => false,
        };
        match actions.iter().find(concerns) {
            Some(Action::Change { column: definition, place, .. }) => {
                renamed.push((column.name.clone(), definition.name.clone()));
                kept.push(if stays(&column.name, place.as_ref()) {
                    changed(schema, &column.name, definition, around)?
                } else {
                    Column { name: definition.name.clone(), ..column.clone() }
                });
            }
            Some(Action::RenameColumn { to, .. }) => {
                renamed.push((column.name.clone(), to.clone()));
                kept.push(Column { name: to.clone(), ..column.clone() });
            }
            Some(_) => {}
            None => kept.push(column.clone()),
        }
    }
    Some(kept)
}

/// Whether a changed column keeps its place: none is named, or its own.
fn stays(old: &str, place: Option<&Place>) -> bool {
    match place {
        None => true,
        Some(Place::First) => false,
        Some(Place::After(name)) => same(name, old),
    }
}

/// A column that goes to a place.
struct Placed<'a> {
    column: Column,
    place: Option<&'a Place>,
    /// The name that it has in the place it leaves.
    moves: Option<&'a str>,
}

/// Columns that get a new place, and new ones, in the order of the statement.
fn placed_columns<'a>(
    schema: &TableSchema,
    old: &[Column],
    actions: &'a [Action],
    around: Surroundings<'_>,
) -> Option<Vec<Placed<'a>>> {
    let is_there = |name: &str| old.iter().any(|column| same(&column.name, name));
    let mut placed = Vec::new();
    for action in actions {
        match action {
            Action::Change { old: name, column, place: Some(place), .. }
                if is_there(name) && !stays(name, Some(place)) =>
            {
                let moves = Some(column.name.as_str());
                let column = changed(schema, name, column, around)?;
                placed.push(Placed { column, place: Some(place), moves });
            }
            Action::Add { column, if_not_exists: true, .. } if is_there(&column.name) => {}
            Action::Add { column, place, .. } => {
                placed.push(Placed { column: built(column, around)?, place: place.as_ref(), moves: None });
            }
            _ => {}
        }
    }
    Some(placed)
}
