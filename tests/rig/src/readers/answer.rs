//! What the readers got out of a message.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A message as Canal's own class for it holds it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FlatMessage {
    pub id: i64,
    pub database: Option<String>,
    pub table: Option<String>,
    pub pk_names: Option<Vec<String>>,
    pub is_ddl: Option<bool>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub es: Option<i64>,
    pub ts: Option<i64>,
    pub sql: Option<String>,
    pub sql_type: Option<BTreeMap<String, i32>>,
    pub mysql_type: Option<BTreeMap<String, String>>,
    pub data: Option<Vec<Image>>,
    pub old: Option<Vec<Image>>,
    pub gtid: Option<String>,
}

/// Column to text.
pub type Image = BTreeMap<String, Option<String>>;

/// What Canal's clients and adapters get.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct FlatReading {
    /// Clients.
    pub flat: FlatMessage,
    /// Adapters.
    pub common: Value,
}

/// A row that Flink got.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FlinkRow {
    /// `+I`, `-U`, `+U` or `-D`.
    pub kind: String,
    /// Bytes in hexadecimal digits, moments as ISO text.
    pub values: Vec<Option<String>>,
}

/// What Flink made of a message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlinkReading {
    Rows(Vec<FlinkRow>),
    /// In Flink's words.
    Refused(String),
}
