//! The precheck: is everything that the project needs there? Every item runs
//! with a time limit of its own, all at the same time.
//!
//! Invariant: an item that could not be checked has failed.

mod catalogue;
mod source;
mod target;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::model::datasource::{MqEndpoint, SourceEndpoint};
use crate::model::lang::{Lang, Message, Text};
use crate::model::project::TableMapping;
use crate::pipeline::error::PipelineError;
use crate::store::operation::ObjectKind;
use crate::store::project::{self, ProjectRecord};
use crate::store::{checkpoint, operation};
use crate::supervisor::engine::Engine;
use crate::supervisor::spec;
use crate::text::precheck as text;
use crate::text::refusal;

use super::error::{FieldErrors, Result, ServiceError};
use super::projects::digest;
use super::{Actor, Service, millis};

/// How long one item may take.
const ITEM_LIMIT: Duration = Duration::from_secs(30);
/// Largest difference of the clocks without a warning, milliseconds.
const CLOCK_LIMIT: i64 = 2_000;

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
    pub reason: Option<Message>,
    /// What to do.
    pub remedy: Option<Message>,
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
    pub fn failed_titles(&self) -> Message {
        let join = |lang: Lang, comma: &str| {
            let titles: Vec<&str> = self.failed().map(|item| item.title.get(lang)).collect();
            titles.join(comma)
        };
        Message { en: join(Lang::En, ", "), zh: join(Lang::Zh, "、") }
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

/// What an item found.
enum Finding {
    Fine(Option<String>),
    Warn(Message, Text),
    Fail(Message, Message),
}

type Found = Result<Finding, PipelineError>;

impl Service {
    /// Checks a project and remembers when it passed.
    ///
    /// # Errors
    /// Unknown name, or settings that can't be opened.
    pub async fn precheck(&self, actor: &Actor, name: &str) -> Result<Report> {
        let record = self.project_record(actor, name).await?;
        let report = self.precheck_record(&record).await?;
        let (actor, passed) = (actor.clone(), report.passed);
        let failed = report.failed_titles();
        self.store
            .write(move |tx| {
                let operation = operation::NewOperation {
                    actor: actor.name(),
                    action: "precheck",
                    object_kind: ObjectKind::Project,
                    object_id: &record.id,
                    object_name: &record.name,
                    done: passed,
                    detail: &failed,
                };
                operation::insert(tx, crate::store::now_ms(), &operation)
            })
            .await?;
        Ok(report)
    }

    pub(super) async fn precheck_record(&self, record: &ProjectRecord) -> Result<Report> {
        let ring = self.keyring();
        let unusable = |error: spec::SpecError| {
            let (message, remedy) = error.said();
            ServiceError::refused(super::error::RefusalKind::Invalid, "settings", message, remedy)
        };
        let source = spec::source_of(&ring, record).map_err(unusable)?;
        let target = spec::target_of(&ring, record).map_err(unusable)?;
        let id = record.id.clone();
        let has_checkpoint = self.store.read(move |c| checkpoint::newest(c, &id)).await?.is_some();
        let check = Check {
            engine: Arc::clone(&self.engine),
            source,
            target,
            tables: record.tables.clone(),
            start: (!has_checkpoint).then_some(record.start),
        };
        let (of_source, of_target) = tokio::join!(check.source_side(), check.target_side());
        let items: Vec<Item> = of_source.into_iter().chain(of_target).collect();
        let passed = items.iter().all(|item| item.result != ItemResult::Failed);
        let (id, digest) = (record.id.clone(), passed.then(|| digest(record)));
        self.store.write(move |tx| project::set_prechecked(tx, &id, digest.as_deref())).await?;
        Ok(Report { passed, items })
    }
}

struct Check {
    engine: Arc<dyn Engine>,
    source: SourceEndpoint,
    target: MqEndpoint,
    tables: Vec<TableMapping>,
    /// Set when there is no checkpoint to go on from.
    start: Option<crate::model::project::StartPoint>,
}

/// Runs one item with its time limit.
async fn item(key: &'static str, title: Text, check: impl Future<Output = Found>) -> Item {
    let started = Instant::now();
    let found = tokio::time::timeout(ITEM_LIMIT, check).await;
    let (result, reason, remedy) = match found {
        Ok(Ok(Finding::Fine(detail))) => {
            (ItemResult::Passed, detail.map(|text| Message { en: text.clone(), zh: text }), None)
        }
        Ok(Ok(Finding::Warn(reason, remedy))) => (ItemResult::Warning, Some(reason), Some(remedy.into())),
        Ok(Ok(Finding::Fail(reason, remedy))) => (ItemResult::Failed, Some(reason), Some(remedy)),
        Ok(Err(error)) => {
            let reason = Message { en: error.message(Lang::En), zh: error.message(Lang::Zh) };
            (ItemResult::Failed, Some(reason), Some(error.kind.remedy().into()))
        }
        Err(_) => {
            let seconds = ITEM_LIMIT.as_secs().to_string();
            let reason = Message::new(refusal::TIMED_OUT, &[&seconds]);
            (ItemResult::Failed, Some(reason), Some(refusal::TIMED_OUT_REMEDY.into()))
        }
    };
    Item { key, title, result, reason, remedy, ms: millis(started) }
}

/// Items that make no sense because another one failed.
fn not_checked(items: &[(&'static str, Text)], because: Text) -> Vec<Item> {
    let item = |(key, title): &(&'static str, Text)| Item {
        key,
        title: *title,
        result: ItemResult::Failed,
        reason: Some(Message::of_texts(text::NOT_CHECKED, &[because])),
        remedy: Some(text::NOT_CHECKED_REMEDY.into()),
        ms: 0,
    };
    items.iter().map(item).collect()
}

fn missing(names: &[String], remedy: Text) -> Finding {
    if names.is_empty() {
        return Finding::Fine(None);
    }
    Finding::Fail(Message::new(text::MISSING, &[&names.join(", ")]), remedy.into())
}
