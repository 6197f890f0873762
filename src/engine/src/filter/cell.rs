//! Cells of a row as values. Each cell must have the kind that the schema told;
//! everything else is unreadable.

use std::borrow::Cow;

use crate::rows::Cell;

use super::error::EvalError;
use super::evaluate::Evaluated;
use super::expression::{Expr, Value};
use super::moment;
use super::number::{Decimal, Number};

pub(super) fn cell<'r>(row: &'r [Cell<'r>], column: usize) -> Result<&'r Cell<'r>, EvalError> {
    row.get(column).ok_or(EvalError::Unreadable { column })
}

/// The value of a column, whose cell must have the kind the schema told.
pub(super) fn column_value<'r>(expr: &'r Expr, row: &'r [Cell<'r>]) -> Evaluated<Value<'r>> {
    let (Expr::Number(column)
    | Expr::Text(column, _)
    | Expr::Label(column, _)
    | Expr::Labels(column, _)
    | Expr::Bytes(column, _)
    | Expr::Moment(column)
    | Expr::Time(column)) = expr
    else {
        return Ok(None);
    };
    let unreadable = EvalError::Unreadable { column: *column };
    let int = |value: i128| Some(Value::Number(Number::Int(value)));
    let value = match (expr, cell(row, *column)?) {
        (_, Cell::Null) => return Ok(None),
        (Expr::Number(_), Cell::Int(value)) => int(i128::from(*value)),
        (Expr::Number(_), Cell::UInt(value)) => int(i128::from(*value)),
        (Expr::Number(_), Cell::Year(year)) => int(i128::from(*year)),
        (Expr::Number(_), Cell::Bit(bytes)) if bytes.len() <= 8 => {
            int(bytes.iter().fold(0, |value, byte| value << 8 | i128::from(*byte)))
        }
        (Expr::Number(_), Cell::Decimal(packed)) => {
            Decimal::of_cell(*packed).map(|decimal| Value::Number(Number::Decimal(decimal)))
        }
        (Expr::Text(_, charset), Cell::Bytes(bytes)) => charset.decode(bytes).map(Value::Text),
        (Expr::Label(_, labels), Cell::Enum(index)) => match usize::from(*index).checked_sub(1) {
            None => Some(Value::Text(Cow::Borrowed(""))),
            Some(index) => labels.get(index).map(|label| Value::Text(Cow::Borrowed(label))),
        },
        (Expr::Labels(_, labels), Cell::Set(bits)) => {
            let chosen: Vec<&str> = labels
                .iter()
                .enumerate()
                .filter(|(index, _)| bits >> index & 1 == 1)
                .map(|(_, label)| label.as_str())
                .collect();
            Some(Value::Text(Cow::Owned(chosen.join(","))))
        }
        (Expr::Bytes(_, length), Cell::Bytes(bytes)) if bytes.len() < *length => {
            let mut padded = bytes.to_vec();
            padded.resize(*length, 0);
            Some(Value::Bytes(Cow::Owned(padded)))
        }
        (Expr::Bytes(..), Cell::Bytes(bytes)) => Some(Value::Bytes(Cow::Borrowed(bytes))),
        (Expr::Moment(_), Cell::Date(date)) => Some(Value::Moment(moment::of_date(*date))),
        (Expr::Moment(_), Cell::DateTime(value)) => Some(Value::Moment(moment::of_datetime(*value))),
        (Expr::Moment(_), Cell::Timestamp(value)) => moment::of_timestamp(*value).map(Value::Moment),
        (Expr::Time(_), Cell::Time(time)) => Some(Value::Span(moment::of_time(*time))),
        _ => None,
    };
    value.map(Some).ok_or(unreadable)
}
