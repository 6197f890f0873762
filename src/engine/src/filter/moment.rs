//! Dates and times as integers that compare like the values themselves, and
//! the literals they are compared with.
//!
//! DATE, DATETIME and TIMESTAMP share one scale: year, month, day, hours,
//! minutes, seconds and microseconds packed from the top. A TIMESTAMP, which is
//! an instant, is put on it as its clock at +08:00, the zone of literals without
//! one; `0000-00-00` and impossible dates stay what they are. TIME is signed
//! microseconds.

use jiff::tz;

use crate::rows::{Date, DateTime, Time, Timestamp};

/// Hours east of UTC of TIMESTAMP literals without zone.
const ZONE_HOURS: i8 = 8;

/// Packs a date.
pub(super) fn of_date(date: Date) -> i64 {
    pack(i64::from(date.year), i64::from(date.month), i64::from(date.day), [0; 3], 0)
}

/// Packs a DATETIME.
pub(super) fn of_datetime(value: DateTime) -> i64 {
    let clock = [value.hours, value.minutes, value.seconds].map(i64::from);
    let Date { year, month, day } = value.date;
    pack(i64::from(year), i64::from(month), i64::from(day), clock, i64::from(value.micros))
}

/// Packs a TIMESTAMP; `None` for an instant beyond the calendar, which four
/// bytes can't hold.
pub(super) fn of_timestamp(value: Timestamp) -> Option<i64> {
    if value.seconds == 0 && value.micros == 0 {
        return Some(0);
    }
    let nanos = i32::try_from(value.micros).ok()? * 1000;
    of_instant(jiff::Timestamp::new(i64::from(value.seconds), nanos).ok()?)
}

fn of_instant(instant: jiff::Timestamp) -> Option<i64> {
    let civil = tz::offset(ZONE_HOURS).to_datetime(instant);
    let clock = [civil.hour(), civil.minute(), civil.second()].map(i64::from);
    let micros = i64::from(civil.subsec_nanosecond()) / 1000;
    let year = i64::from(civil.year());
    (year >= 0).then(|| pack(year, i64::from(civil.month()), i64::from(civil.day()), clock, micros))
}

/// Microseconds of a TIME.
pub(super) fn of_time(time: Time) -> i64 {
    let seconds = i64::from(time.hours) * 3600 + i64::from(time.minutes) * 60 + i64::from(time.seconds);
    let micros = seconds * 1_000_000 + i64::from(time.micros);
    if time.negative { -micros } else { micros }
}

/// The date alone.
pub(super) const fn day_of(moment: i64) -> i64 {
    moment >> 37 << 37
}

const fn pack(year: i64, month: i64, day: i64, clock: [i64; 3], micros: i64) -> i64 {
    let [hours, minutes, seconds] = clock;
    ((((((year << 4 | month) << 5 | day) << 5 | hours) << 6 | minutes) << 6 | seconds) << 20) | micros
}

/// As the servers write it: a date, or date and time with `digits` fractional
/// digits.
pub(super) fn text(moment: i64, date_only: bool, digits: u8) -> String {
    let field = |shift: u32, bits: u32| moment >> shift & ((1 << bits) - 1);
    let date = format!("{:04}-{:02}-{:02}", field(46, 14), field(42, 4), field(37, 5));
    if date_only {
        return date;
    }
    let mut out = format!("{date} {:02}:{:02}:{:02}", field(32, 5), field(26, 6), field(20, 6));
    fraction(&mut out, field(0, 20), digits);
    out
}

/// A TIME as the servers write it.
pub(super) fn time_text(micros: i64, digits: u8) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let (seconds, rest) = (micros.abs() / 1_000_000, micros.abs() % 1_000_000);
    let mut out = format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    fraction(&mut out, rest, digits);
    out
}

fn fraction(out: &mut String, micros: i64, digits: u8) {
    if digits > 0 {
        out.push('.');
        let all = format!("{micros:06}");
        out.extend(all.chars().take(usize::from(digits)));
    }
}

/// What a literal was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// On the scale of its kind.
    pub(super) value: i64,
    /// Fractional digits as written.
    pub(super) digits: u8,
    /// No time of day was written.
    pub(super) date_only: bool,
    /// A zone was written.
    pub(super) zoned: bool,
}

/// Why a literal was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Another form than the one that all servers read alike.
    Form,
    /// The form is right, the day or hour doesn't exist.
    NoSuchTime,
}

/// Reads `yyyy-MM-dd[ HH:mm:ss[.f]][zone]`; the zone is `Z` or `+08:00` and
/// needs a time.
pub(super) fn parse(text: &str) -> Result<Literal, Refused> {
    let mut reader = Reader(text.as_bytes());
    let (year, month, day) = (|| Some((reader.number(4)?, reader.after(b'-', 2)?, reader.after(b'-', 2)?)))()
        .ok_or(Refused::Form)?;
    let date_only = reader.0.is_empty();
    let ([hours, minutes, seconds], (micros, digits)) = if date_only {
        ([0; 3], (0, 0))
    } else {
        (|| {
            let clock = [reader.after(b' ', 2)?, reader.after(b':', 2)?, reader.after(b':', 2)?];
            Some((clock, reader.fraction()?))
        })()
        .ok_or(Refused::Form)?
    };
    let zone = reader.zone().ok_or(Refused::Form)?;
    if hours > 23 || minutes > 59 || seconds > 59 {
        return Err(Refused::NoSuchTime);
    }
    let clock = [hours, minutes, seconds];
    let small = |number: i64| u8::try_from(number).unwrap_or(u8::MAX);
    let date = Date { year: u16::try_from(year).unwrap_or(0), month: small(month), day: small(day) };
    let zero = [year, month, day, hours, minutes, seconds, micros] == [0; 7];
    if !(zero && zone.is_none()) && (year < 1000 || !date.is_valid()) {
        return Err(Refused::NoSuchTime);
    }
    let value = pack(year, month, day, clock, micros);
    let value = match zone {
        None => value,
        Some(east) => in_zone(date, [hours, minutes, seconds], micros, east).ok_or(Refused::NoSuchTime)?,
    };
    Ok(Literal { value, digits, date_only, zoned: zone.is_some() })
}

/// The clock at +08:00 of a clock that is `east` seconds east of UTC.
fn in_zone(date: Date, clock: [i64; 3], micros: i64, east: i32) -> Option<i64> {
    let small = |number: i64| i8::try_from(number).ok();
    let [hours, minutes, seconds] = clock;
    let nanos = i32::try_from(micros).ok()? * 1000;
    let civil = jiff::civil::DateTime::new(
        i16::try_from(date.year).ok()?,
        i8::try_from(date.month).ok()?,
        i8::try_from(date.day).ok()?,
        small(hours)?,
        small(minutes)?,
        small(seconds)?,
        nanos,
    )
    .ok()?;
    let offset = tz::Offset::from_seconds(east).ok()?;
    of_instant(offset.to_timestamp(civil).ok()?)
}

/// Reads `[-]HH:mm:ss[.f]`, with up to three digits of hours.
pub(super) fn parse_time(text: &str) -> Result<Literal, Refused> {
    let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let hour_digits = if rest.as_bytes().get(2) == Some(&b':') { 2 } else { 3 };
    let mut reader = Reader(rest.as_bytes());
    let (hours, minutes, seconds, (micros, digits)) = (|| {
        Some((
            reader.number(hour_digits)?,
            reader.after(b':', 2)?,
            reader.after(b':', 2)?,
            reader.fraction()?,
        ))
    })()
    .filter(|_| reader.0.is_empty())
    .ok_or(Refused::Form)?;
    let value = (hours * 3600 + minutes * 60 + seconds) * 1_000_000 + micros;
    // 838:59:59 is the largest TIME.
    if minutes > 59 || seconds > 59 || value > 3_020_399_000_000 {
        return Err(Refused::NoSuchTime);
    }
    let value = if negative { -value } else { value };
    Ok(Literal { value, digits, date_only: false, zoned: false })
}

struct Reader<'t>(&'t [u8]);

impl Reader<'_> {
    /// Exactly this many digits.
    fn number(&mut self, digits: usize) -> Option<i64> {
        let (head, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        head.iter()
            .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
    }

    fn after(&mut self, mark: u8, digits: usize) -> Option<i64> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        if *first == mark { self.number(digits) } else { None }
    }

    /// Microseconds and digits of `.f`, if there is one.
    fn fraction(&mut self) -> Option<(i64, u8)> {
        if self.0.first() != Some(&b'.') {
            return Some((0, 0));
        }
        let count = self.0.iter().skip(1).take_while(|byte| byte.is_ascii_digit()).count();
        let digits = u8::try_from(count).ok().filter(|count| (1..=6).contains(count))?;
        let value = self.after(b'.', count)?;
        Some((value * 10_i64.pow(6 - u32::from(digits)), digits))
    }

    /// Seconds east of UTC; the outer `None` is a wrong form.
    #[expect(clippy::option_option, reason = "no zone is as right as a zone")]
    fn zone(&mut self) -> Option<Option<i32>> {
        match self.0 {
            [] => Some(None),
            b"Z" => Some(Some(0)),
            [sign @ (b'+' | b'-'), ..] => {
                let sign = if *sign == b'-' { -1 } else { 1 };
                self.0 = self.0.get(1..)?;
                let (hours, minutes) = (self.number(2)?, self.after(b':', 2)?);
                if !self.0.is_empty() || hours > 14 || minutes > 59 {
                    return None;
                }
                Some(Some(sign * i32::try_from(hours * 3600 + minutes * 60).ok()?))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(literal: &str) -> String {
        let literal = parse(literal).expect("a time");
        text(literal.value, literal.date_only, literal.digits)
    }

    #[test]
    fn literals_read_back() {
        for literal in ["2024-02-29", "9999-12-31 23:59:59.999999", "0000-00-00 00:00:00", "0000-00-00"] {
            assert_eq!(shown(literal), literal);
        }
        for literal in ["-838:59:59", "00:00:00.5", "-00:00:00.000001", "12:30:00"] {
            let read = parse_time(literal).expect("a time");
            assert_eq!(time_text(read.value, read.digits), literal);
        }
    }

    #[test]
    fn zones_become_the_clock_at_plus_eight() {
        for literal in ["2026-01-01 00:00:00+08:00", "2025-12-31 16:00:00Z", "2025-12-31 11:00:00-05:00"] {
            assert_eq!(shown(literal), "2026-01-01 00:00:00");
        }
        let instant = of_timestamp(Timestamp { seconds: 1_767_196_800, micros: 250_000 });
        assert_eq!(instant, Some(parse("2026-01-01 00:00:00.25").expect("a time").value));
    }

    #[test]
    fn other_forms_and_impossible_times_are_told_apart() {
        for literal in [
            "",
            "2024-1-1",
            "20240101",
            "2024-01-01T00:00:00",
            "2024-01-01 00:00",
            "2024-01-01Z",
            "2024-01-01 00:00:00.1234567",
            "2024-01-01 00:00:00+8",
            "2024-01-01 ",
        ] {
            let refused = parse(literal).err();
            assert_eq!(refused, Some(Refused::Form), "{literal}");
        }
        for literal in ["2023-02-29", "2024-00-00", "2024-01-01 24:00:00", "0999-01-01"] {
            assert_eq!(parse(literal), Err(Refused::NoSuchTime), "{literal}");
        }
        assert_eq!(parse_time("839:00:00"), Err(Refused::NoSuchTime));
        assert_eq!(parse_time("10:00"), Err(Refused::Form));
    }
}
