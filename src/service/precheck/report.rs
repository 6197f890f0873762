//! What a precheck found, and how far it is.

use std::sync::Mutex;

use serde::Serialize;
use tidewire_words::{Lang, Sentence, Text};

use crate::service::error::FieldErrors;
use crate::text::precheck as text;

/// Every item in the order of the report.
pub(super) const ITEMS: [(&str, Text); 18] = [
    ("RDB_CONNECT", text::RDB_CONNECT),
    ("DB_VERSION", text::DB_VERSION),
    ("DB_MASTER_SLAVE", text::DB_MASTER_SLAVE),
    ("DB_TIME_SYNC", text::DB_TIME_SYNC),
    ("DB_CASE_SENSITIVE", text::DB_CASE_SENSITIVE),
    ("RDB_SCHEMA_EXIST", text::RDB_SCHEMA_EXIST),
    ("RDB_TABLE_EXIST", text::RDB_TABLE_EXIST),
    ("DB_TABLE_TYPE", text::DB_TABLE_TYPE),
    ("SYNC_SCHEMA_CONSISTENCY", text::SYNC_SCHEMA_CONSISTENCY),
    ("NAME_CHARACTERS", text::NAME_CHARACTERS),
    ("COLUMN_VALUES", text::COLUMN_VALUES),
    ("DB_ACCOUNT_INCR_READ_PRIVILEGE", text::DB_ACCOUNT_INCR_READ_PRIVILEGE),
    ("DB_INCR_LOG", text::DB_INCR_LOG),
    ("DB_LOG_COMPLETE", text::DB_LOG_COMPLETE),
    ("DB_WHITE_LIST_LENGTH", text::DB_WHITE_LIST_LENGTH),
    ("MQ_CONNECT", text::MQ_CONNECT),
    ("MQ_TOPIC_EXIST", text::MQ_TOPIC_EXIST),
    ("MQ_TOPIC_ORDER", text::MQ_TOPIC_ORDER),
];

/// The title of an item by its machine name.
#[must_use]
pub fn title(key: &str) -> Option<Text> {
    ITEMS.iter().find(|(known, _)| *known == key).map(|(_, title)| *title)
}

/// How an item ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemResult {
    /// Fine.
    Passed,
    /// Worth knowing; does not stop a start.
    Warning,
    /// Stops a start.
    Failed,
}

/// One item of the report.
#[derive(Clone, Debug)]
pub struct Item {
    /// Machine name.
    pub key: &'static str,
    /// Title.
    pub title: Text,
    /// How it ended.
    pub result: ItemResult,
    /// What was found.
    pub reason: Option<Sentence>,
    /// What to do.
    pub remedy: Option<Sentence>,
    /// Milliseconds it took.
    pub ms: u64,
}

/// All items in order.
#[derive(Clone, Debug)]
pub struct Report {
    /// Whether no item failed.
    pub passed: bool,
    /// Items.
    pub items: Vec<Item>,
}

impl Report {
    /// Titles of what failed.
    #[must_use]
    pub fn failed_titles(&self) -> Sentence {
        let join = |lang: Lang, comma: &str| {
            let titles: Vec<&str> = self.failed().map(|item| item.title.get(lang)).collect();
            titles.join(comma)
        };
        Sentence { en: join(Lang::En, ", "), zh: join(Lang::Zh, "、") }
    }

    /// Reasons of what failed, by key.
    #[must_use]
    pub fn reasons(&self) -> FieldErrors {
        let mut fields = FieldErrors::default();
        for item in self.failed() {
            fields.add(item.key, item.reason.clone().unwrap_or_default());
        }
        fields
    }

    fn failed(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.result == ItemResult::Failed)
    }
}

/// How far a precheck is: items are filled in as they finish.
#[derive(Debug, Default)]
pub struct Progress {
    found: Mutex<Vec<Item>>,
}

impl Progress {
    pub(super) fn put(&self, item: Item) {
        if let Ok(mut found) = self.found.lock() {
            found.push(item);
        }
    }

    /// Every item in order; nothing for one that is still being checked.
    pub fn items(&self) -> Vec<(&'static str, Text, Option<Item>)> {
        let found = self.found.lock().map(|found| found.clone()).unwrap_or_default();
        let of = |key: &str| found.iter().find(|item| item.key == key).cloned();
        ITEMS.iter().map(|(key, title)| (*key, *title, of(key))).collect()
    }

    /// Whether every item has been checked.
    pub fn finished(&self) -> bool {
        self.items().iter().all(|(_, _, item)| item.is_some())
    }

    /// Whether every item has been checked and none failed.
    pub fn passed(&self) -> bool {
        let fine = |item: &Item| item.result != ItemResult::Failed;
        self.items().iter().all(|(_, _, item)| item.as_ref().is_some_and(fine))
    }

    /// The report of a finished precheck.
    pub(super) fn report(&self) -> Report {
        let items = self.items().into_iter().filter_map(|(_, _, item)| item).collect();
        Report { passed: self.passed(), items }
    }
}
