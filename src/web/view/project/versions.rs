//! The versions of the tables' columns: all tables, and one of them.

use askama::Template;
use tidewire_engine::schema::version::KnownBy;
use tidewire_words::{Lang, Text};

use crate::service::monitor::{PositionView, StatusView};
use crate::service::schema::{Difference, FollowedTable, VersionState, VersionView};
use crate::store::project::ProjectRecord;
use crate::text::{detail, navigation, page, versions as text};
use crate::web::form::{Pairs, encoded};
use crate::web::view::Shell;

use super::head::Head;

/// Tables on one page.
const TABLES: usize = 100;
/// Versions of a table on one page.
const VERSIONS: usize = 20;

/// `page/project_versions.html`.
#[derive(Template)]
#[template(path = "page/project_versions.html")]
pub(in crate::web) struct VersionsPage {
    shell: Shell,
    head: Head,
    search: String,
    tables: Vec<Table>,
    part: Part,
}

struct Table {
    href: String,
    name: String,
    count: usize,
    newest: Option<Version>,
}

/// `page/project_table_versions.html`.
#[derive(Template)]
#[template(path = "page/project_table_versions.html")]
pub(in crate::web) struct TableVersionsPage {
    shell: Shell,
    head: Head,
    name: String,
    /// Address of the form for a definition.
    define: String,
    versions: Vec<Version>,
    part: Part,
}

/// Which part of a list is shown, and the ways to the others.
struct Part {
    shown: String,
    previous: String,
    next: String,
}

struct Version {
    title: String,
    newest: bool,
    pending: bool,
    /// What there is instead of columns; empty when there are some.
    without: &'static str,
    place: String,
    time: String,
    /// Empty where nothing is known.
    known_by: &'static str,
    statement: String,
    changes: Vec<String>,
    summary: String,
    columns: Vec<Column>,
}

struct Column {
    name: String,
    declared: String,
    nullable: bool,
    key: String,
}

/// The page that an address asks for, from 1, and how many things come before it.
fn place(query: &Pairs, total: usize, most: usize) -> (usize, usize) {
    let number = query.get("page").parse().unwrap_or(1).clamp(1, total.div_ceil(most).max(1));
    (number, (number - 1) * most)
}

impl Part {
    /// `address` ends where the number of the page goes.
    fn new(address: &str, (number, first): (usize, usize), count: usize, total: usize, lang: Lang) -> Self {
        let says = [first + 1, first + count, total].map(|number| number.to_string());
        let href = |there: bool, number: usize| {
            if there { format!("{address}page={number}") } else { String::new() }
        };
        Self {
            shown: if count < total {
                navigation::PAGE_OF.fill(lang, &[&says[0], &says[1], &says[2]])
            } else {
                String::new()
            },
            previous: href(number > 1, number - 1),
            next: href(first + count < total, number + 1),
        }
    }
}

impl VersionsPage {
    pub(in crate::web) fn new(
        shell: Shell,
        record: &ProjectRecord,
        status: &StatusView,
        query: &Pairs,
        tables: &[FollowedTable],
    ) -> Self {
        let search = query.get("q").trim().to_owned();
        let wanted = search.to_lowercase();
        let mut found: Vec<&FollowedTable> =
            tables.iter().filter(|one| one.table.to_lowercase().contains(&wanted)).collect();
        found.sort_by_key(|one| &one.table);
        let at = place(query, found.len(), TABLES);
        let base = format!("/projects/{}/schema?", record.id);
        let tables: Vec<Table> = found
            .iter()
            .skip(at.1)
            .take(TABLES)
            .map(|one| Table {
                href: format!("{base}table={}", encoded(&one.table)),
                name: one.table.clone(),
                count: one.count(),
                newest: one.versions(0, 1).first().map(|newest| version(newest, true, &shell)),
            })
            .collect();
        let address = if search.is_empty() { base } else { format!("{base}q={}&", encoded(&search)) };
        Self {
            head: Head::new(&shell, record, status, "/schema"),
            part: Part::new(&address, at, tables.len(), found.len(), shell.lang),
            search,
            tables,
            shell,
        }
    }
}

impl TableVersionsPage {
    pub(in crate::web) fn new(
        shell: Shell,
        record: &ProjectRecord,
        status: &StatusView,
        query: &Pairs,
        table: &FollowedTable,
    ) -> Self {
        let of = format!("table={}", encoded(&table.table));
        let at = place(query, table.count(), VERSIONS);
        let shown = table.versions(at.1, VERSIONS);
        let first = |index: usize| at.1 + index == 0;
        let versions: Vec<Version> =
            shown.iter().enumerate().map(|(index, one)| version(one, first(index), &shell)).collect();
        let address = format!("/projects/{}/schema?{of}&", record.id);
        Self {
            head: Head::new(&shell, record, status, "/schema"),
            name: table.table.clone(),
            define: format!("/projects/{}/define?{of}", record.id),
            part: Part::new(&address, at, versions.len(), table.count(), shell.lang),
            versions,
            shell,
        }
    }
}

fn version(one: &VersionView, newest: bool, shell: &Shell) -> Version {
    let lang = shell.lang;
    let time = one.since.as_ref().and_then(PositionView::commit_ms).map(|ms| shell.moment(ms));
    Version {
        title: text::VERSION.fill(lang, &[&one.version.to_string()]),
        newest,
        pending: one.pending,
        without: match one.state {
            VersionState::Known => "",
            VersionState::Gone => text::GONE.get(lang),
            VersionState::Unknown => text::UNKNOWN.get(lang),
        },
        place: one.since.as_ref().map(|since| format!("{}:{}", since.file, since.offset)).unwrap_or_default(),
        time: time.unwrap_or_default(),
        known_by: match one.state {
            VersionState::Known | VersionState::Gone => known_by(one.known_by).get(lang),
            VersionState::Unknown => "",
        },
        statement: one.statement.clone().unwrap_or_default(),
        changes: match (&one.difference, one.state) {
            (Some(difference), _) => changes(difference, lang),
            (None, VersionState::Known) => vec![text::FIRST.get(lang).to_owned()],
            (None, VersionState::Gone | VersionState::Unknown) => Vec::new(),
        },
        summary: text::COLUMNS.fill(lang, &[&one.columns.len().to_string()]),
        columns: one
            .columns
            .iter()
            .map(|column| Column {
                name: column.name.clone(),
                declared: match &column.collation {
                    Some(collation) => format!("{} {collation}", column.column_type),
                    None => column.column_type.clone(),
                },
                nullable: column.nullable,
                key: column.key.map(|place| place.to_string()).unwrap_or_default(),
            })
            .collect(),
    }
}

fn known_by(how: KnownBy) -> Text {
    match how {
        KnownBy::Event => text::BY_EVENT,
        KnownBy::Catalogue => text::BY_CATALOGUE,
        KnownBy::Statement => text::BY_STATEMENT,
        KnownBy::Given => text::BY_GIVEN,
    }
}

fn changes(difference: &Difference, lang: Lang) -> Vec<String> {
    if difference.is_empty() {
        return vec![text::NOTHING_CHANGED.get(lang).to_owned()];
    }
    let comma = match lang {
        Lang::Zh => "、",
        Lang::En => ", ",
    };
    let named =
        |text: Text, names: &[String]| (!names.is_empty()).then(|| text.fill(lang, &[&names.join(comma)]));
    let mut lines: Vec<String> = named(text::ADDED, &difference.added)
        .into_iter()
        .chain(named(text::REMOVED, &difference.gone))
        .collect();
    let altered = difference.changed.iter();
    lines.extend(altered.map(|one| text::ALTERED.fill(lang, &[&one.name, &one.from, &one.to])));
    lines.extend(named(text::MOVED, &difference.moved));
    lines.extend(difference.key.as_ref().map(|key| {
        let names = |names: &[String]| match names {
            [] => text::NO_KEY.get(lang).to_owned(),
            names => names.join(", "),
        };
        text::KEY_CHANGED.fill(lang, &[&names(&key.from), &names(&key.to)])
    }));
    lines
}
