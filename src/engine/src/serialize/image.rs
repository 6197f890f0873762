//! The columns that a table's messages show: their names as JSON, made once a
//! table, and row images written with them. Knows no format; each brings its
//! own way to write a cell.

use crate::rows::{Cell, RowImage};
use crate::schema::Column;

use super::json::write_string;
use super::text::TextError;
use super::{SerializeError, TableContext};

/// One shown column.
struct Shown {
    /// Its place in a row image.
    index: usize,
    column: Column,
    /// `,"name":`
    name: Vec<u8>,
}

/// The shown columns in table order.
pub(super) struct ImageColumns {
    columns: Vec<Shown>,
}

impl ImageColumns {
    pub(super) fn new(context: &TableContext) -> Self {
        let shown = context.shown.iter().filter_map(|index| {
            let column = context.schema.columns.get(*index)?.clone();
            let mut name = vec![b','];
            write_string(&mut name, &column.name);
            name.push(b':');
            Some(Shown { index: *index, column, name })
        });
        Self { columns: shown.collect() }
    }

    /// A JSON object with a member for each shown column, for constant parts.
    pub(super) fn object(&self, mut value: impl FnMut(&mut Vec<u8>, &Column)) -> Vec<u8> {
        let mut out = vec![b'{'];
        for shown in &self.columns {
            push_name(&mut out, &shown.name);
            value(&mut out, &shown.column);
        }
        out.push(b'}');
        out
    }

    /// A JSON array with an element for each shown column.
    pub(super) fn array(&self, mut value: impl FnMut(&mut Vec<u8>, &Column)) -> Vec<u8> {
        let mut out = vec![b'['];
        for (position, shown) in self.columns.iter().enumerate() {
            if position > 0 {
                out.push(b',');
            }
            value(&mut out, &shown.column);
        }
        out.push(b']');
        out
    }

    /// Appends `{` and the members of an image; the caller closes.
    #[inline]
    pub(super) fn open(
        &self,
        out: &mut Vec<u8>,
        image: &RowImage<'_>,
        write: impl Fn(&mut Vec<u8>, &Cell<'_>, &Column) -> Result<(), TextError>,
    ) -> Result<(), SerializeError> {
        out.push(b'{');
        for shown in &self.columns {
            let Some(cell) = image.get(shown.index) else { continue };
            push_name(out, &shown.name);
            write(out, cell, &shown.column).map_err(|error| SerializeError { column: shown.index, error })?;
        }
        Ok(())
    }

    /// Appends an image as an object.
    #[inline]
    pub(super) fn image(
        &self,
        out: &mut Vec<u8>,
        image: &RowImage<'_>,
        write: impl Fn(&mut Vec<u8>, &Cell<'_>, &Column) -> Result<(), TextError>,
    ) -> Result<(), SerializeError> {
        self.open(out, image, write)?;
        out.push(b'}');
        Ok(())
    }

    /// Appends an object with those members of `image` that differ in `other`.
    #[inline]
    pub(super) fn changed(
        &self,
        out: &mut Vec<u8>,
        image: &RowImage<'_>,
        other: &RowImage<'_>,
        write: impl Fn(&mut Vec<u8>, &Cell<'_>, &Column) -> Result<(), TextError>,
    ) -> Result<(), SerializeError> {
        out.push(b'{');
        for shown in &self.columns {
            let Some(cell) = image.get(shown.index) else { continue };
            if other.get(shown.index) == Some(cell) {
                continue;
            }
            push_name(out, &shown.name);
            write(out, cell, &shown.column).map_err(|error| SerializeError { column: shown.index, error })?;
        }
        out.push(b'}');
        Ok(())
    }
}

/// Appends `,"name":`, without the comma behind the opening brace.
#[inline]
fn push_name(out: &mut Vec<u8>, name: &[u8]) {
    let name = if out.last() == Some(&b'{') { name.get(1..).unwrap_or_default() } else { name };
    out.extend_from_slice(name);
}

/// The key's column names as a JSON array; `null` without a key. Complete
/// whatever columns are shown.
pub(super) fn key_array(context: &TableContext) -> Vec<u8> {
    let names = key_names(context);
    if names.is_empty() {
        return b"null".to_vec();
    }
    let mut out = vec![b'['];
    for (position, name) in names.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        write_string(&mut out, name);
    }
    out.push(b']');
    out
}

/// The key's column names.
pub(super) fn key_names(context: &TableContext) -> Vec<&str> {
    let columns = &context.schema.columns;
    context
        .schema
        .key
        .iter()
        .filter_map(|index| columns.get(*index))
        .map(|column| column.name.as_str())
        .collect()
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    write_string(&mut out, text);
    out
}
