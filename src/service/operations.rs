//! The operation log: who did what, when, to what. An admin sees all of it, a
//! user what they did and what was done to theirs.

use crate::store::operation::{self, OperationEntry, OperationFilter};

use super::error::Result;
use super::paging::Page;
use super::{Actor, Service};

/// Rows of a page.
const PAGE: usize = 50;
/// Rows of a download at most.
const DOWNLOAD: usize = 100_000;

/// A page of the log, and the names that can be filtered by.
#[derive(Clone, Debug)]
pub struct Log {
    /// The rows.
    pub page: Page<OperationEntry>,
    /// Everybody who did something.
    pub actors: Vec<String>,
    /// Everything that was done.
    pub actions: Vec<String>,
}

fn of(actor: &Actor, mut filter: OperationFilter) -> OperationFilter {
    filter.viewer = (!actor.is_admin()).then(|| actor.name().to_owned());
    filter
}

impl Service {
    /// A page of the operation log.
    ///
    /// # Errors
    /// A failed database.
    pub async fn operation_page(&self, actor: &Actor, filter: OperationFilter, number: usize) -> Result<Log> {
        let filter = of(actor, filter);
        let found = self.store.read(move |c| {
            let total = operation::count(c, &filter)?;
            let number = Page::<OperationEntry>::fitting(number, total, PAGE);
            let rows = operation::find(c, &filter, PAGE, (number - 1) * PAGE)?;
            let (actors, actions) = operation::names(c, filter.viewer.as_deref())?;
            Ok(Log { page: Page { rows, total, number, size: PAGE }, actors, actions })
        });
        found.await
    }

    /// Everything that a filter finds, to be downloaded.
    ///
    /// # Errors
    /// A failed database.
    pub async fn operation_download(
        &self,
        actor: &Actor,
        filter: OperationFilter,
    ) -> Result<Vec<OperationEntry>> {
        let filter = of(actor, filter);
        Ok(self.store.read(move |c| operation::find(c, &filter, DOWNLOAD, 0)).await?)
    }
}
