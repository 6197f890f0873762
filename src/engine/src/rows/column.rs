//! How a column looks on the wire, from the TABLE_MAP's type and metadata bytes.

use crate::log::body::TableMap;
use crate::log::wire::{Malformed, Reader, Wire};

use crate::schema::{Column, ColumnKind};

use super::{decimal, temporal};

/// The wire form of one column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireColumn {
    /// Integer of this many bytes.
    Int(u8),
    /// 4-byte IEEE number.
    Float,
    /// 8-byte IEEE number.
    Double,
    /// Packed decimal: precision, scale, bytes.
    Decimal(u8, u8, u8),
    /// Bytes with a length in this many bytes: CHAR, VARCHAR, BINARY.
    Text(u8),
    /// TEXT and BLOB with a length in this many bytes.
    Blob(u8),
    /// JSON with a length in this many bytes.
    Json(u8),
    /// Spatial value with a length in this many bytes.
    Geometry(u8),
    /// Index of a label in this many bytes.
    Enum(u8),
    /// Bits of labels in this many bytes.
    Set(u8),
    /// This many bytes, big endian.
    Bit(u8),
    /// One byte, years since 1900.
    Year,
    /// 3 bytes.
    Date,
    /// Current format, fractional digits.
    Time(u8),
    /// Current format, fractional digits.
    DateTime(u8),
    /// Current format, fractional digits.
    Timestamp(u8),
    /// Format before MySQL 5.6.4.
    TimeOld,
    /// Format before MySQL 5.6.4.
    DateTimeOld,
    /// Format before MySQL 5.6.4.
    TimestampOld,
    /// MariaDB's own format with fractional digits, which no event tells.
    TimeScaled(u8),
    /// The same.
    DateTimeScaled(u8),
    /// The same.
    TimestampScaled(u8),
    /// COMPRESSED text or bytes of MariaDB with a length in this many bytes.
    Compressed(u8),
    /// VECTOR with a length in this many bytes; told by name, never read.
    Vector(u8),
    /// 4 bytes, the last zero bytes left out: shown with dots.
    Inet4,
    /// 16 bytes, the last zero bytes left out: shown with colons.
    Inet6,
    /// 16 bytes, the last zero bytes left out: shown with hyphens.
    Uuid,
}

const WHAT: &str = "column types of a TABLE_MAP event";

/// Reads the wire columns of a table map.
pub fn wire_columns(map: &TableMap<'_>) -> Wire<Vec<WireColumn>> {
    let mut metadata = Reader::new(map.metadata);
    map.types.iter().map(|kind| wire_column(*kind, &mut metadata)).collect()
}

fn wire_column(kind: u8, metadata: &mut Reader<'_>) -> Wire<WireColumn> {
    Ok(match kind {
        1 => WireColumn::Int(1),
        2 => WireColumn::Int(2),
        9 => WireColumn::Int(3),
        3 => WireColumn::Int(4),
        8 => WireColumn::Int(8),
        4 => metadata.u8(WHAT).map(|_| WireColumn::Float)?,
        5 => metadata.u8(WHAT).map(|_| WireColumn::Double)?,
        7 => WireColumn::TimestampOld,
        10 | 14 => WireColumn::Date,
        11 => WireColumn::TimeOld,
        12 => WireColumn::DateTimeOld,
        13 => WireColumn::Year,
        15 | 253 => WireColumn::Text(if metadata.u16(WHAT)? > 255 { 2 } else { 1 }),
        16 => {
            let (bits, bytes) = (metadata.u8(WHAT)?, metadata.u8(WHAT)?);
            let length = bytes.saturating_add(u8::from(bits > 0));
            if bits > 7 || length == 0 || length > 8 {
                return Err(Malformed::new(WHAT));
            }
            WireColumn::Bit(length)
        }
        140 => WireColumn::Compressed(length_bytes(metadata)?),
        141 => WireColumn::Compressed(if metadata.u16(WHAT)? > 255 { 2 } else { 1 }),
        242 => WireColumn::Vector(length_bytes(metadata)?),
        17 => WireColumn::Timestamp(digits(metadata)?),
        18 => WireColumn::DateTime(digits(metadata)?),
        19 => WireColumn::Time(digits(metadata)?),
        245 => WireColumn::Json(length_bytes(metadata)?),
        246 => {
            let (precision, scale) = (metadata.u8(WHAT)?, metadata.u8(WHAT)?);
            let length = decimal::packed_len(precision, scale).ok_or(Malformed::new(WHAT))?;
            WireColumn::Decimal(precision, scale, u8::try_from(length).map_err(|_| Malformed::new(WHAT))?)
        }
        249..=252 => WireColumn::Blob(length_bytes(metadata)?),
        254 => string_column(metadata)?,
        255 => WireColumn::Geometry(length_bytes(metadata)?),
        _ => return Err(Malformed::new(WHAT)),
    })
}

fn digits(metadata: &mut Reader<'_>) -> Wire<u8> {
    metadata.u8(WHAT).and_then(|digits| if digits <= 6 { Ok(digits) } else { Err(Malformed::new(WHAT)) })
}

fn length_bytes(metadata: &mut Reader<'_>) -> Wire<u8> {
    let bytes = metadata.u8(WHAT)?;
    if (1..=4).contains(&bytes) { Ok(bytes) } else { Err(Malformed::new(WHAT)) }
}

/// CHAR, BINARY, ENUM and SET share one type; the real one is in the first
/// metadata byte, whose bits 4 and 5 can carry two more bits of the length.
fn string_column(metadata: &mut Reader<'_>) -> Wire<WireColumn> {
    let (first, second) = (metadata.u8(WHAT)?, metadata.u8(WHAT)?);
    let length = (u16::from(!first & 0x30) << 4) | u16::from(second);
    Ok(match first | 0x30 {
        0xf7 if second == 1 || second == 2 => WireColumn::Enum(second),
        0xf8 if (1..=8).contains(&second) => WireColumn::Set(second),
        0xfe => WireColumn::Text(if length > 255 { 2 } else { 1 }),
        _ => return Err(Malformed::new(WHAT)),
    })
}

impl WireColumn {
    /// The form that values have when the column is this one: of some, the event
    /// tells less than it takes to read them.
    #[must_use]
    pub fn of(self, column: &Column) -> Self {
        let digits = column.arguments().next().unwrap_or(0).min(6);
        match (self, column.kind) {
            (Self::TimeOld, _) if digits > 0 => Self::TimeScaled(digits),
            (Self::DateTimeOld, _) if digits > 0 => Self::DateTimeScaled(digits),
            (Self::TimestampOld, _) if digits > 0 => Self::TimestampScaled(digits),
            (Self::Text(_), ColumnKind::Inet4) => Self::Inet4,
            (Self::Text(_), ColumnKind::Inet6) => Self::Inet6,
            (Self::Text(_), ColumnKind::Uuid) => Self::Uuid,
            _ => self,
        }
    }

    /// Leaves out one value that is not NULL.
    pub(super) fn skip(self, data: &mut Reader<'_>) -> Wire<()> {
        const WHAT: &str = "column value";
        let fraction = |digits: u8| usize::from(digits.div_ceil(2));
        let bytes = match self {
            Self::Int(size) | Self::Bit(size) | Self::Enum(size) | Self::Set(size) => usize::from(size),
            Self::Float | Self::TimestampOld => 4,
            Self::Double | Self::DateTimeOld => 8,
            Self::Decimal(_, _, bytes) => usize::from(bytes),
            Self::Year => 1,
            Self::Date | Self::TimeOld => 3,
            Self::Time(digits) => 3 + fraction(digits),
            Self::DateTime(digits) => 5 + fraction(digits),
            Self::Timestamp(digits) | Self::TimestampScaled(digits) => 4 + fraction(digits),
            Self::TimeScaled(digits) => temporal::time_scaled_bytes(digits),
            Self::DateTimeScaled(digits) => temporal::datetime_scaled_bytes(digits),
            Self::Inet4 | Self::Inet6 | Self::Uuid => return data.prefixed(1, WHAT).map(drop),
            Self::Text(size)
            | Self::Blob(size)
            | Self::Json(size)
            | Self::Geometry(size)
            | Self::Compressed(size)
            | Self::Vector(size) => {
                return data.prefixed(usize::from(size), WHAT).map(drop);
            }
        };
        data.take(bytes, WHAT).map(drop)
    }

    /// Short name for error messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Int(1) => "TINYINT",
            Self::Int(2) => "SMALLINT",
            Self::Int(3) => "MEDIUMINT",
            Self::Int(4) => "INT",
            Self::Int(_) => "BIGINT",
            Self::Float => "FLOAT",
            Self::Double => "DOUBLE",
            Self::Decimal(..) => "DECIMAL",
            Self::Text(_) => "CHAR/VARCHAR",
            Self::Blob(_) => "TEXT/BLOB",
            Self::Json(_) => "JSON",
            Self::Geometry(_) => "GEOMETRY",
            Self::Enum(_) => "ENUM",
            Self::Set(_) => "SET",
            Self::Bit(_) => "BIT",
            Self::Year => "YEAR",
            Self::Date => "DATE",
            Self::Time(_) | Self::TimeOld | Self::TimeScaled(_) => "TIME",
            Self::DateTime(_) | Self::DateTimeOld | Self::DateTimeScaled(_) => "DATETIME",
            Self::Timestamp(_) | Self::TimestampOld | Self::TimestampScaled(_) => "TIMESTAMP",
            Self::Compressed(_) => "COMPRESSED",
            Self::Vector(_) => "VECTOR",
            Self::Inet4 => "INET4",
            Self::Inet6 => "INET6",
            Self::Uuid => "UUID",
        }
    }
}
