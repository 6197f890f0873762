//! The list of projects.

use askama::Template;

use crate::model::status::ProjectStatus;
use crate::service::monitor::StatusView;
use crate::store::project::ProjectRecord;
use crate::text::page;

use super::figure::{self, NONE};
use super::{Shell, StateView};

/// `page/project_list.html`.
#[derive(Template)]
#[template(path = "page/project_list.html")]
pub(in crate::web) struct ProjectListPage {
    shell: Shell,
    total: String,
    filters: Vec<Filter>,
    failed: Vec<FailedNotice>,
    failed_lead: String,
    rows: Vec<Row>,
    /// Whether there is no project at all.
    empty: bool,
}

/// A link that shows one state.
struct Filter {
    href: String,
    word: &'static str,
    count: usize,
    current: bool,
}

/// A project that failed, above the list.
struct FailedNotice {
    href: String,
    name: String,
    message: String,
    remedy: String,
}

struct Row {
    href: String,
    name: String,
    id: String,
    tags: Vec<String>,
    source: String,
    target: String,
    state: StateView,
    lag: String,
    rows_per_second: String,
    position: String,
    position_detail: String,
    changed: String,
}

impl ProjectListPage {
    /// The page of all projects, showing those in `only`.
    pub(in crate::web) fn new(
        mut shell: Shell,
        projects: &[(ProjectRecord, StatusView)],
        only: Option<ProjectStatus>,
    ) -> Self {
        shell.every = 5;
        let lang = shell.lang;
        let failed: Vec<FailedNotice> =
            projects.iter().filter_map(|(record, status)| notice(record, status)).collect();
        let shown = projects.iter().filter(|(record, _)| only.is_none_or(|only| record.status == only));
        Self {
            total: page::PROJECT_COUNT.fill(lang, &[&projects.len().to_string()]),
            filters: filters(projects, only, &shell),
            failed_lead: page::FAILED_LEAD.fill(lang, &[&failed.len().to_string()]),
            failed,
            rows: shown.map(|(record, status)| row(record, status, &shell)).collect(),
            empty: projects.is_empty(),
            shell,
        }
    }
}

fn filters(
    projects: &[(ProjectRecord, StatusView)],
    only: Option<ProjectStatus>,
    shell: &Shell,
) -> Vec<Filter> {
    let mut filters = vec![Filter {
        href: "/projects".to_owned(),
        word: page::ALL_STATES.get(shell.lang),
        count: projects.len(),
        current: only.is_none(),
    }];
    filters.extend(ProjectStatus::ALL.into_iter().filter_map(|status| {
        let count = projects.iter().filter(|(record, _)| record.status == status).count();
        let current = only == Some(status);
        (count > 0 || current).then(|| Filter {
            href: format!("/projects?state={}", status.as_str()),
            word: status.word().get(shell.lang),
            count,
            current,
        })
    }));
    filters
}

fn notice(record: &ProjectRecord, status: &StatusView) -> Option<FailedNotice> {
    let error = status.error.as_ref().filter(|_| record.status == ProjectStatus::Failed)?;
    Some(FailedNotice {
        href: format!("/projects/{}", record.id),
        name: record.name.clone(),
        message: error.message.clone(),
        remedy: error.remedy.clone(),
    })
}

fn row(record: &ProjectRecord, status: &StatusView, shell: &Shell) -> Row {
    let running = record.status == ProjectStatus::Running;
    let place = status.position.as_ref();
    let time = place
        .and_then(|place| place.commit_time.as_deref())
        .map(|time| figure::commit_time(time, &shell.zone));
    Row {
        href: format!("/projects/{}", record.id),
        name: record.name.clone(),
        id: record.id.clone(),
        tags: record.tags.clone(),
        source: record.source.name.clone(),
        target: record.target.name.clone(),
        state: StateView::new(status, shell.lang),
        lag: match status.lag_ms {
            Some(lag) if running => figure::span_text(lag, shell.lang),
            _ => NONE.to_owned(),
        },
        rows_per_second: if running { figure::rate(status.rows_per_second) } else { NONE.to_owned() },
        position: time.map_or_else(|| NONE.to_owned(), |(_, time)| time),
        position_detail: place.map(|place| format!("{}:{}", place.file, place.offset)).unwrap_or_default(),
        changed: shell.moment(record.updated_at),
    }
}
