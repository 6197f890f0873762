//! The supervisor task: owns every project's task, carries out commands one
//! after the other, and records how projects end.
//!
//! Invariants: the stored state is the truth, and tasks follow it. A project in
//! state running has a task, or is about to get one, or its failure waits to be
//! recorded; in any other state it has none, or one that drains. What the
//! database refuses is tried again every second.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tidewire_engine::error::PipelineError;
use tidewire_engine::stats::Shown;
use tidewire_words::{Lang, Sentence, Text};
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::model::status::{Failure, ProjectStatus};
use crate::store::operation::{self, NewOperation, ObjectKind};
use crate::store::{StoreError, checkpoint, now_ms, project};

use super::checkpoints::StoredCheckpoints;
use super::live::{Live, LiveMap};
use super::sampler::Sampler;
use super::state::{Command, next};
use super::{Parts, Request, STOP_LIMIT, SupervisorError, spec};

/// Who did it when no person did.
const SERVICE: &str = "service";

/// A project that runs or drains.
struct ProjectTask {
    id: Id,
    cancel: CancellationToken,
    live: Arc<Live>,
    /// Set when it was resumed while it still drained.
    again: bool,
}

pub(super) struct Owner {
    parts: Parts,
    live: LiveMap,
    tasks: HashMap<String, ProjectTask>,
    running: JoinSet<Result<(), PipelineError>>,
    /// How projects ended that the database could not be told yet.
    unrecorded: HashMap<String, Failure>,
    /// The database could not be read when tasks were to follow it.
    behind: bool,
}

impl Owner {
    pub(super) fn new(parts: Parts, live: LiveMap) -> Self {
        Self {
            parts,
            live,
            tasks: HashMap::new(),
            running: JoinSet::new(),
            unrecorded: HashMap::new(),
            behind: false,
        }
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Request>, stop: CancellationToken) {
        self.follow().await;
        let mut sampler = Sampler::default();
        let mut second = tokio::time::interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                Some(request) = inbox.recv() => self.answer(request).await,
                Some(ended) = self.running.join_next_with_id() => self.ended(ended).await,
                _ = second.tick() => {
                    self.catch_up().await;
                    sampler.tick(&self.parts.store, &self.live).await;
                }
            }
        }
        inbox.close();
        self.stop_all().await;
    }

    /// Tells the database what it could not be told, and lets tasks follow it again.
    async fn catch_up(&mut self) {
        for (id, failure) in std::mem::take(&mut self.unrecorded) {
            self.record(id, failure).await;
        }
        if self.behind && self.unrecorded.is_empty() {
            self.follow().await;
        }
    }

    /// Starts what shall run and completes what was begun: at the start of the
    /// process, and after the database was away.
    async fn follow(&mut self) {
        self.behind = false;
        let projects = match self.parts.store.read(project::list).await {
            Ok(projects) => projects,
            Err(error) => {
                log::error!("reading the projects failed: {error}");
                self.behind = true;
                return;
            }
        };
        for project in projects {
            match project.status {
                ProjectStatus::Running if !self.tasks.contains_key(&project.id) => {
                    self.start(&project.id).await;
                }
                ProjectStatus::Releasing => self.finish_release(&project.id).await,
                ProjectStatus::Running
                | ProjectStatus::Init
                | ProjectStatus::Suspended
                | ProjectStatus::Failed
                | ProjectStatus::Released => {}
            }
        }
    }

    async fn answer(&mut self, request: Request) {
        let result = self.transition(&request.id, request.command, &request.actor, None).await;
        if result.is_ok() {
            match request.command {
                Command::Start | Command::Resume => self.start(&request.id).await,
                Command::Pause => self.cancel(&request.id),
                Command::Release => self.finish_release(&request.id).await,
                Command::Fail | Command::FinishRelease => {}
            }
        }
        if request.reply.send(result).is_err() {
            log::debug!(project = request.id.as_str(); "nobody waits for the answer of a command");
        }
    }

    /// Changes the state and records the operation in one transaction.
    async fn transition(
        &self,
        id: &str,
        command: Command,
        actor: &str,
        failure: Option<Failure>,
    ) -> Result<ProjectStatus, SupervisorError> {
        let (id, actor) = (id.to_owned(), actor.to_owned());
        self.parts
            .store
            .write(move |tx| {
                let project = project::find(tx, &id)?.ok_or(SupervisorError::Unknown)?;
                let status = next(project.status, command)?;
                if !project::set_status(tx, &project.id, project.status, status, failure.as_ref())? {
                    return Err(SupervisorError::Unknown);
                }
                let detail = failure.as_ref().map(|failure| failure.message.clone()).unwrap_or_default();
                let record = NewOperation {
                    actor: &actor,
                    action: command.as_str(),
                    object_kind: ObjectKind::Project,
                    object_id: &project.id,
                    object_name: &project.name,
                    done: failure.is_none(),
                    detail: &detail,
                };
                operation::insert(tx, now_ms(), &record)?;
                Ok(status)
            })
            .await
    }

    /// Starts the task of a project whose state is running.
    async fn start(&mut self, id: &str) {
        self.unrecorded.remove(id);
        if let Some(task) = self.tasks.get_mut(id) {
            task.again = true;
            return;
        }
        let wanted = id.to_owned();
        let found = self.parts.store.read(move |c| project::find(c, &wanted)).await;
        let record = match found {
            Ok(Some(record)) => record,
            Ok(None) => return,
            Err(error) => {
                log::error!(project = id; "reading a project failed: {error}");
                self.behind = true;
                return;
            }
        };
        let limits = *self.parts.limits.borrow();
        let job = match spec::job_of(&self.parts.keyring, &record, limits) {
            Ok(job) => job,
            Err(error) => {
                let (message, remedy) = error.said();
                self.fail(id, failure("settings", message, remedy)).await;
                return;
            }
        };
        let live = self.live.entry(id);
        live.stats.show(|shown| *shown = Shown::default());
        live.set_active(true);
        let cancel = CancellationToken::new();
        let checkpoints = Arc::new(StoredCheckpoints::new(self.parts.store.clone(), id.to_owned()));
        let run = self.parts.engine.run(job, checkpoints, Arc::clone(&live.stats), cancel.clone());
        let handle = self.running.spawn(run);
        log::info!(project = id, name = record.name.as_str(); "project {} runs", record.name);
        self.tasks.insert(id.to_owned(), ProjectTask { id: handle.id(), cancel, live, again: false });
    }

    fn cancel(&mut self, id: &str) {
        if let Some(task) = self.tasks.get_mut(id) {
            task.again = false;
            task.cancel.cancel();
        }
    }

    async fn ended(&mut self, ended: Result<(Id, Result<(), PipelineError>), JoinError>) {
        let task_id = match &ended {
            Ok((task_id, _)) => *task_id,
            Err(error) => error.id(),
        };
        let found = self.tasks.iter().find(|(_, task)| task.id == task_id).map(|(id, _)| id.clone());
        let Some((id, task)) = found.and_then(|id| self.tasks.remove_entry(&id)) else { return };
        task.live.set_active(false);
        let failed = match ended {
            Ok((_, Ok(()))) if task.cancel.is_cancelled() => {
                log::info!(project = id.as_str(); "project {id} stopped");
                None
            }
            Ok((_, Ok(()))) => Some(internal(STOPPED_ALONE)),
            Ok((_, Err(error))) => {
                log::error!(project = id.as_str(); "project {id}: {error:#}");
                Some(of_pipeline(&error))
            }
            Err(_) => Some(internal(PANICKED)),
        };
        match failed {
            // Resumed while it drained: its error comes back if it is still there.
            Some(failure) if task.again => {
                let reason = failure.message.en;
                log::warn!(project = id.as_str(); "project {id} ended with an error and is started again: {reason}");
            }
            Some(failure) => self.fail(&id, failure).await,
            None => {}
        }
        if task.again {
            self.start(&id).await;
        }
        self.finish_release(&id).await;
    }

    /// Records a definite error. A project that was paused meanwhile stays
    /// paused: the error comes back when it is resumed, if it is still there.
    async fn fail(&mut self, id: &str, failure: Failure) {
        let reason = failure.message.en.as_str();
        log::error!(project = id, kind = failure.kind.as_str(); "project {id} failed: {reason}");
        self.record(id.to_owned(), failure).await;
    }

    async fn record(&mut self, id: String, failure: Failure) {
        match self.transition(&id, Command::Fail, SERVICE, Some(failure.clone())).await {
            Ok(_) | Err(SupervisorError::Transition(_) | SupervisorError::Unknown) => {}
            Err(error) => {
                log::error!(project = id.as_str(); "recording a failure failed and is tried again: {error}");
                self.unrecorded.insert(id, failure);
            }
        }
    }

    /// Gives back what a project in state releasing holds, once nothing of it runs:
    /// a run that drains still saves its place.
    async fn finish_release(&mut self, id: &str) {
        if self.tasks.contains_key(id) {
            return;
        }
        let owned = id.to_owned();
        let releasing: Result<bool, StoreError> = self
            .parts
            .store
            .write(move |tx| {
                let found = project::find(tx, &owned)?;
                let releasing = found.is_some_and(|p| p.status == ProjectStatus::Releasing);
                if releasing {
                    checkpoint::forget(tx, &owned)?;
                }
                Ok(releasing)
            })
            .await;
        match releasing {
            Ok(false) => {}
            Ok(true) => {
                if let Err(error) = self.transition(id, Command::FinishRelease, SERVICE, None).await {
                    log::error!(project = id; "completing a release failed: {error}");
                    self.behind = true;
                }
                self.live.forget(id);
            }
            Err(error) => {
                log::error!(project = id; "releasing a project failed and is tried again: {error}");
                self.behind = true;
            }
        }
    }

    /// Stops every project at once and waits for them, but not for ever.
    async fn stop_all(&mut self) {
        for task in self.tasks.values_mut() {
            task.again = false;
            task.cancel.cancel();
        }
        let all = async {
            while let Some(ended) = self.running.join_next_with_id().await {
                let task_id = match &ended {
                    Ok((task_id, _)) => *task_id,
                    Err(error) => error.id(),
                };
                self.tasks.retain(|_, task| task.id != task_id);
            }
        };
        if tokio::time::timeout(STOP_LIMIT, all).await.is_err() {
            for id in self.tasks.keys() {
                log::error!(project = id.as_str(); "project {id} did not stop in time and is cut off");
            }
            self.running.abort_all();
        }
    }
}

const PANICKED: Text = Text { en: "the program met a fault of its own", zh: "程序内部出现故障" };
const STOPPED_ALONE: Text = Text {
    en: "the pipeline ended without being asked to",
    zh: "数据链路在未收到停止指令时结束",
};
const INTERNAL_REMEDY: Text = Text {
    en: "resume the project; if it fails again, report it with the log around this time",
    zh: "请恢复项目；若再次失败，请附上该时间前后的日志反馈",
};

fn internal(text: Text) -> Failure {
    failure("internal", text.into(), INTERNAL_REMEDY.into())
}

fn failure(kind: &str, message: Sentence, remedy: Sentence) -> Failure {
    Failure { kind: kind.to_owned(), message, remedy, table: None, position: None, at: now_ms() }
}

fn of_pipeline(error: &PipelineError) -> Failure {
    let both = |get: &dyn Fn(Lang) -> String| Sentence { en: get(Lang::En), zh: get(Lang::Zh) };
    Failure {
        kind: error.kind.code().to_owned(),
        message: both(&|lang| error.message(lang)),
        remedy: both(&|lang| error.remedy(lang).to_owned()),
        table: error.table.clone(),
        position: error.position.clone(),
        at: now_ms(),
    }
}
