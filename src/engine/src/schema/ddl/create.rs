//! CREATE TABLE: columns, indexes and the table's own character set.

use super::column::{self, ColumnDefinition};
use super::cursor::{Cursor, TablePair};
use super::index::{IndexDefinition, IndexKind, Item, index};
use crate::schema::dialect::Dialect;
use crate::sql::Token;

/// What a table is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Definition {
    /// Columns and indexes.
    Columns {
        columns: Vec<ColumnDefinition>,
        indexes: Vec<IndexDefinition>,
        /// The table's character set and collation, where they are named.
        charset: Option<String>,
        collation: Option<String>,
    },
    /// LIKE another table.
    Like(TablePair),
}

/// Reads what stands behind the name.
pub(super) fn definition(cursor: &mut Cursor, database: &str, dialect: Dialect) -> Option<Definition> {
    if cursor.take("LIKE") {
        return Some(Definition::Like(cursor.table(database)?));
    }
    if cursor.head(2).nth(1).is_some_and(|token| token.is("LIKE")) {
        cursor.need_sign('(')?;
        cursor.need("LIKE")?;
        let like = cursor.table(database)?;
        cursor.need_sign(')')?;
        return Some(Definition::Like(like));
    }
    let (mut columns, mut indexes) = (Vec::new(), Vec::new());
    cursor.list(|cursor| {
        match index(cursor)? {
            Item::Index(index) if index.kind != IndexKind::Plain => indexes.push(index),
            Item::Index(_) | Item::Other => {}
            Item::Column => columns.push(column::read(cursor, dialect)?),
        }
        Some(())
    })?;
    let (mut charset, mut collation) = (None, None);
    options(cursor, &mut charset, &mut collation)?;
    Some(Definition::Columns { columns, indexes, charset, collation })
}

/// The options behind the brackets: character set and collation are noted, what
/// changes no shape is left out.
fn options(cursor: &mut Cursor, charset: &mut Option<String>, collation: &mut Option<String>) -> Option<()> {
    while !cursor.is_done() {
        if cursor.take_sign(',') {
            continue;
        }
        if cursor.is("PARTITION") {
            cursor.skip_rest();
            return Some(());
        }
        if cursor.take_all(&["START", "TRANSACTION"]) {
            continue;
        }
        if !option(cursor, charset, collation)? {
            return None;
        }
    }
    Some(())
}

/// Options of tables that take one value and change no shape.
const VALUED: &[&str] = &[
    "ENGINE",
    "TYPE",
    "AUTO_INCREMENT",
    "AVG_ROW_LENGTH",
    "CHECKSUM",
    "COMMENT",
    "COMPRESSION",
    "CONNECTION",
    "DELAY_KEY_WRITE",
    "ENCRYPTION",
    "ENCRYPTED",
    "ENCRYPTION_KEY_ID",
    "ENGINE_ATTRIBUTE",
    "SECONDARY_ENGINE_ATTRIBUTE",
    "SECONDARY_ENGINE",
    "INSERT_METHOD",
    "KEY_BLOCK_SIZE",
    "MAX_ROWS",
    "MIN_ROWS",
    "PACK_KEYS",
    "PAGE_CHECKSUM",
    "PAGE_COMPRESSED",
    "PAGE_COMPRESSION_LEVEL",
    "PASSWORD",
    "ROW_FORMAT",
    "STATS_AUTO_RECALC",
    "STATS_PERSISTENT",
    "STATS_SAMPLE_PAGES",
    "TABLESPACE",
    "TRANSACTIONAL",
    "AUTOEXTEND_SIZE",
    "BLOCK_SIZE",
    "REPLICA_NUM",
    "USE_BLOOM_FILTER",
    "TABLET_SIZE",
    "PCTFREE",
    "PROGRESSIVE_MERGE_NUM",
    "TABLE_MODE",
    "TABLEGROUP",
    "DUPLICATE_SCOPE",
    "LOCALITY",
    "PRIMARY_ZONE",
    "COMPRESSION_LEVEL",
    "AUTO_INCREMENT_MODE",
    "AUTO_INCREMENT_CACHE_SIZE",
    "LOB_INROW_THRESHOLD",
    "KV_ATTRIBUTES",
    "STORAGE",
    "ORGANIZATION",
    "STORE_FORMAT",
];

/// Takes the next option of a table; false when it is none.
pub(super) fn option(
    cursor: &mut Cursor,
    charset: &mut Option<String>,
    collation: &mut Option<String>,
) -> Option<bool> {
    let default = cursor.take("DEFAULT");
    if cursor.take_all(&["CHARACTER", "SET"]) || cursor.take_all(&["CHAR", "SET"]) || cursor.take("CHARSET") {
        cursor.take_sign('=');
        *charset = Some(cursor.name_or_text()?);
        return Some(true);
    }
    if cursor.take("COLLATE") {
        cursor.take_sign('=');
        *collation = Some(cursor.name_or_text()?);
        return Some(true);
    }
    if default {
        return None;
    }
    if cursor.take_all(&["DATA", "DIRECTORY"]) || cursor.take_all(&["INDEX", "DIRECTORY"]) {
        cursor.take_sign('=');
        cursor.text()?;
        return Some(true);
    }
    if cursor.take("UNION") {
        cursor.take_sign('=');
        cursor.skip_brackets()?;
        return Some(true);
    }
    if cursor.take_one(&["NOCOMPRESS", "COMPRESS"]).is_some() {
        return Some(true);
    }
    if cursor.take_one(VALUED).is_none() {
        return Some(false);
    }
    cursor.take_sign('=');
    if cursor.is_sign('(') {
        cursor.skip_brackets()?;
        return Some(true);
    }
    match cursor.next()? {
        Token::Word(_) | Token::Text(_) | Token::Name(_) => Some(true),
        Token::Sign(_) => None,
    }
}
