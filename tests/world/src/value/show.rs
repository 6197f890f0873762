//! What a value looks like in a message, by the documented rules of the formats
//! and by nothing else.

use super::{Column, Day, Hours, Type, Value};

/// Which rules a format follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Bare numbers; decimals as Java's `BigDecimal.toString`.
    Default,
    /// Bare numbers, decimals plain.
    Plain,
    /// Everything in quotes, decimals plain.
    Canal,
    /// Debezium's own.
    Debezium,
}

/// A value as JSON shows it.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// `null`.
    Null,
    /// A bare number with exactly these digits.
    Digits(String),
    /// A bare number of this size, however it is spelt.
    Size(f64),
    /// A text in quotes.
    Text(String),
    /// A number of this size in quotes.
    QuotedSize(f64),
}

/// How a format shows a value of a column.
///
/// # Panics
/// When value and type do not belong together.
#[must_use]
pub fn show(value: &Value, column: &Column, rules: Rules) -> Shown {
    if *value == Value::Null {
        return Shown::Null;
    }
    if rules == Rules::Debezium
        && let Some(shown) = debezium(value, &column.kind)
    {
        return shown;
    }
    let number = |digits: String| {
        if rules == Rules::Canal { Shown::Text(digits) } else { Shown::Digits(digits) }
    };
    let size = |size: f64| if rules == Rules::Canal { Shown::QuotedSize(size) } else { Shown::Size(size) };
    match (value, &column.kind) {
        (Value::Int(value), _) => number(value.to_string()),
        (Value::Year(0), _) => number("0".to_owned()),
        (Value::Year(year), _) => number(year.to_string()),
        (Value::Float(value), _) => size(f64::from(*value)),
        (Value::Double(value), _) => size(*value),
        (Value::Decimal { negative, digits }, Type::Decimal { scale, .. }) => number(match rules {
            Rules::Default => java_decimal(*negative, digits, *scale),
            Rules::Plain | Rules::Canal | Rules::Debezium => plain_decimal(*negative, digits, *scale),
        }),
        (Value::Bits(bits), _) => Shown::Text(base64(&significant(*bits))),
        (Value::Bytes(bytes), _) => Shown::Text(base64(bytes)),
        (Value::Text(text), _) => Shown::Text(text.clone()),
        (Value::Enum(index), Type::Enum(labels)) => Shown::Text(labels[usize::from(*index) - 1].clone()),
        (Value::Set(bits), Type::Set(labels)) => {
            let chosen = labels.iter().enumerate().filter(|(index, _)| bits & (1 << index) != 0);
            Shown::Text(chosen.map(|(_, label)| label.as_str()).collect::<Vec<_>>().join(","))
        }
        (Value::Date(day), _) => Shown::Text(date(*day)),
        (Value::Time(span), _) => Shown::Text(clock(*span)),
        (Value::DateTime(day, hours), _) => Shown::Text(format!("{} {}", date(*day), clock(*hours))),
        (Value::Timestamp { seconds, micros }, _) => Shown::Text(format!("{seconds}{}", fraction(*micros))),
        (Value::Json(document), _) => Shown::Text(document.text()),
        (value, kind) => panic!("{value:?} is no {kind:?}"),
    }
}

/// What Debezium shows otherwise than the other formats.
fn debezium(value: &Value, kind: &Type) -> Option<Shown> {
    Some(match (value, kind) {
        (Value::Int(value), Type::Int { bytes: 8, unsigned: true }) => Shown::Text(value.to_string()),
        (Value::Decimal { negative, digits }, Type::Decimal { scale, .. }) => {
            Shown::Text(plain_decimal(*negative, digits, *scale))
        }
        (Value::Bits(bits), _) => Shown::Text(hex(&significant(*bits))),
        (Value::Bytes(bytes), _) => Shown::Text(hex(bytes)),
        (Value::Date(day), _) => whole(days(*day)),
        (Value::Time(span), _) => {
            let micros = span_micros(*span);
            whole(Some(if span.negative { -micros } else { micros }))
        }
        (Value::DateTime(day, hours), _) => {
            whole(days(*day).map(|days| days * 86_400_000 + span_micros(*hours) / 1000))
        }
        (Value::Timestamp { seconds, micros }, _) => {
            let (day, rest) = (seconds / 86_400, seconds % 86_400);
            let Day { year, month, day } = civil(i64::from(day));
            let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
            let point = fraction(*micros);
            Shown::Text(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{point}Z"))
        }
        _ => return None,
    })
}

fn whole(value: Option<i64>) -> Shown {
    value.map_or(Shown::Null, |value| Shown::Digits(value.to_string()))
}

fn span_micros(span: Hours) -> i64 {
    let seconds = i64::from(span.hours) * 3600 + i64::from(span.minutes) * 60 + i64::from(span.seconds);
    seconds * 1_000_000 + i64::from(span.micros)
}

/// Days since 1970; nothing for a day that no calendar has.
fn days(day: Day) -> Option<i64> {
    if day.month == 0 || day.day == 0 {
        return None;
    }
    let (year, month) = (i64::from(day.year), i64::from(day.month));
    // Years that begin in March end with the leap day.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(before + (153 * month + 2) / 5 + i64::from(day.day) - 1 - 719_468)
}

/// The day of a number of days since 1970, from there on.
fn civil(days: i64) -> Day {
    let mut rest = days;
    let leap = |year: u16| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while rest >= 365 + i64::from(leap(year)) {
        rest -= 365 + i64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while rest >= lengths[month] {
        rest -= lengths[month];
        month += 1;
    }
    Day { year, month: month as u8 + 1, day: rest as u8 + 1 }
}

fn date(day: Day) -> String {
    format!("{:04}-{:02}-{:02}", day.year, day.month, day.day)
}

fn clock(span: Hours) -> String {
    let sign = if span.negative { "-" } else { "" };
    let Hours { hours, minutes, seconds, micros, .. } = span;
    format!("{sign}{hours:02}:{minutes:02}:{seconds:02}{}", fraction(micros))
}

fn fraction(micros: u32) -> String {
    if micros == 0 { String::new() } else { format!(".{micros:06}").trim_end_matches('0').to_owned() }
}

fn plain_decimal(negative: bool, digits: &str, scale: u8) -> String {
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(scale));
    let whole = whole.trim_start_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    let whole = if whole.is_empty() { "0" } else { whole };
    format!("{}{whole}{point}{fraction}", if negative { "-" } else { "" })
}

/// `BigDecimal.toString`: plain while the exponent is -6 or more.
fn java_decimal(negative: bool, digits: &str, scale: u8) -> String {
    let unscaled = digits.trim_start_matches('0');
    let unscaled = if unscaled.is_empty() { "0" } else { unscaled };
    let exponent = unscaled.len() as i64 - 1 - i64::from(scale);
    if exponent >= -6 {
        return plain_decimal(negative, digits, scale);
    }
    let (head, tail) = unscaled.split_at(1);
    let point = if tail.is_empty() { "" } else { "." };
    format!("{}{head}{point}{tail}E{exponent}", if negative { "-" } else { "" })
}

/// Big endian without leading zero bytes, but at least one byte.
fn significant(bits: u64) -> Vec<u8> {
    let bytes = bits.to_be_bytes();
    let zeros = (bits.leading_zeros() as usize / 8).min(7);
    bytes[zeros..].to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let word = group
            .iter()
            .enumerate()
            .fold(0_u32, |word, (place, byte)| word | u32::from(*byte) << (16 - 8 * place));
        for place in 0..4 {
            if place <= group.len() {
                out.push(char::from(LETTERS[(word >> (18 - 6 * place)) as usize & 63]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_the_documents_name() {
        assert_eq!(java_decimal(false, "0000000100", 9), "1.00E-7");
        assert_eq!(java_decimal(false, "000000000", 9), "0E-9");
        assert_eq!(java_decimal(true, "0012", 3), "-0.012");
        assert_eq!(base64(b"ab"), "YWI=");
        assert_eq!(base64(&[0]), "AA==");
        assert_eq!(days(Day { year: 1969, month: 12, day: 31 }), Some(-1));
        assert_eq!(days(Day { year: 1000, month: 1, day: 1 }), Some(-354_285));
        assert_eq!(days(Day { year: 9999, month: 12, day: 31 }), Some(2_932_896));
        assert_eq!(civil(20_787), Day { year: 2026, month: 11, day: 30 });
        assert_eq!(significant(0), [0]);
        assert_eq!(significant(0x100), [1, 0]);
    }
}
