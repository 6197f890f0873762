//! Projects: save, change, delete, and the commands of people.

use std::time::Duration;

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tidewire_engine::project::TableMapping;
use tidewire_words::Sentence;

use crate::model::status::ProjectStatus;
use crate::secret::Keyring;
use crate::secret::hex;
use crate::store::operation::{self, ObjectKind, OperationRecord};
use crate::store::project::{self, EndpointCopy, ProjectRecord};
use crate::store::{Db, datasource, now_ms};
use crate::supervisor::spec::{SOURCE_SECRET, TARGET_SECRET};
use crate::supervisor::state::{self, Command};
use crate::text::refusal;

use super::error::{RefusalKind, Result, ServiceError};
use super::export::project_input;
use super::input::ProjectInput;
use super::project_rules::{self, Valid};
use super::{Actor, Change, Service, datasources, new_id, record, tags};

/// A project as lists and the API show it.
#[derive(Clone, Debug, Serialize)]
pub struct ProjectView {
    /// Id.
    pub id: String,
    /// State.
    pub status: ProjectStatus,
    /// Who made it.
    pub creator: String,
    /// When, milliseconds.
    pub created_at: i64,
    /// Settings as the project file has them.
    #[serde(flatten)]
    pub settings: ProjectInput,
}

impl Service {
    /// All projects that the actor sees, newest first.
    ///
    /// # Errors
    /// A failed database.
    pub async fn projects(&self, actor: &Actor) -> Result<Vec<ProjectView>> {
        Ok(self.project_records(actor).await?.iter().map(view).collect())
    }

    /// All projects as stored, newest first.
    ///
    /// # Errors
    /// A failed database.
    pub async fn project_records(&self, actor: &Actor) -> Result<Vec<ProjectRecord>> {
        let mut all = self.store.read(project::list).await?;
        all.retain(|record| actor.sees(&record.creator));
        Ok(all)
    }

    /// One project by name or id.
    ///
    /// # Errors
    /// Unknown name.
    pub async fn project(&self, actor: &Actor, name: &str) -> Result<ProjectView> {
        self.project_record(actor, name).await.map(|record| view(&record))
    }

    /// One project as stored.
    ///
    /// # Errors
    /// Unknown name.
    pub async fn project_record(&self, actor: &Actor, name: &str) -> Result<ProjectRecord> {
        let (actor, name) = (actor.clone(), name.to_owned());
        self.store.read(move |c| find(c, &actor, &name)).await
    }

    /// The newest operations on a project.
    ///
    /// # Errors
    /// A failed database.
    pub async fn operations(&self, id: &str, most: u32) -> Result<Vec<OperationRecord>> {
        let id = id.to_owned();
        Ok(self.store.read(move |c| operation::of_object(c, &id, most)).await?)
    }

    /// How many operations on a project there are, and `most` of them after the
    /// first `skip`, newest first. With an action, only those.
    ///
    /// # Errors
    /// A failed database.
    pub async fn project_operations(
        &self,
        id: &str,
        action: Option<&'static str>,
        part: (u32, u32),
    ) -> Result<(u32, Vec<OperationRecord>)> {
        let id = id.to_owned();
        Ok(self.store.read(move |c| operation::page_of_object(c, &id, action, part)).await?)
    }

    /// Saves a new project; it is not started.
    ///
    /// # Errors
    /// Fields that break a rule.
    pub async fn create_project(&self, actor: Actor, input: ProjectInput) -> Result<ProjectView> {
        let ring = self.keyring();
        let saved = self.store.write(move |tx| {
            save(tx, &ring, &actor, &input, None)?;
            find(tx, &actor, &input.name)
        });
        saved.await.map(|record| view(&record))
    }

    /// Replaces the settings of a project that does not run.
    ///
    /// # Errors
    /// Unknown name, a state that does not allow it, fields that break a rule.
    pub async fn update_project(&self, actor: Actor, name: &str, input: ProjectInput) -> Result<ProjectView> {
        let (ring, wanted) = (self.keyring(), name.to_owned());
        let saved = self.store.write(move |tx| {
            let existing = find(tx, &actor, &wanted)?;
            modifiable(&existing)?;
            let id = existing.id.clone();
            save(tx, &ring, &actor, &input, Some(&existing))?;
            find(tx, &actor, &id)
        });
        saved.await.map(|record| view(&record))
    }

    /// Deletes a project that never started or was released.
    ///
    /// # Errors
    /// Unknown name, or a state that does not allow it.
    pub async fn delete_project(&self, actor: Actor, name: &str) -> Result<()> {
        let name = name.to_owned();
        self.store
            .write(move |tx| {
                let existing = find(tx, &actor, &name)?;
                if !state::may_delete(existing.status) {
                    return Err(ServiceError::conflict(refusal::DELETE_STATE, refusal::DELETE_STATE_REMEDY));
                }
                project::delete(tx, &existing.id)?;
                record(tx, &actor, "delete", ObjectKind::Project, &existing.id, &existing.name, "")
            })
            .await
    }

    /// Gives a project a command. Start and resume run the precheck first when
    /// its settings changed since the last one that passed.
    ///
    /// # Errors
    /// Unknown name, a state that does not allow it, a failed precheck.
    pub async fn command(&self, actor: &Actor, name: &str, command: Command) -> Result<ProjectStatus> {
        let record = self.project_record(actor, name).await?;
        state::next(record.status, command).map_err(crate::supervisor::SupervisorError::from)?;
        if matches!(command, Command::Start | Command::Resume)
            && record.prechecked.as_deref() != Some(&digest(&record))
        {
            let report = self.precheck_record(&record).await?;
            let failed = report.failed_titles();
            if !report.passed {
                return Err(ServiceError::Refused(Box::new(super::error::Refusal {
                    kind: RefusalKind::Invalid,
                    code: "precheck_failed".to_owned(),
                    message: Sentence {
                        en: refusal::PRECHECK.en.replace("{}", &failed.en),
                        zh: refusal::PRECHECK.zh.replace("{}", &failed.zh),
                    },
                    remedy: refusal::PRECHECK_REMEDY.into(),
                    fields: report.reasons(),
                })));
            }
        }
        Ok(self.supervisor.command(&record.id, command, actor.name()).await?)
    }

    /// Waits until a project that was told to stop has stopped.
    pub(super) async fn wait_until_idle(&self, id: &str, limit: Duration) -> Result<()> {
        let idle = async {
            while self.supervisor.live().get(id).is_some_and(|live| live.active()) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(limit, idle)
            .await
            .map_err(|_| ServiceError::conflict(refusal::DRAINING, refusal::DRAINING_REMEDY))
    }
}

/// A project without its secrets.
#[must_use]
pub fn view(record: &ProjectRecord) -> ProjectView {
    ProjectView {
        id: record.id.clone(),
        status: record.status,
        creator: record.creator.clone(),
        created_at: record.created_at,
        settings: project_input(record),
    }
}

/// One by name or id; what the actor may not see is not there.
pub(super) fn find(c: &Db, actor: &Actor, name: &str) -> Result<ProjectRecord> {
    let found = project::find(c, name)?.filter(|record| actor.sees(&record.creator));
    found.ok_or_else(|| ServiceError::not_found(refusal::NO_PROJECT, name))
}

pub(super) fn modifiable(record: &ProjectRecord) -> Result<()> {
    if state::may_modify(record.status) {
        return Ok(());
    }
    let message = Sentence::of_texts(refusal::MODIFY_STATE, &[record.status.word()]);
    Err(ServiceError::conflict(message, refusal::MODIFY_STATE_REMEDY))
}

/// What the precheck passed for: everything that it looks at.
pub(super) fn digest(record: &ProjectRecord) -> String {
    let endpoint = |copy: &EndpointCopy| (copy.connection.clone(), copy.sealed.clone());
    let looked_at = (
        endpoint(&record.source),
        endpoint(&record.target),
        &record.options,
        &record.tables,
        format!("{:?}", record.start),
    );
    let text = serde_json::to_string(&looked_at).unwrap_or_default();
    let bytes = Sha256::digest(text.as_bytes());
    hex(&bytes)
}

/// The project that settings would make: checked, with its own copies of the
/// connections, not saved.
pub(super) fn assembled(
    c: &Db,
    ring: &Keyring,
    actor: &Actor,
    input: &ProjectInput,
    existing: Option<&ProjectRecord>,
) -> Result<ProjectRecord> {
    let now = now_ms();
    let valid = project_rules::validate(c, actor, input, existing, now)?;
    let id = match existing {
        Some(existing) => existing.id.clone(),
        None => new_id("np_")?,
    };
    let source = copy(c, ring, &id, SOURCE_SECRET, &valid.source, existing.map(|existing| &existing.source))?;
    let target = copy(c, ring, &id, TARGET_SECRET, &valid.target, existing.map(|existing| &existing.target))?;
    Ok(assemble(valid, id, actor, existing, (source, target), now))
}

/// Checks and saves a project inside the caller's transaction; gives what
/// changed, and its id.
pub(super) fn save(
    tx: &Db,
    ring: &Keyring,
    actor: &Actor,
    input: &ProjectInput,
    existing: Option<&ProjectRecord>,
) -> Result<(Change, String)> {
    let saved = assembled(tx, ring, actor, input, existing)?;
    tags::ensure(tx, actor, &saved.tags).map_err(|error| match error.refusal() {
        Some(_) => ServiceError::field("tags", crate::text::field::TAG_LIMIT),
        None => error,
    })?;
    let change = match existing {
        None => {
            project::insert(tx, &saved)?;
            Change::Created
        }
        Some(old) => {
            let fields = changed(old, &saved);
            if !fields.is_empty() {
                project::update(tx, &saved)?;
            }
            Change::of_fields(fields)
        }
    };
    if let Some(action) = change.action() {
        let mut detail = change.detail();
        if let Some(old) = existing {
            let tables = table_changes(&old.tables, &saved.tables);
            detail.en.push_str(&tables);
            detail.zh.push_str(&tables);
        }
        record(tx, actor, action, ObjectKind::Project, &saved.id, &saved.name, detail)?;
    }
    Ok((change, saved.id))
}

/// Which tables came, went and changed: ` (+shop.a -shop.b ~shop.c)`.
fn table_changes(old: &[TableMapping], new: &[TableMapping]) -> String {
    let find = |all: &'_ [TableMapping], one: &TableMapping| {
        all.iter().position(|table| table.database == one.database && table.table == one.table)
    };
    let mut changes = Vec::new();
    for table in new {
        match find(old, table).and_then(|place| old.get(place)) {
            None => changes.push(format!("+{}", table.full_name())),
            Some(before) if before != table => changes.push(format!("~{}", table.full_name())),
            Some(_) => {}
        }
    }
    let gone = old.iter().filter(|table| find(new, table).is_none());
    changes.extend(gone.map(|table| format!("-{}", table.full_name())));
    if changes.is_empty() { String::new() } else { format!(" ({})", changes.join(" ")) }
}

fn assemble(
    valid: Valid,
    id: String,
    actor: &Actor,
    existing: Option<&ProjectRecord>,
    (source, target): (EndpointCopy, EndpointCopy),
    now: i64,
) -> ProjectRecord {
    ProjectRecord {
        id,
        name: valid.name,
        status: existing.map_or(ProjectStatus::Init, |old| old.status),
        source,
        target,
        start: valid.start,
        options: valid.options,
        tables: valid.tables,
        tags: valid.tags,
        failure: existing.and_then(|old| old.failure.clone()),
        prechecked: existing.and_then(|old| old.prechecked.clone()),
        creator: existing.map_or_else(|| actor.name().to_owned(), |old| old.creator.clone()),
        created_at: existing.map_or(now, |old| old.created_at),
        updated_at: now,
    }
}

/// The project's own copy of a data source. When the data source is gone, or
/// says nothing new, the copy that is there stays.
fn copy(
    tx: &Db,
    ring: &Keyring,
    project: &str,
    field: &str,
    name: &str,
    existing: Option<&EndpointCopy>,
) -> Result<EndpointCopy> {
    use secrecy::ExposeSecret as _;
    let old = existing.filter(|old| old.name == name);
    let Some(record) = datasource::find(tx, name)? else {
        return old.cloned().ok_or_else(|| ServiceError::not_found(refusal::NO_DATASOURCE, name));
    };
    let secret = datasources::secret_of(ring, &record)?;
    if let Some(old) = old.filter(|old| old.connection == record.connection) {
        let kept = match &old.sealed {
            // A copy that does not open is made anew: that is the remedy that
            // a failed project names.
            Some(sealed) => ring.open_sealed(project, field, sealed).ok(),
            None => Some(secrecy::SecretString::default()),
        };
        if kept.is_some_and(|kept| kept.expose_secret() == secret.expose_secret()) {
            return Ok(old.clone());
        }
    }
    let sealed =
        if secret.expose_secret().is_empty() { None } else { Some(ring.seal(project, field, &secret)?) };
    Ok(EndpointCopy { name: record.name, connection: record.connection, sealed })
}

fn changed(old: &ProjectRecord, new: &ProjectRecord) -> Vec<String> {
    let (a, b) = (&old.options, &new.options);
    let fields = [
        ("name", old.name == new.name),
        ("tags", old.tags == new.tags),
        ("source", old.source == new.source),
        ("target", old.target == new.target),
        ("dml", a.dml == b.dml),
        ("start", old.start == new.start),
        ("format", a.format == b.format),
        ("typed_values", a.typed_values == b.typed_values),
        ("sequence_in_transaction", a.sequence_in_transaction == b.sequence_in_transaction),
        ("business_id", a.business_id == b.business_id),
        ("producer_group", a.producer_group == b.producer_group),
        ("message_trace", a.message_trace == b.message_trace),
        ("message_tag", a.message_tag == b.message_tag),
        ("batch", a.batch == b.batch),
        ("split_key_change", a.split_key_change == b.split_key_change),
        ("table", old.tables == new.tables),
    ];
    fields.iter().filter(|(_, same)| !same).map(|(field, _)| (*field).to_owned()).collect()
}
