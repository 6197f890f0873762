//! A column as a catalogue declares it, read into a [`Column`].

use tidewire_words::{Sentence, Text};

use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::words::fault;

use super::charset::Charset;
use super::{Column, ColumnKind, parse_labels};

/// One row of `information_schema.COLUMNS`.
#[derive(Clone, Debug, Default)]
pub struct RawColumn {
    /// COLUMN_NAME.
    pub name: String,
    /// DATA_TYPE.
    pub data_type: String,
    /// COLUMN_TYPE.
    pub column_type: String,
    /// CHARACTER_SET_NAME, empty when NULL.
    pub charset: String,
    /// COLLATION_NAME, empty when NULL.
    pub collation: String,
    /// EXTRA.
    pub extra: String,
    /// IS_NULLABLE.
    pub nullable: bool,
    /// Whether labels stand in COLUMN_TYPE with escapes.
    pub escaped_labels: bool,
}

impl Column {
    /// A column of which only name and nullability count.
    pub fn of_any_type(raw: &RawColumn) -> Self {
        Self {
            name: raw.name.clone(),
            kind: ColumnKind::from_data_type(&raw.data_type).unwrap_or(ColumnKind::LongBlob),
            column_type: raw.column_type.clone(),
            collation: raw.collation.clone(),
            unsigned: false,
            charset: Charset::Binary,
            labels: Vec::new(),
            length: 0,
            is_virtual: false,
            nullable: raw.nullable,
        }
    }
}

/// A column from its catalogue row.
///
/// # Errors
/// Types and charsets that can't be followed, named.
pub fn build_column(raw: &RawColumn) -> PipelineResult<Column> {
    let refused = |what: Text, value: &str| {
        PipelineError::new(ErrorKind::ColumnUnsupported, Sentence::new(what, &[&raw.name, value]))
    };
    let kind = ColumnKind::from_data_type(&raw.data_type)
        .ok_or_else(|| refused(fault::COLUMN_TYPE, &raw.data_type))?;
    let charset =
        Charset::from_name(&raw.charset).ok_or_else(|| refused(fault::COLUMN_CHARSET, &raw.charset))?;
    let lower = raw.column_type.to_ascii_lowercase();
    let length = lower
        .strip_prefix("binary(")
        .and_then(|rest| rest.split(')').next())
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(u32::from(lower == "binary"));
    Ok(Column {
        name: raw.name.clone(),
        kind,
        column_type: raw.column_type.clone(),
        collation: raw.collation.clone(),
        unsigned: lower.contains("unsigned") || lower.contains("zerofill"),
        charset: if kind == ColumnKind::Json || kind.is_fixed() { Charset::Utf8 } else { charset },
        labels: if matches!(kind, ColumnKind::Enum | ColumnKind::Set) {
            parse_labels(&raw.column_type, raw.escaped_labels)
        } else {
            Vec::new()
        },
        length,
        is_virtual: raw.extra.to_ascii_uppercase().contains("VIRTUAL"),
        nullable: raw.nullable,
    })
}
