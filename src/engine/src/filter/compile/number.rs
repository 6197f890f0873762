//! Numbers: literals, arithmetic and bit operators.
//!
//! Results of integers are BIGINT, unsigned as soon as one side is (for MOD: as
//! the left side is). Results of decimals must fit 65 digits with 30 behind the
//! point at compile time, so no server cuts them.

use crate::endpoint::DatasourceKind;

use super::super::error::{FilterError, FilterErrorKind, FilterResult};
use super::super::expression::{Expr, Range, Value};
use super::super::number::{Decimal, Number};
use super::super::syntax::{Form, Node, Operator};
use super::kind::{IntForm, Kind, Typed};
use super::{Compiler, wrong_operand};

/// Digits that `/` adds behind the point.
const QUOTIENT_SCALE: u8 = 4;

pub(super) fn constant(at: usize, value: i128) -> Typed {
    Typed::new(at, Kind::int(1), Expr::Known(Some(Value::Number(Number::Int(value)))), None)
}

/// A number as written; integers beyond BIGINT are decimals.
pub(super) fn literal(at: usize, digits: &str, negative: bool) -> FilterResult<Typed> {
    let too_long = || FilterError::new(at, FilterErrorKind::Digits);
    let signed = |value: i128| if negative { -value } else { value };
    let whole = digits.trim_start_matches('0').split('.').next().unwrap_or_default().len();
    if !digits.contains('.')
        && let Some(value) = digits.parse().ok().map(signed)
        && (Range { unsigned: false, column: None }.holds(value) || u64::try_from(value).is_ok())
    {
        let unsigned = i64::try_from(value).is_err();
        let count = u8::try_from(whole.max(1)).map_err(|_| too_long())?;
        let kind = Kind::Int { unsigned, digits: count, form: IntForm::Plain };
        return Ok(Typed::new(at, kind, Expr::Known(Some(Value::Number(Number::Int(value)))), None));
    }
    let decimal = Decimal::parse(digits).ok_or_else(too_long)?;
    let decimal = if negative { decimal.negated() } else { decimal };
    let whole = u8::try_from(whole).map_err(|_| too_long())?;
    let kind = shape(at, u32::from(whole), u32::from(decimal.scale()), false)?;
    Ok(Typed::new(at, kind, Expr::Known(Some(Value::Number(Number::Decimal(decimal)))), None))
}

/// A decimal kind of at most 65 digits.
fn shape(at: usize, whole: u32, scale: u32, unsigned: bool) -> FilterResult<Kind> {
    let digits = FilterError::new(at, FilterErrorKind::Digits);
    if whole + scale > 65 || scale > 30 {
        return Err(digits);
    }
    match (u8::try_from(whole), u8::try_from(scale)) {
        (Ok(whole), Ok(scale)) => Ok(Kind::Decimal { whole, scale, unsigned }),
        _ => Err(digits),
    }
}

impl Compiler<'_> {
    pub(super) fn arithmetic(
        &mut self,
        at: usize,
        operator: Operator,
        pair: &[Node; 2],
    ) -> FilterResult<Typed> {
        let [left, right] = pair;
        let (left, right) = (self.operand(left)?, self.operand(right)?);
        for side in [&left, &right] {
            if !side.kind.is_number() && side.kind != Kind::Null {
                return Err(wrong_operand(operator.name(), side));
            }
        }
        if left.kind == Kind::Null || right.kind == Kind::Null {
            return Ok(Typed::null(at));
        }
        match operator {
            Operator::Divide => divide(at, left, &right),
            Operator::BitAnd
            | Operator::BitOr
            | Operator::BitXor
            | Operator::ShiftLeft
            | Operator::ShiftRight => {
                let right = if self.counts_in_32_bits(operator) { low_half(right) } else { right };
                bits(at, operator, left, right)
            }
            Operator::Modulo if self.loses_sign_of_rest(&left, &right) => {
                Err(FilterError::new(at, FilterErrorKind::Rest))
            }
            Operator::Add
            | Operator::Subtract
            | Operator::Multiply
            | Operator::DivideWhole
            | Operator::Modulo => {
                let unsigned = match operator {
                    Operator::Modulo => left.kind.is_unsigned(),
                    _ => left.kind.is_unsigned() || right.kind.is_unsigned(),
                };
                compute(at, operator, left, right, unsigned)
            }
        }
    }

    /// MySQL and MariaDB look at 32 bits of the count of a shift.
    fn counts_in_32_bits(&self, operator: Operator) -> bool {
        let shift = matches!(operator, Operator::ShiftLeft | Operator::ShiftRight);
        shift && self.source != DatasourceKind::OceanbaseCe
    }

    /// On MySQL and MariaDB a rest of decimals can be `-0.00`, which is not
    /// equal to 0 there.
    fn loses_sign_of_rest(&self, left: &Typed, right: &Typed) -> bool {
        let decimal = [left, right].iter().any(|side| matches!(side.kind, Kind::Decimal { .. }));
        decimal && self.source != DatasourceKind::OceanbaseCe
    }

    pub(super) fn negate(&mut self, at: usize, part: &Node) -> FilterResult<Typed> {
        if let Form::Number(digits) = &part.form {
            return literal(at, digits, true);
        }
        let part = self.operand(part)?;
        let kind = match part.kind {
            Kind::Null => return Ok(Typed::null(at)),
            Kind::Int { .. } => Kind::int(20),
            Kind::Decimal { whole, scale, .. } => Kind::Decimal { whole, scale, unsigned: false },
            _ => return Err(wrong_operand("-", &part)),
        };
        let range = Range { unsigned: false, column: part.column };
        Ok(Typed::new(at, kind, Expr::Negate(Box::new(part.expr), range), part.column))
    }

    pub(super) fn invert(&mut self, at: usize, part: &Node) -> FilterResult<Typed> {
        let part = self.operand(part)?;
        match part.kind {
            Kind::Null => Ok(Typed::null(at)),
            Kind::Int { .. } => {
                Ok(Typed::new(at, unsigned_int(), Expr::Invert(Box::new(part.expr)), part.column))
            }
            _ => Err(wrong_operand("~", &part)),
        }
    }
}

const fn unsigned_int() -> Kind {
    Kind::Int { unsigned: true, digits: 20, form: IntForm::Plain }
}

fn low_half(count: Typed) -> Typed {
    if let Kind::Int { .. } = count.kind {
        let mask = Expr::Known(Some(Value::Number(Number::Int(i128::from(u32::MAX)))));
        let range = Range { unsigned: true, column: count.column };
        let expr = Expr::Integer(Operator::BitAnd, Box::new([count.expr, mask]), range);
        return Typed { expr, ..count };
    }
    count
}

fn compute(at: usize, operator: Operator, left: Typed, right: Typed, unsigned: bool) -> FilterResult<Typed> {
    let column = left.column.or(right.column);
    let range = Range { unsigned, column };
    let integers = matches!((&left.kind, &right.kind), (Kind::Int { .. }, Kind::Int { .. }));
    let ((whole, scale), (other_whole, other_scale)) = (left.kind.digits(), right.kind.digits());
    // Of decimals, both sides have to be unsigned.
    let both = left.kind.is_unsigned() && right.kind.is_unsigned();
    let pair = Box::new([left.expr, right.expr]);
    if integers {
        let kind = Kind::Int { unsigned, digits: 20, form: IntForm::Plain };
        return Ok(Typed::new(at, kind, Expr::Integer(operator, pair, range), column));
    }
    let [whole, scale, other_whole, other_scale] = [whole, scale, other_whole, other_scale].map(u32::from);
    let most = (whole.max(other_whole), scale.max(other_scale));
    let kind = match operator {
        Operator::Multiply => shape(at, whole + other_whole, scale + other_scale, both)?,
        Operator::Modulo => shape(at, most.0, most.1, both)?,
        Operator::DivideWhole => Kind::Int { unsigned, digits: 20, form: IntForm::Plain },
        _ => shape(at, most.0 + 1, most.1, both)?,
    };
    Ok(Typed::new(at, kind, Expr::Decimal(operator, pair, range), column))
}

fn bits(at: usize, operator: Operator, left: Typed, right: Typed) -> FilterResult<Typed> {
    for side in [&left, &right] {
        if !matches!(side.kind, Kind::Int { .. }) {
            return Err(wrong_operand(operator.name(), side));
        }
    }
    let column = left.column.or(right.column);
    let range = Range { unsigned: true, column };
    let expr = Expr::Integer(operator, Box::new([left.expr, right.expr]), range);
    Ok(Typed::new(at, unsigned_int(), expr, column))
}

/// Servers cut endless quotients at different places, so only divisors whose
/// quotient ends within the four digits that `/` adds are accepted: then it is
/// a multiplication.
fn divide(at: usize, left: Typed, right: &Typed) -> FilterResult<Typed> {
    let refused = || FilterError::new(at, FilterErrorKind::Division);
    let divisor = right.constant().ok_or_else(refused)?.decimal();
    let unscaled = divisor.unscaled().ok_or_else(refused)?;
    if unscaled == 0 {
        return Ok(Typed::null(at));
    }
    let power = 10_u128.checked_pow(u32::from(divisor.scale() + QUOTIENT_SCALE)).ok_or_else(refused)?;
    if !power.is_multiple_of(u128::from(unscaled)) {
        return Err(refused());
    }
    let inverse = Decimal::from_parts(divisor.is_negative(), power / u128::from(unscaled), QUOTIENT_SCALE);
    let digits = (power / u128::from(unscaled)).to_string().len();
    let whole = u8::try_from(digits).map_err(|_| refused())?.saturating_sub(QUOTIENT_SCALE);
    let kind = Kind::Decimal { whole, scale: QUOTIENT_SCALE, unsigned: false };
    let inverse =
        Typed::new(right.at, kind, Expr::Known(Some(Value::Number(Number::Decimal(inverse)))), None);
    compute(at, Operator::Multiply, left, inverse, false)
}
