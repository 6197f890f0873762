//! The precheck: is everything that the project needs there? Every item runs
//! with a time limit of its own, all at the same time.
//!
//! Invariant: an item that could not be checked has failed.

mod catalogue;
mod report;
mod runs;
mod source;
mod target;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tidewire_engine::endpoint::{MqEndpoint, SourceEndpoint};
use tidewire_engine::error::PipelineError;
use tidewire_engine::project::{StartPoint, TableMapping};
use tidewire_mysql::source::Begin;
use tidewire_words::{Sentence, Text};

use crate::store::operation::ObjectKind;
use crate::store::project::{self, ProjectRecord};
use crate::store::{checkpoint, operation};
use crate::supervisor::engine::Engine;
use crate::supervisor::spec;
use crate::text::precheck as text;
use crate::text::refusal;

use super::error::{Result, ServiceError};
use super::projects::digest;
use super::{Actor, Service, millis};

/// How long one item may take.
const ITEM_LIMIT: Duration = Duration::from_secs(30);
/// Largest difference of the clocks without a warning, milliseconds.
const CLOCK_LIMIT: i64 = 2_000;

pub use report::{Item, ItemResult, Progress, Report, title};
pub(super) use runs::Runs;

/// What an item found.
enum Finding {
    Fine(Option<String>),
    Warn(Sentence, Text),
    Fail(Sentence, Sentence),
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
        let check = self.check_of(record).await?;
        check.run().await;
        let report = check.progress.report();
        let (id, digest) = (record.id.clone(), report.passed.then(|| digest(record)));
        self.store.write(move |tx| project::set_prechecked(tx, &id, digest.as_deref())).await?;
        Ok(report)
    }

    async fn check_of(&self, record: &ProjectRecord) -> Result<Check> {
        let ring = self.keyring();
        let unusable = |error: spec::SpecError| {
            let (message, remedy) = error.said();
            ServiceError::refused(super::error::RefusalKind::Invalid, "settings", message, remedy)
        };
        let source = spec::source_of(&ring, record).map_err(unusable)?;
        let target = spec::target_of(&ring, record).map_err(unusable)?;
        let id = record.id.clone();
        let begin = match (self.store.read(move |c| checkpoint::newest(c, &id)).await?, record.start) {
            (Some(saved), _) => Begin::Place(saved.position),
            (None, StartPoint::Now) => Begin::Now,
            (None, StartPoint::AtMicros(micros)) => Begin::AtMicros(micros),
        };
        Ok(Check {
            engine: Arc::clone(&self.engine),
            source,
            target,
            tables: record.tables.clone(),
            group: record.options.producer_group.clone(),
            begin,
            progress: Arc::default(),
        })
    }
}

struct Check {
    engine: Arc<dyn Engine>,
    source: SourceEndpoint,
    target: MqEndpoint,
    tables: Vec<TableMapping>,
    /// Producer group.
    group: String,
    /// Where a run would begin.
    begin: Begin,
    progress: Arc<Progress>,
}

impl Check {
    async fn run(&self) {
        tokio::join!(self.source_side(), self.target_side());
    }

    /// Runs one item with its time limit and fills it in.
    async fn item(&self, key: &'static str, check: impl Future<Output = Found>) {
        let started = Instant::now();
        let found = tokio::time::timeout(ITEM_LIMIT, check).await;
        let (result, reason, remedy) = match found {
            Ok(Ok(Finding::Fine(detail))) => (ItemResult::Passed, detail.map(Sentence::from), None),
            Ok(Ok(Finding::Warn(reason, remedy))) => (ItemResult::Warning, Some(reason), Some(remedy.into())),
            Ok(Ok(Finding::Fail(reason, remedy))) => (ItemResult::Failed, Some(reason), Some(remedy)),
            Ok(Err(error)) => {
                let reason = Sentence::from(&error);
                (ItemResult::Failed, Some(reason), Some(error.kind.remedy().into()))
            }
            Err(_) => {
                let seconds = ITEM_LIMIT.as_secs().to_string();
                let reason = Sentence::new(refusal::TIMED_OUT, &[&seconds]);
                (ItemResult::Failed, Some(reason), Some(refusal::TIMED_OUT_REMEDY.into()))
            }
        };
        self.fill(key, result, reason, remedy, millis(started));
    }

    fn fill(
        &self,
        key: &'static str,
        result: ItemResult,
        reason: Option<Sentence>,
        remedy: Option<Sentence>,
        ms: u64,
    ) {
        let Some(title) = title(key) else { return };
        self.progress.put(Item { key, title, result, reason, remedy, ms });
    }

    /// Items that make no sense because another one failed.
    fn not_checked(&self, keys: &[&'static str], because: Text) {
        for key in keys {
            let reason = Sentence::of_texts(text::NOT_CHECKED, &[because]);
            self.fill(key, ItemResult::Failed, Some(reason), Some(text::NOT_CHECKED_REMEDY.into()), 0);
        }
    }
}

/// Names that a reason lists; with a thousand tables it only counts the others.
const NAMED: usize = 20;

/// A reason with the names it is about.
fn about(reason: Text, names: &[String]) -> Sentence {
    let shown = names.get(..NAMED).unwrap_or(names);
    let listed = Sentence { en: shown.join(", "), zh: shown.join("、") };
    let listed = if shown.len() == names.len() {
        listed
    } else {
        let more = (names.len() - shown.len()).to_string();
        Sentence::of_messages(text::AND_MORE, &[&listed, &more.into()])
    };
    Sentence::of_messages(reason, &[&listed])
}

fn missing(names: &[String], remedy: Text) -> Finding {
    if names.is_empty() {
        return Finding::Fine(None);
    }
    Finding::Fail(about(text::MISSING, names), remedy.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_counted() {
        let names: Vec<String> = (0..1000).map(|number| format!("t{number}")).collect();
        assert_eq!(about(text::MISSING, &names[..2]).zh, "未找到：t0、t1");
        let all = about(text::MISSING, &names);
        assert!(
            all.en.starts_with("not found: t0, t1, ") && all.en.ends_with(", t19 and 980 more"),
            "{}",
            all.en
        );
        assert!(all.zh.ends_with("、t19 及另外 980 个"), "{}", all.zh);
    }
}
