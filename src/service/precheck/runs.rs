//! Prechecks of drafts that run while their page is shown.
//!
//! Invariant: a bounded number is remembered; one that is begun anew ends the
//! one before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::task::{AbortHandle, JoinSet};

use crate::service::error::Result;
use crate::service::{Actor, Service};

use super::Progress;

/// Prechecks that are remembered at most.
const MOST: usize = 64;

/// One run: how far it is, and how to end it.
#[derive(Debug)]
struct Run {
    progress: Arc<Progress>,
    task: AbortHandle,
    number: u64,
}

/// All runs by draft.
#[derive(Debug, Default)]
pub(in crate::service) struct Runs {
    all: Mutex<(HashMap<String, Run>, JoinSet<()>, u64)>,
}

impl Runs {
    fn begin(&self, id: &str, progress: Arc<Progress>, work: impl Future<Output = ()> + Send + 'static) {
        let Ok(mut all) = self.all.lock() else { return };
        let (runs, tasks, count) = &mut *all;
        while tasks.try_join_next().is_some() {}
        *count += 1;
        let run = Run { progress, task: tasks.spawn(work), number: *count };
        if let Some(old) = runs.insert(id.to_owned(), run) {
            old.task.abort();
        }
        while runs.len() > MOST {
            let oldest = runs.iter().min_by_key(|(_, run)| run.number).map(|(id, _)| id.clone());
            let Some(old) = oldest.and_then(|id| runs.remove(&id)) else { break };
            old.task.abort();
        }
    }

    fn get(&self, id: &str) -> Option<Arc<Progress>> {
        let all = self.all.lock().ok()?;
        all.0.get(id).map(|run| Arc::clone(&run.progress))
    }
}

impl Service {
    /// Begins the precheck of a draft; it runs on by itself.
    ///
    /// # Errors
    /// Unknown id, or settings that break a rule.
    pub async fn begin_precheck(&self, actor: &Actor, draft: &str) -> Result<()> {
        let record = self.drafted(actor, draft).await?;
        let check = self.check_of(&record).await?;
        let progress = Arc::clone(&check.progress);
        self.prechecks.begin(draft, progress, async move { check.run().await });
        Ok(())
    }

    /// How far the precheck of a draft is; nothing before it was begun.
    pub fn precheck_progress(&self, draft: &str) -> Option<Arc<Progress>> {
        self.prechecks.get(draft)
    }
}
