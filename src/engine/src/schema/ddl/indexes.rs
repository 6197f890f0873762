//! What a statement does to a table's unique indexes: which of them there are, what
//! they are called, and whether they hold columns whole.

use crate::schema::dialect::{Dialect, Server};
use crate::schema::fit::length_of;
use crate::schema::{Column, ColumnKind, Index, IndexPart, TableSchema};

use super::alter::Action;
use super::apply::{Renamed, same};
use super::index::{IndexDefinition, IndexKind};

/// Drops, renames and adds what the clauses say; columns take their indexes along.
pub(super) fn change_indexes(
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

/// Adds an index; nothing where its name is taken or a column is missing.
pub(super) fn add_index(
    schema: &mut TableSchema,
    definition: &IndexDefinition,
    if_not_exists: bool,
) -> Option<()> {
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
    let hash = definition.hash && definition.kind == IndexKind::Unique;
    schema.indexes.push(Index { name, parts, hash });
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

/// Only texts and bytes can be indexed in part; places always are. A column that
/// becomes a place or is none any more takes its index along, and one that becomes
/// a long text is indexed in part, but by MariaDB.
pub(super) fn settle_prefixes(schema: &mut TableSchema, before: &TableSchema, dialect: Dialect) {
    let long = |kind| Width::of(kind) == Width::Long;
    for index in &mut schema.indexes {
        let was = before.indexes.iter().find(|known| known.name == index.name);
        for (number, part) in index.parts.iter_mut().enumerate() {
            let now = schema
                .columns
                .iter()
                .find(|column| part.column.as_deref().is_some_and(|name| same(name, &column.name)));
            let old = was.and_then(|was| kind_of(before, was.parts.get(number)?));
            part.prefix = match now.map(|column| Width::of(column.kind)) {
                Some(Width::Place) => true,
                Some(Width::None) | None => false,
                Some(Width::Short | Width::Long) if old.is_some_and(|old| Width::of(old) == Width::Place) => {
                    now.is_some_and(|column| long(column.kind))
                }
                Some(Width::Long) if old.is_some_and(|old| !long(old)) => {
                    part.prefix || dialect.server != Server::MariaDb
                }
                Some(Width::Short | Width::Long) => part.prefix,
            };
        }
    }
}

/// Most bytes that MariaDB's usual engine can hold of a key.
const LONGEST_KEY: u32 = 3072;

/// MariaDB keeps unique indexes over long texts as a hash; those that are told to, and
/// those over places, until the next ALTER, which builds them anew.
pub(super) fn settle_hashes(schema: &mut TableSchema, before: Option<&TableSchema>, dialect: Dialect) {
    let columns = &schema.columns;
    for index in &mut schema.indexes {
        let was = before.and_then(|before| before.indexes.iter().find(|known| known.name == index.name));
        let mut length = 0;
        let mut hash = index.hash && !was.is_some_and(|was| was.hash);
        for (number, part) in index.parts.iter().enumerate() {
            let found =
                |column: &&Column| part.column.as_deref().is_some_and(|name| same(name, &column.name));
            let Some(column) = columns.iter().find(found) else { continue };
            let old = was.and_then(|was| kind_of(before?, was.parts.get(number)?));
            hash |= match Width::of(column.kind) {
                Width::Place => old.is_none_or(|old| Width::of(old) != Width::Place),
                Width::Long => !part.prefix,
                Width::Short | Width::None => false,
            };
            length += if part.prefix { 0 } else { length_of(column).unwrap_or(0) };
        }
        let can = dialect.server == Server::MariaDb && index.name != "PRIMARY";
        index.hash = can && (hash || length > LONGEST_KEY);
    }
}

/// What the column of an index' part is in a table.
fn kind_of(schema: &TableSchema, part: &IndexPart) -> Option<ColumnKind> {
    let column = schema.column_index(part.column.as_deref()?)?;
    schema.columns.get(column).map(|column| column.kind)
}

/// How much of a column an index can hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    None,
    Short,
    Long,
    Place,
}

impl Width {
    const fn of(kind: ColumnKind) -> Self {
        use ColumnKind as K;
        match kind {
            K::Geometry => Self::Place,
            K::Char | K::VarChar | K::Binary | K::VarBinary => Self::Short,
            K::TinyText
            | K::Text
            | K::MediumText
            | K::LongText
            | K::TinyBlob
            | K::Blob
            | K::MediumBlob
            | K::LongBlob => Self::Long,
            _ => Self::None,
        }
    }
}
