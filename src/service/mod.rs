//! The use cases, the same for console, API and command line: every rule that
//! a person can meet lives here. Knows no HTTP and no pages.
//!
//! Invariants: a change and its record in the operation log are one
//! transaction; nothing is half applied; secrets leave only where asked for.

pub mod accounts;
pub mod apply;
pub mod batch;
pub mod catalogue;
pub mod command_line;
pub mod connection;
mod datasource_rules;
pub mod datasources;
pub mod difference;
pub mod draft_objects;
pub mod drafts;
pub mod error;
pub mod export;
pub mod flow;
pub mod health;
pub mod input;
pub mod list;
mod log_reach;
pub mod monitor;
pub mod operations;
pub mod overview;
pub mod paging;
mod password;
pub mod precheck;
mod project_rules;
pub mod project_tags;
pub mod projects;
pub mod queues;
mod rename;
pub mod rules;
pub mod sample;
pub mod schema;
pub mod seen;
pub mod settings;
pub mod tags;
pub mod transfer;
pub mod users;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tidewire_engine::error::PipelineError;
use tidewire_words::{Lang, Sentence};

use crate::secret::{Keyring, SecretError, random_text};
use crate::store::operation::{self, NewOperation, ObjectKind};
use crate::store::{Db, Store, now_ms};
use crate::supervisor::Supervisor;
use crate::supervisor::engine::Engine;
use crate::text::{changed, refusal};

use self::accounts::Throttle;
use self::error::{RefusalKind, Result, ServiceError};

/// How long one question to a source or a target may take.
const QUESTION_LIMIT: Duration = Duration::from_secs(20);

/// Who does something, and what they may see: an admin everything, a user what
/// they made themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    name: String,
    admin: bool,
    /// The account that always exists, or whoever holds the API token.
    builtin: bool,
}

impl Actor {
    /// A user of the console.
    #[must_use]
    pub fn user(name: &str, admin: bool) -> Self {
        let builtin = admin && name.eq_ignore_ascii_case(accounts::ADMIN);
        Self { name: name.to_owned(), admin, builtin }
    }

    /// Whoever holds the API token: a script or the command line.
    #[must_use]
    pub fn api() -> Self {
        Self { builtin: true, ..Self::user("api", true) }
    }

    /// The name that is recorded.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether they see everything and manage accounts.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.admin
    }

    /// Whether they may make admins and delete accounts.
    #[must_use]
    pub fn is_builtin(&self) -> bool {
        self.builtin
    }

    /// Whether they may see and change what `creator` made.
    #[must_use]
    pub fn sees(&self, creator: &str) -> bool {
        self.admin || self.name == creator
    }
}

/// What saving something changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Created,
    /// These fields differ now.
    Updated(Vec<String>),
    /// It was so already.
    Unchanged,
}

impl Change {
    fn of_fields(fields: Vec<String>) -> Self {
        if fields.is_empty() { Self::Unchanged } else { Self::Updated(fields) }
    }

    fn action(&self) -> Option<&'static str> {
        match self {
            Self::Created => Some("create"),
            Self::Updated(_) => Some("update"),
            Self::Unchanged => None,
        }
    }

    /// The fields in words.
    fn detail(&self) -> Sentence {
        let Self::Updated(fields) = self else { return Sentence::default() };
        let join = |lang: Lang, comma: &str| {
            let word =
                |field: &String| changed::word(field).map_or(field.clone(), |word| word.get(lang).to_owned());
            fields.iter().map(word).collect::<Vec<_>>().join(comma)
        };
        Sentence { en: join(Lang::En, ", "), zh: join(Lang::Zh, "、") }
    }
}

/// The use cases with all they need; cheap to clone.
#[derive(Clone)]
pub struct Service {
    store: Store,
    keyring: Arc<Keyring>,
    supervisor: Supervisor,
    engine: Arc<dyn Engine>,
    throttle: Arc<Throttle>,
    passwords: Arc<password::Hasher>,
    prechecks: Arc<precheck::Runs>,
    batches: Arc<batch::Batches>,
    reaches: Arc<log_reach::Reaches>,
    health: Arc<health::Known>,
}

impl Service {
    /// The service over its parts.
    #[must_use]
    pub fn new(store: Store, keyring: Arc<Keyring>, supervisor: Supervisor, engine: Arc<dyn Engine>) -> Self {
        Self {
            store,
            keyring,
            supervisor,
            engine,
            throttle: Arc::default(),
            passwords: Arc::default(),
            prechecks: Arc::default(),
            batches: Arc::default(),
            reaches: Arc::default(),
            health: Arc::default(),
        }
    }

    fn keyring(&self) -> Arc<Keyring> {
        Arc::clone(&self.keyring)
    }

    /// Writes a consistent copy of the state to a new file.
    ///
    /// # Errors
    /// A path that is not absolute, exists, or can't be written.
    pub async fn backup(&self, path: &str) -> Result<()> {
        let to = std::path::PathBuf::from(path);
        if !to.is_absolute() {
            return Err(ServiceError::field("path", crate::text::field::ABSOLUTE_PATH));
        }
        self.store.backup(to).await.map_err(|error| {
            log::warn!("backup failed: {error}");
            let message = Sentence::new(refusal::BACKUP, &[path]);
            ServiceError::refused(RefusalKind::Invalid, "backup_failed", message, refusal::BACKUP_REMEDY)
        })
    }
}

/// Records an operation in the transaction of its effect.
fn record(
    tx: &Db,
    actor: &Actor,
    action: &str,
    object_kind: ObjectKind,
    object_id: &str,
    object_name: &str,
    detail: impl Into<Sentence>,
) -> Result<()> {
    let operation = NewOperation {
        actor: actor.name(),
        action,
        object_kind,
        object_id,
        object_name,
        done: true,
        detail: &detail.into(),
    };
    Ok(operation::insert(tx, now_ms(), &operation)?)
}

fn new_id(prefix: &str) -> Result<String, SecretError> {
    Ok(format!("{prefix}{}", random_text(12)?))
}

/// Waits for an answer of a source or a target, but not for ever.
async fn in_time<T>(question: impl Future<Output = Result<T, PipelineError>>) -> Result<T> {
    match tokio::time::timeout(QUESTION_LIMIT, question).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(ServiceError::refused(
            RefusalKind::Invalid,
            error.kind.code(),
            Sentence::from(&error),
            connection::remedy(&error),
        )),
        Err(_) => Err(ServiceError::refused(
            RefusalKind::Invalid,
            "timed_out",
            Sentence::new(refusal::TIMED_OUT, &[&QUESTION_LIMIT.as_secs().to_string()]),
            refusal::TIMED_OUT_REMEDY,
        )),
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
