//! One command for several projects: what would happen, and what did.

use askama::Template;

use crate::model::status::ProjectStatus;
use crate::service::batch::{BatchAction, BatchItem, BatchView};
use crate::service::monitor::PositionView;
use crate::supervisor::state::Command;
use crate::text::{list as text, page};
use crate::web::view::Shell;
use crate::web::view::figure::{self, NONE};

/// `page/project_batch.html`.
#[derive(Template)]
#[template(path = "page/project_batch.html")]
pub(in crate::web) struct BatchPage {
    shell: Shell,
    title: String,
    effect: &'static str,
    action: &'static str,
    word: String,
    danger: bool,
    will: String,
    fit: Vec<Line>,
    wont: String,
    others: Vec<Line>,
    nobody: String,
}

struct Line {
    href: String,
    id: String,
    name: String,
    state: &'static str,
    tone: &'static str,
    position: String,
    place: String,
    reason: String,
}

/// What an action brings about.
pub(super) fn effect(action: BatchAction, shell: &Shell) -> &'static str {
    shell.t(match action {
        BatchAction::Delete => text::ASK_DELETE,
        BatchAction::Command(Command::Release | Command::FinishRelease) => text::ASK_RELEASE,
        BatchAction::Command(Command::Start) => text::ASK_START,
        BatchAction::Command(Command::Pause | Command::Fail) => text::ASK_PAUSE,
        BatchAction::Command(Command::Resume) => text::ASK_RESUME,
    })
}

/// Date and time of a position, and its place in the log.
pub(super) fn position_texts(position: Option<&PositionView>, shell: &Shell) -> (String, String) {
    let time = position.and_then(|position| position.commit_time.as_deref());
    let time = time.map(|time| figure::commit_time(time, &shell.zone));
    let when = time.map_or_else(|| NONE.to_owned(), |(date, time)| format!("{date} {time}"));
    let place = position.filter(|position| !position.file.is_empty());
    (when, place.map(|place| format!("{}:{}", place.file, place.offset)).unwrap_or_default())
}

pub(super) fn tone(status: ProjectStatus) -> &'static str {
    match status {
        ProjectStatus::Running => "good",
        ProjectStatus::Failed => "bad",
        ProjectStatus::Suspended => "warn",
        ProjectStatus::Init | ProjectStatus::Releasing | ProjectStatus::Released => "calm",
    }
}

fn line(item: BatchItem, shell: &Shell) -> Line {
    let (position, place) = position_texts(item.position.as_ref(), shell);
    Line {
        href: format!("/projects/{}", item.id),
        state: item.status.word().get(shell.lang),
        tone: tone(item.status),
        position,
        place,
        reason: item.refused.map(|reason| reason.get(shell.lang).to_owned()).unwrap_or_default(),
        id: item.id,
        name: item.name,
    }
}

impl BatchPage {
    pub(in crate::web) fn new(shell: Shell, action: BatchAction, plan: Vec<BatchItem>) -> Self {
        let lang = shell.lang;
        let verb = action.word().get(lang);
        let (fit, others): (Vec<_>, Vec<_>) = plan.into_iter().partition(|item| item.refused.is_none());
        Self {
            title: text::ASK.fill(lang, &[verb, &fit.len().to_string()]),
            effect: effect(action, &shell),
            action: action.as_str(),
            word: text::BATCH_OF.fill(lang, &[verb]),
            danger: action.is_final(),
            will: text::WILL.fill(lang, &[&fit.len().to_string()]),
            wont: text::WONT.fill(lang, &[&others.len().to_string()]),
            nobody: text::NOBODY.fill(lang, &[&verb.to_lowercase()]),
            fit: fit.into_iter().map(|item| line(item, &shell)).collect(),
            others: others.into_iter().map(|item| line(item, &shell)).collect(),
            shell,
        }
    }
}

/// `page/project_batch_result.html`.
#[derive(Template)]
#[template(path = "page/project_batch_result.html")]
pub(in crate::web) struct BatchResultPage {
    shell: Shell,
    title: String,
    says: String,
    tone: &'static str,
    failed_says: String,
    failed: Vec<(String, String, String)>,
    done: Vec<(String, String)>,
    deleted: bool,
}

impl BatchResultPage {
    pub(in crate::web) fn new(mut shell: Shell, view: BatchView) -> Self {
        let lang = shell.lang;
        shell.every = if view.running() { 2 } else { 0 };
        let numbers = [view.done.len().to_string(), view.total.to_string()];
        let says = if view.running() { text::RESULT_RUNNING } else { text::RESULT };
        let failed = view.failed.into_iter();
        let failed: Vec<_> =
            failed.map(|(id, name, reason)| (id, name, reason.get(lang).to_owned())).collect();
        Self {
            title: text::RESULT_TITLE
                .fill(lang, &[&text::BATCH_OF.fill(lang, &[view.action.word().get(lang)])]),
            says: says.fill(lang, &[&numbers[0], &numbers[1]]),
            tone: if failed.is_empty() { "good" } else { "warn" },
            failed_says: text::RESULT_FAILED.fill(lang, &[&failed.len().to_string()]),
            failed,
            done: view.done,
            deleted: view.action == BatchAction::Delete,
            shell,
        }
    }
}
