//! What was done to a project, by whom, and how it ended.

use askama::Template;

use crate::service::monitor::StatusView;
use crate::store::operation::OperationRecord;
use crate::store::project::ProjectRecord;
use crate::text::{detail as text, navigation, page};
use crate::web::view::Shell;
use crate::web::view::operation::{action_word, actor_word};

use super::head::Head;

/// Records on one page.
pub(in crate::web) const PAGE: u32 = 20;

/// `page/project_operations.html`.
#[derive(Template)]
#[template(path = "page/project_operations.html")]
pub(in crate::web) struct OperationsPage {
    shell: Shell,
    head: Head,
    rows: Vec<OperationRow>,
    shown: String,
    previous: String,
    next: String,
}

pub(super) struct OperationRow {
    pub(super) when: String,
    pub(super) who: String,
    pub(super) what: String,
    pub(super) done: bool,
    pub(super) detail: String,
}

impl OperationRow {
    pub(super) fn new(one: &OperationRecord, shell: &Shell) -> Self {
        Self {
            when: shell.moment(one.at),
            who: actor_word(&one.actor, shell.lang),
            what: action_word(&one.action, shell.lang),
            done: one.done,
            detail: one.detail.get(shell.lang).to_owned(),
        }
    }
}

impl OperationsPage {
    pub(in crate::web) fn new(
        shell: Shell,
        record: &ProjectRecord,
        status: &StatusView,
        number: u32,
        (total, records): (u32, Vec<OperationRecord>),
    ) -> Self {
        let first = (number - 1).saturating_mul(PAGE);
        let count = u32::try_from(records.len()).unwrap_or(0);
        let says = [first + 1, first + count, total].map(|number| number.to_string());
        let href = |there: bool, number: u32| {
            if there { format!("/projects/{}/operations?page={number}", record.id) } else { String::new() }
        };
        Self {
            head: Head::new(&shell, record, status, "/operations"),
            rows: records.iter().map(|one| OperationRow::new(one, &shell)).collect(),
            shown: if total > PAGE {
                navigation::PAGE_OF.fill(shell.lang, &[&says[0], &says[1], &says[2]])
            } else {
                String::new()
            },
            previous: href(number > 1, number - 1),
            next: href(first + count < total, number + 1),
            shell,
        }
    }
}
