//! What stands in the log and never happened, or happened and does not stand there.

use std::time::Duration;

use anyhow::{Result, ensure};
use mysql_async::prelude::Queryable;
use serde_json::Value;

use crate::product::{Product, ProjectFile};
use crate::servers::{rocketmq, story};
use crate::source::Source;
use crate::workload::create_ledger;

/// A project that follows a ledger of its own into a topic of one queue.
async fn following(source: Source, name: &str) -> Result<(Product, String)> {
    let mq = rocketmq().await?;
    let table = format!("ledgers.{name}");
    create_ledger(source, &table).await?;
    mq.create_topic(name, 1, 6).await?;
    let product = Product::start().await?;
    product.apply(&ProjectFile::new(source, mq, name, &table, name).text()).await?;
    product.project("start", name).await?;
    product.wait_streaming(name).await?;
    Ok((product, table))
}

#[test]
fn rolled_back_rows_are_not_delivered() {
    story(async {
        // GIVEN a project on MariaDB
        let (source, mq) = (Source::mariadb().await?, rocketmq().await?);
        let (_product, table) = following(source, "undone").await?;

        // WHEN transactions are undone that the server logs all the same, because of a temporary table
        let mut conn = source.connect().await?;
        for statement in [
            "BEGIN",
            &format!("INSERT INTO {table} VALUES (100, 1, 'undone')"),
            "DROP TEMPORARY TABLE IF EXISTS ledgers.zz",
            "ROLLBACK",
            "BEGIN",
            &format!("INSERT INTO {table} VALUES (1, 1, 'kept')"),
            "SAVEPOINT here",
            &format!("INSERT INTO {table} VALUES (101, 1, 'undone')"),
            "DROP TEMPORARY TABLE IF EXISTS ledgers.zz",
            "ROLLBACK TO here",
            &format!("INSERT INTO {table} VALUES (2, 1, 'kept')"),
            "COMMIT",
        ] {
            conn.query_drop(statement).await?;
        }
        conn.disconnect().await?;

        // THEN only what SELECT shows is delivered
        mq.wait_for_count("undone", 2, Duration::from_secs(30)).await?;
        source.sql(&format!("INSERT INTO {table} VALUES (3, 1, 'last')")).await?;
        mq.wait_for_count("undone", 3, Duration::from_secs(30)).await?;
        let mut ids = Vec::new();
        for message in mq.dump_topic("undone").await? {
            let body: Value = serde_json::from_slice(&message.body)?;
            ids.push(body["postStruct"]["id"].as_i64());
        }
        ensure!(ids == [Some(1), Some(2), Some(3)], "{ids:?}");
        Ok(())
    });
}

#[test]
fn undone_rows_are_not_delivered_whatever_their_number() {
    story(async {
        // GIVEN a project on MariaDB, and transactions that are larger than its memory
        let (source, mq) = (Source::mariadb().await?, rocketmq().await?);
        let (product, table) = following(source, "undonelarge").await?;
        let fill = |from: u32, count: u32| {
            format!(
                "INSERT INTO {table} SELECT seq, 1, REPEAT('x', 200) FROM seq_{from}_to_{}",
                from + count - 1
            )
        };
        let logged = "DROP TEMPORARY TABLE IF EXISTS ledgers.zz";

        // WHEN one is undone in whole, and one in part
        let mut conn = source.connect().await?;
        for statement in [
            "USE ledgers",
            "BEGIN",
            &fill(100_001, 30_000),
            logged,
            "ROLLBACK",
            "BEGIN",
            &fill(1, 3_000),
            "SAVEPOINT a",
            &fill(200_001, 3_000),
            "SAVEPOINT b",
            &fill(300_001, 20_000),
            logged,
            "ROLLBACK TO B",
            &fill(400_001, 3_000),
            logged,
            "ROLLBACK TO a",
            &fill(3_001, 20_000),
            "COMMIT",
        ] {
            conn.query_drop(statement).await?;
        }
        conn.disconnect().await?;

        // THEN only what SELECT shows is delivered, and nothing had to be said
        mq.wait_for_count("undonelarge", 23_000, Duration::from_mins(2)).await?;
        source.sql(&format!("INSERT INTO {table} VALUES (50000, 1, 'last')")).await?;
        mq.wait_for_count("undonelarge", 23_001, Duration::from_secs(30)).await?;
        let mut ids = Vec::new();
        for message in mq.dump_topic("undonelarge").await? {
            let body: Value = serde_json::from_slice(&message.body)?;
            ids.push(body["postStruct"]["id"].as_i64().unwrap_or_default());
        }
        let expected: Vec<i64> = (1..=23_000).chain([50_000]).collect();
        ensure!(
            ids == expected,
            "{} rows, {:?}",
            ids.len(),
            ids.iter().zip(&expected).find(|(id, other)| id != other)
        );
        let status = product.status("undonelarge").await?.to_string();
        ensure!(!status.contains("undid rows"), "{status}");
        Ok(())
    });
}

async fn distributed(source: Source) -> Result<()> {
    // GIVEN a project, and an XA transaction elsewhere that is open when it starts
    let name = format!("xa{}", source.name());
    source.sql("CREATE DATABASE IF NOT EXISTS ledgers DEFAULT CHARSET utf8mb4").await?;
    source.sql("CREATE TABLE IF NOT EXISTS ledgers.not_followed (id INT PRIMARY KEY)").await?;
    let (product, table) = following(source, &name).await?;
    let mut conn = source.connect().await?;

    // WHEN XA transactions of every end change another table, and one commits in one phase here
    for (id, end) in [(21, "XA COMMIT 'b', 'c', 7"), (22, "XA ROLLBACK 'b', 'c', 7")] {
        for statement in [
            "XA START 'b', 'c', 7",
            &format!("INSERT INTO ledgers.not_followed VALUES ({id})"),
            "XA END 'b', 'c', 7",
            "XA PREPARE 'b', 'c', 7",
            end,
        ] {
            conn.query_drop(statement).await?;
        }
        source.sql(&format!("INSERT INTO {table} VALUES ({id}, 1, 'row')")).await?;
    }

    // THEN nothing happens to the project
    let mq = rocketmq().await?;
    mq.wait_for_count(&name, 2, Duration::from_secs(30)).await?;
    ensure!(product.status(&name).await?["state"] == "running", "{}", product.status(&name).await?);

    // AND WHEN one changes the followed table
    let rows = [
        "XA START 'd'",
        &format!("INSERT INTO {table} VALUES (31, 1, 'prepared')"),
        "XA END 'd'",
        "XA PREPARE 'd'",
    ];
    for statement in rows {
        conn.query_drop(statement).await?;
    }
    source.sql(&format!("INSERT INTO {table} VALUES (32, 1, 'between')")).await.ok();
    conn.query_drop("XA COMMIT 'd'").await?;
    conn.disconnect().await?;

    // THEN its rows come with its end, or the project stops and names the table; in no case earlier
    if matches!(source, Source::Mysql(_)) {
        mq.wait_for_count(&name, 4, Duration::from_secs(30)).await?;
    } else {
        let error = product.wait_failed(&name, "xa_transaction").await?.to_string();
        ensure!(error.contains(&table), "{error}");
        ensure!(mq.dump_topic(&name).await?.len() == 2, "a row has left");
    }
    Ok(())
}

#[test]
fn xa_transactions_stop_a_project_only_where_they_change_its_tables() {
    story(async {
        distributed(Source::mysql().await?).await?;
        distributed(Source::mariadb().await?).await
    });
}

#[test]
fn what_was_prepared_before_the_start_is_told() {
    story(async {
        // GIVEN a transaction that is prepared when a project begins
        let source = Source::mariadb().await?;
        create_ledger(source, "ledgers.before").await?;
        let mut conn = source.connect().await?;
        for statement in [
            "XA START 'early'",
            "INSERT INTO ledgers.before VALUES (1, 1, 'x')",
            "XA END 'early'",
            "XA PREPARE 'early'",
        ] {
            conn.query_drop(statement).await?;
        }
        let mq = rocketmq().await?;
        mq.create_topic("before", 1, 6).await?;
        let product = Product::start().await?;
        product.apply(&ProjectFile::new(source, mq, "before", "ledgers.before", "before").text()).await?;
        product.project("start", "before").await?;
        product.wait_streaming("before").await?;

        // WHEN it commits THEN the project says that its rows are missing
        conn.query_drop("XA COMMIT 'early'").await?;
        conn.disconnect().await?;
        let told = |status: &Value| status.to_string().contains("prepared before reading began");
        product.wait_for("before", Duration::from_secs(30), told).await?;
        Ok(())
    });
}

async fn logged_as_statement(source: Source) -> Result<()> {
    // GIVEN a project, and a session that logs statements
    let name = format!("statements{}", source.name());
    let (product, table) = following(source, &name).await?;
    source.sql("CREATE TABLE IF NOT EXISTS ledgers.not_followed (id INT PRIMARY KEY)").await?;
    let mut conn = source.connect().await?;
    conn.query_drop("SET SESSION binlog_format = 'STATEMENT'").await?;

    // WHEN it changes another table, nothing happens
    conn.query_drop("REPLACE INTO ledgers.not_followed VALUES (1)").await?;
    source.sql(&format!("INSERT INTO {table} VALUES (1, 1, 'row')")).await?;
    rocketmq().await?.wait_for_count(&name, 1, Duration::from_secs(30)).await?;

    // AND WHEN it changes the followed one
    conn.query_drop(format!("INSERT INTO {table} VALUES (2, 1, 'statement')")).await?;
    conn.disconnect().await?;

    // THEN the project stops and names the table and the remedy
    let error = product.wait_failed(&name, "statement_logged").await?;
    println!("{error}");
    let text = error.to_string();
    ensure!(text.contains(&table) && text.contains("binlog_format"), "{text}");
    Ok(())
}

#[test]
fn a_change_that_was_logged_as_a_statement_stops_the_project() {
    story(async {
        logged_as_statement(Source::mysql().await?).await?;
        logged_as_statement(Source::mariadb().await?).await
    });
}

#[test]
fn a_broker_that_is_away_at_the_first_start_costs_no_row() {
    story(async {
        // GIVEN a project whose broker stands still when it is started
        let source = Source::mysql().await?;
        let mq =
            tidewire_rig::RocketMq::start(crate::servers::workspace(), tidewire_rig::RocketMqVersion::V5_5_0)
                .await?;
        create_ledger(source, "ledgers.away").await?;
        mq.create_topic("away", 4, 6).await?;
        let product = Product::start().await?;
        product.apply(&ProjectFile::new(source, &mq, "away", "ledgers.away", "away").text()).await?;
        product.must(&["project", "precheck", "away"]).await?;
        mq.freeze_broker()?;
        product.must(&["project", "start", "away"]).await?;
        let limit = Duration::from_secs(30);
        product.wait_for("away", limit, |status| status["position"].is_object()).await?;

        // WHEN rows are committed before it goes on
        for id in 1..=70 {
            source.sql(&format!("INSERT INTO ledgers.away VALUES ({id}, 1, 'early')")).await?;
        }
        mq.thaw_broker()?;

        // THEN none of them is missing
        mq.wait_for_count("away", 70, Duration::from_mins(1)).await?;
        Ok(())
    });
}
