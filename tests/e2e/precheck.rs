//! What the precheck finds on real servers.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::product::{Product, ProjectFile};
use crate::servers::{rocketmq, story};
use crate::source::Source;

/// The item `key` of a fresh precheck: `passed`, `warning` or `failed`, and its reason.
pub(crate) async fn item(product: &Product, name: &str, key: &str) -> Result<(String, String)> {
    let said = product.cli(&["project", "precheck", name, "--json"]).await?;
    let report: Value = serde_json::from_str(&said.out).with_context(|| format!("{said:?}"))?;
    let items = report["items"].as_array().context("no items")?;
    let item = items.iter().find(|item| item["key"] == key).with_context(|| format!("no item {key}"))?;
    let text = |field: &str| item[field].as_str().unwrap_or_default().to_owned();
    Ok((text("result"), text("reason")))
}

/// A product with a project of one table and one topic, both called `name`.
async fn prepared(source: Source, name: &str, columns: &str) -> Result<Product> {
    source.sql("CREATE DATABASE IF NOT EXISTS checks").await?;
    source.sql(&format!("CREATE TABLE checks.{name} (id INT PRIMARY KEY{columns})")).await?;
    let product = Product::start().await?;
    let file = ProjectFile::new(source, rocketmq().await?, name, &format!("checks.{name}"), name);
    product.apply(&file.text()).await?;
    Ok(product)
}

#[test]
fn a_replica_that_does_not_log_what_it_receives_is_refused() {
    story(async {
        // GIVEN one server that logs what it receives from others (`log_slave_updates`), and one that does not
        for (source, expected) in [(Source::mysql().await?, "passed"), (Source::mariadb().await?, "failed")] {
            let name = format!("role{}", source.name());
            rocketmq().await?.create_topic(&name, 1, 6).await?;
            let product = prepared(source, &name, "").await?;
            let (alone, _) = item(&product, &name, "DB_MASTER_SLAVE").await?;
            ensure!(alone == "passed", "{name}: {alone}");

            // WHEN it becomes a replica THEN only the one whose log lacks changes is refused
            source.sql("CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = 1").await?;
            let found = item(&product, &name, "DB_MASTER_SLAVE").await;
            source.sql("RESET SLAVE ALL").await?;
            let (replica, reason) = found?;
            ensure!(replica == expected, "{name}: {replica} {reason}");
            ensure!(reason.contains("standby") == (expected == "failed"), "{name}: {reason}");
        }
        Ok(())
    });
}

async fn unlogged(source: Source, expected: &str) -> Result<()> {
    // GIVEN a parent and a child whose rows go with it, and a child that keeps them
    let (mq, name) = (rocketmq().await?, format!("cascade{}", source.name()));
    mq.create_topic(&name, 1, 6).await?;
    source.sql("CREATE DATABASE IF NOT EXISTS checks").await?;
    source.sql(&format!("CREATE TABLE checks.parent{name} (id INT PRIMARY KEY)")).await?;
    let references = format!("up INT, FOREIGN KEY (up) REFERENCES checks.parent{name} (id)");
    source.sql(&format!("CREATE TABLE checks.kept{name} (id INT PRIMARY KEY, {references})")).await?;
    let product = prepared(source, &name, &format!(", {references} ON DELETE CASCADE")).await?;

    // THEN the precheck warns of the one where the server logs nothing of it
    let (result, reason) = item(&product, &name, "DB_LOG_COMPLETE").await?;
    ensure!(result == expected, "{result}: {reason}");
    if expected == "warning" {
        ensure!(reason.contains(&format!("checks.{name} <- checks.parent{name}")), "{reason}");
    }
    let kept = format!("kept{name}");
    let file = ProjectFile::new(source, mq, &kept, &format!("checks.{kept}"), &name);
    product.apply(&file.text()).await?;
    let (result, reason) = item(&product, &kept, "DB_LOG_COMPLETE").await?;
    ensure!(result == "passed", "{result}: {reason}");
    Ok(())
}

#[test]
fn rows_that_foreign_keys_change_are_warned_of() {
    story(async {
        unlogged(Source::mysql().await?, "warning").await?;
        unlogged(Source::mariadb().await?, "warning").await
    });
}

#[test]
fn a_database_that_is_not_logged_is_refused() {
    story(async {
        // GIVEN servers that are told which databases to log
        for (name, option, expected) in [
            ("ignored", "--binlog-ignore-db=checks", "failed"),
            ("notamong", "--binlog-do-db=other", "failed"),
            ("among", "--binlog-do-db=checks", "passed"),
            ("others", "--binlog-ignore-db=other", "passed"),
        ] {
            rocketmq().await?.create_topic(name, 1, 6).await?;
            let server = tidewire_rig::MariaDb::start_with(crate::servers::workspace(), &[option]).await?;
            let source = Source::MariaDb(Box::leak(Box::new(server)));
            let product = prepared(source, name, "").await?;

            // THEN the precheck tells whether anything of the project's would arrive
            let (result, reason) = item(&product, name, "DB_LOG_COMPLETE").await?;
            ensure!(result == expected, "{name}: {result} {reason}");
            ensure!(reason.contains("checks") == (expected == "failed"), "{name}: {reason}");
            if let Source::MariaDb(server) = source {
                server.kill();
            }
        }
        Ok(())
    });
}

#[test]
fn topics_and_columns_that_deserve_a_word() {
    story(async {
        // GIVEN an OceanBase table with a column that old releases of its log service write wrong
        let (source, mq) = (Source::oceanbase().await?, rocketmq().await?);
        mq.create_topic("words", 1, 6).await?;
        let product = prepared(source, "words", ", big BIGINT UNSIGNED, small DECIMAL(10,2)").await?;

        // THEN the precheck warns of the column and of a topic that is not declared as ordered
        let (role, _) = item(&product, "words", "DB_MASTER_SLAVE").await?;
        ensure!(role == "passed", "{role}");
        let (values, reason) = item(&product, "words", "COLUMN_VALUES").await?;
        ensure!(values == "warning" && reason.contains("checks.words.big"), "{values}: {reason}");
        ensure!(!reason.contains("small"), "{reason}");
        let (order, reason) = item(&product, "words", "MQ_TOPIC_ORDER").await?;
        ensure!(order == "warning" && reason.contains("words"), "{order}: {reason}");

        // AND it starts all the same
        product.project("start", "words").await?;
        product.wait_streaming("words").await?;

        // AND a topic that is declared so gives no warning
        mq.create_topic_with("fifo", 1, &BTreeMap::from([("message.type", "FIFO")])).await?;
        let product = prepared(source, "fifo", "").await?;
        let (order, reason) = item(&product, "fifo", "MQ_TOPIC_ORDER").await?;
        ensure!(order == "passed", "{order}: {reason}");
        Ok(())
    });
}
