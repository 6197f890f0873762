//! A table with every type, its changes one by one, and what SELECT shows of each.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use mysql_async::Conn;
use tidewire_rig::sql;

use crate::journal::Mark;
use crate::rules::Rule;
use crate::source::Source;
use crate::types::{self, Column};

/// Values that every reader's own types for them can hold.
const CLEAN: [(&str, Rule, &[&str]); 3] = [
    ("DATE", Rule::Clock, &["'2024-02-29'", "'1971-01-01'"]),
    ("TIME", Rule::Clock, &["'12:34:56'", "'00:00:00'"]),
    ("DATETIME(6)", Rule::Clock, &["'2024-02-29 12:34:56.123456'", "'1971-01-01 00:00:00.500000'"]),
];

/// What Canal names or prints in a way of its own.
const ODD: [(&str, Rule, &[&str]); 5] = [
    ("FLOAT(7,3)", Rule::Float, &["1234.5", "-0.001", "100"]),
    ("DOUBLE", Rule::Double, &["1e7", "9999999", "0.001", "-0.00099", "1e22", "-3.5e-10", "100"]),
    ("DECIMAL(20,9)", Rule::Decimal, &["1", "-0.5", "0.000000001"]),
    ("VARCHAR(300)", Rule::Text, &["REPEAT('中', 300)", "'\\0\\b\\Z/'", "'x'"]),
    ("CHAR(200)", Rule::Text, &["REPEAT('中', 200)", "'y'"]),
];

/// The OceanBase rig's SQL engine knows no such function, and leaves ZEROFILL out of DESC, which Canal falls
/// back to where it can't read the table's definition.
const NOT_OCEANBASE: [(&str, Rule, &[&str]); 2] = [
    ("POINT", Rule::Bytes, &["GeomFromText('POINT(1 2)')", "GeomFromText('POINT(-1.5 300)')"]),
    ("INT(5) UNSIGNED ZEROFILL", Rule::Number, &["7", "4294967295"]),
];

/// What SELECT shows of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// By [`Rule::expression`].
    pub(crate) text: Option<String>,
    /// The number of an ENUM or SET, the local time of a TIMESTAMP.
    pub(crate) other: Option<String>,
}

pub(crate) type Row = Vec<Shown>;

type Key = (String, i64);

#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) before: Option<Row>,
    pub(crate) after: Option<Row>,
}

pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    /// A place in the log before the changes.
    pub(crate) from: Mark,
    session: Conn,
    /// By key, in its order.
    rows: BTreeMap<Key, Row>,
    changes: Vec<Change>,
}

/// Whether the column is one of [`CLEAN`].
pub(crate) fn is_clean(column: &Column) -> bool {
    column.name.starts_with("clean")
}

impl Table {
    pub(crate) async fn create(source: Source, name: &str) -> Result<Self> {
        source.sql("CREATE DATABASE IF NOT EXISTS ledgers DEFAULT CHARSET utf8mb4").await?;
        let mut columns = types::columns(source);
        let more = if matches!(source, Source::OceanBase(_)) { &[] } else { &NOT_OCEANBASE[..] };
        for (group, types) in [("clean", &CLEAN[..]), ("odd", &ODD), ("more", more)] {
            columns.extend(types.iter().enumerate().map(|(index, (sql_type, rule, values))| Column {
                name: format!("{group}{index}"),
                sql_type,
                rule: *rule,
                values,
            }));
        }
        let declared: Vec<String> =
            columns.iter().map(|column| format!("`{}` {}", column.name, column.sql_type)).collect();
        let create = format!(
            "CREATE TABLE ledgers.{name} (id INT NOT NULL, {}, part VARCHAR(9) NOT NULL DEFAULT 'p', \
             PRIMARY KEY (part, id)) DEFAULT CHARSET utf8mb4",
            declared.join(", ")
        );
        source.sql(&create).await?;
        let mut session = source.connect().await?;
        sql::run(&mut session, &["SET sql_mode = ''", "SET time_zone = '+08:00'"]).await?;
        Ok(Self {
            name: name.to_owned(),
            columns,
            from: Mark::of_service(source).await?,
            session,
            rows: BTreeMap::new(),
            changes: Vec::new(),
        })
    }

    pub(crate) fn full_name(&self) -> String {
        format!("ledgers.{}", self.name)
    }

    /// Makes every kind of change.
    pub(crate) async fn work(&mut self) -> Result<Vec<Change>> {
        let table = self.full_name();
        let count = self.columns.iter().map(|column| column.values.len()).max().unwrap_or(0);
        for row in 0..count {
            let (names, values) = (self.names(), self.values(row).join(", "));
            self.run(&format!("INSERT INTO {table} (id, {names}) VALUES ({row}, {values})")).await?;
        }
        self.run(&format!("INSERT INTO {table} (id) VALUES (100)")).await?;
        for row in 0..count {
            let set = self.set(row + 1);
            self.run(&format!("UPDATE {table} SET {set} WHERE id = {row}")).await?;
        }
        // From NULL to values and back; nothing at all; a new key, alone and with a value.
        let (set, unset) = (self.set(0), self.unset());
        self.run(&format!("UPDATE {table} SET {set} WHERE id = 100")).await?;
        self.run(&format!("UPDATE {table} SET {unset} WHERE id = 100")).await?;
        self.run(&format!("UPDATE {table} SET id = id, c0 = c0 WHERE id = 1")).await?;
        self.rekey(("p", 100), ("q", 101), "").await?;
        self.rekey(("q", 101), ("q", 102), ", c0 = 5").await?;
        // Several rows in one statement.
        self.run(&format!("INSERT INTO {table} (id, c0) VALUES (200, 1), (201, 2), (202, 3)")).await?;
        self.run(&format!("UPDATE {table} SET c0 = IF(id = 201, c0, 9), c7 = id WHERE id >= 200")).await?;
        self.run(&format!("UPDATE {table} SET c0 = IF(id = 200, 8, c0), c3 = IF(id = 202, 4, c3)")).await?;
        self.run(&format!("DELETE FROM {table} WHERE id = 1")).await?;
        self.run(&format!("DELETE FROM {table}")).await?;
        Ok(std::mem::take(&mut self.changes))
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        names.join(", ")
    }

    fn values(&self, row: usize) -> Vec<&'static str> {
        self.columns.iter().map(|column| column.values[row % column.values.len()]).collect()
    }

    fn set(&self, row: usize) -> String {
        let pairs = self.columns.iter().zip(self.values(row));
        let sets: Vec<String> = pairs.map(|(column, value)| format!("{} = {value}", column.name)).collect();
        sets.join(", ")
    }

    fn unset(&self) -> String {
        let sets: Vec<String> = self.columns.iter().map(|column| format!("{} = NULL", column.name)).collect();
        sets.join(", ")
    }

    /// Runs a statement and notes what it changed; rows change in the order of their keys.
    async fn run(&mut self, statement: &str) -> Result<()> {
        sql::run(&mut self.session, &[statement]).await?;
        let rows = self.select().await?;
        let keys: BTreeSet<&Key> = self.rows.keys().chain(rows.keys()).collect();
        for key in keys {
            let (before, after) = (self.rows.get(key).cloned(), rows.get(key).cloned());
            if before != after {
                self.changes.push(Change { before, after });
            }
        }
        self.rows = rows;
        Ok(())
    }

    async fn rekey(&mut self, old: (&str, i64), new: (&str, i64), set: &str) -> Result<()> {
        let statement = format!(
            "UPDATE {} SET part = '{}', id = {}{set} WHERE id = {}",
            self.full_name(),
            new.0,
            new.1,
            old.1
        );
        sql::run(&mut self.session, &[&statement]).await?;
        let rows = self.select().await?;
        let key = |(part, id): (&str, i64)| (part.to_owned(), id);
        let (before, after) = (self.rows.remove(&key(old)), rows.get(&key(new)).cloned());
        self.changes.push(Change { before, after });
        self.rows = rows;
        Ok(())
    }

    async fn select(&mut self) -> Result<BTreeMap<Key, Row>> {
        let expressions: Vec<String> = self
            .columns
            .iter()
            .map(|Column { name, sql_type, rule, .. }| {
                let other = match rule {
                    Rule::Timestamp => name.clone(),
                    Rule::Text if is_label(sql_type) => format!("{name} + 0"),
                    _ => "NULL".to_owned(),
                };
                format!("{}, {other}", rule.expression(name))
            })
            .collect();
        let select = format!("SELECT part, id, {} FROM {}", expressions.join(", "), self.full_name());
        let rows = sql::rows(&mut self.session, &select).await?;
        rows.into_iter()
            .map(|row| {
                let part = row[0].clone().context("no part")?;
                let id = row[1].as_deref().context("no id")?.parse()?;
                let cells = row[2..].chunks(2);
                let cells = cells.map(|cell| Shown { text: cell[0].clone(), other: cell[1].clone() });
                Ok(((part, id), cells.collect()))
            })
            .collect()
    }
}

/// ENUM and SET.
pub(crate) fn is_label(sql_type: &str) -> bool {
    sql_type.starts_with("ENUM") || sql_type.starts_with("SET")
}
