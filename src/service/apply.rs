//! Applying a project file: makes data sources and projects as it says.
//!
//! All or nothing: the whole file is tried in a transaction that is rolled
//! back, running projects that would change are paused, then the same is done
//! for good. States follow last; a project that then does not start is
//! reported, its settings stay.

use std::time::Duration;

use serde::Serialize;
use tidewire_words::{Lang, Sentence};
use toml::de::{DeTable, DeValue};

use crate::config::line_of;
use crate::model::status::ProjectStatus;
use crate::secret::Keyring;
use crate::store::project::ProjectRecord;
use crate::store::{Db, StoreError, datasource, project};
use crate::supervisor::state::Command;
use crate::text::refusal;

use super::error::{FieldErrors, Refusal, RefusalKind, Result, ServiceError};
use super::input::FileInput;
use super::{Actor, Change, Service, datasources, projects};

/// How long a changed project may take to stop.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// One thing that an apply did, or would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// `datasource` or `project`.
    pub kind: &'static str,
    /// Name.
    pub name: String,
    /// `created`, `updated`, `unchanged`, or a command that was given.
    pub action: &'static str,
    /// Fields that differ now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// Why a command was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Applied {
    fn new(kind: &'static str, name: &str, action: &'static str, fields: Vec<String>) -> Self {
        Self { kind, name: name.to_owned(), action, fields, error: None, remedy: None }
    }

    fn of_change(kind: &'static str, name: &str, change: Change) -> Self {
        match change {
            Change::Created => Self::new(kind, name, "created", Vec::new()),
            Change::Updated(fields) => Self::new(kind, name, "updated", fields),
            Change::Unchanged => Self::new(kind, name, "unchanged", Vec::new()),
        }
    }
}

/// How the transaction of an apply ends without a commit.
enum Stop {
    /// A dry run: what it would have done.
    Tried(Vec<Applied>),
    /// It can't be done.
    Error(ServiceError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Error(error.into())
    }
}

impl From<ServiceError> for Stop {
    fn from(error: ServiceError) -> Self {
        Self::Error(error)
    }
}

impl Service {
    /// Makes everything as the project file says, or tells what it would do.
    ///
    /// # Errors
    /// Every mistake of the file with its line; nothing is changed then.
    pub async fn apply(&self, actor: Actor, text: String, dry_run: bool, lang: Lang) -> Result<Vec<Applied>> {
        let file = parse(&text)?;
        let tried = self.transact(&actor, &text, &file, true).await?;
        let mut report = tried.clone();
        let before = self.project_records(&actor).await?;
        if dry_run {
            report.extend(planned(&file, &before, &tried));
            return Ok(report);
        }
        let paused = self.pause_changed(&actor, &before, &tried).await?;
        match self.transact(&actor, &text, &file, false).await {
            Ok(done) => report = done,
            Err(error) => {
                self.resume_all(&actor, &paused).await;
                return Err(error);
            }
        }
        report.extend(self.reach_states(&actor, &file, &paused, lang).await?);
        Ok(report)
    }

    async fn transact(
        &self,
        actor: &Actor,
        text: &str,
        file: &FileInput,
        dry_run: bool,
    ) -> Result<Vec<Applied>> {
        let (ring, actor) = (self.keyring(), actor.clone());
        let (text, file) = (text.to_owned(), file.clone());
        let result = self
            .store
            .write(move |tx| {
                let applied = save_all(tx, &ring, &actor, &text, &file, dry_run)?;
                if dry_run { Err(Stop::Tried(applied)) } else { Ok(applied) }
            })
            .await;
        match result {
            Ok(applied) | Err(Stop::Tried(applied)) => Ok(applied),
            Err(Stop::Error(error)) => Err(error),
        }
    }

    /// Pauses running projects that are about to change; returns them.
    async fn pause_changed(
        &self,
        actor: &Actor,
        before: &[ProjectRecord],
        tried: &[Applied],
    ) -> Result<Vec<ProjectRecord>> {
        let mut paused = Vec::new();
        for record in before.iter().filter(|record| record.status == ProjectStatus::Running) {
            let changes = tried
                .iter()
                .any(|one| one.kind == "project" && one.name == record.name && one.action == "updated");
            if changes {
                self.command(actor, &record.id, Command::Pause).await?;
                paused.push(record.clone());
                if let Err(error) = self.wait_until_idle(&record.id, STOP_LIMIT).await {
                    self.resume_all(actor, &paused).await;
                    return Err(error);
                }
            }
        }
        Ok(paused)
    }

    async fn resume_all(&self, actor: &Actor, paused: &[ProjectRecord]) {
        for record in paused {
            if let Err(error) = self.command(actor, &record.id, Command::Resume).await {
                log::error!(project = record.id.as_str(); "resuming after a failed apply failed: {error}");
            }
        }
    }

    /// Gives the commands that lead to the wanted states.
    async fn reach_states(
        &self,
        actor: &Actor,
        file: &FileInput,
        paused: &[ProjectRecord],
        lang: Lang,
    ) -> Result<Vec<Applied>> {
        let mut given = Vec::new();
        for input in &file.project {
            let record = self.project_record(actor, &input.name).await?;
            let ran = paused.iter().any(|one| one.id == record.id);
            let Some(command) = wanted(input.state.as_deref(), ran, record.status) else { continue };
            let mut applied = Applied::new("project", &input.name, command.as_str(), Vec::new());
            if let Err(error) = self.command(actor, &record.id, command).await {
                let Some(refusal) = error.refusal() else { return Err(error) };
                applied.error = Some(refusal.message.get(lang).to_owned());
                applied.remedy = Some(refusal.remedy.get(lang).to_owned());
            }
            given.push(applied);
        }
        Ok(given)
    }
}

/// The commands that a real apply would give.
fn planned(file: &FileInput, before: &[ProjectRecord], tried: &[Applied]) -> Vec<Applied> {
    let mut planned = Vec::new();
    for input in &file.project {
        let status = before
            .iter()
            .find(|record| record.name == input.name)
            .map_or(ProjectStatus::Init, |record| record.status);
        let changes = tried
            .iter()
            .any(|one| one.kind == "project" && one.name == input.name && one.action == "updated");
        let after =
            if changes && status == ProjectStatus::Running { ProjectStatus::Suspended } else { status };
        let wanted = wanted(input.state.as_deref(), status == ProjectStatus::Running, after);
        planned
            .extend(wanted.map(|command| Applied::new("project", &input.name, command.as_str(), Vec::new())));
    }
    planned
}

/// The command that leads from a state to what the file wants.
fn wanted(state: Option<&str>, ran: bool, status: ProjectStatus) -> Option<Command> {
    let run = match state {
        Some("running") => true,
        Some(_) => false,
        None if ran => true,
        None => return None,
    };
    match (run, status) {
        (true, ProjectStatus::Init) => Some(Command::Start),
        (true, ProjectStatus::Suspended | ProjectStatus::Failed) => Some(Command::Resume),
        (false, ProjectStatus::Running) => Some(Command::Pause),
        _ => None,
    }
}

/// Saves everything of the file, collecting every mistake with its line.
fn save_all(
    tx: &Db,
    ring: &Keyring,
    actor: &Actor,
    text: &str,
    file: &FileInput,
    dry_run: bool,
) -> Result<Vec<Applied>> {
    let places = Places::of(text);
    let mut mistakes = FieldErrors::default();
    let mut applied = Vec::new();
    let mut names = std::collections::HashSet::new();
    for (index, input) in file.datasource.iter().enumerate() {
        if !names.insert(input.name.clone()) {
            let message = Sentence::new(crate::text::field::NAME_TAKEN, &[&input.name]);
            places.note("datasource", index, "name", &message, &mut mistakes);
        }
        let existing = datasource::find(tx, &input.name)?;
        match datasources::save(tx, ring, actor, input.clone(), existing.as_ref()) {
            Ok(change) => applied.push(Applied::of_change("datasource", &input.name, change)),
            Err(error) => places.collect("datasource", index, error, &mut mistakes)?,
        }
    }
    let mut names = std::collections::HashSet::new();
    for (index, input) in file.project.iter().enumerate() {
        if !names.insert(input.name.clone()) {
            let message = Sentence::new(crate::text::field::NAME_TAKEN, &[&input.name]);
            places.note("project", index, "name", &message, &mut mistakes);
        }
        let existing = project::find(tx, &input.name)?;
        let saved =
            projects::save(tx, ring, actor, input, existing.as_ref()).and_then(
                |(change, _)| match &existing {
                    Some(existing) if change != Change::Unchanged && !dry_run => {
                        projects::modifiable(existing).map(|()| change)
                    }
                    Some(existing)
                        if change != Change::Unchanged && existing.status != ProjectStatus::Running =>
                    {
                        projects::modifiable(existing).map(|()| change)
                    }
                    _ => Ok(change),
                },
            );
        match saved {
            Ok(change) => applied.push(Applied::of_change("project", &input.name, change)),
            Err(error) => places.collect("project", index, error, &mut mistakes)?,
        }
    }
    if mistakes.is_empty() { Ok(applied) } else { Err(bad_file(mistakes)) }
}

fn bad_file(fields: FieldErrors) -> ServiceError {
    ServiceError::Refused(Box::new(Refusal {
        kind: RefusalKind::Invalid,
        code: "bad_file".to_owned(),
        message: refusal::BAD_FILE.into(),
        remedy: refusal::BAD_FILE_REMEDY.into(),
        fields,
    }))
}

/// Reads the file; unknown keys and wrong types are named with their line.
fn parse(text: &str) -> Result<FileInput> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        let mut fields = FieldErrors::default();
        let reason = error.message().lines().next().unwrap_or_default();
        let key = error.span().and_then(|span| key_before(text, span.start));
        let reason = key.map_or_else(|| reason.to_owned(), |key| format!("`{key}`: {reason}"));
        fields.add("file", Sentence::new(refusal::LINE, &[&line.to_string(), &reason]));
        bad_file(fields)
    })
}

/// The key whose value a mistake is in, where it stands on the same line.
fn key_before(text: &str, offset: usize) -> Option<&str> {
    let line = text.get(..offset)?.rsplit('\n').next()?;
    let key = line.rsplit_once('=')?.0.rsplit(['{', ',']).next()?.trim();
    (!key.is_empty()).then_some(key)
}

/// Finds the line of a field.
struct Places<'a> {
    text: &'a str,
    table: Option<toml::Spanned<DeTable<'a>>>,
}

impl<'a> Places<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, table: DeTable::parse(text).ok() }
    }

    /// Adds the mistakes of one item under `kind[index].field`, with lines.
    fn collect(&self, kind: &str, index: usize, error: ServiceError, into: &mut FieldErrors) -> Result<()> {
        let Some(refusal) = error.refusal() else { return Err(error) };
        if refusal.fields.is_empty() {
            self.note(kind, index, "name", &refusal.message, into);
        }
        for (field, message) in refusal.fields.iter() {
            self.note(kind, index, field, message, into);
        }
        Ok(())
    }

    fn note(&self, kind: &str, index: usize, field: &str, message: &Sentence, into: &mut FieldErrors) {
        let line = self.line(kind, index, field).to_string();
        let with_line = Sentence {
            en: refusal::LINE.fill(Lang::En, &[&line, &format!("{field}: {}", message.en)]),
            zh: refusal::LINE.fill(Lang::Zh, &[&line, &format!("{field}：{}", message.zh)]),
        };
        into.add(format!("{kind}[{index}].{field}"), with_line);
    }

    /// The line of the field, or of the item when the field is not written.
    fn line(&self, kind: &str, index: usize, field: &str) -> usize {
        let root = self.table.as_ref().and_then(|table| table.get_ref().get(kind));
        let item = root.and_then(|items| items.get_ref().as_array()).and_then(|items| items.get(index));
        let mut place = item;
        for step in field.split('.') {
            let (name, number) = match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
                Some((name, number)) => (name, number.parse::<usize>().ok()),
                None => (step, None),
            };
            let found = place
                .and_then(|place| place.get_ref().as_table())
                .and_then(|table| table.get(name))
                .and_then(|value| match number {
                    Some(number) => value.get_ref().as_array().and_then(|array| array.get(number)),
                    None => Some(value),
                });
            if found.is_none() {
                break;
            }
            place = found;
        }
        let value: Option<&toml::Spanned<DeValue<'_>>> = place.or(root);
        value.map_or(1, |value| line_of(self.text, value.span().start))
    }
}
