//! The settings' page.

use askama::Template;
use tidewire_words::{Lang, Text};

use crate::service::error::Refusal;
use crate::service::settings::{RuntimeSettings, SettingsInput};
use crate::store::setting;
use crate::text::{navigation, page, system, system as text};
use crate::web::Process;
use crate::web::form::Pairs;

use super::Shell;
use super::figure::NONE;
use super::form::FormView;

/// `page/system_show.html`.
#[derive(Template)]
#[template(path = "page/system_show.html")]
pub(in crate::web) struct SystemPage {
    shell: Shell,
    form: FormView,
    /// Name, label, hint, unit of the fields.
    fields: Vec<Field>,
    defaults: String,
    options: Vec<(&'static str, String, &'static str)>,
}

struct Field {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    unit: &'static str,
}

impl SettingsInput {
    pub(in crate::web) fn of(settings: RuntimeSettings) -> Self {
        Self {
            retention_days: settings.retention_days.to_string(),
            high: settings.high.to_string(),
            medium: settings.medium.to_string(),
            low: settings.low.to_string(),
            seen: settings.mark(),
        }
    }
}

impl SystemPage {
    pub(in crate::web) fn new(
        shell: Shell,
        process: &Process,
        typed: SettingsInput,
        refusal: Option<&Refusal>,
    ) -> Self {
        let lang = shell.lang;
        let values = [
            ("retention_days", typed.retention_days),
            ("high", typed.high),
            ("medium", typed.medium),
            ("low", typed.low),
            ("seen", typed.seen),
        ];
        let labels = [
            ("retention_days", text::RETENTION),
            ("high", text::HIGH),
            ("medium", text::MEDIUM),
            ("low", text::LOW),
        ];
        let values = values.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let form = FormView::of(Pairs::of(values)).labelled(&labels, lang);
        let field = |name, label: Text, hint: Text, unit: Text| Field {
            name,
            label: label.get(lang),
            hint: hint.get(lang),
            unit: unit.get(lang),
        };
        let initial = RuntimeSettings::default();
        let numbers = [initial.retention_days, initial.high, initial.medium, initial.low];
        let numbers = numbers.map(|number| number.to_string());
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        Self {
            form: match refusal {
                Some(refusal) => form.refused(refusal, lang),
                None => form,
            },
            fields: vec![
                field("retention_days", text::RETENTION, text::RETENTION_HINT, text::DAYS),
                field("high", text::HIGH, text::HIGH_HINT, text::SECONDS),
                field("medium", text::MEDIUM, text::MEDIUM_HINT, text::SECONDS),
                field("low", text::LOW, text::LOW_HINT, text::SECONDS),
            ],
            defaults: text::DEFAULTS_ARE.fill(lang, &numbers),
            options: options(process, &shell),
            shell,
        }
    }
}

/// Places on the host are for admins only.
fn options(process: &Process, shell: &Shell) -> Vec<(&'static str, String, &'static str)> {
    if !shell.admin {
        return Vec::new();
    }
    let shown = |value: &str| if value.is_empty() { NONE.to_owned() } else { value.to_owned() };
    let mut rows = vec![("data", process.data.display().to_string(), text::DATA.get(shell.lang))];
    let options = process.options.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    rows.extend(options.iter().map(|(name, value)| (*name, shown(value), option_word(name).get(shell.lang))));
    rows
}

fn option_word(name: &str) -> Text {
    match name {
        "listen" => text::LISTEN,
        "public_url" => text::PUBLIC_URL,
        "log" => text::LOG,
        "metrics_public" => text::METRICS,
        "limits.memory_per_project" => text::MEMORY,
        "limits.batch_bytes" => text::BATCH_BYTES,
        "limits.batch_messages" => text::BATCH_MESSAGES,
        "checkpoint.interval" => text::CHECKPOINT,
        _ => text::TAIL,
    }
}

/// What a stored setting is called.
pub(super) fn setting_word(name: &str, lang: Lang) -> String {
    let level = |word: Text| format!("{} · {}", text::ALARMS.get(lang), word.get(lang));
    match name {
        name if name == setting::RETENTION_DAYS.0 => text::RETENTION.get(lang).to_owned(),
        name if name == setting::HIGH_SECONDS.0 => level(text::HIGH),
        name if name == setting::MEDIUM_SECONDS.0 => level(text::MEDIUM),
        name if name == setting::LOW_SECONDS.0 => level(text::LOW),
        _ => text::TAB_SETTINGS.get(lang).to_owned(),
    }
}
