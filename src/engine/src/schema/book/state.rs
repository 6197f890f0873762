//! What is known of a table at the place which is read.

use std::sync::Arc;

use crate::schema::TableSchema;
use crate::schema::ahead::Later;
use crate::schema::version::{Shape, Version};

/// What a table is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It has these columns.
    Known(Arc<TableSchema>),
    /// It is not there, until it comes back.
    Gone,
    /// Its columns have to be proven before its next row.
    Unknown(Doubt),
}

/// Since when and why a table's columns are not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Doubt {
    /// The statement that was not understood, or that stands behind the start.
    pub(super) statement: Option<String>,
    /// The place behind it.
    pub(super) place: Option<String>,
    /// The columns before it.
    pub(super) before: String,
}

impl Doubt {
    /// At the start of a run a later statement stands in the log.
    pub(super) fn of_start(later: &Later) -> Self {
        Self {
            statement: Some(later.statement.clone()),
            place: Some(later.place.clone()),
            before: "?".to_owned(),
        }
    }
}

impl State {
    /// From a stored version; `place` is where it begins.
    pub(super) fn of(version: &Version, place: String) -> Self {
        match &version.shape {
            Shape::Known(schema) => Self::Known(Arc::clone(schema)),
            Shape::Gone => Self::Gone,
            Shape::Unknown(before) => Self::Unknown(Doubt {
                statement: Some(version.statement.clone()),
                place: Some(place),
                before: before.clone(),
            }),
        }
    }

    /// What is stored of it.
    pub(super) fn shape(&self) -> Shape {
        match self {
            Self::Known(schema) => Shape::Known(Arc::clone(schema)),
            Self::Gone => Shape::Gone,
            Self::Unknown(doubt) => Shape::Unknown(doubt.before.clone()),
        }
    }
}
