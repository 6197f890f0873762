//! What goes out: row filters, selected columns, kinds of changes; and what happens when a column that
//! the project names is dropped.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tidewire_rig::RocketMq;

use crate::product::{Product, ProjectFile};
use crate::servers::{rocketmq, story};
use crate::source::Source;

/// A table of orders and a running project on it; `choices` are lines of the table's part of the file.
async fn follow(
    source: Source,
    mq: &RocketMq,
    product: &Product,
    name: &str,
    options: &str,
    choices: &str,
) -> Result<String> {
    let table = format!("choices.{name}");
    source.sql("CREATE DATABASE IF NOT EXISTS choices DEFAULT CHARSET utf8mb4").await?;
    source
        .sql(&format!(
            "CREATE TABLE {table} (id INT PRIMARY KEY, status VARCHAR(10) COLLATE utf8mb4_bin, \
             amount DECIMAL(10,2), user_id INT) DEFAULT CHARSET utf8mb4"
        ))
        .await?;
    mq.create_topic(name, 1, 6).await?;
    let file = ProjectFile::new(source, mq, name, &table, name).with(options).text();
    product.apply(&format!("{file}{choices}\n")).await?;
    product.project("start", name).await?;
    Ok(table)
}

async fn bodies(mq: &RocketMq, product: &Product, topic: &str, count: i64) -> Result<Vec<Value>> {
    let arrived = mq.wait_for_count(topic, count, Duration::from_secs(30)).await;
    arrived.with_context(|| product.log())?;
    let messages = mq.dump_topic(topic).await?;
    messages.iter().map(|message| Ok(serde_json::from_slice(&message.body)?)).collect()
}

/// Kind and images of a message of format Default.
fn short(body: &Value) -> Value {
    json!([body["recordType"], body["prevStruct"], body["postStruct"]])
}

async fn filtered(source: Source) -> Result<()> {
    // GIVEN a project with a filter and selected columns
    let mq = rocketmq().await?;
    let product = Product::start().await?;
    let name = format!("filtered{}", source.name());
    let choices = "where = \"status = 'paid' AND amount >= 10.00\"\ncolumns = [\"amount\", \"id\"]";
    let table = follow(source, mq, &product, &name, "", choices).await?;

    // WHEN rows come into the filtered set, change in it, and leave it
    for statement in [
        format!(
            "INSERT INTO {table} VALUES (1, 'paid', 10.00, 7), (2, 'new', 99.00, 7), (3, NULL, 99.00, 7)"
        ),
        format!("UPDATE {table} SET status = 'paid' WHERE id = 2"),
        format!("UPDATE {table} SET amount = 20.50 WHERE id = 1"),
        format!("UPDATE {table} SET user_id = 8 WHERE id = 1"),
        format!("UPDATE {table} SET amount = 9.99 WHERE id = 1"),
        format!("UPDATE {table} SET amount = 5 WHERE id = 1"),
        format!("UPDATE {table} SET id = 4 WHERE id = 2"),
        format!("DELETE FROM {table} WHERE id = 1"),
        format!("DELETE FROM {table} WHERE id = 4"),
        format!("INSERT INTO {table} VALUES (9, 'paid', 11.00, 7)"),
    ] {
        source.sql(&statement).await?;
    }

    // THEN what is sent is what a reader of the filtered set would see
    let bodies = bodies(mq, &product, &name, 9).await?;
    let row = |id: i64, amount: f64| json!({"id": id, "amount": amount});
    let wanted = [
        json!(["INSERT", null, row(1, 10.0)]),
        json!(["INSERT", null, row(2, 99.0)]),
        json!(["UPDATE", row(1, 10.0), row(1, 20.5)]),
        json!(["UPDATE", row(1, 20.5), row(1, 20.5)]),
        json!(["DELETE", row(1, 20.5), null]),
        json!(["DELETE", row(2, 99.0), null]),
        json!(["INSERT", null, row(4, 99.0)]),
        json!(["DELETE", row(4, 99.0), null]),
        json!(["INSERT", null, row(9, 11.0)]),
    ];
    let got: Vec<Value> = bodies.iter().map(short).collect();
    ensure!(got == wanted, "{got:#?}");
    ensure!(bodies[0]["allMetaData"]["record_primary_key"] == "id", "{}", bodies[0]);
    let status = product.status(&name).await?;
    ensure!(status["rows"]["filtered"] == 4, "{status}");
    Ok(())
}

#[test]
fn rows_are_filtered_and_columns_selected() {
    story(async {
        filtered(Source::mysql().await?).await?;
        filtered(Source::mariadb().await?).await?;
        filtered(Source::oceanbase().await?).await
    });
}

#[test]
fn kinds_apply_to_what_the_filter_makes_of_a_change() {
    story(async {
        // GIVEN a project that sends inserts only, and a filter
        let (source, mq) = (Source::mysql().await?, rocketmq().await?);
        let product = Product::start().await?;
        let table =
            follow(source, mq, &product, "kinds", "dml = [\"insert\"]", "where = \"amount > 10\"").await?;

        // WHEN an update brings a row into the set, and others change or leave it
        for statement in [
            format!("INSERT INTO {table} VALUES (1, 'a', 5, 1)"),
            format!("UPDATE {table} SET amount = 15"),
            format!("UPDATE {table} SET amount = 16"),
            format!("UPDATE {table} SET amount = 3"),
            format!("INSERT INTO {table} VALUES (2, 'b', 50, 1)"),
        ] {
            source.sql(&statement).await?;
        }

        // THEN the update that came in is an INSERT and sent, the others are not
        let bodies = bodies(mq, &product, "kinds", 2).await?;
        let ids: Vec<&Value> = bodies.iter().map(|body| &body["postStruct"]["amount"]).collect();
        ensure!(ids == [&json!(15.0), &json!(50.0)], "{bodies:?}");
        Ok(())
    });
}

#[test]
fn a_dropped_column_that_the_project_names_stops_it() {
    story(async {
        let (source, mq) = (Source::mysql().await?, rocketmq().await?);
        let product = Product::start().await?;
        for (name, choices, kind) in [
            ("dropped_shard", "shard_columns = [\"user_id\"]", "column_missing"),
            ("dropped_filter", "where = \"user_id > 0\"", "filter_unusable"),
            ("dropped_choice", "columns = [\"id\", \"user_id\"]", "column_missing"),
        ] {
            // GIVEN a project that names a column
            let project = name.replace('_', "");
            let table = follow(source, mq, &product, &project, "", choices).await?;
            source.sql(&format!("INSERT INTO {table} VALUES (1, 'a', 1, 1)")).await?;
            bodies(mq, &product, &project, 1).await?;

            // WHEN the column is dropped and another row comes
            source.sql(&format!("ALTER TABLE {table} DROP COLUMN user_id")).await?;
            source.sql(&format!("INSERT INTO {table} VALUES (2, 'b', 2)")).await?;

            // THEN the project stops and names it
            let error = product.wait_failed(&project, kind).await?;
            println!("{error}");
            ensure!(error["message"].as_str().unwrap_or_default().contains("user_id"), "{error}");
            ensure!(mq.message_count(&project).await? == 1, "a row was sent without it");
        }
        Ok(())
    });
}

#[test]
fn a_filter_on_an_unknown_column_is_refused_before_the_start() {
    story(async {
        let (source, mq) = (Source::mysql().await?, rocketmq().await?);
        let product = Product::start().await?;
        for (name, choices, wanted) in [
            ("unknownfilter", "where = \"price > 1\"", "price"),
            ("unknowncolumn", "columns = [\"price\"]", "price"),
            ("floatfilter", "where = \"amount > 1e3\"", "1e3"),
        ] {
            let refused = follow(source, mq, &product, name, "", choices).await;
            let said = format!("{:?}", refused.err().context("it was started")?);
            println!("{}", said.lines().next().unwrap_or_default());
            ensure!(said.contains(wanted), "{said}");
        }
        Ok(())
    });
}
