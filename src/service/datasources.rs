//! Data sources: check, save, delete, test.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use tidewire_engine::endpoint::{DatasourceKind, Tls};
use tidewire_words::{Lang, Sentence};

use crate::secret::Keyring;
use crate::store::datasource::{self, DatasourceRecord};
use crate::store::operation::ObjectKind;
use crate::store::{now_ms, project};
use crate::text::{datasource as text, field, refusal};

use super::datasource_rules::{SecretChange, Valid, validate};
use super::error::{Result, ServiceError};
use super::input::{DatasourceInput, SecretText};
use super::paging::Page;
use super::{Actor, Change, Db, Service, new_id, record, seen};

/// The field name that a data source's secret is sealed for.
const SECRET: &str = "secret";

/// Rows of a page of the list.
const PAGE: usize = 20;

/// A data source as lists and the API show it.
#[derive(Clone, Debug, Serialize)]
pub struct DatasourceView {
    /// Tells these settings from those before and after a change.
    #[serde(skip)]
    pub mark: String,
    /// Id.
    pub id: String,
    /// Who made it.
    pub creator: String,
    /// When, milliseconds.
    pub created_at: i64,
    /// Settings as the project file has them.
    #[serde(flatten)]
    pub settings: DatasourceInput,
}

/// Answer of a connection test.
#[derive(Clone, Debug, Serialize)]
pub struct TestAnswer {
    /// Version of the source, or number of topics of the target, in words.
    pub detail: String,
    /// Milliseconds it took.
    pub ms: u64,
}

/// Which data sources a list shows.
#[derive(Clone, Debug, Default)]
pub struct DatasourceQuery {
    /// Part of the name or the address; empty: all.
    pub text: String,
    /// Only this kind.
    pub kind: Option<DatasourceKind>,
    /// Oldest first instead of newest first.
    pub oldest_first: bool,
    /// Page, from one.
    pub page: usize,
}

/// A data source and the projects that keep a copy of it.
#[derive(Clone, Debug)]
pub struct DatasourceUse {
    /// The data source.
    pub datasource: DatasourceView,
    /// Id and name of the projects that the actor sees.
    pub projects: Vec<(String, String)>,
    /// How many others there are.
    pub others: usize,
}

impl Service {
    /// All data sources by name.
    ///
    /// # Errors
    /// A failed database.
    pub async fn datasources(&self, actor: &Actor) -> Result<Vec<DatasourceView>> {
        let mut records = self.store.read(datasource::list).await?;
        records.retain(|record| actor.sees(&record.creator));
        Ok(records.into_iter().map(view).collect())
    }

    /// A page of the data sources, and how many there are without any filter.
    ///
    /// # Errors
    /// A failed database.
    pub async fn datasource_page(
        &self,
        actor: &Actor,
        query: DatasourceQuery,
    ) -> Result<(Page<DatasourceView>, usize)> {
        let mut all = self.datasources(actor).await?;
        let count = all.len();
        let text = query.text.to_lowercase();
        all.retain(|one| {
            let settings = &one.settings;
            let kind = query.kind.is_none_or(|kind| kind.as_str() == settings.kind);
            kind && [&settings.name, &settings.address].iter().any(|part| part.to_lowercase().contains(&text))
        });
        all.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.id.cmp(&b.id)));
        if query.oldest_first {
            all.reverse();
        }
        Ok((Page::of(all, query.page, PAGE), count))
    }

    /// A data source and who keeps a copy of it.
    ///
    /// # Errors
    /// Unknown name.
    pub async fn datasource_use(&self, actor: &Actor, name: &str) -> Result<DatasourceUse> {
        let record = self.datasource_record(actor, name).await?;
        let mut users = self.store.read(project::list).await?;
        users.retain(|project| project.source.name == record.name || project.target.name == record.name);
        let (seen, others): (Vec<_>, Vec<_>) =
            users.into_iter().partition(|project| actor.sees(&project.creator));
        Ok(DatasourceUse {
            datasource: view(record),
            projects: seen.into_iter().map(|project| (project.id, project.name)).collect(),
            others: others.len(),
        })
    }

    /// One data source by name or id.
    ///
    /// # Errors
    /// Unknown name.
    pub async fn datasource(&self, actor: &Actor, name: &str) -> Result<DatasourceView> {
        self.datasource_record(actor, name).await.map(view)
    }

    pub(super) async fn datasource_record(&self, actor: &Actor, name: &str) -> Result<DatasourceRecord> {
        let (actor, name) = (actor.clone(), name.to_owned());
        self.store.read(move |c| find(c, &actor, &name)).await
    }

    /// Saves a new data source.
    ///
    /// # Errors
    /// Fields that break a rule.
    pub async fn create_datasource(&self, actor: Actor, input: DatasourceInput) -> Result<DatasourceView> {
        let ring = self.keyring();
        let saved = self.store.write(move |tx| {
            let name = input.name.clone();
            save(tx, &ring, &actor, input, None)?;
            find(tx, &actor, &name)
        });
        saved.await.map(view)
    }

    /// Replaces a data source. Projects keep the copy they have. `seen` is the
    /// mark of the settings that the form was made from.
    ///
    /// # Errors
    /// Unknown name, fields that break a rule, or settings that somebody changed
    /// meanwhile.
    pub async fn update_datasource(
        &self,
        actor: Actor,
        name: &str,
        input: DatasourceInput,
        seen: &str,
    ) -> Result<DatasourceView> {
        let (ring, name, seen) = (self.keyring(), name.to_owned(), seen.to_owned());
        let saved = self.store.write(move |tx| {
            let existing = find(tx, &actor, &name)?;
            let id = existing.id.clone();
            // The same form once more changes nothing, and is fine.
            if save(tx, &ring, &actor, input, Some(&existing))? != Change::Unchanged {
                seen::check(&seen, &looked_at(&existing))?;
            }
            find(tx, &actor, &id)
        });
        saved.await.map(view)
    }

    /// Deletes a data source. Projects keep the copy they have.
    ///
    /// # Errors
    /// Unknown name.
    pub async fn delete_datasource(&self, actor: Actor, name: &str) -> Result<()> {
        let name = name.to_owned();
        self.store
            .write(move |tx| {
                let existing = find(tx, &actor, &name)?;
                datasource::delete(tx, &existing.id)?;
                record(tx, &actor, "delete", ObjectKind::Datasource, &existing.id, &existing.name, "")
            })
            .await
    }

    /// Connects to a data source; the answer is in the language asked for.
    ///
    /// # Errors
    /// Unknown name, or the reason why it can't be reached.
    pub async fn test_datasource(&self, actor: &Actor, name: &str, lang: Lang) -> Result<TestAnswer> {
        let record = self.datasource_record(actor, name).await?;
        let started = std::time::Instant::now();
        let secret = secret_of(&self.keyring(), &record)?;
        let detail = if record.connection.kind == DatasourceKind::Rocketmq {
            let target = record.connection.target(secret).ok_or_else(|| unusable(&record))?;
            let topics = super::in_time(self.engine.topics(target.clone())).await?;
            super::in_time(self.engine.brokers(target)).await?;
            text::TOPICS_FOUND.fill(lang, &[&topics.len().to_string()])
        } else {
            let source = record.connection.source(secret).ok_or_else(|| unusable(&record))?;
            super::in_time(self.engine.connect(source)).await?.version
        };
        Ok(TestAnswer { detail, ms: super::millis(started) })
    }
}

pub(super) fn unusable(record: &DatasourceRecord) -> ServiceError {
    ServiceError::field("address", Sentence::new(field::ADDRESS, &[&record.name]))
}

/// One by name or id; what the actor may not see is not there.
pub(super) fn find(c: &Db, actor: &Actor, name: &str) -> Result<DatasourceRecord> {
    let found = datasource::find(c, name)?.filter(|record| actor.sees(&record.creator));
    found.ok_or_else(|| ServiceError::not_found(refusal::NO_DATASOURCE, name))
}

/// What a form of a data source shows, and what it may replace unseen.
fn looked_at(record: &DatasourceRecord) -> impl Serialize {
    (&record.name, &record.connection, &record.sealed, &record.note)
}

/// A data source without its secret.
pub(super) fn view(record: DatasourceRecord) -> DatasourceView {
    let secret = record.sealed.as_ref().map(|_| SecretText::default());
    let mark = seen::mark(&looked_at(&record));
    DatasourceView {
        mark,
        settings: settings(&record, secret),
        id: record.id,
        creator: record.creator,
        created_at: record.created_at,
    }
}

/// The data source as the project file writes it.
pub(super) fn settings(record: &DatasourceRecord, secret: Option<SecretText>) -> DatasourceInput {
    let connection = record.connection.clone();
    let mq = connection.kind == DatasourceKind::Rocketmq;
    let (password, secret_key) = if mq { (None, secret) } else { (secret, None) };
    DatasourceInput {
        name: record.name.clone(),
        kind: connection.kind.as_str().to_owned(),
        address: connection.address,
        tenant: connection.tenant,
        cluster: connection.cluster,
        user: connection.user,
        password,
        password_file: String::new(),
        database: connection.database,
        binlog_address: connection.binlog_address,
        access_key: connection.access_key,
        secret_key,
        namespace: connection.namespace,
        tls: match connection.tls {
            Tls::Off => "off",
            Tls::Required => "required",
            Tls::Verify => "verify",
        }
        .to_owned(),
        tls_ca: connection.tls_ca,
        note: record.note.clone(),
    }
}

/// The opened secret; empty when there is none.
pub(super) fn secret_of(ring: &Keyring, record: &DatasourceRecord) -> Result<SecretString> {
    match &record.sealed {
        Some(sealed) => Ok(ring.open_sealed(&record.id, SECRET, sealed)?),
        None => Ok(SecretString::default()),
    }
}

/// Checks and saves a data source inside the caller's transaction.
pub(super) fn save(
    tx: &Db,
    ring: &Keyring,
    actor: &Actor,
    input: DatasourceInput,
    existing: Option<&DatasourceRecord>,
) -> Result<Change> {
    let Valid { name, connection, secret, note } = validate(tx, input, existing)?;
    let now = now_ms();
    let id = match existing {
        Some(existing) => existing.id.clone(),
        None => new_id("ds_")?,
    };
    let old_secret = existing.map(|record| secret_of(ring, record)).transpose()?;
    let sealed = match secret {
        SecretChange::Keep => existing.and_then(|record| record.sealed.clone()),
        SecretChange::Clear => None,
        SecretChange::Set(secret) => {
            let same = old_secret.is_some_and(|old| old.expose_secret() == secret.expose_secret());
            match existing.and_then(|record| record.sealed.clone()).filter(|_| same) {
                Some(sealed) => Some(sealed),
                None => Some(ring.seal(&id, SECRET, &secret)?),
            }
        }
    };
    let (creator, created_at) =
        existing.map_or_else(|| (actor.name().to_owned(), now), |old| (old.creator.clone(), old.created_at));
    let saved = DatasourceRecord { id, name, connection, sealed, note, creator, created_at, updated_at: now };
    let change = match existing {
        None => {
            datasource::insert(tx, &saved)?;
            Change::Created
        }
        Some(old) => {
            let changed = changed(old, &saved);
            if !changed.is_empty() {
                datasource::update(tx, &saved)?;
            }
            Change::of_fields(changed)
        }
    };
    if let Some(action) = change.action() {
        record(tx, actor, action, ObjectKind::Datasource, &saved.id, &saved.name, change.detail())?;
    }
    Ok(change)
}

fn changed(old: &DatasourceRecord, new: &DatasourceRecord) -> Vec<String> {
    let mut fields = Vec::new();
    let mut note = |field: &str, same: bool| {
        if !same {
            fields.push(field.to_owned());
        }
    };
    let (a, b) = (&old.connection, &new.connection);
    note("name", old.name == new.name);
    note("address", a.address == b.address);
    note("tenant", a.tenant == b.tenant);
    note("cluster", a.cluster == b.cluster);
    note("user", a.user == b.user);
    note("secret", old.sealed == new.sealed);
    note("database", a.database == b.database);
    note("binlog_address", a.binlog_address == b.binlog_address);
    note("access_key", a.access_key == b.access_key);
    note("namespace", a.namespace == b.namespace);
    note("tls", a.tls == b.tls && a.tls_ca == b.tls_ca);
    note("note", old.note == new.note);
    fields
}
