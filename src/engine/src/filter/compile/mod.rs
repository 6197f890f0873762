//! From the tree to an expression with kinds: names become column indexes,
//! literals become values, and what the servers don't all answer alike is
//! refused.
//!
//! Split by concern: [`column`] reads the schema, [`number`] has arithmetic,
//! [`text`] texts and collations, [`cast`] CAST, [`compare`] brings two sides to
//! one kind. Here are the conditions.

mod cast;
mod column;
mod compare;
mod kind;
mod number;
mod text;

use crate::endpoint::DatasourceKind;
use crate::schema::TableSchema;
use crate::words::filter as say;

use super::error::{FilterError, FilterErrorKind, FilterResult};
use super::expression::{Expr, Truth};
use super::syntax::{Form, Node};
use kind::{Kind, Typed};

/// Compiles a whole filter; also gives the columns it reads, each once.
pub(super) fn compile(
    node: &Node,
    schema: &TableSchema,
    source: DatasourceKind,
) -> FilterResult<(Truth, Vec<usize>)> {
    let mut compiler = Compiler { schema, source, columns: Vec::new() };
    let truth = compiler.truth(node)?;
    Ok((truth, compiler.columns))
}

struct Compiler<'s> {
    schema: &'s TableSchema,
    source: DatasourceKind,
    columns: Vec<usize>,
}

impl Compiler<'_> {
    fn truth(&mut self, node: &Node) -> FilterResult<Truth> {
        Ok(match &node.form {
            Form::And(parts) => Truth::All(self.truths(parts)?),
            Form::Or(parts) => Truth::Any(self.truths(parts)?),
            Form::Xor(pair) => {
                let [left, right] = pair.as_ref();
                Truth::Xor(Box::new([self.truth(left)?, self.truth(right)?]))
            }
            Form::Not(part) => Truth::Not(Box::new(self.truth(part)?)),
            Form::IsNull(part) => self.is_null(part)?,
            Form::Is(part, wanted) => Truth::Is(Box::new(self.truth(part)?), *wanted),
            Form::Compare(comparison, pair) => {
                let [left, right] = pair.as_ref();
                let (order, exprs) =
                    self.comparable(&[left, right], comparison.is_equality(), comparison.literals())?;
                Truth::Compare(*comparison, order, Box::new(exprs))
            }
            Form::Between(parts) => {
                let [of, low, high] = parts.as_ref();
                let (order, exprs) = self.comparable(&[of, low, high], false, Some("BETWEEN"))?;
                Truth::Between(order, Box::new(exprs))
            }
            Form::In(parts) => self.in_list(parts)?,
            Form::Like(pair) => self.like(pair)?,
            Form::Bool(known) => Truth::Known(Some(*known)),
            _ => {
                let typed = self.operand(node)?;
                match typed.kind {
                    Kind::Null => Truth::Known(None),
                    Kind::Int { .. } | Kind::Decimal { .. } => Truth::NonZero(typed.expr),
                    other => {
                        return Err(FilterError::new(typed.at, FilterErrorKind::Condition(other.word())));
                    }
                }
            }
        })
    }

    fn truths(&mut self, parts: &[Node]) -> FilterResult<Vec<Truth>> {
        parts.iter().map(|part| self.truth(part)).collect()
    }

    /// Every column can be asked for NULL, also those that can't be compared.
    fn is_null(&mut self, part: &Node) -> FilterResult<Truth> {
        Ok(match &part.form {
            Form::Column(parts) => Truth::ColumnIsNull(self.index(part.at, parts)?),
            form if form.is_condition() => Truth::ConditionIsNull(Box::new(self.truth(part)?)),
            _ => Truth::IsNull(self.operand(part)?.expr),
        })
    }

    /// Anything as a value; conditions are 1 or 0.
    fn operand(&mut self, node: &Node) -> FilterResult<Typed> {
        let at = node.at;
        match &node.form {
            Form::Column(parts) => self.column(at, parts),
            Form::Number(digits) => number::literal(at, digits, false),
            Form::Text(text) => {
                Ok(Typed::new(at, Kind::Literal(text.clone()), text::constant(text.clone()), None))
            }
            Form::Hex(bytes) => {
                Ok(Typed::new(at, Kind::Hex(bytes.clone()), compare::bytes(bytes.clone()), None))
            }
            Form::Null => Ok(Typed::null(at)),
            Form::Clock(word, text) => compare::clock_literal(at, *word, text),
            Form::Arithmetic(operator, pair) => self.arithmetic(at, *operator, pair),
            Form::Negate(part) => self.negate(at, part),
            Form::Invert(part) => self.invert(at, part),
            Form::Collate(part, name) => self.collate(at, part, name),
            Form::Cast(part, target) => self.cast(at, part, *target),
            Form::Concat(parts) => self.concat(at, parts),
            Form::Substr(parts) => self.substr(at, parts),
            Form::Replace(parts) => self.replace(at, parts),
            Form::Bool(_)
            | Form::And(_)
            | Form::Or(_)
            | Form::Xor(_)
            | Form::Not(_)
            | Form::IsNull(_)
            | Form::Is(..)
            | Form::Compare(..)
            | Form::Between(_)
            | Form::In(_)
            | Form::Like(_) => {
                let before = self.columns.len();
                let truth = self.truth(node)?;
                let column = self.columns.get(before).copied();
                Ok(match truth {
                    Truth::Known(Some(known)) => number::constant(at, i128::from(known)),
                    truth => Typed::new(at, Kind::int(1), Expr::Truth(Box::new(truth)), column),
                })
            }
        }
    }
}

/// The operand of an operator is of another kind.
fn wrong_operand(name: &'static str, typed: &Typed) -> FilterError {
    let word = match typed.kind {
        Kind::Null => say::A_NUMBER,
        _ => typed.kind.word(),
    };
    FilterError::new(typed.at, FilterErrorKind::Operand(name, word))
}
