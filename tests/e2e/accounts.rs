//! Brokers with access control: a project works with exactly the rights that the documents name, and
//! the precheck names the one that is missing.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tidewire_rig::{Account, RocketMq, RocketMqVersion, StoredMessage};

use crate::product::{Ledger, Product, ProjectFile};
use crate::servers::{story, workspace};
use crate::source::Source;
use crate::workload::{Random, Workload, create_ledger};

/// Who runs the brokers.
const OPERATOR: (&str, &str) = ("operator", "operator-secret");
const SECRET: &str = "a-secret-of-the-rig";
const TRACE_TOPIC: &str = "RMQ_SYS_TRACE_TOPIC";
const VERSIONS: [RocketMqVersion; 2] = [RocketMqVersion::V5_5_0, RocketMqVersion::V4_7_1];

/// A project file whose target has these keys.
fn with_keys(file: &ProjectFile, access: &str, secret: &str) -> String {
    let keys = format!("access_key = \"{access}\"\nsecret_key = \"{secret}\"\n");
    file.text().replace("kind = \"rocketmq\"\n", &format!("kind = \"rocketmq\"\n{keys}"))
}

#[test]
fn the_named_rights_are_enough() {
    story(async {
        for version in VERSIONS {
            // GIVEN a broker and an account with the rights that the documents name
            let source = Source::mysql().await?;
            let name = format!("keyed{}", version.text().replace('.', ""));
            let topic = format!("Topic:{name}_{}", source.name());
            let trace = format!("Topic:{TRACE_TOPIC}");
            let rights = [(topic.as_str(), "Pub,Sub,Get"), ("Group:OMS", "Sub"), (trace.as_str(), "Pub")];
            let account = Account { access: "tidewire", secret: SECRET, rights: &rights };
            let mq = RocketMq::start_with_keys(workspace(), version, OPERATOR, &[account]).await?;

            // WHEN a project runs with it, and the service is killed under load
            let ledger = Ledger::new(source, &mq, &name).await?;
            let mut product = Product::start().await?;
            let file = ProjectFile::new(source, &mq, &name, &ledger.table, &ledger.topic);
            product.apply(&with_keys(&file, "tidewire", SECRET)).await?;
            product.project("start", &name).await?;
            let mut workload = Workload::new(source, &ledger.table, Random::seed(&name));
            let trouble = async {
                mq.wait_for_count(&ledger.topic, 200, Duration::from_mins(1)).await?;
                product.kill().await?;
                product.serve().await
            };
            workload.during(trouble, 2_000).await?;

            // THEN each row arrives once
            product.wait_streaming(&name).await?;
            ledger.prove(&product, &mq).await?;

            // AND with message trace the broker's tools find a row by its key
            product.project("pause", &name).await?;
            product.apply(&with_keys(&file.with("message_trace = true"), "tidewire", SECRET)).await?;
            product.project("resume", &name).await?;
            ledger.insert(987_654).await?;
            traced(&mq, "987654").await?;
        }
        Ok(())
    });
}

async fn traced(mq: &RocketMq, key: &str) -> Result<()> {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let traces = mq.dump_topic(TRACE_TOPIC).await?;
        if traces.iter().map(StoredMessage::text).any(|text| text.contains(key)) {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "the trace holds {traces:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The precheck's item on the brokers: reason and remedy.
async fn prechecked(product: &Product, name: &str) -> Result<(String, String)> {
    let said = product.cli(&["project", "precheck", name, "--json"]).await?;
    let report: Value = serde_json::from_str(&said.out).with_context(|| format!("{said:?}"))?;
    let items = report["items"].as_array().context("no items")?;
    let item = items.iter().find(|item| item["key"] == "MQ_CONNECT").context("no item")?;
    println!("{name}: {item}");
    let text = |field: &str| item[field].as_str().unwrap_or_default().to_owned();
    Ok((text("result"), text("reason")))
}

#[test]
fn a_missing_right_is_named_before_the_start() {
    story(async {
        let source = Source::mysql().await?;
        create_ledger(source, "ledgers.guarded").await?;
        let topic = "Topic:guarded";
        let full = [(topic, "Pub,Sub,Get"), ("Group:OMS", "Sub")];
        let no_pub = [(topic, "Sub,Get"), ("Group:OMS", "Sub")];
        let no_sub = [(topic, "Pub,Get"), ("Group:OMS", "Sub")];
        let no_get = [(topic, "Pub,Sub"), ("Group:OMS", "Sub")];
        let no_group = [(topic, "Pub,Sub,Get")];
        let account = |access, rights| Account { access, secret: SECRET, rights };
        let accounts = [
            account("fullkey", &full[..]),
            account("lacksPub", &no_pub),
            account("lacksSub", &no_sub),
            account("lacksGet", &no_get),
            account("lacksGroup", &no_group),
            account("lacksAll", &[]),
        ];
        for version in VERSIONS {
            // GIVEN a broker with accounts that lack one right each
            let mq = RocketMq::start_with_keys(workspace(), version, OPERATOR, &accounts).await?;
            mq.create_topic("guarded", 4, 6).await?;
            let product = Product::start().await?;
            let old = version == RocketMqVersion::V4_7_1;
            let lacks = |new: &'static str, then: &'static str| if old { then } else { new };
            for (access, secret, result, words) in [
                ("", "", "failed", "none is set in the data source"),
                ("fullkey", SECRET, "passed", ""),
                (
                    "lacksPub",
                    SECRET,
                    "failed",
                    lacks("lacks Topic:guarded Pub (", "lacks topicPerms guarded=PUB ("),
                ),
                (
                    "lacksSub",
                    SECRET,
                    "failed",
                    lacks("lacks Topic:guarded Sub (", "lacks topicPerms guarded=SUB ("),
                ),
                ("lacksGet", SECRET, lacks("failed", "passed"), lacks("lacks Topic:guarded Get (", "")),
                (
                    "lacksGroup",
                    SECRET,
                    "failed",
                    lacks("lacks Group:OMS Sub (", "lacks groupPerms OMS=SUB ("),
                ),
                (
                    "lacksAll",
                    SECRET,
                    "failed",
                    lacks("lacks Topic:guarded Get,Sub,Pub (", "lacks topicPerms guarded=SUB|PUB ("),
                ),
                ("fullkey", "not-the-secret", "failed", "the secret key does not belong to access key"),
                ("stranger", SECRET, "failed", "access key stranger is not known there"),
            ] {
                // WHEN a project with one of them is checked
                let name = format!("p{access}{}", secret.len());
                let file = ProjectFile::new(source, &mq, &name, "ledgers.guarded", "guarded");
                let text = if access.is_empty() { file.text() } else { with_keys(&file, access, secret) };
                product.apply(&text).await?;
                // THEN the precheck names the right, or passes
                let (got, reason) = prechecked(&product, &name).await?;
                ensure!(got == result && reason.contains(words), "{name}: {got} {reason:?}, not {words:?}");
            }
            ensure!(mq.message_count("guarded").await? == 0, "the precheck stored something");
        }
        Ok(())
    });
}
