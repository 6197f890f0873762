//! The leaves of a filter: literals, columns, brackets, functions and CAST.
//! Everything else that SQL allows here is refused by name.

use super::error::{FilterError, FilterErrorKind as Kind, FilterResult};
use super::lexer::{Token, TokenKind};
use super::parser::{Parser, node};
use super::syntax::{CastType, ClockWord, Form, Node, Operator};

/// Words that begin something filters don't have, or never are bare names.
const RESERVED: &[&str] = &[
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "COLLATE",
    "CONVERT",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "DEFAULT",
    "DESC",
    "DISTINCT",
    "DIV",
    "ELSE",
    "FOR",
    "FROM",
    "GROUP",
    "HAVING",
    "IN",
    "INTERVAL",
    "INTO",
    "IS",
    "JOIN",
    "LIKE",
    "LIMIT",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "MATCH",
    "MOD",
    "NOT",
    "ON",
    "OR",
    "ORDER",
    "REGEXP",
    "RLIKE",
    "ROW",
    "SET",
    "SOUNDS",
    "THEN",
    "UNION",
    "USING",
    "UTC_DATE",
    "UTC_TIME",
    "UTC_TIMESTAMP",
    "VALUES",
    "WHEN",
    "WHERE",
    "WITH",
    "XOR",
];

const AGGREGATES: &[&str] = &[
    "AVG",
    "BIT_AND",
    "BIT_OR",
    "BIT_XOR",
    "COUNT",
    "GROUP_CONCAT",
    "JSON_ARRAYAGG",
    "JSON_OBJECTAGG",
    "MAX",
    "MIN",
    "STD",
    "STDDEV",
    "STDDEV_POP",
    "STDDEV_SAMP",
    "SUM",
    "VARIANCE",
    "VAR_POP",
    "VAR_SAMP",
];

impl Parser {
    pub(super) fn primary(&mut self) -> FilterResult<Node> {
        let at = self.at();
        let Some(Token { kind, .. }) = self.peek().cloned() else { return Err(self.unexpected()) };
        let form = match kind {
            TokenKind::Number(digits) => Form::Number(digits),
            TokenKind::Text(text) => Form::Text(text),
            TokenKind::Hex(bytes) => Form::Hex(bytes),
            TokenKind::Quoted(_) => return self.column(),
            TokenKind::Word(word) => return self.word(at, &word),
            TokenKind::Symbol("(") => return self.bracket(),
            TokenKind::Symbol(_) => return Err(self.unexpected()),
        };
        self.advance();
        if matches!((&form, self.peek()), (Form::Text(_), Some(Token { kind: TokenKind::Text(_), .. }))) {
            return Err(self.unexpected());
        }
        node(at, form)
    }

    fn bracket(&mut self) -> FilterResult<Node> {
        self.advance();
        if self.is_word("SELECT") {
            return Err(FilterError::new(self.at(), Kind::Subquery));
        }
        let inner = self.expression()?;
        if self.is_symbol(",") {
            // A row of values.
            return Err(FilterError::new(self.at(), Kind::Unexpected(",".to_owned())));
        }
        self.expect_symbol(")")?;
        Ok(inner)
    }

    fn word(&mut self, at: usize, word: &str) -> FilterResult<Node> {
        let upper = word.to_ascii_uppercase();
        let second = self.second().map(|token| token.kind.clone());
        let called = second == Some(TokenKind::Symbol("("));
        match upper.as_str() {
            "TRUE" | "FALSE" if !called => {
                self.advance();
                return node(at, Form::Bool(upper == "TRUE"));
            }
            "NULL" if !called => {
                self.advance();
                return node(at, Form::Null);
            }
            "BINARY" => {
                self.advance();
                let part = self.nested(Self::unary)?;
                return node(at, Form::Cast(Box::new(part), CastType::Binary));
            }
            "SELECT" | "EXISTS" => return Err(FilterError::new(at, Kind::Subquery)),
            _ => {}
        }
        if let (Some(clock), Some(TokenKind::Text(text))) = (clock_word(&upper), &second) {
            self.advance();
            self.advance();
            return node(at, Form::Clock(clock, text.clone()));
        }
        if called {
            return self.call(at, &upper, word);
        }
        if word.starts_with('_') && matches!(second, Some(TokenKind::Text(_) | TokenKind::Hex(_))) {
            return Err(FilterError::new(at, Kind::Unsupported(format!("{word}'..'"))));
        }
        if RESERVED.contains(&upper.as_str()) {
            return Err(self.unsupported());
        }
        self.column()
    }

    fn column(&mut self) -> FilterResult<Node> {
        let at = self.at();
        let mut parts = Vec::new();
        loop {
            let place = self.at();
            match self.advance().map(|token| token.kind) {
                Some(TokenKind::Word(name) | TokenKind::Quoted(name)) => parts.push(name),
                Some(other) => return Err(FilterError::new(place, Kind::Unexpected(other.shown()))),
                None => return Err(FilterError::new(place, Kind::End)),
            }
            if parts.len() == 3 || !self.take_symbol(".") {
                break;
            }
        }
        if self.is_symbol("(") {
            return Err(FilterError::new(at, Kind::Function(parts.join("."))));
        }
        if let Some(name) = parts.last()
            && !self.columns.iter().any(|known| known.eq_ignore_ascii_case(name))
        {
            self.columns.push(name.clone());
        }
        node(at, Form::Column(parts))
    }

    fn call(&mut self, at: usize, upper: &str, word: &str) -> FilterResult<Node> {
        let wrong = || FilterError::new(at, Kind::Arguments(upper.to_owned()));
        match upper {
            "CAST" => return self.cast(at),
            "CONCAT" | "SUBSTR" | "SUBSTRING" | "REPLACE" | "MOD" => {}
            _ if AGGREGATES.contains(&upper) => {
                return Err(FilterError::new(at, Kind::Aggregate(upper.to_owned())));
            }
            _ => return Err(FilterError::new(at, Kind::Function(word.to_owned()))),
        }
        self.advance();
        self.advance();
        if self.is_symbol(")") {
            return Err(wrong());
        }
        let mut arguments = vec![self.expression()?];
        if matches!(upper, "SUBSTR" | "SUBSTRING") && self.take_word("FROM") {
            arguments.push(self.expression()?);
            if self.take_word("FOR") {
                arguments.push(self.expression()?);
            }
        } else {
            while self.take_symbol(",") {
                arguments.push(self.expression()?);
            }
        }
        self.expect_symbol(")")?;
        let form = match upper {
            "CONCAT" => Form::Concat(arguments),
            "REPLACE" => Form::Replace(Box::new(<[Node; 3]>::try_from(arguments).map_err(|_| wrong())?)),
            "MOD" => {
                let pair = <[Node; 2]>::try_from(arguments).map_err(|_| wrong())?;
                Form::Arithmetic(Operator::Modulo, Box::new(pair))
            }
            _ if (2..=3).contains(&arguments.len()) => Form::Substr(arguments),
            _ => return Err(wrong()),
        };
        node(at, form)
    }

    fn cast(&mut self, at: usize) -> FilterResult<Node> {
        self.advance();
        self.advance();
        let part = self.expression()?;
        if !self.take_word("AS") {
            return Err(self.unexpected());
        }
        let target = self.cast_type()?;
        self.expect_symbol(")")?;
        node(at, Form::Cast(Box::new(part), target))
    }

    fn cast_type(&mut self) -> FilterResult<CastType> {
        let at = self.at();
        let Some(TokenKind::Word(word)) = self.peek().map(|token| token.kind.clone()) else {
            return Err(self.unexpected());
        };
        self.advance();
        let upper = word.to_ascii_uppercase();
        let refused = || FilterError::new(at, Kind::CastTarget(upper.clone()));
        Ok(match upper.as_str() {
            "SIGNED" | "UNSIGNED" => {
                if !self.take_word("INTEGER") {
                    self.take_word("INT");
                }
                if upper == "SIGNED" { CastType::Signed } else { CastType::Unsigned }
            }
            "DECIMAL" => {
                let (digits, scale) = match self.lengths(2)?.as_slice() {
                    [] => (10, 0),
                    [digits] => (*digits, 0),
                    [digits, scale, ..] => (*digits, *scale),
                };
                if digits == 0 || digits > 65 || scale > 30 || scale > digits {
                    return Err(FilterError::new(at, Kind::Digits));
                }
                let small = |number: usize| u8::try_from(number).map_err(|_| refused());
                CastType::Decimal(small(digits)?, small(scale)?)
            }
            "CHAR" => CastType::Char(self.lengths(1)?.first().copied()),
            "BINARY" if !self.is_symbol("(") => CastType::Binary,
            "DATE" => CastType::Date,
            "DATETIME" => {
                let digits = self.lengths(1)?.first().copied().unwrap_or(0);
                CastType::DateTime(u8::try_from(digits).ok().filter(|n| *n <= 6).ok_or_else(refused)?)
            }
            _ => return Err(refused()),
        })
    }

    /// `(n)` or `(n, m)`, if there is one.
    fn lengths(&mut self, most: usize) -> FilterResult<Vec<usize>> {
        let mut found = Vec::new();
        if !self.take_symbol("(") {
            return Ok(found);
        }
        loop {
            match self.peek().map(|token| &token.kind) {
                Some(TokenKind::Number(digits)) if found.len() < most => {
                    found.push(digits.parse().map_err(|_| self.unexpected())?);
                }
                _ => return Err(self.unexpected()),
            }
            self.advance();
            if !self.take_symbol(",") {
                break;
            }
        }
        self.expect_symbol(")")?;
        Ok(found)
    }
}

fn clock_word(upper: &str) -> Option<ClockWord> {
    match upper {
        "DATE" => Some(ClockWord::Date),
        "TIME" => Some(ClockWord::Time),
        "TIMESTAMP" => Some(ClockWord::Timestamp),
        _ => None,
    }
}
