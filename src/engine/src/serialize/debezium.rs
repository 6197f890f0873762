//! The Debezium family as OMS documents it: the envelope under `payload`, the
//! bare envelope (DebeziumFlatten), or the row alone (DebeziumSmt). Cells have
//! their own text here: decimals and unsigned 64-bit numbers are strings, bytes
//! are hexadecimal, dates and times are numbers. What these can't hold, the
//! documentation says: a date that no calendar has becomes `null`, and DATETIME
//! ends at milliseconds.

use jiff::Timestamp as Instant;
use jiff::civil;
use jiff::tz::TimeZone;

use crate::project::Dml;
use crate::rows::{Cell, Date, DateTime, Time, Timestamp};
use crate::schema::{Column, ColumnKind};

use super::image::{ImageColumns, quoted};
use super::json::{write_int, write_padded, write_uint};
use super::text::{
    DecimalText, TextError, TextRules, is_binary, padded, significant_bits, write_fraction, write_json_cell,
};
use super::{ChangeEvent, SerializeError, TableContext, TableSerializer};

/// What stands around a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Envelope {
    /// Debezium: `{"payload":…}`.
    Payload,
    /// DebeziumFlatten.
    Flat,
    /// DebeziumSmt: only the mark of a deleted row.
    None,
}

/// Constant parts of the table's messages.
pub(super) struct DebeziumSerializer {
    columns: ImageColumns,
    rules: TextRules,
    envelope: Envelope,
    /// From the position to the commit time.
    version: Vec<u8>,
    /// From the commit time to the end of `source`.
    table: Vec<u8>,
    /// From the beginning of `source` to the position.
    source: Vec<u8>,
}

impl DebeziumSerializer {
    pub(super) fn new(context: &TableContext, envelope: Envelope) -> Self {
        let schema = &context.schema;
        Self {
            columns: ImageColumns::new(context),
            rules: TextRules { decimals: DecimalText::Plain, json_doubles: context.json_doubles },
            envelope,
            source: [b"\"source\":{\"connector\":".as_slice(), &quoted(context.db_type), b",\"pos\":\""]
                .concat(),
            version: [
                b"\",\"name\":\"OMS\",\"version\":".as_slice(),
                &quoted(&context.version),
                b",\"ts_ms\":",
            ]
            .concat(),
            table: [
                b",\"db\":".as_slice(),
                &quoted(&schema.database),
                b",\"table\":",
                &quoted(&schema.table),
                b"}",
            ]
            .concat(),
        }
    }

    fn row(&self, out: &mut Vec<u8>, event: &ChangeEvent<'_, '_>) -> Result<(), SerializeError> {
        let deleted = event.kind == Dml::Delete;
        let image = if deleted { event.before } else { event.after };
        self.columns.open(out, image, |out, cell, column| write_cell(out, cell, column, self.rules))?;
        out.extend_from_slice(b",\"__deleted\":\"");
        out.extend_from_slice(if deleted { b"true" } else { b"false" });
        out.extend_from_slice(b"\"}");
        Ok(())
    }

    fn flat(&self, out: &mut Vec<u8>, event: &ChangeEvent<'_, '_>) -> Result<(), SerializeError> {
        let write =
            |out: &mut Vec<u8>, cell: &Cell<'_>, column: &Column| write_cell(out, cell, column, self.rules);
        out.extend_from_slice(match event.kind {
            Dml::Insert => b"{\"op\":\"c\",",
            Dml::Update => b"{\"op\":\"u\",",
            Dml::Delete => b"{\"op\":\"d\",",
        });
        if !event.before.is_empty() {
            out.extend_from_slice(b"\"before\":");
            self.columns.image(out, event.before, write)?;
            out.push(b',');
        }
        out.extend_from_slice(&self.source);
        write_uint(out, u64::from(event.transaction.commit_micros));
        out.push(b'@');
        write_uint(out, event.transaction.commit_seconds);
        out.extend_from_slice(&self.version);
        write_uint(out, event.transaction.commit_seconds * 1000);
        out.extend_from_slice(&self.table);
        if !event.after.is_empty() {
            out.extend_from_slice(b",\"after\":");
            self.columns.image(out, event.after, write)?;
        }
        out.extend_from_slice(b",\"ts_ms\":");
        write_uint(out, event.sent_millis);
        out.push(b'}');
        Ok(())
    }
}

impl TableSerializer for DebeziumSerializer {
    fn write(&mut self, event: &ChangeEvent<'_, '_>, out: &mut Vec<u8>) -> Result<(), SerializeError> {
        match self.envelope {
            Envelope::None => self.row(out, event),
            Envelope::Flat => self.flat(out, event),
            Envelope::Payload => {
                out.extend_from_slice(b"{\"payload\":");
                self.flat(out, event)?;
                out.push(b'}');
                Ok(())
            }
        }
    }
}

fn write_cell(
    out: &mut Vec<u8>,
    cell: &Cell<'_>,
    column: &Column,
    rules: TextRules,
) -> Result<(), TextError> {
    match cell {
        Cell::UInt(_) if column.kind == ColumnKind::BigInt => in_quotes(out, cell, column, rules)?,
        Cell::Decimal(_) => in_quotes(out, cell, column, rules)?,
        Cell::Bit(bytes) => write_hex(out, significant_bits(bytes)),
        Cell::Bytes(bytes) if is_binary(column) => write_hex(out, &padded(bytes, column)),
        Cell::Geometry(bytes) => write_hex(out, bytes),
        Cell::Date(date) => number_or_null(out, days(*date)),
        Cell::Time(time) => write_int(out, micros(*time)),
        Cell::DateTime(value) => number_or_null(out, millis(*value)),
        Cell::Timestamp(value) => write_instant(out, *value),
        Cell::Null
        | Cell::Int(_)
        | Cell::UInt(_)
        | Cell::Float(_)
        | Cell::Double(_)
        | Cell::Bytes(_)
        | Cell::Enum(_)
        | Cell::Set(_)
        | Cell::Year(_)
        | Cell::Json(_) => write_json_cell(out, cell, column, rules)?,
    }
    Ok(())
}

fn in_quotes(out: &mut Vec<u8>, cell: &Cell<'_>, column: &Column, rules: TextRules) -> Result<(), TextError> {
    out.push(b'"');
    write_json_cell(out, cell, column, rules)?;
    out.push(b'"');
    Ok(())
}

fn write_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push(b'"');
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            out.push(DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0'));
        }
    }
    out.push(b'"');
}

fn number_or_null(out: &mut Vec<u8>, value: Option<i64>) {
    match value {
        Some(value) => write_int(out, value),
        None => out.extend_from_slice(b"null"),
    }
}

const EPOCH: civil::Date = civil::date(1970, 1, 1);

fn civil_date(date: Date) -> Option<civil::Date> {
    let small = |value: u8| i8::try_from(value).ok();
    civil::Date::new(i16::try_from(date.year).ok()?, small(date.month)?, small(date.day)?).ok()
}

/// Days since 1970; `None` for a date that no calendar has.
fn days(date: Date) -> Option<i64> {
    Some(civil_date(date)?.duration_since(EPOCH).as_hours() / 24)
}

/// Milliseconds since 1970 as if UTC, finer digits cut off.
fn millis(value: DateTime) -> Option<i64> {
    let small = |value: u8| i8::try_from(value).ok();
    let nanos = i32::try_from(value.micros).ok()?.checked_mul(1000)?;
    let time =
        civil::Time::new(small(value.hours)?, small(value.minutes)?, small(value.seconds)?, nanos).ok()?;
    let moment = civil_date(value.date)?.to_datetime(time);
    let since = moment.duration_since(EPOCH.to_datetime(civil::Time::midnight()));
    i64::try_from(since.as_micros().div_euclid(1000)).ok()
}

/// Microseconds since midnight, below zero for a negative span.
fn micros(time: Time) -> i64 {
    let seconds = i64::from(time.hours) * 3600 + i64::from(time.minutes) * 60 + i64::from(time.seconds);
    let micros = seconds * 1_000_000 + i64::from(time.micros);
    if time.negative { -micros } else { micros }
}

/// `"2020-11-24T16:01:02.012345Z"`; the zero timestamp is no instant.
fn write_instant(out: &mut Vec<u8>, value: Timestamp) {
    if value.seconds == 0 && value.micros == 0 {
        out.extend_from_slice(b"null");
        return;
    }
    let instant = Instant::from_second(i64::from(value.seconds)).unwrap_or(Instant::MAX);
    let moment = TimeZone::UTC.to_datetime(instant);
    out.push(b'"');
    write_padded(out, u32::from(moment.year().unsigned_abs()), 4);
    for (mark, value) in [
        (b'-', moment.month()),
        (b'-', moment.day()),
        (b'T', moment.hour()),
        (b':', moment.minute()),
        (b':', moment.second()),
    ] {
        out.push(mark);
        write_padded(out, u32::from(value.unsigned_abs()), 2);
    }
    write_fraction(out, value.micros);
    out.extend_from_slice(b"Z\"");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_before_1970_and_impossible_ones() {
        assert_eq!(days(Date { year: 1969, month: 12, day: 31 }), Some(-1));
        assert_eq!(days(Date { year: 1000, month: 1, day: 1 }), Some(-354_285));
        assert_eq!(days(Date { year: 9999, month: 12, day: 31 }), Some(2_932_896));
        assert_eq!(days(Date { year: 2020, month: 2, day: 31 }), None);
        assert_eq!(days(Date { year: 0, month: 0, day: 0 }), None);
        let date = Date { year: 1969, month: 12, day: 31 };
        let moment = DateTime { date, hours: 23, minutes: 59, seconds: 59, micros: 999_900 };
        assert_eq!(millis(moment), Some(-1));
        assert_eq!(millis(DateTime { hours: 24, ..moment }), None);
        let span = Time { negative: true, hours: 838, minutes: 59, seconds: 58, micros: 999_999 };
        assert_eq!(micros(span), -3_020_398_999_999);
    }
}
