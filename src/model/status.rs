//! What a project's state is and which commands it accepts.

use serde::{Deserialize, Serialize};

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
