//! Where a project's rows go right now: topics, their queues, and the last
//! messages of each table.

use std::collections::{BTreeMap, BTreeSet};

use tidewire_engine::project::Dml;

use crate::store::project::ProjectRecord;

use super::Service;
use super::difference::{self, ColumnChange};

/// One topic of a project.
#[derive(Clone, Debug)]
pub struct TopicFlow {
    /// Topic.
    pub name: String,
    /// Tables that go there.
    pub tables: usize,
    /// Its queues; none before the first run since the service started.
    pub queues: Vec<QueueFlow>,
}

/// One queue.
#[derive(Clone, Debug)]
pub struct QueueFlow {
    /// Broker.
    pub broker: String,
    /// Number on the broker.
    pub number: i32,
    /// Messages confirmed since the service started.
    pub messages: u64,
    /// Messages confirmed a second.
    pub per_second: f64,
}

impl TopicFlow {
    /// Messages a second of all its queues.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        self.queues.iter().map(|queue| queue.per_second).sum()
    }

    /// Messages of all its queues since the service started.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.queues.iter().map(|queue| queue.messages).sum()
    }

    /// Each queue's part of the most loaded one, 0 to 1: of what flows now, else
    /// of all that went.
    #[must_use]
    pub fn shares(&self) -> Vec<f64> {
        let flows = self.per_second() > 0.0;
        let load = |queue: &QueueFlow| if flows { queue.per_second } else { queue.messages as f64 };
        let most = self.queues.iter().map(load).fold(0.0_f64, f64::max);
        self.queues.iter().map(|queue| if most > 0.0 { load(queue) / most } else { 0.0 }).collect()
    }
}

/// A message that was sent, read for people.
#[derive(Clone, Debug)]
pub struct SentMessage {
    /// `database.table`.
    pub table: String,
    /// What happened to the row.
    pub kind: Dml,
    /// Topic.
    pub topic: String,
    /// Broker.
    pub broker: String,
    /// Queue on the broker.
    pub queue: i32,
    /// Offset in the queue, where it is known.
    pub offset: Option<i64>,
    /// When, milliseconds since 1970.
    pub at: i64,
    /// KEYS.
    pub keys: String,
    /// `TW_POS`.
    pub position: String,
    /// The body, or its beginning.
    pub body: String,
    /// Bytes of the whole body.
    pub length: usize,
    /// Whether the end of the body is left out.
    pub cut: bool,
    /// The row; nothing when the body is cut.
    pub row: Option<Vec<ColumnChange>>,
}

impl Service {
    /// The topics of a project by name.
    #[must_use]
    pub fn flow(&self, record: &ProjectRecord) -> Vec<TopicFlow> {
        let mut topics: BTreeMap<&str, TopicFlow> = BTreeMap::new();
        for table in &record.tables {
            let topic = topics.entry(&table.topic).or_insert_with(|| TopicFlow {
                name: table.topic.clone(),
                tables: 0,
                queues: Vec::new(),
            });
            topic.tables += 1;
        }
        let live = self.supervisor.live().get(&record.id);
        for one in live.iter().flat_map(|live| live.queues()) {
            if let Some(topic) = topics.get_mut(&*one.queue.topic) {
                topic.queues.push(QueueFlow {
                    broker: one.queue.broker.to_string(),
                    number: one.queue.id,
                    messages: one.messages,
                    per_second: one.per_second,
                });
            }
        }
        topics.into_values().collect()
    }

    /// The last messages of each of a project's tables since the service started,
    /// newest first within a table.
    #[must_use]
    pub fn last_messages(&self, record: &ProjectRecord) -> Vec<SentMessage> {
        let followed: BTreeSet<String> =
            record.tables.iter().map(|table| table.full_name().to_lowercase()).collect();
        let live = self.supervisor.live().get(&record.id);
        let kept = live.map(|live| live.stats.kept()).unwrap_or_default();
        let shown = kept.iter().filter(|one| followed.contains(&one.table.to_lowercase()));
        shown
            .map(|one| {
                let cut = one.body.len() < one.length;
                let body = String::from_utf8_lossy(&one.body).into_owned();
                SentMessage {
                    table: one.table.clone(),
                    kind: one.kind,
                    topic: one.queue.topic.to_string(),
                    broker: one.queue.broker.to_string(),
                    queue: one.queue.id,
                    offset: one.offset,
                    at: i64::try_from(one.at_ms).unwrap_or(i64::MAX),
                    keys: one.keys.clone(),
                    position: one.position.clone(),
                    row: if cut { None } else { difference::row(record.options.format, one.kind, &body) },
                    length: one.length,
                    body,
                    cut,
                }
            })
            .collect()
    }
}
