//! From a rows event to pairs of row images.

use std::borrow::Cow;

use crate::log::body::{Rows, RowsKind};
use crate::log::wire::{Malformed, Reader, Wire};
use crate::planted::{self, Planted};
use crate::schema::{Column, ColumnKind};

use super::column::WireColumn;
use super::decimal::Decimal;
use super::{Cell, compressed, fixed, json_diff, temporal};

/// The images of one changed row; both reuse their memory from row to row of
/// the same event.
#[derive(Debug, Default)]
pub struct RowPair<'a> {
    /// Before image; empty for an insert.
    pub before: Vec<Cell<'a>>,
    /// After image; empty for a delete.
    pub after: Vec<Cell<'a>>,
}

/// Walks the rows of one event.
#[derive(Debug)]
pub struct RowDecoder<'t, 'a> {
    wire: &'t [WireColumn],
    columns: &'t [Column],
    kind: RowsKind,
    data: Reader<'a>,
    single: bool,
}

const WHAT: &str = "row image";

/// An image lacks columns: a session or the server writes partial row images.
pub const PARTIAL_IMAGE: Malformed =
    Malformed::new("row image: columns are missing, binlog_row_image is not FULL in some session");

impl<'t, 'a> RowDecoder<'t, 'a> {
    /// Starts at the first row. `columns` and `wire` describe the same table; what
    /// `wire` has behind the last column is hidden, and left out of the images.
    /// With `single` the event must hold exactly one row, as the Binlog Service
    /// writes them: bytes left over mean that the row was not read right.
    ///
    /// # Errors
    /// When the event's column count differs, or when an image lacks columns:
    /// then the server's row image is not FULL.
    pub fn new(rows: &Rows<'a>, wire: &'t [WireColumn], columns: &'t [Column], single: bool) -> Wire<Self> {
        if rows.columns != wire.len() || columns.len() > wire.len() {
            return Err(Malformed::new("column count of a rows event"));
        }
        if !all_present(rows.present, rows.columns) || !all_present(rows.present_after, rows.columns) {
            return Err(PARTIAL_IMAGE);
        }
        Ok(Self { wire, columns, kind: rows.kind, data: Reader::new(rows.data), single })
    }

    /// Reads the next row into `pair`; `false` at the end.
    pub fn next(&mut self, pair: &mut RowPair<'a>) -> Wire<bool> {
        pair.before.clear();
        pair.after.clear();
        if self.data.is_empty() {
            return Ok(false);
        }
        match self.kind {
            RowsKind::Insert => self.image(&mut pair.after)?,
            RowsKind::Delete => self.image(&mut pair.before)?,
            RowsKind::Update => {
                self.image(&mut pair.before)?;
                self.image(&mut pair.after)?;
            }
            RowsKind::PartialUpdate => {
                self.image(&mut pair.before)?;
                self.partial_image(&pair.before, &mut pair.after)?;
            }
        }
        if self.single && !self.data.is_empty() {
            return Err(Malformed::new("row image (bytes are left over)"));
        }
        Ok(true)
    }

    fn image(&mut self, cells: &mut Vec<Cell<'a>>) -> Wire<()> {
        let nulls = self.data.take(self.wire.len().div_ceil(8), WHAT)?;
        cells.reserve(self.wire.len());
        for (index, (wire, column)) in self.wire.iter().zip(self.columns).enumerate() {
            let place = if planted::is(Planted::NullsOfEight) { index % 8 } else { index };
            cells.push(if bit(nulls, place) { Cell::Null } else { cell(*wire, column, &mut self.data)? });
        }
        self.skip_hidden(nulls)
    }

    /// Leaves out what stands behind the last column.
    fn skip_hidden(&mut self, nulls: &[u8]) -> Wire<()> {
        for (index, wire) in self.wire.iter().enumerate().skip(self.columns.len()) {
            if !bit(nulls, index) {
                wire.skip(&mut self.data)?;
            }
        }
        Ok(())
    }

    /// An after image whose JSON columns may be differences to the before
    /// image: value options, then one bit for each JSON column when the
    /// options say so, then nulls and values.
    fn partial_image(&mut self, before: &[Cell<'a>], cells: &mut Vec<Cell<'a>>) -> Wire<()> {
        const PARTIAL_JSON: u64 = 1;
        let options = self.data.lenenc("value options")?;
        let json_columns = self.wire.iter().filter(|wire| matches!(wire, WireColumn::Json(_))).count();
        let partial = if options & PARTIAL_JSON != 0 {
            self.data.take(json_columns.div_ceil(8), "partial JSON bits")?
        } else {
            &[]
        };
        let nulls = self.data.take(self.wire.len().div_ceil(8), WHAT)?;
        let mut json_index = 0;
        for (index, (wire, column)) in self.wire.iter().zip(self.columns).enumerate() {
            let is_partial = matches!(wire, WireColumn::Json(_)) && {
                json_index += 1;
                bit(partial, json_index - 1)
            };
            cells.push(if bit(nulls, index) {
                Cell::Null
            } else if is_partial {
                let differences = self.data.prefixed(4, "JSON difference")?;
                match before.get(index) {
                    Some(Cell::Json(old)) => Cell::Json(Cow::Owned(json_diff::apply(old, differences)?)),
                    _ => return Err(Malformed::new("JSON difference without an old document")),
                }
            } else {
                cell(*wire, column, &mut self.data)?
            });
        }
        self.skip_hidden(nulls)
    }
}

/// How many rows an event holds, told from the wire form of its columns alone.
/// Images that lack columns, and bytes that make no sense, count as one row.
pub fn count_rows(rows: &Rows<'_>, wire: &[WireColumn]) -> u64 {
    let images = match rows.kind {
        RowsKind::Insert | RowsKind::Delete => 1,
        RowsKind::Update => 2,
        RowsKind::PartialUpdate => return 1,
    };
    let full = rows.columns == wire.len()
        && all_present(rows.present, rows.columns)
        && all_present(rows.present_after, rows.columns);
    let mut data = Reader::new(rows.data);
    let mut count = 0;
    while full && !data.is_empty() {
        for _ in 0..images {
            if skip_image(wire, &mut data).is_err() {
                return count.max(1);
            }
        }
        count += 1;
    }
    count.max(1)
}

fn skip_image(wire: &[WireColumn], data: &mut Reader<'_>) -> Wire<()> {
    let nulls = data.take(wire.len().div_ceil(8), WHAT)?;
    for (index, column) in wire.iter().enumerate() {
        if !bit(nulls, index) {
            column.skip(data)?;
        }
    }
    Ok(())
}

/// Bit `index`, lowest bit of the first byte first; missing bytes read 0.
fn bit(bitmap: &[u8], index: usize) -> bool {
    bitmap.get(index / 8).is_some_and(|byte| byte & (1 << (index % 8)) != 0)
}

fn all_present(bitmap: &[u8], count: usize) -> bool {
    let whole = count / 8;
    bitmap.iter().take(whole).all(|byte| *byte == 0xff) && (whole * 8..count).all(|index| bit(bitmap, index))
}

/// Reads one value that is not NULL.
#[inline]
fn cell<'a>(wire: WireColumn, column: &Column, data: &mut Reader<'a>) -> Wire<Cell<'a>> {
    Ok(match wire {
        WireColumn::Int(size) => integer(usize::from(size), column.unsigned, data)?,
        WireColumn::Float => Cell::Float(f32::from_le_bytes(data.array("FLOAT value")?)),
        WireColumn::Double => Cell::Double(f64::from_le_bytes(data.array("DOUBLE value")?)),
        WireColumn::Decimal(precision, scale, bytes) => {
            Cell::Decimal(Decimal::new(data.take(usize::from(bytes), "DECIMAL value")?, precision, scale)?)
        }
        WireColumn::Text(size) => bytes(data.prefixed(usize::from(size), "text value")?),
        WireColumn::Blob(size) => bytes(data.prefixed(usize::from(size), "TEXT or BLOB value")?),
        WireColumn::Json(size) => Cell::Json(Cow::Borrowed(data.prefixed(usize::from(size), "JSON value")?)),
        WireColumn::Geometry(size) => Cell::Geometry(data.prefixed(usize::from(size), "GEOMETRY value")?),
        WireColumn::Enum(size) => enumeration(usize::from(size), column, data)?,
        WireColumn::Set(size) => set(usize::from(size), column, data)?,
        WireColumn::Bit(size) => Cell::Bit(data.take(usize::from(size), "BIT value")?),
        WireColumn::Year => match data.u8("YEAR value")? {
            0 if !planted::is(Planted::YearZero) => Cell::Year(0),
            year => Cell::Year(1900 + u16::from(year)),
        },
        WireColumn::Date => Cell::Date(temporal::date(data)?),
        WireColumn::Time(digits) => Cell::Time(temporal::time2(data, digits)?),
        WireColumn::DateTime(digits) => Cell::DateTime(temporal::datetime2(data, digits)?),
        WireColumn::Timestamp(digits) => Cell::Timestamp(temporal::timestamp2(data, digits)?),
        WireColumn::TimeOld => Cell::Time(temporal::time_old(data)?),
        WireColumn::DateTimeOld => Cell::DateTime(temporal::datetime_old(data)?),
        WireColumn::TimestampOld => Cell::Timestamp(temporal::timestamp_old(data)?),
        WireColumn::TimeScaled(digits) => Cell::Time(temporal::time_scaled(data, digits)?),
        WireColumn::DateTimeScaled(digits) => Cell::DateTime(temporal::datetime_scaled(data, digits)?),
        WireColumn::TimestampScaled(digits) => Cell::Timestamp(temporal::timestamp_scaled(data, digits)?),
        WireColumn::Compressed(size) => {
            Cell::Bytes(compressed::inflate(data.prefixed(usize::from(size), "COMPRESSED value")?)?)
        }
        WireColumn::Vector(_) => return Err(Malformed::new("VECTOR value")),
        WireColumn::Inet4 => shown(fixed::inet4(data.prefixed(1, "INET4 value")?)?),
        WireColumn::Inet6 => shown(fixed::inet6(data.prefixed(1, "INET6 value")?)?),
        WireColumn::Uuid => shown(fixed::uuid(data.prefixed(1, "UUID value")?)?),
    })
}

const fn bytes(bytes: &[u8]) -> Cell<'_> {
    Cell::Bytes(Cow::Borrowed(bytes))
}

fn shown<'a>(text: String) -> Cell<'a> {
    Cell::Bytes(Cow::Owned(text.into_bytes()))
}

#[inline]
fn integer<'a>(size: usize, unsigned: bool, data: &mut Reader<'a>) -> Wire<Cell<'a>> {
    let raw = data.uint(size, "integer value")?;
    if unsigned && !planted::is(Planted::SignLost) {
        return Ok(Cell::UInt(raw));
    }
    // Move the sign bit to the top and back.
    let shift = 64 - 8 * if size == 3 && planted::is(Planted::MediumintWide) { 4 } else { size.min(8) };
    Ok(Cell::Int((raw << shift).cast_signed() >> shift))
}

fn enumeration<'a>(size: usize, column: &Column, data: &mut Reader<'a>) -> Wire<Cell<'a>> {
    const WHAT: &str = "ENUM value";
    let index = u16::try_from(data.uint(size, WHAT)?).map_err(|_| Malformed::new(WHAT))?;
    if usize::from(index) > column.labels.len() {
        return Err(Malformed::new("ENUM value (index beyond the labels)"));
    }
    Ok(Cell::Enum(index))
}

fn set<'a>(size: usize, column: &Column, data: &mut Reader<'a>) -> Wire<Cell<'a>> {
    let bits = data.uint(size, "SET value")?;
    let labels = column.labels.len();
    if labels < 64 && bits >> labels != 0 {
        return Err(Malformed::new("SET value (bit beyond the labels)"));
    }
    debug_assert!(column.kind == ColumnKind::Set);
    Ok(Cell::Set(bits))
}
