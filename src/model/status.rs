//! What a project's state is and which commands it accepts.

use serde::{Deserialize, Serialize};
use tidewire_words::{Sentence, Text};

/// Stored state of a project, in the user's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProjectStatus {
    /// 未启动: saved, never started. Set when the project is made.
    Init,
    /// 运行中: set by start and resume; a service that starts resumes it.
    Running,
    /// 已暂停: set by pause.
    Suspended,
    /// 失败: set by the supervisor after a definite error.
    Failed,
    /// 释放中: set by release while resources are given back.
    Releasing,
    /// 已释放: final; the project can only be viewed and deleted.
    Released,
}

impl ProjectStatus {
    /// Every state, in the order that lists show.
    pub const ALL: [Self; 6] =
        [Self::Failed, Self::Running, Self::Suspended, Self::Init, Self::Releasing, Self::Released];

    /// The stored and machine-readable form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Running => "running",
            Self::Suspended => "suspended",
            Self::Failed => "failed",
            Self::Releasing => "releasing",
            Self::Released => "released",
        }
    }

    /// Reads the stored form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// The state's word for a person.
    #[must_use]
    pub const fn word(self) -> Text {
        match self {
            Self::Init => Text { en: "Not started", zh: "未启动" },
            Self::Running => Text { en: "Running", zh: "运行中" },
            Self::Suspended => Text { en: "Paused", zh: "已暂停" },
            Self::Failed => Text { en: "Failed", zh: "失败" },
            Self::Releasing => Text { en: "Releasing", zh: "释放中" },
            Self::Released => Text { en: "Released", zh: "已释放" },
        }
    }
}

/// Why a project failed: the definite error that stopped it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Short machine name of the kind of error.
    pub kind: String,
    /// What happened.
    pub message: Sentence,
    /// What to do.
    pub remedy: Sentence,
    /// `database.table`, where one is concerned.
    pub table: Option<String>,
    /// Position in the source, as text.
    pub position: Option<String>,
    /// When, milliseconds since 1970.
    pub at: i64,
}
