//! Why a filter is refused, and why a row can't be judged. What a person reads
//! comes from the message table.

use tidewire_words::{Lang, Sentence, Text};

use crate::words::filter as say;

/// A refused filter. Displays as the English sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.said().0.en)]
pub struct FilterError {
    /// Place of the refused part: characters from 1.
    pub at: Option<usize>,
    /// What is wrong with it.
    pub kind: FilterErrorKind,
}

/// Result of reading a filter.
pub type FilterResult<T> = Result<T, FilterError>;

/// Everything a filter can be refused for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterErrorKind {
    /// No text, or blanks only.
    Empty,
    /// More bytes than allowed.
    TooLong(usize),
    /// Too many levels of parts.
    TooDeep,
    /// The text begins with WHERE.
    LeadingWhere,
    /// A character that begins no token.
    Character(char),
    /// A text without closing quote.
    UnclosedText,
    /// A name without closing backtick.
    UnclosedName,
    /// A comment of any kind.
    Comment,
    /// A semicolon.
    SeveralStatements,
    /// `@name`.
    Variable,
    /// `?` or `:name`.
    Placeholder,
    /// A text in double quotes.
    DoubleQuotes,
    /// Digits that run into letters.
    Number(String),
    /// A number with exponent, which is a DOUBLE.
    Exponent(String),
    /// A hexadecimal literal that isn't pairs of digits.
    HexDigits,
    /// A token where none of its kind can stand.
    Unexpected(String),
    /// The text ends too early.
    End,
    /// A keyword, operator or literal that filters don't have.
    Unsupported(String),
    /// A SELECT inside.
    Subquery,
    /// A function that filters don't have.
    Function(String),
    /// An aggregate function.
    Aggregate(String),
    /// A function with another number of arguments.
    Arguments(String),
    /// A target of CAST that filters don't have.
    CastTarget(String),
    /// A name qualified with another table.
    OtherTable(String),
    /// No such column in the table.
    UnknownColumn(String),
    /// FLOAT or DOUBLE.
    Float(String),
    /// JSON, spatial columns, addresses and UUIDs.
    ColumnType(String, &'static str),
    /// The catalogue's type text has no digits where they are needed.
    Catalogue(String),
    /// Values of different kinds meet.
    Mixed(Text, Text),
    /// The operator or function takes another kind of value.
    Operand(&'static str, Text),
    /// Something that is neither true nor false stands as condition.
    Condition(Text),
    /// A collation whose order isn't known exactly.
    Collation(String),
    /// A collation that is only known for equality.
    CollationOrder(String),
    /// Two collations meet.
    Collations(String, String),
    /// COLLATE of another character set than the column's.
    CollateCharset(String, String),
    /// Texts without any column.
    NoColumn,
    /// The literal has characters that the column can't have.
    Characters(String),
    /// A literal that is no time of the form needed.
    TimeForm(String),
    /// A day or time that doesn't exist.
    NoSuchTime(String),
    /// A zone where the column has none.
    Zone(String),
    /// A YEAR column against anything but full years.
    Year,
    /// More digits than a DECIMAL has.
    Digits,
    /// A division whose quotient servers cut differently.
    Division,
    /// An operator that MySQL 5.6 gets wrong with anything but literals.
    NeedsLiterals(&'static str),
    /// A cast that OceanBase sometimes leaves out.
    CastUnsigned,
    /// A ZEROFILL column as text.
    Zerofill,
    /// A rest of decimals on servers that lose its sign.
    Rest,
    /// A LIKE pattern that isn't a plain literal, or ends in a backslash.
    Pattern,
    /// CAST to fewer fractional digits.
    Fraction,
}

impl FilterError {
    pub(super) const fn new(at: usize, kind: FilterErrorKind) -> Self {
        Self { at: Some(at), kind }
    }

    /// What is wrong, with its place, and what to do about it.
    pub fn said(&self) -> (Sentence, Sentence) {
        let (what, remedy) = self.kind.said();
        let what = match self.at {
            None => what,
            Some(at) => {
                let at = at.to_string();
                let place = |lang: Lang| say::AT.fill(lang, &[&at, what.get(lang)]);
                Sentence { en: place(Lang::En), zh: place(Lang::Zh) }
            }
        };
        (what, remedy)
    }
}

impl FilterErrorKind {
    fn said(&self) -> (Sentence, Sentence) {
        let (what, remedy) = match self {
            Self::Empty => (say::EMPTY.into(), say::EMPTY_REMEDY),
            Self::TooLong(bytes) => (named(say::TOO_LONG, &bytes.to_string()), say::TOO_LONG_REMEDY),
            Self::TooDeep => (say::TOO_DEEP.into(), say::TOO_DEEP_REMEDY),
            Self::LeadingWhere => (say::LEADING_WHERE.into(), say::LEADING_WHERE_REMEDY),
            Self::Character(c) => (named(say::CHARACTER, &c.to_string()), say::CHARACTER_REMEDY),
            Self::UnclosedText => (say::UNCLOSED_TEXT.into(), say::UNCLOSED_TEXT_REMEDY),
            Self::UnclosedName => (say::UNCLOSED_NAME.into(), say::UNCLOSED_NAME_REMEDY),
            Self::Comment => (say::COMMENT.into(), say::COMMENT_REMEDY),
            Self::SeveralStatements => (say::SEVERAL_STATEMENTS.into(), say::SEVERAL_STATEMENTS_REMEDY),
            Self::Variable => (say::VARIABLE.into(), say::LITERAL_REMEDY),
            Self::Placeholder => (say::PLACEHOLDER.into(), say::LITERAL_REMEDY),
            Self::DoubleQuotes => (say::DOUBLE_QUOTES.into(), say::DOUBLE_QUOTES_REMEDY),
            Self::Number(digits) => (named(say::NUMBER, digits), say::NUMBER_REMEDY),
            Self::Exponent(digits) => (named(say::EXPONENT, digits), say::EXPONENT_REMEDY),
            Self::HexDigits => (say::HEX_DIGITS.into(), say::HEX_DIGITS_REMEDY),
            Self::Unexpected(token) => (named(say::UNEXPECTED, token), say::SYNTAX_REMEDY),
            Self::End => (say::END.into(), say::SYNTAX_REMEDY),
            Self::Unsupported(part) => (named(say::UNSUPPORTED, part), say::UNSUPPORTED_REMEDY),
            Self::Subquery => (say::SUBQUERY.into(), say::SUBQUERY_REMEDY),
            Self::Function(name) => (named(say::FUNCTION, name), say::FUNCTION_REMEDY),
            Self::Aggregate(name) => (named(say::AGGREGATE, name), say::AGGREGATE_REMEDY),
            Self::Arguments(name) => (named(say::ARGUMENTS, name), say::ARGUMENTS_REMEDY),
            Self::CastTarget(name) => (named(say::CAST_TARGET, name), say::CAST_TARGET_REMEDY),
            Self::OtherTable(name) => (named(say::OTHER_TABLE, name), say::OTHER_TABLE_REMEDY),
            Self::UnknownColumn(name) => (named(say::UNKNOWN_COLUMN, name), say::UNKNOWN_COLUMN_REMEDY),
            Self::Float(name) => (named(say::FLOAT, name), say::FLOAT_REMEDY),
            Self::ColumnType(name, kind) => {
                (Sentence::new(say::COLUMN_TYPE, &[name, kind]), say::COLUMN_TYPE_REMEDY)
            }
            Self::Catalogue(name) => (named(say::CATALOGUE, name), say::CATALOGUE_REMEDY),
            Self::Mixed(left, right) => {
                (Sentence::of_texts(say::MIXED, &[*left, *right]), mixed_remedy(*left, *right))
            }
            Self::Operand(name, kind) => {
                let part = Text { en: name, zh: name };
                (Sentence::of_texts(say::OPERAND, &[part, *kind]), operand_remedy(name, *kind))
            }
            Self::Condition(kind) => (Sentence::of_texts(say::CONDITION, &[*kind]), say::CONDITION_REMEDY),
            Self::Collation(name) => (named(say::COLLATION, name), say::COLLATION_REMEDY),
            Self::CollationOrder(name) => (named(say::COLLATION_ORDER, name), say::COLLATION_ORDER_REMEDY),
            Self::Collations(left, right) => {
                (Sentence::new(say::COLLATIONS, &[left, right]), say::COLLATIONS_REMEDY)
            }
            Self::CollateCharset(name, charset) => {
                (Sentence::new(say::COLLATE_CHARSET, &[name, charset]), say::COLLATE_CHARSET_REMEDY)
            }
            Self::NoColumn => (say::NO_COLUMN.into(), say::NO_COLUMN_REMEDY),
            Self::Characters(charset) => (named(say::CHARACTERS, charset), say::CHARACTERS_REMEDY),
            Self::TimeForm(text) => (named(say::TIME_FORM, text), say::TIME_FORM_REMEDY),
            Self::NoSuchTime(text) => (named(say::NO_SUCH_TIME, text), say::NO_SUCH_TIME_REMEDY),
            Self::Zone(text) => (named(say::ZONE, text), say::ZONE_REMEDY),
            Self::Year => (say::YEAR.into(), say::YEAR_REMEDY),
            Self::Digits => (say::DIGITS.into(), say::DIGITS_REMEDY),
            Self::Division => (say::DIVISION.into(), say::DIVISION_REMEDY),
            Self::NeedsLiterals(name) => (named(say::NEEDS_LITERALS, name), say::NEEDS_LITERALS_REMEDY),
            Self::CastUnsigned => (say::CAST_UNSIGNED.into(), say::CAST_UNSIGNED_REMEDY),
            Self::Zerofill => (say::ZEROFILL.into(), say::ZEROFILL_REMEDY),
            Self::Rest => (say::REST.into(), say::REST_REMEDY),
            Self::Pattern => (say::PATTERN.into(), say::PATTERN_REMEDY),
            Self::Fraction => (say::FRACTION.into(), say::FRACTION_REMEDY),
        };
        (what, remedy.into())
    }
}

fn named(text: Text, name: &str) -> Sentence {
    Sentence::new(text, &[name])
}

fn mixed_remedy(left: Text, right: Text) -> Text {
    let has = |kind: Text| left == kind || right == kind;
    if has(say::A_DATE) || has(say::A_TIME) {
        say::MIXED_TIME_REMEDY
    } else if has(say::A_NUMBER) {
        say::MIXED_NUMBER_REMEDY
    } else {
        say::MIXED_BYTES_REMEDY
    }
}

fn operand_remedy(name: &str, kind: Text) -> Text {
    match name {
        "CAST" => say::OPERAND_CAST_REMEDY,
        "&" | "|" | "^" | "~" | "<<" | ">>" if kind == say::A_DECIMAL => say::OPERAND_BIT_REMEDY,
        _ => say::OPERAND_REMEDY,
    }
}

/// Why a row can't be judged: the project has to stop, because a guess would
/// lose or invent messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvalError {
    /// The value of this column can't be read: bytes that are no text of its
    /// character set, a damaged DECIMAL, or a row of another shape.
    Unreadable {
        /// Index in the table.
        column: usize,
    },
    /// Integer arithmetic left the range of BIGINT, which servers answer with
    /// an error as well.
    OutOfRange {
        /// The first column that takes part.
        column: Option<usize>,
    },
}

impl EvalError {
    /// The column that the value came from.
    pub const fn column(self) -> Option<usize> {
        match self {
            Self::Unreadable { column } => Some(column),
            Self::OutOfRange { column } => column,
        }
    }
}
