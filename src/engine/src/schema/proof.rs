//! A proven reading of the catalogue: it shows the columns of now, and they are
//! those of a place in the log when no statement between the place and an end of
//! the log that was read after the catalogue may change the table.

use std::sync::Arc;

use crate::doors::{Described, Source};
use crate::error::PipelineResult;
use crate::identity::TableName;
use crate::log::transaction::Gtids;
use crate::planted::{self, Planted};
use crate::stats::Stats;

use super::ahead::{Ahead, Later};
use super::dialect::Dialect;

/// What came of proving a table's shape at a place.
#[derive(Debug)]
pub(super) enum Proof {
    /// The catalogue's reading holds.
    Holds(Described),
    /// It need not: this statement stands behind the place.
    Changed(Later),
}

/// What it takes to prove.
#[derive(Clone, Copy)]
pub(super) struct Prover<'a> {
    pub(super) source: &'a dyn Source,
    pub(super) stats: &'a Stats,
    pub(super) dialect: Dialect,
    pub(super) fold_case: bool,
    /// Everything before the place by names, where its file may be another server's.
    pub(super) gtids: Option<&'a Gtids>,
}

impl Prover<'_> {
    /// Proves tables at a place: file and offset of the next event there. With
    /// `within` nothing is read of the log, and nothing proven, when its end is
    /// farther away than so many bytes.
    ///
    /// # Errors
    /// The source can't be read; passing, or its own definite ones.
    pub(super) async fn prove(
        self,
        tables: &[TableName],
        from: (Arc<str>, u64),
        within: Option<u64>,
    ) -> PipelineResult<Option<Vec<Proof>>> {
        if tables.is_empty() {
            return Ok(Some(Vec::new()));
        }
        if let Some(limit) = within {
            let end = self.source.end().await?;
            let near = end.file == from.0 && end.offset.saturating_sub(from.1) <= limit;
            if !near && !end.is_reached(&from.0, from.1) {
                return Ok(None);
            }
        }
        let described = self.source.schemas(tables).await?;
        let to = self.source.end().await?;
        let later = Ahead { by: self, from, to: &to }.look(tables).await?;
        let proof = |(described, later)| match later {
            Some(later) if !planted::is(Planted::ProofAtOnce) => Proof::Changed(later),
            _ => Proof::Holds(described),
        };
        Ok(Some(described.into_iter().zip(later).map(proof).collect()))
    }
}
