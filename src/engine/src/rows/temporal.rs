//! Dates and times as the binlog packs them. Layouts: MySQL internals, "date
//! and time data type representation" (5.6.4 and later, and the older forms).

use crate::log::wire::{Malformed, Reader, Wire};

/// A calendar date; zero and impossible dates are kept as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    /// 0 to 9999.
    pub year: u16,
    /// 0 to 15 on the wire; 1 to 12 when valid.
    pub month: u8,
    /// 0 to 31.
    pub day: u8,
}

impl Date {
    /// Whether the calendar has this day.
    pub fn is_valid(self) -> bool {
        let leap =
            self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => 0,
        };
        self.day >= 1 && self.day <= days
    }
}

/// A TIME value: a signed span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// Below zero.
    pub negative: bool,
    /// 0 to 838.
    pub hours: u16,
    /// 0 to 59.
    pub minutes: u8,
    /// 0 to 59.
    pub seconds: u8,
    /// Fraction.
    pub micros: u32,
}

/// A DATETIME value, without zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime {
    /// Date part.
    pub date: Date,
    /// 0 to 23.
    pub hours: u8,
    /// 0 to 59.
    pub minutes: u8,
    /// 0 to 59.
    pub seconds: u8,
    /// Fraction.
    pub micros: u32,
}

/// A TIMESTAMP value: an instant. `seconds` 0 with no fraction is the zero
/// timestamp `0000-00-00 00:00:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp {
    /// Seconds since 1970 (UTC).
    pub seconds: u32,
    /// Fraction.
    pub micros: u32,
}

const DATE: &str = "DATE value";
const TIME: &str = "TIME value";
const DATETIME: &str = "DATETIME value";
const TIMESTAMP: &str = "TIMESTAMP value";

#[allow(clippy::cast_possible_truncation, reason = "masked to the field's width")]
const fn low8(value: u64, mask: u64) -> u8 {
    (value & mask) as u8
}

#[allow(clippy::cast_possible_truncation, reason = "masked to the field's width")]
const fn low16(value: u64, mask: u64) -> u16 {
    (value & mask) as u16
}

/// Reads a DATE (3 bytes).
pub(super) fn date(reader: &mut Reader<'_>) -> Wire<Date> {
    let raw = reader.uint(3, DATE)?;
    Ok(Date { year: low16(raw >> 9, 0x7fff), month: low8(raw >> 5, 0x0f), day: low8(raw, 0x1f) })
}

/// Number of bytes that hold `digits` fractional digits.
const fn fraction_bytes(digits: u8) -> usize {
    (digits as usize).div_ceil(2)
}

fn fraction(reader: &mut Reader<'_>, digits: u8, what: &'static str) -> Wire<u32> {
    let raw = reader.uint_be(fraction_bytes(digits), what)?;
    let scale: u64 = match fraction_bytes(digits) {
        0 => 0,
        1 => 10_000,
        2 => 100,
        _ => 1,
    };
    let micros = raw * scale;
    if micros >= 1_000_000 {
        return Err(Malformed::new(what));
    }
    u32::try_from(micros).map_err(|_| Malformed::new(what))
}

/// Reads a TIME of the current format with `digits` fractional digits. The
/// whole value, fraction included, is one offset integer, so a negative value
/// borrows from its integer part.
pub(super) fn time2(reader: &mut Reader<'_>, digits: u8) -> Wire<Time> {
    let bytes = fraction_bytes(digits);
    let raw = reader.uint_be(3 + bytes, TIME)?;
    let bits = 8 * u32::try_from(bytes).map_err(|_| Malformed::new(TIME))?;
    let offset = 0x80_0000_u64 << bits;
    let (negative, magnitude) = match raw.checked_sub(offset) {
        Some(positive) => (false, positive),
        None => (true, offset - raw),
    };
    let whole = magnitude >> bits;
    let part = magnitude & ((1_u64 << bits) - 1);
    let micros = match bytes {
        0 => 0,
        1 => part * 10_000,
        2 => part * 100,
        _ => part,
    };
    if micros >= 1_000_000 {
        return Err(Malformed::new(TIME));
    }
    Ok(Time {
        negative,
        hours: low16(whole >> 12, 0x3ff),
        minutes: low8(whole >> 6, 0x3f),
        seconds: low8(whole, 0x3f),
        micros: u32::try_from(micros).map_err(|_| Malformed::new(TIME))?,
    })
}

/// Reads a DATETIME of the current format.
pub(super) fn datetime2(reader: &mut Reader<'_>, digits: u8) -> Wire<DateTime> {
    let raw = reader.uint_be(5, DATETIME)?;
    let packed = raw.checked_sub(0x80_0000_0000).ok_or(Malformed::new(DATETIME))?;
    let micros = fraction(reader, digits, DATETIME)?;
    let year_month = (packed >> 22) & 0x1_ffff;
    Ok(DateTime {
        date: Date {
            year: low16(year_month / 13, 0xffff),
            month: low8(year_month % 13, 0x0f),
            day: low8(packed >> 17, 0x1f),
        },
        hours: low8(packed >> 12, 0x1f),
        minutes: low8(packed >> 6, 0x3f),
        seconds: low8(packed, 0x3f),
        micros,
    })
}

/// Reads a TIMESTAMP of the current format.
pub(super) fn timestamp2(reader: &mut Reader<'_>, digits: u8) -> Wire<Timestamp> {
    let seconds = reader.array::<4>(TIMESTAMP).map(u32::from_be_bytes)?;
    Ok(Timestamp { seconds, micros: fraction(reader, digits, TIMESTAMP)? })
}

/// Reads a TIME of the format before MySQL 5.6.4: HHMMSS as a number.
pub(super) fn time_old(reader: &mut Reader<'_>) -> Wire<Time> {
    let raw = reader.uint(3, TIME)?;
    let negative = raw & 0x80_0000 != 0;
    let value = if negative { 0x100_0000 - raw } else { raw };
    Ok(Time {
        negative,
        hours: low16(value / 10_000, 0xffff),
        minutes: low8(value / 100 % 100, 0xff),
        seconds: low8(value % 100, 0xff),
        micros: 0,
    })
}

/// Reads a DATETIME of the old format: YYYYMMDDhhmmss as a number.
pub(super) fn datetime_old(reader: &mut Reader<'_>) -> Wire<DateTime> {
    let raw = reader.u64(DATETIME)?;
    let (date, time) = (raw / 1_000_000, raw % 1_000_000);
    if date > 99_991_231 {
        return Err(Malformed::new(DATETIME));
    }
    Ok(DateTime {
        date: Date {
            year: low16(date / 10_000, 0xffff),
            month: low8(date / 100 % 100, 0xff),
            day: low8(date % 100, 0xff),
        },
        hours: low8(time / 10_000, 0xff),
        minutes: low8(time / 100 % 100, 0xff),
        seconds: low8(time % 100, 0xff),
        micros: 0,
    })
}

/// Reads a TIMESTAMP of the old format.
pub(super) fn timestamp_old(reader: &mut Reader<'_>) -> Wire<Timestamp> {
    Ok(Timestamp { seconds: reader.u32(TIMESTAMP)?, micros: 0 })
}

/// Units of a scaled value in a second.
const fn units(digits: u8) -> u64 {
    10_u64.pow(digits as u32)
}

/// Seconds in whole and microseconds of a scaled value.
fn split_scaled(value: u64, digits: u8, what: &'static str) -> Wire<(u64, u32)> {
    let units = units(digits.min(6));
    let micros = value % units * (1_000_000 / units);
    Ok((value / units, u32::try_from(micros).map_err(|_| Malformed::new(what))?))
}

/// Bytes of a TIME in MariaDB's own format.
pub(super) const fn time_scaled_bytes(digits: u8) -> usize {
    match digits {
        0 => 3,
        1 | 2 => 4,
        3..=5 => 5,
        _ => 6,
    }
}

/// Reads a TIME of MariaDB's own format: units of the last digit, counted from the
/// lowest time that there is.
pub(super) fn time_scaled(reader: &mut Reader<'_>, digits: u8) -> Wire<Time> {
    const RANGE: u64 = 838 * 3600 + 59 * 60 + 59 + 1;
    let raw = reader.uint_be(time_scaled_bytes(digits), TIME)?;
    let zero = RANGE * units(digits.min(6));
    let (seconds, micros) = split_scaled(raw.abs_diff(zero), digits, TIME)?;
    if seconds >= RANGE {
        return Err(Malformed::new(TIME));
    }
    Ok(Time {
        negative: raw < zero,
        hours: low16(seconds / 3600, 0xffff),
        minutes: low8(seconds / 60 % 60, 0xff),
        seconds: low8(seconds % 60, 0xff),
        micros,
    })
}

/// Bytes of a DATETIME in MariaDB's own format.
pub(super) const fn datetime_scaled_bytes(digits: u8) -> usize {
    match digits {
        0 => 5,
        1..=2 => 6,
        3..=5 => 7,
        _ => 8,
    }
}

/// Reads a DATETIME of MariaDB's own format: one number, the fields of a date of 13
/// months of 32 days and of its time in it.
pub(super) fn datetime_scaled(reader: &mut Reader<'_>, digits: u8) -> Wire<DateTime> {
    let raw = reader.uint_be(datetime_scaled_bytes(digits), DATETIME)?;
    let (seconds, micros) = split_scaled(raw, digits, DATETIME)?;
    let days = seconds / 86_400;
    let year = u16::try_from(days / 32 / 13).map_err(|_| Malformed::new(DATETIME))?;
    Ok(DateTime {
        date: Date { year, month: low8(days / 32 % 13, 0xff), day: low8(days % 32, 0xff) },
        hours: low8(seconds / 3600 % 24, 0xff),
        minutes: low8(seconds / 60 % 60, 0xff),
        seconds: low8(seconds % 60, 0xff),
        micros,
    })
}

/// Reads a TIMESTAMP of MariaDB's own format: seconds, then units of the last digit.
pub(super) fn timestamp_scaled(reader: &mut Reader<'_>, digits: u8) -> Wire<Timestamp> {
    let seconds = reader.array::<4>(TIMESTAMP).map(u32::from_be_bytes)?;
    let part = reader.uint_be(fraction_bytes(digits), TIMESTAMP)?;
    let (more, micros) = split_scaled(part, digits, TIMESTAMP)?;
    if more > 0 {
        return Err(Malformed::new(TIMESTAMP));
    }
    Ok(Timestamp { seconds, micros })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(bytes: &[u8], digits: u8) -> Time {
        time2(&mut Reader::new(bytes), digits).expect("valid")
    }

    #[test]
    fn negative_times_with_fractions_borrow() {
        // -01:02:03.45 as TIME(2): 0x800000.00 - 0x001083.2D
        let magnitude: u64 = (((1 << 12) | (2 << 6) | 3) << 8) + 45;
        let raw = (0x80_0000_u64 << 8) - magnitude;
        let expected = Time { negative: true, hours: 1, minutes: 2, seconds: 3, micros: 450_000 };
        assert_eq!(time(&raw.to_be_bytes()[4..], 2), expected);
        let raw = (0x80_0000_u64 << 24) - 1;
        let expected = Time { negative: true, hours: 0, minutes: 0, seconds: 0, micros: 1 };
        assert_eq!(time(&raw.to_be_bytes()[2..], 6), expected);
    }

    /// Bytes as MariaDB 10.11 wrote them with `mysql56_temporal_format=OFF`.
    #[test]
    fn scaled_values_are_read_as_the_server_showed_them() {
        let time = |bytes: &[u8], digits| time_scaled(&mut Reader::new(bytes), digits).expect("valid");
        let expected = Time { negative: true, hours: 0, minutes: 0, seconds: 0, micros: 500_000 };
        assert_eq!(time(&[0x01, 0xcc, 0xe0, 0x5b], 1), expected);
        let expected = Time { negative: false, hours: 12, minutes: 0, seconds: 0, micros: 120_000 };
        assert_eq!(time(&[0x00, 0xb6, 0x9a, 0xd3, 0xf8], 3), expected);
        let expected = Time { negative: true, hours: 838, minutes: 59, seconds: 58, micros: 999_999 };
        assert_eq!(time(&[0x00, 0x00, 0x00, 0x0f, 0x42, 0x41], 6), expected);

        let moment = |bytes: &[u8], digits| datetime_scaled(&mut Reader::new(bytes), digits).expect("valid");
        let date = Date { year: 2026, month: 11, day: 25 };
        let expected = DateTime { date, hours: 12, minutes: 34, seconds: 56, micros: 500_000 };
        assert_eq!(moment(&[0x06, 0xa0, 0x37, 0x48, 0xc3, 0xf2], 2), expected);
        let expected = DateTime { micros: 12_345, ..expected };
        assert_eq!(moment(&[0x01, 0x02, 0xd2, 0x6f, 0x8a, 0x5e, 0xac, 0x39], 6), expected);

        let stamp = timestamp_scaled(&mut Reader::new(&[0x6b, 0x06, 0xd5, 0xf0, 0x00, 0x78]), 4);
        assert_eq!(stamp, Ok(Timestamp { seconds: 0x6b06_d5f0, micros: 12_000 }));
        assert!(timestamp_scaled(&mut Reader::new(&[0, 0, 0, 1, 10]), 1).is_err());
        assert!(time_scaled(&mut Reader::new(&[0xff; 4]), 1).is_err());
    }

    #[test]
    fn calendar_knows_leap_years() {
        assert!(Date { year: 2000, month: 2, day: 29 }.is_valid());
        assert!(!Date { year: 1900, month: 2, day: 29 }.is_valid());
        assert!(!Date { year: 0, month: 0, day: 0 }.is_valid());
        assert!(!Date { year: 2020, month: 11, day: 31 }.is_valid());
    }
}
