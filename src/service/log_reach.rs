//! How far back the logs of the sources reach, as pages show it: asked beside
//! the page, at most every ten minutes a project, and only while it is looked at.
//!
//! Invariant: a page never waits for a source; what is not known is not guessed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::store::project::ProjectRecord;
use crate::supervisor::spec;

use super::{Service, in_time};

/// How long an answer is believed.
const FRESH: Duration = Duration::from_mins(10);
/// Projects whose answers are remembered.
const MOST: usize = 512;

/// When a source was asked, and its last answer in milliseconds since 1970.
type Asked = (Instant, Option<i64>);
type Known = HashMap<String, Asked>;

/// Answers by project.
#[derive(Default)]
pub(super) struct Reaches {
    known: Arc<Mutex<Known>>,
    tasks: Mutex<JoinSet<()>>,
}

/// What is believed still.
fn fresh(known: &Known, id: &str) -> Option<Asked> {
    known.get(id).filter(|(asked, _)| asked.elapsed() < FRESH).copied()
}

impl Service {
    /// What [`Self::log_begin`] would say, while the source need not be asked.
    pub(super) fn known_log_begin(&self, id: &str) -> Option<Asked> {
        fresh(&*self.reaches.known.lock().ok()?, id)
    }

    /// The first moment that the source's log still holds, milliseconds since
    /// 1970, as far as it is known already.
    #[must_use]
    pub fn log_begin(&self, record: &ProjectRecord) -> Option<i64> {
        let known = Arc::clone(&self.reaches.known);
        let before = {
            let mut known = known.lock().ok()?;
            if let Some((_, answer)) = fresh(&known, &record.id) {
                return answer;
            }
            if known.len() >= MOST {
                known.retain(|_, (asked, _)| asked.elapsed() < FRESH);
            }
            let answer = known.get(&record.id).and_then(|(_, answer)| *answer);
            if known.len() < MOST {
                known.insert(record.id.clone(), (Instant::now(), answer));
            }
            answer
        };
        let source = spec::source_of(&self.keyring(), record).ok()?;
        let (engine, id) = (Arc::clone(&self.engine), record.id.clone());
        let mut tasks = self.reaches.tasks.lock().ok()?;
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            let answer = in_time(engine.log_begin(source)).await.ok().flatten();
            let begin = answer.and_then(|micros| i64::try_from(micros / 1000).ok());
            if let Ok(mut known) = known.lock()
                && let Some(entry) = known.get_mut(&id)
            {
                entry.1 = begin;
            }
        });
        before
    }
}
