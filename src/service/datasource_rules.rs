//! The rules of a data source's fields. Knows what is saved, connects to nothing.
//!
//! Invariant: fields of another kind are mistakes; a secret that was not typed again
//! stays what it was, and goes nowhere and to nobody that it was not typed for.

use std::fs;

use secrecy::{ExposeSecret as _, SecretString};
use tidewire_engine::endpoint::{Connection, DatasourceKind, Tls, host_port};
use tidewire_words::{Sentence, Text};

use crate::store::datasource::{self, DatasourceRecord};
use crate::text::{changed, field};

use super::Db;
use super::error::{FieldErrors, Result};
use super::input::DatasourceInput;
use super::rules;

/// Largest file that can hold a password.
const SECRET_FILE_LIMIT: u64 = 4096;
/// Longest list of name servers.
const ADDRESS_LIMIT: usize = 1024;
/// Longest name of anything else: account, tenant, key, file.
const NAME_LIMIT: usize = 256;

/// What to do with the saved secret.
pub(super) enum SecretChange {
    Keep,
    Clear,
    Set(SecretString),
}

/// A data source whose fields obey the rules.
pub(super) struct Valid {
    pub(super) name: String,
    pub(super) connection: Connection,
    pub(super) secret: SecretChange,
    pub(super) note: String,
}

/// Checks every field.
pub(super) fn validate(c: &Db, input: DatasourceInput, existing: Option<&DatasourceRecord>) -> Result<Valid> {
    let mut errors = FieldErrors::default();
    errors.check("name", rules::datasource_name(&input.name));
    if let Some(other) = datasource::find(c, &input.name)?
        && existing.is_none_or(|existing| existing.id != other.id)
    {
        errors.add("name", Sentence::new(field::NAME_TAKEN, &[&input.name]));
    }
    errors.check("note", rules::note(&input.note));
    let (name, note) = (input.name.clone(), input.note.clone());
    let checked = connection(&mut errors, input, existing);
    match checked.filter(|_| errors.is_empty()) {
        Some((connection, secret)) => Ok(Valid { name, connection, secret, note }),
        None => Err(errors.into()),
    }
}

/// Checks the fields that a connection needs, and no other: it can be tested
/// before it has a name.
pub(super) fn connection(
    errors: &mut FieldErrors,
    input: DatasourceInput,
    existing: Option<&DatasourceRecord>,
) -> Option<(Connection, SecretChange)> {
    let Some(kind) = DatasourceKind::parse(&input.kind) else {
        errors.add("kind", field::KIND);
        return None;
    };
    if existing.is_some_and(|existing| existing.connection.kind != kind) {
        errors.add("kind", field::KIND_FIXED);
    }
    check_lengths(errors, &input);
    check_address(errors, kind, &input);
    check_belongs(errors, kind, &input);
    let tls = if input.tls.is_empty() { Some(Tls::Off) } else { Tls::parse(&input.tls) };
    if tls.is_none() {
        errors.add("tls", field::TLS);
    }
    if !input.tls_ca.is_empty() && tls != Some(Tls::Verify) {
        errors.add("tls_ca", field::TLS_CA);
    }
    let secret = secret_change(errors, kind, &input, existing);
    check_keys(errors, kind, &input, &secret, existing);
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
    if let Some(existing) = existing.filter(|existing| existing.sealed.is_some())
        && matches!(secret, SecretChange::Keep)
        && let Some(word) = elsewhere(&existing.connection, &connection)
    {
        let secret = if kind == DatasourceKind::Rocketmq { "secret_key" } else { "password" };
        errors.add(secret, Sentence::of_texts(field::SECRET_ELSEWHERE, &[word]));
    }
    Some((connection, secret))
}

/// The first of the fields that say where, as whom and how protected a secret is used,
/// where they differ: with another one somebody else could be sent the saved secret.
fn elsewhere(saved: &Connection, typed: &Connection) -> Option<Text> {
    let fields = [
        ("address", saved.address == typed.address),
        ("binlog_address", saved.binlog_address == typed.binlog_address),
        ("tenant", saved.tenant == typed.tenant),
        ("cluster", saved.cluster == typed.cluster),
        ("user", saved.user == typed.user),
        ("access_key", saved.access_key == typed.access_key),
        ("tls", saved.tls == typed.tls && saved.tls_ca == typed.tls_ca),
    ];
    fields.into_iter().find(|(_, same)| !same).and_then(|(name, _)| changed::word(name))
}

/// Nothing that a person writes is that long; the store and the pages need not
/// carry it.
fn check_lengths(errors: &mut FieldErrors, input: &DatasourceInput) {
    let secret = |secret: &Option<super::input::SecretText>| {
        secret.as_ref().map_or(0, |secret| secret.value().expose_secret().chars().count())
    };
    let lengths = [
        ("address", input.address.chars().count(), ADDRESS_LIMIT),
        ("binlog_address", input.binlog_address.chars().count(), NAME_LIMIT),
        ("tenant", input.tenant.chars().count(), NAME_LIMIT),
        ("cluster", input.cluster.chars().count(), NAME_LIMIT),
        ("user", input.user.chars().count(), NAME_LIMIT),
        ("password", secret(&input.password), NAME_LIMIT),
        ("database", input.database.chars().count(), NAME_LIMIT),
        ("access_key", input.access_key.chars().count(), NAME_LIMIT),
        ("secret_key", secret(&input.secret_key), NAME_LIMIT),
        ("namespace", input.namespace.chars().count(), NAME_LIMIT),
        ("tls_ca", input.tls_ca.chars().count(), ADDRESS_LIMIT),
    ];
    for (name, length, most) in lengths {
        if length > most {
            errors.add(name, Sentence::new(field::TOO_LONG, &[&most.to_string()]));
        }
    }
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
            errors.add(name, Sentence::new(field::NOT_FOR_KIND, &[kind.as_str()]));
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

fn read_secret(path: &str) -> Result<SecretString, Sentence> {
    let unreadable =
        |error: &dyn std::fmt::Display| Sentence::new(field::SECRET_FILE, &[path, &error.to_string()]);
    let size = fs::metadata(path).map_err(|error| unreadable(&error))?.len();
    if size > SECRET_FILE_LIMIT {
        return Err(Sentence::new(field::SECRET_FILE_SIZE, &[path]));
    }
    let text = fs::read_to_string(path).map_err(|error| unreadable(&error))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned().into())
}
