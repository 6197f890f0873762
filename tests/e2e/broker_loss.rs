//! A broker that loses what it had confirmed: its disk is put back to an earlier
//! moment, as a host crash with asynchronous flush can do.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tidewire_rig::{RocketMq, RocketMqVersion};

use crate::product::Product;
use crate::servers::{story, workspace};
use crate::source::Source;

/// Folders of the brokers that have been started so far.
fn broker_folders() -> Result<BTreeSet<PathBuf>> {
    let entries = std::fs::read_dir(workspace().folder())?;
    let folders = entries.map(|entry| Ok(entry?.path())).collect::<Result<BTreeSet<_>>>()?;
    Ok(folders.into_iter().filter(|folder| folder.join("broker.properties").exists()).collect())
}

fn run(command: &str, arguments: &[&Path]) -> Result<()> {
    let mut words = command.split(' ');
    let status = Command::new(words.next().context("a command")?).args(words).args(arguments).status()?;
    ensure!(status.success(), "{command}: {status}");
    Ok(())
}

#[test]
fn confirmed_messages_that_a_broker_lost_come_again() {
    story(async {
        // GIVEN a project on a broker of its own, and a copy of the broker's disk
        let source = Source::mysql().await?;
        let before = broker_folders()?;
        let mq = RocketMq::start(workspace(), RocketMqVersion::V5_5_0).await?;
        let folder = broker_folders()?.difference(&before).next().cloned().context("the broker's folder")?;
        let (store, copy) = (folder.join("store"), folder.join("store.copy"));
        let product = Product::start().await?;
        let ledger = product.follow(source, &mq, "loss").await?;
        for id in 0..100 {
            ledger.insert(id).await?;
        }
        ledger.prove(&product, &mq).await?;
        mq.kill_broker();
        run("cp -a --sparse=always", &[&store, &copy])?;
        mq.start_broker().await?;
        product.wait_streaming("loss").await?;

        // WHEN further rows are confirmed, and the broker then comes back with the old disk
        for id in 100..200 {
            ledger.insert(id).await?;
        }
        ledger.prove(&product, &mq).await?;
        mq.kill_broker();
        run("rm -rf", &[&store])?;
        run("mv", &[&copy, &store])?;
        mq.start_broker().await?;
        for id in 200..250 {
            ledger.insert(id).await?;
        }

        // THEN the project says so, and every row is there once
        let status = product
            .wait_for("loss", Duration::from_mins(1), |status| {
                status["phase"] == "streaming" && status["warnings"].to_string().contains("lost confirmed")
            })
            .await?;
        println!("{}", status["warnings"]);
        ledger.prove(&product, &mq).await?;
        Ok(())
    });
}
