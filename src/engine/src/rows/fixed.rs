//! Values of a fixed length that servers show as a text: INET4, INET6 and UUID of
//! MariaDB. The log has them in the order of their text, with the last zero bytes
//! left out, as of a BINARY column.

use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::log::wire::{Malformed, Wire};

/// The bytes with the zeros that were left out.
fn padded<const N: usize>(bytes: &[u8], what: &'static str) -> Wire<[u8; N]> {
    let mut padded = [0; N];
    padded.get_mut(..bytes.len()).ok_or(Malformed::new(what))?.copy_from_slice(bytes);
    Ok(padded)
}

pub(super) fn inet4(bytes: &[u8]) -> Wire<String> {
    Ok(Ipv4Addr::from(padded::<4>(bytes, "INET4 value")?).to_string())
}

/// As the server shows it: the first of the longest runs of zero words is left out,
/// also one of a single word, and the last four bytes stand with dots where the
/// address is one of IPv4 in disguise. Standard libraries do neither.
pub(super) fn inet6(bytes: &[u8]) -> Wire<String> {
    const WHAT: &str = "INET6 value";
    let bytes = padded::<16>(bytes, WHAT)?;
    let words = Ipv6Addr::from(bytes).segments();
    let (mut start, mut length) = (0, 0);
    for (index, _) in words.iter().enumerate() {
        let zeros = words.iter().skip(index).take_while(|word| **word == 0).count();
        if zeros > length {
            (start, length) = (index, zeros);
        }
    }
    let [.., mapped, _, _] = words;
    let [.., a, b, c, d] = bytes;
    let dotted = start == 0 && (length == 6 || (length == 5 && mapped == 0xffff));
    let shown = if dotted { 6 } else { words.len() };
    let mut text = String::with_capacity(39);
    for (index, word) in words.iter().enumerate().take(shown) {
        if index >= start && index < start + length {
            if index == start {
                text.push_str("::");
            }
            continue;
        }
        if !text.is_empty() && !text.ends_with(':') {
            text.push(':');
        }
        write!(text, "{word:x}").map_err(|_| Malformed::new(WHAT))?;
    }
    if dotted {
        let between = if text.ends_with(':') { "" } else { ":" };
        write!(text, "{between}{}", Ipv4Addr::new(a, b, c, d)).map_err(|_| Malformed::new(WHAT))?;
    }
    Ok(text)
}

pub(super) fn uuid(bytes: &[u8]) -> Wire<String> {
    let bytes = padded::<16>(bytes, "UUID value")?;
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        write!(text, "{byte:02x}").map_err(|_| Malformed::new("UUID value"))?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_values_end_in_zeros() {
        assert_eq!(inet4(&[192, 168]).as_deref(), Ok("192.168.0.0"));
        assert_eq!(inet4(&[]).as_deref(), Ok("0.0.0.0"));
        assert_eq!(inet6(&[]).as_deref(), Ok("::"));
        assert_eq!(inet6(&[0x20, 0x01, 0x0d, 0xb8]).as_deref(), Ok("2001:db8::"));
        assert_eq!(inet6(&[0, 1, 0, 0, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7]).as_deref(), Ok("1::2:3:4:5:6:7"));
        assert_eq!(inet6(&[0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7]).as_deref(), Ok("1:2:3:4:5:6:7::"));
        assert_eq!(uuid(&[0x6c]).as_deref(), Ok("6c000000-0000-0000-0000-000000000000"));
        assert!(inet4(&[0; 5]).is_err() && inet6(&[0; 17]).is_err() && uuid(&[0; 17]).is_err());
    }
}
