//! Statements that change tables, as each kind of server logs them.

use std::collections::HashSet;
use std::sync::Arc;

use super::shape::{MARK, Shape};
use super::source::collation;
use super::{Database, Dialect};
use crate::bytes::event::{self, number};
use crate::random::Random;
use crate::value::{Column, Type, Value, draw};

impl Database {
    /// A statement that changes no column of any table of the model.
    pub fn harmless_ddl(&mut self, random: &mut Random, now: u64) {
        let table = random.index(self.tables.len());
        let shape = Arc::clone(&self.tables[table].shape);
        let name = self.written(&shape);
        let sql = match random.below(10) {
            0 => "CREATE TABLE `other` (`id` INT PRIMARY KEY, `a` VARCHAR(20))".to_owned(),
            1 => "ALTER TABLE `other` ADD COLUMN `b` INT".to_owned(),
            2 => "DROP TABLE IF EXISTS `other_of_them`".to_owned(),
            3 => "GRANT SELECT ON *.* TO 'somebody'@'%'".to_owned(),
            4 => "FLUSH PRIVILEGES".to_owned(),
            5 => format!("CREATE INDEX `by_mark` ON {name} (`{MARK}`)"),
            6 => format!("ALTER TABLE {name} COMMENT = 'rows of {}'", shape.table),
            7 => format!("ANALYZE TABLE {name}"),
            _ => {
                self.tables[table].rows.clear();
                self.tables[table].keys.clear();
                format!("TRUNCATE TABLE {name}")
            }
        };
        self.log_ddl(&shape.database, &sql, now);
    }

    /// A statement about something that the model knows nothing of.
    pub fn foreign_ddl(&mut self, sql: &str, now: u64) {
        self.log_ddl("shop", sql, now);
    }

    /// Changes a column of a table; those in `kept` are left alone.
    pub fn column_ddl(&mut self, random: &mut Random, table: usize, kept: &HashSet<String>, now: u64) {
        let can = self.settings.dialect.abilities();
        let old = Arc::clone(&self.tables[table].shape);
        let mut shape = (*old).clone();
        let name = self.written(&old);
        let free: Vec<usize> = (0..shape.columns.len())
            .filter(|index| {
                let column = &shape.columns[*index];
                column.name != MARK && !shape.key.contains(index) && !kept.contains(&column.name)
            })
            .collect();
        let sql = match random.below(4) {
            0 if !free.is_empty() && free.len() > 1 => {
                let index = *random.pick(&free);
                let column = shape.columns.remove(index);
                shape.key.iter_mut().for_each(|key| *key -= usize::from(*key > index));
                self.rewrite(table, |row| {
                    row.remove(index);
                });
                format!("ALTER TABLE {name} DROP COLUMN {}", quoted(&column.name))
            }
            1 if !free.is_empty() => {
                let index = *random.pick(&free);
                let fresh = fresh_name(random, &shape);
                let was = std::mem::replace(&mut shape.columns[index].name, fresh);
                format!("ALTER TABLE {name} CHANGE COLUMN {} {}", quoted(&was), definition(&shape, index))
            }
            2 if free.iter().any(|index| wider(&shape.columns[*index].kind).is_some()) => {
                let narrow: Vec<usize> =
                    free.into_iter().filter(|index| wider(&shape.columns[*index].kind).is_some()).collect();
                let index = *random.pick(&narrow);
                let column = &mut shape.columns[index];
                column.kind = wider(&column.kind).expect("it was chosen for that");
                format!("ALTER TABLE {name} MODIFY COLUMN {}", definition(&shape, index))
            }
            _ => {
                let column = Column {
                    name: fresh_name(random, &shape),
                    kind: draw::any_type(random, can),
                    nullable: true,
                };
                let index = random.index(shape.columns.len() + 1);
                let place = match index.checked_sub(1) {
                    None => "FIRST".to_owned(),
                    Some(before) => format!("AFTER {}", quoted(&shape.columns[before].name)),
                };
                shape.columns.insert(index, column);
                shape.key.iter_mut().for_each(|key| *key += usize::from(*key >= index));
                let sql = format!("ALTER TABLE {name} ADD COLUMN {} {place}", definition(&shape, index));
                self.rewrite(table, |row| row.insert(index, Value::Null));
                sql
            }
        };
        self.next_table_id += 1;
        let (id, database) = (self.next_table_id, shape.database.clone());
        (self.tables[table].id, self.tables[table].shape) = (id, Arc::new(shape));
        // One that nobody can read is still one that was carried out.
        let sql = if random.percent(10) { format!("{sql}, FROBNICATE = 1") } else { sql };
        self.log_ddl(&database, &sql, now);
        self.remember_shapes();
    }

    /// Notes what the tables look like from here on.
    pub(super) fn remember_shapes(&mut self) {
        let (file, offset) = (self.log.files.len() - 1, self.log.last().bytes.len() as u64);
        let shapes = self.tables.iter().map(|table| Arc::clone(&table.shape)).collect();
        self.shapes.push((file, offset, shapes));
    }

    /// The tables with the columns that they have always had: a project that names
    /// another one has a reason to stop at rows from before it.
    #[must_use]
    pub fn lasting_shapes(&self) -> Vec<Shape> {
        let lasting = |shape: &Shape, name: &str| {
            let of_table =
                |other: &&Arc<Shape>| other.database == shape.database && other.table == shape.table;
            self.shapes.iter().filter_map(|(_, _, shapes)| shapes.iter().find(of_table)).all(|other| {
                let kind = |shape: &Shape| {
                    shape.index(name).map(|index| std::mem::discriminant(&shape.columns[index].kind))
                };
                kind(other).is_some() && kind(other) == kind(shape)
            })
        };
        self.tables
            .iter()
            .map(|table| {
                let mut shape = (*table.shape).clone();
                shape.columns.retain(|column| lasting(&table.shape, &column.name));
                shape
            })
            .collect()
    }

    /// What a table looked like at a place of the log, as a statement that makes it.
    #[must_use]
    pub fn definition_at(&self, file: &str, offset: u64, database: &str, table: &str) -> Option<String> {
        let file = self.log.index(file)?;
        let (_, _, shapes) = self.shapes.iter().rev().find(|(at, from, _)| (*at, *from) <= (file, offset))?;
        let shape = shapes.iter().find(|shape| shape.database == database && shape.table == table)?;
        Some(format!("CREATE TABLE {} {}", quoted(table), body(shape)))
    }

    /// The rows as they are after a statement, which the log does not show.
    fn rewrite(&mut self, table: usize, change: impl Fn(&mut Vec<Value>)) {
        for row in &mut self.tables[table].rows {
            change(Arc::make_mut(row));
        }
    }

    /// The Binlog Service writes statements anew and loses the schema's name.
    pub(super) fn written(&self, shape: &Shape) -> String {
        match self.settings.dialect {
            Dialect::BinlogService => quoted(&shape.table),
            _ => format!("{}.{}", quoted(&shape.database), quoted(&shape.table)),
        }
    }

    pub(super) fn log_ddl(&mut self, database: &str, sql: &str, now: u64) {
        let commit_micros = self.commit_time(now);
        let (name, begin) = self.begin(commit_micros, true);
        let seconds = (commit_micros / 1_000_000) as u32;
        self.append(number::QUERY, seconds, &event::query(database, sql));
        self.finish(name, begin, commit_micros, Vec::new(), now);
    }
}

pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// What stands behind the name in a statement that makes a table.
pub(super) fn body(shape: &Shape) -> String {
    let mut lines: Vec<String> = (0..shape.columns.len()).map(|index| definition(shape, index)).collect();
    if !shape.key.is_empty() {
        let names: Vec<String> = shape.key.iter().map(|index| quoted(&shape.columns[*index].name)).collect();
        let kind = if shape.primary { "PRIMARY KEY" } else { "UNIQUE KEY `by_key`" };
        lines.push(format!("{kind} ({})", names.join(",")));
    }
    format!("(\n  {}\n) DEFAULT CHARSET=utf8mb4", lines.join(",\n  "))
}

/// A column as a statement defines it.
pub(super) fn definition(shape: &Shape, index: usize) -> String {
    let column = &shape.columns[index];
    let blind = shape.case_blind && shape.key.contains(&index);
    let charset = column.kind.charset().map_or_else(String::new, |charset| {
        format!(" CHARACTER SET {} COLLATE {}", charset.name(), collation(charset, blind))
    });
    let null = if column.nullable { "NULL" } else { "NOT NULL" };
    format!("{} {}{charset} {null}", quoted(&column.name), column.kind.declared())
}

pub(super) fn fresh_name(random: &mut Random, shape: &Shape) -> String {
    loop {
        let name = format!("n{}", random.below(1000));
        if shape.index(&name).is_none() {
            return name;
        }
    }
}

/// A type that holds all values of this one without changing them.
fn wider(kind: &Type) -> Option<Type> {
    match kind {
        Type::Int { bytes: 1, unsigned } => Some(Type::Int { bytes: 2, unsigned: *unsigned }),
        Type::Int { bytes: 2, unsigned } => Some(Type::Int { bytes: 4, unsigned: *unsigned }),
        Type::Int { bytes: 4, unsigned } => Some(Type::Int { bytes: 8, unsigned: *unsigned }),
        Type::VarChar { chars, charset } if *chars < 60 => {
            Some(Type::VarChar { chars: chars * 5, charset: *charset })
        }
        Type::Text { size, charset } if *size < 4 => Some(Type::Text { size: size + 1, charset: *charset }),
        Type::Blob(size) if *size < 4 => Some(Type::Blob(size + 1)),
        _ => None,
    }
}
