//! Row images from event bytes: one [`Cell`] a column, borrowed from the event.
//!
//! Invariants: no allocation per value (but for a JSON difference applied to its old
//! document, COMPRESSED columns, and addresses and UUIDs, which become their text);
//! no panic on any bytes; a value that can't be
//! read right is an error, never a guess.

mod column;
mod compressed;
mod decimal;
mod event;
mod fixed;
mod json;
mod json_diff;
mod temporal;

pub use column::{WireColumn, wire_columns};
pub use decimal::Decimal;
pub use event::{PARTIAL_IMAGE, RowDecoder, RowPair, count_rows};
pub use json::{JsonDoubles, write_canal_json_text, write_json_text};
pub use json_diff::apply as apply_json_difference;
pub use temporal::{Date, DateTime, Time, Timestamp};

use std::borrow::Cow;

/// One value of a row image. Integers carry their sign; text stays in the
/// column's charset; ENUM and SET are numbers until a label is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// SQL NULL.
    Null,
    /// Signed integer.
    Int(i64),
    /// Unsigned integer.
    UInt(u64),
    /// FLOAT.
    Float(f32),
    /// DOUBLE.
    Double(f64),
    /// DECIMAL.
    Decimal(Decimal<'a>),
    /// BIT: big-endian bytes, leading zero bytes included.
    Bit(&'a [u8]),
    /// Text in the column's charset, or bytes of a binary column.
    Bytes(Cow<'a, [u8]>),
    /// ENUM index, 1 is the first label; 0 is the error value ''.
    Enum(u16),
    /// SET bits, lowest is the first label.
    Set(u64),
    /// YEAR; 0 is `0000`.
    Year(u16),
    /// DATE.
    Date(Date),
    /// TIME.
    Time(Time),
    /// DATETIME.
    DateTime(DateTime),
    /// TIMESTAMP.
    Timestamp(Timestamp),
    /// JSON in the server's binary form; owned after a difference was applied.
    Json(Cow<'a, [u8]>),
    /// GEOMETRY: SRID and WKB, or the Binlog Service's EWKT text.
    Geometry(&'a [u8]),
}

/// A row image: one cell a column, in table order.
pub type RowImage<'a> = [Cell<'a>];
