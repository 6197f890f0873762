//! Data sources: check, save, delete, test.

use std::fs;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::model::datasource::{Connection, DatasourceKind, Tls, host_port};
use crate::model::lang::Message;
use crate::secret::Keyring;
use crate::store::datasource::{self, DatasourceRecord};
use crate::store::now_ms;
use crate::store::operation::ObjectKind;
use crate::text::{field, refusal};

use super::error::{FieldErrors, Result, ServiceError};
use super::input::{DatasourceInput, SecretText};
use super::{Actor, Change, Db, Service, new_id, record, rules};

/// The field name that a data source's secret is sealed for.
const SECRET: &str = "secret";
/// Largest file that can hold a password.
const SECRET_FILE_LIMIT: u64 = 4096;

/// A data source as lists and the API show it.
#[derive(Clone, Debug, Serialize)]
pub struct DatasourceView {
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
    /// Version of the source, or number of topics of the target.
    pub detail: String,
    /// Milliseconds it took.
    pub ms: u64,
}

/// What to do with the saved secret.
enum SecretChange {
    Keep,
    Clear,
    Set(SecretString),
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

    /// Replaces a data source. Projects keep the copy they have.
    ///
    /// # Errors
    /// Unknown name, or fields that break a rule.
    pub async fn update_datasource(
        &self,
        actor: Actor,
        name: &str,
        input: DatasourceInput,
    ) -> Result<DatasourceView> {
        let (ring, name) = (self.keyring(), name.to_owned());
        let saved = self.store.write(move |tx| {
            let existing = find(tx, &actor, &name)?;
            let id = existing.id.clone();
            save(tx, &ring, &actor, input, Some(&existing))?;
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

    /// Connects to a data source.
    ///
    /// # Errors
    /// Unknown name, or the reason why it can't be reached.
    pub async fn test_datasource(&self, actor: &Actor, name: &str) -> Result<TestAnswer> {
        let record = self.datasource_record(actor, name).await?;
        let started = std::time::Instant::now();
        let secret = secret_of(&self.keyring(), &record)?;
        let detail = if record.connection.kind == DatasourceKind::Rocketmq {
            let target = record.connection.target(secret).ok_or_else(|| unusable(&record))?;
            let topics = super::in_time(self.engine.topics(target)).await?;
            format!("{} topics", topics.len())
        } else {
            let source = record.connection.source(secret).ok_or_else(|| unusable(&record))?;
            super::in_time(self.engine.connect(source)).await?.version
        };
        Ok(TestAnswer { detail, ms: super::millis(started) })
    }
}

pub(super) fn unusable(record: &DatasourceRecord) -> ServiceError {
    ServiceError::field("address", Message::new(field::ADDRESS, &[&record.name]))
}

/// One by name or id; what the actor may not see is not there.
pub(super) fn find(c: &Db, actor: &Actor, name: &str) -> Result<DatasourceRecord> {
    let found = datasource::find(c, name)?.filter(|record| actor.sees(&record.creator));
    found.ok_or_else(|| ServiceError::not_found(refusal::NO_DATASOURCE, name))
}

/// A data source without its secret.
pub(super) fn view(record: DatasourceRecord) -> DatasourceView {
    let secret = record.sealed.as_ref().map(|_| SecretText::default());
    DatasourceView {
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
    let (name, connection, secret, note) = validate(tx, input, existing)?;
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
        record(tx, actor, action, ObjectKind::Datasource, &saved.id, &saved.name, &change.detail())?;
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

type Valid = (String, Connection, SecretChange, String);

fn validate(c: &Db, input: DatasourceInput, existing: Option<&DatasourceRecord>) -> Result<Valid> {
    let mut errors = FieldErrors::default();
    errors.check("name", rules::datasource_name(&input.name));
    if let Some(other) = datasource::find(c, &input.name)?
        && existing.is_none_or(|existing| existing.id != other.id)
    {
        errors.add("name", Message::new(field::NAME_TAKEN, &[&input.name]));
    }
    let Some(kind) = DatasourceKind::parse(&input.kind) else {
        errors.add("kind", field::KIND);
        return Err(errors.into());
    };
    if existing.is_some_and(|existing| existing.connection.kind != kind) {
        errors.add("kind", field::KIND_FIXED);
    }
    check_address(&mut errors, kind, &input);
    check_belongs(&mut errors, kind, &input);
    let tls = if input.tls.is_empty() { Some(Tls::Off) } else { Tls::parse(&input.tls) };
    if tls.is_none() {
        errors.add("tls", field::TLS);
    }
    if !input.tls_ca.is_empty() && tls != Some(Tls::Verify) {
        errors.add("tls_ca", field::TLS_CA);
    }
    if input.note.chars().count() > 128 {
        errors.add("note", field::NOTE);
    }
    let secret = secret_change(&mut errors, kind, &input, existing);
    check_keys(&mut errors, kind, &input, &secret, existing);
    let connection = Connection {
        kind,
        address: input.address.trim().to_owned(),
        tenant: input.tenant,
        cluster: input.cluster,
        user: input.user,
        database: input.database,
        binlog_address: input.binlog_address.trim().to_owned(),
        access_key: input.access_key,
        namespace: input.namespace,
        tls: tls.unwrap_or_default(),
        tls_ca: input.tls_ca,
    };
    Ok(errors.done((input.name, connection, secret, input.note))?)
}

fn check_address(errors: &mut FieldErrors, kind: DatasourceKind, input: &DatasourceInput) {
    if input.address.trim().is_empty() {
        errors.add("address", field::REQUIRED);
    } else if kind == DatasourceKind::Rocketmq {
        if !input.address.trim().split(';').all(|part| host_port(part).is_some()) {
            errors.add("address", field::ADDRESSES);
        }
    } else if host_port(&input.address).is_none() {
        errors.add("address", field::ADDRESS);
    }
    if !input.binlog_address.is_empty() && host_port(&input.binlog_address).is_none() {
        errors.add("binlog_address", field::ADDRESS);
    }
}

/// Fields of other kinds are mistakes, not noise.
fn check_belongs(errors: &mut FieldErrors, kind: DatasourceKind, input: &DatasourceInput) {
    let oceanbase = kind == DatasourceKind::OceanbaseCe;
    let mq = kind == DatasourceKind::Rocketmq;
    let fields = [
        ("tenant", oceanbase, input.tenant.is_empty()),
        ("cluster", oceanbase, input.cluster.is_empty()),
        ("binlog_address", oceanbase, input.binlog_address.is_empty()),
        ("user", !mq, input.user.is_empty()),
        ("password", !mq, input.password.is_none()),
        ("password_file", !mq, input.password_file.is_empty()),
        ("database", !mq, input.database.is_empty()),
        ("access_key", mq, input.access_key.is_empty()),
        ("secret_key", mq, input.secret_key.is_none()),
        ("namespace", mq, input.namespace.is_empty()),
    ];
    for (name, belongs, empty) in fields {
        if !belongs && !empty {
            errors.add(name, Message::new(field::NOT_FOR_KIND, &[kind.as_str()]));
        }
    }
    if oceanbase && input.tenant.is_empty() {
        errors.add("tenant", field::REQUIRED);
    }
    if !mq && input.user.is_empty() {
        errors.add("user", field::REQUIRED);
    }
    if oceanbase && input.user.contains(['@', '#']) {
        errors.add("user", field::USER_PART);
    }
}

fn secret_change(
    errors: &mut FieldErrors,
    kind: DatasourceKind,
    input: &DatasourceInput,
    existing: Option<&DatasourceRecord>,
) -> SecretChange {
    let mq = kind == DatasourceKind::Rocketmq;
    let (name, given) = if mq { ("secret_key", &input.secret_key) } else { ("password", &input.password) };
    if !mq && !input.password_file.is_empty() {
        if given.is_some() {
            errors.add("password_file", field::SECRET_TWICE);
        }
        return match read_secret(&input.password_file) {
            Ok(secret) => SecretChange::Set(secret),
            Err(message) => {
                errors.add("password_file", message);
                SecretChange::Keep
            }
        };
    }
    match given {
        None => SecretChange::Keep,
        Some(secret) if secret.is_stand_in() => {
            if existing.is_none_or(|existing| existing.sealed.is_none()) {
                errors.add(name, field::SECRET_HIDDEN);
            }
            SecretChange::Keep
        }
        Some(secret) if secret.value().expose_secret().is_empty() => SecretChange::Clear,
        Some(secret) => SecretChange::Set(secret.value().clone()),
    }
}

/// RocketMQ's two keys come together or not at all.
fn check_keys(
    errors: &mut FieldErrors,
    kind: DatasourceKind,
    input: &DatasourceInput,
    secret: &SecretChange,
    existing: Option<&DatasourceRecord>,
) {
    if kind != DatasourceKind::Rocketmq {
        return;
    }
    let has_secret = match secret {
        SecretChange::Keep => existing.is_some_and(|existing| existing.sealed.is_some()),
        SecretChange::Clear => false,
        SecretChange::Set(_) => true,
    };
    if has_secret == input.access_key.is_empty() {
        errors.add(if has_secret { "access_key" } else { "secret_key" }, field::BOTH_KEYS);
    }
}

fn read_secret(path: &str) -> Result<SecretString, Message> {
    let unreadable =
        |error: &dyn std::fmt::Display| Message::new(field::SECRET_FILE, &[path, &error.to_string()]);
    let size = fs::metadata(path).map_err(|error| unreadable(&error))?.len();
    if size > SECRET_FILE_LIMIT {
        return Err(Message::new(field::SECRET_FILE_SIZE, &[path]));
    }
    let text = fs::read_to_string(path).map_err(|error| unreadable(&error))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned().into())
}
