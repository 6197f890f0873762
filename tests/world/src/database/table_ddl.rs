//! Statements after which a name stands for another table: exchanged, moved away,
//! made anew, replaced by a copy as the tools for schema changes do it.

use std::collections::HashSet;
use std::sync::Arc;

use super::ddl::{body, definition, fresh_name, quoted};
use super::shape::Shape;
use super::{Database, Dialect, Table};
use crate::random::Random;
use crate::value::{Column, Value, draw};

impl Database {
    /// One such change. `free` tells the tables of whose columns a project names none:
    /// others keep theirs.
    pub fn table_ddl(&mut self, random: &mut Random, free: &dyn Fn(&Shape) -> bool, now: u64) {
        let index = random.index(self.tables.len());
        let shape = Arc::clone(&self.tables[index].shape);
        match random.below(4) {
            0 => self.replace(random, index, now),
            _ if !free(&shape) => {}
            1 => self.exchange(random, index, free, now),
            2 => self.make_anew(random, index, now),
            _ => self.move_away(random, index, now),
        }
        self.remember_shapes();
    }

    fn full(&self, database: &str, table: &str) -> String {
        match self.settings.dialect {
            Dialect::BinlogService => quoted(table),
            _ => format!("{}.{}", quoted(database), quoted(table)),
        }
    }

    /// Two tables swap their names by way of a third.
    fn exchange(&mut self, random: &mut Random, index: usize, free: &dyn Fn(&Shape) -> bool, now: u64) {
        let one = Arc::clone(&self.tables[index].shape);
        // The service writes names without their database.
        let near =
            |shape: &Shape| self.settings.dialect != Dialect::BinlogService || shape.database == one.database;
        let fits = |other: &usize| {
            let shape = &self.tables[*other].shape;
            *other != index && free(shape) && near(shape)
        };
        let others: Vec<usize> = (0..self.tables.len()).filter(fits).collect();
        if others.is_empty() {
            return;
        }
        let other = *random.pick(&others);
        let two = Arc::clone(&self.tables[other].shape);
        let (a, b) = (self.full(&one.database, &one.table), self.full(&two.database, &two.table));
        let between = self.full(&one.database, "between");
        self.give_name(index, &two);
        self.give_name(other, &one);
        let sql = format!("RENAME TABLE {a} TO {between}, {b} TO {a}, {between} TO {b}");
        self.log_ddl(&one.database, &sql, now);
    }

    fn give_name(&mut self, index: usize, of: &Shape) {
        self.next_table_id += 1;
        let mut shape = (*self.tables[index].shape).clone();
        shape.database.clone_from(&of.database);
        shape.table.clone_from(&of.table);
        self.tables[index].shape = Arc::new(shape);
        self.tables[index].id = self.next_table_id;
    }

    /// Dropped, and made again with other columns.
    fn make_anew(&mut self, random: &mut Random, index: usize, now: u64) {
        let can = self.settings.dialect.abilities();
        let old = Arc::clone(&self.tables[index].shape);
        let name = self.full(&old.database, &old.table);
        let shape = Shape::draw(random, &old.database, &old.table, can);
        let sql = format!("CREATE TABLE {name} {}", body(&shape));
        self.next_table_id += 1;
        let id = self.next_table_id;
        self.tables[index] = Table { shape: Arc::new(shape), id, rows: Vec::new(), keys: HashSet::new() };
        self.log_ddl(&old.database, &format!("DROP TABLE {name}"), now);
        self.log_ddl(&old.database, &sql, now);
    }

    /// To another name, or back from there; another table may take the place.
    fn move_away(&mut self, random: &mut Random, index: usize, now: u64) {
        let old = Arc::clone(&self.tables[index].shape);
        let to = match old.table.strip_suffix("_old") {
            Some(before) => before.to_owned(),
            None => format!("{}_old", old.table),
        };
        if self.table(&old.database, &to).is_some() {
            return;
        }
        let moved = Shape { table: to, ..(*old).clone() };
        let (from, to) = (self.full(&old.database, &old.table), self.full(&old.database, &moved.table));
        self.give_name(index, &moved);
        if random.percent(50) {
            self.log_ddl(&old.database, &format!("ALTER TABLE {from} RENAME TO {to}"), now);
        } else {
            self.log_ddl(&old.database, &format!("RENAME TABLE {from} TO {to}"), now);
        }
        if random.percent(50) {
            self.log_ddl(&old.database, &format!("CREATE TABLE {from} LIKE {to}"), now);
            self.create((*old).clone());
        }
    }

    /// A copy gets a column and takes the table's place. The rows that are copied
    /// belong to a table that nobody follows.
    fn replace(&mut self, random: &mut Random, index: usize, now: u64) {
        let can = self.settings.dialect.abilities();
        let mut shape = (*self.tables[index].shape).clone();
        let database = shape.database.clone();
        let [name, copy, away] = ["", "_gho", "_del"].map(|end| {
            let start = if end.is_empty() { "" } else { "_" };
            self.full(&database, &format!("{start}{}{end}", shape.table))
        });
        let name_of = fresh_name(random, &shape);
        shape.columns.push(Column { name: name_of, kind: draw::any_type(random, can), nullable: true });
        let column = definition(&shape, shape.columns.len() - 1);
        self.log_ddl(&database, &format!("CREATE TABLE {copy} LIKE {name}"), now);
        self.log_ddl(&database, &format!("ALTER TABLE {copy} ADD COLUMN {column}"), now);
        self.log_ddl(&database, &format!("RENAME TABLE {name} TO {away}, {copy} TO {name}"), now);
        self.log_ddl(&database, &format!("DROP TABLE IF EXISTS {away}"), now);
        for row in &mut self.tables[index].rows {
            Arc::make_mut(row).push(Value::Null);
        }
        self.next_table_id += 1;
        self.tables[index].id = self.next_table_id;
        self.tables[index].shape = Arc::new(shape);
    }
}
