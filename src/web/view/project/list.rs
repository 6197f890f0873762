//! The list of projects. Everything that chooses what is shown stands in the
//! address, and every link keeps it.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use tidewire_words::Text;

use crate::model::status::ProjectStatus;
use crate::service::batch::BatchAction;
use crate::service::drafts::Draft;
use crate::service::list::{Listed, Sort, Wanted};
use crate::text::{list as text, navigation, page, wizard};
use crate::web::form::{Pairs, encoded};
use crate::web::view::figure::{self, NONE};
use crate::web::view::operation::actor_word;
use crate::web::view::{Shell, StateView};

use super::act::{Act, acts};
use super::spark::Spark;

/// Projects on one page.
const PAGE: usize = 20;
/// Notices of one kind; the rest is one link.
const NOTICES: usize = 3;

/// What the address says.
#[derive(Clone, Debug, Default)]
pub(in crate::web) struct ListQuery {
    search: String,
    state: String,
    tag: String,
    source: String,
    target: String,
    sort: String,
    page: usize,
}

impl ListQuery {
    pub(in crate::web) fn of(query: &Pairs) -> Self {
        let get = |name: &str| query.get(name).trim().to_owned();
        Self {
            search: get("q"),
            state: get("state"),
            tag: get("tag"),
            source: get("source"),
            target: get("target"),
            sort: get("sort"),
            page: query.get("page").parse().unwrap_or(1).max(1),
        }
    }

    pub(in crate::web) fn wanted(&self) -> Wanted {
        Wanted {
            search: self.search.clone(),
            state: ProjectStatus::parse(&self.state),
            tag: self.tag.clone(),
            source: self.source.clone(),
            target: self.target.clone(),
            sort: Sort::parse(&self.sort),
        }
    }

    /// Whether anything is left out.
    fn narrows(&self) -> bool {
        [&self.search, &self.state, &self.tag, &self.source, &self.target].iter().any(|text| !text.is_empty())
    }

    /// The address of this choice on another page.
    fn href(&self, number: usize) -> String {
        let fields = [
            ("q", &self.search),
            ("state", &self.state),
            ("tag", &self.tag),
            ("source", &self.source),
            ("target", &self.target),
            ("sort", &self.sort),
        ];
        let mut parts: Vec<String> = fields
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        if number > 1 {
            parts.push(format!("page={number}"));
        }
        if parts.is_empty() { "/projects".to_owned() } else { format!("/projects?{}", parts.join("&")) }
    }
}

/// `page/project_list.html`.
#[derive(Template)]
#[template(path = "page/project_list.html")]
pub(in crate::web) struct ProjectListPage {
    shell: Shell,
    total: String,
    every: String,
    notices: Vec<Notice>,
    drafts: Vec<DraftLine>,
    query: ListQuery,
    /// Address of the tags' page, which comes back here.
    manage: String,
    selects: Vec<Select>,
    batch: Vec<(&'static str, String, bool)>,
    rows: Vec<Row>,
    here: String,
    shown: String,
    previous: String,
    next: String,
    narrows: bool,
    /// Whether there is no project at all.
    empty: bool,
}

/// A list to choose one of, in the form above the table.
struct Select {
    name: &'static str,
    label: &'static str,
    options: Vec<(String, String, bool)>,
}

/// What needs attention, above the list.
struct Notice {
    tone: &'static str,
    lead: &'static str,
    says: String,
    href: String,
}

struct DraftLine {
    id: String,
    name: String,
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
    spark: Spark,
    rows_per_second: String,
    creator: String,
    created: String,
    created_day: String,
    changed: String,
    changed_ago: String,
    acts: Vec<Act>,
    more: Vec<Act>,
    more_of: String,
    choose: String,
    edit_tags: String,
}

/// What the page is made of.
pub(in crate::web) struct ListParts {
    /// Every project that the actor sees.
    pub(in crate::web) all: Vec<Listed>,
    /// Drafts of the actor.
    pub(in crate::web) drafts: Vec<Draft>,
}

/// The part of a list that one page shows.
pub(in crate::web) fn shown_of(query: &ListQuery, found: Vec<Listed>) -> (usize, usize, Vec<Listed>) {
    let count = found.len();
    let last = count.div_ceil(PAGE).max(1);
    let number = query.page.min(last);
    let skip = (number - 1) * PAGE;
    (count, number, found.into_iter().skip(skip).take(PAGE).collect())
}

impl ProjectListPage {
    pub(in crate::web) fn new(
        mut shell: Shell,
        query: ListQuery,
        parts: &ListParts,
        (count, number, shown): (usize, usize, &[Listed]),
        lines: &BTreeMap<String, Vec<(i64, f64)>>,
    ) -> Self {
        let lang = shell.lang;
        shell.every = if parts.all.is_empty() { 0 } else { 5 };
        let total = page::PROJECT_COUNT.fill(lang, &[&parts.all.len().to_string()]);
        let first = (number - 1) * PAGE + 1;
        let last = (first + shown.len()).saturating_sub(1);
        let says = [first, last, count].map(|number| number.to_string());
        let link = |there: bool, number: usize| if there { query.href(number) } else { String::new() };
        Self {
            every: text::EVERY.fill(lang, &[&shell.every.to_string()]),
            notices: notices(&parts.all, &shell),
            drafts: parts.drafts.iter().map(|draft| draft_line(draft, &shell)).collect(),
            selects: selects(&parts.all, &query, &shell),
            batch: batch(&shell),
            rows: shown.iter().map(|one| row(one, lines.get(&one.head.id), &shell)).collect(),
            manage: format!("/tags?back={}", encoded(&query.href(number))),
            here: query.href(number),
            shown: if count > PAGE {
                let says: Vec<&str> = says.iter().map(String::as_str).collect();
                navigation::PAGE_OF.fill(lang, &says)
            } else {
                String::new()
            },
            previous: link(number > 1, number.saturating_sub(1)),
            next: link(last < count, number + 1),
            narrows: query.narrows(),
            empty: parts.all.is_empty(),
            total,
            query,
            shell,
        }
    }
}

/// The batch menu: machine name, word, whether it can't be undone.
fn batch(shell: &Shell) -> Vec<(&'static str, String, bool)> {
    let word = |action: BatchAction| {
        let word = action.word().get(shell.lang);
        (action.as_str(), text::BATCH_OF.fill(shell.lang, &[word]), action.is_final())
    };
    BatchAction::ALL.into_iter().map(word).collect()
}

fn draft_line(draft: &Draft, shell: &Shell) -> DraftLine {
    let name = match (&draft.project, draft.input.name.as_str()) {
        (Some(project), _) => project.name.clone(),
        (None, "") => shell.t(wizard::UNNAMED).to_owned(),
        (None, name) => name.to_owned(),
    };
    DraftLine { id: draft.id.clone(), name }
}

fn notices(all: &[Listed], shell: &Shell) -> Vec<Notice> {
    let failed: Vec<&Listed> = all.iter().filter(|one| one.head.status == ProjectStatus::Failed).collect();
    let mut behind: Vec<(&Listed, i64)> =
        all.iter().filter_map(|one| Some((one, one.lag_ms().filter(|_| one.status.lagging)?))).collect();
    behind.sort_by_key(|(_, lag)| std::cmp::Reverse(*lag));
    let mut notices: Vec<Notice> = failed.iter().take(NOTICES).map(|one| failed_notice(one, shell)).collect();
    if failed.len() > NOTICES {
        let more = (failed.len() - NOTICES).to_string();
        notices.push(Notice {
            tone: "bad",
            lead: shell.t(text::FAILED_ONE),
            says: text::MORE_FAILED.fill(shell.lang, &[&more]),
            href: "/projects?state=failed".to_owned(),
        });
    }
    for (one, lag) in behind.iter().take(NOTICES) {
        let span = figure::span_text(*lag, shell.lang);
        notices.push(Notice {
            tone: "warn",
            lead: shell.t(text::BEHIND),
            says: text::BEHIND_SAYS.fill(shell.lang, &[&one.head.name, &span]),
            href: format!("/projects/{}", one.head.id),
        });
    }
    if behind.len() > NOTICES {
        let more = (behind.len() - NOTICES).to_string();
        notices.push(Notice {
            tone: "warn",
            lead: shell.t(text::BEHIND),
            says: text::MORE_BEHIND.fill(shell.lang, &[&more]),
            href: "/projects?sort=lag".to_owned(),
        });
    }
    notices
}

fn failed_notice(one: &Listed, shell: &Shell) -> Notice {
    let error = one.status.error.as_ref();
    let (message, remedy) = error.map_or(("", ""), |error| (&error.message, &error.remedy));
    let says = match shell.lang {
        tidewire_words::Lang::Zh => format!("{}：{message}；{remedy}。", one.head.name),
        tidewire_words::Lang::En => format!("{}: {message}; {remedy}.", one.head.name),
    };
    Notice { tone: "bad", lead: shell.t(text::FAILED_ONE), says, href: format!("/projects/{}", one.head.id) }
}

fn selects(all: &[Listed], query: &ListQuery, shell: &Shell) -> Vec<Select> {
    let select = |name, label: Text, every: Text, chosen: &str, options: Vec<(String, String)>| {
        let mut all = vec![(String::new(), shell.t(every).to_owned(), chosen.is_empty())];
        all.extend(options.into_iter().map(|(value, word)| {
            let is = value == chosen;
            (value, word, is)
        }));
        Select { name, label: shell.t(label), options: all }
    };
    let names =
        |names: BTreeSet<&str>| names.into_iter().map(|name| (name.to_owned(), name.to_owned())).collect();
    let states = ProjectStatus::ALL.into_iter().filter_map(|status| {
        let count = all.iter().filter(|one| one.head.status == status).count();
        let chosen = query.state == status.as_str();
        let word = format!("{} ({count})", status.word().get(shell.lang));
        (count > 0 || chosen).then(|| (status.as_str().to_owned(), word))
    });
    let tags = all.iter().flat_map(|one| one.head.tags.iter().map(String::as_str)).collect();
    let sources = all.iter().map(|one| one.head.source.as_str()).collect();
    let targets = all.iter().map(|one| one.head.target.as_str()).collect();
    let sort = Sort::parse(&query.sort);
    let orders = [text::SORT_CREATED, text::SORT_CHANGED, text::SORT_NAME, text::SORT_LAG];
    let orders = Sort::ALL.into_iter().zip(orders);
    vec![
        select("state", text::STATE, text::ALL_STATES, &query.state, states.collect()),
        select("tag", text::TAG, text::ALL_TAGS, &query.tag, names(tags)),
        select("source", text::SOURCE, text::ALL_SOURCES, &query.source, names(sources)),
        select("target", text::TARGET, text::ALL_TARGETS, &query.target, names(targets)),
        Select {
            name: "sort",
            label: shell.t(text::SORT),
            options: orders
                .map(|(one, word)| (one.as_str().to_owned(), shell.t(word).to_owned(), one == sort))
                .collect(),
        },
    ]
}

fn row(one: &Listed, line: Option<&Vec<(i64, f64)>>, shell: &Shell) -> Row {
    let (head, lang) = (&one.head, shell.lang);
    let running = head.status == ProjectStatus::Running;
    let state = StateView::new(&one.status, lang);
    let (acts, more) = acts(&head.id, head.status, lang);
    Row {
        href: format!("/projects/{}", head.id),
        name: head.name.clone(),
        id: head.id.clone(),
        tags: head.tags.clone(),
        source: head.source.clone(),
        target: head.target.clone(),
        lag: one.lag_ms().map_or_else(|| NONE.to_owned(), |lag| figure::span_text(lag, lang)),
        spark: Spark::new(line.map(Vec::as_slice).unwrap_or_default(), state.tone, lang),
        state,
        rows_per_second: if running { figure::rate(one.status.rows_per_second) } else { NONE.to_owned() },
        creator: actor_word(&head.creator, lang),
        created: shell.moment(head.created_at),
        created_day: shell.moment(head.created_at).chars().take(10).collect(),
        changed: shell.moment(head.changed_at),
        changed_ago: figure::ago(head.changed_at, crate::store::now_ms(), lang, &shell.zone),
        acts,
        more,
        more_of: text::MORE.fill(lang, &[&head.name]),
        choose: text::CHOOSE.fill(lang, &[&head.name]),
        edit_tags: text::EDIT_TAGS_OF.fill(lang, &[&head.name]),
    }
}
