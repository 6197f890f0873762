//! Why a use case was refused: one type for the console, the API and the
//! command line, complete in both languages.

use std::collections::BTreeMap;

use tidewire_engine::error::PipelineError;
use tidewire_words::{Lang, Sentence, Text};

use crate::secret::SecretError;
use crate::store::{StoreError, Trouble};
use crate::supervisor::SupervisorError;
use crate::text::{refusal, store as say};

/// What is wrong, by field: `name`, `table[1].topic`. The first reason a field
/// is given stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors {
    fields: BTreeMap<String, Sentence>,
}

impl FieldErrors {
    /// Notes that a field is wrong.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<Sentence>) {
        self.fields.entry(field.into()).or_insert_with(|| message.into());
    }

    /// Notes the failure of a check and passes on its value.
    pub fn check<T>(&mut self, field: &str, result: Result<T, Sentence>) -> Option<T> {
        result.map_err(|message| self.add(field, message)).ok()
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Fields and reasons in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Sentence)> {
        self.fields.iter().map(|(field, message)| (field.as_str(), message))
    }

    /// The value if nothing is wrong.
    ///
    /// # Errors
    /// These field errors.
    pub fn done<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

/// What kind of refusal it is; HTTP and exit statuses follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// The request itself can't be read.
    Malformed,
    /// More than the service reads at once.
    TooLarge,
    /// Not logged in, or a wrong token.
    Unauthorized,
    /// The account may not do this.
    Forbidden,
    /// No such thing.
    NotFound,
    /// The state does not allow it.
    Conflict,
    /// Understood, but not valid.
    Invalid,
    /// An error of the service itself.
    Internal,
    /// The service is stopping.
    Unavailable,
}

/// A refusal with its reason and its remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Kind.
    pub kind: RefusalKind,
    /// Short machine name.
    pub code: String,
    /// What happened.
    pub message: Sentence,
    /// What to do.
    pub remedy: Sentence,
    /// Reasons by field.
    pub fields: FieldErrors,
}

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Refused, with a reason for the person who asked.
    #[error("{}", .0.message.get(Lang::En))]
    Refused(Box<Refusal>),
    /// The state database failed.
    #[error("the state database failed")]
    Store(#[source] StoreError),
    /// Sealing or opening a secret failed.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Work on another thread ended without an answer.
    #[error("work on another thread was lost")]
    Lost,
}

/// Result of use cases.
pub type Result<T, E = ServiceError> = std::result::Result<T, E>;

impl From<StoreError> for ServiceError {
    /// What somebody can mend is said; everything else is a fault of ours.
    fn from(error: StoreError) -> Self {
        let Some(trouble) = error.trouble() else { return Self::Store(error) };
        log::error!("{}", Self::Store(error).chain());
        let message = match trouble {
            Trouble::Full => say::FULL,
            Trouble::ReadOnly => say::READ_ONLY,
            Trouble::Locked => say::LOCKED,
            Trouble::Disk => say::DISK,
            Trouble::Gone => say::GONE,
        };
        Self::refused(RefusalKind::Unavailable, "store", message, say::TROUBLE_REMEDY)
    }
}

impl ServiceError {
    /// It and what caused it, for the log.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut reason = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            reason = format!("{reason}: {error}");
            cause = error.source();
        }
        reason
    }

    /// A refusal without fields.
    #[must_use]
    pub fn refused(
        kind: RefusalKind,
        code: &str,
        message: impl Into<Sentence>,
        remedy: impl Into<Sentence>,
    ) -> Self {
        Self::Refused(Box::new(Refusal {
            kind,
            code: code.to_owned(),
            message: message.into(),
            remedy: remedy.into(),
            fields: FieldErrors::default(),
        }))
    }

    /// There is no such thing.
    #[must_use]
    pub fn not_found(text: Text, name: &str) -> Self {
        Self::refused(
            RefusalKind::NotFound,
            "not_found",
            Sentence::new(text, &[name]),
            refusal::NO_SUCH_REMEDY,
        )
    }

    /// The state does not allow it.
    #[must_use]
    pub fn conflict(message: impl Into<Sentence>, remedy: Text) -> Self {
        Self::refused(RefusalKind::Conflict, "conflict", message, remedy)
    }

    /// One field is wrong.
    #[must_use]
    pub fn field(field: &str, message: impl Into<Sentence>) -> Self {
        let mut fields = FieldErrors::default();
        fields.add(field, message);
        fields.into()
    }

    /// The refusal behind it, if the person who asked can do something.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Store(_) | Self::Secret(_) | Self::Lost => None,
        }
    }
}

impl ServiceError {
    /// The refusal, when it names fields that are wrong: a form shows them.
    #[must_use]
    pub fn wrong_fields(&self) -> Option<&Refusal> {
        self.refusal().filter(|refusal| !refusal.fields.is_empty())
    }
}

impl From<FieldErrors> for ServiceError {
    fn from(fields: FieldErrors) -> Self {
        Self::Refused(Box::new(Refusal {
            kind: RefusalKind::Invalid,
            code: "invalid".to_owned(),
            message: refusal::FIELDS.into(),
            remedy: refusal::FIELDS_REMEDY.into(),
            fields,
        }))
    }
}

impl From<PipelineError> for ServiceError {
    fn from(error: PipelineError) -> Self {
        Self::refused(RefusalKind::Invalid, error.kind.code(), Sentence::from(&error), error.kind.remedy())
    }
}

impl From<SupervisorError> for ServiceError {
    fn from(error: SupervisorError) -> Self {
        match error {
            SupervisorError::Unknown => Self::not_found(refusal::NO_PROJECT, ""),
            SupervisorError::Transition(error) => Self::conflict(error.message(), refusal::TRANSITION_REMEDY),
            SupervisorError::Store(error) => error.into(),
            SupervisorError::Stopping => Self::refused(
                RefusalKind::Unavailable,
                "stopping",
                refusal::STOPPING,
                refusal::STOPPING_REMEDY,
            ),
        }
    }
}
