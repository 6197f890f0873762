//! The row filter of a table: the body of a WHERE over its columns, applied to
//! row images. Knows nothing of projects, topics and connections.
//!
//! Text -> `lexer` -> `parser` -> tree (`syntax`) -> `compile` against a
//! schema -> `expression` -> `evaluate` for each row. Reading a filter needs
//! no schema and no connection, see [`check_syntax`].
//!
//! The answer is the database's, exactly, or the filter is refused with its
//! place and a remedy: three-valued logic, exact integers and decimals, the
//! columns' collations, trailing spaces, zero dates. Refused because servers
//! differ, or because there is no exact answer: FLOAT and DOUBLE, quotients that
//! don't end, numbers against texts, `X'..'` against numbers (MariaDB takes it
//! for a text), dates with a zero month or day as literals (OceanBase takes them
//! for `0000-00-00`), CAST to fewer fractional digits (MariaDB cuts, the others
//! round), CAST of texts to numbers, collations without proof.
//!
//! Where one kind of source leaves the rules, its kind decides:
//! - MySQL and MariaDB look at 32 bits of a shift's count: followed;
//! - their rest of decimals can be `-0.00`, which is not 0 there: refused;
//! - MySQL 5.6 gets `<=>`, signs in BETWEEN and IN, and BETWEEN of anything but
//!   a column and literals wrong: refused on MySQL;
//! - OceanBase drops CAST to UNSIGNED next to a decimal literal: refused there;
//! - latin1 and gbk could not be proven on OceanBase: refused there.
//!
//! Three rules of our own: literals for TIMESTAMP columns may carry a zone and
//! mean +08:00 without one; TIMESTAMP meets DATETIME at +08:00; `IS NULL` is
//! only true for NULL (MySQL and MariaDB also find `0000-00-00` in NOT NULL
//! columns with it).
//!
//! Invariants: no panic and no unbounded recursion on any text or row; a filter
//! is compiled once for a schema and holds column indexes.

mod arithmetic;
mod cell;
mod collation;
mod compile;
mod error;
mod evaluate;
mod expression;
mod lexer;
mod like;
mod moment;
mod number;
mod parser;
mod primary;
mod syntax;
mod wide;

#[cfg(test)]
mod filter_test;

pub use error::{EvalError, FilterError, FilterErrorKind, FilterResult};

use crate::endpoint::DatasourceKind;
use crate::rows::RowImage;
use crate::schema::TableSchema;

use expression::Truth;

/// A filter ready for the rows of one schema.
#[derive(Clone, Debug)]
pub struct RowFilter {
    truth: Truth,
    columns: Vec<usize>,
}

impl RowFilter {
    /// Reads a filter for rows of this schema, as the given kind of source
    /// would.
    ///
    /// # Errors
    /// What is refused, where, and what to write instead.
    pub fn compile(text: &str, schema: &TableSchema, kind: DatasourceKind) -> Result<Self, FilterError> {
        let (node, _) = parser::parse(text)?;
        let (truth, columns) = compile::compile(&node, schema, kind)?;
        Ok(Self { truth, columns })
    }

    /// Whether the row is kept: only when the condition is true, neither false
    /// nor unknown.
    ///
    /// # Errors
    /// When a value can't be read, or arithmetic leaves BIGINT's range.
    pub fn matches(&self, image: &RowImage<'_>) -> Result<bool, EvalError> {
        Ok(evaluate::truth(&self.truth, image)? == Some(true))
    }

    /// Indexes of the columns that the filter names.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }
}

/// Everything that can be said about a filter without a schema; gives the
/// columns that it names, each once, in the order of the text.
///
/// # Errors
/// Wrong syntax, parts that filters don't have, too long a text.
pub fn check_syntax(text: &str) -> Result<Vec<String>, FilterError> {
    parser::parse(text).map(|(_, columns)| columns)
}
