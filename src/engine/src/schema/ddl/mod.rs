//! What a statement does to the shapes of tables. A statement is understood
//! whole or not at all: one word of unknown meaning makes it unclear, and then
//! nothing is concluded from it but the names that stand in it.
//!
//! The reader is our own: `sqlparser` reads neither what servers put into
//! conditional comments nor several clauses that servers log (measured with the
//! statements of this module's tests).

pub(crate) mod alter;
pub(crate) mod apply;
pub(crate) mod column;
pub(crate) mod create;
mod cursor;
pub(crate) mod datatype;
#[cfg(test)]
mod ddl_test;
mod index;
mod indexes;

use crate::log::body::{self, Query};
use crate::sql::{Comments, Quoting, Token, Tokens, pairs};

use super::charset::Charset;
use super::dialect::Dialect;
use super::metadata::{charset_of, collation_name};
use alter::Action;
use create::Definition;
use cursor::Cursor;
pub(crate) use cursor::TablePair;

/// A statement with what its session says of how to read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// The database that names without one belong to.
    pub database: String,
    /// Its text.
    pub sql: String,
    /// `sql_mode` of the session.
    pub sql_mode: u64,
    /// The collation that utf8mb4 has where none is named, if the log says it.
    pub utf8mb4: Option<&'static str>,
}

/// What a statement does to shapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Nothing.
    Nothing,
    /// These, one after the other.
    Changes(Vec<Change>),
    /// It was not understood: it may change every table that it names.
    Unclear,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// CREATE TABLE.
    Create {
        table: TablePair,
        /// An existing table stays as it is.
        if_not_exists: bool,
        definition: Definition,
    },
    /// ALTER TABLE and statements that are short for it.
    Alter { table: TablePair, actions: Vec<Action> },
    /// DROP TABLE.
    Drop(TablePair),
    /// RENAME TABLE, one pair of it.
    Rename { from: TablePair, to: TablePair },
    /// DROP DATABASE.
    DropDatabase(String),
    /// CREATE or ALTER DATABASE, with what it says of the character set of tables
    /// to come.
    Database { name: String, charset: Option<String>, collation: Option<String> },
    /// TRUNCATE: the rows go without a trace in the log.
    Truncate(TablePair),
}

/// First words of statements that change the shape of no table.
const HARMLESS: &[&str] = &[
    "ANALYZE",
    "OPTIMIZE",
    "CHECK",
    "REPAIR",
    "CHECKSUM",
    "GRANT",
    "REVOKE",
    "SET",
    "FLUSH",
    "RESET",
    "USE",
    "INSTALL",
    "UNINSTALL",
    "KILL",
    "CACHE",
    "CHANGE",
    "START",
    "STOP",
    "LOCK",
    "UNLOCK",
    "PURGE",
    "DO",
    "PREPARE",
    "EXECUTE",
    "DEALLOCATE",
    "RELEASE",
    "BACKUP",
    "SHOW",
    "EXPLAIN",
];

/// What may stand behind CREATE, DROP and ALTER and is no table.
const NO_TABLES: &[&str] = &[
    "VIEW",
    "TRIGGER",
    "PROCEDURE",
    "FUNCTION",
    "EVENT",
    "USER",
    "ROLE",
    "SERVER",
    "TABLESPACE",
    "LOGFILE",
    "SEQUENCE",
    "PACKAGE",
    "UNDO",
    "REFERENCE",
    "RESOURCE",
    "INSTANCE",
    "OUTLINE",
    "SYNONYM",
    "LIBRARY",
];

impl Statement {
    /// Of a QUERY event. Its letters are in the client's character set.
    pub(crate) fn of(query: &Query<'_>) -> Self {
        let session = body::session(query.status);
        let charset = session.client_collation.and_then(|number| charset_of(number.into()));
        let charset = charset.and_then(Charset::from_name).unwrap_or(Charset::Utf8);
        let sql = match charset.decode(query.sql) {
            Some(sql) => sql.into_owned(),
            None => String::from_utf8_lossy(query.sql).into_owned(),
        };
        Self {
            database: String::from_utf8_lossy(query.database).into_owned(),
            sql,
            sql_mode: session.sql_mode,
            utf8mb4: session.utf8mb4_collation.and_then(|number| collation_name(number.into())),
        }
    }

    /// How its letters are to be read.
    fn quoting(&self, dialect: Dialect) -> Quoting {
        const ANSI_QUOTES: u64 = 4;
        const NO_BACKSLASH_ESCAPES: u64 = 1 << 20;
        Quoting {
            ansi_quotes: self.sql_mode & ANSI_QUOTES != 0,
            plain_backslash: self.sql_mode & NO_BACKSLASH_ESCAPES != 0,
            comments: dialect.comments(),
        }
    }

    /// What it does.
    pub(crate) fn meaning(&self, dialect: Dialect) -> Meaning {
        self.meaning_and_place(dialect).0
    }

    /// What it does, and how many words were read until that was known.
    pub(crate) fn meaning_and_place(&self, dialect: Dialect) -> (Meaning, usize) {
        let mut cursor = Cursor::new(Tokens::new(&self.sql, self.quoting(dialect)).collect());
        let meaning = read(&mut cursor, &self.database, dialect).unwrap_or(Meaning::Unclear);
        (meaning, cursor.place())
    }

    /// Every table that it may name. What a conditional comment holds counts in any
    /// case.
    pub(crate) fn named(&self, dialect: Dialect) -> Vec<TablePair> {
        let quoting = Quoting { comments: Comments::All, ..self.quoting(dialect) };
        let tokens: Vec<Token> = Tokens::new(&self.sql, quoting).collect();
        let owned = |(database, table): (&str, &str)| (database.to_owned(), table.to_owned());
        pairs(&tokens, &self.database).map(owned).collect()
    }
}

fn read(cursor: &mut Cursor, database: &str, dialect: Dialect) -> Option<Meaning> {
    let Some(Token::Word(first)) = cursor.next().cloned() else { return None };
    let first = first.to_ascii_uppercase();
    if HARMLESS.contains(&first.as_str()) {
        return Some(Meaning::Nothing);
    }
    let changes = match first.as_str() {
        "CREATE" => return create(cursor, database, dialect),
        "ALTER" => return alter(cursor, database, dialect),
        "DROP" => return drop(cursor, database),
        "RENAME" => {
            if cursor.is("USER") {
                return Some(Meaning::Nothing);
            }
            rename(cursor, database)?
        }
        "TRUNCATE" => {
            cursor.take("TABLE");
            let table = cursor.table(database)?;
            wait(cursor)?;
            vec![Change::Truncate(table)]
        }
        _ => return None,
    };
    cursor.is_done().then_some(Meaning::Changes(changes))
}

/// Whether the words in front of what is created, changed or dropped say that it
/// is no table.
fn is_no_table(cursor: &Cursor) -> bool {
    // DEFINER and the like come first.
    cursor.head(16).any(|token| NO_TABLES.iter().any(|word| token.is(word)))
        && !cursor.head(3).any(|token| token.is("TABLE") || token.is("TABLES"))
}

/// CREATE or ALTER DATABASE behind that word.
fn database_options(cursor: &mut Cursor, database: &str) -> Option<Meaning> {
    cursor.take_all(&["IF", "NOT", "EXISTS"]);
    let named = !["DEFAULT", "CHARACTER", "CHARSET", "COLLATE"].iter().any(|word| cursor.is(word));
    let name = if named { cursor.name()? } else { database.to_owned() };
    let (mut charset, mut collation) = (None, None);
    while !cursor.is_done() {
        if !create::option(cursor, &mut charset, &mut collation)? {
            // Nothing else of a database concerns tables to come.
            cursor.next()?;
        }
    }
    Some(Meaning::Changes(vec![Change::Database { name, charset, collation }]))
}

fn create(cursor: &mut Cursor, database: &str, dialect: Dialect) -> Option<Meaning> {
    if cursor.take_one(&["DATABASE", "SCHEMA"]).is_some() {
        return database_options(cursor, database);
    }
    if cursor.take("TABLEGROUP") {
        return Some(Meaning::Nothing);
    }
    let replace = cursor.take_all(&["OR", "REPLACE"]);
    if cursor.is("TEMPORARY") {
        return Some(Meaning::Nothing);
    }
    cursor.take_one(&["ONLINE", "OFFLINE"]);
    if let Some(kind) = index_kind(cursor) {
        let (table, actions) = index::create_index(cursor, database, kind)?;
        return cursor.is_done().then_some(Meaning::Changes(vec![Change::Alter { table, actions }]));
    }
    if is_no_table(cursor) {
        return Some(Meaning::Nothing);
    }
    cursor.need("TABLE")?;
    let if_not_exists = cursor.take_all(&["IF", "NOT", "EXISTS"]);
    let table = cursor.table(database)?;
    let definition = create::definition(cursor, database, dialect)?;
    if !cursor.is_done() {
        return None;
    }
    let create = Change::Create { table: table.clone(), if_not_exists, definition };
    let before = replace.then_some(Change::Drop(table));
    Some(Meaning::Changes(before.into_iter().chain([create]).collect()))
}

/// `[UNIQUE | FULLTEXT | SPATIAL] INDEX` behind CREATE.
fn index_kind(cursor: &mut Cursor) -> Option<index::IndexKind> {
    use index::IndexKind as Kind;
    let kinds = [("UNIQUE", Kind::Unique), ("FULLTEXT", Kind::Plain), ("SPATIAL", Kind::Plain)];
    for (word, kind) in kinds {
        if cursor.take_all(&[word, "INDEX"]) || cursor.take_all(&[word, "KEY"]) {
            return Some(kind);
        }
    }
    (cursor.take("INDEX") || cursor.take("KEY")).then_some(Kind::Plain)
}

fn alter(cursor: &mut Cursor, database: &str, dialect: Dialect) -> Option<Meaning> {
    if cursor.take_one(&["DATABASE", "SCHEMA"]).is_some() {
        return database_options(cursor, database);
    }
    if cursor.take_one(&["TABLEGROUP", "SYSTEM", "TENANT"]).is_some() || is_no_table(cursor) {
        return Some(Meaning::Nothing);
    }
    cursor.take_one(&["ONLINE", "OFFLINE"]);
    cursor.take("IGNORE");
    cursor.need("TABLE")?;
    cursor.take_all(&["IF", "EXISTS"]);
    let table = cursor.table(database)?;
    wait(cursor)?;
    let (actions, to) = alter::actions(cursor, database, dialect)?;
    if !cursor.is_done() {
        return None;
    }
    let rename = to.map(|to| Change::Rename { from: table.clone(), to });
    Some(Meaning::Changes([Change::Alter { table, actions }].into_iter().chain(rename).collect()))
}

fn drop(cursor: &mut Cursor, database: &str) -> Option<Meaning> {
    if cursor.take_one(&["DATABASE", "SCHEMA"]).is_some() {
        cursor.take_all(&["IF", "EXISTS"]);
        let name = cursor.name()?;
        return cursor.is_done().then(|| Meaning::Changes(vec![Change::DropDatabase(name)]));
    }
    if cursor.is("TEMPORARY") || cursor.take_one(&["PREPARE", "TABLEGROUP"]).is_some() {
        return Some(Meaning::Nothing);
    }
    cursor.take_one(&["ONLINE", "OFFLINE"]);
    if cursor.take("INDEX") || cursor.take("KEY") {
        let (table, actions) = index::drop_index(cursor, database)?;
        return cursor.is_done().then_some(Meaning::Changes(vec![Change::Alter { table, actions }]));
    }
    if is_no_table(cursor) {
        return Some(Meaning::Nothing);
    }
    cursor.take_one(&["TABLE", "TABLES"])?;
    cursor.take_all(&["IF", "EXISTS"]);
    let mut dropped = vec![Change::Drop(cursor.table(database)?)];
    while cursor.take_sign(',') {
        dropped.push(Change::Drop(cursor.table(database)?));
    }
    wait(cursor)?;
    cursor.take_one(&["RESTRICT", "CASCADE"]);
    cursor.is_done().then_some(Meaning::Changes(dropped))
}

fn rename(cursor: &mut Cursor, database: &str) -> Option<Vec<Change>> {
    cursor.take_one(&["TABLE", "TABLES"])?;
    cursor.take_all(&["IF", "EXISTS"]);
    let mut pairs = Vec::new();
    loop {
        let from = cursor.table(database)?;
        wait(cursor)?;
        cursor.need("TO")?;
        pairs.push(Change::Rename { from, to: cursor.table(database)? });
        if !cursor.take_sign(',') {
            return Some(pairs);
        }
    }
}

/// MariaDB's `WAIT n` and `NOWAIT`.
fn wait(cursor: &mut Cursor) -> Option<()> {
    if cursor.take("WAIT") {
        cursor.number()?;
    } else {
        cursor.take("NOWAIT");
    }
    Some(())
}
