//! What a filter says, before columns have types: the tree that the parser
//! makes and the compiler reads.

/// A part of a filter; `at` is the place of its first or telling character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// Place in the text, from 1.
    pub(super) at: usize,
    /// Levels of parts below, to keep recursion bounded.
    pub(super) depth: usize,
    /// What it is.
    pub(super) form: Form,
}

/// The forms that a part can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `column`, `table.column` or `database.table.column`.
    Column(Vec<String>),
    /// Digits with at most one point.
    Number(String),
    /// `'..'`.
    Text(String),
    /// `X'..'`.
    Hex(Vec<u8>),
    /// TRUE and FALSE.
    Bool(bool),
    /// NULL.
    Null,
    /// `DATE '..'`, `TIME '..'`, `TIMESTAMP '..'`.
    Clock(ClockWord, String),
    /// `a AND b AND c`.
    And(Vec<Node>),
    /// `a OR b OR c`.
    Or(Vec<Node>),
    /// `a XOR b`.
    Xor(Box<[Node; 2]>),
    /// `NOT a` and `!a`.
    Not(Box<Node>),
    /// `a IS NULL`.
    IsNull(Box<Node>),
    /// `a IS TRUE`, `a IS FALSE`.
    Is(Box<Node>, bool),
    /// `a = b`.
    Compare(Comparison, Box<[Node; 2]>),
    /// `a BETWEEN b AND c`.
    Between(Box<[Node; 3]>),
    /// `a IN (b, c)`: `a` comes first.
    In(Vec<Node>),
    /// `a LIKE b`.
    Like(Box<[Node; 2]>),
    /// `a + b`.
    Arithmetic(Operator, Box<[Node; 2]>),
    /// `-a`.
    Negate(Box<Node>),
    /// `~a`.
    Invert(Box<Node>),
    /// `a COLLATE name`.
    Collate(Box<Node>, String),
    /// CAST, and `BINARY a`.
    Cast(Box<Node>, CastType),
    /// CONCAT.
    Concat(Vec<Node>),
    /// SUBSTR: text, start and perhaps length.
    Substr(Vec<Node>),
    /// REPLACE.
    Replace(Box<[Node; 3]>),
}

/// The word before a literal with a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClockWord {
    Date,
    Time,
    Timestamp,
}

/// Comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    /// `<=>`.
    NullSafe,
}

/// Arithmetic and bit operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    /// `/`.
    Divide,
    /// DIV.
    DivideWhole,
    /// `%` and MOD.
    Modulo,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
}

/// Targets of CAST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CastType {
    Signed,
    Unsigned,
    /// Digits in all, digits behind the point.
    Decimal(u8, u8),
    /// At most this many characters.
    Char(Option<usize>),
    Binary,
    Date,
    /// Fractional digits.
    DateTime(u8),
}

impl Form {
    /// Levels of the deepest part right below.
    pub(super) fn deepest(&self) -> usize {
        let of = |nodes: &[Node]| nodes.iter().map(|node| node.depth).max().unwrap_or(0);
        match self {
            Self::Column(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::Hex(_)
            | Self::Bool(_)
            | Self::Null
            | Self::Clock(..) => 0,
            Self::And(parts)
            | Self::Or(parts)
            | Self::In(parts)
            | Self::Concat(parts)
            | Self::Substr(parts) => of(parts),
            Self::Xor(pair) | Self::Like(pair) | Self::Compare(_, pair) | Self::Arithmetic(_, pair) => {
                of(pair.as_slice())
            }
            Self::Between(parts) | Self::Replace(parts) => of(parts.as_slice()),
            Self::Not(part)
            | Self::IsNull(part)
            | Self::Negate(part)
            | Self::Invert(part)
            | Self::Is(part, _)
            | Self::Collate(part, _)
            | Self::Cast(part, _) => part.depth,
        }
    }
}

impl Operator {
    /// How the user writes it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::DivideWhole => "DIV",
            Self::Modulo => "%",
            Self::BitAnd => "&",
            Self::BitOr => "|",
            Self::BitXor => "^",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
        }
    }
}

impl Form {
    /// Whether it is true, false or unknown by itself.
    pub(super) const fn is_condition(&self) -> bool {
        matches!(
            self,
            Self::Bool(_)
                | Self::And(_)
                | Self::Or(_)
                | Self::Xor(_)
                | Self::Not(_)
                | Self::IsNull(_)
                | Self::Is(..)
                | Self::Compare(..)
                | Self::Between(_)
                | Self::In(_)
                | Self::Like(_)
        )
    }
}

impl Comparison {
    /// The operator's name, when MySQL needs literals to its right.
    pub(super) const fn literals(self) -> Option<&'static str> {
        match self {
            Self::NullSafe => Some("<=>"),
            Self::Equal
            | Self::NotEqual
            | Self::Less
            | Self::LessEqual
            | Self::Greater
            | Self::GreaterEqual => None,
        }
    }

    /// Whether only equality is asked for.
    pub(super) const fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual | Self::NullSafe)
    }
}
