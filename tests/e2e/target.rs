//! What can be wrong with a topic or a broker, and what the project then does.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Context, ensure};
use tidewire_rig::{RocketMq, RocketMqVersion};

use crate::product::{Product, ProjectFile};
use crate::servers::{rocketmq, story, workspace};
use crate::source::Source;
use crate::workload::{Random, Workload, create_ledger};

#[test]
fn topic_missing_or_read_only() {
    story(async {
        let (source, mq) = (Source::mysql().await?, rocketmq().await?);
        create_ledger(source, "ledgers.topicless").await?;
        mq.create_topic("read_only", 4, 4).await?;
        for topic in ["not_there", "read_only"] {
            // GIVEN a project whose topic is missing or can't be written to
            let product = Product::start().await?;
            product.apply(&ProjectFile::new(source, mq, "bad", "ledgers.topicless", topic).text()).await?;
            // WHEN it is started THEN it is refused and the topic is named
            let words = product.start_refused("bad").await?;
            ensure!(words.contains(topic), "{words}");
            // AND after the topic was put right it starts
            mq.create_topic(topic, 4, 6).await?;
            product.project("start", "bad").await?;
            // AND when the topic is spoilt while it is paused, it fails or waits for it
            product.project("pause", "bad").await?;
            let message = if topic == "not_there" {
                mq.delete_topic(topic).await?;
                product.resume_fails("bad", "topic_missing").await?
            } else {
                mq.create_topic(topic, 4, 4).await?;
                product.must(&["project", "resume", "bad"]).await?;
                product.wait_retrying("bad", "topic_not_writable").await?
            };
            ensure!(message.contains(topic), "{message}");
        }
        Ok(())
    });
}

#[test]
fn frozen_broker() {
    story(async {
        // GIVEN a running project under load
        let (source, mq) = (Source::mysql().await?, rocketmq().await?);
        let product = Product::start().await?;
        let ledger = product.follow(source, mq, "frozen").await?;
        let mut workload = Workload::new(source, &ledger.table, Random::seed("frozen"));

        // WHEN the broker answers nothing for 8 s, so that sends end without an answer
        let trouble = async {
            for _ in 0..2 {
                tokio::time::sleep(Duration::from_millis(700)).await;
                mq.freeze_broker()?;
                tokio::time::sleep(Duration::from_secs(8)).await;
                mq.thaw_broker()?;
            }
            Ok(())
        };
        workload.during(trouble, 500).await?;

        // THEN each change is there once
        product.wait_streaming("frozen").await?;
        ledger.prove(&product, mq).await?;
        Ok(())
    });
}

#[test]
fn topic_gets_more_queues() {
    story(async {
        // GIVEN a project that has delivered into 8 queues
        let (source, mq) = (Source::mysql().await?, rocketmq().await?);
        let product = Product::start().await?;
        let ledger = product.follow(source, mq, "wider").await?;
        let mut workload = Workload::new(source, &ledger.table, Random::seed("wider"));
        for _ in 0..100 {
            workload.step().await?;
        }

        // WHEN the topic gets 12 queues while rows are changed
        mq.create_topic(&ledger.topic, 12, 6).await?;
        let adopted = async {
            let limit = Duration::from_mins(1);
            let status = product
                .wait_for("wider", limit, |status| {
                    status["phase"] == "streaming" && status["warnings"].to_string().contains("12")
                })
                .await?;
            println!("{}", status["warnings"]);
            Ok(())
        };
        workload.during(adopted, 100).await?;
        for _ in 0..100 {
            workload.step().await?;
        }

        // THEN nothing is missing or repeated, and the new queues are used
        let (tally, messages) =
            product.settle(source, &ledger.mark, &ledger.table, mq, &ledger.topic).await?;
        ensure!(tally.missing + tally.repeated == 0 && tally.wanted == tally.messages, "{tally}");
        let queues: HashSet<i32> = messages.iter().map(|message| message.queue).collect();
        ensure!(queues.len() == 12, "only the queues {queues:?} are used");
        // AND what went into new queues was stored after everything before the change
        let old_end = messages.iter().filter(|message| message.queue < 8).map(|m| m.store_timestamp).min();
        let new_begin = messages.iter().filter(|message| message.queue >= 8).map(|m| m.store_timestamp).min();
        ensure!(old_end < new_begin, "new queues were used before old ones");
        Ok(())
    });
}

#[test]
fn row_too_large() {
    story(async {
        // GIVEN a running project on a table with large texts
        let (source, mq) = (Source::mysql().await?, rocketmq().await?);
        create_ledger(source, "ledgers.large").await?;
        source.sql("ALTER TABLE ledgers.large MODIFY text LONGTEXT").await?;
        mq.create_topic("large", 4, 6).await?;
        let product = Product::start().await?;
        product.apply(&ProjectFile::new(source, mq, "large", "ledgers.large", "large").text()).await?;
        product.project("start", "large").await?;

        // WHEN a row comes that fits, then one that does not
        source.sql("INSERT INTO ledgers.large VALUES (1, 1, REPEAT('a', 4000000))").await?;
        source.sql("INSERT INTO ledgers.large VALUES (2, 1, REPEAT('a', 4300000))").await?;

        // THEN the first arrives and the project stops, naming table, key and size
        let error = product.wait_failed("large", "message_too_large").await?;
        println!("{error}");
        let message = error["message"].as_str().context("no message")?;
        let size = message.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse::<u64>().ok());
        ensure!(size.max() > Some(4_300_000), "{message} names no size");
        ensure!(message.contains("ledgers.large") && message.contains("key (2)"), "{message}");
        ensure!(mq.message_count("large").await? == 1, "the fitting row is not there");
        Ok(())
    });
}

#[test]
fn clean_stop() {
    story(async {
        // GIVEN a running project under load
        let (source, mq) = (Source::mysql().await?, rocketmq().await?);
        let mut product = Product::start().await?;
        let ledger = product.follow(source, mq, "stop").await?;
        let mut workload = Workload::new(source, &ledger.table, Random::seed("stop"));

        // WHEN the service is stopped by SIGTERM and started again, five times
        let trouble = async {
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_millis(1_200)).await;
                let (status, took) = product.terminate().await?;
                // THEN it ends in time and as it should
                println!("SIGTERM: {status} after {took:?}");
                ensure!(status.success() && took < Duration::from_secs(15), "{status} after {took:?}");
                product.serve().await?;
                product.wait_streaming("stop").await?;
                // AND has nothing to look for in the topic
                let skipped = &product.status("stop").await?["rows"]["skipped_as_already_sent"];
                ensure!(*skipped == 0, "{skipped} rows were sent before the stop was complete");
            }
            Ok(())
        };
        workload.during(trouble, 1_000).await?;

        // AND each change is there once
        ledger.prove(&product, mq).await?;
        Ok(())
    });
}

#[test]
fn old_broker() {
    story(async {
        // GIVEN a project that writes to RocketMQ 4.7.1
        let source = Source::mysql().await?;
        let mq = RocketMq::start(workspace(), RocketMqVersion::V4_7_1).await?;
        let mut product = Product::start().await?;
        let ledger = product.follow(source, &mq, "old").await?;
        let mut workload = Workload::new(source, &ledger.table, Random::seed("old"));

        // WHEN product and broker are killed while rows are changed
        let trouble = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            product.kill().await?;
            product.serve().await?;
            tokio::time::sleep(Duration::from_secs(1)).await;
            mq.kill_broker();
            mq.start_broker().await
        };
        workload.during(trouble, 3_000).await?;

        // THEN each change is there once
        product.wait_streaming("old").await?;
        ledger.prove(&product, &mq).await?;
        Ok(())
    });
}
