//! What people write: the tables of the project file, which are also the
//! bodies of the JSON API. Shapes only; the rules are in `rules`,
//! `datasources` and `projects`.
//!
//! Invariant: a secret never shows in `Debug`, and in serialized form only
//! where an export asked for it.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What stands in place of a secret that is not shown.
pub const HIDDEN: &str = "***";

/// A typed secret.
#[derive(Clone, Debug, Default)]
pub struct SecretText {
    value: SecretString,
    reveal: bool,
}

impl SecretText {
    /// A secret that serializes as `***`.
    #[must_use]
    pub fn hidden(value: SecretString) -> Self {
        Self { value, reveal: false }
    }

    /// A secret that serializes as itself, for an export that asked for it.
    #[must_use]
    pub fn revealed(value: SecretString) -> Self {
        Self { value, reveal: true }
    }

    /// The secret.
    #[must_use]
    pub fn value(&self) -> &SecretString {
        &self.value
    }

    /// Whether it is the stand-in of an export without secrets.
    #[must_use]
    pub fn is_stand_in(&self) -> bool {
        self.value.expose_secret() == HIDDEN
    }
}

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|value| Self::hidden(value.into()))
    }
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.reveal { self.value.expose_secret() } else { HIDDEN })
    }
}

/// `[[datasource]]`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatasourceInput {
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: String,
    /// `host:port`.
    pub address: String,
    /// OceanBase tenant.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tenant: String,
    /// OceanBase cluster.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cluster: String,
    /// Account.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// Password; left out: the saved one stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretText>,
    /// File on the service's host with the password.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub password_file: String,
    /// The only database that may be chosen.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub database: String,
    /// The Binlog Service itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub binlog_address: String,
    /// RocketMQ access key.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub access_key: String,
    /// RocketMQ secret key; left out: the saved one stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_key: Option<SecretText>,
    /// RocketMQ instance name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// off, required or verify.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tls: String,
    /// PEM file of the authority.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tls_ca: String,
    /// Remark.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A start point as written: text or seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum StartInput {
    /// Seconds since 1970.
    Seconds(i64),
    /// `now`, digits, or a time with zone.
    Text(String),
}

impl Default for StartInput {
    fn default() -> Self {
        Self::Text("now".to_owned())
    }
}

/// `[[project]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the project file")]
pub struct ProjectInput {
    /// Name.
    pub name: String,
    /// Tags; those that do not exist yet are made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Data source to read.
    pub source: String,
    /// Data source to write to.
    pub target: String,
    /// Kinds of changes.
    pub dml: Vec<String>,
    /// Start point.
    pub start: StartInput,
    /// Message format.
    pub format: String,
    /// Bare numbers (Canal).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub typed_values: bool,
    /// Numbered rows of a transaction (SharePlex).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sequence_in_transaction: bool,
    /// Producer group.
    pub producer_group: String,
    /// Message trace.
    pub message_trace: bool,
    /// Dataworks business id.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub business_id: String,
    /// TAGS are this and `_tag`.
    pub message_tag: String,
    /// auto or off.
    pub batch: String,
    /// UPDATE of the key as DELETE and INSERT.
    pub split_key_change: bool,
    /// What an apply leaves behind: running or stopped; left out: as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Tables.
    pub table: Vec<TableInput>,
}

impl Default for ProjectInput {
    fn default() -> Self {
        Self {
            name: String::new(),
            tags: Vec::new(),
            source: String::new(),
            target: String::new(),
            dml: ["insert", "update", "delete"].map(str::to_owned).to_vec(),
            start: StartInput::default(),
            format: "default".to_owned(),
            typed_values: false,
            sequence_in_transaction: false,
            producer_group: "OMS".to_owned(),
            message_trace: false,
            business_id: String::new(),
            message_tag: "default".to_owned(),
            batch: "auto".to_owned(),
            split_key_change: true,
            state: None,
            table: Vec::new(),
        }
    }
}

/// `[[project.table]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TableInput {
    /// `database.table`.
    pub table: String,
    /// Topic.
    pub topic: String,
    /// Shard columns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shard_columns: Vec<String>,
    /// Selected columns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// Row filter.
    #[serde(rename = "where", skip_serializing_if = "String::is_empty")]
    pub row_filter: String,
}

/// A whole project file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileInput {
    /// Data sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub datasource: Vec<DatasourceInput>,
    /// Projects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub project: Vec<ProjectInput>,
}
