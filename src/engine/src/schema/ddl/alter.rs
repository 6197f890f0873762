//! ALTER TABLE: what each of its clauses does. Clauses that change no shape are
//! read and left out.

use super::column::{self, ColumnDefinition};
use super::create::option;
use super::cursor::{Cursor, TablePair};
use super::index::{IndexDefinition, Item, added, index};
use crate::schema::dialect::Dialect;
use crate::sql::Token;

/// One clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Add {
        column: ColumnDefinition,
        place: Option<Place>,
        if_not_exists: bool,
    },
    Change {
        old: String,
        column: ColumnDefinition,
        place: Option<Place>,
        if_exists: bool,
    },
    DropColumn {
        name: String,
        if_exists: bool,
    },
    RenameColumn {
        from: String,
        to: String,
    },
    AddIndex {
        index: IndexDefinition,
        if_not_exists: bool,
    },
    DropIndex {
        name: String,
    },
    RenameIndex {
        from: String,
        to: String,
    },
    /// The character set of columns to come.
    Default {
        charset: Option<String>,
        collation: Option<String>,
    },
    /// The character set of all columns.
    Convert {
        charset: String,
        collation: Option<String>,
    },
}

/// Where a column goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    First,
    After(String),
}

/// All clauses of an ALTER TABLE, and the name that it gives the table.
pub(super) fn actions(
    cursor: &mut Cursor,
    database: &str,
    dialect: Dialect,
) -> Option<(Vec<Action>, Option<TablePair>)> {
    let (mut actions, mut to) = (Vec::new(), None);
    loop {
        if cursor.is_done() {
            return Some((actions, to));
        }
        if cursor.take("RENAME") {
            rename(cursor, database, &mut actions, &mut to)?;
        } else if !clause(cursor, dialect, &mut actions)? {
            // Partitions: what stands behind concerns rows, not columns.
            if !is_partition_clause(cursor) {
                return None;
            }
            cursor.skip_rest();
            return Some((actions, to));
        }
        // Options of the table need no comma between them.
        cursor.take_sign(',');
    }
}

fn rename(
    cursor: &mut Cursor,
    database: &str,
    actions: &mut Vec<Action>,
    to: &mut Option<TablePair>,
) -> Option<()> {
    if cursor.take("COLUMN") {
        cursor.take_all(&["IF", "EXISTS"]);
        let from = cursor.name()?;
        cursor.need("TO")?;
        actions.push(Action::RenameColumn { from, to: cursor.name()? });
    } else if cursor.take_one(&["INDEX", "KEY"]).is_some() {
        cursor.take_all(&["IF", "EXISTS"]);
        let from = cursor.name()?;
        cursor.need("TO")?;
        actions.push(Action::RenameIndex { from, to: cursor.name()? });
    } else {
        if cursor.take_one(&["TO", "AS"]).is_none() {
            cursor.take_sign('=');
        }
        *to = Some(cursor.table(database)?);
    }
    Some(())
}

fn is_partition_clause(cursor: &Cursor) -> bool {
    const WORDS: &[&str] = &[
        "PARTITION",
        "REMOVE",
        "COALESCE",
        "REORGANIZE",
        "EXCHANGE",
        "REBUILD",
        "ANALYZE",
        "CHECK",
        "OPTIMIZE",
    ];
    const BEFORE: &[&str] = &["ADD", "DROP", "TRUNCATE", "DISCARD", "IMPORT", "REPAIR"];
    let mut head = cursor.head(2);
    let (first, second) = (head.next(), head.next());
    let is = |token: Option<&Token>, words: &[&str]| {
        token.is_some_and(|token| words.iter().any(|word| token.is(word)))
    };
    is(first, WORDS) || is(first, BEFORE) && is(second, &["PARTITION", "SUBPARTITION"])
}

/// One clause; false when it is none that is known.
fn clause(cursor: &mut Cursor, dialect: Dialect, actions: &mut Vec<Action>) -> Option<bool> {
    if is_partition_clause(cursor) {
        return Some(false);
    }
    if cursor.take("ADD") {
        add(cursor, dialect, actions)?;
    } else if cursor.take("DROP") {
        drop(cursor, actions)?;
    } else if let Some(word) = cursor.take_one(&["MODIFY", "CHANGE"]) {
        cursor.take("COLUMN");
        let if_exists = cursor.take_all(&["IF", "EXISTS"]);
        let old = if word == "CHANGE" { Some(cursor.name()?) } else { None };
        let column = column::read(cursor, dialect)?;
        let place = place(cursor)?;
        let old = old.unwrap_or_else(|| column.name.clone());
        actions.push(Action::Change { old, column, place, if_exists });
    } else if cursor.take("CONVERT") {
        convert(cursor, actions)?;
    } else if !harmless(cursor)? {
        return table_option(cursor, actions);
    }
    Some(true)
}

/// Takes a clause that changes nothing that rows show; false when it is none.
fn harmless(cursor: &mut Cursor) -> Option<bool> {
    if cursor.take("ALTER") {
        // Defaults, visibility and checks.
        cursor.skip_item()?;
    } else if cursor.take_one(&["ALGORITHM", "LOCK"]).is_some() {
        cursor.take_sign('=');
        cursor.name()?;
    } else if cursor.take("ORDER") {
        cursor.skip_rest();
    } else if cursor.take_one(&["ENABLE", "DISABLE"]).is_some() {
        cursor.need("KEYS")?;
    } else if cursor.take_one(&["DISCARD", "IMPORT"]).is_some() {
        cursor.need("TABLESPACE")?;
    } else if cursor.take_one(&["WITH", "WITHOUT"]).is_some() {
        cursor.need("VALIDATION")?;
    } else {
        return Some(cursor.take("FORCE"));
    }
    Some(true)
}

fn convert(cursor: &mut Cursor, actions: &mut Vec<Action>) -> Option<()> {
    cursor.need("TO")?;
    if !cursor.take_all(&["CHARACTER", "SET"]) {
        cursor.need("CHARSET")?;
    }
    let charset = cursor.name_or_text()?;
    let collation = if cursor.take("COLLATE") { Some(cursor.name_or_text()?) } else { None };
    // CONVERT TO CHARACTER SET DEFAULT takes the database's.
    if charset.eq_ignore_ascii_case("DEFAULT") {
        return None;
    }
    actions.push(Action::Convert { charset, collation });
    Some(())
}

/// An option of the table: its character set is noted.
fn table_option(cursor: &mut Cursor, actions: &mut Vec<Action>) -> Option<bool> {
    let (mut charset, mut collation) = (None, None);
    if !option(cursor, &mut charset, &mut collation)? {
        return Some(false);
    }
    if charset.is_some() || collation.is_some() {
        // `CHARACTER SET x COLLATE y` is one wish.
        cursor.take_sign(',');
        if charset.is_some() && (cursor.is("COLLATE") || cursor.are(&["DEFAULT", "COLLATE"])) {
            option(cursor, &mut None, &mut collation)?;
        }
        actions.push(Action::Default { charset, collation });
    }
    Some(true)
}

fn add(cursor: &mut Cursor, dialect: Dialect, actions: &mut Vec<Action>) -> Option<()> {
    match index(cursor)? {
        Item::Index(index) => {
            actions.extend(added(index, false));
            return Some(());
        }
        Item::Other => return Some(()),
        Item::Column => {}
    }
    if cursor.is("SYSTEM") {
        return None;
    }
    cursor.take("COLUMN");
    let if_not_exists = cursor.take_all(&["IF", "NOT", "EXISTS"]);
    if cursor.is_sign('(') {
        let items = cursor.list(|cursor| {
            Some(match index(cursor)? {
                Item::Index(index) => added(index, false),
                Item::Other => None,
                Item::Column => {
                    let column = column::read(cursor, dialect)?;
                    Some(Action::Add { column, place: None, if_not_exists })
                }
            })
        })?;
        actions.extend(items.into_iter().flatten());
        return Some(());
    }
    let column = column::read(cursor, dialect)?;
    let place = place(cursor)?;
    actions.push(Action::Add { column, place, if_not_exists });
    Some(())
}

#[expect(clippy::option_option, reason = "no place and a place that can't be read are two things")]
fn place(cursor: &mut Cursor) -> Option<Option<Place>> {
    if cursor.take("FIRST") {
        return Some(Some(Place::First));
    }
    if cursor.take("AFTER") {
        return Some(Some(Place::After(cursor.name()?)));
    }
    Some(None)
}

fn drop(cursor: &mut Cursor, actions: &mut Vec<Action>) -> Option<()> {
    if cursor.take_all(&["PRIMARY", "KEY"]) {
        actions.push(Action::DropIndex { name: "PRIMARY".to_owned() });
    } else if cursor.take_all(&["FOREIGN", "KEY"]) || cursor.take("CHECK") {
        cursor.take_all(&["IF", "EXISTS"]);
        cursor.name()?;
    } else if cursor.take_one(&["INDEX", "KEY"]).is_some() {
        cursor.take_all(&["IF", "EXISTS"]);
        actions.push(Action::DropIndex { name: cursor.name()? });
    } else if cursor.take("CONSTRAINT") {
        // Any kind of one: gone, if it is a unique index.
        cursor.take_all(&["IF", "EXISTS"]);
        actions.push(Action::DropIndex { name: cursor.name()? });
    } else if cursor.is("SYSTEM") || cursor.are(&["PERIOD", "FOR"]) {
        return None;
    } else {
        cursor.take("COLUMN");
        let if_exists = cursor.take_all(&["IF", "EXISTS"]);
        actions.push(Action::DropColumn { name: cursor.name()?, if_exists });
        cursor.take_one(&["RESTRICT", "CASCADE"]);
    }
    Some(())
}
