//! The definition of a column: its type and what else is said of it.

use super::cursor::Cursor;
use super::datatype::{self, DataType};
use crate::schema::dialect::Dialect;
use crate::sql::Token;

/// A column as a statement defines it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColumnDefinition {
    pub(crate) name: String,
    pub(crate) data_type: DataType,
    /// NULL or NOT NULL where the statement says it.
    pub(crate) nullable: Option<bool>,
    /// Generated, and not stored.
    pub(crate) is_virtual: bool,
    /// Has a unique index or the primary key of its own.
    pub(crate) unique: bool,
    pub(crate) primary: bool,
}

/// Reads a definition, the name first.
pub(super) fn read(cursor: &mut Cursor, dialect: Dialect) -> Option<ColumnDefinition> {
    let name = cursor.name()?;
    let data_type = datatype::read(cursor, dialect)?;
    let serial = data_type.serial;
    let mut column = ColumnDefinition {
        name,
        data_type,
        nullable: serial.then_some(false),
        is_virtual: false,
        unique: serial,
        primary: false,
    };
    while attribute(cursor, &mut column)? {}
    Some(column)
}

/// Reads the next attribute; false at the end of them.
fn attribute(cursor: &mut Cursor, column: &mut ColumnDefinition) -> Option<bool> {
    let Some(Token::Word(word)) = cursor.peek().cloned() else { return Some(false) };
    // What stands behind the definition.
    if matches!(word.to_ascii_uppercase().as_str(), "FIRST" | "AFTER") {
        return Some(false);
    }
    cursor.next()?;
    match word.to_ascii_uppercase().as_str() {
        "NOT" => {
            cursor.need("NULL")?;
            column.nullable = Some(false);
        }
        "NULL" => column.nullable = Some(true),
        "DEFAULT" => default(cursor)?,
        "ON" => {
            cursor.need("UPDATE")?;
            default(cursor)?;
        }
        "AUTO_INCREMENT" => column.nullable = Some(false),
        "UNIQUE" => {
            cursor.take("KEY");
            column.unique = true;
        }
        "PRIMARY" => {
            cursor.take("KEY");
            column.primary = true;
        }
        "KEY" => column.primary = true,
        "COMMENT" => {
            cursor.text()?;
        }
        "COLLATE" => {
            let collation = cursor.name_or_text()?;
            column.data_type.collate(collation);
        }
        "COLUMN_FORMAT" | "STORAGE" => {
            cursor.name()?;
        }
        "INVISIBLE" | "VISIBLE" | "ENFORCED" => {}
        "COMPRESSED" => packed(cursor)?,
        "GENERATED" => {
            cursor.need("ALWAYS")?;
            cursor.need("AS")?;
            generated(cursor, column)?;
        }
        "AS" => generated(cursor, column)?,
        "CONSTRAINT" => {
            if !cursor.is("CHECK") {
                cursor.name()?;
            }
            cursor.need("CHECK")?;
            check(cursor)?;
        }
        "CHECK" => check(cursor)?,
        "REFERENCES" => cursor.skip_item()?,
        "SRID" => {
            cursor.number()?;
        }
        "SERIAL" => {
            cursor.need("DEFAULT")?;
            cursor.need("VALUE")?;
            column.nullable = Some(false);
            column.unique = true;
        }
        "ENGINE_ATTRIBUTE" | "SECONDARY_ENGINE_ATTRIBUTE" => {
            cursor.take_sign('=');
            cursor.text()?;
        }
        // Among them what makes a table or a column another one for the log.
        _ => return None,
    }
    Some(true)
}

/// How MariaDB packs the values: the log itself tells it.
pub(super) fn packed(cursor: &mut Cursor) -> Option<()> {
    if cursor.take_sign('=') {
        cursor.name()?;
    }
    Some(())
}

/// A value or an expression.
fn default(cursor: &mut Cursor) -> Option<()> {
    if cursor.is_sign('(') {
        return cursor.skip_brackets();
    }
    let _sign = cursor.take_sign('-') || cursor.take_sign('+');
    // `_utf8mb4'text'`, `X'4D'`, `b'1'`
    match cursor.next()? {
        Token::Word(word) if word.starts_with('_') || matches!(word.as_str(), "x" | "X" | "b" | "B") => {
            if matches!(cursor.peek(), Some(Token::Text(_))) {
                cursor.next()?;
            }
        }
        Token::Word(_) | Token::Text(_) => {}
        Token::Sign('.') => {
            cursor.next()?;
        }
        Token::Name(_) | Token::Sign(_) => return None,
    }
    // `1.5`, `1.5e-3`, `CURRENT_TIMESTAMP(3)`
    if cursor.take_sign('.')
        && matches!(cursor.peek(), Some(Token::Word(digits)) if digits.starts_with(|d: char| d.is_ascii_digit()))
    {
        let ends_open = matches!(cursor.next()?, Token::Word(word) if word.ends_with(['e', 'E']));
        if ends_open && (cursor.take_sign('-') || cursor.take_sign('+')) {
            cursor.next()?;
        }
    }
    if cursor.is_sign('(') {
        cursor.skip_brackets()?;
    }
    Some(())
}

fn generated(cursor: &mut Cursor, column: &mut ColumnDefinition) -> Option<()> {
    cursor.skip_brackets()?;
    let stored =
        matches!(cursor.take_one(&["VIRTUAL", "STORED", "PERSISTENT"]), Some("STORED" | "PERSISTENT"));
    column.is_virtual = !stored;
    Some(())
}

fn check(cursor: &mut Cursor) -> Option<()> {
    cursor.skip_brackets()?;
    if cursor.take("NOT") {
        cursor.need("ENFORCED")?;
    } else {
        cursor.take("ENFORCED");
    }
    Some(())
}
