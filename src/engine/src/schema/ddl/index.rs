//! An index as statements write it: its kind, its name and its columns.

use super::alter::Action;
use super::column::ColumnDefinition;
use super::cursor::{Cursor, TablePair};

/// What stands in the brackets of a CREATE TABLE, or behind ADD.
pub(super) enum Item {
    /// An index.
    Index(IndexDefinition),
    /// A constraint that changes no shape.
    Other,
    /// A column: nothing of it was read yet.
    Column,
}

/// Kinds of indexes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IndexKind {
    Primary,
    Unique,
    Plain,
}

/// An index as a statement defines it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IndexDefinition {
    pub(crate) kind: IndexKind,
    pub(crate) name: Option<String>,
    /// Columns, each with the letters of it that count; no name: an expression.
    pub(crate) parts: Vec<(Option<String>, Option<u32>)>,
    /// `USING HASH`.
    pub(crate) hash: bool,
}

/// What stands in and around the brackets of an index.
struct Body {
    parts: Vec<(Option<String>, Option<u32>)>,
    hash: bool,
}

impl IndexDefinition {
    /// The index that a column's own attribute makes.
    pub(crate) fn of_column(column: &ColumnDefinition) -> Option<Self> {
        let kind = if column.primary {
            IndexKind::Primary
        } else if column.unique {
            IndexKind::Unique
        } else {
            return None;
        };
        Some(Self::single(kind, &column.name))
    }

    fn single(kind: IndexKind, column: &str) -> Self {
        Self { kind, name: None, parts: vec![(Some(column.to_owned()), None)], hash: false }
    }
}

/// Reads an index or a constraint; [`Item::Column`] and nothing read when it is
/// neither.
pub(super) fn index(cursor: &mut Cursor) -> Option<Item> {
    let mut symbol = None;
    if cursor.take("CONSTRAINT")
        && !["PRIMARY", "UNIQUE", "FOREIGN", "CHECK"].iter().any(|word| cursor.is(word))
    {
        symbol = Some(cursor.name()?);
    }
    if cursor.take_all(&["PRIMARY", "KEY"]) {
        // Some write a name here, which counts for nothing.
        return index_rest(cursor, IndexKind::Primary, None).map(Item::Index);
    }
    if cursor.take("UNIQUE") {
        cursor.take_one(&["INDEX", "KEY"]);
        return index_rest(cursor, IndexKind::Unique, symbol).map(Item::Index);
    }
    if cursor.take_one(&["FULLTEXT", "SPATIAL"]).is_some() {
        cursor.take_one(&["INDEX", "KEY"]);
        return index_rest(cursor, IndexKind::Plain, None).map(Item::Index);
    }
    if cursor.take_one(&["INDEX", "KEY"]).is_some() {
        return index_rest(cursor, IndexKind::Plain, None).map(Item::Index);
    }
    if cursor.take_all(&["FOREIGN", "KEY"]) || cursor.take("CHECK") {
        cursor.skip_item()?;
        return Some(Item::Other);
    }
    if cursor.are(&["PERIOD", "FOR"]) {
        return None;
    }
    symbol.is_none().then_some(Item::Column)
}

/// Name, kind, columns and options of an index.
fn index_rest(cursor: &mut Cursor, kind: IndexKind, symbol: Option<String>) -> Option<IndexDefinition> {
    cursor.take_all(&["IF", "NOT", "EXISTS"]);
    let mut name = symbol;
    if !cursor.is_sign('(') && !cursor.is("USING") && !cursor.is("TYPE") {
        name = Some(cursor.name()?);
    }
    let Body { parts, hash } = index_body(cursor)?;
    Some(IndexDefinition { kind, name: name.filter(|_| kind != IndexKind::Primary), parts, hash })
}

/// `USING` or `TYPE` and a kind of index, where it comes next; notes whether that is
/// HASH.
fn using(cursor: &mut Cursor, hash: &mut bool) -> Option<bool> {
    if cursor.take_one(&["USING", "TYPE"]).is_none() {
        return Some(false);
    }
    *hash = cursor.name()?.eq_ignore_ascii_case("HASH");
    Some(true)
}

fn index_body(cursor: &mut Cursor) -> Option<Body> {
    let mut hash = false;
    using(cursor, &mut hash)?;
    let parts = cursor.list(|cursor| {
        if cursor.is_sign('(') {
            cursor.skip_brackets()?;
            cursor.take_one(&["ASC", "DESC"]);
            return Some((None, None));
        }
        let name = cursor.name()?;
        let mut letters = None;
        if cursor.take_sign('(') {
            letters = Some(cursor.number()?);
            cursor.need_sign(')')?;
        }
        cursor.take_one(&["ASC", "DESC"]);
        Some((Some(name), letters))
    })?;
    loop {
        if using(cursor, &mut hash)? {
            // Read.
        } else if cursor.take_one(&["KEY_BLOCK_SIZE", "BLOCK_SIZE"]).is_some() {
            cursor.take_sign('=');
            cursor.number()?;
        } else if cursor.take("COMMENT") {
            cursor.text()?;
        } else if cursor.take_all(&["WITH", "PARSER"]) {
            cursor.name()?;
        } else if cursor.take_one(&["VISIBLE", "INVISIBLE", "IGNORED", "LOCAL", "GLOBAL"]).is_none()
            && !cursor.take_all(&["NOT", "IGNORED"])
        {
            return Some(Body { parts, hash });
        }
    }
}

/// CREATE INDEX behind its keyword.
pub(super) fn create_index(
    cursor: &mut Cursor,
    database: &str,
    kind: IndexKind,
) -> Option<(TablePair, Vec<Action>)> {
    let if_not_exists = cursor.take_all(&["IF", "NOT", "EXISTS"]);
    let name = cursor.name()?;
    let mut before = false;
    using(cursor, &mut before)?;
    cursor.need("ON")?;
    let table = cursor.table(database)?;
    let Body { parts, hash } = index_body(cursor)?;
    index_tail(cursor)?;
    let index = IndexDefinition { kind, name: Some(name), parts, hash: hash || before };
    Some((table, added(index, if_not_exists).into_iter().collect()))
}

/// An index that is not unique changes nothing that rows show.
pub(super) fn added(index: IndexDefinition, if_not_exists: bool) -> Option<Action> {
    (index.kind != IndexKind::Plain).then_some(Action::AddIndex { index, if_not_exists })
}

/// DROP INDEX behind its keyword.
pub(super) fn drop_index(cursor: &mut Cursor, database: &str) -> Option<(TablePair, Vec<Action>)> {
    cursor.take_all(&["IF", "EXISTS"]);
    let name = cursor.name()?;
    cursor.need("ON")?;
    let table = cursor.table(database)?;
    index_tail(cursor)?;
    Some((table, vec![Action::DropIndex { name }]))
}

/// `ALGORITHM = ..` and `LOCK = ..`.
fn index_tail(cursor: &mut Cursor) -> Option<()> {
    while cursor.take_one(&["ALGORITHM", "LOCK"]).is_some() {
        cursor.take_sign('=');
        cursor.name()?;
    }
    Some(())
}
