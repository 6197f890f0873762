//! A question to a source or a target as it goes to a process of its own and
//! back: JSON on its input, JSON on its output. Here is also the side that
//! answers; it knows nothing of who asks.
//!
//! Invariant: secrets travel in the input only, never in arguments or
//! environment.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tidewire_engine::endpoint::{DatasourceKind, MqEndpoint, SourceEndpoint, Tls};
use tidewire_engine::error::{ErrorKind, PipelineError};
use tidewire_engine::identity::TableName;
use tidewire_mysql::source::{Begin, opens};
use tidewire_mysql::{catalogue, role, settings, unlogged};
use tidewire_rocketmq::host::Host;
use tidewire_rocketmq::{road, topics};
use tidewire_words::Sentence;

use crate::text::question as say;

/// Address space that an answer may take. A hostile or broken server can make
/// its client ask for any amount, and what can't be had ends the process.
pub const MEMORY: u64 = 1 << 30;
/// Longest life of a process that answers; who asks waits less.
const LIFE: Duration = Duration::from_mins(1);

/// What is asked of a source.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum OfSource {
    /// [`catalogue::databases`].
    Databases,
    /// [`catalogue::tables`] of a database.
    Tables(String),
    /// [`catalogue::find_tables`] with a part of a name.
    FindTables(String),
    /// [`catalogue::columns`] of a database's table.
    Columns(String, String),
    /// [`catalogue::schemas`] of databases' tables.
    Schemas(Vec<(String, String)>),
    /// [`settings::connect_check`].
    Connect,
    /// [`role::role`].
    Role,
    /// [`settings::log_check`].
    Log,
    /// [`unlogged::unlogged`] of databases' tables.
    Unlogged(Vec<(String, String)>),
    /// [`settings::privilege_check`].
    Privileges,
    /// [`opens`].
    Opens(Begin),
    /// [`settings::log_begin`].
    LogBegin,
}

/// What is asked of a target.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum OfTarget {
    /// [`topics::list`].
    Topics,
    /// [`road::brokers`].
    Brokers,
    /// [`topics::describe`] of a topic.
    Topic(String),
    /// [`road::check`] of a topic with a group.
    Road(String, String),
    /// [`topics::message_type`] of a topic.
    MessageType(String),
}

/// A question with whom it is put to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Question {
    /// To a source.
    Source(#[serde(with = "SourceForm")] SourceEndpoint, OfSource),
    /// To a target.
    Target(#[serde(with = "TargetForm")] MqEndpoint, OfTarget),
}

/// How it went: the answer, or the error.
pub type Reply = Result<Value, Fault>;

/// An error on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fault {
    kind: Box<str>,
    detail: Sentence,
    server_code: Option<u16>,
    table: Option<String>,
    position: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "SourceEndpoint")]
struct SourceForm {
    kind: DatasourceKind,
    host: String,
    port: u16,
    tenant: Option<String>,
    cluster: Option<String>,
    user: String,
    #[serde(with = "shown")]
    password: SecretString,
    database: Option<String>,
    binlog_host_port: Option<(String, u16)>,
    tls: Tls,
    tls_ca: Option<PathBuf>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "MqEndpoint")]
struct TargetForm {
    name_servers: String,
    #[serde(with = "shown_pair")]
    credentials: Option<(String, SecretString)>,
    namespace: Option<String>,
    tls: Tls,
    tls_ca: Option<PathBuf>,
}

mod shown {
    use secrecy::{ExposeSecret as _, SecretString};
    use serde::Deserialize as _;

    pub(super) fn serialize<S: serde::Serializer>(secret: &SecretString, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(secret.expose_secret())
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(from: D) -> Result<SecretString, D::Error> {
        String::deserialize(from).map(SecretString::from)
    }
}

mod shown_pair {
    use secrecy::{ExposeSecret as _, SecretString};
    use serde::{Deserialize as _, Serialize as _};

    type Pair = Option<(String, SecretString)>;

    pub(super) fn serialize<S: serde::Serializer>(pair: &Pair, to: S) -> Result<S::Ok, S::Error> {
        pair.as_ref().map(|(name, secret)| (name, secret.expose_secret())).serialize(to)
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Pair, D::Error> {
        let pair = Option::<(String, String)>::deserialize(from)?;
        Ok(pair.map(|(name, secret)| (name, SecretString::from(secret))))
    }
}

impl Fault {
    fn of(error: PipelineError) -> Self {
        let PipelineError { kind, detail, server_code, table, position, .. } = error;
        Self { kind: kind.code().into(), detail, server_code, table, position }
    }

    /// The error as it was.
    pub fn error(self) -> PipelineError {
        let Self { kind, detail, server_code, table, position } = self;
        let kind = ErrorKind::ALL.iter().find(|known| known.code() == &*kind);
        let kind = kind.copied().unwrap_or(ErrorKind::Internal);
        let mut error = PipelineError::new(kind, detail);
        (error.server_code, error.table, error.position) = (server_code, table, position);
        error
    }
}

/// Answers a question and gives the answer's JSON.
///
/// # Errors
/// What was asked can't be read, or the answer not be written.
pub async fn answer(question: &str) -> Result<String, serde_json::Error> {
    let question: Question = serde_json::from_str(question)?;
    let answered = tokio::time::timeout(LIFE, async {
        match question {
            Question::Source(source, what) => of_source(&source, what).await,
            Question::Target(target, what) => of_target(&target, what).await,
        }
    });
    let reply: Reply = match answered.await {
        Ok(answer) => answer.map_err(Fault::of),
        Err(_) => Err(Fault::of(PipelineError::new(
            ErrorKind::Internal,
            Sentence::new(say::ANSWER_LATE, &[&LIFE.as_secs().to_string()]),
        ))),
    };
    serde_json::to_string(&reply)
}

async fn of_source(source: &SourceEndpoint, what: OfSource) -> Result<Value, PipelineError> {
    match what {
        OfSource::Databases => value(catalogue::databases(source).await?),
        OfSource::Tables(database) => value(catalogue::tables(source, &database).await?),
        OfSource::FindTables(part) => value(catalogue::find_tables(source, &part).await?),
        OfSource::Columns(database, table) => value(catalogue::columns(source, &database, &table).await?),
        OfSource::Schemas(tables) => {
            let found = catalogue::schemas(source, &named(tables)).await?;
            value(found.into_iter().map(|one| one.map_err(Fault::of)).collect::<Vec<_>>())
        }
        OfSource::Connect => value(settings::connect_check(source).await?),
        OfSource::Role => value(role::role(source).await?),
        OfSource::Log => value(settings::log_check(source).await?),
        OfSource::Unlogged(tables) => value(unlogged::unlogged(source, &named(tables)).await?),
        OfSource::Privileges => value(settings::privilege_check(source).await?),
        OfSource::Opens(begin) => value(opens(source, &begin).await?),
        OfSource::LogBegin => value(settings::log_begin(source).await?),
    }
}

fn named(tables: Vec<(String, String)>) -> Vec<TableName> {
    tables.into_iter().map(|(database, table)| TableName::new(database, table)).collect()
}

async fn of_target(target: &MqEndpoint, what: OfTarget) -> Result<Value, PipelineError> {
    let host = Host::default();
    let found = match what {
        OfTarget::Topics => topics::list(&host, target).await.and_then(value),
        OfTarget::Brokers => road::brokers(&host, target).await.and_then(value),
        OfTarget::Topic(topic) => topics::describe(&host, target, &topic).await.and_then(value),
        OfTarget::Road(topic, group) => road::check(&host, target, &topic, &group).await.and_then(value),
        OfTarget::MessageType(topic) => topics::message_type(&host, target, &topic).await.and_then(value),
    };
    host.shutdown().await;
    found
}

fn value<T: Serialize>(answer: T) -> Result<Value, PipelineError> {
    serde_json::to_value(answer).map_err(|error| PipelineError::new(ErrorKind::Internal, error.to_string()))
}
