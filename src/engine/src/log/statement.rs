//! What a statement in the log is: the mark of a transaction, a change of rows
//! that was logged as text, or something else that may change tables. Looks at
//! words only; what a DDL does is not its business.

use crate::identity::{Followed, TableName};
use crate::planted::{self, Planted};

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
    /// XA of any kind.
    Xa,
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
    let mut words = Words::new(sql);
    let Some(first) = words.next().filter(|first| !first.quoted) else { return Statement::Other };
    let mut next_is = |word: &str| words.next().is_some_and(|next| next.is(word));
    if CHANGES.iter().any(|word| first.is(word)) {
        Statement::Change
    } else if first.is("BEGIN") {
        Statement::Begin
    } else if first.is("COMMIT") {
        Statement::Commit
    } else if first.is("ROLLBACK") {
        if !next_is("TO") {
            return if planted::is(Planted::RollbackAsCommit) {
                Statement::Commit
            } else {
                Statement::Rollback
            };
        }
        Statement::RollbackTo(words.last().map_or_else(String::new, |name| name.text))
    } else if first.is("SAVEPOINT") {
        Statement::Savepoint(words.last().map_or_else(String::new, |name| name.text))
    } else if first.is("RELEASE") {
        Statement::Mark
    } else if first.is("XA") {
        Statement::Xa
    } else {
        Statement::Other
    }
}

/// The slot of the first followed table that a statement names; `database` is the
/// one that names without a database belong to.
#[must_use]
pub fn names(sql: &str, database: &str, followed: &Followed) -> Option<usize> {
    let words: Vec<Word> = Words::new(sql).collect();
    words.iter().enumerate().find_map(|(at, word)| {
        let qualified = words.get(at + 1).is_some_and(|dot| dot.is(".") && !dot.quoted);
        let of_database = at >= 2 && words.get(at - 1).is_some_and(|dot| dot.is(".") && !dot.quoted);
        let slot = |database: &str| followed.slot(TableName::new(database, &*word.text));
        match (of_database, qualified) {
            (true, _) => words.get(at - 2).and_then(|owner| slot(&owner.text)),
            (false, true) => None,
            (false, false) => slot(database),
        }
    })
}

/// A word, a quoted name, or a single sign of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    text: String,
    quoted: bool,
}

impl Word {
    fn is(&self, word: &str) -> bool {
        !self.quoted && self.text.eq_ignore_ascii_case(word)
    }
}

/// The words of a statement. Strings and comments are left out, but not what
/// stands in comments for some versions only (`/*!50100 .. */`, `/*M! .. */`).
struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    fn new(sql: &'a str) -> Self {
        Self { rest: sql }
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn skip_behind(&mut self, end: &str) {
        let at = self.rest.find(end).map_or(self.rest.len(), |at| at + end.len());
        self.skip(at);
    }

    /// Takes a quoted text, of which the quote stands first.
    fn quoted(&mut self, quote: char) -> String {
        let mut text = String::new();
        let mut letters = self.rest.char_indices().skip(1).peekable();
        let mut end = self.rest.len();
        while let Some((at, letter)) = letters.next() {
            if letter == '\\' && quote != '`' {
                text.extend(letters.next().map(|(_, escaped)| escaped));
            } else if letter != quote {
                text.push(letter);
            } else if letters.next_if(|(_, next)| *next == quote).is_some() {
                text.push(quote);
            } else {
                end = at + letter.len_utf8();
                break;
            }
        }
        self.skip(end);
        text
    }

    /// Leaves out blanks and comments.
    fn skip_blanks(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.starts_with('#') || self.rest.starts_with("-- ") || self.rest.starts_with("--\n") {
                self.skip_behind("\n");
            } else if self.rest.starts_with("/*!") || self.rest.starts_with("/*M!") {
                self.skip_behind("!");
                let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
                self.skip(digits);
            } else if self.rest.starts_with("/*") {
                self.skip_behind("*/");
            } else if self.rest.starts_with("*/") {
                self.skip(2);
            } else {
                return;
            }
        }
    }
}

impl Iterator for Words<'_> {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        loop {
            self.skip_blanks();
            let first = self.rest.chars().next()?;
            if first == '\'' {
                self.quoted(first);
                continue;
            }
            // With ANSI_QUOTES a name, else a text: as a name it can only make us more careful.
            if first == '`' || first == '"' {
                return Some(Word { text: self.quoted(first), quoted: true });
            }
            let part_of_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
            let length = match self.rest.find(|letter| !part_of_word(letter)) {
                Some(0) => first.len_utf8(),
                Some(length) => length,
                None => self.rest.len(),
            };
            let text = self.rest.get(..length).unwrap_or_default().to_owned();
            self.skip(length);
            return Some(Word { text, quoted: false });
        }
    }
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
            ("XA START 'x'", Statement::Xa),
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
    }
}
