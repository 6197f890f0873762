//! FLOAT and DOUBLE as Java prints them (`Float.toString`, `Double.toString`): the shortest digits that
//! read back as the same number, at least one behind the point, an exponent below 10⁻³ and from 10⁷ on.
//! Java before 19 prints a digit too many for a few numbers; that fault is not repeated.

use std::io::Write;

/// Appends a DOUBLE. NaN and infinities, which no server stores, become `null`.
pub fn write_double(out: &mut Vec<u8>, value: f64) {
    if !value.is_finite() {
        out.extend_from_slice(b"null");
        return;
    }
    write(out, Digits::of(format_args!("{value:e}")), || {
        let two = Digits::of(format_args!("{value:.1e}"));
        (two.text().parse() == Ok(value)).then_some(two)
    });
}

/// Appends a FLOAT, as [`write_double`].
pub fn write_float(out: &mut Vec<u8>, value: f32) {
    if !value.is_finite() {
        out.extend_from_slice(b"null");
        return;
    }
    write(out, Digits::of(format_args!("{value:e}")), || {
        let two = Digits::of(format_args!("{value:.1e}"));
        (two.text().parse() == Ok(value)).then_some(two)
    });
}

/// Scientific text such as `-1.5e-7`, without allocation.
struct Digits {
    bytes: [u8; 32],
    length: usize,
}

impl Digits {
    fn of(text: std::fmt::Arguments<'_>) -> Self {
        let mut bytes = [0; 32];
        let mut rest = bytes.as_mut_slice();
        // Seventeen digits with sign, point and exponent always fit.
        let left = if rest.write_fmt(text).is_ok() { rest.len() } else { 32 };
        Self { bytes, length: 32 - left }
    }

    fn text(&self) -> &str {
        let written = self.bytes.get(..self.length).unwrap_or_default();
        std::str::from_utf8(written).unwrap_or_default()
    }
}

fn write(out: &mut Vec<u8>, shortest: Digits, two: impl FnOnce() -> Option<Digits>) {
    // Java shows two digits at least, and the nearest two if one would do: 4.9E-324, not 5E-324.
    let digits = if shortest.text().contains('.') { shortest } else { two().unwrap_or(shortest) };
    let (mantissa, exponent) = digits.text().split_once('e').unwrap_or((digits.text(), "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let unsigned = mantissa.strip_prefix('-').unwrap_or(mantissa);
    if unsigned.len() < mantissa.len() {
        out.push(b'-');
    }
    let (first, rest) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let all = || first.bytes().chain(rest.bytes());
    match usize::try_from(exponent) {
        Ok(exponent) if exponent < 7 => {
            let zeros = std::iter::repeat(b'0');
            let mut places = all().chain(zeros);
            out.extend(places.by_ref().take(exponent + 1));
            out.push(b'.');
            out.extend(places.take(rest.len().saturating_sub(exponent).max(1)));
        }
        Err(_) if exponent >= -3 => {
            out.extend_from_slice(b"0.");
            let zeros = usize::try_from(-exponent - 1).unwrap_or(0);
            out.extend(std::iter::repeat_n(b'0', zeros).chain(all()));
            // The second digit that Java asks for may be the zero of a single one.
            if rest == "0" {
                out.pop();
            }
        }
        _ => {
            out.extend_from_slice(first.as_bytes());
            out.push(b'.');
            out.extend_from_slice(if rest.is_empty() { b"0" } else { rest.as_bytes() });
            out.push(b'E');
            out.extend_from_slice(exponent.to_string().as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_java_prints_them() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-2.5, "-2.5"),
            (100.0, "100.0"),
            (123_456.75, "123456.75"),
            (9_999_999.0, "9999999.0"),
            (10_000_000.0, "1.0E7"),
            (123_456_789.125, "1.23456789125E8"),
            (0.1, "0.1"),
            (0.001, "0.001"),
            (0.012_5, "0.0125"),
            (0.000_999, "9.99E-4"),
            (2e23, "2.0E23"),
            (5e-324, "4.9E-324"),
            (1e-323, "9.9E-324"),
            (1.797_693_134_862_315_7e308, "1.7976931348623157E308"),
        ] {
            let mut out = Vec::new();
            write_double(&mut out, value);
            assert_eq!(String::from_utf8(out).expect("ascii"), text);
        }
        for (value, text) in
            [(1.2222, "1.2222"), (1.4e-45, "1.4E-45"), (3.402_823_5e38, "3.4028235E38"), (0.002, "0.002")]
        {
            let mut out = Vec::new();
            write_float(&mut out, value);
            assert_eq!(String::from_utf8(out).expect("ascii"), text);
        }
    }
}
