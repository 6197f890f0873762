//! Runs a filter over one row, with the database's three-valued logic.
//!
//! Invariants: the ordinary case (columns against literals) allocates nothing;
//! what can't be read or has no value on the server is an [`EvalError`], never
//! a guess.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::pipeline::source::decode::Cell;

use super::error::EvalError;
use super::expression::{Expr, Order, Range, Shape, Truth, Value};
use super::moment;
use super::number::{Decimal, Number};
use super::syntax::{Comparison, Operator};

type Evaluated<T> = Result<Option<T>, EvalError>;

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
        Truth::TruthIsNull(part) => Some(truth(part, row)?.is_none()),
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

fn cell<'r>(row: &'r [Cell<'r>], column: usize) -> Result<&'r Cell<'r>, EvalError> {
    row.get(column).ok_or(EvalError::Unreadable { column })
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

/// The value of a column, whose cell must have the kind the schema told.
fn column_value<'r>(expr: &'r Expr, row: &'r [Cell<'r>]) -> Evaluated<Value<'r>> {
    let (Expr::Number(column)
    | Expr::Text(column, _)
    | Expr::Label(column, _)
    | Expr::Labels(column, _)
    | Expr::Bytes(column, _)
    | Expr::Moment(column)
    | Expr::Time(column)) = expr
    else {
        return Ok(None);
    };
    let unreadable = EvalError::Unreadable { column: *column };
    let int = |value: i128| Some(Value::Number(Number::Int(value)));
    let value = match (expr, cell(row, *column)?) {
        (_, Cell::Null) => return Ok(None),
        (Expr::Number(_), Cell::Int(value)) => int(i128::from(*value)),
        (Expr::Number(_), Cell::UInt(value)) => int(i128::from(*value)),
        (Expr::Number(_), Cell::Year(year)) => int(i128::from(*year)),
        (Expr::Number(_), Cell::Bit(bytes)) if bytes.len() <= 8 => {
            int(bytes.iter().fold(0, |value, byte| value << 8 | i128::from(*byte)))
        }
        (Expr::Number(_), Cell::Decimal(packed)) => {
            Decimal::of_cell(*packed).map(|decimal| Value::Number(Number::Decimal(decimal)))
        }
        (Expr::Text(_, charset), Cell::Bytes(bytes)) => charset.decode(bytes).map(Value::Text),
        (Expr::Label(_, labels), Cell::Enum(index)) => match usize::from(*index).checked_sub(1) {
            None => Some(Value::Text(Cow::Borrowed(""))),
            Some(index) => labels.get(index).map(|label| Value::Text(Cow::Borrowed(label))),
        },
        (Expr::Labels(_, labels), Cell::Set(bits)) => {
            let chosen: Vec<&str> = labels
                .iter()
                .enumerate()
                .filter(|(index, _)| bits >> index & 1 == 1)
                .map(|(_, label)| label.as_str())
                .collect();
            Some(Value::Text(Cow::Owned(chosen.join(","))))
        }
        (Expr::Bytes(_, length), Cell::Bytes(bytes)) if bytes.len() < *length => {
            let mut padded = bytes.to_vec();
            padded.resize(*length, 0);
            Some(Value::Bytes(Cow::Owned(padded)))
        }
        (Expr::Bytes(..), Cell::Bytes(bytes)) => Some(Value::Bytes(Cow::Borrowed(bytes))),
        (Expr::Moment(_), Cell::Date(date)) => Some(Value::Moment(moment::of_date(*date))),
        (Expr::Moment(_), Cell::DateTime(value)) => Some(Value::Moment(moment::of_datetime(*value))),
        (Expr::Moment(_), Cell::Timestamp(value)) => moment::of_timestamp(*value).map(Value::Moment),
        (Expr::Time(_), Cell::Time(time)) => Some(Value::Span(moment::of_time(*time))),
        _ => None,
    };
    value.map(Some).ok_or(unreadable)
}

/// The low 64 bits: how bit operators see an integer.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "two's complement is meant")]
const fn bits(value: i128) -> u64 {
    value as u64
}

fn checked(value: Option<i128>, range: Range) -> Result<Value<'static>, EvalError> {
    match value.filter(|value| range.holds(*value)) {
        Some(value) => Ok(Value::Number(Number::Int(value))),
        None => Err(EvalError::OutOfRange { column: range.column }),
    }
}

fn whole(operator: Operator, left: i128, right: i128, range: Range) -> Evaluated<Value<'static>> {
    let unsigned = |value: u64| Ok(Some(Value::Number(Number::Int(i128::from(value)))));
    let shift = |bits: u64| u32::try_from(bits).ok();
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::DivideWhole | Operator::Divide | Operator::Modulo if right == 0 => return Ok(None),
        Operator::DivideWhole | Operator::Divide => left.checked_div(right),
        Operator::Modulo => left.checked_rem(right),
        Operator::BitAnd => return unsigned(bits(left) & bits(right)),
        Operator::BitOr => return unsigned(bits(left) | bits(right)),
        Operator::BitXor => return unsigned(bits(left) ^ bits(right)),
        Operator::ShiftLeft => {
            return unsigned(shift(bits(right)).and_then(|by| bits(left).checked_shl(by)).unwrap_or(0));
        }
        Operator::ShiftRight => {
            return unsigned(shift(bits(right)).and_then(|by| bits(left).checked_shr(by)).unwrap_or(0));
        }
    };
    checked(result, range).map(Some)
}

fn decimal_value(value: Option<Decimal>, column: Option<usize>) -> Result<Value<'static>, EvalError> {
    let decimal = value.ok_or(EvalError::OutOfRange { column })?;
    Ok(Value::Number(Number::Decimal(decimal)))
}

fn fractional(operator: Operator, left: Decimal, right: Decimal, range: Range) -> Evaluated<Value<'static>> {
    let zero = Number::Decimal(right).is_zero();
    let result = match operator {
        Operator::Add => left.plus(right),
        Operator::Subtract => left.plus(right.negated()),
        Operator::Multiply => left.times(right),
        Operator::DivideWhole | Operator::Modulo if zero => return Ok(None),
        Operator::DivideWhole => {
            let quotient = left.divided(right).and_then(|(quotient, _)| quotient.to_integer());
            return checked(quotient, range).map(Some);
        }
        Operator::Modulo => left.divided(right).map(|(_, rest)| rest),
        // The compiler makes nothing else of decimals.
        Operator::Divide
        | Operator::BitAnd
        | Operator::BitOr
        | Operator::BitXor
        | Operator::ShiftLeft
        | Operator::ShiftRight => None,
    };
    decimal_value(result, range.column).map(Some)
}

/// CAST to SIGNED: integers keep their bits, decimals stop at the limits.
fn signed(number: Number) -> Number {
    Number::Int(match number {
        Number::Int(value) => i128::from(bits(value).cast_signed()),
        Number::Decimal(decimal) => {
            let limit = if decimal.is_negative() { i64::MIN } else { i64::MAX };
            let value = decimal.to_integer().and_then(|value| i64::try_from(value).ok());
            i128::from(value.unwrap_or(limit))
        }
    })
}

/// CAST to UNSIGNED: integers keep their bits, decimals stop at the limits.
fn unsigned(number: Number) -> Number {
    Number::Int(match number {
        Number::Int(value) => i128::from(bits(value)),
        Number::Decimal(decimal) => {
            let limit = if decimal.is_negative() { 0 } else { u64::MAX };
            let value = decimal.to_integer().and_then(|value| u64::try_from(value).ok());
            i128::from(value.unwrap_or(limit))
        }
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
