//! SharePlex with numbered rows: 1, 2, 3 … in each transaction, stored in just that order whatever
//! queue they go to, also when the product is killed in the middle.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tidewire_rig::{RocketMq, StoredMessage, sql};

use crate::product::{Product, ProjectFile};
use crate::servers::{rocketmq, story};
use crate::source::Source;
use crate::workload::create_ledger;

const ROWS: i64 = 4_000;

/// Numbers of each transaction in the order in which the broker stored them.
fn numbers(mut messages: Vec<StoredMessage>) -> Result<BTreeMap<String, Vec<u64>>> {
    messages.sort_by_key(|message| message.commit_offset);
    let mut all = BTreeMap::<String, Vec<u64>>::new();
    let mut last_scn = 0;
    for message in messages {
        let body: Value = serde_json::from_slice(&message.body)?;
        let meta = &body["meta"];
        let number = meta["seq"].as_u64().context("no seq")?;
        ensure!(meta["idx"] == format!("{number}/0") && meta["size"] == 0, "{meta}");
        let scn: u64 = meta["scn"].as_str().context("no scn")?.parse()?;
        ensure!(scn > last_scn, "scn {scn} after {last_scn}");
        last_scn = scn;
        all.entry(meta["trans"].as_str().context("no trans")?.to_owned()).or_default().push(number);
    }
    Ok(all)
}

fn check(messages: Vec<StoredMessage>, mut wanted: Vec<u64>) -> Result<()> {
    let queues: std::collections::BTreeSet<i32> = messages.iter().map(|message| message.queue).collect();
    ensure!(queues.len() > 1, "all rows went to one queue");
    let all = numbers(messages)?;
    for (transaction, numbers) in &all {
        ensure!(numbers.iter().copied().eq(1..=numbers.len() as u64), "{transaction}: {numbers:?}");
    }
    let mut counts: Vec<u64> = all.values().map(|numbers| numbers.len() as u64).collect();
    counts.sort_unstable();
    wanted.sort_unstable();
    ensure!(counts == wanted, "transactions of {counts:?} rows, not {wanted:?}");
    Ok(())
}

/// A table and a running project on it.
async fn follow(
    source: Source,
    mq: &RocketMq,
    product: &Product,
    name: &str,
    options: &str,
) -> Result<String> {
    let table = format!("ledgers.{name}");
    create_ledger(source, &table).await?;
    mq.create_topic(name, 4, 6).await?;
    let options = format!("format = \"shareplex\"\nsequence_in_transaction = true\n{options}");
    product.apply(&ProjectFile::new(source, mq, name, &table, name).with(&options).text()).await?;
    product.project("start", name).await?;
    Ok(table)
}

async fn transaction(source: Source, statements: &[String]) -> Result<()> {
    let mut session = source.connect().await?;
    let all: Vec<&str> =
        ["BEGIN"].into_iter().chain(statements.iter().map(String::as_str)).chain(["COMMIT"]).collect();
    sql::run(&mut session, &all).await
}

fn insert(table: &str, from: i64, count: i64) -> String {
    let rows: Vec<String> = (from..from + count).map(|id| format!("({id},1,'行 {id}')")).collect();
    format!("INSERT INTO {table} VALUES {}", rows.join(","))
}

async fn killed_in_the_middle(source: Source) -> Result<()> {
    // GIVEN a project that numbers the rows of a transaction
    let mq = rocketmq().await?;
    let mut product = Product::start().await?;
    let name = format!("sequence{}", source.name());
    let table = follow(source, mq, &product, &name, "").await?;

    // WHEN a transaction of many rows is committed and the product is killed while it is sent
    transaction(source, &[insert(&table, 1, ROWS / 2), insert(&table, 1 + ROWS / 2, ROWS / 2)]).await?;
    for part in [ROWS / 8, ROWS / 4, ROWS / 2] {
        mq.wait_for_count(&name, part, Duration::from_mins(1)).await.with_context(|| product.log())?;
        product.kill().await?;
        product.serve().await?;
    }
    // And a key changes, in two halves, behind it.
    transaction(source, &[format!("UPDATE {table} SET id = id + {ROWS} WHERE id = 1"), insert(&table, 1, 1)])
        .await?;

    // THEN every row is there once, numbered and stored in order
    let arrived = mq.wait_for_count(&name, ROWS + 3, Duration::from_mins(2)).await;
    arrived.with_context(|| product.log())?;
    product.project("pause", &name).await?;
    check(mq.dump_topic(&name).await?, vec![ROWS.unsigned_abs(), 3])
}

#[test]
fn numbered_rows_survive_kills_on_mysql() {
    story(async { killed_in_the_middle(Source::mysql().await?).await });
}

#[test]
fn numbered_rows_survive_kills_on_oceanbase() {
    story(async { killed_in_the_middle(Source::oceanbase().await?).await });
}

#[test]
fn rows_that_are_left_out_take_no_number() {
    story(async {
        // GIVEN a project that leaves updates out
        let (source, mq) = (Source::mysql().await?, rocketmq().await?);
        let product = Product::start().await?;
        let table = follow(source, mq, &product, "unnumbered", "dml = [\"insert\", \"delete\"]").await?;

        // WHEN updates stand between the other rows
        let update = format!("UPDATE {table} SET version = version + 1");
        let statements = [
            insert(&table, 1, 20),
            update.clone(),
            insert(&table, 21, 10),
            update,
            format!("DELETE FROM {table} WHERE id <= 5"),
        ];
        transaction(source, &statements).await?;

        // THEN the numbers have no gaps
        mq.wait_for_count("unnumbered", 35, Duration::from_secs(30)).await?;
        check(mq.dump_topic("unnumbered").await?, vec![35])
    });
}
