//! Runs a filter over one row, with the database's three-valued logic.
//!
//! Invariants: the ordinary case (columns against literals) allocates nothing;
//! what can't be read or has no value on the server is an [`EvalError`], never
//! a guess.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::rows::Cell;

use super::arithmetic::{bits, checked, decimal_value, fractional, signed, unsigned, whole};
use super::cell::{cell, column_value};
use super::error::EvalError;
use super::expression::{Expr, Order, Shape, Truth, Value};
use super::moment;
use super::number::Number;
use super::syntax::Comparison;

/// A value, NULL, or why there is none.
pub(super) type Evaluated<T> = Result<Option<T>, EvalError>;

/// Whether a condition is true, false or unknown.
pub(super) fn truth<'r>(condition: &'r Truth, row: &'r [Cell<'r>]) -> Evaluated<bool> {
    Ok(match condition {
        Truth::Known(known) => *known,
        Truth::All(parts) => joined(parts, row, false)?,
        Truth::Any(parts) => joined(parts, row, true)?,
        Truth::Xor(parts) => {
            let [left, right] = parts.as_ref();
            match (truth(left, row)?, truth(right, row)?) {
                (Some(left), Some(right)) => Some(left != right),
                _ => None,
            }
        }
        Truth::Not(part) => truth(part, row)?.map(|known| !known),
        Truth::ColumnIsNull(column) => Some(*cell(row, *column)? == Cell::Null),
        Truth::IsNull(expr) => Some(value(expr, row)?.is_none()),
        Truth::ConditionIsNull(part) => Some(truth(part, row)?.is_none()),
        Truth::Is(part, wanted) => Some(truth(part, row)? == Some(*wanted)),
        Truth::NonZero(expr) => number(expr, row)?.map(|number| !number.is_zero()),
        Truth::Compare(comparison, order, pair) => {
            let [left, right] = pair.as_ref();
            let (left, right) = (value(left, row)?, value(right, row)?);
            match (left, right) {
                (Some(left), Some(right)) => Some(holds(*comparison, compare(*order, &left, &right))),
                (left, right) if *comparison == Comparison::NullSafe => {
                    Some(left.is_none() && right.is_none())
                }
                _ => None,
            }
        }
        Truth::Between(order, parts) => {
            let [of, low, high] = parts.as_ref();
            let Some(of) = value(of, row)? else { return Ok(None) };
            let (low, high) = (value(low, row)?, value(high, row)?);
            let above = low.map(|low| compare(*order, &of, &low).is_ge());
            let below = high.map(|high| compare(*order, &of, &high).is_le());
            and(above, below)
        }
        Truth::In(order, of, list) => {
            let Some(of) = value(of, row)? else { return Ok(None) };
            let mut unknown = false;
            for item in list {
                match value(item, row)? {
                    Some(item) if compare(*order, &of, &item).is_eq() => return Ok(Some(true)),
                    Some(_) => {}
                    None => unknown = true,
                }
            }
            (!unknown).then_some(false)
        }
        Truth::Like(collation, of, pattern) => value(of, row)?.map(|of| match (&of, collation) {
            (Value::Text(text), Some(collation)) => pattern.matches_text(text, *collation),
            (Value::Bytes(bytes), _) => pattern.matches_bytes(bytes),
            _ => false,
        }),
    })
}

/// AND and OR: one part that decides is enough, even when another has no value
/// because its arithmetic is out of range: servers choose the order of parts,
/// so they may or may not meet it.
fn joined<'r>(parts: &'r [Truth], row: &'r [Cell<'r>], decides: bool) -> Evaluated<bool> {
    let (mut unknown, mut failed) = (false, None);
    for part in parts {
        match truth(part, row) {
            Ok(Some(known)) if known == decides => return Ok(Some(decides)),
            Ok(Some(_)) => {}
            Ok(None) => unknown = true,
            Err(error @ EvalError::OutOfRange { .. }) => failed = failed.or(Some(error)),
            Err(error @ EvalError::Unreadable { .. }) => return Err(error),
        }
    }
    match failed {
        Some(error) => Err(error),
        None => Ok((!unknown).then_some(!decides)),
    }
}

fn and(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn holds(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Equal | Comparison::NullSafe => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterEqual => order.is_ge(),
    }
}

/// The compiler brings both sides to one kind.
fn compare(order: Order, left: &Value<'_>, right: &Value<'_>) -> Ordering {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.compared(*right),
        (Value::Moment(left), Value::Moment(right)) | (Value::Span(left), Value::Span(right)) => {
            left.cmp(right)
        }
        (Value::Bytes(left), Value::Bytes(right)) => left.cmp(right),
        (Value::Text(left), Value::Text(right)) => match order {
            Order::Text(collation) => collation.compare(left, right),
            Order::Natural => left.cmp(right),
        },
        _ => Ordering::Less,
    }
}

fn number<'r>(expr: &'r Expr, row: &'r [Cell<'r>]) -> Evaluated<Number> {
    Ok(match value(expr, row)? {
        Some(Value::Number(number)) => Some(number),
        _ => None,
    })
}

fn integer<'r>(expr: &'r Expr, row: &'r [Cell<'r>]) -> Evaluated<i128> {
    Ok(match number(expr, row)? {
        Some(Number::Int(value)) => Some(value),
        Some(Number::Decimal(decimal)) => decimal.to_integer(),
        None => None,
    })
}

/// The value of an expression; `None` is NULL.
fn value<'r>(expr: &'r Expr, row: &'r [Cell<'r>]) -> Evaluated<Value<'r>> {
    Ok(match expr {
        Expr::Known(known) => known.as_ref().map(Value::borrowed),
        Expr::Truth(condition) => {
            truth(condition, row)?.map(|known| Value::Number(Number::Int(i128::from(known))))
        }
        Expr::Integer(operator, pair, range) => {
            let [left, right] = pair.as_ref();
            match (integer(left, row)?, integer(right, row)?) {
                (Some(left), Some(right)) => whole(*operator, left, right, *range)?,
                _ => None,
            }
        }
        Expr::Decimal(operator, pair, range) => {
            let [left, right] = pair.as_ref();
            match (number(left, row)?, number(right, row)?) {
                (Some(left), Some(right)) => fractional(*operator, left.decimal(), right.decimal(), *range)?,
                _ => None,
            }
        }
        Expr::Negate(part, range) => match number(part, row)? {
            Some(Number::Int(value)) => Some(checked(Some(-value), *range)?),
            Some(Number::Decimal(decimal)) => Some(Value::Number(Number::Decimal(decimal.negated()))),
            None => None,
        },
        Expr::Invert(part) => {
            integer(part, row)?.map(|value| Value::Number(Number::Int(i128::from(!bits(value)))))
        }
        Expr::ToSigned(part) => number(part, row)?.map(|number| Value::Number(signed(number))),
        Expr::ToUnsigned(part) => number(part, row)?.map(|number| Value::Number(unsigned(number))),
        Expr::ToDecimal(part, digits, scale) => match number(part, row)? {
            Some(number) => Some(decimal_value(number.decimal().fitted(*digits, *scale), None)?),
            None => None,
        },
        Expr::ToText(part, shape, limit) => value(part, row)?.map(|of| text_of(of, *shape, *limit)),
        Expr::ToBytes(part) => value(part, row)?.map(bytes_of),
        Expr::ToDate(part) => match value(part, row)? {
            Some(Value::Moment(moment)) => Some(Value::Moment(moment::day_of(moment))),
            _ => None,
        },
        Expr::Concat(parts) => concatenated(parts, row)?,
        Expr::Substr(of, range) => {
            let [start, length] = range.as_ref();
            let (of, start) = (value(of, row)?, integer(start, row)?);
            match (of, start, integer(length, row)?) {
                (Some(of), Some(start), Some(length)) => Some(slice_of(&of, start, length)),
                _ => None,
            }
        }
        Expr::Replace(parts) => {
            let [of, from, to] = parts.as_ref();
            match (value(of, row)?, value(from, row)?, value(to, row)?) {
                (Some(Value::Text(of)), Some(Value::Text(from)), Some(Value::Text(to))) => {
                    let unchanged = from.is_empty();
                    Some(Value::Text(if unchanged { of } else { of.replace(&*from, &to).into() }))
                }
                _ => None,
            }
        }
        _ => return column_value(expr, row),
    })
}

fn text_of(of: Value<'_>, shape: Shape, limit: Option<usize>) -> Value<'_> {
    let text = match (of, shape) {
        (Value::Text(text), _) => text,
        (Value::Number(number), Shape::Year) => format!("{:0>4}", number.text()).into(),
        (Value::Number(number), _) => number.text().into(),
        (Value::Moment(moment), Shape::Clock(digits)) => moment::text(moment, false, digits).into(),
        (Value::Moment(moment), _) => moment::text(moment, true, 0).into(),
        (Value::Span(span), Shape::Clock(digits)) => moment::time_text(span, digits).into(),
        (Value::Span(span), _) => moment::time_text(span, 0).into(),
        (Value::Bytes(bytes), _) => return Value::Bytes(bytes),
    };
    Value::Text(match limit {
        None => text,
        Some(limit) => text.chars().take(limit).collect::<String>().into(),
    })
}

fn bytes_of(of: Value<'_>) -> Value<'_> {
    match of {
        Value::Text(Cow::Borrowed(text)) => Value::Bytes(Cow::Borrowed(text.as_bytes())),
        Value::Text(Cow::Owned(text)) => Value::Bytes(Cow::Owned(text.into_bytes())),
        other => other,
    }
}

fn concatenated<'r>(parts: &'r [Expr], row: &'r [Cell<'r>]) -> Evaluated<Value<'r>> {
    let mut text = String::new();
    let mut null = false;
    for part in parts {
        match value(part, row)? {
            Some(Value::Text(part)) => text.push_str(&part),
            _ => null = true,
        }
    }
    Ok((!null).then_some(Value::Text(Cow::Owned(text))))
}

/// SUBSTR: counts from 1, from the end when negative; outside is empty.
fn slice_of<'r>(of: &Value<'r>, start: i128, length: i128) -> Value<'r> {
    let size = match of {
        Value::Text(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        _ => 0,
    };
    let signed = i128::try_from(size).unwrap_or(i128::MAX);
    let from = if start < 0 { signed + start } else { start - 1 };
    let skip = usize::try_from(from).unwrap_or(size);
    let take = usize::try_from(length.max(0)).unwrap_or(size);
    match of {
        Value::Text(text) => Value::Text(text.chars().skip(skip).take(take).collect::<String>().into()),
        Value::Bytes(bytes) => {
            Value::Bytes(bytes.iter().skip(skip).take(take).copied().collect::<Vec<u8>>().into())
        }
        other => other.clone(),
    }
}
