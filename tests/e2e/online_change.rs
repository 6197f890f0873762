//! Tables that tools change while applications write: the statements of gh-ost and of
//! pt-online-schema-change in their order, and a row of ALTERs. Every row is right, none is lost or
//! repeated.
//!
//! Columns besides `id` and `a` hold the number in their own name, so a value under a wrong name shows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use mysql_async::prelude::Queryable;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::product::{Product, ProjectFile};
use crate::servers::{rocketmq, story};
use crate::source::Source;

/// What the application did to a row: its key, and `a` before and behind.
#[derive(Debug, PartialEq)]
struct Change {
    id: i64,
    before: Option<i64>,
    after: Option<i64>,
}

/// An application that writes until it is told to stop.
struct Writer {
    stop: Arc<AtomicBool>,
    /// Held for each statement; whoever else holds it has the table for himself.
    table: Arc<Mutex<()>>,
    task: tokio::task::JoinHandle<Result<Vec<Change>>>,
}

impl Writer {
    async fn start(source: Source, table: &str) -> Result<Self> {
        let (stop, lock) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(())));
        let (name, told, held) = (table.to_owned(), Arc::clone(&stop), Arc::clone(&lock));
        let mut conn = source.connect().await?;
        let task = tokio::spawn(async move {
            let (mut rows, mut changes) = (BTreeMap::new(), Vec::new());
            for number in 1_i64.. {
                if told.load(Ordering::Relaxed) {
                    break;
                }
                let _mine = held.lock().await;
                let old = rows.keys().copied().nth(usize::try_from(number / 3 % 7)?);
                let (sql, change) = match (number % 5, old) {
                    (3, Some(id)) => {
                        let change = Change { id, before: rows.insert(id, number), after: Some(number) };
                        (format!("UPDATE {name} SET a = {number} WHERE id = {id}"), change)
                    }
                    (4, Some(id)) => {
                        let change = Change { id, before: rows.remove(&id), after: None };
                        (format!("DELETE FROM {name} WHERE id = {id}"), change)
                    }
                    _ => {
                        let change =
                            Change { id: number, before: rows.insert(number, number), after: Some(number) };
                        (format!("INSERT INTO {name} (id, a) VALUES ({number}, {number})"), change)
                    }
                };
                conn.query_drop(&sql).await.with_context(|| sql.clone())?;
                changes.push(change);
            }
            conn.disconnect().await?;
            Ok(changes)
        });
        Ok(Self { stop, table: lock, task })
    }

    async fn stop(self) -> Result<Vec<Change>> {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await?
    }
}

/// The columns that a table can have, in the order in which it gets them.
struct Shapes {
    all: Vec<Vec<String>>,
    at: usize,
}

impl Shapes {
    fn new(first: &[&str]) -> Self {
        Self { all: vec![sorted(first.iter().copied())], at: 0 }
    }

    /// Takes an image's columns, which are those of now or of a later shape, and gives its id and `a`.
    fn read(&mut self, image: &Value) -> Result<(i64, i64)> {
        let row = image.as_object().context("no row")?;
        let columns = sorted(row.keys().map(String::as_str));
        let later = self.all.iter().skip(self.at).position(|shape| *shape == columns);
        self.at += later.with_context(|| format!("{image} after {:?}", self.all.get(self.at)))?;
        for (name, value) in row.iter().filter(|(name, _)| !matches!(name.as_str(), "id" | "a")) {
            ensure!(value.as_i64() == name[1..].parse().ok(), "{image}");
        }
        Ok((row["id"].as_i64().context("no id")?, row["a"].as_i64().context("no a")?))
    }
}

fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort();
    names
}

/// A table that is followed and written to while `work` changes it.
async fn under_load(
    source: Source,
    name: &str,
    work: impl AsyncFnOnce(&str, &Writer, &mut Shapes) -> Result<()>,
) -> Result<()> {
    // GIVEN a project, and an application that writes
    let (mq, name) = (rocketmq().await?, format!("{name}{}", source.name()));
    let table = format!("ledgers.{name}");
    source.sql("CREATE DATABASE IF NOT EXISTS ledgers DEFAULT CHARSET utf8mb4").await?;
    source.sql(&format!("CREATE TABLE {table} (id INT PRIMARY KEY, a INT)")).await?;
    mq.create_topic(&name, 1, 6).await?;
    let product = Product::start().await?;
    product.apply(&ProjectFile::new(source, mq, &name, &table, &name).text()).await?;
    product.project("start", &name).await?;
    product.wait_streaming(&name).await?;
    let writer = Writer::start(source, &table).await?;
    mq.wait_for_count(&name, 20, Duration::from_secs(30)).await?;

    // WHEN the table is changed meanwhile
    let mut shapes = Shapes::new(&["id", "a"]);
    work(&table, &writer, &mut shapes).await?;
    let soon = i64::try_from(mq.dump_topic(&name).await?.len())? + 20;
    mq.wait_for_count(&name, soon, Duration::from_secs(30)).await.with_context(|| product.log())?;
    let changes = writer.stop().await?;

    // THEN each change arrives once, in order, with the columns of its time
    mq.wait_for_count(&name, i64::try_from(changes.len())?, Duration::from_mins(1)).await?;
    let messages = mq.dump_topic(&name).await?;
    println!("{name}: {} changes, {} shapes", changes.len(), shapes.all.len());
    for (message, change) in messages.iter().zip(&changes) {
        let body: Value = serde_json::from_slice(&message.body)?;
        let mut image = |side: &str| {
            Some(&body[side]).filter(|image| image.is_object()).map(|image| shapes.read(image)).transpose()
        };
        let (before, after) = (image("prevStruct")?, image("postStruct")?);
        let id = after.or(before).context("no image")?.0;
        let found = Change { id, before: before.map(|row| row.1), after: after.map(|row| row.1) };
        ensure!(found == *change, "{found:?} instead of {change:?}");
    }
    ensure!(messages.len() == changes.len(), "{} messages of {} changes", messages.len(), changes.len());
    ensure!(shapes.at + 1 == shapes.all.len(), "the last shape was never seen");
    Ok(())
}

/// Copies what the table holds in pieces, as the tools do.
async fn copy(source: Source, from: &str, to: &str) -> Result<()> {
    for piece in 0..5 {
        source
            .sql(&format!("INSERT IGNORE INTO {to} (id, a) SELECT id, a FROM {from} WHERE id % 5 = {piece}"))
            .await?;
    }
    Ok(())
}

async fn gh_ost(source: Source) -> Result<()> {
    under_load(source, "ghost", async |table, writer, shapes| {
        let (ghost, old) = (format!("{table}_gho"), format!("{table}_del"));
        source.sql(&format!("CREATE TABLE {ghost} LIKE {table}")).await?;
        source.sql(&format!("ALTER TABLE {ghost} ADD COLUMN c1 INT NOT NULL DEFAULT 1 AFTER id")).await?;
        shapes.all.push(sorted(["id", "c1", "a"].into_iter()));
        copy(source, table, &ghost).await?;
        // The tool has read the log up to here, and locks the table for the last of it.
        let locked = writer.table.lock().await;
        source.sql(&format!("DELETE FROM {ghost}")).await?;
        copy(source, table, &ghost).await?;
        source.sql(&format!("RENAME TABLE {table} TO {old}, {ghost} TO {table}")).await?;
        drop(locked);
        source.sql(&format!("DROP TABLE {old}")).await?;
        Ok(())
    })
    .await
}

async fn pt_online_schema_change(source: Source) -> Result<()> {
    under_load(source, "ptosc", async |table, _, shapes| {
        let (new, old) = (format!("{table}_new"), format!("{table}_old"));
        source.sql(&format!("CREATE TABLE {new} LIKE {table}")).await?;
        source.sql(&format!("ALTER TABLE {new} ADD COLUMN c1 INT NOT NULL DEFAULT 1 AFTER id")).await?;
        shapes.all.push(sorted(["id", "c1", "a"].into_iter()));
        let replace = format!("REPLACE INTO {new} (id, a) VALUES (NEW.id, NEW.a)");
        for (event, what) in [
            ("DELETE", format!("DELETE IGNORE FROM {new} WHERE {new}.id <=> OLD.id")),
            ("UPDATE", replace.clone()),
            ("INSERT", replace),
        ] {
            let trigger = format!("{table}_{event}");
            source
                .sql(&format!("CREATE TRIGGER {trigger} AFTER {event} ON {table} FOR EACH ROW {what}"))
                .await?;
        }
        copy(source, table, &new).await?;
        source.sql(&format!("RENAME TABLE {table} TO {old}, {new} TO {table}")).await?;
        for event in ["DELETE", "UPDATE", "INSERT"] {
            source.sql(&format!("DROP TRIGGER IF EXISTS {table}_{event}")).await?;
        }
        source.sql(&format!("DROP TABLE {old}")).await?;
        Ok(())
    })
    .await
}

async fn many_alters(source: Source) -> Result<()> {
    under_load(source, "alters", async |table, _, shapes| {
        let mut more: Vec<String> = Vec::new();
        for number in 1..=20 {
            let clause = match number % 4 {
                0 => {
                    let old = more.pop().context("no column")?;
                    let new = format!("d{}", &old[1..]);
                    more.push(new.clone());
                    format!("CHANGE COLUMN {old} {new} INT NOT NULL DEFAULT {}", &old[1..])
                }
                3 => format!("DROP COLUMN {}", more.remove(0)),
                _ => {
                    more.push(format!("c{number}"));
                    format!("ADD COLUMN c{number} INT NOT NULL DEFAULT {number} AFTER id")
                }
            };
            source.sql(&format!("ALTER TABLE {table} {clause}")).await?;
            shapes.all.push(sorted(["id", "a"].into_iter().chain(more.iter().map(String::as_str))));
        }
        Ok(())
    })
    .await
}

#[test]
fn a_table_that_gh_ost_changes() {
    story(async {
        gh_ost(Source::mysql().await?).await?;
        gh_ost(Source::mariadb().await?).await?;
        gh_ost(Source::oceanbase().await?).await
    });
}

#[test]
fn a_table_that_pt_online_schema_change_changes() {
    story(async {
        pt_online_schema_change(Source::mysql().await?).await?;
        pt_online_schema_change(Source::mariadb().await?).await
    });
}

#[test]
fn twenty_alters_in_a_row() {
    story(async {
        many_alters(Source::mysql().await?).await?;
        many_alters(Source::mariadb().await?).await?;
        many_alters(Source::oceanbase().await?).await
    });
}
