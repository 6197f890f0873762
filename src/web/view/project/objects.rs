//! The objects of a project: topic, database, table, and their settings.

use askama::Template;
use tidewire_engine::project::TableMapping;

use crate::service::monitor::StatusView;
use crate::store::operation::OperationRecord;
use crate::store::project::ProjectRecord;
use crate::text::{detail as text, navigation, page};
use crate::web::form::{Pairs, encoded};
use crate::web::view::Shell;

use super::head::Head;
use super::operations::OperationRow;

/// Tables on one page.
const PAGE: usize = 100;
/// Columns that are named.
const NAMED: usize = 6;

/// `page/project_objects.html`.
#[derive(Template)]
#[template(path = "page/project_objects.html")]
pub(in crate::web) struct ObjectsPage {
    shell: Shell,
    head: Head,
    search: String,
    count: String,
    topics: Vec<Topic>,
    shown: String,
    previous: String,
    next: String,
    changes: Vec<OperationRow>,
}

struct Topic {
    name: String,
    databases: Vec<(String, Vec<Row>)>,
}

struct Row {
    name: String,
    shard: String,
    keyed: bool,
    filter: String,
    columns: String,
    all_columns: String,
}

impl ObjectsPage {
    pub(in crate::web) fn new(
        shell: Shell,
        record: &ProjectRecord,
        status: &StatusView,
        query: &Pairs,
        changes: &[OperationRecord],
    ) -> Self {
        let lang = shell.lang;
        let search = query.get("q").trim().to_owned();
        let wanted = search.to_lowercase();
        let fits = |table: &&TableMapping| {
            [&table.database, &table.table, &table.topic, &table.full_name()]
                .iter()
                .any(|name| name.to_lowercase().contains(&wanted))
        };
        let mut tables: Vec<&TableMapping> = record.tables.iter().filter(fits).collect();
        tables.sort_by_key(|table| (&table.topic, &table.database, &table.table));
        let pages = tables.len().div_ceil(PAGE).max(1);
        let number = query.get("page").parse().unwrap_or(1).clamp(1, pages);
        let first = (number - 1) * PAGE;
        let part: Vec<&TableMapping> = tables.iter().skip(first).take(PAGE).copied().collect();
        let href = |there: bool, number: usize| {
            let found = if search.is_empty() { String::new() } else { format!("q={}&", encoded(&search)) };
            if there {
                format!("/projects/{}/objects?{found}page={number}", record.id)
            } else {
                String::new()
            }
        };
        let says = [first + 1, first + part.len(), tables.len()].map(|number| number.to_string());
        Self {
            head: Head::new(&shell, record, status, "/objects"),
            count: match record.tables.len() {
                1 => text::ONE_TABLE.get(lang).to_owned(),
                many => text::TABLES.fill(lang, &[&many.to_string()]),
            },
            shown: if pages > 1 {
                navigation::PAGE_OF.fill(lang, &[&says[0], &says[1], &says[2]])
            } else {
                String::new()
            },
            previous: href(number > 1, number - 1),
            next: href(number < pages, number + 1),
            topics: tree(&part, &shell),
            changes: changes.iter().map(|one| OperationRow::new(one, &shell)).collect(),
            search,
            shell,
        }
    }
}

fn tree(tables: &[&TableMapping], shell: &Shell) -> Vec<Topic> {
    let mut topics: Vec<Topic> = Vec::new();
    for table in tables {
        if topics.last().is_none_or(|topic| topic.name != table.topic) {
            topics.push(Topic { name: table.topic.clone(), databases: Vec::new() });
        }
        let Some(topic) = topics.last_mut() else { continue };
        if topic.databases.last().is_none_or(|(name, _)| *name != table.database) {
            topic.databases.push((table.database.clone(), Vec::new()));
        }
        if let Some((_, rows)) = topic.databases.last_mut() {
            rows.push(row(table, shell));
        }
    }
    topics
}

fn row(table: &TableMapping, shell: &Shell) -> Row {
    let named = |columns: &[String]| {
        let first: Vec<&str> = columns.iter().take(NAMED).map(String::as_str).collect();
        let first = first.join(", ");
        match columns.len().saturating_sub(NAMED) {
            0 => first,
            more => text::AND_MORE.fill(shell.lang, &[&first, &more.to_string()]),
        }
    };
    Row {
        name: table.table.clone(),
        keyed: table.shard_columns.is_empty(),
        shard: if table.shard_columns.is_empty() {
            page::SHARD_KEY.get(shell.lang).to_owned()
        } else {
            table.shard_columns.join(", ")
        },
        filter: table.row_filter.clone(),
        columns: named(&table.columns),
        all_columns: if table.columns.len() > NAMED { table.columns.join(", ") } else { String::new() },
    }
}
