//! A definition that an operator gives: a CREATE TABLE text for a place at which
//! the columns of a table can't be told otherwise.

use tidewire_words::Sentence;

use crate::identity::TableName;
use crate::sql::{Quoting, Token, Tokens};
use crate::words::fault;

use super::TableSchema;
use super::ddl::{Change, Meaning, Statement, apply, create::Definition, datatype::Surroundings};
use super::dialect::Dialect;

/// Reads a CREATE TABLE text as the definition of a table.
///
/// # Errors
/// Why it is none: the line that is not understood, or another table's name.
pub fn define(sql: &str, table: &TableName, dialect: Dialect) -> Result<TableSchema, Sentence> {
    let statement =
        Statement { database: table.database.clone(), sql: sql.to_owned(), ..Statement::default() };
    let (meaning, at) = statement.meaning_and_place(dialect);
    let changes = match meaning {
        Meaning::Changes(changes) => changes,
        Meaning::Unclear => return Err(not_understood(sql, at)),
        Meaning::Nothing => return Err(fault::NO_CREATE.into()),
    };
    let [Change::Create { table: named, definition: definition @ Definition::Columns { .. }, .. }] =
        changes.as_slice()
    else {
        return Err(fault::NO_CREATE.into());
    };
    // A text copied from elsewhere may lack the database, never another table.
    if !named.1.eq_ignore_ascii_case(&table.table) || !named.0.eq_ignore_ascii_case(&table.database) {
        let [named, wanted] =
            [format!("{}.{}", named.0, named.1), format!("{}.{}", table.database, table.table)];
        return Err(Sentence::new(fault::OTHER_TABLE, &[&named, &wanted]));
    }
    let around = Surroundings { dialect, collation: "", utf8mb4: None };
    let pair = (table.database.clone(), table.table.clone());
    apply::created(&pair, definition, around).ok_or_else(|| fault::NO_CHARSET.into())
}

/// Names the line and the word behind which the text is not understood.
fn not_understood(sql: &str, at: usize) -> Sentence {
    let mut tokens = Tokens::new(sql, Quoting::default());
    let mut last = (1, String::new());
    for _ in 0..at.max(1) {
        let line = tokens.line();
        let Some(token) = tokens.next() else { break };
        let word = match token {
            Token::Word(word) | Token::Name(word) => word,
            Token::Text(_) => "'…'".to_owned(),
            Token::Sign(sign) => sign.to_string(),
        };
        last = (line, word);
    }
    Sentence::new(fault::LINE_NOT_READ, &[&last.0.to_string(), &last.1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidewire_words::Lang;

    fn refused(sql: &str) -> String {
        let table = TableName::new("shop", "t");
        define(sql, &table, Dialect::default()).expect_err("refused").get(Lang::En).to_owned()
    }

    #[test]
    fn a_definition_is_the_tables_own() {
        let table = TableName::new("shop", "t");
        let sql = "CREATE TABLE `t` (\n `id` int NOT NULL,\n PRIMARY KEY (`id`)\n) ENGINE=InnoDB;";
        let schema = define(sql, &table, Dialect::default()).expect("read");
        assert_eq!((schema.columns.len(), schema.key), (1, vec![0]));
        assert!(refused("CREATE TABLE other (a INT)").contains("shop.other"));
        assert!(refused("DROP TABLE t").contains("CREATE TABLE"));
        assert!(refused("CREATE TABLE t (\n a INT,\n b VECTOR(3)\n)").contains("line 3"));
        assert!(refused("CREATE TABLE t (a TEXT)").contains("character set"));
    }
}
