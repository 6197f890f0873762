//! Row changes, drawn against the rows that a table holds.

use std::sync::Arc;

use super::Database;
use super::shape::{MARK, Row, Shape, new_row};
use crate::bytes::table::Kind;
use crate::random::Random;
use crate::value::{Value, draw};

/// A change of one row.
#[derive(Clone, Debug)]
pub struct Change {
    /// The table as it was.
    pub shape: Arc<Shape>,
    /// What happened.
    pub kind: Kind,
    /// The row before, unless inserted.
    pub before: Option<Row>,
    /// The row after, unless deleted.
    pub after: Option<Row>,
}

/// The changes of one statement: of one table and one kind.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Index of the table.
    pub table: usize,
    /// Its changes.
    pub changes: Vec<Change>,
}

impl Database {
    /// Draws a statement that changes up to `rows` rows, and carries it out.
    /// Nothing when there was nothing to change.
    pub fn statement(&mut self, random: &mut Random, table: usize, rows: usize) -> Option<Statement> {
        let held = self.tables[table].rows.len();
        let kind = match random.below(10) {
            _ if held == 0 => Kind::Insert,
            0..=3 => Kind::Insert,
            4..=7 => Kind::Update,
            _ => Kind::Delete,
        };
        let mut changes = Vec::new();
        for _ in 0..rows {
            let change = match kind {
                Kind::Insert => self.insert(random, table),
                Kind::Update => self.update(random, table),
                Kind::Delete => self.delete(random, table),
            };
            changes.extend(change);
        }
        (!changes.is_empty()).then_some(Statement { table, changes })
    }

    /// Inserts a row that somebody made; only its mark is given here.
    ///
    /// # Panics
    /// When the row has no place for the mark.
    pub fn insert_row(&mut self, table: usize, mut row: Vec<Value>) -> Change {
        let shape = Arc::clone(&self.tables[table].shape);
        row[shape.index(MARK).expect("every table has it")] = Value::Int(self.mark());
        let row = Arc::new(row);
        self.tables[table].keys.extend(shape.key_of(&row));
        self.tables[table].rows.push(Arc::clone(&row));
        Change { shape, kind: Kind::Insert, before: None, after: Some(row) }
    }

    /// Changes the newest row of a table to one that somebody made.
    ///
    /// # Panics
    /// When there is no row, or none has a place for the mark.
    pub fn update_newest(&mut self, table: usize, mut row: Vec<Value>) -> Change {
        let shape = Arc::clone(&self.tables[table].shape);
        row[shape.index(MARK).expect("every table has it")] = Value::Int(self.mark());
        let after = Arc::new(row);
        let newest = self.tables[table].rows.last_mut().expect("the table has a row");
        let before = std::mem::replace(newest, Arc::clone(&after));
        Change { shape, kind: Kind::Update, before: Some(before), after: Some(after) }
    }

    fn insert(&mut self, random: &mut Random, table: usize) -> Option<Change> {
        let can = self.settings.dialect.abilities();
        let shape = Arc::clone(&self.tables[table].shape);
        let mut row = new_row(random, &shape, can);
        for _ in 0..20 {
            let key = shape.key_of(&row);
            if key.as_ref().is_none_or(|key| !self.tables[table].keys.contains(key)) {
                row[shape.index(MARK)?] = Value::Int(self.mark());
                let row = Arc::new(row);
                self.tables[table].rows.push(Arc::clone(&row));
                self.tables[table].keys.extend(key);
                return Some(Change { shape, kind: Kind::Insert, before: None, after: Some(row) });
            }
            for index in &shape.key {
                row[*index] = draw::value(random, &shape.columns[*index].kind, can);
            }
        }
        None
    }

    fn update(&mut self, random: &mut Random, table: usize) -> Option<Change> {
        let can = self.settings.dialect.abilities();
        let shape = Arc::clone(&self.tables[table].shape);
        let held = self.tables[table].rows.len();
        if held == 0 {
            return None;
        }
        let place = random.index(held);
        let before = Arc::clone(&self.tables[table].rows[place]);
        let mut after = (*before).clone();
        for _ in 0..random.range(1..=3) {
            let index = random.index(after.len());
            if !shape.key.contains(&index) {
                let column = &shape.columns[index];
                after[index] = if column.nullable && random.percent(20) {
                    Value::Null
                } else {
                    draw::value(random, &column.kind, can)
                };
            }
        }
        if !shape.key.is_empty() && random.percent(20) {
            self.change_key(random, table, &before, &mut after);
        }
        after[shape.index(MARK)?] = Value::Int(self.mark());
        let after = Arc::new(after);
        let target = &mut self.tables[table];
        if let (Some(old), Some(new)) = (shape.key_of(&before), shape.key_of(&after)) {
            target.keys.remove(&old);
            target.keys.insert(new);
        }
        target.rows[place] = Arc::clone(&after);
        Some(Change { shape, kind: Kind::Update, before: Some(before), after: Some(after) })
    }

    /// Another key, or the same one in other letters; left alone when taken.
    fn change_key(&mut self, random: &mut Random, table: usize, before: &Row, after: &mut [Value]) {
        let can = self.settings.dialect.abilities();
        let shape = Arc::clone(&self.tables[table].shape);
        let index = *random.pick(&shape.key);
        let old = after[index].clone();
        after[index] = match &old {
            Value::Text(text) if random.percent(40) => Value::Text(text.to_ascii_uppercase()),
            _ => draw::value(random, &shape.columns[index].kind, can),
        };
        let (was, is) = (shape.key_of(before), shape.key_of(after));
        if was != is && is.is_some_and(|key| self.tables[table].keys.contains(&key)) {
            after[index] = old;
        }
    }

    fn delete(&mut self, random: &mut Random, table: usize) -> Option<Change> {
        let target = &mut self.tables[table];
        if target.rows.is_empty() {
            return None;
        }
        let place = random.index(target.rows.len());
        let before = target.rows.swap_remove(place);
        let shape = Arc::clone(&target.shape);
        if let Some(key) = shape.key_of(&before) {
            target.keys.remove(&key);
        }
        Some(Change { shape, kind: Kind::Delete, before: Some(before), after: None })
    }
}
