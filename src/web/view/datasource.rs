//! The list of data sources, a connection test, and the question before one
//! is deleted.

use askama::Template;
use tidewire_engine::endpoint::DatasourceKind;

use crate::service::connection::{Check, failed};
use crate::service::datasources::{DatasourceUse, DatasourceView};
use crate::service::paging::Page;
use crate::service::precheck::ItemResult;
use crate::text::{datasource as text, page};

use super::Shell;
use super::figure::NONE;
use super::operation::actor_word;
use super::pager::{Pager, address};

/// Where the list stands.
const LIST: &str = "/datasources";

/// What the list was asked for, as it stands in its address.
#[derive(Clone, Debug, Default)]
pub(in crate::web) struct ListState {
    pub(in crate::web) text: String,
    pub(in crate::web) kind: Option<DatasourceKind>,
    pub(in crate::web) oldest_first: bool,
}

/// `page/datasource_list.html`.
#[derive(Template)]
#[template(path = "page/datasource_list.html")]
pub(in crate::web) struct DatasourceListPage {
    shell: Shell,
    total: String,
    state: ListState,
    /// Value, word, whether it is chosen.
    kinds: Vec<(&'static str, &'static str, bool)>,
    sort_href: String,
    sort_word: &'static str,
    rows: Vec<Row>,
    pager: Pager,
    /// Whether there is no data source at all.
    empty: bool,
}

struct Row {
    href: String,
    name: String,
    note: String,
    kind: String,
    address: String,
    tenant: String,
    user: String,
    added: String,
    creator: String,
}

impl DatasourceListPage {
    pub(in crate::web) fn new(
        shell: Shell,
        state: ListState,
        list: Page<DatasourceView>,
        count: usize,
    ) -> Self {
        let lang = shell.lang;
        let kind = state.kind.map_or("", DatasourceKind::as_str);
        let sort = if state.oldest_first { "old" } else { "" };
        let filters = [("q", state.text.as_str()), ("kind", kind)];
        let other = if state.oldest_first { "" } else { "old" };
        let pager = Pager::new(&list, LIST, &[filters[0], filters[1], ("sort", sort)], lang);
        let sort_href = address(LIST, &filters, &[("sort", other)]);
        let mut kinds = vec![("", text::ALL_KINDS.get(lang), state.kind.is_none())];
        kinds.extend(
            DatasourceKind::ALL
                .into_iter()
                .map(|kind| (kind.as_str(), kind.title(), state.kind == Some(kind))),
        );
        Self {
            total: text::COUNT.fill(lang, &[&count.to_string()]),
            kinds,
            sort_href,
            sort_word: if state.oldest_first { text::OLDEST_FIRST } else { text::NEWEST_FIRST }.get(lang),
            rows: list.rows.into_iter().map(|one| row(one, &shell)).collect(),
            pager,
            empty: count == 0,
            state,
            shell,
        }
    }
}

fn row(one: DatasourceView, shell: &Shell) -> Row {
    let settings = one.settings;
    let kind = DatasourceKind::parse(&settings.kind);
    let user = if kind == Some(DatasourceKind::Rocketmq) { settings.access_key } else { settings.user };
    Row {
        href: format!("{LIST}/{}", one.id),
        name: settings.name,
        note: settings.note,
        kind: kind.map_or(settings.kind, |kind| kind.title().to_owned()),
        address: settings.address.replace(';', "; "),
        tenant: if settings.tenant.is_empty() {
            String::new()
        } else {
            page::TENANT.fill(shell.lang, &[&settings.tenant])
        },
        user: if user.is_empty() { NONE.to_owned() } else { user },
        added: shell.moment(one.created_at),
        creator: actor_word(&one.creator, shell.lang),
    }
}

/// One line of a connection test.
pub(in crate::web) struct CheckView {
    pub(super) tone: &'static str,
    pub(super) word: &'static str,
    pub(super) title: &'static str,
    pub(super) found: String,
    pub(super) remedy: String,
    pub(super) took: String,
}

/// The lines of a connection test.
pub(in crate::web) fn checks(checks: &[Check], shell: &Shell) -> Vec<CheckView> {
    let lang = shell.lang;
    let line = |check: &Check| {
        let (tone, word) = match check.result {
            ItemResult::Passed => ("good", text::PASSED),
            ItemResult::Warning => ("warn", text::WARNING),
            ItemResult::Failed => ("bad", text::FAILED),
        };
        CheckView {
            tone,
            word: word.get(lang),
            title: check.title.get(lang),
            found: check.found.get(lang).to_owned(),
            remedy: check.remedy.as_ref().map(|remedy| remedy.get(lang).to_owned()).unwrap_or_default(),
            took: format!("{} {}", super::figure::count(check.ms), page::MILLISECONDS.get(lang)),
        }
    };
    checks.iter().map(line).collect()
}

/// `page/datasource_test.html`.
#[derive(Template)]
#[template(path = "page/datasource_test.html")]
pub(in crate::web) struct DatasourceTestPage {
    shell: Shell,
    name: String,
    href: String,
    checks: Vec<CheckView>,
    failed: bool,
}

impl DatasourceTestPage {
    pub(in crate::web) fn new(shell: Shell, name: String, id: &str, found: &[Check]) -> Self {
        Self {
            name,
            href: format!("{LIST}/{id}"),
            checks: checks(found, &shell),
            failed: failed(found),
            shell,
        }
    }
}

/// `page/datasource_delete.html`.
#[derive(Template)]
#[template(path = "page/datasource_delete.html")]
pub(in crate::web) struct DatasourceDeletePage {
    shell: Shell,
    title: String,
    action: String,
    projects: Vec<(String, String)>,
    others: String,
}

impl DatasourceDeletePage {
    pub(in crate::web) fn new(shell: Shell, found: DatasourceUse) -> Self {
        let lang = shell.lang;
        Self {
            title: text::DELETE_TITLE.fill(lang, &[&found.datasource.settings.name]),
            action: format!("{LIST}/{}/delete", found.datasource.id),
            projects: found
                .projects
                .into_iter()
                .map(|(id, name)| (format!("/projects/{id}"), name))
                .collect(),
            others: match found.others {
                0 => String::new(),
                count => text::DELETE_OTHERS.fill(lang, &[&count.to_string()]),
            },
            shell,
        }
    }
}
