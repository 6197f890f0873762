//! Everything at once: a workload of at least 40,000 row changes while the product is killed ten times
//! and the broker three times; in the end the topic holds each change exactly once, in order per key.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tidewire_rig::RocketMq;

use crate::journal::Mark;
use crate::product::{Product, ProjectFile};
use crate::servers::{rocketmq, story};
use crate::source::Source;
use crate::workload::{Random, Workload, create_ledger};

const KILLS: u32 = 10;
const BROKER_KILLS: u32 = 3;
const CHANGES: u64 = 40_000;

/// Kills the product at random moments, also while it still starts.
async fn kill_product(product: &mut Product, random: &mut Random) -> Result<()> {
    for number in 1..=KILLS {
        let wait = Duration::from_millis(300 + random.below(4_500));
        tokio::time::sleep(wait).await;
        product.kill().await?;
        println!("kill {number} of the product after {wait:?}");
        product.launch()?;
    }
    Ok(())
}

async fn kill_broker(mq: &RocketMq, random: &mut Random) -> Result<()> {
    for number in 1..=BROKER_KILLS {
        let wait = Duration::from_millis(1_000 + random.below(5_000));
        tokio::time::sleep(wait).await;
        mq.kill_broker();
        let begun = Instant::now();
        mq.start_broker().await?;
        println!("kill {number} of the broker after {wait:?}, back after {:?}", begun.elapsed());
    }
    Ok(())
}

async fn torture(source: Source) -> Result<()> {
    // GIVEN a project that runs
    let mq = rocketmq().await?;
    let name = source.name();
    let (table, topic) = (format!("torture.{name}"), format!("torture_{name}"));
    create_ledger(source, &table).await?;
    mq.create_topic(&topic, 8, 6).await?;
    let mark = Mark::now(source).await?;
    let mut product = Product::start().await?;
    product.apply(&ProjectFile::new(source, mq, "torture", &table, &topic).text()).await?;
    product.project("start", "torture").await?;

    // WHEN product and broker are killed again and again while rows are changed
    let seed = Random::seed(name);
    let mut workload = Workload::new(source, &table, seed);
    let (mut first, mut second) = (Random::new(seed ^ 1), Random::new(seed ^ 2));
    let begun = Instant::now();
    {
        let trouble = async {
            tokio::try_join!(kill_product(&mut product, &mut first), kill_broker(mq, &mut second))?;
            anyhow::Ok(())
        };
        workload.during(trouble, CHANGES).await?;
    }
    println!("{} row changes asked for in {:?}", workload.changes, begun.elapsed());

    // THEN each change is in the topic exactly once, in order per key
    product.wait_up().await?;
    product.wait_streaming("torture").await?;
    let tally = product.prove(source, &mark, &table, mq, &topic).await?;
    ensure!(tally.changes >= usize::try_from(CHANGES)?, "only {} changes", tally.changes);
    product.project("pause", "torture").await
}

#[test]
fn torture_mysql() {
    story(async { torture(Source::mysql().await?).await });
}

#[test]
fn torture_mariadb() {
    story(async { torture(Source::mariadb().await?).await });
}

#[test]
fn torture_oceanbase() {
    story(async { torture(Source::oceanbase().await?).await });
}
