//! JSON text written straight into a buffer.

/// For each byte: 0 copied as it is, `u` written as `\u00XX`, else the letter
/// behind the backslash.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
static ESCAPES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = b'u';
        byte += 1;
    }
    table[0x08] = b'b';
    table[0x09] = b't';
    table[0x0a] = b'n';
    table[0x0c] = b'f';
    table[0x0d] = b'r';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table
};

fn escape_of(byte: u8) -> u8 {
    ESCAPES.get(usize::from(byte)).copied().unwrap_or(0)
}

/// Appends `text` with quotes; only `"`, `\` and control characters are
/// escaped, everything else stays as it is.
pub fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    write_escaped(out, text.as_bytes());
    out.push(b'"');
}

/// Appends the inside of a JSON string.
pub fn write_escaped(out: &mut Vec<u8>, bytes: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut rest = bytes;
    while let Some(place) = rest.iter().position(|byte| escape_of(*byte) != 0) {
        let Some((plain, tail)) = rest.split_at_checked(place) else { break };
        out.extend_from_slice(plain);
        let Some((byte, tail)) = tail.split_first() else { break };
        out.push(b'\\');
        match escape_of(*byte) {
            b'u' => {
                out.extend_from_slice(b"u00");
                for nibble in [byte >> 4, byte & 15] {
                    out.push(HEX.get(usize::from(nibble)).copied().unwrap_or(b'0'));
                }
            }
            letter => out.push(letter),
        }
        rest = tail;
    }
    out.extend_from_slice(rest);
}

/// Appends an unsigned number.
#[inline]
pub fn write_uint(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        if let Some(digit) = digits.get_mut(start) {
            *digit = b'0' + u8::try_from(value % 10).unwrap_or_default();
        }
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(start..).unwrap_or_default());
}

/// Appends a signed number.
#[inline]
pub fn write_int(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    write_uint(out, value.unsigned_abs());
}

/// Appends a number with at least `width` digits.
#[inline]
pub fn write_padded(out: &mut Vec<u8>, value: u32, width: u32) {
    let mut divisor = 10_u32.pow(width.saturating_sub(1));
    while divisor > value.max(1) && divisor > 1 {
        out.push(b'0');
        divisor /= 10;
    }
    write_uint(out, u64::from(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_escape_as_json_wants() {
        let mut out = Vec::new();
        write_string(&mut out, "a\"\\\n\u{1}\u{1f}中😀/\u{7f}");
        assert_eq!(out, "\"a\\\"\\\\\\n\\u0001\\u001f中😀/\u{7f}\"".as_bytes());
        let back: String = serde_json::from_slice(&out).expect("json");
        assert_eq!(back, "a\"\\\n\u{1}\u{1f}中😀/\u{7f}");
    }

    #[test]
    fn numbers() {
        let mut out = Vec::new();
        write_int(&mut out, i64::MIN);
        out.push(b' ');
        write_uint(&mut out, u64::MAX);
        out.push(b' ');
        write_padded(&mut out, 7, 2);
        write_padded(&mut out, 0, 4);
        write_padded(&mut out, 123, 2);
        assert_eq!(out, b"-9223372036854775808 18446744073709551615 070000123");
    }
}
