//! What brokers refuse or change, and what the precheck and a running project make of it.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tidewire_rig::{RocketMq, RocketMqVersion};

use crate::product::{Product, ProjectFile};
use crate::servers::{rocketmq, story, workspace};
use crate::source::Source;
use crate::workload::{Random, Workload, create_ledger};

/// What the precheck says of the way to the brokers: its result, its reason and what to do.
async fn way(mq: &RocketMq, source: Source, name: &str) -> Result<(String, String)> {
    let table = format!("ledgers.{name}");
    create_ledger(source, &table).await?;
    mq.create_topic(name, 4, 6).await?;
    let product = Product::start().await?;
    product.apply(&ProjectFile::new(source, mq, name, &table, name).text()).await?;
    let said = product.cli(&["project", "precheck", name, "--json"]).await?;
    let report: Value = serde_json::from_str(&said.out).with_context(|| format!("{said:?}"))?;
    let items = report["items"].as_array().context("no items")?;
    let item = items.iter().find(|item| item["key"] == "MQ_CONNECT").context("no item")?;
    println!("{item}");
    let text = |field: &str| item[field].as_str().unwrap_or_default().to_owned();
    let words = format!("{} {}", text("reason"), text("remedy"));
    Ok((text("result"), words))
}

#[test]
fn the_precheck_goes_the_road_of_the_rows() {
    story(async {
        let source = Source::mysql().await?;
        // GIVEN brokers of both versions with which all is well
        let old = RocketMq::start(workspace(), RocketMqVersion::V4_7_1).await?;
        for (mq, name) in [(rocketmq().await?, "road5"), (&old, "road4")] {
            let (result, words) = way(mq, source, name).await?;
            ensure!(result == "passed", "{name}: {words}");
            ensure!(mq.message_count(name).await? == 0, "{name}: the precheck stored something");
        }
        // AND one that makes no groups by itself
        let settings = "autoCreateSubscriptionGroup=false";
        let mq = RocketMq::start_with(workspace(), RocketMqVersion::V5_5_0, settings).await?;
        // THEN it passes where a start succeeds, and says what is to be made where a restart would not
        let (result, words) = way(&mq, source, "ungrouped").await?;
        ensure!(result == "failed" && words.contains("updateSubGroup"), "{result} {words}");
        Ok(())
    });
}

#[test]
fn a_topic_with_fewer_queues_is_followed() {
    story(async {
        let source = Source::mysql().await?;
        let old = RocketMq::start(workspace(), RocketMqVersion::V4_7_1).await?;
        for (mq, name) in [(rocketmq().await?, "narrow5"), (&old, "narrow4")] {
            // GIVEN a project that has delivered into 8 queues
            let product = Product::start().await?;
            let ledger = product.follow(source, mq, name).await?;
            let mut workload = Workload::new(source, &ledger.table, Random::seed(name));
            for _ in 0..50 {
                workload.step().await?;
            }

            // WHEN the topic gets 4 queues, for reading and writing, while rows are changed
            mq.create_topic(&ledger.topic, 4, 6).await?;
            let adopted = async {
                let limit = Duration::from_mins(1);
                let adopted = |status: &Value| {
                    status["phase"] == "streaming" && status["warnings"].to_string().contains('4')
                };
                product.wait_for(name, limit, adopted).await.map(|_| ())
            };
            // THEN it goes on with those
            workload.during(adopted, 100).await?;
        }
        Ok(())
    });
}

#[test]
fn a_broker_that_refuses_batches_gets_single_messages() {
    story(async {
        // GIVEN a 4.7.1 broker whose log is replicated by DLedger
        let source = Source::mysql().await?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let settings = format!(
            "enableDLegerCommitLog=true\ndLegerGroup=broker-a\ndLegerPeers=n0-127.0.0.1:{port}\n\
             dLegerSelfId=n0"
        );
        let mq = RocketMq::start_with(workspace(), RocketMqVersion::V4_7_1, &settings).await?;

        // WHEN a project sends, one row first and then many at once
        let product = Product::start().await?;
        let ledger = product.follow(source, &mq, "dledger").await?;
        for id in 0..50 {
            ledger.insert(id).await?;
        }

        // THEN each row arrives once
        ledger.prove(&product, &mq).await?;
        Ok(())
    });
}
