//! A version of a table's shape as it is kept: what it was from a place on, and
//! how that is known.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::TableSchema;

/// How a version is known, weakest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KnownBy {
    /// The log's own events tell it.
    Event,
    /// The catalogue, and no statement between the place and its reading names
    /// the table.
    Catalogue,
    /// The version before and a statement that was understood whole.
    Statement,
    /// An operator gave it.
    Given,
}

/// What a table is from a place on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// It has these columns.
    Known(Arc<TableSchema>),
    /// It is not there.
    Gone,
    /// A statement may have changed it and was not understood; the text shows the
    /// columns before it.
    Unknown(String),
}

/// The stored form of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The shape.
    pub shape: Shape,
    /// How it is known.
    pub known_by: KnownBy,
    /// The statement that made it, where one did, cut to a sane length.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub statement: String,
    /// Given for the next place that wants it; not yet in use.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pending: bool,
}

impl Version {
    /// Reads a stored version.
    ///
    /// # Errors
    /// The text is none.
    pub fn read(body: &str) -> serde_json::Result<Self> {
        serde_json::from_str(body)
    }

    /// The stored form.
    ///
    /// # Errors
    /// Never for what was read or made here.
    pub fn write(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}

/// A statement as it is kept and shown: its first letters, on one line.
#[must_use]
pub fn shortened(sql: &str) -> String {
    const LETTERS: usize = 300;
    let line: String = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LETTERS) {
        Some((cut, _)) => format!("{}…", line.get(..cut).unwrap_or_default()),
        None => line,
    }
}
