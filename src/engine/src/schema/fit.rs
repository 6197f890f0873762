//! Whether a declared column and what a TABLE_MAP says of it are one: in type,
//! length, precision, fraction, sign, character set, labels and nullability.

use crate::log::body::TableMap;
use crate::log::wire::{Malformed, Reader, Wire};

use super::charset::Charset;
use super::dialect::widest;
use super::metadata::{Metadata, charset_of};
use super::{Column, ColumnKind, TableSchema};

const WHAT: &str = "column types of a TABLE_MAP event";

/// A column's type number and its metadata bytes, the low one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WireType {
    /// The type; for CHAR, ENUM and SET, which share one, the real one.
    pub(crate) number: u8,
    /// Length, digits or precision.
    pub(crate) detail: u16,
    /// Whether it may be NULL.
    pub(crate) nullable: bool,
}

mod number {
    pub(super) const YEAR: u8 = 13;
    pub(super) const BIGINT: u8 = 8;
    pub(super) const BIT: u8 = 16;
    pub(super) const TIMESTAMP: u8 = 17;
    pub(super) const DATETIME: u8 = 18;
    pub(super) const TIME: u8 = 19;
    pub(super) const BLOB_COMPRESSED: u8 = 140;
    pub(super) const VARCHAR_COMPRESSED: u8 = 141;
    pub(super) const VECTOR: u8 = 242;
    pub(super) const JSON: u8 = 245;
    pub(super) const DECIMAL: u8 = 246;
    pub(super) const ENUM: u8 = 247;
    pub(super) const SET: u8 = 248;
    pub(super) const BLOB: u8 = 252;
    pub(super) const STRING: u8 = 254;
    pub(super) const GEOMETRY: u8 = 255;
}

impl WireType {
    pub(crate) fn is_text(self) -> bool {
        matches!(
            self.number,
            15 | 253 | number::STRING | 249
                ..=number::BLOB | number::BLOB_COMPRESSED | number::VARCHAR_COMPRESSED
        )
    }

    pub(crate) fn is_enum(self) -> bool {
        self.number == number::ENUM
    }

    pub(crate) fn is_set(self) -> bool {
        self.number == number::SET
    }

    pub(crate) fn is_labelled(self) -> bool {
        self.is_enum() || self.is_set()
    }

    pub(crate) fn is_number(self) -> bool {
        matches!(self.number, 1..=5 | 8 | 9 | number::DECIMAL)
    }

    pub(crate) fn is_year(self) -> bool {
        self.number == number::YEAR
    }
}

/// The types of a table map's columns.
pub(crate) fn wire_types(map: &TableMap<'_>) -> Wire<Vec<WireType>> {
    let mut metadata = Reader::new(map.metadata);
    let nullable =
        |index: usize| map.nullable.get(index / 8).is_some_and(|byte| byte & (1 << (index % 8)) != 0);
    map.types
        .iter()
        .enumerate()
        .map(|(index, kind)| wire_type(*kind, nullable(index), &mut metadata))
        .collect()
}

fn wire_type(kind: u8, nullable: bool, metadata: &mut Reader<'_>) -> Wire<WireType> {
    let detail = match kind {
        4
        | 5
        | number::TIMESTAMP..=number::TIME
        | number::JSON
        | number::VECTOR
        | 249..=number::BLOB
        | number::GEOMETRY
        | number::BLOB_COMPRESSED => u16::from(metadata.u8(WHAT)?),
        15 | 253 | number::BIT | number::DECIMAL | number::VARCHAR_COMPRESSED => metadata.u16(WHAT)?,
        number::STRING | number::ENUM | number::SET => {
            let (first, second) = (metadata.u8(WHAT)?, metadata.u8(WHAT)?);
            // The real type is in the first byte, whose bits 4 and 5 can carry two
            // more bits of the length.
            let detail = (u16::from(!first & 0x30) << 4) | u16::from(second);
            return match first | 0x30 {
                real @ (number::ENUM | number::SET) => {
                    Ok(WireType { number: real, detail: u16::from(second), nullable })
                }
                number::STRING => Ok(WireType { number: number::STRING, detail, nullable }),
                _ => Err(Malformed::new(WHAT)),
            };
        }
        _ => 0,
    };
    Ok(WireType { number: kind, detail, nullable })
}

/// Whether a schema is the one that a table map and its metadata show, but for
/// which columns may be NULL.
pub(crate) fn fits(schema: &TableSchema, types: &[WireType], metadata: &Metadata<'_>) -> bool {
    schema.columns.len() + hidden(schema, types, metadata) == types.len()
        && schema
            .columns
            .iter()
            .zip(types)
            .enumerate()
            .all(|(index, (column, kind))| column_fits(column, *kind, metadata, index))
        && names_fit(schema, metadata)
        && primary_fits(schema, metadata)
}

/// How many columns of the event no catalogue shows: MariaDB keeps the hash of a
/// unique index over long texts in one, behind all others.
pub(crate) fn hidden(schema: &TableSchema, types: &[WireType], metadata: &Metadata<'_>) -> usize {
    let more = types.len().saturating_sub(schema.columns.len());
    let is_hash = match &metadata.names {
        Some(names) => names.iter().skip(schema.columns.len()).all(|name| name.starts_with(HASH)),
        // Some engines need none for it, and an ALTER forgets that one was asked for.
        None => more <= schema.indexes.iter().filter(|index| index.hash).count(),
    };
    let numbers = types.iter().skip(schema.columns.len()).all(|kind| kind.number == number::BIGINT);
    if is_hash && numbers { more } else { 0 }
}

/// How the names of hidden columns with a hash begin.
pub(super) const HASH: &[u8] = b"DB_ROW_HASH_";

/// Whether a column is the one at this place of the event.
pub(crate) fn column_fits(column: &Column, kind: WireType, metadata: &Metadata<'_>, index: usize) -> bool {
    let unsigned = metadata.unsigned.get(index).copied().flatten();
    let charset = metadata.collations.get(index).copied().flatten().and_then(charset_of);
    let charset = charset.and_then(Charset::from_name);
    type_fits(column, kind)
        && unsigned.is_none_or(|unsigned| unsigned == column.unsigned || !has_sign(column.kind))
        && charset.is_none_or(|charset| charset == column.charset || column.kind.is_fixed())
        && labels_fit(column, metadata, index)
}

/// Whether the same columns may be NULL.
pub(crate) fn nulls_fit(schema: &TableSchema, types: &[WireType]) -> bool {
    schema.columns.iter().zip(types).all(|(column, kind)| column.nullable == kind.nullable)
}

const fn has_sign(kind: ColumnKind) -> bool {
    use ColumnKind as K;
    matches!(kind, K::TinyInt | K::SmallInt | K::MediumInt | K::Int | K::BigInt)
}

fn names_fit(schema: &TableSchema, metadata: &Metadata<'_>) -> bool {
    let Some(names) = &metadata.names else { return true };
    schema
        .columns
        .iter()
        .zip(names)
        .all(|(column, name)| String::from_utf8_lossy(name).to_lowercase() == column.name.to_lowercase())
}

fn primary_fits(schema: &TableSchema, metadata: &Metadata<'_>) -> bool {
    let Some(parts) = &metadata.primary else { return true };
    let told = parts.iter().map(|(column, _)| Some(*column));
    // Of some tables the key is known, and not its name.
    if schema.indexes.is_empty() {
        return told.eq(schema.key.iter().copied().map(Some));
    }
    schema.primary().is_some_and(|primary| {
        primary.parts.iter().map(|part| schema.column_index(part.column.as_deref()?)).eq(told)
    })
}

fn labels_fit(column: &Column, metadata: &Metadata<'_>, index: usize) -> bool {
    let Some(Some(labels)) = metadata.labels.get(index) else { return true };
    let text = |bytes: &&[u8]| column.charset.decode(bytes).map(std::borrow::Cow::into_owned);
    labels.iter().map(text).eq(column.labels.iter().map(|label| Some(label.clone())))
}

/// Whether the wire form is that of the declared type.
fn type_fits(column: &Column, kind: WireType) -> bool {
    use ColumnKind as K;
    let low = kind.detail & 0xff;
    match (column.kind, kind.number) {
        (K::TinyInt, wire) => wire == 1,
        (K::SmallInt, wire) => wire == 2,
        (K::MediumInt, wire) => wire == 9,
        (K::Int, wire) => wire == 3,
        (K::BigInt, wire) => wire == 8,
        // The Binlog Service sends FLOAT with a long precision as DOUBLE.
        (K::Float, wire) => matches!(wire, 4 | 5),
        (K::Double, wire) => wire == 5,
        (K::Year, wire) => wire == number::YEAR,
        (K::Date, wire) => matches!(wire, 10 | 14),
        (K::Geometry, wire) => wire == number::GEOMETRY,
        // MariaDB's JSON is LONGTEXT.
        (K::Json, wire) => matches!(wire, number::JSON | number::BLOB),
        // The formats before MySQL 5.6.4.
        (K::Time, 11) | (K::DateTime, 12) | (K::Timestamp, 7) => true,
        (K::Decimal, number::DECIMAL) => {
            let (precision, scale) = column.decimal_shape();
            [precision, scale].map(u16::from) == [low, kind.detail >> 8]
        }
        (K::VarChar | K::VarBinary, 15 | 253) | (K::Char | K::Binary, number::STRING) => {
            length_of(column).is_none_or(|length| length == u32::from(kind.detail))
        }
        // One byte more, which tells how a value is packed.
        (K::VarChar | K::VarBinary, number::VARCHAR_COMPRESSED) => {
            length_of(column).is_none_or(|length| length + 1 == u32::from(kind.detail))
        }
        (K::Inet4, number::STRING) => kind.detail == 4,
        (K::Inet6 | K::Uuid, number::STRING) => kind.detail == 16,
        (K::TinyBlob | K::TinyText, number::BLOB | number::BLOB_COMPRESSED) => low == 1,
        (K::Blob | K::Text, number::BLOB | number::BLOB_COMPRESSED) => low == 2,
        (K::MediumBlob | K::MediumText, number::BLOB | number::BLOB_COMPRESSED) => low == 3,
        (K::LongBlob | K::LongText, number::BLOB | number::BLOB_COMPRESSED) => low == 4,
        (K::Enum, number::ENUM) => low == if column.labels.len() < 256 { 1 } else { 2 },
        (K::Set, number::SET) => {
            usize::from(low)
                == match column.labels.len().div_ceil(8) {
                    bytes @ 0..=4 => bytes.max(1),
                    _ => 8,
                }
        }
        (K::Bit, number::BIT) => {
            let bits = column.arguments().next().unwrap_or(1);
            low == u16::from(bits % 8) && kind.detail >> 8 == u16::from(bits / 8)
        }
        (K::Time, number::TIME) | (K::DateTime, number::DATETIME) | (K::Timestamp, number::TIMESTAMP) => {
            u16::from(column.arguments().next().unwrap_or(0)) == low
        }
        _ => false,
    }
}

/// Most bytes of a column with a length; nothing where that is not known.
pub(super) fn length_of(column: &Column) -> Option<u32> {
    let letters: u32 = column.column_type.split_once('(')?.1.split(')').next()?.trim().parse().ok()?;
    let charset = column.collation.split_once('_').map_or(column.collation.as_str(), |(charset, _)| charset);
    // Without a collation a text's width is not known.
    if column.charset != Charset::Binary && charset.is_empty() {
        return None;
    }
    Some(letters * widest(charset)?)
}
