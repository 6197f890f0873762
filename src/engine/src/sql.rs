//! The words of a statement as servers write them into their logs: names, texts,
//! numbers and signs, with comments left out. Knows what a quote and a comment
//! are in each kind of server, and nothing of what statements mean.

/// What changes the reading of a statement's letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quoting {
    /// `"` quotes a name (`ANSI_QUOTES`); else a text.
    pub ansi_quotes: bool,
    /// A backslash is a letter like others (`NO_BACKSLASH_ESCAPES`).
    pub plain_backslash: bool,
    /// Which conditional comments the server ran.
    pub comments: Comments,
}

/// Which conditional comments a server runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Comments {
    /// Unknown: all are taken for run, which can only make a reader more careful.
    #[default]
    All,
    /// Those of `/*!` up to this version (`80030` is 8.0.30), as MySQL does.
    MySql(u32),
    /// The same, also of `/*M!`; MySQL 5.7's own are left out, as MariaDB does.
    MariaDb(u32),
}

impl Comments {
    fn runs(self, version: Option<u32>, mariadb_only: bool) -> bool {
        const MYSQL_5_7: std::ops::RangeInclusive<u32> = 50_700..=50_799;
        let version = version.unwrap_or(0);
        match self {
            Self::All => true,
            Self::MySql(own) => !mariadb_only && version <= own,
            Self::MariaDb(own) => version <= own && (mariadb_only || !MYSQL_5_7.contains(&version)),
        }
    }
}

/// One word of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A word or a number without quotes.
    Word(String),
    /// A name in quotes.
    Name(String),
    /// A text in quotes, escapes resolved.
    Text(String),
    /// Any other sign.
    Sign(char),
}

impl Token {
    /// Whether this is the keyword.
    #[must_use]
    pub fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    /// Its letters, whatever it is.
    #[must_use]
    pub fn into_text(self) -> String {
        match self {
            Self::Word(text) | Self::Name(text) | Self::Text(text) => text,
            Self::Sign(sign) => sign.to_string(),
        }
    }

    /// A name, quoted or not.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Word(name) | Self::Name(name) => Some(name),
            Self::Text(_) | Self::Sign(_) => None,
        }
    }
}

/// Every pair of database and table that a statement may name; `database` is the
/// one that names without a database belong to. Keywords look like names, too.
pub fn pairs<'t>(tokens: &'t [Token], database: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
    let is_dot = |at: usize| tokens.get(at) == Some(&Token::Sign('.'));
    tokens.iter().enumerate().filter_map(move |(at, token)| {
        let name = token.name()?;
        match at.checked_sub(1) {
            Some(dot) if is_dot(dot) => Some((tokens.get(dot.checked_sub(1)?)?.name()?, name)),
            _ if is_dot(at + 1) => None,
            _ => Some((database, name)),
        }
    })
}

/// The words of a statement, one by one.
pub struct Tokens<'a> {
    sql: &'a str,
    rest: &'a str,
    quoting: Quoting,
}

impl<'a> Tokens<'a> {
    /// Of a statement.
    #[must_use]
    pub const fn new(sql: &'a str, quoting: Quoting) -> Self {
        Self { sql, rest: sql, quoting }
    }

    /// The line of the next word, from 1.
    #[must_use]
    pub fn line(&mut self) -> usize {
        self.skip_blanks();
        let read = self.sql.len() - self.rest.len();
        1 + self.sql.get(..read).map_or(0, |read| read.matches('\n').count())
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn skip_behind(&mut self, end: &str) {
        let at = self.rest.find(end).map_or(self.rest.len(), |at| at + end.len());
        self.skip(at);
    }

    /// Leaves out blanks and comments.
    fn skip_blanks(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            let line = self.rest.strip_prefix("--").is_some_and(|rest| {
                rest.chars().next().is_none_or(|next| next.is_whitespace() || next.is_control())
            });
            if self.rest.starts_with('#') || line {
                self.skip_behind("\n");
            } else if self.rest.starts_with("/*!") || self.rest.starts_with("/*M!") {
                let mariadb_only = self.rest.starts_with("/*M");
                self.skip_behind("!");
                let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
                let version = self.rest.get(..digits).and_then(|digits| digits.parse().ok());
                self.skip(digits);
                if !self.quoting.comments.runs(version, mariadb_only) {
                    self.skip_behind("*/");
                }
            } else if self.rest.starts_with("/*") {
                self.skip_behind("*/");
            } else if self.rest.starts_with("*/") {
                self.skip(2);
            } else {
                return;
            }
        }
    }

    /// Takes a quoted text, of which the quote stands first.
    fn quoted(&mut self, quote: char, escapes: bool) -> String {
        let mut text = String::new();
        let mut letters = self.rest.char_indices().skip(1).peekable();
        let mut end = self.rest.len();
        while let Some((at, letter)) = letters.next() {
            if letter == '\\' && escapes {
                match letters.next() {
                    // For LIKE these stay as they are.
                    Some((_, next @ ('%' | '_'))) => text.extend(['\\', next]),
                    Some((_, next)) => text.push(unescaped(next)),
                    None => {}
                }
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
}

/// The letter that a backslash and this one stand for.
const fn unescaped(letter: char) -> char {
    match letter {
        '0' => '\0',
        'b' => '\u{8}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'Z' => '\u{1a}',
        other => other,
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.skip_blanks();
        let first = self.rest.chars().next()?;
        let escapes = !self.quoting.plain_backslash;
        match first {
            '`' => return Some(Token::Name(self.quoted(first, false))),
            '"' if self.quoting.ansi_quotes => return Some(Token::Name(self.quoted(first, false))),
            '\'' | '"' => return Some(Token::Text(self.quoted(first, escapes))),
            _ => {}
        }
        let part_of_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
        let length = self.rest.find(|letter| !part_of_word(letter)).unwrap_or(self.rest.len());
        if length == 0 {
            self.skip(first.len_utf8());
            return Some(Token::Sign(first));
        }
        let word = self.rest.get(..length).unwrap_or_default().to_owned();
        self.skip(length);
        Some(Token::Word(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(sql: &str, quoting: Quoting) -> Vec<String> {
        let shown = |token| match token {
            Token::Word(word) => word,
            Token::Name(name) => format!("<{name}>"),
            Token::Text(text) => format!("'{text}'"),
            Token::Sign(sign) => sign.to_string(),
        };
        Tokens::new(sql, quoting).map(shown).collect()
    }

    #[test]
    fn comments_are_left_out_but_what_the_server_ran() {
        let sql = "/* a */ ALTER -- b\nTABLE #c\n t /*!50100 ADD */ /*!99999 x */ /*M!100300 y */ z--1 --";
        let mysql = Quoting { comments: Comments::MySql(80_030), ..Quoting::default() };
        assert_eq!(words(sql, mysql).join(" "), "ALTER TABLE t ADD z - - 1");
        let mariadb = Quoting { comments: Comments::MariaDb(101_100), ..Quoting::default() };
        assert_eq!(words("a /*!50706 b */ /*!80000 c */ /*M! d */", mariadb).join(" "), "a c d");
    }

    #[test]
    fn quotes_hold_names_or_texts() {
        let plain = Quoting::default();
        assert_eq!(words("`a``b` \"c\\n\" 'it''s' 'x\\'y'", plain), ["<a`b>", "'c\n'", "'it's'", "'x'y'"]);
        let ansi = Quoting { ansi_quotes: true, plain_backslash: true, ..Quoting::default() };
        assert_eq!(words("\"a\"\"b\" 'c\\n'", ansi), ["<a\"b>", "'c\\n'"]);
        assert_eq!(words("ALTER TABLE 订单 ADD 数量 INT", plain).join(" "), "ALTER TABLE 订单 ADD 数量 INT");
    }
}
