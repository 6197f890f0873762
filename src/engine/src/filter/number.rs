//! Exact numbers: integers of BIGINT's two ranges and decimals of 65 digits.
//! No floating point anywhere.

use std::cmp::Ordering;

use crate::rows::Decimal as Stored;

use super::wide::Wide;

/// A number of a row or a filter.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    /// An integer; values of results are checked against BIGINT's range.
    Int(i128),
    /// A decimal.
    Decimal(Decimal),
}

/// A decimal: digits without point, and how many stand behind it. Zero has no
/// sign.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal {
    negative: bool,
    digits: Wide,
    scale: u8,
}

impl Decimal {
    fn new(negative: bool, digits: Wide, scale: u8) -> Self {
        Self { negative: negative && !digits.is_zero(), digits, scale }
    }

    /// From digits without point and how many stand behind it.
    pub(super) fn from_parts(negative: bool, digits: u128, scale: u8) -> Self {
        Self::new(negative, Wide::from_u128(digits), scale)
    }

    /// Reads digits with at most one point, as the lexer leaves them.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = whole.bytes().chain(fraction.bytes()).try_fold(Wide::ZERO, |digits, byte| {
            let digit = char::from(byte).to_digit(10)?;
            digits.times_plus(10, u64::from(digit))
        })?;
        Some(Self::new(false, digits, u8::try_from(fraction.len()).ok()?))
    }

    /// The binlog's packed form; `None` when it is damaged.
    pub(super) fn of_cell(cell: Stored<'_>) -> Option<Self> {
        let mut digits = Some(Wide::ZERO);
        let negative = cell
            .groups(|value, count| {
                let power = 10_u64.pow(u32::try_from(count).unwrap_or(9).min(9));
                digits = digits.and_then(|digits| digits.times_plus(power, u64::from(value)));
            })
            .ok()?;
        Some(Self::new(negative, digits?, cell.scale()))
    }

    /// The digits without point, when they are few.
    pub(super) fn unscaled(self) -> Option<u64> {
        self.digits.to_u128().and_then(|digits| u64::try_from(digits).ok())
    }

    pub(super) const fn is_negative(self) -> bool {
        self.negative
    }

    pub(super) const fn scale(self) -> u8 {
        self.scale
    }

    /// The same value with more fractional digits.
    fn widened(self, scale: u8) -> Option<Wide> {
        self.digits.scaled(u32::from(scale.saturating_sub(self.scale)))
    }

    /// The value with this many fractional digits, halves away from zero, and
    /// at most `digits` digits in all: what is larger becomes the largest.
    pub(super) fn fitted(self, digits: u8, scale: u8) -> Option<Self> {
        let value = match self.scale.checked_sub(scale) {
            None => self.widened(scale)?,
            Some(cut) => self.digits.rounded(u32::from(cut)),
        };
        let largest = Wide::from_u128(1).scaled(u32::from(digits))?.minus(Wide::from_u128(1))?;
        Some(Self::new(self.negative, value.min(largest), scale))
    }

    /// The nearest integer, halves away from zero; `None` when it is far
    /// beyond BIGINT.
    pub(super) fn to_integer(self) -> Option<i128> {
        let value = i128::try_from(self.digits.rounded(u32::from(self.scale)).to_u128()?).ok()?;
        Some(if self.negative { -value } else { value })
    }

    pub(super) fn negated(self) -> Self {
        Self::new(!self.negative, self.digits, self.scale)
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let (left, right) = (self.widened(scale)?, other.widened(scale)?);
        if self.negative == other.negative {
            return Some(Self::new(self.negative, left.plus(right)?, scale));
        }
        Some(match left.minus(right) {
            Some(rest) => Self::new(self.negative, rest, scale),
            None => Self::new(other.negative, right.minus(left)?, scale),
        })
    }

    pub(super) fn times(self, other: Self) -> Option<Self> {
        let scale = self.scale.checked_add(other.scale)?;
        Some(Self::new(self.negative != other.negative, self.digits.times(other.digits)?, scale))
    }

    /// Whole quotient (towards zero) and rest (with the sign of `self`);
    /// `None` for division by zero, which the caller has ruled out.
    pub(super) fn divided(self, other: Self) -> Option<(Self, Self)> {
        let scale = self.scale.max(other.scale);
        let (quotient, rest) = self.widened(scale)?.divided(other.widened(scale)?)?;
        Some((Self::new(self.negative != other.negative, quotient, 0), Self::new(self.negative, rest, scale)))
    }

    fn is_zero(self) -> bool {
        self.digits.is_zero()
    }

    fn compared(self, other: Self) -> Ordering {
        if self.negative != other.negative {
            return if self.negative { Ordering::Less } else { Ordering::Greater };
        }
        let scale = self.scale.max(other.scale);
        // Two values of at most 65 digits always have room for one scale.
        let order = match (self.widened(scale), other.widened(scale)) {
            (Some(left), Some(right)) => left.cmp(&right),
            (left, right) => right.is_none().cmp(&left.is_none()).reverse(),
        };
        if self.negative { order.reverse() } else { order }
    }

    fn text(self) -> String {
        let scale = usize::from(self.scale);
        let mut digits = self.digits.text();
        while digits.len() <= scale {
            digits.insert(0, '0');
        }
        if scale > 0 {
            digits.insert(digits.len() - scale, '.');
        }
        if self.negative { format!("-{digits}") } else { digits }
    }
}

impl From<i128> for Decimal {
    fn from(value: i128) -> Self {
        Self::new(value < 0, Wide::from_u128(value.unsigned_abs()), 0)
    }
}

impl Number {
    pub(super) fn decimal(self) -> Decimal {
        match self {
            Self::Int(value) => Decimal::from(value),
            Self::Decimal(decimal) => decimal,
        }
    }

    pub(super) fn is_zero(self) -> bool {
        match self {
            Self::Int(value) => value == 0,
            Self::Decimal(decimal) => decimal.is_zero(),
        }
    }

    pub(super) fn is_negative(self) -> bool {
        match self {
            Self::Int(value) => value < 0,
            Self::Decimal(decimal) => decimal.negative,
        }
    }

    pub(super) fn compared(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => left.cmp(&right),
            (left, right) => left.decimal().compared(right.decimal()),
        }
    }

    /// As the servers write it.
    pub(super) fn text(self) -> String {
        match self {
            Self::Int(value) => value.to_string(),
            Self::Decimal(decimal) => decimal.text(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        let value = Decimal::parse(digits).expect("digits");
        if negative { value.negated() } else { value }
    }

    #[test]
    fn decimals_compare_by_value_at_any_scale() {
        let wide = "12345678901234567890123456789012345.123456789012345678901234567890";
        for (left, right, order) in [
            ("1.50", "1.5", Ordering::Equal),
            ("-0.0", "0", Ordering::Equal),
            ("-2", "1", Ordering::Less),
            ("-2", "-1", Ordering::Less),
            (wide, &format!("{wide}0"), Ordering::Equal),
            (wide, "12345678901234567890123456789012346", Ordering::Less),
        ] {
            assert_eq!(decimal(left).compared(decimal(right)), order, "{left} {right}");
        }
    }

    #[test]
    fn arithmetic_keeps_scale_and_sign() {
        let (seven, sevenths) = (decimal("-7.50"), decimal("0.7"));
        let text = |value: Option<Decimal>| Number::Decimal(value.expect("fits")).text();
        assert_eq!(text(seven.plus(sevenths)), "-6.80");
        assert_eq!(text(seven.times(sevenths)), "-5.250");
        let (quotient, rest) = seven.divided(sevenths).expect("no zero");
        assert_eq!((text(Some(quotient)).as_str(), text(Some(rest)).as_str()), ("-10", "-0.50"));
        assert_eq!(text(decimal("-2.345").fitted(5, 2)), "-2.35");
        assert_eq!(text(decimal("1234.5").fitted(5, 2)), "999.99");
        assert_eq!(decimal("-2.5").to_integer(), Some(-3));
        assert_eq!(text(decimal("0.05").fitted(3, 3)), "0.050");
    }
}
