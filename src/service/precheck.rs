//! The precheck: is everything that the project needs there? Every item runs
//! with a time limit of its own, all at the same time.
//!
//! Invariant: an item that could not be checked has failed.

use std::collections::{BTreeMap, BTreeSet};
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
use super::{Actor, Service, millis, rules};

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
        let record = self.project_record(name).await?;
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

impl Check {
    async fn source_side(&self) -> Vec<Item> {
        let mut info = None;
        let connect = item("RDB_CONNECT", text::RDB_CONNECT, async {
            info = Some(self.engine.connect(self.source.clone()).await?);
            Ok(Finding::Fine(None))
        });
        let mut items = vec![connect.await];
        let Some(info) = info else {
            items.extend(not_checked(
                &[
                    ("DB_VERSION", text::DB_VERSION),
                    ("RDB_SCHEMA_EXIST", text::RDB_SCHEMA_EXIST),
                    ("RDB_TABLE_EXIST", text::RDB_TABLE_EXIST),
                    ("DB_ACCOUNT_INCR_READ_PRIVILEGE", text::DB_ACCOUNT_INCR_READ_PRIVILEGE),
                    ("DB_INCR_LOG", text::DB_INCR_LOG),
                ],
                text::RDB_CONNECT,
            ));
            return items;
        };
        let version = Finding::Fine(Some(info.version.clone()));
        items.push(item("DB_VERSION", text::DB_VERSION, async { Ok(version) }).await);
        let clock = clock(info.clock_offset_ms);
        items.push(item("DB_TIME_SYNC", text::DB_TIME_SYNC, async { Ok(clock) }).await);
        let case = case(info.lower_case_table_names, &self.tables);
        items.push(item("DB_CASE_SENSITIVE", text::DB_CASE_SENSITIVE, async { Ok(case) }).await);
        let (schemas, catalogue, rights, log) = tokio::join!(
            item("RDB_SCHEMA_EXIST", text::RDB_SCHEMA_EXIST, self.databases()),
            self.catalogue(),
            item("DB_ACCOUNT_INCR_READ_PRIVILEGE", text::DB_ACCOUNT_INCR_READ_PRIVILEGE, async {
                self.engine.privileges(self.source.clone()).await?;
                Ok(Finding::Fine(None))
            }),
            item("DB_INCR_LOG", text::DB_INCR_LOG, self.log()),
        );
        items.push(schemas);
        items.extend(catalogue);
        items.extend([rights, log]);
        let length =
            item("DB_WHITE_LIST_LENGTH", text::DB_WHITE_LIST_LENGTH, async { Ok(length(&self.tables)) });
        items.push(length.await);
        items
    }

    async fn log(&self) -> Found {
        self.engine.log(self.source.clone()).await?;
        if let Some(start) = self.start {
            self.engine.start_point(self.source.clone(), start).await?;
        }
        Ok(Finding::Fine(None))
    }

    async fn databases(&self) -> Found {
        let there: BTreeSet<String> = self.engine.databases(self.source.clone()).await?.into_iter().collect();
        let wanted: BTreeSet<&String> = self.tables.iter().map(|table| &table.database).collect();
        let absent: Vec<String> = wanted.into_iter().filter(|name| !there.contains(*name)).cloned().collect();
        Ok(missing(&absent, text::SCHEMA_REMEDY))
    }

    /// Tables exist, are physical, and have the columns; one question a
    /// database and one a table.
    async fn catalogue(&self) -> Vec<Item> {
        let mut found = Vec::new();
        let exist = item("RDB_TABLE_EXIST", text::RDB_TABLE_EXIST, async {
            let mut by_database: BTreeMap<&str, Vec<_>> = BTreeMap::new();
            for table in &self.tables {
                if !by_database.contains_key(table.database.as_str()) {
                    let tables = self.engine.tables(self.source.clone(), table.database.clone()).await?;
                    by_database.insert(&table.database, tables);
                }
            }
            let mut absent = Vec::new();
            for table in &self.tables {
                let there = by_database.get(table.database.as_str());
                match there.and_then(|tables| tables.iter().find(|info| info.name == table.table)) {
                    Some(info) => found.push((table, info.physical)),
                    None => absent.push(table.full_name()),
                }
            }
            Ok(missing(&absent, text::TABLE_REMEDY))
        });
        let exist = exist.await;
        let views: Vec<String> =
            found.iter().filter(|(_, physical)| !physical).map(|(table, _)| table.full_name()).collect();
        let physical = item("DB_TABLE_TYPE", text::DB_TABLE_TYPE, async {
            if views.is_empty() {
                return Ok(Finding::Fine(None));
            }
            let reason = Message::new(text::NOT_PHYSICAL, &[&views.join(", ")]);
            Ok(Finding::Fail(reason, text::NOT_PHYSICAL_REMEDY.into()))
        });
        let tables: Vec<&TableMapping> = found.iter().map(|(table, _)| *table).collect();
        let mut han = Vec::new();
        let columns =
            item("SYNC_SCHEMA_CONSISTENCY", text::SYNC_SCHEMA_CONSISTENCY, self.columns(&tables, &mut han));
        let (physical, columns) = (physical.await, columns.await);
        let names = item("NAME_CHARACTERS", text::NAME_CHARACTERS, async {
            if han.is_empty() {
                return Ok(Finding::Fine(None));
            }
            let reason = Message::new(text::HAN_COLUMN, &[&han.join(", ")]);
            Ok(Finding::Fail(reason, text::HAN_COLUMN_REMEDY.into()))
        });
        vec![exist, physical, columns, names.await]
    }

    async fn columns(&self, tables: &[&TableMapping], han: &mut Vec<String>) -> Found {
        let (mut absent, mut keyless) = (Vec::new(), Vec::new());
        for table in tables {
            let question =
                self.engine.columns(self.source.clone(), table.database.clone(), table.table.clone());
            let columns = question.await?;
            let full = table.full_name();
            let wanted = table.shard_columns.iter().chain(&table.columns);
            absent.extend(
                wanted
                    .filter(|name| !columns.iter().any(|column| column.name.eq_ignore_ascii_case(name)))
                    .map(|name| format!("{full}.{name}")),
            );
            if table.shard_columns.is_empty() && !columns.iter().any(|column| column.key) {
                keyless.push(full.clone());
            }
            han.extend(
                columns
                    .iter()
                    .filter(|column| column.name.chars().any(rules::is_han))
                    .map(|column| format!("{full}.{}", column.name)),
            );
        }
        if absent.is_empty() && !keyless.is_empty() {
            let reason = Message::new(text::NO_KEY, &[&keyless.join(", ")]);
            return Ok(Finding::Warn(reason, text::NO_KEY_REMEDY));
        }
        Ok(missing(&absent, text::COLUMN_REMEDY))
    }

    async fn target_side(&self) -> Vec<Item> {
        let mut connected = false;
        let connect = item("MQ_CONNECT", text::MQ_CONNECT, async {
            self.engine.topics(self.target.clone()).await?;
            connected = true;
            Ok(Finding::Fine(None))
        });
        let connect = connect.await;
        if !connected {
            let mut items = vec![connect];
            items.extend(not_checked(&[("MQ_TOPIC_EXIST", text::MQ_TOPIC_EXIST)], text::MQ_CONNECT));
            return items;
        }
        vec![connect, item("MQ_TOPIC_EXIST", text::MQ_TOPIC_EXIST, self.topics()).await]
    }

    async fn topics(&self) -> Found {
        let wanted: BTreeSet<&String> = self.tables.iter().map(|table| &table.topic).collect();
        let (mut absent, mut closed) = (Vec::new(), Vec::new());
        for name in wanted {
            match self.engine.topic(self.target.clone(), name.clone()).await? {
                None => absent.push(name.clone()),
                Some(topic) if topic.writable_queues == 0 => closed.push(name.clone()),
                Some(_) => {}
            }
        }
        if absent.is_empty() && !closed.is_empty() {
            let reason = Message::new(text::NO_QUEUE, &[&closed.join(", ")]);
            return Ok(Finding::Fail(reason, text::NO_QUEUE_REMEDY.into()));
        }
        Ok(missing(&absent, text::TOPIC_REMEDY))
    }
}

fn clock(offset_ms: i64) -> Finding {
    if offset_ms.abs() <= CLOCK_LIMIT {
        return Finding::Fine(None);
    }
    Finding::Warn(Message::new(text::CLOCK, &[&offset_ms.to_string()]), text::CLOCK_REMEDY)
}

fn case(lower_case_table_names: u8, tables: &[TableMapping]) -> Finding {
    let capital =
        tables.iter().map(TableMapping::full_name).find(|name| name.chars().any(|c| c.is_ascii_uppercase()));
    match capital {
        Some(name) if lower_case_table_names == 1 => {
            Finding::Warn(Message::new(text::CASE, &[&name]), text::CASE_REMEDY)
        }
        _ => Finding::Fine(None),
    }
}

fn length(tables: &[TableMapping]) -> Finding {
    let bytes: usize = tables.iter().map(|table| table.full_name().len() + 1).sum();
    if bytes <= 65_536 {
        return Finding::Fine(None);
    }
    Finding::Fail(Message::new(text::TOO_LONG, &[&bytes.to_string()]), text::TOO_LONG_REMEDY.into())
}
