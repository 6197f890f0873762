//! Arithmetic of evaluated numbers, within the ranges of the servers.

use super::error::EvalError;
use super::evaluate::Evaluated;
use super::expression::{Range, Value};
use super::number::{Decimal, Number};
use super::syntax::Operator;

/// The low 64 bits: how bit operators see an integer.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "two's complement is meant")]
pub(super) const fn bits(value: i128) -> u64 {
    value as u64
}

pub(super) fn checked(value: Option<i128>, range: Range) -> Result<Value<'static>, EvalError> {
    match value.filter(|value| range.holds(*value)) {
        Some(value) => Ok(Value::Number(Number::Int(value))),
        None => Err(EvalError::OutOfRange { column: range.column }),
    }
}

pub(super) fn whole(operator: Operator, left: i128, right: i128, range: Range) -> Evaluated<Value<'static>> {
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

pub(super) fn decimal_value(
    value: Option<Decimal>,
    column: Option<usize>,
) -> Result<Value<'static>, EvalError> {
    let decimal = value.ok_or(EvalError::OutOfRange { column })?;
    Ok(Value::Number(Number::Decimal(decimal)))
}

pub(super) fn fractional(
    operator: Operator,
    left: Decimal,
    right: Decimal,
    range: Range,
) -> Evaluated<Value<'static>> {
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
pub(super) fn signed(number: Number) -> Number {
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
pub(super) fn unsigned(number: Number) -> Number {
    Number::Int(match number {
        Number::Int(value) => i128::from(bits(value)),
        Number::Decimal(decimal) => {
            let limit = if decimal.is_negative() { 0 } else { u64::MAX };
            let value = decimal.to_integer().and_then(|value| u64::try_from(value).ok());
            i128::from(value.unwrap_or(limit))
        }
    })
}
