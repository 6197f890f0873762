//! Columns: what the schema says about a name, turned into a kind of value and
//! a way to read the cell.

use crate::schema::charset::Charset;
use crate::schema::{Column, ColumnKind};

use super::super::error::{FilterError, FilterErrorKind, FilterResult};
use super::super::expression::Expr;
use super::Compiler;
use super::kind::{IntForm, Kind, TextKind, Typed};

impl Compiler<'_> {
    /// The index of a column by its name, bare or qualified with this table's.
    pub(super) fn index(&mut self, at: usize, parts: &[String]) -> FilterResult<usize> {
        let own = match parts {
            [_] => true,
            [table, _] => *table == self.schema.table,
            [database, table, _] => *database == self.schema.database && *table == self.schema.table,
            _ => false,
        };
        if !own {
            return Err(FilterError::new(at, FilterErrorKind::OtherTable(parts.join("."))));
        }
        let name = parts.last().map_or("", String::as_str);
        let index = self
            .schema
            .column_index(name)
            .ok_or_else(|| FilterError::new(at, FilterErrorKind::UnknownColumn(name.to_owned())))?;
        if !self.columns.contains(&index) {
            self.columns.push(index);
        }
        Ok(index)
    }

    pub(super) fn column(&mut self, at: usize, parts: &[String]) -> FilterResult<Typed> {
        let index = self.index(at, parts)?;
        let unknown = || FilterError::new(at, FilterErrorKind::UnknownColumn(parts.join(".")));
        let column = self.schema.columns.get(index).ok_or_else(unknown)?;
        let refused = |kind| Err(FilterError::new(at, kind));
        let catalogue = || FilterError::new(at, FilterErrorKind::Catalogue(column.name.clone()));
        let fraction = || length(&column.column_type).map_or(Some(0), |digits| u8::try_from(digits).ok());
        let (kind, expr) = match column.kind {
            ColumnKind::TinyInt => (int(column, 3), Expr::Number(index)),
            ColumnKind::SmallInt => (int(column, 5), Expr::Number(index)),
            ColumnKind::MediumInt => (int(column, 8), Expr::Number(index)),
            ColumnKind::Int => (int(column, 10), Expr::Number(index)),
            ColumnKind::BigInt => (int(column, 20), Expr::Number(index)),
            ColumnKind::Bit => {
                (Kind::Int { unsigned: true, digits: 20, form: IntForm::Bit }, Expr::Number(index))
            }
            ColumnKind::Year => {
                (Kind::Int { unsigned: true, digits: 4, form: IntForm::Year }, Expr::Number(index))
            }
            ColumnKind::Decimal => {
                let (precision, scale) = decimal_shape(&column.column_type).ok_or_else(catalogue)?;
                let whole = precision.checked_sub(scale).ok_or_else(catalogue)?;
                (Kind::Decimal { whole, scale, unsigned: column.unsigned }, Expr::Number(index))
            }
            ColumnKind::Float | ColumnKind::Double => {
                return refused(FilterErrorKind::Float(column.name.clone()));
            }
            ColumnKind::Char
            | ColumnKind::VarChar
            | ColumnKind::TinyText
            | ColumnKind::Text
            | ColumnKind::MediumText
            | ColumnKind::LongText => (text(column), Expr::Text(index, column.charset)),
            ColumnKind::Enum => (text(column), Expr::Label(index, column.labels.clone().into())),
            ColumnKind::Set => (text(column), Expr::Labels(index, column.labels.clone().into())),
            ColumnKind::Binary => {
                (Kind::Bytes, Expr::Bytes(index, usize::try_from(column.length).unwrap_or(0)))
            }
            ColumnKind::VarBinary
            | ColumnKind::TinyBlob
            | ColumnKind::Blob
            | ColumnKind::MediumBlob
            | ColumnKind::LongBlob => (Kind::Bytes, Expr::Bytes(index, 0)),
            ColumnKind::Date => {
                (Kind::Moment { date_only: true, digits: 0, stamp: false }, Expr::Moment(index))
            }
            ColumnKind::DateTime | ColumnKind::Timestamp => {
                let digits = fraction().filter(|digits| *digits <= 6).ok_or_else(catalogue)?;
                let stamp = column.kind == ColumnKind::Timestamp;
                (Kind::Moment { date_only: false, digits, stamp }, Expr::Moment(index))
            }
            ColumnKind::Time => (
                Kind::Span(fraction().filter(|digits| *digits <= 6).ok_or_else(catalogue)?),
                Expr::Time(index),
            ),
            ColumnKind::Json
            | ColumnKind::Geometry
            | ColumnKind::Inet4
            | ColumnKind::Inet6
            | ColumnKind::Uuid => {
                return refused(FilterErrorKind::ColumnType(column.name.clone(), column.kind.name()));
            }
        };
        let zerofill = column.column_type.to_ascii_lowercase().contains("zerofill");
        Ok(Typed { zerofill, ..Typed::new(at, kind, expr, Some(index)) })
    }
}

const fn int(column: &Column, digits: u8) -> Kind {
    Kind::Int { unsigned: column.unsigned, digits, form: IntForm::Plain }
}

fn text(column: &Column) -> Kind {
    let collation = column.collation.to_ascii_lowercase();
    Kind::Text(TextKind { columns: Some(collation), explicit: None, utf8: column.charset == Charset::Utf8 })
}

/// The digits of `decimal(20,5) unsigned`; without brackets the default.
fn decimal_shape(column_type: &str) -> Option<(u8, u8)> {
    let Some((_, rest)) = column_type.split_once('(') else { return Some((10, 0)) };
    let (digits, _) = rest.split_once(')')?;
    let (precision, scale) = digits.split_once(',').unwrap_or((digits, "0"));
    Some((precision.trim().parse().ok()?, scale.trim().parse().ok()?))
}

/// The number in brackets.
fn length(column_type: &str) -> Option<usize> {
    let (_, rest) = column_type.split_once('(')?;
    rest.split_once(')')?.0.trim().parse().ok()
}
