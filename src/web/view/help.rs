//! The help page.

use askama::Template;
use tidewire_engine::project::Format;
use tidewire_words::Text;

use crate::model::status::ProjectStatus;
use crate::text::{help as text, page};

use super::Shell;

/// `page/help_show.html`.
#[derive(Template)]
#[template(path = "page/help_show.html")]
pub(in crate::web) struct HelpPage {
    first: Vec<&'static str>,
    states: Vec<(&'static str, &'static str, &'static str)>,
    formats: Vec<(&'static str, &'static str, &'static str)>,
    promise: Vec<&'static str>,
    commands: Vec<(&'static str, &'static str)>,
    shell: Shell,
}

/// What each state means, in the order of a project's life.
const STATES: [(ProjectStatus, &str, Text); 6] = [
    (ProjectStatus::Init, "calm", text::STATE_INIT),
    (ProjectStatus::Running, "good", text::STATE_RUNNING),
    (ProjectStatus::Suspended, "warn", text::STATE_SUSPENDED),
    (ProjectStatus::Failed, "bad", text::STATE_FAILED),
    (ProjectStatus::Releasing, "calm", text::STATE_RELEASING),
    (ProjectStatus::Released, "calm", text::STATE_RELEASED),
];

const COMMANDS: [(&str, Text); 7] = [
    ("tidewire status", text::COMMAND_STATUS),
    ("tidewire project status NAME", text::COMMAND_PROJECT),
    ("tidewire apply FILE", text::COMMAND_APPLY),
    ("tidewire export", text::COMMAND_EXPORT),
    ("tidewire sample --datasource NAME --table DB.TABLE --format FORMAT", text::COMMAND_SAMPLE),
    ("tidewire user passwd NAME", text::COMMAND_PASSWORD),
    ("tidewire backup FILE", text::COMMAND_BACKUP),
];

/// Who a format is for, and what it can't show.
fn about(format: Format) -> (Text, Text) {
    match format {
        Format::Default => (text::FORMAT_DEFAULT, text::LIMIT_TYPES),
        Format::DefaultExtendColumnType => (text::FORMAT_EXTENDED, text::LIMIT_TYPED),
        Format::Canal => (text::FORMAT_CANAL, text::LIMIT_CANAL),
        Format::CanalFlat => (text::FORMAT_CANAL_FLAT, text::LIMIT_CANAL),
        Format::Dataworks2 => (text::FORMAT_DATAWORKS2, text::LIMIT_NONE),
        Format::Shareplex => (text::FORMAT_SHAREPLEX, text::LIMIT_SHAREPLEX),
        Format::Debezium => (text::FORMAT_DEBEZIUM, text::LIMIT_DEBEZIUM),
        Format::DebeziumFlatten => (text::FORMAT_FLATTEN, text::LIMIT_DEBEZIUM),
        Format::DebeziumSmt => (text::FORMAT_SMT, text::LIMIT_SMT),
    }
}

impl HelpPage {
    pub(in crate::web) fn new(shell: Shell) -> Self {
        let lang = shell.lang;
        let lines = |texts: &[Text]| texts.iter().map(|text| text.get(lang)).collect();
        Self {
            first: lines(&[text::FIRST_1, text::FIRST_2, text::FIRST_3, text::FIRST_4]),
            states: STATES
                .map(|(status, tone, means)| (tone, status.word().get(lang), means.get(lang)))
                .to_vec(),
            formats: Format::ALL
                .map(|format| {
                    let (for_whom, limit) = about(format);
                    (format.title(), for_whom.get(lang), limit.get(lang))
                })
                .to_vec(),
            promise: lines(&[
                text::PROMISE_1,
                text::PROMISE_2,
                text::PROMISE_3,
                text::PROMISE_4,
                text::PROMISE_5,
            ]),
            commands: COMMANDS.map(|(command, what)| (command, what.get(lang))).to_vec(),
            shell,
        }
    }
}
