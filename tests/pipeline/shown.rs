//! Cells as SELECT shows them, written with nothing of the product's own texts.

use tidewire_engine::rows::{Cell, JsonDoubles, write_json_text};
use tidewire_engine::schema::{Column, ColumnKind};

/// A decoded value in the captures' text form.
#[derive(Debug)]
pub(crate) enum Shown {
    Null,
    Text(String),
    Moment(String),
    Number(f64),
    Json(String),
}

impl Shown {
    pub(crate) fn equals(&self, expected: Option<&str>) -> bool {
        match (self, expected) {
            (Self::Null, None) => true,
            (Self::Text(text), Some(expected)) => text == expected,
            // SELECT shows the declared digits, the binlog carries microseconds.
            (Self::Moment(text), Some(expected)) => trimmed(text) == trimmed(expected),
            #[expect(clippy::float_cmp, reason = "the same bits are wanted")]
            (Self::Number(number), Some(expected)) => {
                let wanted: f64 = expected.parse().unwrap();
                *number == wanted || (*number as f32) == (wanted as f32)
            }
            (Self::Json(text), Some(expected)) => text == expected || same_json(text, expected),
            _ => false,
        }
    }
}

fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// Documents of the service keep the order of their members and are compared
/// as documents, numbers by value.
fn same_json(left: &str, right: &str) -> bool {
    fn normal(text: &str) -> Option<String> {
        let value: serde_json::Value = serde_json::from_str(text).ok()?;
        Some(canonical(&value))
    }
    fn canonical(value: &serde_json::Value) -> String {
        match value {
            serde_json::Value::Number(number) => format!("{:?}", number.as_f64().unwrap()),
            serde_json::Value::Array(items) => {
                format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(","))
            }
            serde_json::Value::Object(members) => {
                let members: Vec<String> =
                    members.iter().map(|(name, value)| format!("{name:?}:{}", canonical(value))).collect();
                format!("{{{}}}", members.join(","))
            }
            other => other.to_string(),
        }
    }
    normal(left).is_some_and(|left| Some(left) == normal(right))
}

#[expect(clippy::too_many_lines, reason = "one arm a type")]
/// The text of a cell.
pub(crate) fn shown(cell: &Cell<'_>, column: &Column, doubles: JsonDoubles) -> Shown {
    let fraction = |micros: u32| if micros == 0 { String::new() } else { format!(".{micros:06}") };
    let text = match cell {
        Cell::Null => return Shown::Null,
        Cell::Float(value) => return Shown::Number(f64::from(*value)),
        Cell::Double(value) => return Shown::Number(*value),
        Cell::Int(value) => value.to_string(),
        Cell::UInt(value) => value.to_string(),
        Cell::Decimal(decimal) => {
            let mut out = Vec::new();
            decimal.write_plain(&mut out).unwrap();
            String::from_utf8(out).unwrap()
        }
        Cell::Bit(bytes) => {
            let hex = hex(bytes);
            let trimmed = hex.trim_start_matches('0');
            if trimmed.is_empty() { "0".to_owned() } else { trimmed.to_owned() }
        }
        Cell::Bytes(bytes) => match column.kind {
            ColumnKind::Binary => {
                let mut padded = bytes.to_vec();
                padded.resize(column.length as usize, 0);
                hex(&padded)
            }
            ColumnKind::VarBinary
            | ColumnKind::TinyBlob
            | ColumnKind::Blob
            | ColumnKind::MediumBlob
            | ColumnKind::LongBlob => hex(bytes),
            _ => column.charset.decode(bytes).expect("valid text").into_owned(),
        },
        Cell::Enum(index) => match usize::from(*index).checked_sub(1) {
            None => String::new(),
            Some(index) => column.labels[index].clone(),
        },
        Cell::Set(bits) => {
            let labels = column.labels.iter().enumerate();
            let chosen: Vec<&str> = labels
                .filter(|(index, _)| bits & (1 << index) != 0)
                .map(|(_, label)| label.as_str())
                .collect();
            chosen.join(",")
        }
        Cell::Year(year) => format!("{year:04}"),
        Cell::Date(date) => format!("{:04}-{:02}-{:02}", date.year, date.month, date.day),
        Cell::Time(time) => format!(
            "{}{:02}:{:02}:{:02}{}",
            if time.negative { "-" } else { "" },
            time.hours,
            time.minutes,
            time.seconds,
            fraction(time.micros)
        ),
        Cell::DateTime(value) => format!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}{}",
            value.date.year,
            value.date.month,
            value.date.day,
            value.hours,
            value.minutes,
            value.seconds,
            fraction(value.micros)
        ),
        Cell::Timestamp(value) if value.seconds == 0 && value.micros == 0 => "0000-00-00 00:00:00".to_owned(),
        Cell::Timestamp(value) => {
            let time = jiff::Timestamp::from_second(i64::from(value.seconds)).unwrap();
            format!("{}{}", time.strftime("%Y-%m-%d %H:%M:%S"), fraction(value.micros))
        }
        Cell::Json(document) => {
            let mut out = Vec::new();
            write_json_text(&mut out, document, doubles).unwrap();
            return Shown::Json(String::from_utf8(out).unwrap());
        }
        Cell::Geometry(bytes) => {
            return Shown::Text(match std::str::from_utf8(bytes) {
                Ok(text) if text.starts_with("SRID") => text.to_owned(),
                _ => hex(bytes),
            });
        }
    };
    match cell {
        Cell::Time(_) | Cell::DateTime(_) | Cell::Timestamp(_) => Shown::Moment(text),
        _ => Shown::Text(text),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02X}").unwrap();
        text
    })
}
