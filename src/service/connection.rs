//! Tries a connection before, or after, it is saved: each thing that is needed
//! of it is one check with its result, its time and its remedy. And the form
//! of a data source, which is only saved untested where a person insists.
//!
//! Invariant: what was typed is tried, not what is saved; only a secret that
//! was not typed again comes from the saved data source.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use secrecy::{ExposeSecret as _, SecretString};
use tidewire_engine::endpoint::{Connection, MqEndpoint, SourceEndpoint};
use tidewire_engine::error::{ErrorKind, PipelineError};
use tidewire_words::{Lang, Sentence, Text};

use crate::store::datasource::DatasourceRecord;
use crate::store::now_ms;
use crate::text::{datasource as text, field, refusal};

use super::datasource_rules::{self, SecretChange};
use super::datasources::{DatasourceView, secret_of};
use super::error::{FieldErrors, Result, ServiceError};
use super::input::DatasourceInput;
use super::precheck::ItemResult;
use super::{Actor, QUESTION_LIMIT, Service, millis};

/// The topic that OMS asks for; its absence is worth a warning.
const TEST_TOPIC: &str = "oms_test_topic";
/// Largest difference of the clocks without a warning, milliseconds.
const CLOCK_LIMIT: i64 = 2_000;
/// The field name that a typed secret is sealed for while its form is open.
const TYPED: &str = "typed";
/// How long such a form can be sent, milliseconds.
const TYPED_MS: i64 = 3_600_000;

/// One thing that was tried.
#[derive(Clone, Debug)]
pub struct Check {
    /// What.
    pub title: Text,
    /// How it ended.
    pub result: ItemResult,
    /// What was found.
    pub found: Sentence,
    /// What to do.
    pub remedy: Option<Sentence>,
    /// Milliseconds it took.
    pub ms: u64,
}

/// What a form of a data source is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A new one.
    New,
    /// A new one with another one's settings.
    Copy(String),
    /// A change of this one.
    Edit(String),
}

/// How saving a form ended.
#[derive(Clone, Debug)]
pub enum Submitted {
    /// Saved.
    Saved(Box<DatasourceView>),
    /// Not saved: a check failed.
    Untested(Vec<Check>),
}

/// Whether a check failed.
#[must_use]
pub fn failed(checks: &[Check]) -> bool {
    checks.iter().any(|check| check.result == ItemResult::Failed)
}

/// What a question of the data path gave, or that it took too long.
enum Asked<T> {
    Answer(T),
    Refused(PipelineError),
    TooLong,
}

async fn ask<T>(question: impl Future<Output = Result<T, PipelineError>>) -> (Asked<T>, u64) {
    let started = Instant::now();
    let asked = match tokio::time::timeout(QUESTION_LIMIT, question).await {
        Ok(Ok(answer)) => Asked::Answer(answer),
        Ok(Err(error)) => Asked::Refused(error),
        Err(_) => Asked::TooLong,
    };
    (asked, millis(started))
}

impl Check {
    fn passed(title: Text, found: impl Into<Sentence>, ms: u64) -> Self {
        Self { title, result: ItemResult::Passed, found: found.into(), remedy: None, ms }
    }

    fn warning(title: Text, found: impl Into<Sentence>, remedy: Text, ms: u64) -> Self {
        Self { title, result: ItemResult::Warning, found: found.into(), remedy: Some(remedy.into()), ms }
    }

    fn refused(title: Text, error: &PipelineError, ms: u64) -> Self {
        let found = Sentence::from(error);
        Self { title, result: ItemResult::Failed, found, remedy: Some(remedy(error)), ms }
    }

    fn too_long(title: Text, ms: u64) -> Self {
        let found = Sentence::new(refusal::TIMED_OUT, &[&QUESTION_LIMIT.as_secs().to_string()]);
        let remedy = Some(refusal::TIMED_OUT_REMEDY.into());
        Self { title, result: ItemResult::Failed, found, remedy, ms }
    }
}

/// The remedies of a run speak of projects that go on; here none runs yet.
pub(super) fn remedy(error: &PipelineError) -> Sentence {
    let text = match error.kind {
        ErrorKind::SourceUnreachable | ErrorKind::SinkUnreachable => refusal::TIMED_OUT_REMEDY,
        ErrorKind::TlsFailed => text::TLS_REMEDY,
        ErrorKind::SourceDenied => text::DENIED_REMEDY,
        ErrorKind::SourceUnsupported => text::UNSUPPORTED_REMEDY,
        ErrorKind::SinkDenied => text::KEYS_REMEDY,
        ErrorKind::SourceSettings => text::SETTING_REMEDY,
        ErrorKind::PrivilegeMissing => text::PRIVILEGE_REMEDY,
        _ => {
            return Sentence { en: error.remedy(Lang::En).to_owned(), zh: error.remedy(Lang::Zh).to_owned() };
        }
    };
    text.into()
}

impl Service {
    /// Tries typed settings, saved or not; a secret that was not typed is that
    /// of the data source `saved`.
    ///
    /// # Errors
    /// Fields that break a rule, an unknown data source.
    pub async fn test_connection(
        &self,
        actor: &Actor,
        input: DatasourceInput,
        saved: Option<&str>,
    ) -> Result<Vec<Check>> {
        let existing = match saved {
            Some(name) => Some(self.datasource_record(actor, name).await?),
            None => None,
        };
        let mut errors = FieldErrors::default();
        let checked = datasource_rules::connection(&mut errors, input, existing.as_ref());
        let checked = errors.done(checked)?.ok_or_else(|| ServiceError::field("kind", field::KIND))?;
        self.try_out(checked, existing.as_ref()).await
    }

    /// Tries a saved data source.
    ///
    /// # Errors
    /// Unknown data source.
    pub async fn test_saved(&self, actor: &Actor, name: &str) -> Result<(DatasourceRecord, Vec<Check>)> {
        let record = self.datasource_record(actor, name).await?;
        let settings = (record.connection.clone(), SecretChange::Keep);
        let checks = self.try_out(settings, Some(&record)).await?;
        Ok((record, checks))
    }

    /// Saves a form when its connection works, or where a person insists. `seen`
    /// is the mark of the settings that an edit was made from.
    ///
    /// # Errors
    /// Fields that break a rule, an unknown data source, or one that somebody
    /// changed meanwhile.
    pub async fn submit_datasource(
        &self,
        actor: &Actor,
        purpose: &Purpose,
        input: DatasourceInput,
        insist: bool,
        seen: &str,
    ) -> Result<Submitted> {
        let (edited, copied) = match purpose {
            Purpose::New => (None, None),
            Purpose::Edit(name) => (Some(self.datasource_record(actor, name).await?), None),
            Purpose::Copy(name) => (None, Some(self.datasource_record(actor, name).await?)),
        };
        let (typed, old) = (input.clone(), edited.clone());
        let valid = self
            .store
            .read(move |c| {
                let valid = datasource_rules::validate(c, typed.clone(), old.as_ref());
                let secret = typed.password.as_ref().or(typed.secret_key.as_ref());
                let typed_one = secret.is_some_and(|secret| !secret.value().expose_secret().is_empty());
                match copied {
                    Some(copied) if copied.sealed.is_some() && !typed_one => Err(with_secret(valid, &copied)),
                    _ => valid,
                }
            })
            .await?;
        if !insist {
            let checks = self.try_out((valid.connection, valid.secret), edited.as_ref()).await?;
            if failed(&checks) {
                return Ok(Submitted::Untested(checks));
            }
        }
        let saved = match purpose {
            Purpose::Edit(name) => self.update_datasource(actor.clone(), name, input, seen).await?,
            Purpose::New | Purpose::Copy(_) => self.create_datasource(actor.clone(), input).await?,
        };
        Ok(Submitted::Saved(Box::new(saved)))
    }

    /// Seals a typed secret for the form that it was typed into, so that the
    /// page need not show it and the person need not type it again.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn keep_typed(&self, actor: &Actor, secret: &SecretString) -> Result<String> {
        let dated = SecretString::from(format!("{}\n{}", now_ms(), secret.expose_secret()));
        Ok(BASE64.encode(self.keyring.seal(actor.name(), TYPED, &dated)?))
    }

    /// Opens what [`Self::keep_typed`] sealed for the same person, for an hour.
    #[must_use]
    pub fn kept(&self, actor: &Actor, sealed: &str) -> Option<SecretString> {
        let sealed = BASE64.decode(sealed).ok()?;
        let dated = self.keyring.open_sealed(actor.name(), TYPED, &sealed).ok()?;
        let (at, secret) = dated.expose_secret().split_once('\n')?;
        let fresh = at.parse::<i64>().is_ok_and(|at| now_ms() - at < TYPED_MS);
        fresh.then(|| SecretString::from(secret))
    }

    async fn try_out(
        &self,
        (connection, secret): (Connection, SecretChange),
        existing: Option<&DatasourceRecord>,
    ) -> Result<Vec<Check>> {
        let secret = match (secret, existing) {
            (SecretChange::Set(secret), _) => secret,
            (SecretChange::Keep, Some(existing)) => secret_of(&self.keyring(), existing)?,
            (SecretChange::Keep, None) | (SecretChange::Clear, _) => SecretString::default(),
        };
        if let Some(source) = connection.source(secret.clone()) {
            return Ok(self.try_source(source).await);
        }
        match connection.target(secret) {
            Some(target) => Ok(self.try_target(target).await),
            None => Err(ServiceError::field("address", field::ADDRESS)),
        }
    }

    async fn try_source(&self, source: SourceEndpoint) -> Vec<Check> {
        let place = Sentence::from(format!("{}:{}", source.host, source.port));
        let (asked, ms) = ask(self.engine.connect(source.clone())).await;
        let info = match asked {
            Asked::Answer(info) => info,
            Asked::Refused(error) if error.kind == ErrorKind::SourceUnsupported => {
                let login = Check::passed(text::CHECK_LOGIN, place, ms);
                return vec![login, Check::refused(text::CHECK_VERSION, &error, ms)];
            }
            Asked::Refused(error) => return vec![Check::refused(text::CHECK_LOGIN, &error, ms)],
            Asked::TooLong => return vec![Check::too_long(text::CHECK_LOGIN, ms)],
        };
        let offset = Sentence::new(text::CLOCK_OFFSET, &[&info.clock_offset_ms.to_string()]);
        let clock = if info.clock_offset_ms.abs() <= CLOCK_LIMIT {
            Check::passed(text::CHECK_CLOCK, offset, ms)
        } else {
            Check::warning(text::CHECK_CLOCK, offset, text::CLOCK_REMEDY, ms)
        };
        let log = ask(self.engine.log(source.clone()));
        let (log, rights) = tokio::join!(log, ask(self.engine.privileges(source)));
        let line = |title: Text, (asked, ms): (Asked<()>, u64), found: Text| match asked {
            Asked::Answer(()) => Check::passed(title, found, ms),
            Asked::Refused(error) => Check::refused(title, &error, ms),
            Asked::TooLong => Check::too_long(title, ms),
        };
        vec![
            Check::passed(text::CHECK_LOGIN, place, ms),
            Check::passed(text::CHECK_VERSION, Sentence::from(info.version), ms),
            clock,
            line(text::CHECK_LOG, log, text::LOG_FINE),
            line(text::CHECK_RIGHTS, rights, text::RIGHTS_FINE),
        ]
    }

    async fn try_target(&self, target: MqEndpoint) -> Vec<Check> {
        let (asked, ms) = ask(self.engine.topics(target.clone())).await;
        let topics = match asked {
            Asked::Answer(topics) => topics.len(),
            Asked::Refused(error) => return vec![Check::refused(text::CHECK_NAME_SERVERS, &error, ms)],
            Asked::TooLong => return vec![Check::too_long(text::CHECK_NAME_SERVERS, ms)],
        };
        let found = Sentence::new(text::TOPICS_FOUND, &[&topics.to_string()]);
        let name_servers = Check::passed(text::CHECK_NAME_SERVERS, found, ms);
        let brokers = ask(self.engine.brokers(target.clone()));
        let test = ask(self.engine.topic(target, TEST_TOPIC.to_owned()));
        let ((brokers, brokers_ms), (test, test_ms)) = tokio::join!(brokers, test);
        let brokers = match brokers {
            Asked::Answer(names) => {
                let names = Sentence { en: names.join(", "), zh: names.join("、") };
                Check::passed(text::CHECK_BROKERS, names, brokers_ms)
            }
            Asked::Refused(error) => Check::refused(text::CHECK_BROKERS, &error, brokers_ms),
            Asked::TooLong => Check::too_long(text::CHECK_BROKERS, brokers_ms),
        };
        let test = match test {
            Asked::Answer(Some(_)) => Check::passed(text::CHECK_TEST_TOPIC, text::TEST_TOPIC_FINE, test_ms),
            Asked::Answer(None) | Asked::Refused(_) | Asked::TooLong => {
                Check::warning(text::CHECK_TEST_TOPIC, text::NO_TEST_TOPIC, text::TEST_TOPIC_REMEDY, test_ms)
            }
        };
        vec![name_servers, brokers, test]
    }
}

/// A copy needs the secret typed anew: it is never shown, so it can't be copied.
fn with_secret(valid: Result<datasource_rules::Valid>, copied: &DatasourceRecord) -> ServiceError {
    let mut fields = FieldErrors::default();
    if let Err(error) = valid {
        match error.refusal() {
            Some(refusal) => fields = refusal.fields.clone(),
            None => return error,
        }
    }
    let mq = copied.connection.kind == tidewire_engine::endpoint::DatasourceKind::Rocketmq;
    fields.add(if mq { "secret_key" } else { "password" }, text::SECRET_AGAIN);
    fields.into()
}
