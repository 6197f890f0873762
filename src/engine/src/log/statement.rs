//! What a statement in the log is: the mark of a transaction, a change of rows
//! that was logged as text, or something else that may change tables. Looks at
//! words only; what a DDL does is not its business.

use crate::identity::{Followed, TableName};
use crate::planted::{self, Planted};
use crate::sql::{Quoting, Token, Tokens, pairs};

/// Kinds of statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// BEGIN.
    Begin,
    /// COMMIT.
    Commit,
    /// ROLLBACK of the whole transaction.
    Rollback,
    /// SAVEPOINT with its name.
    Savepoint(String),
    /// ROLLBACK TO with the savepoint's name.
    RollbackTo(String),
    /// RELEASE SAVEPOINT, and other statements without a meaning for rows.
    Mark,
    /// XA START: what follows is made known by a later XA COMMIT.
    XaStart,
    /// XA END with the id.
    XaEnd(String),
    /// XA COMMIT with the id.
    XaCommit(String),
    /// XA ROLLBACK with the id.
    XaRollback(String),
    /// A change of rows, written down as a statement.
    Change,
    /// Anything else: it may change tables.
    Other,
}

/// First words of statements that change rows.
const CHANGES: [&str; 7] = ["INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD", "CALL", "WITH"];

/// What a statement is.
#[must_use]
pub fn read(sql: &str) -> Statement {
    let mut words = Tokens::new(sql, Quoting::default());
    let Some(first) = words.next() else { return Statement::Other };
    if CHANGES.iter().any(|word| first.is(word)) {
        Statement::Change
    } else if first.is("BEGIN") {
        Statement::Begin
    } else if first.is("COMMIT") {
        Statement::Commit
    } else if first.is("ROLLBACK") {
        if !words.next().is_some_and(|next| next.is("TO")) {
            return if planted::is(Planted::RollbackAsCommit) {
                Statement::Commit
            } else {
                Statement::Rollback
            };
        }
        Statement::RollbackTo(last_name(words))
    } else if first.is("SAVEPOINT") {
        Statement::Savepoint(last_name(words))
    } else if first.is("RELEASE") {
        Statement::Mark
    } else if first.is("XA") {
        let Some(verb) = words.next() else { return Statement::Mark };
        if verb.is("START") || verb.is("BEGIN") {
            return Statement::XaStart;
        }
        // Servers write the id in one way, whatever the session wrote.
        let id = words.filter(|word| !word.is("ONE") && !word.is("PHASE"));
        let id = id.map(Token::into_text).collect::<Vec<_>>().concat();
        if verb.is("END") {
            Statement::XaEnd(id)
        } else if verb.is("COMMIT") {
            Statement::XaCommit(id)
        } else if verb.is("ROLLBACK") {
            Statement::XaRollback(id)
        } else {
            Statement::Mark
        }
    } else {
        Statement::Other
    }
}

/// The name of a savepoint at the end; names compare without regard to case.
fn last_name(words: Tokens<'_>) -> String {
    words.last().map_or_else(String::new, Token::into_text).to_lowercase()
}

/// The slot of the first followed table that a statement names; `database` is the
/// one that names without a database belong to.
#[must_use]
pub fn names(sql: &str, database: &str, followed: &Followed) -> Option<usize> {
    // What stands in double quotes is a name or a text, as the session had it: both
    // are tried, which can only make us more careful.
    [false, true].into_iter().find_map(|ansi_quotes| {
        let quoting = Quoting { ansi_quotes, ..Quoting::default() };
        let words: Vec<Token> = Tokens::new(sql, quoting).collect();
        pairs(&words, database).find_map(|(database, table)| followed.slot(TableName::new(database, table)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_told_by_their_first_word() {
        let cases = [
            ("BEGIN", Statement::Begin),
            ("commit", Statement::Commit),
            ("ROLLBACK", Statement::Rollback),
            ("ROLLBACK TO `s``p`", Statement::RollbackTo("s`p".to_owned())),
            ("rollback to savepoint sp", Statement::RollbackTo("sp".to_owned())),
            ("SAVEPOINT `sp`", Statement::Savepoint("sp".to_owned())),
            ("/* app */ INSERT INTO t VALUES (1)", Statement::Change),
            ("-- note\n# more\n/*!50100 update t set a = 1 */", Statement::Change),
            ("XA START X'78',X'',1", Statement::XaStart),
            ("XA END X'78',X'',1", Statement::XaEnd("X78,X,1".to_owned())),
            ("xa commit X'78',X'',1 ONE PHASE", Statement::XaCommit("X78,X,1".to_owned())),
            ("XA ROLLBACK X'78',X'',1", Statement::XaRollback("X78,X,1".to_owned())),
            ("ALTER TABLE t ADD a INT", Statement::Other),
            ("`begin`", Statement::Other),
            ("", Statement::Other),
        ];
        for (sql, expected) in cases {
            assert_eq!(read(sql), expected, "{sql}");
        }
    }

    #[test]
    fn tables_are_found_by_database_and_name() {
        let followed = Followed::new([TableName::new("shop", "a"), TableName::new("s.x", "b.c")], false);
        let found = |sql: &str, database: &str| names(sql, database, &followed);
        assert_eq!(found("INSERT INTO a VALUES ('x')", "shop"), Some(0));
        assert_eq!(found("INSERT INTO `shop` . `a` VALUES (1)", "other"), Some(0));
        assert_eq!(found("INSERT INTO a VALUES (1)", "other"), None);
        assert_eq!(found("INSERT INTO other.a VALUES (1)", "shop"), None);
        assert_eq!(found("INSERT INTO z VALUES ('a', 'it''s a')", "shop"), None);
        assert_eq!(found("UPDATE z JOIN shop.a SET z.b = 1", "shop"), Some(0));
        assert_eq!(found("DELETE FROM `s.x`.`b.c`", ""), Some(1));
        assert_eq!(found("DELETE FROM s.x", "b.c"), None);
        assert_eq!(found("DELETE FROM \"a\"", "shop"), Some(0));
        assert_eq!(found("INSERT INTO z SELECT \"x\\\"y\", b FROM a", "shop"), Some(0));
    }
}
