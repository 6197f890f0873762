//! DECIMAL as the binlog packs it: groups of nine digits, big endian, inverted
//! when negative. Layout: MySQL `decimal2bin`.

use crate::log::wire::{Malformed, Wire};
use crate::planted::{self, Planted};

const WHAT: &str = "DECIMAL value";
const GROUP: usize = 9;
/// Bytes that hold 0 to 9 left-over digits.
const BYTES: [usize; 10] = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];

/// A packed decimal with its declared shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal<'a> {
    bytes: &'a [u8],
    precision: u8,
    scale: u8,
}

/// Bytes that a DECIMAL of this shape takes; `None` for an impossible shape.
pub(super) fn packed_len(precision: u8, scale: u8) -> Option<usize> {
    let integer = usize::from(precision.checked_sub(scale)?);
    let scale = usize::from(scale);
    let part = |digits: usize| digits / GROUP * 4 + BYTES.get(digits % GROUP).copied().unwrap_or(4);
    (precision <= 65 && precision > 0).then(|| part(integer) + part(scale))
}

impl<'a> Decimal<'a> {
    /// A decimal of this shape; the byte count must fit it.
    pub fn new(bytes: &'a [u8], precision: u8, scale: u8) -> Wire<Self> {
        match packed_len(precision, scale) {
            Some(length) if length == bytes.len() => Ok(Self { bytes, precision, scale }),
            _ => Err(Malformed::new(WHAT)),
        }
    }

    /// Bytes that a decimal of this shape takes; `None` for an impossible shape.
    pub fn packed_len(precision: u8, scale: u8) -> Option<usize> {
        packed_len(precision, scale)
    }

    /// Digits behind the point.
    pub const fn scale(self) -> u8 {
        self.scale
    }

    /// Whether the stored sign is minus.
    fn negative(self) -> bool {
        self.bytes.first().is_some_and(|byte| byte & 0x80 == 0)
    }

    /// Gives each group of digits, integer part first, as a number and how many
    /// digits it stands for; returns whether the stored sign is minus.
    pub fn groups(self, mut take: impl FnMut(u32, usize)) -> Wire<bool> {
        let negative = self.negative();
        let invert = if negative { 0xff } else { 0 };
        let integer = usize::from(self.precision - self.scale);
        let scale = usize::from(self.scale);
        let mut rest = self.bytes;
        let mut first = true;
        let mut group = |rest: &mut &[u8], count: usize| -> Wire<()> {
            let size = if count == GROUP { 4 } else { BYTES.get(count).copied().unwrap_or(4) };
            let (head, tail) = rest.split_at_checked(size).ok_or(Malformed::new(WHAT))?;
            *rest = tail;
            let mut value: u32 = 0;
            for byte in head {
                let mut byte = byte ^ invert;
                if first {
                    // The top bit of the first byte is the sign.
                    byte ^= 0x80;
                    first = false;
                }
                value = (value << 8) | u32::from(byte);
            }
            let limit = 10_u32.checked_pow(u32::try_from(count).map_err(|_| Malformed::new(WHAT))?);
            if limit.is_none_or(|limit| value >= limit) {
                return Err(Malformed::new(WHAT));
            }
            take(value, count);
            Ok(())
        };
        if integer % GROUP > 0 {
            group(&mut rest, integer % GROUP)?;
        }
        for _ in 0..integer / GROUP + scale / GROUP {
            group(&mut rest, GROUP)?;
        }
        if scale % GROUP > 0 {
            group(&mut rest, scale % GROUP)?;
        }
        Ok(negative)
    }

    /// Writes all digits, integer part first, without sign and point, into
    /// `digits`; returns how many belong to the integer part.
    fn digits(self, digits: &mut Digits) -> Wire<usize> {
        let mut fits = Ok(());
        self.groups(|value, count| fits = fits.and_then(|()| digits.push_number(value, count)))?;
        fits.map(|()| usize::from(self.precision - self.scale))
    }

    /// Appends the plain text with all declared fractional digits:
    /// `-0.0500`, `12`, `0.00`.
    pub fn write_plain(self, out: &mut Vec<u8>) -> Wire<()> {
        let mut digits = Digits::default();
        let integer = self.digits(&mut digits)?;
        let all = digits.as_slice();
        let (whole, fraction) = all.split_at_checked(integer).ok_or(Malformed::new(WHAT))?;
        if !planted::is(Planted::MinusLost) && self.negative() && all.iter().any(|digit| *digit != b'0') {
            out.push(b'-');
        }
        let skip = whole.iter().take_while(|digit| **digit == b'0').count();
        match whole.get(skip..) {
            Some(shown) if !shown.is_empty() => out.extend_from_slice(shown),
            _ => out.push(b'0'),
        }
        if !fraction.is_empty() {
            out.push(b'.');
            out.extend_from_slice(fraction);
        }
        Ok(())
    }

    /// Appends the plain text as Canal prints it: fractional digits beyond a multiple of nine are left
    /// out when all of them are zero, but for one digit: `1.50`, `1.0` for 1.00.
    pub fn write_canal(self, out: &mut Vec<u8>) -> Wire<()> {
        self.write_plain(out)?;
        let scale = usize::from(self.scale);
        let beyond = out.len().saturating_sub(scale % GROUP);
        if out.get(beyond..).unwrap_or_default().iter().all(|digit| *digit == b'0') {
            out.truncate(beyond);
            if out.last() == Some(&b'.') {
                out.push(b'0');
            }
        }
        Ok(())
    }

    /// Appends the text that Java's `BigDecimal.toString` gives: plain while
    /// the adjusted exponent is at least -6, scientific below.
    pub fn write_scientific(self, out: &mut Vec<u8>) -> Wire<()> {
        let mut digits = Digits::default();
        self.digits(&mut digits)?;
        let all = digits.as_slice();
        let skip = all.iter().take_while(|digit| **digit == b'0').count();
        // Java's unscaled value of zero has one digit.
        let unscaled = all.get(skip.min(all.len().saturating_sub(1))..).unwrap_or_default();
        let scale = i32::from(self.scale);
        let exponent = i32::try_from(unscaled.len()).map_err(|_| Malformed::new(WHAT))? - 1 - scale;
        if exponent >= -6 {
            return self.write_plain(out);
        }
        let Some((head, tail)) = unscaled.split_first() else { return Err(Malformed::new(WHAT)) };
        if self.negative() && unscaled.iter().any(|digit| *digit != b'0') {
            out.push(b'-');
        }
        out.push(*head);
        if !tail.is_empty() {
            out.push(b'.');
            out.extend_from_slice(tail);
        }
        out.push(b'E');
        out.extend_from_slice(exponent.to_string().as_bytes());
        Ok(())
    }
}

/// Digits on the stack: at most 65, and a group may carry a few more zeros.
struct Digits {
    buffer: [u8; 81],
    length: usize,
}

impl Default for Digits {
    fn default() -> Self {
        Self { buffer: [b'0'; 81], length: 0 }
    }
}

impl Digits {
    fn push_number(&mut self, mut value: u32, count: usize) -> Wire<()> {
        let slot = self.buffer.get_mut(self.length..self.length + count).ok_or(Malformed::new(WHAT))?;
        for digit in slot.iter_mut().rev() {
            *digit = b'0' + u8::try_from(value % 10).unwrap_or_default();
            value /= 10;
        }
        if value != 0 {
            return Err(Malformed::new(WHAT));
        }
        self.length += count;
        Ok(())
    }

    fn as_slice(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(bytes: &[u8], precision: u8, scale: u8) -> (String, String) {
        let decimal = Decimal::new(bytes, precision, scale).expect("shape");
        let (mut plain, mut scientific) = (Vec::new(), Vec::new());
        decimal.write_plain(&mut plain).expect("digits");
        decimal.write_scientific(&mut scientific).expect("digits");
        (String::from_utf8(plain).expect("ascii"), String::from_utf8(scientific).expect("ascii"))
    }

    #[test]
    fn known_packings() {
        // 1234567890.1234 as DECIMAL(14,4), and its negative (MySQL's own example).
        let positive = [0x81, 0x0d, 0xfb, 0x38, 0xd2, 0x04, 0xd2];
        assert_eq!(both(&positive, 14, 4).0, "1234567890.1234");
        let negative: Vec<u8> = positive.iter().map(|byte| !byte).collect();
        assert_eq!(both(&negative, 14, 4).0, "-1234567890.1234");
        assert_eq!(both(&[0x80, 0x00], 3, 2).0, "0.00");
    }

    #[test]
    fn scientific_below_minus_six() {
        // DECIMAL(9,9): 0.000000100 -> 1.00E-7, 0.000001000 stays plain.
        assert_eq!(both(&[0x80, 0, 0, 100], 9, 9), ("0.000000100".into(), "1.00E-7".into()));
        assert_eq!(both(&[0x80, 0, 3, 0xe8], 9, 9).1, "0.000001000");
        assert_eq!(both(&[0x80, 0, 0, 0], 9, 9).1, "0E-9");
    }

    #[test]
    fn wrong_lengths_and_digits_are_refused() {
        assert!(Decimal::new(&[0x80], 14, 4).is_err());
        assert!(packed_len(4, 5).is_none());
        let mut out = Vec::new();
        assert!(Decimal::new(&[0xff], 2, 0).expect("shape").write_plain(&mut out).is_err());
    }
}
