//! A project that starts at a time delivers exactly what was committed from then on.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::journal::Mark;
use crate::product::{Ledger, Product, ProjectFile};
use crate::servers::{rocketmq, story};
use crate::source::Source;

/// A project with this start on the ledger's table, into a topic of its own.
async fn started(ledger: &Ledger, name: &str, start: &str) -> Result<Product> {
    let mq = rocketmq().await?;
    let product = Product::start().await?;
    mq.create_topic(name, 4, 6).await?;
    let file =
        ProjectFile::new(ledger.source, mq, name, &ledger.table, name).with(&format!("start = {start}"));
    product.apply(&file.text()).await?;
    product.project("start", name).await?;
    Ok(product)
}

async fn by_the_second(source: Source) -> Result<()> {
    // GIVEN rows before and after a full second
    let mq = rocketmq().await?;
    let ledger = Ledger::new(source, mq, "second").await?;
    ledger.insert(1).await?;
    ledger.insert(2).await?;
    let second = async || {
        let rows = source.sql("SELECT UNIX_TIMESTAMP()").await?;
        anyhow::Ok(rows[0][0].clone().context("no time")?.parse::<i64>()?)
    };
    let before = second().await?;
    while second().await? == before {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let start = second().await?;
    let mark = Mark::now(source).await?;
    ledger.insert(3).await?;
    ledger.insert(4).await?;

    // WHEN a project starts at that second
    let name = format!("bysecond{}", source.name());
    let product = started(&ledger, &name, &start.to_string()).await?;

    // THEN it delivers the later rows only
    let tally = product.prove(source, &mark, &ledger.table, mq, &name).await?;
    ensure!(tally.messages == 2, "{tally}");
    Ok(())
}

#[test]
fn mysql_starts_by_the_second() {
    story(async { by_the_second(Source::mysql().await?).await });
}

#[test]
fn mariadb_starts_by_the_second() {
    story(async { by_the_second(Source::mariadb().await?).await });
}

#[test]
fn oceanbase_starts_by_the_microsecond() {
    story(async {
        // GIVEN three transactions whose commit times a running project has shown
        let source = Source::oceanbase().await?;
        let mq = rocketmq().await?;
        let product = Product::start().await?;
        let ledger = product.follow(source, mq, "micros").await?;
        let mut times: Vec<jiff::Timestamp> = Vec::new();
        for id in 1..=3 {
            ledger.insert(id).await?;
            ledger.prove(&product, mq).await?;
            let shown = product.wait_for("micros", Duration::from_secs(10), |status| {
                let time = status["position"]["commit_time"].as_str();
                time.and_then(|time| time.parse().ok()).is_some_and(|time| times.last() < Some(&time))
            });
            times.push(shown.await?["position"]["commit_time"].as_str().context("no time")?.parse()?);
        }
        println!("commit times {times:?}");

        // WHEN projects start at the second one's commit time, and one microsecond after it
        let at = times[1];
        let after = jiff::Timestamp::from_microsecond(at.as_microsecond() + 1)?;
        for (name, start, count) in [("microsat", at, 2), ("microsafter", after, 2)] {
            let product = started(&ledger, name, &format!("\"{start}\"")).await?;
            // THEN the one has the second transaction, the other not; but it has the row that follows
            mq.wait_for_count(name, count, Duration::from_secs(30)).await?;
            ledger.insert(at.as_microsecond() - start.as_microsecond() + 100).await?;
            mq.wait_for_count(name, count + 1, Duration::from_secs(30)).await?;
            let all = mq.message_count(name).await?;
            ensure!(all == count + 1, "{name} holds {all}\n{}", product.log());
        }
        Ok(())
    });
}

#[test]
fn too_early_is_refused() {
    story(async {
        for source in [Source::mysql().await?, Source::mariadb().await?, Source::oceanbase().await?] {
            // GIVEN a project that starts before the log does
            let mq = rocketmq().await?;
            let ledger = Ledger::new(source, mq, "early").await?;
            let product = Product::start().await?;
            let file = ProjectFile::new(source, mq, "early", &ledger.table, &ledger.topic)
                .with("start = \"2020-01-01 00:00:00+00:00\"");
            product.apply(&file.text()).await?;

            // WHEN it is started THEN it is refused and the earliest time is named
            let words = product.start_refused("early").await?;
            ensure!(words.contains("earliest possible start 20"), "{}: {words}", source.name());
        }
        Ok(())
    });
}
