//! One command for several projects: which of them it fits, then one command a
//! project; a failure of one does not keep the others.
//!
//! Invariants: what is asked for is decided anew at each project, by the same
//! rule as its own button; a batch runs on when its page is left; a bounded
//! number is remembered, each for who began it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt as _;
use tidewire_words::{Lang, Sentence, Text};
use tokio::task::JoinSet;

use crate::model::status::ProjectStatus;
use crate::secret::random_text;
use crate::supervisor::state::{self, Command};
use crate::text::{list as text, refusal};

use super::error::{RefusalKind, Result, ServiceError};
use super::monitor::PositionView;
use super::{Actor, Service, new_id};

/// Projects of one batch.
const MOST: usize = 500;
/// Commands at the same time: a start may ask its source and target first.
const AT_ONCE: usize = 4;
/// Batches that are remembered.
const KEPT: usize = 64;

/// What a batch does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchAction {
    /// A command of people.
    Command(Command),
    /// Removes the projects for good.
    Delete,
}

impl BatchAction {
    /// Every action, in the order of the menu.
    pub const ALL: [Self; 5] = [
        Self::Command(Command::Start),
        Self::Command(Command::Pause),
        Self::Command(Command::Resume),
        Self::Command(Command::Release),
        Self::Delete,
    ];

    /// The machine name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Command(command) => command.as_str(),
            Self::Delete => "delete",
        }
    }

    /// Reads it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }

    /// The word of the button.
    #[must_use]
    pub const fn word(self) -> Text {
        match self {
            Self::Command(command) => command.word(),
            Self::Delete => text::DELETE,
        }
    }

    /// Whether it can't be undone.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Delete | Self::Command(Command::Release))
    }

    /// Why a project in this state can't have it.
    ///
    /// # Errors
    /// The refusal, as the project's own button would give it.
    pub fn check(self, status: ProjectStatus) -> Result<()> {
        match self {
            Self::Command(command) => {
                state::next(status, command).map_err(crate::supervisor::SupervisorError::from)?;
                Ok(())
            }
            Self::Delete if state::may_delete(status) => Ok(()),
            Self::Delete => Err(ServiceError::conflict(refusal::DELETE_STATE, refusal::DELETE_STATE_REMEDY)),
        }
    }
}

/// A project that a batch was asked for.
#[derive(Clone, Debug)]
pub struct BatchItem {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// State.
    pub status: ProjectStatus,
    /// Newest position.
    pub position: Option<PositionView>,
    /// Why it is left out; nothing when it takes part.
    pub refused: Option<Sentence>,
}

/// How a batch goes.
#[derive(Clone, Debug)]
pub struct BatchView {
    /// What it does.
    pub action: BatchAction,
    /// How many projects it has.
    pub total: usize,
    /// Projects that are done: id and name.
    pub done: Vec<(String, String)>,
    /// Those that refused: id, name, reason.
    pub failed: Vec<(String, String, Sentence)>,
}

impl BatchView {
    /// Whether commands are still to be answered.
    #[must_use]
    pub fn running(&self) -> bool {
        self.done.len() + self.failed.len() < self.total
    }
}

struct Batch {
    id: String,
    owner: String,
    view: Arc<Mutex<BatchView>>,
}

/// Batches that were begun since the service started.
#[derive(Default)]
pub(super) struct Batches {
    all: Mutex<(VecDeque<Batch>, JoinSet<()>)>,
}

impl Batches {
    fn begin(&self, batch: Batch, work: impl Future<Output = ()> + Send + 'static) {
        let Ok(mut all) = self.all.lock() else { return };
        let (batches, tasks) = &mut *all;
        while tasks.try_join_next().is_some() {}
        batches.push_back(batch);
        while batches.len() > KEPT {
            batches.pop_front();
        }
        tasks.spawn(work);
    }

    fn get(&self, owner: &str, id: &str) -> Option<BatchView> {
        let all = self.all.lock().ok()?;
        let found = all.0.iter().find(|batch| batch.id == id && batch.owner == owner)?;
        found.view.lock().ok().map(|view| view.clone())
    }
}

impl Service {
    /// What a batch would do: every named project that the actor sees, in the
    /// list's order, with the reason where it does not fit.
    ///
    /// # Errors
    /// None of them is there.
    pub async fn plan_batch(
        &self,
        actor: &Actor,
        action: BatchAction,
        ids: &[String],
        lang: Lang,
    ) -> Result<Vec<BatchItem>> {
        let mut listed = self.listed(actor, lang).await?;
        listed.retain(|one| ids.contains(&one.head.id));
        listed.truncate(MOST);
        if listed.is_empty() {
            return Err(ServiceError::refused(
                RefusalKind::Invalid,
                "nothing_chosen",
                text::NOTHING_CHOSEN,
                text::NOTHING_CHOSEN_REMEDY,
            ));
        }
        let mut saved = self.saved_positions(listed.iter().map(|one| one.head.id.clone()).collect()).await?;
        Ok(listed
            .into_iter()
            .map(|one| BatchItem {
                position: one.status.position.or_else(|| saved.remove(&one.head.id)),
                refused: action.check(one.head.status).err().map(|error| reason(&error)),
                status: one.head.status,
                id: one.head.id,
                name: one.head.name,
            })
            .collect())
    }

    /// Begins a batch for those that it fits; gives the number that its page has.
    ///
    /// # Errors
    /// It fits none of them.
    pub async fn begin_batch(&self, actor: &Actor, action: BatchAction, ids: &[String]) -> Result<String> {
        let plan = self.plan_batch(actor, action, ids, Lang::En).await?;
        let (fit, others): (Vec<BatchItem>, Vec<BatchItem>) =
            plan.into_iter().partition(|item| item.refused.is_none());
        let left_out = |item: BatchItem| item.refused.map(|reason| (item.id, item.name, reason));
        let view = BatchView {
            action,
            total: fit.len() + others.len(),
            done: Vec::new(),
            failed: others.into_iter().filter_map(left_out).collect(),
        };
        let view = Arc::new(Mutex::new(view));
        let id = new_id("b_")?;
        let batch = Batch { id: id.clone(), owner: actor.name().to_owned(), view: Arc::clone(&view) };
        let (service, actor) = (self.clone(), actor.clone());
        self.batches.begin(batch, async move {
            let (service, actor, view) = (&service, &actor, &view);
            let one = |item: BatchItem| async move {
                let result = match action {
                    BatchAction::Command(command) => {
                        service.command(actor, &item.id, command).await.map(|_| ())
                    }
                    BatchAction::Delete => service.delete_project(actor.clone(), &item.id).await,
                };
                let Ok(mut view) = view.lock() else { return };
                match result {
                    Ok(()) => view.done.push((item.id, item.name)),
                    Err(error) => view.failed.push((item.id, item.name, reason(&error))),
                }
            };
            futures_util::stream::iter(fit).for_each_concurrent(AT_ONCE, one).await;
        });
        Ok(id)
    }

    /// How a batch of the actor goes.
    ///
    /// # Errors
    /// Unknown number.
    pub fn batch(&self, actor: &Actor, id: &str) -> Result<BatchView> {
        self.batches.get(actor.name(), id).ok_or_else(|| {
            ServiceError::refused(RefusalKind::NotFound, "no_batch", text::NO_BATCH, text::NO_BATCH_REMEDY)
        })
    }
}

/// The reason for a person; an error of our own goes to the log.
fn reason(error: &ServiceError) -> Sentence {
    if let Some(refusal) = error.refusal() {
        return refusal.message.clone();
    }
    let incident = random_text(8).unwrap_or_default();
    log::error!(incident = incident.as_str(); "incident {incident}: {error}");
    Sentence::new(refusal::BROKEN, &[&incident])
}
