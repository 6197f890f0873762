//! From a stored project to what a pipeline runs: opens its sealed secrets.

use std::sync::Arc;

use secrecy::SecretString;
use tidewire_engine::endpoint::{MqEndpoint, SourceEndpoint};
use tidewire_engine::project::{Limits, ProjectSpec};
use tidewire_words::{Sentence, Text};

use crate::secret::{Keyring, SecretError};
use crate::store::project::{EndpointCopy, ProjectRecord};

/// The field name that a project's source secret is sealed for.
pub const SOURCE_SECRET: &str = "source";
/// The field name that a project's target secret is sealed for.
pub const TARGET_SECRET: &str = "target";

/// Why a stored project can't be run.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// A secret does not open.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A stored connection is not one of that side.
    #[error("the stored connection {0} can't be used")]
    Connection(String),
}

impl SpecError {
    /// What happened and what to do, for a person.
    #[must_use]
    pub fn said(&self) -> (Sentence, Sentence) {
        match self {
            Self::Secret(_) => (
                Sentence::from(Text {
                    en: "a stored password can't be opened", zh: "无法解开已保存的密码"
                }),
                Sentence::from(Text {
                    en: "restore secret.key of the data directory, or save the data source with its password again",
                    zh: "请恢复数据目录中的 secret.key，或重新保存数据源及其密码",
                }),
            ),
            Self::Connection(name) => (
                Sentence::new(
                    Text {
                        en: "the stored connection {} can't be used", zh: "已保存的连接 {} 不可用"
                    },
                    &[name],
                ),
                Sentence::from(Text {
                    en: "check the data source's address and save the project again",
                    zh: "请检查数据源地址并重新保存项目",
                }),
            ),
        }
    }
}

/// A project's source, with its password.
///
/// # Errors
/// A secret that does not open, or a connection of the wrong kind.
pub fn source_of(ring: &Keyring, project: &ProjectRecord) -> Result<SourceEndpoint, SpecError> {
    let secret = open(ring, &project.id, SOURCE_SECRET, &project.source)?;
    let name = || SpecError::Connection(project.source.name.clone());
    project.source.connection.source(secret).ok_or_else(name)
}

/// A project's target, with its secret key.
///
/// # Errors
/// A secret that does not open, or a connection of the wrong kind.
pub fn target_of(ring: &Keyring, project: &ProjectRecord) -> Result<MqEndpoint, SpecError> {
    let secret = open(ring, &project.id, TARGET_SECRET, &project.target)?;
    let name = || SpecError::Connection(project.target.name.clone());
    project.target.connection.target(secret).ok_or_else(name)
}

/// A project to be run, with its secrets.
#[derive(Clone, Debug)]
pub struct Job {
    /// What it does.
    pub spec: Arc<ProjectSpec>,
    /// Where its rows come from.
    pub source: SourceEndpoint,
    /// Where its messages go.
    pub target: MqEndpoint,
}

/// Everything that running a project takes.
///
/// # Errors
/// As [`source_of`] and [`target_of`].
pub fn job_of(ring: &Keyring, project: &ProjectRecord, limits: Limits) -> Result<Job, SpecError> {
    let source = source_of(ring, project)?;
    let spec = ProjectSpec {
        id: project.id.clone(),
        name: project.name.clone(),
        origin: source.origin(),
        start: project.start,
        options: project.options.clone(),
        tables: project.tables.clone(),
        limits,
    };
    Ok(Job { spec: Arc::new(spec), source, target: target_of(ring, project)? })
}

fn open(ring: &Keyring, id: &str, field: &str, copy: &EndpointCopy) -> Result<SecretString, SecretError> {
    match &copy.sealed {
        Some(sealed) => ring.open_sealed(id, field, sealed),
        None => Ok(SecretString::default()),
    }
}
