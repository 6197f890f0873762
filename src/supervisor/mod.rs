//! Runs projects: one supervisor task owns them all and takes commands by a
//! channel; each project is one task under one cancellation token. Knows no
//! forms and no pages.
//!
//! Invariants: a project has at most one task; its state changes only by
//! [`state::next`], compared and set in the transaction that records the
//! operation; a panic or a definite error ends in state failed with what to do;
//! a running project is resumed when the service starts.

mod apart;
pub mod checkpoints;
pub mod engine;
pub mod live;
pub mod question;
mod sampler;
pub mod spec;
pub mod state;
mod task;
#[cfg(test)]
mod task_test;

use std::sync::Arc;
use std::time::Duration;

use tidewire_engine::project::Limits;
use tokio::sync::{mpsc, oneshot, watch};

use crate::model::status::ProjectStatus;
use crate::secret::Keyring;
use crate::store::{Store, StoreError};

use self::engine::Engine;
use self::live::LiveMap;
use self::state::{Command, TransitionError};

/// How long a stop may take until projects are reported late and cut off.
const STOP_LIMIT: Duration = Duration::from_secs(13);

/// Why the supervisor refused a command.
#[derive(Debug, thiserror::Error)]
pub enum SupervisorError {
    /// No such project.
    #[error("no such project")]
    Unknown,
    /// The state does not accept the command.
    #[error(transparent)]
    Transition(#[from] TransitionError),
    /// The state database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The service is stopping.
    #[error("the service is stopping")]
    Stopping,
}

/// A command with where its answer goes.
struct Request {
    id: String,
    command: Command,
    actor: String,
    reply: oneshot::Sender<Result<ProjectStatus, SupervisorError>>,
}

/// The way to the supervisor task; cheap to clone.
#[derive(Clone, Debug)]
pub struct Supervisor {
    requests: mpsc::Sender<Request>,
    live: LiveMap,
}

/// What the supervisor task works with.
pub struct Parts {
    /// State database.
    pub store: Store,
    /// Opens sealed secrets.
    pub keyring: Arc<Keyring>,
    /// The data path.
    pub engine: Arc<dyn Engine>,
    /// Bounds of every project that starts from now on.
    pub limits: watch::Receiver<Limits>,
}

/// The running supervisor task, to be stopped at the end of the program.
#[derive(Debug)]
pub struct Running {
    stop: tokio_util::sync::CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Waits until the supervisor ends without being asked to: a fault of the
    /// program. Safe to cancel.
    pub async fn ended(&mut self) -> String {
        match (&mut self.task).await {
            Ok(()) => "it ended".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    /// Stops all projects in order, and the supervisor, within 15 seconds.
    pub async fn stop(self) {
        self.stop.cancel();
        if self.task.is_finished() {
            return;
        }
        if tokio::time::timeout(STOP_LIMIT + Duration::from_secs(1), self.task).await.is_err() {
            log::error!("the supervisor did not stop in time");
        }
    }
}

impl Supervisor {
    /// Starts the supervisor task, which resumes running projects and
    /// completes interrupted releases.
    #[must_use]
    pub fn start(parts: Parts) -> (Self, Running) {
        let (requests, inbox) = mpsc::channel(64);
        let live = LiveMap::default();
        let stop = tokio_util::sync::CancellationToken::new();
        let owner = task::Owner::new(parts, live.clone());
        let task = tokio::spawn(owner.run(inbox, stop.clone()));
        (Self { requests, live }, Running { stop, task })
    }

    /// Gives a project a command and returns its new state.
    ///
    /// # Errors
    /// Unknown project, a state that does not accept it, a failed database.
    pub async fn command(
        &self,
        id: &str,
        command: Command,
        actor: &str,
    ) -> Result<ProjectStatus, SupervisorError> {
        let (reply, answer) = oneshot::channel();
        let request = Request { id: id.to_owned(), command, actor: actor.to_owned(), reply };
        self.requests.send(request).await.map_err(|_| SupervisorError::Stopping)?;
        answer.await.map_err(|_| SupervisorError::Stopping)?
    }

    /// Whether the supervisor task takes commands and answers them.
    pub async fn answers(&self) -> bool {
        // No project has this id.
        !matches!(self.command("", Command::Pause, "").await, Err(SupervisorError::Stopping))
    }

    /// What running projects show.
    #[must_use]
    pub fn live(&self) -> &LiveMap {
        &self.live
    }
}
