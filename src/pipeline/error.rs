//! Errors of the pipeline: each kind knows whether to retry or to stop, and
//! tells the operator the remedy.

use std::fmt;

use crate::model::lang::{Lang, Text};

/// What happened. The list is the whole vocabulary of failures; `policy` and
/// `text` below match it without a wildcard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The source can't be reached or the connection broke.
    SourceUnreachable,
    /// The state database refused a read or a write.
    StoreFailed,
}

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Try again from the last checkpoint, with back-off.
    Retry,
    /// Stop the project; a person has to act.
    Fail,
}

impl ErrorKind {
    /// Whether the pipeline retries by itself.
    #[must_use]
    pub fn policy(self) -> Policy {
        match self {
            Self::SourceUnreachable => Policy::Retry,
            Self::StoreFailed => Policy::Fail,
        }
    }

    /// Short machine name, as in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SourceUnreachable => "source_unreachable",
            Self::StoreFailed => "store_failed",
        }
    }

    /// One sentence: what happened. `{}` takes the detail.
    #[must_use]
    pub fn sentence(self) -> Text {
        match self {
            Self::SourceUnreachable => {
                Text { en: "the source can't be reached: {}", zh: "无法连接源端：{}" }
            }
            Self::StoreFailed => {
                Text { en: "the state database failed: {}", zh: "状态库读写失败：{}" }
            }
        }
    }

    /// What the operator should do.
    #[must_use]
    pub fn remedy(self) -> Text {
        match self {
            Self::SourceUnreachable => {
                Text { en: "check address, port and network", zh: "请检查地址、端口和网络" }
            }
            Self::StoreFailed => {
                Text { en: "check the disk of the data directory", zh: "请检查数据目录所在磁盘" }
            }
        }
    }
}

/// An error with the place where it happened. Never holds row values or
/// credentials.
#[derive(Clone, Debug)]
pub struct PipelineError {
    /// What happened.
    pub kind: ErrorKind,
    /// Facts: names, numbers, the server's own words.
    pub detail: String,
    /// `database.table`, where one is concerned.
    pub table: Option<String>,
    /// Position in the source, as text.
    pub position: Option<String>,
}

impl PipelineError {
    /// An error of this kind with its facts.
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), table: None, position: None }
    }

    /// The sentence for a person.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        self.kind.sentence().fill(lang, &[&self.detail])
    }

    /// The remedy for a person.
    #[must_use]
    pub fn remedy(&self, lang: Lang) -> &'static str {
        self.kind.remedy().get(lang)
    }
}

impl fmt::Display for PipelineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for PipelineError {}
