//! The product at work: four OceanBase tables kept in step with four RocketMQ topics, and the proof.

mod compare;
mod product;
mod tables;
mod workload;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::install::RocketMqVersion;
use crate::oceanbase::{OceanBase, OceanBaseOptions};
use crate::rocketmq::{RocketMq, StoredMessage};
use crate::workspace::Workspace;
use compare::Tally;
use product::Product;
use tables::TABLES;
use workload::Workload;

const PASSWORD: &str = "demo-password";
const QUEUES: u32 = 8;
/// How long everything may take to arrive after the last commit.
const PATIENCE: Duration = Duration::from_secs(180);

/// Runs the demo with the product binary at `product`; returns only when `DEMO_ONCE=1`.
pub async fn run(product: &Path) -> Result<()> {
    ensure!(
        product.is_file(),
        "there is no product binary at {}; build it with `cargo build --release`",
        product.display()
    );
    let workspace = Workspace::new()?;
    let begun = Instant::now();
    println!("demo: starting OceanBase and RocketMQ ...");
    let options = OceanBaseOptions { root_password: Some(PASSWORD.to_owned()), ..Default::default() };
    let (ob, rocketmq) = tokio::try_join!(
        OceanBase::start_with(&workspace, options),
        RocketMq::start(&workspace, RocketMqVersion::V5_5_0)
    )?;
    println!(
        "demo: OceanBase at {} ({}), RocketMQ at {}, after {:.1} s",
        ob.addr(),
        ob.root(),
        rocketmq.name_server(),
        begun.elapsed().as_secs_f32()
    );
    ob.run(&["CREATE DATABASE shop DEFAULT CHARSET utf8mb4"]).await?;
    let ordered = BTreeMap::from([("message.type", "FIFO")]);
    for table in &TABLES {
        ob.sql(table.create).await?;
        rocketmq.create_topic_with(table.name, QUEUES, &ordered).await?;
    }

    let product = Product::start(&workspace, product, &ob, &rocketmq).await?;
    let mut workload = Workload::new(ob.connect().await?);
    let begun = Instant::now();
    workload.run().await?;
    println!(
        "demo: workload of {} row changes took {:.1} s",
        workload.changes.len(),
        begun.elapsed().as_secs_f32()
    );

    let tally = proof(&rocketmq, &workload).await;
    if tally.is_err() {
        println!("{}", product.last_lines());
    }
    let (tally, messages) = tally?;
    show(&messages);
    println!("{tally}");
    if std::env::var_os("DEMO_ONCE").is_some_and(|value| value == "1") {
        ensure!(tally.is_right(), "the topics do not hold what was committed: {tally}");
        return Ok(());
    }
    println!("\n{}", product.login_lines());
    println!("\nWhat a project of your own needs, also as data sources of your own:");
    println!("  source: obclient -h127.0.0.1 -P{} -u{} -p{PASSWORD} -Dshop", ob.port(), ob.root());
    println!("  target: {}, topics {}", rocketmq.name_server(), TABLES.map(|table| table.name).join(", "));
    println!("An order a second goes on being placed. Ctrl-C stops everything.");
    loop {
        workload.trickle().await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

type Messages = BTreeMap<&'static str, Vec<StoredMessage>>;

/// Waits for as many messages as there were changes, reads all of them back with RocketMQ's own
/// client and compares.
async fn proof(rocketmq: &RocketMq, workload: &Workload) -> Result<(Tally, Messages)> {
    let deadline = Instant::now() + PATIENCE;
    let wanted = i64::try_from(workload.changes.len())?;
    let mut shown = Instant::now();
    let mut last = 0;
    let mut quiet = Instant::now();
    loop {
        let mut count = 0;
        for table in &TABLES {
            count += rocketmq.message_count(table.name).await?;
        }
        if count != last {
            (last, quiet) = (count, Instant::now());
        }
        // A moment of quiet, so that repeats would be seen too.
        if count >= wanted && quiet.elapsed() > Duration::from_secs(2) || Instant::now() > deadline {
            break;
        }
        if shown.elapsed() > Duration::from_secs(3) {
            println!("demo: {count} of {wanted} messages have arrived");
            shown = Instant::now();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut messages = Messages::new();
    for table in &TABLES {
        messages.insert(table.name, rocketmq.dump_topic(table.name).await?);
    }
    Ok((compare::compare(&workload.changes, &messages)?, messages))
}

fn show(messages: &Messages) {
    println!("demo: some messages as RocketMQ's Java client got them:");
    for (topic, messages) in messages {
        let Some(message) = messages.last() else {
            continue;
        };
        println!(
            "  {topic}, queue {}, offset {}, tags {}, keys {}\n    {}",
            message.queue,
            message.offset,
            message.tags.as_deref().unwrap_or("-"),
            message.keys.as_deref().unwrap_or("-"),
            message.text()
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn both_sides_of_the_proxy_agree_after_the_workload() -> Result<()> {
        let workspace = Workspace::new()?;
        let ob = OceanBase::start(&workspace).await?;
        ob.run(&["CREATE DATABASE shop DEFAULT CHARSET utf8mb4"]).await?;
        for table in &TABLES {
            ob.sql(table.create).await?;
        }
        let mut workload = Workload::new(ob.connect().await?);
        let begun = Instant::now();
        workload.run().await?;
        println!("{} changes in {:?}", workload.changes.len(), begun.elapsed());
        for table in &TABLES {
            let columns = table.columns.join(",");
            let key = table.columns[..table.key].join(",");
            let statement = format!("SELECT {columns} FROM shop.{} ORDER BY {key}", table.name);
            let rows = ob.seekdb().sql(&statement).await?;
            assert_eq!(rows, ob.mysql().sql(&statement).await?, "{}", table.name);
        }
        ob.wait_for_conversion(Duration::from_secs(20)).await
    }
}
