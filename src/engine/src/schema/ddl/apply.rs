//! A shape and a change make the next shape, as the servers' own rules have it:
//! changed columns keep their place unless they are given one, added ones go
//! behind the rest, and names in a statement mean the columns before it.
//!
//! Everything returns nothing where the outcome is not known for sure.

use crate::schema::declared::{RawColumn, build_column};
use crate::schema::dialect::widest;
use crate::schema::{Column, ColumnKind, Index, IndexPart, TableSchema};

use super::TablePair;
use super::alter::{Action, IndexDefinition, IndexKind, Place};
use super::column::ColumnDefinition;
use super::create::Definition;
use super::datatype::{Surroundings, charset_of};

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
    // The table's new character set counts for the columns of the same statement.
    for action in actions {
        let (charset, collation) = match action {
            Action::Default { charset, collation } => (charset.as_deref(), collation.as_deref()),
            Action::Convert { charset, collation } => (Some(charset.as_str()), collation.as_deref()),
            _ => continue,
        };
        schema.collation = chosen(charset, collation, around)?;
        if matches!(action, Action::Convert { .. }) {
            convert(&mut schema)?;
        }
    }
    let collation = schema.collation.clone();
    let around = Surroundings { collation: &collation, ..around };
    let renamed = change_columns(&mut schema, actions, around)?;
    change_indexes(&mut schema, before, &renamed, actions)?;
    schema.choose_key();
    Some(schema)
}

/// The collation that a character set and a collation, where named, amount to.
fn chosen(charset: Option<&str>, collation: Option<&str>, around: Surroundings<'_>) -> Option<String> {
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
fn convert(schema: &mut TableSchema) -> Option<()> {
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
type Renamed = Vec<(String, String)>;

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || one.to_lowercase() == other.to_lowercase()
}

fn change_columns(schema: &mut TableSchema, actions: &[Action], around: Surroundings<'_>) -> Option<Renamed> {
    let mut renamed = Vec::new();
    let mut kept: Vec<Column> = Vec::new();
    // Columns that get a new place, and new ones, in the order of the statement.
    let mut placed: Vec<(Column, Option<&Place>)> = Vec::new();
    let old = std::mem::take(&mut schema.columns);
    for action in actions {
        let (name, if_exists) = match action {
            Action::DropColumn { name, if_exists } => (name, *if_exists),
            Action::Change { old, if_exists, .. } => (old, *if_exists),
            Action::RenameColumn { from, .. } => (from, false),
            _ => continue,
        };
        if !if_exists && !old.iter().any(|column| same(&column.name, name)) {
            return None;
        }
    }
    for column in &old {
        let concerns = |action: &&Action| match action {
            Action::DropColumn { name, .. } => same(name, &column.name),
            Action::Change { old, .. } => same(old, &column.name),
            Action::RenameColumn { from, .. } => same(from, &column.name),
            _ => false,
        };
        match actions.iter().find(concerns) {
            Some(Action::Change { column: definition, place, .. }) => {
                let mut next = built(definition, around)?;
                let in_key = schema.primary().is_some_and(|index| index.has(&column.name));
                next.nullable &= !in_key;
                renamed.push((column.name.clone(), next.name.clone()));
                if place.is_none() {
                    kept.push(next);
                }
            }
            Some(Action::RenameColumn { to, .. }) => {
                renamed.push((column.name.clone(), to.clone()));
                kept.push(Column { name: to.clone(), ..column.clone() });
            }
            Some(_) => {}
            None => kept.push(column.clone()),
        }
    }
    for action in actions {
        match action {
            Action::Change { old: name, column, place: Some(place), .. } => {
                if old.iter().any(|column| same(&column.name, name)) {
                    let mut next = built(column, around)?;
                    next.nullable &= !schema.primary().is_some_and(|index| index.has(name));
                    placed.push((next, Some(place)));
                }
            }
            Action::Add { column, place, if_not_exists } => {
                if old.iter().any(|known| same(&known.name, &column.name)) && *if_not_exists {
                    continue;
                }
                placed.push((built(column, around)?, place.as_ref()));
            }
            _ => {}
        }
    }
    for (column, place) in placed {
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

fn change_indexes(
    schema: &mut TableSchema,
    before: &TableSchema,
    renamed: &Renamed,
    actions: &[Action],
) -> Option<()> {
    for action in actions {
        match action {
            Action::DropIndex { name } => {
                // One that is not known of is not unique, and changes nothing here.
                schema.indexes.retain(|index| !same(&index.name, name));
            }
            Action::RenameIndex { from, to } => {
                for index in schema.indexes.iter_mut().filter(|index| same(&index.name, from)) {
                    index.name.clone_from(to);
                }
            }
            _ => {}
        }
    }
    let gone = |name: &str| {
        actions
            .iter()
            .any(|action| matches!(action, Action::DropColumn { name: dropped, .. } if same(dropped, name)))
    };
    for index in &mut schema.indexes {
        index.parts.retain(|part| part.column.as_deref().is_none_or(|name| !gone(name)));
        for part in &mut index.parts {
            let new =
                renamed.iter().find(|(old, _)| part.column.as_deref().is_some_and(|name| same(name, old)));
            if let Some((_, new)) = new {
                part.column = Some(new.clone());
            }
        }
    }
    schema.indexes.retain(|index| !index.parts.is_empty());
    for action in actions {
        let (index, if_not_exists) = match action {
            Action::AddIndex { index, if_not_exists } => (index.clone(), *if_not_exists),
            Action::Add { column, if_not_exists, .. } => {
                // One that was there already changed nothing.
                if *if_not_exists && before.column_index(&column.name).is_some() {
                    continue;
                }
                let Some(index) = IndexDefinition::of_column(column) else { continue };
                (index, false)
            }
            Action::Change { column, .. } => {
                let Some(index) = IndexDefinition::of_column(column) else { continue };
                (index, false)
            }
            _ => continue,
        };
        add_index(schema, &index, if_not_exists)?;
    }
    Some(())
}

fn add_index(schema: &mut TableSchema, definition: &IndexDefinition, if_not_exists: bool) -> Option<()> {
    let mut parts = Vec::new();
    for (name, letters) in &definition.parts {
        let Some(name) = name else {
            parts.push(IndexPart { column: None, prefix: false });
            continue;
        };
        let column = schema.columns.iter_mut().find(|column| same(&column.name, name))?;
        if definition.kind == IndexKind::Primary {
            column.nullable = false;
        }
        // As many letters as the column has are all of it.
        let whole = column.column_type.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
        let prefix =
            letters.is_some_and(|letters| whole.and_then(|whole| whole.parse().ok()) != Some(letters));
        parts.push(IndexPart { column: Some(column.name.clone()), prefix });
    }
    let name = match (&definition.name, definition.kind) {
        (_, IndexKind::Primary) => "PRIMARY".to_owned(),
        (Some(name), _) => name.clone(),
        (None, _) => free_name(schema, parts.first()?.column.as_deref().unwrap_or("functional_index"))?,
    };
    if schema.indexes.iter().any(|index| same(&index.name, &name)) {
        return if_not_exists.then_some(());
    }
    schema.indexes.push(Index { name, parts });
    // In the order in which catalogues list them.
    schema.indexes.sort_by_key(|index| index.name.to_uppercase());
    Some(())
}

/// The name that servers give an index of this column.
fn free_name(schema: &TableSchema, column: &str) -> Option<String> {
    let taken = |name: &str| schema.indexes.iter().any(|index| same(&index.name, name));
    if !taken(column) && !same(column, "PRIMARY") {
        return Some(column.to_owned());
    }
    (2..100).map(|number| format!("{column}_{number}")).find(|name| !taken(name))
}
