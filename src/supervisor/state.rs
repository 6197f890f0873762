//! Which command leads from which state to which: the one place that decides.
//! Buttons, API refusals and the supervisor all ask here.

use tidewire_words::{Sentence, Text};

use crate::model::status::ProjectStatus;

/// Something that changes a project's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// A person starts a project that never ran.
    Start,
    /// A person pauses it.
    Pause,
    /// A person lets it go on from its checkpoint.
    Resume,
    /// A person gives its resources back for good.
    Release,
    /// The pipeline met a definite error.
    Fail,
    /// The resources are given back.
    FinishRelease,
}

impl Command {
    /// What a person can command, in the order of the buttons.
    pub const OF_PEOPLE: [Self; 4] = [Self::Start, Self::Pause, Self::Resume, Self::Release];

    /// Every command.
    pub const ALL: [Self; 6] =
        [Self::Start, Self::Pause, Self::Resume, Self::Release, Self::Fail, Self::FinishRelease];

    /// The machine name, as in API paths and the operation log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Release => "release",
            Self::Fail => "fail",
            Self::FinishRelease => "finish_release",
        }
    }

    /// The word of the button.
    #[must_use]
    pub const fn word(self) -> Text {
        match self {
            Self::Start => Text { en: "Start", zh: "启动" },
            Self::Pause => Text { en: "Pause", zh: "暂停" },
            Self::Resume => Text { en: "Resume", zh: "恢复" },
            Self::Release => Text { en: "Release", zh: "释放" },
            Self::Fail => Text { en: "Fail", zh: "失败" },
            Self::FinishRelease => Text { en: "Finish release", zh: "完成释放" },
        }
    }
}

/// A command that the state does not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a project in state {status} does not accept {command}", status = .status.as_str(), command = .command.as_str())]
pub struct TransitionError {
    /// The state.
    pub status: ProjectStatus,
    /// The command.
    pub command: Command,
}

impl TransitionError {
    /// The refusal for a person.
    #[must_use]
    pub fn message(self) -> Sentence {
        let text = match self.status {
            ProjectStatus::Init => {
                Text { en: "the project was never started: it can't be {}", zh: "项目未启动，不能{}" }
            }
            ProjectStatus::Running => {
                Text { en: "the project is running: it can't be {}", zh: "项目运行中，不能{}" }
            }
            ProjectStatus::Suspended => {
                Text { en: "the project is paused: it can't be {}", zh: "项目已暂停，不能{}" }
            }
            ProjectStatus::Failed => {
                Text { en: "the project has failed: it can't be {}", zh: "项目已失败，不能{}" }
            }
            ProjectStatus::Releasing => {
                Text { en: "the project is being released: it can't be {}", zh: "项目释放中，不能{}" }
            }
            ProjectStatus::Released => {
                Text { en: "the project is released: it can't be {}", zh: "项目已释放，不能{}" }
            }
        };
        let word = match self.command {
            Command::Start => Text { en: "started", zh: "启动" },
            Command::Pause => Text { en: "paused", zh: "暂停" },
            Command::Resume => Text { en: "resumed", zh: "恢复" },
            Command::Release | Command::FinishRelease => Text { en: "released", zh: "释放" },
            Command::Fail => Text { en: "failed", zh: "置为失败" },
        };
        Sentence::of_texts(text, &[word])
    }
}

/// The state after a command.
///
/// # Errors
/// When the state does not accept the command.
pub fn next(status: ProjectStatus, command: Command) -> Result<ProjectStatus, TransitionError> {
    use Command::{Fail, FinishRelease, Pause, Release, Resume, Start};
    use ProjectStatus::{Failed, Init, Released, Releasing, Running, Suspended};
    match (command, status) {
        (Start, Init) | (Resume, Suspended | Failed) => Ok(Running),
        (Pause, Running) => Ok(Suspended),
        (Release, Suspended | Failed) => Ok(Releasing),
        (Fail, Running) => Ok(Failed),
        (FinishRelease, Releasing) => Ok(Released),
        (Start, Running | Suspended | Failed | Releasing | Released)
        | (Resume | Release, Init | Running | Releasing | Released)
        | (Pause | Fail, Init | Suspended | Failed | Releasing | Released)
        | (FinishRelease, Init | Running | Suspended | Failed | Released) => {
            Err(TransitionError { status, command })
        }
    }
}

/// Whether a project is already where a command leads: asked for it again,
/// there is nothing to refuse.
#[must_use]
pub const fn is_done(status: ProjectStatus, command: Command) -> bool {
    match command {
        Command::Start | Command::Resume => matches!(status, ProjectStatus::Running),
        Command::Pause => matches!(status, ProjectStatus::Suspended),
        Command::Release => matches!(status, ProjectStatus::Releasing | ProjectStatus::Released),
        Command::Fail => matches!(status, ProjectStatus::Failed),
        Command::FinishRelease => matches!(status, ProjectStatus::Released),
    }
}

/// Whether a project in this state can be deleted.
#[must_use]
pub const fn may_delete(status: ProjectStatus) -> bool {
    match status {
        ProjectStatus::Init | ProjectStatus::Released => true,
        ProjectStatus::Running
        | ProjectStatus::Suspended
        | ProjectStatus::Failed
        | ProjectStatus::Releasing => false,
    }
}

/// Whether the settings of a project in this state can be changed.
#[must_use]
pub const fn may_modify(status: ProjectStatus) -> bool {
    match status {
        ProjectStatus::Init | ProjectStatus::Suspended | ProjectStatus::Failed => true,
        ProjectStatus::Running | ProjectStatus::Releasing | ProjectStatus::Released => false,
    }
}

/// Whether a project in this state can get another name: nothing that runs is
/// touched by it.
#[must_use]
pub const fn may_rename(status: ProjectStatus) -> bool {
    may_modify(status) || matches!(status, ProjectStatus::Running)
}

/// What a person can command in this state.
#[must_use]
pub fn allowed(status: ProjectStatus) -> Vec<Command> {
    Command::OF_PEOPLE.into_iter().filter(|command| next(status, *command).is_ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_the_console_holds() {
        let table: Vec<String> = ProjectStatus::ALL
            .into_iter()
            .map(|status| {
                let words: Vec<&str> = allowed(status).into_iter().map(Command::as_str).collect();
                format!("{}: {}", status.as_str(), words.join(" "))
            })
            .collect();
        assert_eq!(
            table,
            [
                "failed: resume release",
                "running: pause",
                "suspended: resume release",
                "init: start",
                "releasing: ",
                "released: "
            ]
        );
    }
}
