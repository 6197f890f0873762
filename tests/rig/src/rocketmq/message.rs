//! A message as RocketMQ's own Java client read it back.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer};

/// One stored message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct StoredMessage {
    pub queue: i32,
    pub offset: i64,
    /// Place in the broker's log, which all queues share: the order of arrival.
    pub commit_offset: i64,
    pub tags: Option<String>,
    pub keys: Option<String>,
    /// `UNIQ_KEY`, the id that consumers see.
    pub msg_id: String,
    pub properties: BTreeMap<String, String>,
    #[serde(deserialize_with = "base64_bytes")]
    pub body: Vec<u8>,
    pub store_timestamp: i64,
    pub born_timestamp: i64,
}

impl StoredMessage {
    /// The body as text, for formats that are JSON.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// What a queue holds: offsets `min..max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct QueueRange {
    pub queue: i32,
    pub min: i64,
    pub max: i64,
}

fn base64_bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = <&str>::deserialize(deserializer)?;
    STANDARD.decode(text).map_err(serde::de::Error::custom)
}
