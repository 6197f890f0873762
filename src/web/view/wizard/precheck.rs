//! Step 4: the precheck's items as they finish.

use askama::Template;
use tidewire_words::{Lang, Sentence};

use crate::service::drafts::Draft;
use crate::service::precheck::{Item, ItemResult, Progress};
use crate::text::{page, wizard as text};
use crate::web::view::Shell;

use super::Frame;

/// `page/wizard_precheck.html`.
#[derive(Template)]
#[template(path = "page/wizard_precheck.html")]
pub(in crate::web) struct PrecheckPage {
    shell: Shell,
    frame: Frame,
    /// In words: how far, how many failed.
    summary: String,
    items: Vec<ItemRow>,
    passed: bool,
}

struct ItemRow {
    tone: &'static str,
    word: &'static str,
    title: &'static str,
    says: String,
    remedy: String,
    took: String,
}

impl PrecheckPage {
    pub(in crate::web) fn new(mut shell: Shell, draft: &Draft, progress: Option<&Progress>) -> Self {
        let lang = shell.lang;
        let items = progress.map(Progress::items).unwrap_or_default();
        let running = progress.is_some_and(|progress| !progress.finished());
        shell.every = u32::from(running);
        let count = |result: ItemResult| {
            items
                .iter()
                .filter(|(_, _, item)| item.as_ref().is_some_and(|item| item.result == result))
                .count()
        };
        let done = items.iter().filter(|(_, _, item)| item.is_some()).count();
        let mut summary = vec![text::CHECKED.fill(lang, &[&done.to_string(), &items.len().to_string()])];
        let counts = [
            (count(ItemResult::Failed), text::FAILED_COUNT),
            (count(ItemResult::Warning), text::WARNING_COUNT),
        ];
        for (number, said) in counts.into_iter().filter(|(number, _)| *number > 0) {
            summary.push(said.fill(lang, &[&number.to_string()]));
        }
        Self {
            frame: Frame::new(draft, "precheck", lang),
            summary: summary.join(" · "),
            items: items.iter().map(|(_, title, item)| row(title.get(lang), item.as_ref(), lang)).collect(),
            passed: progress.is_some_and(Progress::passed),
            shell,
        }
    }
}

fn row(title: &'static str, item: Option<&Item>, lang: Lang) -> ItemRow {
    let Some(item) = item else {
        return ItemRow {
            tone: "info",
            word: text::ITEM_RUNNING.get(lang),
            title,
            says: text::ITEM_WAIT.get(lang).to_owned(),
            remedy: String::new(),
            took: String::new(),
        };
    };
    let (tone, word) = match item.result {
        ItemResult::Passed => ("good", text::ITEM_PASSED),
        ItemResult::Warning => ("warn", text::ITEM_WARNING),
        ItemResult::Failed => ("bad", text::ITEM_FAILED),
    };
    let said = |message: &Option<Sentence>| {
        message.as_ref().map(|message| message.get(lang).to_owned()).unwrap_or_default()
    };
    ItemRow {
        tone,
        word: word.get(lang),
        title,
        says: said(&item.reason),
        remedy: said(&item.remedy),
        took: format!("{} {}", item.ms, page::MILLISECONDS.get(lang)),
    }
}
