//! Messages about one row must reach consumers in the order of the commits.

use std::collections::HashMap;

use super::{At, Fault, Known, place};
use crate::broker::BrokerState;
use crate::database::Database;
use crate::database::change::Change;
use crate::database::shape::Row;

/// The newest message about a key.
struct Newest {
    record: usize,
    at: At,
    /// The key of the row that it shows, letter by letter.
    spelling: String,
    /// The same of the key that it is remembered by, which an update may have left.
    text: String,
    /// What chose its queue, where that is not the key.
    shard: String,
}

/// Messages of a change by the change and whether the row is gone by them.
pub(super) type Times = HashMap<(At, bool), Vec<usize>>;

impl Known {
    /// Holds the order of the messages against that of the changes. Where the broker
    /// lost some that it had confirmed, what was sent after the loss stands before
    /// what takes the lost ones' place: then the last message of each counts, and
    /// order is asked for among rows of one queue only, and not of an engine that was
    /// killed after the loss: it may not have noticed it.
    pub(super) fn judge_order(&mut self, database: &Database, broker: &BrokerState, times: &Times) {
        let lossy = broker.lost_confirmed > 0;
        if lossy && self.killed_after_loss {
            return;
        }
        let queue = |record: usize| &broker.records[record].queue;
        let counts = |fault: &Fault, before: usize, record: usize| {
            !lossy || (fault.kind == "order" && queue(before) == queue(record))
        };
        let mut newest: HashMap<(usize, Option<String>), Newest> = HashMap::new();
        let names = |change: &Change| (change.shape.database.clone(), change.shape.table.clone());
        let mut tables = Vec::new();
        for (number, transaction) in database.truth.iter().enumerate() {
            for (place, change) in transaction.changes.iter().enumerate() {
                let at = (number, place);
                let table = names(change);
                let table = tables.iter().position(|known| *known == table).unwrap_or_else(|| {
                    tables.push(table);
                    tables.len() - 1
                });
                // An edit may ask for a row that comes before one that was sent already.
                if self.is_read_twice(database, at) {
                    continue;
                }
                let project = self.project_of(database, at);
                let shard = project.table(&change.shape).map_or_else(Vec::new, |table| table.shard.clone());
                for deleted in [true, false] {
                    let records = times.get(&(at, deleted));
                    let record = records.and_then(|all| if lossy { all.last() } else { all.first() });
                    let Some(record) = record else { continue };
                    let split = times.contains_key(&(at, !deleted));
                    let message = Message { change, deleted, at, record: *record, shard: &shard, split };
                    for key in message.keys() {
                        if let Some(before) = newest.get(&(table, key.clone())) {
                            let fault = message.check(&key, before, database);
                            self.faults.extend(fault.filter(|fault| counts(fault, before.record, *record)));
                        }
                        if message.holds_back(&key) {
                            let message = message.newest(&key);
                            newest.insert((table, key), message);
                        }
                    }
                }
            }
        }
    }
}

impl Known {
    /// Whether a transaction was in the log before an edit, but not done.
    fn is_read_twice(&self, database: &Database, at: At) -> bool {
        let deciding = self.deciding(database, at);
        self.epochs.iter().take(deciding).any(|epoch| epoch.seen > at.0)
    }
}

struct Message<'a> {
    change: &'a Change,
    deleted: bool,
    at: At,
    record: usize,
    shard: &'a [String],
    /// It is one half of a change of the key.
    split: bool,
}

impl Message<'_> {
    /// The row that it shows.
    fn row(&self) -> Option<&Row> {
        if self.deleted { self.change.before.as_ref() } else { self.change.after.as_ref() }
    }

    /// The keys that it is about: an update of the key is about both. Rows of a
    /// table without key are in order among those that the same values send to
    /// the same queue.
    fn keys(&self) -> Vec<Option<String>> {
        let (old, new) = (self.change.before.as_ref(), self.change.after.as_ref());
        let rows = if self.deleted { [old, None] } else { [old, new] };
        let mut keys: Vec<_> = rows.into_iter().flatten().map(|row| self.key(row)).collect();
        keys.dedup();
        keys
    }

    fn key(&self, row: &Row) -> Option<String> {
        match self.change.shape.key_of(row) {
            None if !self.shard.is_empty() => Some(self.shard_of(row)),
            key => key,
        }
    }

    fn shard_of(&self, row: &Row) -> String {
        let value = |name: &String| self.change.shape.index(name).map(|index| &row[index]);
        format!("{:?}", self.shard.iter().map(value).collect::<Vec<_>>())
    }

    /// Whether what comes next for a key has to wait for this message. The
    /// second half of a change of the key is nothing that the old key waits for,
    /// nor is the way of a row without key to another queue.
    fn holds_back(&self, key: &Option<String>) -> bool {
        let own = self.row().map(|row| self.key(row));
        let moved = self.split || self.change.shape.key.is_empty();
        !moved || own.as_ref() == Some(key)
    }

    /// A row's key, letter by letter.
    fn spelling(&self, row: &Row) -> String {
        let cell = |index: &usize| format!("{:?}", row[*index]);
        self.change.shape.key.iter().map(cell).collect::<Vec<_>>().join(", ")
    }

    fn newest(&self, key: &Option<String>) -> Newest {
        let (row, change) = (self.row(), self.change);
        let of_key = [row, change.before.as_ref(), change.after.as_ref()]
            .into_iter()
            .flatten()
            .find(|row| self.key(row) == *key);
        let text = |row: Option<&Row>| row.map_or_else(String::new, |row| self.spelling(row));
        let shard = row.map_or_else(String::new, |row| self.shard_of(row));
        Newest { record: self.record, at: self.at, spelling: text(row), text: text(of_key), shard }
    }

    fn check(&self, key: &Option<String>, before: &Newest, database: &Database) -> Option<Fault> {
        if before.record < self.record {
            return None;
        }
        let own = self.newest(key);
        // Whoever shards by other columns than the key asks for order among rows
        // of one value: a key that was freed and is taken again has two.
        let came_from = self.change.before.as_ref().or(self.change.after.as_ref())?;
        if (self.split && own.shard != before.shard) || self.shard_of(came_from) != before.shard {
            return None;
        }
        let kind = if before.at == self.at {
            "halves out of order"
        } else if before.spelling == own.spelling {
            "order"
        } else if before.text != own.text {
            // One key for the database, two texts and two queues: order is promised
            // for equal values only.
            return None;
        } else {
            "order behind a row that moved"
        };
        let shape = &self.change.shape;
        let detail = format!(
            "{}, change {}, {}.{}: message {} stands before message {} of {}, change {}; \
             {:?}, the key is {} and was {}, in {} and {}",
            place::describe(database, self.at.0),
            self.at.1,
            shape.database,
            shape.table,
            self.record,
            before.record,
            place::describe(database, before.at.0),
            before.at.1,
            self.change.kind,
            own.spelling,
            before.spelling,
            own.shard,
            before.shard,
        );
        Some(Fault { kind, detail })
    }
}
