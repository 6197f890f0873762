//! The last messages of each table, for people to look at.
//!
//! They are copied while a row is written into its lane, at most once a second
//! a table: at full rate that is one comparison a row, where reading the queues'
//! tails would be a request a queue at every look, and would find other
//! projects' messages. A copy is shown once its batch is confirmed, with the
//! offset that follows from the batch's own.
//!
//! Invariants: bounded in number, in bytes of one and in bytes of all; nothing of
//! it is logged or stored.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::doors::Queue;
use crate::message::{messages, property};
use crate::project::Dml;

/// Milliseconds between two copies of one table.
pub const KEEP_EVERY_MS: u64 = 1000;
/// Messages of one table.
const OF_TABLE: usize = 3;
/// Bytes of a body that are kept.
const BODY_BYTES: usize = 64 << 10;
/// Bytes of all bodies of a project.
const ALL_BYTES: usize = 4 << 20;
/// Bytes of bodies that wait for their confirmation.
const WAITING_BYTES: usize = 1 << 20;

/// A message as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptMessage {
    /// `database.table`.
    pub table: String,
    /// What happened to the row.
    pub kind: Dml,
    /// Where it went.
    pub queue: Queue,
    /// Its place there; nothing where other messages may stand between.
    pub offset: Option<i64>,
    /// When it was written, milliseconds since 1970.
    pub at_ms: u64,
    /// KEYS.
    pub keys: String,
    /// `TW_POS`.
    pub position: String,
    /// Body, or its beginning.
    pub body: Vec<u8>,
    /// Length of the whole body.
    pub length: usize,
}

impl KeptMessage {
    /// Of one message in wire form.
    pub fn of(wire: &[u8], table: &str, kind: Dml, queue: &Queue, at_ms: u64) -> Option<Self> {
        let view = messages(wire).next()?;
        let text = |name: &str| property(view.properties, name).unwrap_or_default().to_owned();
        Some(Self {
            table: table.to_owned(),
            kind,
            queue: queue.clone(),
            offset: None,
            at_ms,
            keys: text("KEYS"),
            position: text("TW_POS"),
            body: view.body.get(..BODY_BYTES).unwrap_or(view.body).to_vec(),
            length: view.body.len(),
        })
    }
}

/// The last messages of every table of a project.
#[derive(Debug, Default)]
pub struct Kept {
    tables: BTreeMap<String, VecDeque<Arc<KeptMessage>>>,
    bytes: usize,
}

impl Kept {
    /// Takes one in; the oldest of its table make room.
    pub fn push(&mut self, message: KeptMessage) {
        let of_table = self.tables.entry(message.table.clone()).or_default();
        let size = message.body.len();
        while of_table.len() >= OF_TABLE || (self.bytes + size > ALL_BYTES && !of_table.is_empty()) {
            let Some(old) = of_table.pop_front() else { break };
            self.bytes -= old.body.len();
        }
        if self.bytes + size <= ALL_BYTES {
            self.bytes += size;
            of_table.push_back(Arc::new(message));
        }
    }

    /// All of them by table, newest first within one.
    pub fn all(&self) -> Vec<Arc<KeptMessage>> {
        self.tables.values().flat_map(|table| table.iter().rev().map(Arc::clone)).collect()
    }
}

/// Copies whose batch is not confirmed yet: lane, number within the lane, copy.
#[derive(Debug, Default)]
pub struct Unconfirmed {
    waiting: Vec<(usize, u64, KeptMessage)>,
    bytes: usize,
}

impl Unconfirmed {
    /// Adds one, unless too much waits already.
    pub fn push(&mut self, lane: usize, number: u64, message: KeptMessage) {
        if self.bytes + message.body.len() <= WAITING_BYTES {
            self.bytes += message.body.len();
            self.waiting.push((lane, number, message));
        }
    }

    /// Those of a lane whose number is `after` or less have been stored, the one
    /// behind `before` at `first`.
    pub fn confirmed(&mut self, lane: usize, before: u64, after: u64, first: i64) -> Vec<KeptMessage> {
        if self.waiting.is_empty() {
            return Vec::new();
        }
        let ready = |one: &mut (usize, u64, KeptMessage)| one.0 == lane && one.1 <= after;
        let mut found = Vec::new();
        for (_, number, mut message) in self.waiting.extract_if(.., ready) {
            self.bytes -= message.body.len();
            let place = number.checked_sub(before + 1).and_then(|place| i64::try_from(place).ok());
            message.offset = place.map(|place| first.saturating_add(place));
            found.push(message);
        }
        found
    }

    /// Rows were taken back: numbers are given out anew.
    pub fn clear(&mut self) {
        self.waiting.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(table: &str, body: usize) -> KeptMessage {
        KeptMessage {
            table: table.to_owned(),
            kind: Dml::Insert,
            queue: Queue { topic: "t".into(), broker: "b".into(), id: 0 },
            offset: None,
            at_ms: 0,
            keys: String::new(),
            position: String::new(),
            body: vec![b'x'; body],
            length: body,
        }
    }

    #[test]
    fn three_of_each_table_within_the_bounds() {
        let mut kept = Kept::default();
        for size in 1..=5 {
            kept.push(message("a", size));
        }
        kept.push(message("b", 9));
        let sizes: Vec<usize> = kept.all().iter().map(|one| one.body.len()).collect();
        assert_eq!(sizes, [5, 4, 3, 9]);
        for table in 0..200 {
            kept.push(message(&format!("t{table}"), BODY_BYTES));
        }
        assert!(kept.bytes <= ALL_BYTES);
        assert_eq!(kept.bytes, kept.all().iter().map(|one| one.body.len()).sum::<usize>());
    }

    #[test]
    fn offsets_follow_from_the_batch() {
        let mut unconfirmed = Unconfirmed::default();
        for (lane, number) in [(0, 3), (0, 5), (1, 1), (0, 9)] {
            unconfirmed.push(lane, number, message("a", 1));
        }
        let found = unconfirmed.confirmed(0, 2, 6, 100);
        assert_eq!(found.iter().map(|one| one.offset).collect::<Vec<_>>(), [Some(100), Some(102)]);
        assert_eq!(unconfirmed.waiting.len(), 2);
        assert!(unconfirmed.confirmed(0, 6, 8, 104).is_empty());
        assert_eq!(unconfirmed.bytes, 2);
    }
}
