//! Step 3: options beside a sample.

use askama::Template;
use tidewire_engine::project::Format;
use tidewire_words::{Lang, Text};

use crate::service::draft_objects::{DraftSample, has_started};
use crate::service::drafts::Draft;
use crate::service::error::{FieldErrors, Result};
use crate::service::input::StartInput;
use crate::text::{format as format_text, page, wizard as text};
use crate::web::view::Shell;
use crate::web::view::form::FormView;

use super::{Frame, form, pair};

/// Tables that the sample can be chosen among.
const SAMPLED: usize = 200;

/// `page/wizard_options.html`.
#[derive(Template)]
#[template(path = "page/wizard_options.html")]
pub(in crate::web) struct OptionsPage {
    shell: Shell,
    frame: Frame,
    form: FormView,
    formats: Vec<(&'static str, &'static str)>,
    format_hint: &'static str,
    start_hint: String,
    fixed: bool,
    format: &'static str,
    sample: SampleView,
    tables: Vec<String>,
}

/// The sample beside the options.
pub(in crate::web) struct SampleView {
    table: String,
    kind: String,
    body: String,
    shard: String,
    keys: String,
    failed: String,
}

impl SampleView {
    pub(in crate::web) fn new(table: String, kind: &str, found: Result<DraftSample>, lang: Lang) -> Self {
        let mut view = Self {
            table,
            kind: kind.to_owned(),
            body: String::new(),
            shard: String::new(),
            keys: String::new(),
            failed: String::new(),
        };
        match found {
            Ok(sample) => {
                let chosen = sample.messages.iter().find(|(dml, _)| dml.as_str() == kind);
                view.body = chosen.map(|(_, body)| body.clone()).unwrap_or_default();
                view.shard = text::SAMPLE_HASH.fill(lang, &[&sample.shard.replace('\u{1}', "\\u0001")]);
                view.keys = sample.keys;
            }
            Err(error) => {
                let reason = error.refusal().map(|refusal| refusal.message.get(lang).to_owned());
                view.failed = text::SAMPLE_FAILED.fill(lang, &[&reason.unwrap_or_default()]);
            }
        }
        view
    }
}

const LABELS: &[(&str, Text)] = &[
    ("start", text::START),
    ("format", text::FORMAT),
    ("sequence_in_transaction", text::SEQUENCE),
    ("typed_values", text::TYPED),
    ("business_id", text::BUSINESS),
    ("producer_group", text::GROUP),
    ("message_tag", text::TAG_MESSAGE),
];

impl OptionsPage {
    pub(in crate::web) fn new(shell: Shell, draft: &Draft, sample: SampleView, errors: &FieldErrors) -> Self {
        let lang = shell.lang;
        let input = &draft.input;
        let format = Format::parse(&input.format).unwrap_or_default();
        let (way, value) = start(&input.start, &shell);
        let mut values = vec![
            pair("start", way),
            pair(if way == "epoch" { "start_epoch" } else { "start_at" }, &value),
            pair("format", &input.format),
            pair("business_id", &input.business_id),
            pair("producer_group", &input.producer_group),
            pair("message_tag", &input.message_tag),
            pair("sample_table", &sample.table),
            pair("sample_kind", &sample.kind),
        ];
        let ticks = [
            ("sequence_in_transaction", input.sequence_in_transaction),
            ("typed_values", input.typed_values),
            ("split_key_change", input.split_key_change),
            ("message_trace", input.message_trace),
            ("batch", input.batch == "auto"),
        ];
        values.extend(ticks.iter().filter(|(_, on)| *on).map(|(name, _)| pair(name, "on")));
        Self {
            frame: Frame::new(draft, "options", lang),
            form: form(values, errors, LABELS, lang),
            formats: Format::ALL.map(|format| (format.as_str(), format.title())).to_vec(),
            format_hint: hint(format).get(lang),
            start_hint: text::START_HINT.fill(lang, &[&shell.zone_name()]),
            fixed: draft.project.as_ref().is_some_and(has_started),
            format: format.as_str(),
            tables: input.table.iter().take(SAMPLED).map(|table| table.table.clone()).collect(),
            sample,
            shell,
        }
    }
}

/// Which way a start is given, and its value there: a time is one of the
/// viewer's zone; what is neither stays as it was typed.
fn start(start: &StartInput, shell: &Shell) -> (&'static str, String) {
    let text = match start {
        StartInput::Seconds(seconds) => return ("epoch", seconds.to_string()),
        StartInput::Text(text) => text,
    };
    match (text.as_str(), text.parse::<jiff::Timestamp>()) {
        ("now", _) => ("now", String::new()),
        (_, Ok(time)) => {
            // As the browser's picker has it.
            ("at", time.to_zoned(shell.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S").to_string())
        }
        ("", Err(_)) => ("at", String::new()),
        (typed, Err(_)) => ("epoch", typed.to_owned()),
    }
}

/// One line about a format.
pub(in crate::web) const fn hint(format: Format) -> Text {
    match format {
        Format::Default => format_text::DEFAULT,
        Format::DefaultExtendColumnType => format_text::EXTEND,
        Format::Canal => format_text::CANAL,
        Format::CanalFlat => format_text::CANAL_FLAT,
        Format::Dataworks2 => format_text::DATAWORKS,
        Format::Shareplex => format_text::SHAREPLEX,
        Format::Debezium => format_text::DEBEZIUM,
        Format::DebeziumFlatten => format_text::DEBEZIUM_FLATTEN,
        Format::DebeziumSmt => format_text::DEBEZIUM_SMT,
    }
}
