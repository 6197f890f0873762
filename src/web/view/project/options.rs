//! Every option of a project with its value and what it does.

use askama::Template;
use tidewire_engine::project::Format;
use tidewire_words::Text;

use crate::service::monitor::StatusView;
use crate::store::project::ProjectRecord;
use crate::text::{detail as text, page, wizard};
use crate::web::view::Shell;
use crate::web::view::wizard::format_hint;

use super::head::Head;
use super::overview::{partition, start};

/// `page/project_options.html`.
#[derive(Template)]
#[template(path = "page/project_options.html")]
pub(in crate::web) struct ProjectOptionsPage {
    shell: Shell,
    head: Head,
    groups: Vec<(&'static str, Vec<OptionRow>)>,
}

struct OptionRow {
    name: &'static str,
    value: String,
    hint: &'static str,
}

impl ProjectOptionsPage {
    pub(in crate::web) fn new(shell: Shell, record: &ProjectRecord, status: &StatusView) -> Self {
        Self {
            head: Head::new(&shell, record, status, "/options"),
            groups: vec![
                (shell.t(wizard::SETTINGS_CARD), settings(record, &shell)),
                (shell.t(wizard::ADVANCED), advanced(record, &shell)),
                (shell.t(wizard::TARGET_CARD), target(record, &shell)),
            ],
            shell,
        }
    }
}

fn row(name: Text, value: impl Into<String>, hint: Text, shell: &Shell) -> OptionRow {
    OptionRow { name: shell.t(name), value: value.into(), hint: shell.t(hint) }
}

fn switch(on: bool, shell: &Shell) -> &'static str {
    shell.t(if on { page::ON } else { page::OFF })
}

const NOTHING: Text = Text { en: "", zh: "" };

fn settings(record: &ProjectRecord, shell: &Shell) -> Vec<OptionRow> {
    let dml: Vec<&str> = record.options.dml.iter().map(|dml| dml.as_str()).collect();
    vec![
        row(text::DML, dml.join(" · "), text::DML_HINT, shell),
        row(wizard::START, start(record, shell), NOTHING, shell),
    ]
}

/// Options of another format are not shown: they have no effect.
fn advanced(record: &ProjectRecord, shell: &Shell) -> Vec<OptionRow> {
    let options = &record.options;
    let mut rows = vec![row(wizard::FORMAT, options.format.title(), format_hint(options.format), shell)];
    if options.format == Format::Shareplex {
        let value = switch(options.sequence_in_transaction, shell);
        rows.push(row(wizard::SEQUENCE, value, wizard::SEQUENCE_HINT, shell));
    }
    if options.format == Format::Canal {
        rows.push(row(wizard::TYPED, switch(options.typed_values, shell), wizard::TYPED_HINT, shell));
    }
    if options.format == Format::Dataworks2 {
        let value = if options.business_id.is_empty() { shell.t(text::NONE) } else { &options.business_id };
        rows.push(row(wizard::BUSINESS, value, wizard::BUSINESS_HINT, shell));
    }
    rows.push(row(wizard::PARTITION, partition(record, shell), wizard::PARTITION_HASH, shell));
    rows.push(row(wizard::SPLIT, switch(options.split_key_change, shell), wizard::SPLIT_HINT, shell));
    rows
}

fn target(record: &ProjectRecord, shell: &Shell) -> Vec<OptionRow> {
    let options = &record.options;
    vec![
        row(page::GROUP, options.producer_group.as_str(), wizard::GROUP_HINT, shell),
        row(page::TRACE, switch(options.message_trace, shell), wizard::TRACE_HINT, shell),
        row(wizard::TAG_MESSAGE, format!("{}_tag", options.message_tag), wizard::TAG_MESSAGE_HINT, shell),
        row(wizard::BATCH, switch(options.batch, shell), wizard::BATCH_HINT, shell),
    ]
}
