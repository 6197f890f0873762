//! A project: one configured pipeline from a source's tables to topics.

use serde::{Deserialize, Serialize};

use crate::endpoint::DatasourceKind;

/// A kind of row change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dml {
    /// A new row.
    Insert,
    /// A changed row.
    Update,
    /// A removed row.
    Delete,
}

/// The message format (序列化方式).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// OMS "Default".
    #[default]
    Default,
    /// Default, with the type of each column in each image.
    DefaultExtendColumnType,
    /// Canal as OMS documents it.
    Canal,
    /// Canal as its own FlatMessage producer writes it.
    CanalFlat,
    /// Dataworks 2.0.
    Dataworks2,
    /// SharePlex.
    Shareplex,
    /// Debezium with its envelope.
    Debezium,
    /// Debezium's envelope without `payload`.
    DebeziumFlatten,
    /// The row alone.
    DebeziumSmt,
}

/// Where a project that has no checkpoint yet begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartPoint {
    /// The end of the log at the first start.
    Now,
    /// The first transaction committed at or after this instant, in
    /// microseconds since 1970 (UTC).
    AtMicros(u64),
}

/// One source table and where its rows go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableMapping {
    /// Database name.
    pub database: String,
    /// Table name.
    pub table: String,
    /// Existing topic.
    pub topic: String,
    /// Columns whose values choose the queue; empty: the key.
    #[serde(default)]
    pub shard_columns: Vec<String>,
    /// Columns that messages show; empty: all.
    #[serde(default)]
    pub columns: Vec<String>,
    /// The body of a WHERE that rows have to meet; empty: every row.
    #[serde(default)]
    pub row_filter: String,
}

/// Project-wide options. Names are those of the project file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the project file")]
pub struct ProjectOptions {
    /// Kinds of changes that are sent.
    pub dml: Vec<Dml>,
    /// Message format.
    pub format: Format,
    /// Canal: numbers stand bare instead of in quotes.
    pub typed_values: bool,
    /// SharePlex: the rows of a transaction are numbered, and each is confirmed
    /// before the next one goes.
    pub sequence_in_transaction: bool,
    /// Dataworks: the id of the business system; empty: none.
    pub business_id: String,
    /// Producer group registered with the brokers.
    pub producer_group: String,
    /// RocketMQ message trace; rows then go one by one.
    pub message_trace: bool,
    /// TAGS are this and `_tag`.
    pub message_tag: String,
    /// Whether rows travel in batches (`false`: brokers that refuse them).
    pub batch: bool,
    /// Whether an UPDATE of the key becomes DELETE and INSERT.
    pub split_key_change: bool,
}

impl Default for ProjectOptions {
    fn default() -> Self {
        Self {
            dml: vec![Dml::Insert, Dml::Update, Dml::Delete],
            format: Format::Default,
            typed_values: false,
            sequence_in_transaction: false,
            business_id: String::new(),
            producer_group: "OMS".to_owned(),
            message_trace: false,
            message_tag: "default".to_owned(),
            batch: true,
            split_key_change: true,
        }
    }
}

/// Bounds that come from the process settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of messages that a project may hold, sent or waiting.
    pub memory_per_project: usize,
    /// Largest batch in bytes.
    pub batch_bytes: usize,
    /// Largest batch in messages.
    pub batch_messages: usize,
    /// Milliseconds between checkpoints.
    pub checkpoint_interval_ms: u64,
    /// Messages that are read back at most when the tail of the queues is
    /// searched for rows that are already there.
    pub tail_max_messages: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_per_project: 4 << 20,
            batch_bytes: 1 << 20,
            batch_messages: 1024,
            checkpoint_interval_ms: 1000,
            tail_max_messages: 1_000_000,
        }
    }
}

/// What messages say of the source, and how its log is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// One of the source kinds.
    pub kind: DatasourceKind,
    /// OceanBase tenant.
    pub tenant: Option<String>,
    /// OceanBase cluster name.
    pub cluster: Option<String>,
}

/// Everything a pipeline needs to know to run.
#[derive(Clone, Debug)]
pub struct ProjectSpec {
    /// Stable id, `np_` and 12 characters; written into every message.
    pub id: String,
    /// Name, for logs.
    pub name: String,
    /// What rows come from.
    pub origin: Origin,
    /// Where to begin without a checkpoint.
    pub start: StartPoint,
    /// Options.
    pub options: ProjectOptions,
    /// Tables and topics.
    pub tables: Vec<TableMapping>,
    /// Bounds.
    pub limits: Limits,
}

impl Dml {
    /// Every kind, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Insert, Self::Update, Self::Delete];

    /// The form of the project file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// Reads that form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dml| dml.as_str() == text)
    }
}

impl Format {
    /// Every format, in the order of the form.
    pub const ALL: [Self; 9] = [
        Self::Default,
        Self::Canal,
        Self::Dataworks2,
        Self::Shareplex,
        Self::DefaultExtendColumnType,
        Self::CanalFlat,
        Self::Debezium,
        Self::DebeziumFlatten,
        Self::DebeziumSmt,
    ];

    /// The form of the project file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::DefaultExtendColumnType => "default-extend-column-type",
            Self::Canal => "canal",
            Self::CanalFlat => "canal-flat",
            Self::Dataworks2 => "dataworks2",
            Self::Shareplex => "shareplex",
            Self::Debezium => "debezium",
            Self::DebeziumFlatten => "debezium-flatten",
            Self::DebeziumSmt => "debezium-smt",
        }
    }

    /// The name that people know it by, also on screens.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Default => "Default",
            Self::DefaultExtendColumnType => "DefaultExtendColumnType",
            Self::Canal => "Canal",
            Self::CanalFlat => "Canal FlatMessage",
            Self::Dataworks2 => "Dataworks 2.0",
            Self::Shareplex => "SharePlex",
            Self::Debezium => "Debezium",
            Self::DebeziumFlatten => "DebeziumFlatten",
            Self::DebeziumSmt => "DebeziumSmt",
        }
    }

    /// Reads the form of the project file.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == text)
    }
}

impl TableMapping {
    /// `database.table`.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.database, self.table)
    }
}
