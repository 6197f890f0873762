//! Columns that stand in the log and in no catalogue, and columns that can't be followed.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::product::{Product, ProjectFile};
use crate::servers::{rocketmq, story};
use crate::source::Source;

/// What each message holds: the kind of change, and the row behind it or before.
async fn rows_of(topic: &str, count: i64) -> Result<Vec<Value>> {
    let mq = rocketmq().await?;
    mq.wait_for_count(topic, count, Duration::from_secs(30)).await?;
    let messages = mq.dump_topic(topic).await?;
    let row = |body: Value| {
        body["postStruct"].as_object().map_or(body["prevStruct"].clone(), |row| row.clone().into())
    };
    messages.iter().map(|message| Ok(row(serde_json::from_slice(&message.body)?))).collect()
}

/// A table with hidden columns, before and behind changes of it, with and without the log's own
/// names.
async fn hashes(metadata: &str, name: &str) -> Result<()> {
    // GIVEN unique indexes over long texts, which the server keeps as hashes in hidden columns
    let source = Source::mariadb().await?;
    let (mq, table) = (rocketmq().await?, format!("ledgers.{name}"));
    source.sql("CREATE DATABASE IF NOT EXISTS ledgers DEFAULT CHARSET utf8mb4").await?;
    source.sql(&format!("SET GLOBAL binlog_row_metadata = '{metadata}'")).await?;
    let columns = "id INT PRIMARY KEY, note TEXT UNIQUE, link VARCHAR(900) NOT NULL, \
                   size INT UNSIGNED, UNIQUE (link), UNIQUE (size) USING HASH";
    source.sql(&format!("CREATE TABLE {table} ({columns})")).await?;
    mq.create_topic(name, 1, 6).await?;
    let product = Product::start().await?;
    product.apply(&ProjectFile::new(source, mq, name, &table, name).text()).await?;
    product.project("start", name).await?;
    product.wait_streaming(name).await?;

    // WHEN rows are written, the project stops, and the indexes come and go with columns
    let write = async |id: i64| {
        source
            .sql(&format!("INSERT INTO {table} (id, note, link, size) VALUES ({id}, 'n{id}', 'l{id}', {id})"))
            .await
    };
    write(1).await?;
    source.sql(&format!("UPDATE {table} SET note = NULL WHERE id = 1")).await?;
    mq.wait_for_count(name, 2, Duration::from_secs(30)).await?;
    product.project("pause", name).await?;
    source.sql(&format!("ALTER TABLE {table} ADD more BIGINT UNSIGNED")).await?;
    write(2).await?;
    source.sql(&format!("ALTER TABLE {table} DROP INDEX note, DROP INDEX size")).await?;
    write(3).await?;
    source
        .sql(&format!("ALTER TABLE {table} ADD UNIQUE again (note, link), DROP COLUMN size, ADD size INT"))
        .await?;
    write(4).await?;
    source.sql(&format!("ALTER TABLE {table} DROP INDEX again, DROP INDEX link")).await?;
    write(5).await?;
    product.project("resume", name).await?;
    write(6).await?;
    source.sql(&format!("DELETE FROM {table} WHERE id = 4")).await?;

    // THEN each row holds its own columns, and no other
    let rows = rows_of(name, 8).await?;
    let keys = |row: &Value| row.as_object().map(|row| row.keys().cloned().collect::<Vec<_>>().join(","));
    for (row, id) in rows.iter().zip([1, 1, 2, 3, 4, 5, 6, 4]) {
        let expected = match id {
            1 => "id,link,note,size",
            _ => "id,link,more,note,size",
        };
        let mut found: Vec<String> = keys(row).context("no row")?.split(',').map(str::to_owned).collect();
        found.sort();
        ensure!(found.join(",") == expected, "{id}: {row}");
        ensure!(row["id"] == id && row["size"] == id && row["link"] == format!("l{id}"), "{id}: {row}");
    }
    ensure!(rows[0]["note"] == "n1" && rows[1]["note"].is_null() && rows[4]["note"] == "n4", "{rows:?}");
    Ok(())
}

/// A table that keeps its history, does not, and does again; with and without the log's own names.
async fn versioned(metadata: &str, name: &str) -> Result<()> {
    // GIVEN a project on a system-versioned table
    let (source, mq) = (Source::mariadb().await?, rocketmq().await?);
    let table = format!("ledgers.{name}");
    source.sql("CREATE DATABASE IF NOT EXISTS ledgers DEFAULT CHARSET utf8mb4").await?;
    source.sql(&format!("SET GLOBAL binlog_row_metadata = '{metadata}'")).await?;
    source.sql(&format!("CREATE TABLE {table} (id INT PRIMARY KEY) WITH SYSTEM VERSIONING")).await?;
    mq.create_topic(name, 1, 6).await?;
    let product = Product::start().await?;
    product.apply(&ProjectFile::new(source, mq, name, &table, name).text()).await?;

    // THEN the precheck and the start refuse it, and say what it is
    let named = |said: &str| {
        [&table, "system-versioned", "DROP SYSTEM VERSIONING"].iter().all(|word| said.contains(word))
    };
    let said = product.cli(&["project", "precheck", name]).await?;
    ensure!(!said.status.success() && named(&said.out), "{said:?}");
    let said = product.start_refused(name).await?;
    ensure!(said.contains("system-versioned"), "{said}");

    // AND WHEN it is none any more, it is followed, until it becomes one again
    source.sql(&format!("ALTER TABLE {table} DROP SYSTEM VERSIONING")).await?;
    product.project("start", name).await?;
    product.wait_streaming(name).await?;
    source.sql(&format!("INSERT INTO {table} VALUES (1)")).await?;
    mq.wait_for_count(name, 1, Duration::from_secs(30)).await?;
    source.sql(&format!("ALTER TABLE {table} ADD SYSTEM VERSIONING")).await?;
    source.sql(&format!("INSERT INTO {table} VALUES (2)")).await?;
    let stopped = product.wait_failed(name, "table_unsupported").await?.to_string();
    ensure!(named(&stopped), "{stopped}");
    ensure!(mq.dump_topic(name).await?.len() == 1, "a row of it was sent");
    Ok(())
}

#[test]
fn a_table_that_keeps_its_history_is_refused_by_name() {
    story(async {
        let outcome = async {
            versioned("NO_LOG", "history").await?;
            versioned("FULL", "historyfull").await
        };
        let outcome = outcome.await;
        Source::mariadb().await?.sql("SET GLOBAL binlog_row_metadata = NO_LOG").await?;
        outcome
    });
}

#[test]
fn hidden_columns_of_long_unique_keys_are_left_out() {
    story(async {
        let outcome = async {
            hashes("NO_LOG", "hashes").await?;
            hashes("FULL", "hashesfull").await
        };
        let outcome = outcome.await;
        Source::mariadb().await?.sql("SET GLOBAL binlog_row_metadata = NO_LOG").await?;
        outcome
    });
}
