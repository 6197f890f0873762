//! The words of a filter text: names, literals and symbols, each with the
//! place of its first character. Lexical rules are those of the servers in
//! their default `sql_mode`.
//!
//! Written for filters rather than taken from `sqlparser`: its reader for this
//! dialect takes what stands inside `/*! */` for tokens, which would run hidden
//! parts, and gives operators no place.
//!
//! Invariants: every refusal names a character; no text is dropped silently.

use std::iter::Peekable;
use std::str::Chars;

use super::error::{FilterError, FilterErrorKind as Kind, FilterResult};

/// One token; `at` counts characters from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Place of the first character.
    pub(super) at: usize,
    /// What it is.
    pub(super) kind: TokenKind,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A bare word: keyword or name.
    Word(String),
    /// A name in backticks.
    Quoted(String),
    /// Digits with at most one point.
    Number(String),
    /// A text in single quotes, escapes resolved.
    Text(String),
    /// `X'..'` or `0x..`.
    Hex(Vec<u8>),
    /// An operator or a bracket.
    Symbol(&'static str),
}

impl TokenKind {
    /// How an error message shows it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::Quoted(name) => format!("`{name}`"),
            Self::Number(digits) => digits.clone(),
            Self::Text(_) => "'..'".to_owned(),
            Self::Hex(_) => "X'..'".to_owned(),
            Self::Symbol(symbol) => (*symbol).to_owned(),
        }
    }
}

/// Longest first, so that `<=>` is not read as `<=`.
const SYMBOLS: &[&str] = &[
    "<=>", "<=", ">=", "<>", "!=", "<<", ">>", "&&", "||", "(", ")", ",", ".", "+", "-", "*", "/", "%", "=",
    "<", ">", "!", "~", "^", "&", "|",
];

/// Splits the text.
pub(super) fn tokens(text: &str) -> FilterResult<Vec<Token>> {
    let mut lexer = Lexer { chars: text.chars().peekable(), at: 1 };
    let mut found = Vec::new();
    while let Some(token) = lexer.token()? {
        found.push(token);
    }
    Ok(found)
}

struct Lexer<'t> {
    chars: Peekable<Chars<'t>>,
    at: usize,
}

impl Lexer<'_> {
    fn peek(&mut self) -> Option<char> {
        self.chars.peek().copied()
    }

    /// The character behind the next one.
    fn second(&self) -> Option<char> {
        let mut ahead = self.chars.clone();
        ahead.next();
        ahead.next()
    }

    fn advance(&mut self) -> Option<char> {
        let next = self.chars.next();
        if next.is_some() {
            self.at += 1;
        }
        next
    }

    fn token(&mut self) -> FilterResult<Option<Token>> {
        while self.peek().is_some_and(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')) {
            self.advance();
        }
        let at = self.at;
        let Some(first) = self.peek() else { return Ok(None) };
        let second = self.second();
        let kind = match first {
            '\'' => TokenKind::Text(self.text()?),
            '`' => TokenKind::Quoted(self.quoted()?),
            'x' | 'X' if second == Some('\'') => {
                self.advance();
                let digits = self.text()?;
                TokenKind::Hex(unhex(&digits).ok_or(FilterError::new(at, Kind::HexDigits))?)
            }
            'b' | 'B' if second == Some('\'') => {
                return Err(FilterError::new(at, Kind::Unsupported("b'..'".to_owned())));
            }
            'n' | 'N' if second == Some('\'') => {
                return Err(FilterError::new(at, Kind::Unsupported("N'..'".to_owned())));
            }
            c if c.is_ascii_digit() || (c == '.' && second.is_some_and(|c| c.is_ascii_digit())) => {
                self.number(at)?
            }
            c if is_name(c) => TokenKind::Word(self.word()),
            _ => TokenKind::Symbol(self.symbol(at, first, second)?),
        };
        Ok(Some(Token { at, kind }))
    }

    fn symbol(&mut self, at: usize, first: char, second: Option<char>) -> FilterResult<&'static str> {
        let refused = match (first, second) {
            ('#', _) | ('/', Some('*')) => Some(Kind::Comment),
            ('-', Some('-')) if self.third().is_none_or(|c| c.is_whitespace() || c.is_control()) => {
                Some(Kind::Comment)
            }
            (';', _) => Some(Kind::SeveralStatements),
            ('@', _) => Some(Kind::Variable),
            ('?' | ':', _) => Some(Kind::Placeholder),
            ('"', _) => Some(Kind::DoubleQuotes),
            ('-', Some('>')) => Some(Kind::Unsupported("->".to_owned())),
            _ => None,
        };
        if let Some(kind) = refused {
            return Err(FilterError::new(at, kind));
        }
        let mut ahead = self.chars.clone();
        let head: String = (0..3).filter_map(|_| ahead.next()).collect();
        let symbol = SYMBOLS.iter().find(|symbol| head.starts_with(**symbol));
        let symbol = symbol.ok_or(FilterError::new(at, Kind::Character(first)))?;
        for _ in symbol.chars() {
            self.advance();
        }
        Ok(symbol)
    }

    fn third(&self) -> Option<char> {
        let mut ahead = self.chars.clone();
        ahead.nth(2)
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self.peek().filter(|c| is_name(*c)) {
            word.push(c);
            self.advance();
        }
        word
    }

    fn quoted(&mut self) -> FilterResult<String> {
        let at = self.at;
        self.advance();
        let mut name = String::new();
        loop {
            match self.advance() {
                None => return Err(FilterError::new(at, Kind::UnclosedName)),
                Some('`') if self.peek() == Some('`') => {
                    self.advance();
                    name.push('`');
                }
                Some('`') => return Ok(name),
                Some(c) => name.push(c),
            }
        }
    }

    /// A quoted text. `\%` and `\_` keep their backslash: they mean something
    /// to LIKE.
    fn text(&mut self) -> FilterResult<String> {
        let at = self.at;
        self.advance();
        let mut text = String::new();
        loop {
            let unclosed = FilterError::new(at, Kind::UnclosedText);
            match self.advance().ok_or(unclosed.clone())? {
                '\'' if self.peek() == Some('\'') => {
                    self.advance();
                    text.push('\'');
                }
                '\'' => return Ok(text),
                '\\' => match self.advance().ok_or(unclosed)? {
                    '0' => text.push('\0'),
                    'b' => text.push('\x08'),
                    'n' => text.push('\n'),
                    'r' => text.push('\r'),
                    't' => text.push('\t'),
                    'Z' => text.push('\x1a'),
                    wildcard @ ('%' | '_') => text.extend(['\\', wildcard]),
                    other => text.push(other),
                },
                c => text.push(c),
            }
        }
    }

    fn number(&mut self, at: usize) -> FilterResult<TokenKind> {
        if self.peek() == Some('0') && self.second() == Some('x') {
            let word = self.word();
            let bytes = word.strip_prefix("0x").and_then(unhex);
            return bytes.map(TokenKind::Hex).ok_or(FilterError::new(at, Kind::HexDigits));
        }
        let mut digits = String::new();
        let mut point = false;
        while let Some(c) = self.peek() {
            match c {
                '.' if !point => point = true,
                c if c.is_ascii_digit() => {}
                c if is_name(c) || c == '.' => {
                    digits.push_str(&self.word());
                    let exponent = digits.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
                    return Err(FilterError::new(
                        at,
                        if exponent.starts_with(['e', 'E']) {
                            Kind::Exponent(digits)
                        } else {
                            Kind::Number(digits)
                        },
                    ));
                }
                _ => break,
            }
            digits.push(c);
            self.advance();
        }
        Ok(TokenKind::Number(digits))
    }
}

fn is_name(c: char) -> bool {
    c == '_' || c == '$' || c.is_alphanumeric()
}

fn unhex(digits: &str) -> Option<Vec<u8>> {
    let (pairs, odd) = digits.as_bytes().as_chunks::<2>();
    if !odd.is_empty() || pairs.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|pair| {
            let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            let [high, low] = *pair;
            Some(digit(high)? << 4 | digit(low)?)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        tokens(text).expect("tokens").into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn texts_follow_the_servers_escapes() {
        assert_eq!(kinds(r"'it''s \n\%\_\x\\'"), [TokenKind::Text("it's \n\\%\\_x\\".to_owned())]);
        assert_eq!(kinds("X'4a00' 0x4A00"), vec![TokenKind::Hex(vec![0x4a, 0]); 2]);
        assert_eq!(kinds("`a``b`"), [TokenKind::Quoted("a`b".to_owned())]);
    }

    #[test]
    fn places_count_characters_and_not_bytes() {
        let found = tokens("`名称` = '中文' AND x<=>.5").expect("tokens");
        let places: Vec<usize> = found.iter().map(|token| token.at).collect();
        assert_eq!(places, [1, 6, 8, 13, 17, 18, 21]);
    }

    #[test]
    fn what_is_hidden_or_unbound_is_refused_where_it_stands() {
        for (text, at, kind) in [
            ("a = 1 -- x", 7, Kind::Comment),
            ("a = 1 --", 7, Kind::Comment),
            ("a = 1 # x", 7, Kind::Comment),
            ("a = /*! 1 */ 2", 5, Kind::Comment),
            ("a = 1; DROP", 6, Kind::SeveralStatements),
            ("a = @x", 5, Kind::Variable),
            ("a = ?", 5, Kind::Placeholder),
            ("a = :x", 5, Kind::Placeholder),
            ("a = \"x\"", 5, Kind::DoubleQuotes),
            ("a = 'x", 5, Kind::UnclosedText),
            ("a = 'x\\'", 5, Kind::UnclosedText),
            ("`a", 1, Kind::UnclosedName),
            ("a = 1e5", 5, Kind::Exponent("1e5".to_owned())),
            ("a = 1ab", 5, Kind::Number("1ab".to_owned())),
            ("a = X'123'", 5, Kind::HexDigits),
            ("a ＝ 1", 3, Kind::Character('＝')),
        ] {
            assert_eq!(tokens(text).expect_err(text), FilterError::new(at, kind), "{text}");
        }
        assert_eq!(kinds("1--1").len(), 4);
    }
}
