//! A filter made ready for rows: columns are indexes, every part has one kind
//! of value, literals are read. Made by [`super::compile`], run by
//! [`super::evaluate`].

use std::borrow::Cow;

use crate::schema::charset::Charset;

use super::collation::Collation;
use super::like::Pattern;
use super::number::Number;
use super::syntax::{Comparison, Operator};

/// A value of a row; NULL is `None` around it.
#[derive(Clone, Debug)]
pub(super) enum Value<'r> {
    Number(Number),
    Text(Cow<'r, str>),
    Bytes(Cow<'r, [u8]>),
    /// A date, with or without time of day.
    Moment(i64),
    /// A TIME.
    Span(i64),
}

impl Value<'_> {
    /// The same value, borrowed where it owns.
    pub(super) fn borrowed(&self) -> Value<'_> {
        match self {
            Self::Number(number) => Value::Number(*number),
            Self::Text(text) => Value::Text(Cow::Borrowed(text)),
            Self::Bytes(bytes) => Value::Bytes(Cow::Borrowed(bytes)),
            Self::Moment(moment) => Value::Moment(*moment),
            Self::Span(span) => Value::Span(*span),
        }
    }
}

/// A condition.
#[derive(Clone, Debug)]
pub(super) enum Truth {
    Known(Option<bool>),
    All(Vec<Truth>),
    Any(Vec<Truth>),
    Xor(Box<[Truth; 2]>),
    Not(Box<Truth>),
    /// The column is NULL, whatever its type.
    ColumnIsNull(usize),
    IsNull(Expr),
    ConditionIsNull(Box<Truth>),
    Is(Box<Truth>, bool),
    /// A number other than 0.
    NonZero(Expr),
    Compare(Comparison, Order, Box<[Expr; 2]>),
    Between(Order, Box<[Expr; 3]>),
    /// The first against each of the rest.
    In(Order, Box<Expr>, Vec<Expr>),
    /// `None`: byte by byte.
    Like(Option<Collation>, Expr, Pattern),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Numbers, bytes and times: by what they are.
    Natural,
    Text(Collation),
}

/// Something with a value.
#[derive(Clone, Debug)]
pub(super) enum Expr {
    Known(Option<Value<'static>>),
    /// A cell that is an integer, BIT, YEAR or DECIMAL.
    Number(usize),
    Text(usize, Charset),
    /// Labels of an ENUM column.
    Label(usize, Box<[String]>),
    /// Labels of a SET column.
    Labels(usize, Box<[String]>),
    /// Bytes, filled up with zeros to this length.
    Bytes(usize, usize),
    /// DATE, DATETIME, TIMESTAMP.
    Moment(usize),
    Time(usize),
    /// 1 or 0.
    Truth(Box<Truth>),
    Integer(Operator, Box<[Expr; 2]>, Range),
    Decimal(Operator, Box<[Expr; 2]>, Range),
    Negate(Box<Expr>, Range),
    Invert(Box<Expr>),
    ToSigned(Box<Expr>),
    ToUnsigned(Box<Expr>),
    /// Digits in all, digits behind the point.
    ToDecimal(Box<Expr>, u8, u8),
    /// At most this many characters.
    ToText(Box<Expr>, Shape, Option<usize>),
    ToBytes(Box<Expr>),
    ToDate(Box<Expr>),
    Concat(Vec<Expr>),
    Substr(Box<Expr>, Box<[Expr; 2]>),
    Replace(Box<[Expr; 3]>),
}

impl Expr {
    /// Whether it is the same for every row.
    pub(super) const fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }

    /// Whether it is a column as it is.
    pub(super) const fn is_column(&self) -> bool {
        matches!(
            self,
            Self::Number(_)
                | Self::Text(..)
                | Self::Label(..)
                | Self::Labels(..)
                | Self::Bytes(..)
                | Self::Moment(_)
                | Self::Time(_)
        )
    }
}

/// How a value becomes text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Plain,
    Date,
    /// Fractional digits, of DATETIME and TIME.
    Clock(u8),
    /// Four digits.
    Year,
}

/// What an integer result may be, and the column to name when it isn't.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) unsigned: bool,
    pub(super) column: Option<usize>,
}

impl Range {
    /// Whether BIGINT, with or without sign, can hold the value.
    pub(super) fn holds(self, value: i128) -> bool {
        if self.unsigned { u64::try_from(value).is_ok() } else { i64::try_from(value).is_ok() }
    }
}
