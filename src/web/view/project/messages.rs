//! The last messages of each table, before and after side by side.

use std::collections::BTreeMap;

use askama::Template;
use tidewire_engine::project::Dml;

use crate::service::flow::SentMessage;
use crate::service::monitor::StatusView;
use crate::store::project::ProjectRecord;
use crate::text::{detail as text, navigation, page};
use crate::web::form::{Pairs, encoded};
use crate::web::view::Shell;
use crate::web::view::figure;

use super::head::Head;

/// Tables on one page.
const PAGE: usize = 8;
/// Characters of a value in the comparison; the whole one stands in the body.
const VALUE: usize = 200;
/// Bytes of raw bodies on one page; behind that only beginnings are shown.
const BODIES: usize = 192 << 10;
/// Characters of such a beginning.
const BEGINNING: usize = 2000;

/// `page/project_messages.html`.
#[derive(Template)]
#[template(path = "page/project_messages.html")]
pub(in crate::web) struct MessagesPage {
    shell: Shell,
    head: Head,
    search: String,
    tables: Vec<Table>,
    /// Whether no message was kept at all.
    empty: bool,
    shown: String,
    previous: String,
    next: String,
}

struct Table {
    name: String,
    newest: Message,
    older: Vec<Message>,
}

struct Message {
    kind: &'static str,
    when: String,
    topic: String,
    place: String,
    keys: String,
    position: String,
    rows: Vec<Row>,
    compared: bool,
    summary: String,
    body: String,
    cut: bool,
    older: String,
}

struct Row {
    name: String,
    before: Option<String>,
    after: Option<String>,
    changed: bool,
}

impl MessagesPage {
    pub(in crate::web) fn new(
        shell: Shell,
        record: &ProjectRecord,
        status: &StatusView,
        messages: Vec<SentMessage>,
        query: &Pairs,
    ) -> Self {
        let search = query.get("q").trim().to_owned();
        let wanted = search.to_lowercase();
        let empty = messages.is_empty();
        let mut tables: BTreeMap<String, Vec<SentMessage>> = BTreeMap::new();
        for message in messages.into_iter().filter(|one| one.table.to_lowercase().contains(&wanted)) {
            tables.entry(message.table.clone()).or_default().push(message);
        }
        let count = tables.len();
        let pages = count.div_ceil(PAGE).max(1);
        let number = query.get("page").parse().unwrap_or(1).clamp(1, pages);
        let first = (number - 1) * PAGE;
        let mut room = BODIES;
        let part = tables.into_iter().skip(first).take(PAGE);
        let tables: Vec<Table> =
            part.filter_map(|(name, messages)| table(name, messages, &mut room, &shell)).collect();
        let says = [first + 1, first + tables.len(), count].map(|number| number.to_string());
        let href = |there: bool, number: usize| {
            let found = if search.is_empty() { String::new() } else { format!("q={}&", encoded(&search)) };
            if there {
                format!("/projects/{}/messages?{found}page={number}", record.id)
            } else {
                String::new()
            }
        };
        Self {
            head: Head::new(&shell, record, status, "/messages"),
            shown: if pages > 1 {
                navigation::PAGE_OF.fill(shell.lang, &[&says[0], &says[1], &says[2]])
            } else {
                String::new()
            },
            previous: href(number > 1, number - 1),
            next: href(number < pages, number + 1),
            search,
            tables,
            empty,
            shell,
        }
    }
}

fn table(name: String, messages: Vec<SentMessage>, room: &mut usize, shell: &Shell) -> Option<Table> {
    let mut shown = messages.into_iter().map(|one| message(one, room, shell));
    Some(Table { name, newest: shown.next()?, older: shown.collect() })
}

fn message(one: SentMessage, room: &mut usize, shell: &Shell) -> Message {
    let lang = shell.lang;
    let mut place = vec![text::QUEUE.fill(lang, &[&format!("{} {}", one.broker, one.queue)])];
    if let Some(offset) = one.offset.and_then(|offset| u64::try_from(offset).ok()) {
        place.push(text::OFFSET.fill(lang, &[&figure::count(offset)]));
    }
    let fits = one.body.len() <= *room;
    *room -= if fits { one.body.len() } else { 0 };
    let when = shell.moment(one.at);
    Message {
        kind: match one.kind {
            Dml::Insert => "INSERT",
            Dml::Update => "UPDATE",
            Dml::Delete => "DELETE",
        },
        topic: one.topic,
        place: place.join(" · "),
        keys: one.keys,
        position: one.position,
        compared: one.row.is_some(),
        rows: one
            .row
            .unwrap_or_default()
            .into_iter()
            .map(|column| Row {
                changed: column.changed(),
                before: column.before.map(|value| begin(&value, VALUE)),
                after: column.after.map(|value| begin(&value, VALUE)),
                name: column.name,
            })
            .collect(),
        summary: text::BODY.fill(lang, &[&figure::count(one.length as u64)]),
        cut: one.cut || !fits,
        body: if fits { one.body } else { begin(&one.body, BEGINNING) },
        older: text::OLDER.fill(lang, &[&when]),
        when,
    }
}

fn begin(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
