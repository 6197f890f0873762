//! A checkpoint is a saved position: everything at or before it is confirmed
//! by RocketMQ or was deliberately left out.

use serde::{Deserialize, Serialize};

use crate::identity::TableRows;

/// A place between two transactions of the source. Opaque to all but the
/// source; other modules only store and show it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Binlog file.
    pub file: String,
    /// Offset of the next event in it.
    pub offset: u64,
    /// Executed GTID set, where the source has GTIDs.
    pub gtid_set: Option<String>,
    /// Id of the last transaction before this place.
    pub last_transaction: Option<String>,
    /// Commit time of that transaction, microseconds since 1970; 0: unknown.
    pub commit_micros: u64,
    /// Set while a start by time has not reached its time yet: transactions
    /// committed before this instant (microseconds) are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_before: Option<u64>,
}

/// A transaction that was confirmed in part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Within {
    /// Id of the transaction that follows the position.
    pub transaction: String,
    /// How many leading rows of each table are confirmed.
    pub tables: Vec<TableRows>,
    /// How many messages of it were numbered, where the project numbers them.
    #[serde(default)]
    pub numbered: u64,
}

/// A place up to which everything had been confirmed before the broker lost some
/// of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// The place.
    pub position: Position,
    /// Rows of the transaction behind it that had been confirmed, too.
    pub within: Option<Within>,
}

/// What is known of one message queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueMark {
    /// Topic.
    pub topic: String,
    /// Broker name.
    pub broker: String,
    /// Queue id.
    pub queue: i32,
    /// Messages after the position can only stand from this offset on.
    pub scan_from: i64,
    /// The queue held every message below this offset.
    pub next: i64,
    /// The newest message of ours that it confirmed: another one in its place tells
    /// that the broker lost messages and filled the hole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<Witness>,
    /// While a broker's loss is made good: what stands before this offset of rows
    /// behind the position comes too early, and goes out once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early_below: Option<i64>,
}

/// A message that a queue is known to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// Its offset.
    pub offset: i64,
    /// Its id; as text, because JSON numbers are too small.
    #[serde(with = "id_text")]
    pub id: u128,
}

/// Message ids as the 32 digits that `UNIQ_KEY` has.
mod id_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(id: &u128, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{id:032X}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u128, D::Error> {
        let text = String::deserialize(from)?;
        u128::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}

/// A saved position with all that a restart needs to neither lose nor repeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Where to read on.
    pub position: Position,
    /// Rows of the next transaction that are done already.
    pub within: Option<Within>,
    /// Last `storeDataSequence` at the position.
    pub sequence: u64,
    /// Every queue of every topic, in the order that the partitioner uses.
    pub queues: Vec<QueueMark>,
    /// Newest schema version that the position knows.
    pub schema_version: u64,
    /// Set from a loss of the broker's on until the position has passed all that
    /// goes out again for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_before: Option<Confirmed>,
    /// Set when the pipeline stopped in order: nothing stands behind the marks.
    pub clean: bool,
    /// Wall clock, milliseconds since 1970.
    pub saved_at: u64,
}

/// One version of a table's columns, valid from a position on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaVersion {
    /// Rises with every new version in the project.
    pub version: u64,
    /// Database.
    pub database: String,
    /// Table.
    pub table: String,
    /// The position from which it is valid, as JSON.
    pub valid_from: Position,
    /// A [`Version`](crate::schema::version::Version) as JSON.
    pub body: String,
}
