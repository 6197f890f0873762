//! Floating point numbers as text: shortest digits that round-trip, plain or
//! with an exponent exactly where the database's own printing switches.

/// Doubles from here on would be rounded to 16 digits that read back as infinity.
const TOP_DOUBLE: f64 = 1.797_693_134_862_315_5e308;

/// Appends a DOUBLE with at most `max_digits` significant digits (half-even),
/// or as many as it needs where rounding would leave the range of doubles.
/// NaN and infinities can't be stored by the database; they become `null`.
pub fn write_double(out: &mut Vec<u8>, value: f64, max_digits: usize) {
    if !value.is_finite() {
        out.extend_from_slice(b"null");
        return;
    }
    let max_digits = if value.abs() >= TOP_DOUBLE { 17 } else { max_digits };
    write_shortest(out, ryu::Buffer::new().format_finite(value), max_digits);
}

/// Appends a FLOAT with at most `max_digits` significant digits; the largest one
/// keeps all of its own, for the same reason.
pub fn write_float(out: &mut Vec<u8>, value: f32, max_digits: usize) {
    if !value.is_finite() {
        out.extend_from_slice(b"null");
        return;
    }
    let max_digits = if value.abs() >= f32::MAX { 9 } else { max_digits };
    write_shortest(out, ryu::Buffer::new().format_finite(value), max_digits);
}

/// Largest and smallest place of the decimal point for plain notation, as in
/// MySQL's `my_gcvt`.
const PLAIN: std::ops::RangeInclusive<i32> = -14..=15;

/// Re-writes a shortest number text (`1.5e-7`, `123.0`).
fn write_shortest(out: &mut Vec<u8>, text: &str, max_digits: usize) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let unsigned = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    let leading = digits.iter().take_while(|digit| **digit == b'0').count();
    digits.drain(..leading);
    if mantissa.starts_with('-') {
        out.push(b'-');
    }
    if digits.is_empty() {
        out.push(b'0');
        return;
    }
    // value = 0.DIGITS x 10^point
    let mut point = i32::try_from(whole.len()).unwrap_or(0) + exponent - i32::try_from(leading).unwrap_or(0);
    if round_half_even(&mut digits, max_digits) {
        point += 1;
    }
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    if PLAIN.contains(&point) {
        write_plain(out, &digits, point);
    } else {
        write_exponent(out, &digits, point - 1);
    }
}

/// Cuts to `max` digits; `true` when a carry made the number one digit longer.
fn round_half_even(digits: &mut Vec<u8>, max: usize) -> bool {
    let Some((kept, cut)) = digits.split_at_checked(max) else { return false };
    let Some((first, rest)) = cut.split_first() else { return false };
    let odd = kept.last().is_some_and(|digit| (digit - b'0') % 2 == 1);
    let up = match first.cmp(&b'5') {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => rest.iter().any(|digit| *digit != b'0') || odd,
    };
    digits.truncate(max);
    if !up {
        return false;
    }
    for digit in digits.iter_mut().rev() {
        if *digit == b'9' {
            *digit = b'0';
        } else {
            *digit += 1;
            return false;
        }
    }
    digits.insert(0, b'1');
    true
}

fn write_plain(out: &mut Vec<u8>, digits: &[u8], point: i32) {
    match usize::try_from(point) {
        Ok(whole) if whole > 0 => {
            let (head, tail) = digits.split_at_checked(whole).unwrap_or((digits, &[]));
            out.extend_from_slice(head);
            out.resize(out.len() + whole.saturating_sub(head.len()), b'0');
            if !tail.is_empty() {
                out.push(b'.');
                out.extend_from_slice(tail);
            }
        }
        _ => {
            out.extend_from_slice(b"0.");
            let zeros = usize::try_from(-point).unwrap_or(0);
            out.resize(out.len() + zeros, b'0');
            out.extend_from_slice(digits);
        }
    }
}

fn write_exponent(out: &mut Vec<u8>, digits: &[u8], exponent: i32) {
    if let Some((head, tail)) = digits.split_first() {
        out.push(*head);
        if !tail.is_empty() {
            out.push(b'.');
            out.extend_from_slice(tail);
        }
    }
    out.push(b'e');
    out.extend_from_slice(exponent.to_string().as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double(value: f64) -> String {
        let mut out = Vec::new();
        write_double(&mut out, value, 16);
        String::from_utf8(out).expect("ascii")
    }

    #[test]
    fn doubles_look_as_select_shows_them() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-2.5, "-2.5"),
            (9.999_999_999_999, "9.999999999999"),
            (1e14, "100000000000000"),
            (1e15, "1e15"),
            (0.000_1, "0.0001"),
            (1e-15, "0.000000000000001"),
            (1e-16, "1e-16"),
            (1.5e300, "1.5e300"),
            (0.1 + 0.2, "0.3"),
            (1.797_693_134_862_315_7e308, "1.7976931348623157e308"),
        ] {
            assert_eq!(double(value), text);
        }
    }

    #[test]
    fn floats_keep_seven_digits() {
        let mut out = Vec::new();
        write_float(&mut out, 1.2222, 7);
        out.push(b' ');
        write_float(&mut out, 16_777_216.0, 7);
        assert_eq!(String::from_utf8(out).expect("ascii"), "1.2222 16777220");
    }

    #[test]
    fn rounding_carries() {
        let mut out = Vec::new();
        write_shortest(&mut out, "9.9999", 3);
        assert_eq!(out, b"10");
    }
}
