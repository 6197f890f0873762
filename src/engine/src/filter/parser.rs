//! From tokens to the tree: conditions and operators with the servers' own
//! precedence (`!`, unary, `^`, `*`, `+`, `<<`, `&`, `|`, comparison, NOT, AND,
//! XOR, OR). What stands at the leaves is read by [`super::primary`].
//!
//! The grammar is the servers': `sqlparser` puts XOR above comparison and `^`
//! below it, so the same text would mean something else.
//!
//! Invariants: recursion is bounded by [`MAX_NESTING`], the tree by
//! [`MAX_DEPTH`]; every token is read or refused.

use super::error::{FilterError, FilterErrorKind as Kind, FilterResult};
use super::lexer::{Token, TokenKind, tokens};
use super::syntax::{Comparison, Form, Node, Operator};

/// Bytes of a filter at most.
pub(super) const MAX_BYTES: usize = 4096;
/// Brackets, prefixes and the like inside each other.
const MAX_NESTING: usize = 48;
/// Levels of the tree; chains such as `a + b + c` make one level each.
const MAX_DEPTH: usize = 100;

/// Words that may stand between predicates and so are no column names.
const CLAUSES: &[&str] =
    &["ORDER", "GROUP", "HAVING", "LIMIT", "UNION", "FOR", "INTO", "PROCEDURE", "LOCK", "FROM"];

/// Reads a whole filter; also gives the columns that it names, each once.
pub(super) fn parse(text: &str) -> FilterResult<(Node, Vec<String>)> {
    if text.len() > MAX_BYTES {
        return Err(FilterError { at: None, kind: Kind::TooLong(text.len()) });
    }
    let tokens = tokens(text)?;
    let mut parser =
        Parser { end: text.chars().count() + 1, tokens, next: 0, nesting: 0, columns: Vec::new() };
    match parser.tokens.first() {
        None => return Err(FilterError { at: None, kind: Kind::Empty }),
        Some(_) if parser.is_word("WHERE") => return Err(FilterError::new(parser.at(), Kind::LeadingWhere)),
        Some(_) => {}
    }
    let node = parser.expression()?;
    if let Some(token) = parser.peek() {
        let clause = matches!(&token.kind, TokenKind::Word(word)
            if CLAUSES.iter().any(|clause| word.eq_ignore_ascii_case(clause)));
        let shown = token.kind.shown();
        let kind = if clause { Kind::Unsupported(shown) } else { Kind::Unexpected(shown) };
        return Err(FilterError::new(token.at, kind));
    }
    Ok((node, parser.columns))
}

pub(super) struct Parser {
    tokens: Vec<Token>,
    next: usize,
    end: usize,
    nesting: usize,
    pub(super) columns: Vec<String>,
}

impl Parser {
    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    pub(super) fn second(&self) -> Option<&Token> {
        self.tokens.get(self.next + 1)
    }

    /// Place of the next token, or of the end.
    pub(super) fn at(&self) -> usize {
        self.peek().map_or(self.end, |token| token.at)
    }

    pub(super) fn advance(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.next += 1;
        token
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token { kind: TokenKind::Word(next), .. }) if next.eq_ignore_ascii_case(word))
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.peek(), Some(Token { kind: TokenKind::Symbol(next), .. }) if *next == symbol)
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.next += usize::from(found);
        found
    }

    pub(super) fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        self.next += usize::from(found);
        found
    }

    pub(super) fn expect_symbol(&mut self, symbol: &str) -> FilterResult<()> {
        if self.take_symbol(symbol) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// The next token can't stand here.
    pub(super) fn unexpected(&self) -> FilterError {
        let kind = self.peek().map_or(Kind::End, |token| Kind::Unexpected(token.kind.shown()));
        FilterError::new(self.at(), kind)
    }

    pub(super) fn unsupported(&self) -> FilterError {
        let kind = self.peek().map_or(Kind::End, |token| Kind::Unsupported(token.kind.shown()));
        FilterError::new(self.at(), kind)
    }

    /// Runs a step one level deeper.
    pub(super) fn nested<T>(&mut self, step: impl FnOnce(&mut Self) -> FilterResult<T>) -> FilterResult<T> {
        if self.nesting >= MAX_NESTING {
            return Err(FilterError::new(self.at(), Kind::TooDeep));
        }
        self.nesting += 1;
        let result = step(self);
        self.nesting -= 1;
        result
    }

    /// A whole condition: the level of OR.
    pub(super) fn expression(&mut self) -> FilterResult<Node> {
        self.nested(|parser| {
            let first = parser.exclusive()?;
            let mut parts = vec![first];
            let at = parser.at();
            while parser.take_word("OR") || parser.take_symbol("||") {
                parts.push(parser.exclusive()?);
            }
            joined(at, parts, Form::Or)
        })
    }

    fn exclusive(&mut self) -> FilterResult<Node> {
        let mut left = self.all()?;
        loop {
            let at = self.at();
            if !self.take_word("XOR") {
                return Ok(left);
            }
            let right = self.all()?;
            left = node(at, Form::Xor(Box::new([left, right])))?;
        }
    }

    fn all(&mut self) -> FilterResult<Node> {
        let mut parts = vec![self.negation()?];
        let at = self.at();
        while self.take_word("AND") || self.take_symbol("&&") {
            parts.push(self.negation()?);
        }
        joined(at, parts, Form::And)
    }

    fn negation(&mut self) -> FilterResult<Node> {
        let at = self.at();
        if self.take_word("NOT") {
            let part = self.nested(Self::negation)?;
            return node(at, Form::Not(Box::new(part)));
        }
        self.condition()
    }

    /// Comparisons and IS, from left to right.
    fn condition(&mut self) -> FilterResult<Node> {
        let mut left = self.predicate()?;
        loop {
            let at = self.at();
            if let Some(comparison) = self.comparison() {
                if self.is_word("ALL") || self.is_word("ANY") || self.is_word("SOME") {
                    return Err(self.unsupported());
                }
                let right = self.predicate()?;
                left = node(at, Form::Compare(comparison, Box::new([left, right])))?;
            } else if self.take_word("IS") {
                let not = self.take_word("NOT");
                let (form, last) = if self.take_word("NULL") {
                    (Form::IsNull(Box::new(left)), false)
                } else if self.take_word("UNKNOWN") {
                    (Form::IsNull(Box::new(left)), true)
                } else if self.take_word("TRUE") {
                    (Form::Is(Box::new(left), true), true)
                } else if self.take_word("FALSE") {
                    (Form::Is(Box::new(left), false), true)
                } else {
                    return Err(self.unexpected());
                };
                left = node(at, form)?;
                if not {
                    left = node(at, Form::Not(Box::new(left)))?;
                }
                if last {
                    // Nothing of this level can follow IS TRUE.
                    return Ok(left);
                }
            } else {
                return Ok(left);
            }
        }
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let Some(TokenKind::Symbol(symbol)) = self.peek().map(|token| &token.kind) else { return None };
        let comparison = match *symbol {
            "=" => Comparison::Equal,
            "!=" | "<>" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterEqual,
            "<=>" => Comparison::NullSafe,
            _ => return None,
        };
        self.next += 1;
        Some(comparison)
    }

    /// IN, BETWEEN and LIKE: at most one.
    fn predicate(&mut self) -> FilterResult<Node> {
        let left = self.bits(0)?;
        let at = self.at();
        let not = self.take_word("NOT");
        let form = if self.take_word("IN") {
            self.expect_symbol("(")?;
            if self.is_word("SELECT") {
                return Err(FilterError::new(self.at(), Kind::Subquery));
            }
            let mut parts = vec![left];
            loop {
                parts.push(self.expression()?);
                if !self.take_symbol(",") {
                    break;
                }
            }
            self.expect_symbol(")")?;
            Form::In(parts)
        } else if self.take_word("BETWEEN") {
            let low = self.bits(0)?;
            if !self.take_word("AND") {
                return Err(self.unexpected());
            }
            let high = self.nested(Self::predicate)?;
            Form::Between(Box::new([left, low, high]))
        } else if self.take_word("LIKE") {
            let pattern = self.unary()?;
            if self.is_word("ESCAPE") {
                return Err(self.unsupported());
            }
            Form::Like(Box::new([left, pattern]))
        } else if self.is_word("REGEXP") || self.is_word("RLIKE") || self.is_word("SOUNDS") {
            return Err(self.unsupported());
        } else if not {
            return Err(self.unexpected());
        } else {
            return Ok(left);
        };
        let found = node(at, form)?;
        if not { node(at, Form::Not(Box::new(found))) } else { Ok(found) }
    }

    /// Arithmetic and bit operators that bind tighter than `above`.
    fn bits(&mut self, above: u8) -> FilterResult<Node> {
        let mut left = self.unary()?;
        loop {
            let at = self.at();
            let Some((operator, level)) = self.operator().filter(|(_, level)| *level > above) else {
                return Ok(left);
            };
            self.next += 1;
            let right = self.bits(level)?;
            left = node(at, Form::Arithmetic(operator, Box::new([left, right])))?;
        }
    }

    fn operator(&self) -> Option<(Operator, u8)> {
        Some(match &self.peek()?.kind {
            TokenKind::Symbol("|") => (Operator::BitOr, 1),
            TokenKind::Symbol("&") => (Operator::BitAnd, 2),
            TokenKind::Symbol("<<") => (Operator::ShiftLeft, 3),
            TokenKind::Symbol(">>") => (Operator::ShiftRight, 3),
            TokenKind::Symbol("+") => (Operator::Add, 4),
            TokenKind::Symbol("-") => (Operator::Subtract, 4),
            TokenKind::Symbol("*") => (Operator::Multiply, 5),
            TokenKind::Symbol("/") => (Operator::Divide, 5),
            TokenKind::Symbol("%") => (Operator::Modulo, 5),
            TokenKind::Word(word) if word.eq_ignore_ascii_case("DIV") => (Operator::DivideWhole, 5),
            TokenKind::Word(word) if word.eq_ignore_ascii_case("MOD") => (Operator::Modulo, 5),
            TokenKind::Symbol("^") => (Operator::BitXor, 6),
            _ => return None,
        })
    }

    /// Signs, `~`, `!` and BINARY; COLLATE behind a value.
    pub(super) fn unary(&mut self) -> FilterResult<Node> {
        let at = self.at();
        if self.take_symbol("-") {
            let part = self.nested(Self::unary)?;
            return node(at, Form::Negate(Box::new(part)));
        }
        if self.take_symbol("+") {
            return self.nested(Self::unary);
        }
        if self.take_symbol("~") {
            let part = self.nested(Self::unary)?;
            return node(at, Form::Invert(Box::new(part)));
        }
        if self.take_symbol("!") {
            let part = self.nested(Self::unary)?;
            return node(at, Form::Not(Box::new(part)));
        }
        let mut value = self.primary()?;
        while self.is_word("COLLATE") {
            let at = self.at();
            self.next += 1;
            match self.advance().map(|token| token.kind) {
                Some(TokenKind::Word(name) | TokenKind::Quoted(name)) => {
                    value = node(at, Form::Collate(Box::new(value), name.to_ascii_lowercase()))?;
                }
                _ => return Err(FilterError::new(at, Kind::Unexpected("COLLATE".to_owned()))),
            }
        }
        Ok(value)
    }
}

/// Several parts under one operator; one part alone is itself.
fn joined(at: usize, mut parts: Vec<Node>, form: fn(Vec<Node>) -> Form) -> FilterResult<Node> {
    match parts.pop() {
        Some(only) if parts.is_empty() => Ok(only),
        Some(last) => {
            parts.push(last);
            node(at, form(parts))
        }
        None => Err(FilterError::new(at, Kind::End)),
    }
}

/// A part of the tree, unless the tree gets too high.
pub(super) fn node(at: usize, form: Form) -> FilterResult<Node> {
    let depth = form.deepest() + 1;
    if depth > MAX_DEPTH { Err(FilterError::new(at, Kind::TooDeep)) } else { Ok(Node { at, depth, form }) }
}
