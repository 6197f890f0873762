//! How a column looks on the wire, from the TABLE_MAP's type and metadata
//! bytes, and whether that agrees with what the catalogue declares.

use crate::log::body::TableMap;
use crate::log::wire::{Malformed, Reader, Wire};
use crate::schema::{Column, ColumnKind};

use super::decimal;

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
    /// Whether values of this wire form can belong to the declared column.
    pub fn fits(self, column: &Column) -> bool {
        use ColumnKind as K;
        match self {
            Self::Int(1) => column.kind == K::TinyInt,
            Self::Int(2) => column.kind == K::SmallInt,
            Self::Int(3) => column.kind == K::MediumInt,
            Self::Int(4) => column.kind == K::Int,
            Self::Int(_) => column.kind == K::BigInt,
            Self::Float => column.kind == K::Float,
            // The Binlog Service sends FLOAT with a long precision as DOUBLE.
            Self::Double => matches!(column.kind, K::Double | K::Float),
            Self::Decimal(..) => column.kind == K::Decimal,
            Self::Text(_) => matches!(column.kind, K::Char | K::VarChar | K::Binary | K::VarBinary),
            Self::Blob(_) => matches!(
                column.kind,
                K::TinyText
                    | K::Text
                    | K::MediumText
                    | K::LongText
                    | K::TinyBlob
                    | K::Blob
                    | K::MediumBlob
                    | K::LongBlob
                    // MariaDB's JSON is LONGTEXT.
                    | K::Json
            ),
            Self::Json(_) => column.kind == K::Json,
            Self::Geometry(_) => column.kind == K::Geometry,
            Self::Enum(_) => column.kind == K::Enum,
            Self::Set(_) => column.kind == K::Set,
            Self::Bit(_) => column.kind == K::Bit,
            Self::Year => column.kind == K::Year,
            Self::Date => column.kind == K::Date,
            Self::Time(_) | Self::TimeOld => column.kind == K::Time,
            Self::DateTime(_) | Self::DateTimeOld => column.kind == K::DateTime,
            Self::Timestamp(_) | Self::TimestampOld => column.kind == K::Timestamp,
        }
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
            Self::Time(_) | Self::TimeOld => "TIME",
            Self::DateTime(_) | Self::DateTimeOld => "DATETIME",
            Self::Timestamp(_) | Self::TimestampOld => "TIMESTAMP",
        }
    }
}
