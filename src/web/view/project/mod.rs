//! Pages of projects: the list, one project, what is done to them.

mod act;
mod ask;
mod batch;
mod list;
mod spark;
mod tags;

pub(in crate::web) use ask::AskPage;
pub(in crate::web) use batch::{BatchPage, BatchResultPage};
pub(in crate::web) use list::{ListParts, ListQuery, ProjectListPage, shown_of};
pub(in crate::web) use tags::TagsPage;

use askama::Template;

use crate::model::datasource::{Connection, DatasourceKind};
use crate::model::project::StartPoint;
use crate::model::status::ProjectStatus;
use crate::service::monitor::{ErrorView, StatusView};
use crate::store::operation::OperationRecord;
use crate::store::project::ProjectRecord;
use crate::supervisor::state::{Command, allowed};
use crate::text::page;

use act::{Act, acts};

use super::figure::{self, NONE};
use super::{Shell, StateView};

/// `page/project.html`.
#[derive(Template)]
#[template(path = "page/project.html")]
pub(in crate::web) struct ProjectPage {
    shell: Shell,
    name: String,
    id: String,
    tags: Vec<String>,
    state: StateView,
    buttons: Vec<Button>,
    error: Option<ErrorView>,
    warnings: Vec<String>,
    lag: Vec<(String, &'static str)>,
    rows_per_second: String,
    bytes_per_second: String,
    messages: String,
    position_date: String,
    position_time: String,
    position_place: String,
    gtid: String,
    counters: Vec<(&'static str, String)>,
    tables: Vec<TableRow>,
    facts: Vec<(&'static str, String)>,
    operations: Vec<OperationRow>,
}

struct Button {
    action: String,
    word: &'static str,
    primary: bool,
}

struct TableRow {
    table: String,
    topic: String,
    shard: String,
}

struct OperationRow {
    when: String,
    who: String,
    what: String,
    done: bool,
    detail: String,
}

impl ProjectPage {
    pub(in crate::web) fn new(
        mut shell: Shell,
        record: &ProjectRecord,
        status: StatusView,
        operations: Vec<OperationRecord>,
    ) -> Self {
        let lang = shell.lang;
        shell.every = if record.status == ProjectStatus::Running { 5 } else { 0 };
        let running = record.status == ProjectStatus::Running;
        let place = status.position.as_ref();
        let time = place
            .and_then(|place| place.commit_time.as_deref())
            .map(|time| figure::commit_time(time, &shell.zone));
        let (position_date, position_time) = time.unwrap_or((String::new(), NONE.to_owned()));
        Self {
            name: record.name.clone(),
            id: record.id.clone(),
            tags: record.tags.clone(),
            state: StateView::new(&status, lang),
            buttons: buttons(record, &shell),
            lag: match status.lag_ms.filter(|_| running) {
                Some(lag) => figure::span(lag, lang),
                None => vec![(NONE.to_owned(), "")],
            },
            rows_per_second: figure::rate(status.rows_per_second),
            bytes_per_second: figure::bytes(status.bytes_per_second),
            messages: figure::count(status.messages),
            position_date,
            position_time,
            position_place: place.map(|place| format!("{}:{}", place.file, place.offset)).unwrap_or_default(),
            gtid: place.and_then(|place| place.gtid.clone()).unwrap_or_default(),
            counters: counters(&status, &shell),
            tables: tables(record, &shell),
            facts: facts(record, &shell),
            operations: operations.into_iter().map(|one| operation(one, &shell)).collect(),
            error: status.error,
            warnings: status.warnings,
            shell,
        }
    }
}

/// Releasing can't be undone, so it asks first and has no button here.
fn buttons(record: &ProjectRecord, shell: &Shell) -> Vec<Button> {
    let commands = allowed(record.status).into_iter().filter(|command| *command != Command::Release);
    commands
        .map(|command| Button {
            action: format!("/projects/{}/{}", record.id, command.as_str()),
            word: command.word().get(shell.lang),
            primary: matches!(command, Command::Start | Command::Resume),
        })
        .collect()
}

fn counters(status: &StatusView, shell: &Shell) -> Vec<(&'static str, String)> {
    let rows = &status.rows;
    [
        (page::INSERTED, rows.insert),
        (page::UPDATED, rows.update),
        (page::DELETED, rows.delete),
        (page::FILTERED, rows.filtered),
        (page::SKIPPED, rows.skipped_as_already_sent),
    ]
    .into_iter()
    .map(|(text, number)| (text.get(shell.lang), figure::count(number)))
    .collect()
}

fn tables(record: &ProjectRecord, shell: &Shell) -> Vec<TableRow> {
    record
        .tables
        .iter()
        .map(|table| TableRow {
            table: table.full_name(),
            topic: table.topic.clone(),
            shard: if table.shard_columns.is_empty() {
                page::SHARD_KEY.get(shell.lang).to_owned()
            } else {
                table.shard_columns.join(", ")
            },
        })
        .collect()
}

fn endpoint(name: &str, connection: &Connection, shell: &Shell) -> String {
    let mut text = format!("{name} · {} · {}", connection.kind.title(), connection.address);
    if connection.kind == DatasourceKind::OceanbaseCe {
        text.push_str(" · ");
        text.push_str(&page::TENANT.fill(shell.lang, &[&connection.tenant]));
    }
    text
}

fn facts(record: &ProjectRecord, shell: &Shell) -> Vec<(&'static str, String)> {
    let options = &record.options;
    let switch = |on: bool| if on { page::ON } else { page::OFF }.get(shell.lang).to_owned();
    let start = match record.start {
        StartPoint::Now => page::START_NOW.get(shell.lang).to_owned(),
        StartPoint::AtMicros(micros) => shell.moment(i64::try_from(micros / 1000).unwrap_or(i64::MAX)),
    };
    let dml: Vec<&str> = options.dml.iter().map(|dml| dml.as_str()).collect();
    let t = |text: crate::model::lang::Text| text.get(shell.lang);
    vec![
        (t(page::SOURCE), endpoint(&record.source.name, &record.source.connection, shell)),
        (t(page::TARGET), endpoint(&record.target.name, &record.target.connection, shell)),
        ("DML", dml.join(" · ")),
        (t(page::FORMAT), options.format.title().to_owned()),
        (t(page::GROUP), options.producer_group.clone()),
        (t(page::START), start),
        (t(page::BATCH), switch(options.batch)),
        (t(page::TRACE), switch(options.message_trace)),
        (t(page::CREATED), format!("{} · {}", record.creator, shell.moment(record.created_at))),
    ]
}

/// The word of a recorded action.
fn action_word(action: &str, shell: &Shell) -> String {
    let word = match action {
        "create" => page::ACTION_CREATE,
        "update" => page::ACTION_UPDATE,
        "precheck" => page::ACTION_PRECHECK,
        _ => match Command::ALL.into_iter().find(|command| command.as_str() == action) {
            Some(command) => command.word(),
            None => return action.to_owned(),
        },
    };
    word.get(shell.lang).to_owned()
}

fn operation(one: OperationRecord, shell: &Shell) -> OperationRow {
    OperationRow {
        when: shell.moment(one.at),
        who: one.actor,
        what: action_word(&one.action, shell),
        done: one.done,
        detail: one.detail.get(shell.lang).to_owned(),
    }
}
