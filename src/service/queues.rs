//! Queues on brokers that are gone for good. A project keeps its queues while
//! their broker is away, so that the order of their keys holds; a broker that was
//! renamed, retired or left behind in another cluster never comes back, and a
//! person has to say so.
//!
//! Invariant: queues of brokers that are registered stay as they are, and what
//! stands in them is still read back.

use std::collections::BTreeSet;

use serde::Serialize;
use tidewire_words::Sentence;

use crate::store::checkpoint;
use crate::store::operation::ObjectKind;
use crate::store::project::ProjectRecord;
use crate::supervisor::{spec, state};
use crate::text::refusal;

use super::draft_objects::unusable;
use super::error::{Result, ServiceError};
use super::projects::find;
use super::{Actor, Service, in_time, record};

/// What was let go.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Adopted {
    /// Brokers that are not registered any more; none: nothing was changed.
    pub gone: BTreeSet<String>,
    /// How many queues of the project they held.
    pub queues: usize,
}

/// Whether the project's queues can be changed now.
///
/// # Errors
/// A state in which they can't.
pub fn adoptable(record: &ProjectRecord) -> Result<()> {
    if state::may_modify(record.status) {
        return Ok(());
    }
    let message = Sentence::of_texts(refusal::ADOPT_STATE, &[record.status.word()]);
    Err(ServiceError::conflict(message, refusal::ADOPT_STATE_REMEDY))
}

impl Service {
    /// Lets go the queues of brokers that the name servers do not know any more:
    /// the next run takes the queues that its topics have then.
    ///
    /// # Errors
    /// Unknown project, a state that does not allow it, a target that does not
    /// answer.
    pub async fn adopt_queues(&self, actor: &Actor, name: &str) -> Result<Adopted> {
        let project = self.project_record(actor, name).await?;
        adoptable(&project)?;
        let target = spec::target_of(&self.keyring(), &project).map_err(|error| unusable(&error))?;
        let up = in_time(self.engine.brokers(target)).await?;
        let (actor, live, id) = (actor.clone(), self.supervisor.live().clone(), project.id.clone());
        self.store
            .write(move |tx| {
                let project = find(tx, &actor, &id)?;
                adoptable(&project)?;
                if live.get(&id).is_some_and(|live| live.active()) {
                    return Err(ServiceError::conflict(refusal::DRAINING, refusal::DRAINING_REMEDY));
                }
                let Some(mut newest) = checkpoint::newest(tx, &id)? else { return Ok(Adopted::default()) };
                let (kept, left): (Vec<_>, Vec<_>) =
                    newest.queues.into_iter().partition(|mark| up.contains(&mark.broker));
                if left.is_empty() {
                    return Ok(Adopted::default());
                }
                newest.queues = kept;
                checkpoint::save(tx, &id, &newest, &[])?;
                let queues = left.len();
                let gone: BTreeSet<String> = left.into_iter().map(|mark| mark.broker).collect();
                let names = gone.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                record(tx, &actor, "adopt_queues", ObjectKind::Project, &id, &project.name, names.as_str())?;
                Ok(Adopted { gone, queues })
            })
            .await
    }
}
