//! What brokers refuse or change, and what the precheck and a running project make of it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tidewire_rig::{RocketMq, RocketMqVersion};

use crate::journal::Mark;
use crate::product::{Ledger, Product, ProjectFile};
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

#[test]
fn a_broker_at_an_address_that_leads_nowhere_is_named() {
    story(async {
        for version in [RocketMqVersion::V5_5_0, RocketMqVersion::V4_7_1] {
            // GIVEN a broker that tells clients an address at which nobody listens
            let source = Source::mysql().await?;
            let mq = RocketMq::start(workspace(), version).await?;
            let name = format!("away{}", version.text().replace('.', ""));
            create_ledger(source, &format!("ledgers.{name}")).await?;
            mq.create_topic(&name, 4, 6).await?;
            mq.configure(&BTreeMap::from([("brokerIP1", "127.0.0.77")])).await?;

            // THEN the test of the data source and the precheck name broker and address
            let product = Product::start().await?;
            let table = format!("ledgers.{name}");
            product.apply(&ProjectFile::new(source, &mq, &name, &table, &name).text()).await?;
            let deadline = Instant::now() + Duration::from_mins(1);
            for command in [["datasource", "test", "target"], ["project", "precheck", &name]] {
                loop {
                    let said = product.cli(&command).await?;
                    let words = format!("{}{}", said.out, said.err);
                    if words.contains("brokerIP1") && words.contains("127.0.0.77") && !said.status.success() {
                        println!("{words}");
                        break;
                    }
                    ensure!(Instant::now() < deadline, "{said:?}");
                }
            }
        }
        Ok(())
    });
}

#[test]
fn a_topic_or_broker_that_takes_no_writes_is_waited_for() {
    story(async {
        let source = Source::mysql().await?;
        for version in [RocketMqVersion::V5_5_0, RocketMqVersion::V4_7_1] {
            // GIVEN a project that has delivered
            let mq = RocketMq::start(workspace(), version).await?;
            let name = format!("closed{}", version.text().replace('.', ""));
            let product = Product::start().await?;
            let ledger = product.follow(source, &mq, &name).await?;
            ledger.insert(0).await?;
            mq.wait_for_count(&ledger.topic, 1, Duration::from_secs(30)).await?;

            let permission = |value| BTreeMap::from([("brokerPermission", value)]);
            for (id, way) in [(1, "topic"), (2, "broker"), (3, "name server")] {
                // WHEN the topic, the broker or the name server allows no writes
                match way {
                    "topic" => mq.create_topic(&ledger.topic, 8, 4).await?,
                    "broker" => mq.configure(&permission("4")).await?,
                    _ => mq.wipe_write_perm().await?,
                }
                // THEN the project says so within a minute and waits
                println!("{} {way}", version.text());
                let message = product.wait_retrying(&name, "topic_not_writable").await?;
                ensure!(message.contains(&ledger.topic), "{message}");
                ledger.insert(id).await?;
                // AND goes on by itself when they are allowed again
                match way {
                    "topic" => mq.create_topic(&ledger.topic, 8, 6).await?,
                    "broker" => mq.configure(&permission("6")).await?,
                    _ => mq.start_broker().await?,
                }
                product.wait_streaming(&name).await?;
            }
            ledger.prove(&product, &mq).await?;
        }
        Ok(())
    });
}

#[test]
fn a_project_that_has_sent_nothing_waits_for_its_broker() {
    story(async {
        // GIVEN a project that was started and has had no row yet
        let source = Source::mysql().await?;
        let mq = RocketMq::start(workspace(), RocketMqVersion::V5_5_0).await?;
        let mut product = Product::start().await?;
        let ledger = product.follow(source, &mq, "unsent").await?;

        // WHEN its broker goes, and the service with it
        mq.kill_broker();
        product.kill().await?;
        ledger.insert(1).await?;
        product.serve().await?;
        // THEN it waits
        let waits = |status: &Value| status["phase"] == "backing_off" || status["state"] == "failed";
        let status = product.wait_for("unsent", Duration::from_mins(1), waits).await?;
        ensure!(status["state"] == "running", "{status}");
        // AND goes on when the broker is back
        mq.start_broker().await?;
        product.wait_streaming("unsent").await?;
        ledger.prove(&product, &mq).await?;
        Ok(())
    });
}

#[test]
fn a_broker_with_a_low_limit_gets_small_batches() {
    story(async {
        let source = Source::mysql().await?;
        for version in [RocketMqVersion::V5_5_0, RocketMqVersion::V4_7_1] {
            // GIVEN a broker that takes messages of 128 KiB at most
            let mq = RocketMq::start_with(workspace(), version, "maxMessageSize=131072").await?;
            let name = format!("low{}", version.text().replace('.', ""));
            let product = Product::start().await?;
            let ledger = Ledger::new(source, &mq, &name).await?;
            source.sql(&format!("ALTER TABLE {} MODIFY text LONGTEXT", ledger.table)).await?;
            product.apply(&ProjectFile::new(source, &mq, &name, &ledger.table, &ledger.topic).text()).await?;
            product.project("start", &name).await?;

            // WHEN one transaction brings more than that to each queue
            let rows: Vec<String> = (0..2_000).map(|id| format!("({id},1,REPEAT('a',3000))")).collect();
            source.sql(&format!("INSERT INTO {} VALUES {}", ledger.table, rows.join(","))).await?;
            // THEN all rows arrive, and not one by one
            let arrived = mq.wait_for_count(&ledger.topic, 2_000, Duration::from_mins(1)).await;
            arrived.with_context(|| product.log())?;
            ensure!(!product.log().contains("singly"), "{}", product.log());
            // AND a row that is larger by itself is named with its key
            source.sql(&format!("INSERT INTO {} VALUES (7777,1,REPEAT('a',140000))", ledger.table)).await?;
            let error = product.wait_failed(&name, "message_too_large").await?;
            println!("{error}");
            let message = error["message"].as_str().context("no message")?;
            ensure!(message.contains("7777") && message.contains(&ledger.topic), "{message}");
        }
        Ok(())
    });
}

#[test]
fn queues_of_a_broker_that_is_gone_for_good_are_given_up_by_hand() {
    story(async {
        // GIVEN a paused project that has delivered to one broker, and now leads to another one
        let source = Source::mysql().await?;
        let old = RocketMq::start(workspace(), RocketMqVersion::V4_7_1).await?;
        let new = RocketMq::start_with(workspace(), RocketMqVersion::V5_5_0, "brokerName=broker-b").await?;
        let product = Product::start().await?;
        let ledger = product.follow(source, &old, "moved").await?;
        for id in 0..20 {
            ledger.insert(id).await?;
        }
        ledger.prove(&product, &old).await?;
        product.project("pause", "moved").await?;
        let said = product.must(&["project", "adopt-queues", "moved"]).await?;
        ensure!(said.contains("nothing was changed"), "{said}");
        new.create_topic(&ledger.topic, 4, 6).await?;
        let mark = Mark::now(source).await?;
        for id in 20..40 {
            ledger.insert(id).await?;
        }
        product.apply(&ProjectFile::new(source, &new, "moved", &ledger.table, &ledger.topic).text()).await?;

        // WHEN it is resumed THEN it waits for the broker of its queues and says so
        product.must(&["project", "resume", "moved"]).await?;
        let message = product.wait_retrying("moved", "broker_away").await?;
        ensure!(message.contains("broker-a"), "{message}");
        let said = product.cli(&["project", "adopt-queues", "moved"]).await?;
        ensure!(!said.status.success() && said.err.contains("pause"), "{said:?}");

        // AND once the new queues are adopted, the rows since then arrive there, each once
        product.project("pause", "moved").await?;
        let said = product.must(&["project", "adopt-queues", "moved"]).await?;
        println!("{said}");
        ensure!(said.contains("broker-a") && said.contains("8 queues"), "{said}");
        product.project("resume", "moved").await?;
        product.prove(source, &mark, &ledger.table, &new, &ledger.topic).await?;
        Ok(())
    });
}
