//! What kind of value each part has; decides which operators may meet.

use tidewire_words::Text;

use crate::words::filter as say;

use super::super::collation::Collation;
use super::super::expression::{Expr, Value};
use super::super::number::Number;

/// A part with its kind.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    /// Place in the text.
    pub(super) at: usize,
    pub(super) kind: Kind,
    pub(super) expr: Expr,
    /// The first column inside.
    pub(super) column: Option<usize>,
    /// A ZEROFILL column: servers pad it with zeros wherever it becomes text.
    pub(super) zerofill: bool,
}

/// Kinds of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The literal NULL.
    Null,
    /// An integer; decimal digits at most.
    Int {
        unsigned: bool,
        digits: u8,
        form: IntForm,
    },
    /// Digits before and behind the point at most.
    Decimal {
        whole: u8,
        scale: u8,
        unsigned: bool,
    },
    /// A text literal: becomes what it is compared with.
    Literal(String),
    /// A hexadecimal literal.
    Hex(Vec<u8>),
    Text(TextKind),
    Bytes,
    /// A date; a TIMESTAMP column takes literals with zones.
    Moment {
        date_only: bool,
        digits: u8,
        stamp: bool,
    },
    /// A TIME with fractional digits.
    Span(u8),
}

/// Where an integer came from, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IntForm {
    Plain,
    Bit,
    Year,
}

/// What a text brings to the choice of the collation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TextKind {
    /// The collation of the columns inside, which all have the same.
    pub(super) columns: Option<String>,
    /// Chosen with COLLATE.
    pub(super) explicit: Option<Collation>,
    /// The columns' bytes are UTF-8 on the server as well.
    pub(super) utf8: bool,
}

impl Kind {
    /// A plain signed integer.
    pub(super) const fn int(digits: u8) -> Self {
        Self::Int { unsigned: false, digits, form: IntForm::Plain }
    }

    /// The word that error messages use.
    pub(super) const fn word(&self) -> Text {
        match self {
            Self::Null | Self::Int { form: IntForm::Plain, .. } => say::A_NUMBER,
            Self::Int { form: IntForm::Bit, .. } => say::A_BIT,
            Self::Int { form: IntForm::Year, .. } => say::A_YEAR,
            Self::Decimal { .. } => say::A_DECIMAL,
            Self::Literal(_) | Self::Text(_) => say::A_TEXT,
            Self::Hex(_) | Self::Bytes => say::BYTES,
            Self::Moment { .. } => say::A_DATE,
            Self::Span(_) => say::A_TIME,
        }
    }

    /// The word of the family, for comparisons.
    pub(super) const fn family_word(&self) -> Text {
        match self {
            Self::Int { .. } | Self::Decimal { .. } => say::A_NUMBER,
            _ => self.word(),
        }
    }

    pub(super) const fn is_number(&self) -> bool {
        matches!(self, Self::Int { .. } | Self::Decimal { .. })
    }

    /// Digits before and behind the point, of numbers.
    pub(super) const fn digits(&self) -> (u8, u8) {
        match self {
            Self::Int { digits, .. } => (*digits, 0),
            Self::Decimal { whole, scale, .. } => (*whole, *scale),
            _ => (0, 0),
        }
    }

    pub(super) const fn is_unsigned(&self) -> bool {
        matches!(self, Self::Int { unsigned: true, .. } | Self::Decimal { unsigned: true, .. })
    }
}

impl Typed {
    pub(super) fn new(at: usize, kind: Kind, expr: Expr, column: Option<usize>) -> Self {
        Self { at, kind, expr, column, zerofill: false }
    }

    pub(super) fn null(at: usize) -> Self {
        Self::new(at, Kind::Null, Expr::Known(None), None)
    }

    /// The number, when it is the same for every row.
    pub(super) fn constant(&self) -> Option<Number> {
        match &self.expr {
            Expr::Known(Some(Value::Number(number))) => Some(*number),
            _ => None,
        }
    }
}
