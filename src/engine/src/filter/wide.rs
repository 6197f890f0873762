//! Whole numbers of up to 154 decimal digits, on the stack: room for the
//! product of two 65-digit decimals or for two decimals brought to one scale.
//!
//! Own code because it needs six operations only, must not allocate for each
//! row, and must say when it overflows; crates for exact decimals allocate or
//! stop at 28 digits.

use std::cmp::Ordering;

const LIMBS: usize = 8;

/// An unsigned whole number, lowest limb first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wide([u64; LIMBS]);

impl Wide {
    pub(super) const ZERO: Self = Self([0; LIMBS]);

    pub(super) fn from_u128(value: u128) -> Self {
        let mut limbs = [0; LIMBS];
        let [low, high, ..] = &mut limbs;
        (*low, *high) = (low_half(value), low_half(value >> 64));
        Self(limbs)
    }

    /// The value, when it fits.
    pub(super) fn to_u128(self) -> Option<u128> {
        let [low, high, rest @ ..] = self.0;
        rest.iter().all(|limb| *limb == 0).then(|| u128::from(low) | u128::from(high) << 64)
    }

    pub(super) fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// `self * factor + more`; `None` on overflow.
    pub(super) fn times_plus(self, factor: u64, more: u64) -> Option<Self> {
        let mut out = self;
        let mut carry = u128::from(more);
        for limb in &mut out.0 {
            let value = u128::from(*limb) * u128::from(factor) + carry;
            *limb = low_half(value);
            carry = value >> 64;
        }
        (carry == 0).then_some(out)
    }

    /// `self * 10^power`.
    pub(super) fn scaled(self, power: u32) -> Option<Self> {
        let mut out = self;
        let mut left = power;
        while left > 0 {
            let step = left.min(19);
            out = out.times_plus(10_u64.pow(step), 0)?;
            left -= step;
        }
        Some(out)
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let mut out = self;
        let mut carry = false;
        for (limb, more) in out.0.iter_mut().zip(other.0) {
            let (sum, first) = limb.overflowing_add(more);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            *limb = sum;
            carry = first || second;
        }
        (!carry).then_some(out)
    }

    /// `self - other`; `None` when that is below zero.
    pub(super) fn minus(self, other: Self) -> Option<Self> {
        let mut out = self;
        let mut borrow = false;
        for (limb, less) in out.0.iter_mut().zip(other.0) {
            let (rest, first) = limb.overflowing_sub(less);
            let (rest, second) = rest.overflowing_sub(u64::from(borrow));
            *limb = rest;
            borrow = first || second;
        }
        (!borrow).then_some(out)
    }

    pub(super) fn times(self, other: Self) -> Option<Self> {
        let mut out = Self::ZERO;
        for limb in other.0.iter().rev() {
            out = out.shifted_limb()?.plus(self.times_plus(*limb, 0)?)?;
        }
        Some(out)
    }

    /// `self * 2^64`.
    fn shifted_limb(self) -> Option<Self> {
        let mut limbs = self.0;
        limbs.rotate_right(1);
        let [low, ..] = limbs;
        (low == 0).then_some(Self(limbs))
    }

    /// Quotient and rest of a division by a small number that isn't zero.
    pub(super) fn divided_small(self, divisor: u64) -> (Self, u64) {
        let mut out = self;
        let mut rest: u128 = 0;
        for limb in out.0.iter_mut().rev() {
            let value = rest << 64 | u128::from(*limb);
            *limb = low_half(value.checked_div(u128::from(divisor)).unwrap_or(0));
            rest = value.checked_rem(u128::from(divisor)).unwrap_or(0);
        }
        (out, low_half(rest))
    }

    /// Quotient and rest; `None` for division by zero.
    pub(super) fn divided(self, divisor: Self) -> Option<(Self, Self)> {
        if divisor.is_zero() {
            return None;
        }
        if let (Some(value), Some(by)) = (self.to_u128(), divisor.to_u128()) {
            return Some((Self::from_u128(value / by), Self::from_u128(value % by)));
        }
        let (mut quotient, mut rest) = (Self::ZERO, Self::ZERO);
        for limb in self.0.iter().rev() {
            for bit in (0..64).rev() {
                rest = rest.times_plus(2, limb >> bit & 1)?;
                let fits = rest.minus(divisor);
                rest = fits.unwrap_or(rest);
                quotient = quotient.times_plus(2, u64::from(fits.is_some()))?;
            }
        }
        Some((quotient, rest))
    }

    /// `self / 10^power`, the half rounded up.
    pub(super) fn rounded(self, power: u32) -> Self {
        let mut out = self;
        for step in (1..=power).rev() {
            let (quotient, rest) = out.divided_small(10);
            out = quotient;
            if step == 1 && rest >= 5 {
                out = out.plus(Self::from_u128(1)).unwrap_or(out);
            }
        }
        out
    }

    /// All digits, without leading zeros; `0` for zero.
    pub(super) fn text(self) -> String {
        let mut digits = Vec::new();
        let mut left = self;
        loop {
            let (quotient, digit) = left.divided_small(10);
            digits.push(char::from(b'0' + u8::try_from(digit).unwrap_or_default()));
            left = quotient;
            if left.is_zero() {
                return digits.into_iter().rev().collect();
            }
        }
    }
}

impl PartialOrd for Wide {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Wide {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low half is what is wanted")]
const fn low_half(value: u128) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(digits: &str) -> Wide {
        digits
            .bytes()
            .fold(Wide::ZERO, |wide, digit| wide.times_plus(10, u64::from(digit - b'0')).expect("fits"))
    }

    const NINES: &str = "99999999999999999999999999999999999999999999999999999999999999999";

    #[test]
    fn products_of_65_digits_are_exact() {
        let product = wide(NINES).times(wide(NINES)).expect("130 digits");
        let expected = format!("{}8{}1", "9".repeat(64), "0".repeat(64));
        assert_eq!(product.text(), expected);
        let (quotient, rest) = product.plus(wide("7")).expect("fits").divided(wide(NINES)).expect("no zero");
        assert_eq!((quotient.text().as_str(), rest.text().as_str()), (NINES, "7"));
    }

    #[test]
    fn limits_are_told() {
        assert!(wide(NINES).scaled(100).is_none());
        assert!(wide("1").minus(wide("2")).is_none());
        assert!(wide("1").divided(Wide::ZERO).is_none());
        assert!(wide("18446744073709551616") > wide("18446744073709551615"));
    }

    #[test]
    fn halves_round_up() {
        for (digits, power, expected) in [("149", 2, "1"), ("150", 2, "2"), ("5", 1, "1"), ("49", 3, "0")] {
            assert_eq!(wide(digits).rounded(power).text(), expected);
        }
    }
}
