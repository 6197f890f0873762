//! Projects in the making: what the wizard saves at each step, and how it
//! becomes a project.
//!
//! Invariants: a draft belongs to who began it; a change to a version that is
//! not the newest is refused, so nobody overwrites what they did not see; a
//! draft becomes a project once, however often it is asked to.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tidewire_words::Sentence;

use crate::store::draft::{self, DraftRecord};
use crate::store::project::ProjectRecord;
use crate::store::{Db, now_ms};
use crate::text::refusal;

use super::error::{FieldErrors, RefusalKind, Result, ServiceError};
use super::export::project_input;
use super::input::ProjectInput;
use super::projects::{self, find, modifiable};
use super::{Actor, Service, new_id, project_rules, seen};

/// Drafts that are kept for one person.
const MOST: u32 = 20;

/// A wizard's state.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Id.
    pub id: String,
    /// The project that is being changed, with its id; none: a new one.
    pub project: Option<ProjectRecord>,
    /// Version of these settings.
    pub version: i64,
    /// The settings so far.
    pub input: ProjectInput,
    /// Tables that are ticked, to be mapped to a topic next.
    pub ticked: BTreeSet<String>,
    /// When it was changed last, milliseconds.
    pub updated_at: i64,
}

/// Settings as a draft keeps them.
#[derive(Serialize, Deserialize)]
struct Kept {
    input: ProjectInput,
    ticked: BTreeSet<String>,
}

impl Service {
    /// Drafts of the actor that are not projects yet, newest first.
    ///
    /// # Errors
    /// A failed database.
    pub async fn drafts(&self, actor: &Actor) -> Result<Vec<Draft>> {
        let actor = actor.clone();
        self.store
            .read(move |c| {
                let records = draft::of_owner(c, actor.name())?;
                records.into_iter().map(|record| of_record(c, &actor, record)).collect()
            })
            .await
    }

    /// Begins a draft with these settings.
    ///
    /// # Errors
    /// A failed database.
    pub async fn new_draft(&self, actor: &Actor, input: ProjectInput) -> Result<String> {
        self.begin(actor, input, None).await
    }

    /// Begins to change a project.
    ///
    /// # Errors
    /// Unknown name, or a state that does not allow it.
    pub async fn edit_project(&self, actor: &Actor, name: &str) -> Result<String> {
        let record = self.project_record(actor, name).await?;
        modifiable(&record)?;
        self.begin(actor, settings(&record), Some(&record)).await
    }

    /// Begins a new project with the settings of another.
    ///
    /// # Errors
    /// Unknown name.
    pub async fn clone_project(&self, actor: &Actor, name: &str) -> Result<String> {
        let record = self.project_record(actor, name).await?;
        let mut input = settings(&record);
        input.name = String::new();
        input.start = super::input::StartInput::default();
        self.begin(actor, input, None).await
    }

    async fn begin(
        &self,
        actor: &Actor,
        input: ProjectInput,
        project: Option<&ProjectRecord>,
    ) -> Result<String> {
        let id = new_id("d_")?;
        let record = DraftRecord {
            id: id.clone(),
            owner: actor.name().to_owned(),
            project_id: project.map(|project| project.id.clone()),
            base: project.map(|project| seen::mark(&settings(project))),
            done: false,
            version: 1,
            input: text(&input, &BTreeSet::new())?,
            updated_at: now_ms(),
        };
        self.store.write(move |tx| draft::insert(tx, &record, MOST)).await?;
        Ok(id)
    }

    /// One draft.
    ///
    /// # Errors
    /// Unknown id.
    pub async fn draft(&self, actor: &Actor, id: &str) -> Result<Draft> {
        let (actor, id) = (actor.clone(), id.to_owned());
        self.store.read(move |c| of_record(c, &actor, own(c, &actor, &id)?)).await
    }

    /// Saves a draft's new settings and ticks over a version of it; gives theirs. What is there already needs no
    /// saving: the same form may come twice.
    ///
    /// # Errors
    /// Unknown id, a version that is not the newest, a draft that became a project.
    pub async fn save_draft(&self, actor: &Actor, draft: &Draft, version: i64) -> Result<i64> {
        let (actor, id, text) = (actor.clone(), draft.id.clone(), text(&draft.input, &draft.ticked)?);
        self.store
            .write(move |tx| {
                let record = own(tx, &actor, &id)?;
                if record.input == text {
                    return Ok(record.version);
                }
                if record.done {
                    return Err(ServiceError::conflict(refusal::DRAFT_DONE, refusal::DRAFT_DONE_REMEDY));
                }
                if draft::update(tx, &id, version, &text, now_ms())? {
                    return Ok(version + 1);
                }
                Err(ServiceError::conflict(refusal::DRAFT_CHANGED, refusal::DRAFT_CHANGED_REMEDY))
            })
            .await
    }

    /// What breaks a rule in a draft's settings, by field.
    ///
    /// # Errors
    /// A failed database.
    pub async fn check_draft(&self, actor: &Actor, draft: &Draft) -> Result<FieldErrors> {
        let (actor, draft) = (actor.clone(), draft.clone());
        let checked = self.store.read(move |c| {
            project_rules::validate(c, &actor, &draft.input, draft.project.as_ref(), now_ms()).map(|_| ())
        });
        match checked.await {
            Ok(()) => Ok(FieldErrors::default()),
            Err(error) => error.wrong_fields().map(|refusal| refusal.fields.clone()).ok_or(error),
        }
    }

    /// The project that a draft would be, for its precheck; nothing is saved.
    ///
    /// # Errors
    /// Fields that break a rule.
    pub async fn drafted(&self, actor: &Actor, id: &str) -> Result<ProjectRecord> {
        let draft = self.draft(actor, id).await?;
        let (actor, ring) = (actor.clone(), self.keyring());
        self.store
            .read(move |c| projects::assembled(c, &ring, &actor, &draft.input, draft.project.as_ref()))
            .await
    }

    /// Makes the draft a project, or changes the one that it was begun for;
    /// gives the project's id. Asked again, it gives the same. With the version
    /// that the person saw, no other one is taken.
    ///
    /// # Errors
    /// Fields that break a rule; a draft or a project that somebody changed
    /// meanwhile.
    pub async fn finish_draft(&self, actor: &Actor, id: &str, version: Option<i64>) -> Result<String> {
        let (actor, ring, id) = (actor.clone(), self.keyring(), id.to_owned());
        self.store
            .write(move |tx| {
                let record = own(tx, &actor, &id)?;
                if let (true, Some(project)) = (record.done, &record.project_id) {
                    return Ok(project.clone());
                }
                if version.is_some_and(|version| version != record.version) {
                    return Err(ServiceError::conflict(
                        refusal::DRAFT_CHANGED,
                        refusal::DRAFT_CHANGED_REMEDY,
                    ));
                }
                let draft = of_record(tx, &actor, record.clone())?;
                if let Some(project) = &draft.project {
                    modifiable(project)?;
                    if record.base.as_deref() != Some(seen::mark(&settings(project)).as_str()) {
                        return Err(ServiceError::conflict(
                            refusal::PROJECT_CHANGED,
                            refusal::PROJECT_CHANGED_REMEDY,
                        ));
                    }
                }
                let made = projects::save(tx, &ring, &actor, &draft.input, draft.project.as_ref())?.1;
                draft::finish(tx, &id, &made)?;
                Ok(made)
            })
            .await
    }

    /// Forgets a draft.
    ///
    /// # Errors
    /// Unknown id.
    pub async fn delete_draft(&self, actor: &Actor, id: &str) -> Result<()> {
        let (actor, id) = (actor.clone(), id.to_owned());
        self.store
            .write(move |tx| {
                own(tx, &actor, &id)?;
                Ok(draft::delete(tx, &id)?)
            })
            .await
    }
}

/// A project's settings as a form shows them.
fn settings(record: &ProjectRecord) -> ProjectInput {
    ProjectInput { state: None, ..project_input(record) }
}

fn text(input: &ProjectInput, ticked: &BTreeSet<String>) -> Result<String> {
    serde_json::to_string(&Kept { input: input.clone(), ticked: ticked.clone() })
        .map_err(|_| ServiceError::Lost)
}

fn own(c: &Db, actor: &Actor, id: &str) -> Result<DraftRecord> {
    let found = draft::find(c, id)?.filter(|record| record.owner == actor.name());
    found.ok_or_else(|| {
        ServiceError::refused(
            RefusalKind::NotFound,
            "no_draft",
            Sentence::from(refusal::NO_DRAFT),
            refusal::NO_DRAFT_REMEDY,
        )
    })
}

fn of_record(c: &Db, actor: &Actor, record: DraftRecord) -> Result<Draft> {
    let kept: Kept = serde_json::from_str(&record.input).map_err(|_| ServiceError::Lost)?;
    let project = record.project_id.as_deref().map(|id| find(c, actor, id)).transpose()?;
    Ok(Draft {
        id: record.id,
        project,
        version: record.version,
        input: kept.input,
        ticked: kept.ticked,
        updated_at: record.updated_at,
    })
}
