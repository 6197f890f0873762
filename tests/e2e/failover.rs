//! Another server at the other end, or another log: followed where names of transactions allow it,
//! else a definite error, never rows left out in silence.

use std::future::poll_fn;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tidewire_engine::doors::Source as _;
use tidewire_engine::error::ErrorKind;
use tidewire_engine::project::StartPoint;
use tidewire_rig::{MariaDb, Mysql56};
use tokio::time::timeout;

use crate::product::{Ledger, Product, ProjectFile};
use crate::servers::{rocketmq, story, workspace};
use crate::source::Source;

async fn mariadb(arguments: &[&str]) -> Result<&'static MariaDb> {
    Ok(Box::leak(Box::new(MariaDb::start_with(workspace(), arguments).await?)))
}

async fn mysql(arguments: &[&str]) -> Result<Source> {
    Ok(Source::Mysql(Box::leak(Box::new(Mysql56::start_with(workspace(), arguments).await?))))
}

/// Makes a server receive what another one logs, and log it itself.
async fn replicate(primary: &MariaDb, replica: &MariaDb) -> Result<()> {
    let port = primary.port();
    replica
        .sql(&format!(
            "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={port}, MASTER_USER='root', \
             MASTER_USE_GTID=slave_pos"
        ))
        .await?;
    replica.sql("START SLAVE").await?;
    catch_up(primary, replica).await
}

async fn catch_up(primary: &MariaDb, replica: &MariaDb) -> Result<()> {
    let rows = primary.sql("SELECT @@global.gtid_binlog_pos").await?;
    let end = rows.first().and_then(|row| row[0].clone()).context("no position")?;
    let rows = replica.sql(&format!("SELECT MASTER_GTID_WAIT('{end}', 30)")).await?;
    ensure!(rows.first().and_then(|row| row[0].clone()).as_deref() == Some("0"), "the replica is late");
    Ok(())
}

/// Keys of the rows in a topic, sorted.
async fn keys(topic: &str) -> Result<Vec<i64>> {
    let mut keys = Vec::new();
    for message in rocketmq().await?.dump_topic(topic).await? {
        let body: Value = serde_json::from_slice(&message.body)?;
        keys.push(body["postStruct"]["id"].as_i64().context("no key")?);
    }
    keys.sort_unstable();
    Ok(keys)
}

/// A project on a primary goes on from its replica, whose log begins later and may have other names.
async fn followed_to_a_replica(name: &str, log_name: &str) -> Result<()> {
    // GIVEN a project on a primary, and a replica whose log is shorter by whole transactions
    let (mq, primary) = (rocketmq().await?, mariadb(&[]).await?);
    let replica = mariadb(&["--log-slave-updates", log_name]).await?;
    let product = Product::start().await?;
    let source = Source::MariaDb(primary);
    let ledger = product.follow(source, mq, name).await?;
    for id in 1..=5 {
        ledger.insert(id).await?;
    }
    replicate(primary, replica).await?;
    replica.sql("STOP SLAVE").await?;
    replica.sql("RESET MASTER").await?;
    replica.sql("START SLAVE").await?;
    ledger.insert(6).await?;
    catch_up(primary, replica).await?;
    mq.wait_for_count(&ledger.topic, 6, Duration::from_secs(30)).await?;
    product.project("pause", name).await?;

    // WHEN the primary is gone, and rows came before that and after
    for id in 7..=9 {
        ledger.insert(id).await?;
    }
    catch_up(primary, replica).await?;
    primary.stop();
    replica.sql("STOP SLAVE").await?;
    replica.sql(&format!("INSERT INTO {} VALUES (10, 1, 'new primary')", ledger.table)).await?;
    let moved = ProjectFile::new(Source::MariaDb(replica), mq, name, &ledger.table, &ledger.topic);
    product.apply(&moved.text()).await?;
    product.project("resume", name).await?;

    // THEN every row arrives once, also after another stop
    mq.wait_for_count(&ledger.topic, 10, Duration::from_secs(30)).await?;
    product.project("pause", name).await?;
    replica.sql(&format!("INSERT INTO {} VALUES (11, 1, 'later')", ledger.table)).await?;
    product.project("resume", name).await?;
    mq.wait_for_count(&ledger.topic, 11, Duration::from_secs(30)).await?;
    let keys = keys(&ledger.topic).await?;
    ensure!(keys == (1..=11).collect::<Vec<_>>(), "{keys:?}\n{}", product.log());
    Ok(())
}

#[test]
fn mariadb_is_followed_to_a_replica_by_gtid() {
    story(async {
        followed_to_a_replica("samename", "--log-bin=mysql-bin").await?;
        followed_to_a_replica("othername", "--log-bin=other-bin").await
    });
}

/// The log is started anew while a project is paused, and then grows beyond where it was. Gives the
/// error that resuming ends with.
async fn log_started_anew(source: Source, name: &str) -> Result<Value> {
    // GIVEN a paused project
    let mq = rocketmq().await?;
    let product = Product::start().await?;
    let ledger: Ledger = product.follow(source, mq, name).await?;
    for id in 1..=5 {
        ledger.insert(id).await?;
    }
    mq.wait_for_count(&ledger.topic, 5, Duration::from_secs(30)).await?;
    product.project("pause", name).await?;

    // WHEN the log is started anew; the times of its transactions are whole seconds
    tokio::time::sleep(Duration::from_millis(1100)).await;
    source.sql("RESET MASTER").await?;
    for id in 100..160 {
        ledger.insert(id).await?;
    }

    // THEN resuming fails for good and delivers nothing
    let said = product.cli(&["project", "resume", name, "--wait", "60"]).await?;
    ensure!(said.status.code() == Some(1), "{said:?}\n{}", product.log());
    let limit = Duration::from_secs(30);
    let status = product.wait_for(name, limit, |status| status["state"] == "failed").await?;
    ensure!(mq.message_count(&ledger.topic).await? == 5, "something was delivered");
    println!("{}", status["error"]);
    Ok(status["error"].clone())
}

#[test]
fn a_log_that_was_started_anew_is_not_followed() {
    story(async {
        for (source, name) in [
            (Source::MariaDb(mariadb(&[]).await?), "anewmaria"),
            (mysql(&[]).await?, "anewgtid"),
            (mysql(&["--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"]).await?, "anewplain"),
        ] {
            let error = log_started_anew(source, name).await?;
            let kind = error["kind"].as_str().unwrap_or_default();
            ensure!(["log_renumbered", "position_purged"].contains(&kind), "{name}: {error}");
        }
        Ok(())
    });
}

#[test]
fn mysql_without_gtids_goes_on_behind_its_last_transaction() {
    story(async {
        // GIVEN a project on a server without GTIDs
        let mq = rocketmq().await?;
        let source = mysql(&["--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"]).await?;
        let product = Product::start().await?;
        let ledger = product.follow(source, mq, "plain").await?;
        ledger.insert(1).await?;
        mq.wait_for_count(&ledger.topic, 1, Duration::from_secs(30)).await?;

        // WHEN it is stopped between files, and where the last transaction is purged
        product.project("pause", "plain").await?;
        source.sql("FLUSH LOGS").await?;
        ledger.insert(2).await?;
        product.project("resume", "plain").await?;
        mq.wait_for_count(&ledger.topic, 2, Duration::from_secs(30)).await?;
        source.sql("FLUSH LOGS").await?;
        let newest = source.sql("SHOW MASTER STATUS").await?[0][0].clone().context("no log")?;
        let limit = Duration::from_secs(30);
        product.wait_for("plain", limit, |status| status["position"]["file"] == newest.as_str()).await?;
        product.project("pause", "plain").await?;
        let deadline = Instant::now() + limit;
        while source.sql("SHOW BINARY LOGS").await?.len() > 1 {
            ensure!(Instant::now() < deadline, "the log is not purged");
            source.sql(&format!("PURGE BINARY LOGS TO '{newest}'")).await?;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        ledger.insert(3).await?;
        product.project("resume", "plain").await?;

        // THEN every row arrives once
        mq.wait_for_count(&ledger.topic, 3, limit).await?;
        ensure!(keys(&ledger.topic).await? == [1, 2, 3], "{}", product.log());
        Ok(())
    });
}

/// A second reader of the same name takes the log over; gives what the first one is told.
async fn taken_over(source: Source) -> Result<()> {
    let (first, second) = (source.door("twice"), source.door("twice"));
    let place = first.locate(StartPoint::Now).await?;
    let mut events = first.open(&place).await?.events;
    let other = second.open(&place).await?.events;
    source.sql("FLUSH LOGS").await?;
    let deadline = Instant::now() + Duration::from_secs(20);
    let error = loop {
        match timeout(Duration::from_secs(10), poll_fn(|cx| events.poll_next(cx))).await? {
            Ok(()) if Instant::now() > deadline => bail!("both read on"),
            Ok(()) => {}
            Err(error) => break error,
        }
    };
    other.close().await;
    ensure!(error.kind == ErrorKind::SourceShared, "{}: {error:?}", source.name());
    Ok(())
}

#[test]
fn two_readers_of_one_project_are_told_apart_from_a_broken_link() {
    // MySQL 5.6 closes the older connection without a word.
    story(async { taken_over(Source::mariadb().await?).await });
}
