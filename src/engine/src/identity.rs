//! Which row a message is: `<transaction>:<database>.<table>:<n>`.
//!
//! `n` counts the rows of that table in that transaction, from 1, whatever else
//! is followed, filtered or selected. So a row keeps its name over a change of the
//! project's tables, filters or columns, over another size of events and over a
//! fail-over. The property `TW_POS`, the message id, the read-back and the place
//! inside a transaction all use it. Knows no events and no queues.
//!
//! Invariants: two rows of a project never share a name; the same row has the
//! same name each time it is read.

use crate::planted::{self, Planted};
use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The lower bits of a message id number the rows of a table.
const NUMBER_BITS: u128 = 0xffff_ffff_ffff;

/// A table's name: a pair, because names may hold dots.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TableName {
    /// Database.
    pub database: String,
    /// Table.
    pub table: String,
}

impl TableName {
    /// Of a database's table.
    pub fn new(database: impl Into<String>, table: impl Into<String>) -> Self {
        Self { database: database.into(), table: table.into() }
    }

    /// As servers compare names: with `fold_case` in lower case.
    #[must_use]
    pub fn folded(self, fold_case: bool) -> Self {
        if fold_case { Self::new(self.database.to_lowercase(), self.table.to_lowercase()) } else { self }
    }
}

/// Which part of a change a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// Not split.
    Whole,
    /// The DELETE of a key change.
    Delete,
    /// The INSERT of a key change.
    Insert,
}

fn hash(text: &str) -> u128 {
    let digest: [u8; 32] = Sha256::digest(text).into();
    digest.first_chunk::<16>().map_or(0, |bytes| u128::from_be_bytes(*bytes))
}

/// A transaction's part of its rows' names, made once a transaction.
#[derive(Clone, Debug, Default)]
pub struct TransactionKey {
    name: String,
    hash: u128,
}

impl TransactionKey {
    /// Of a transaction of a project.
    pub fn new(project: &str, transaction: &str) -> Self {
        Self { name: transaction.to_owned(), hash: hash(&format!("{project}\u{1}{transaction}")) }
    }

    /// The transaction's own name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A table's part of its rows' names, made once a table.
#[derive(Clone, Debug)]
pub struct TableKey {
    /// `database.table` as `TW_POS` spells it.
    shown: String,
    hash: u128,
}

impl TableKey {
    /// Of a table.
    pub fn new(name: &TableName) -> Self {
        let TableName { database, table } = name;
        // Control characters end properties.
        let shown = format!("{database}.{table}")
            .chars()
            .map(|letter| if letter.is_control() { '_' } else { letter })
            .collect();
        Self { shown, hash: hash(&format!("{database}\u{1}{table}")) }
    }
}

/// A message's name.
#[derive(Clone, Copy, Debug)]
pub struct RowName<'r> {
    /// Its transaction.
    pub transaction: &'r TransactionKey,
    /// Its table.
    pub table: &'r TableKey,
    /// The number of its row among the table's rows in the transaction.
    pub number: u64,
    /// Which part of the change it is.
    pub half: Half,
}

impl RowName<'_> {
    /// The message id: what `UNIQ_KEY` spells in hex.
    #[must_use]
    pub fn id(&self) -> u128 {
        let half = match self.half {
            Half::Whole => 0,
            Half::Delete => 1,
            Half::Insert => 2,
        };
        let number = u128::from(self.number << 2 | half) & NUMBER_BITS;
        ((self.transaction.hash ^ self.table.hash) & !NUMBER_BITS) | number
    }

    /// The same row as another part of its change.
    #[must_use]
    pub fn as_half(self, half: Half) -> Self {
        Self { half, ..self }
    }

    /// Appends the name as `TW_POS` has it; the halves of a key change end in
    /// `d` and `i`.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.transaction.name.as_bytes());
        out.push(b':');
        out.extend_from_slice(self.table.shown.as_bytes());
        out.push(b':');
        crate::serialize::json::write_uint(out, self.number);
        match self.half {
            Half::Whole => {}
            Half::Delete => out.push(b'd'),
            Half::Insert => out.push(b'i'),
        }
    }
}

/// The tables that a project follows, each with its slot: its place in the list.
#[derive(Clone, Debug)]
pub struct Followed {
    names: Arc<[TableName]>,
    slots: HashMap<TableName, usize>,
    fold_case: bool,
}

impl Followed {
    /// Of the project's tables, in their order.
    pub fn new(names: impl IntoIterator<Item = TableName>, fold_case: bool) -> Self {
        let names: Arc<[TableName]> = names.into_iter().map(|name| name.folded(fold_case)).collect();
        let slots = names.iter().enumerate().map(|(slot, name)| (name.clone(), slot)).collect();
        Self { names, slots, fold_case }
    }

    /// The slot of a table; `None`: it is not followed.
    #[must_use]
    pub fn slot(&self, name: TableName) -> Option<usize> {
        self.slots.get(&name.folded(self.fold_case)).copied()
    }

    /// The names, by slot.
    #[must_use]
    pub fn names(&self) -> &[TableName] {
        &self.names
    }

    /// The name in a slot.
    #[must_use]
    pub fn name(&self, slot: usize) -> Option<&TableName> {
        self.names.get(slot)
    }
}

/// How far a table's rows in a transaction are done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRows {
    /// The table.
    #[serde(flatten)]
    pub name: TableName,
    /// Rows up to this number are done.
    pub rows: u64,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    slot: usize,
    seen: u64,
    /// Rows up to this number were done before.
    done: u64,
}

/// The rows of one transaction, counted table by table.
#[derive(Clone, Debug, Default)]
pub struct RowCounts {
    tables: Vec<Count>,
    /// Rows of all of them, and those that were done of tables no longer followed.
    total: u64,
    /// Where the newest row's table stands: the next row is most likely its.
    newest: usize,
    /// What was done of tables that are not followed now.
    beside: Vec<TableRows>,
}

impl RowCounts {
    /// Of a transaction of which some rows are done. Those of tables that are not
    /// followed now are only kept: the table may come back.
    pub fn resumed(done: &[TableRows], followed: &Followed) -> Self {
        let of = |table: &TableRows| {
            Some(Count {
                slot: followed.slot(table.name.clone())?,
                seen: 0,
                done: table.rows + u64::from(planted::is(Planted::WithinOffByOne)),
            })
        };
        let tables: Vec<Count> = done.iter().filter_map(of).collect();
        let beside = done.iter().filter(|table| followed.slot(table.name.clone()).is_none()).cloned();
        let all: u64 = done.iter().map(|table| table.rows).sum();
        Self {
            total: all - tables.iter().map(|count| count.done).sum::<u64>(),
            tables,
            newest: 0,
            beside: beside.collect(),
        }
    }

    /// Counts the next row of a table: its number, and whether it is still to do.
    pub fn next(&mut self, slot: usize) -> (u64, bool) {
        if self.tables.get(self.newest).is_none_or(|count| count.slot != slot) {
            let found = self.tables.iter().position(|count| count.slot == slot);
            self.newest = found.unwrap_or_else(|| {
                self.tables.push(Count { slot, seen: 0, done: 0 });
                self.tables.len() - 1
            });
        }
        let Some(count) = self.tables.get_mut(self.newest) else { return (0, false) };
        count.seen += 1;
        self.total += 1;
        (count.seen, count.seen > count.done)
    }

    /// How far each table is: what was done before, and every row counted since.
    pub fn done(&self, followed: &Followed) -> Vec<TableRows> {
        let of = |count: &Count| {
            Some(TableRows { name: followed.name(count.slot)?.clone(), rows: count.seen.max(count.done) })
        };
        self.tables.iter().filter_map(of).chain(self.beside.iter().cloned()).collect()
    }

    /// Number of the newest row among all rows of the transaction that the project
    /// follows. Changes with the project's tables: no name of a row.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Takes the newest row back: it was not done.
    pub fn undo(&mut self) {
        if let Some(count) = self.tables.get_mut(self.newest) {
            count.seen = count.seen.saturating_sub(1);
            self.total = self.total.saturating_sub(1);
        }
    }

    /// Whether no row was counted or done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(table: &str) -> TableName {
        TableName::new("shop", table)
    }

    #[test]
    fn a_row_keeps_its_number_whatever_else_is_followed() {
        let both = Followed::new([name("a"), name("b")], false);
        let mut counts = RowCounts::default();
        assert_eq!([0, 1, 1, 0].map(|slot| counts.next(slot)), [(1, true), (1, true), (2, true), (2, true)]);
        let done = counts.done(&both);
        let one = Followed::new([name("b")], false);
        let mut counts = RowCounts::resumed(&done, &one);
        assert_eq!([0, 0, 0].map(|slot| counts.next(slot)), [(1, false), (2, false), (3, true)]);
    }

    #[test]
    fn a_table_that_comes_back_goes_on_where_it_was() {
        let both = Followed::new([name("a"), name("b")], false);
        let done = [name("a"), name("b")].map(|name| TableRows { name, rows: 2 });
        // In the middle of the transaction: taken out, and put back.
        let without = Followed::new([name("b")], false);
        let mut counts = RowCounts::resumed(&done, &without);
        assert_eq!([0, 0, 0].map(|slot| counts.next(slot).1), [false, false, true]);
        let done = counts.done(&without);
        let mut counts = RowCounts::resumed(&done, &both);
        assert_eq!([0, 0, 0].map(|slot| counts.next(slot)), [(1, false), (2, false), (3, true)]);
        assert_eq!([1, 1, 1, 1].map(|slot| counts.next(slot).1), [false, false, false, true]);
    }

    #[test]
    fn what_was_done_is_not_forgotten_before_it_comes_again() {
        let followed = Followed::new([name("a"), name("b")], false);
        let done = vec![TableRows { name: name("b"), rows: 5 }];
        assert_eq!(RowCounts::resumed(&done, &followed).done(&followed), done);
    }

    #[test]
    fn dots_and_case_tell_tables_apart_as_the_server_does() {
        let followed = Followed::new([TableName::new("a", "b.c")], false);
        assert_eq!(followed.slot(TableName::new("a.b", "c")), None);
        assert_eq!(followed.slot(TableName::new("a", "B.c")), None);
        let folded = Followed::new([TableName::new("A", "t")], true);
        assert_eq!(folded.slot(TableName::new("a", "T")), Some(0));
        let transaction = TransactionKey::new("np_1", "uuid:7");
        let id = |database: &str, table: &str| {
            let table = TableKey::new(&TableName::new(database, table));
            RowName { transaction: &transaction, table: &table, number: 1, half: Half::Whole }.id()
        };
        assert_ne!(id("a", "b.c"), id("a.b", "c"));
    }
}
