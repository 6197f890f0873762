//! The source goes away and comes back while rows are changed: nothing is lost, nothing comes twice.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::product::{Ledger, Product};
use crate::servers::{oceanbase, rocketmq, story};
use crate::source::Source;
use crate::workload::{Random, Workload};

/// Enough changes before and between two incidents.
const PAUSE: Duration = Duration::from_millis(1_500);

async fn restart(source: Source, clean: bool) -> Result<()> {
    tokio::time::sleep(PAUSE).await;
    let begun = Instant::now();
    match source {
        Source::Mysql(server) => {
            if clean {
                server.stop();
            } else {
                server.kill();
            }
            server.start_again().await?;
        }
        Source::MariaDb(server) => {
            if clean {
                server.stop();
            } else {
                server.kill();
            }
            server.start_again().await?;
        }
        Source::OceanBase(_) => {}
    }
    println!("{} was down for {:?}", source.name(), begun.elapsed());
    Ok(())
}

/// A running project on a new ledger.
async fn given(source: Source, name: &str) -> Result<(Product, Ledger, Workload)> {
    let product = Product::start().await?;
    let ledger = product.follow(source, rocketmq().await?, name).await?;
    let seed = Random::seed(name);
    let workload = Workload::new(source, &ledger.table, seed);
    Ok((product, ledger, workload))
}

async fn server_restarts(source: Source) -> Result<()> {
    // GIVEN a running project
    let (product, ledger, mut workload) = given(source, "restarts").await?;

    // WHEN the server is restarted, cleanly and by SIGKILL, twice each
    let trouble = async {
        for clean in [true, false, false, true] {
            restart(source, clean).await?;
        }
        Ok(())
    };
    workload.during(trouble, 1_000).await?;

    // THEN the project has gone on by itself and each change is there once
    product.wait_streaming("restarts").await?;
    ledger.prove(&product, rocketmq().await?).await?;
    Ok(())
}

#[test]
fn mysql_restarts() {
    story(async { server_restarts(Source::mysql().await?).await });
}

#[test]
fn mariadb_restarts() {
    story(async { server_restarts(Source::mariadb().await?).await });
}

#[test]
fn oceanbase_connections_drop() {
    story(async {
        // GIVEN a running project
        let ob = oceanbase().await?;
        let (product, ledger, mut workload) = given(Source::OceanBase(ob), "drops").await?;

        // WHEN all connections are cut, and the proxy is away for a while
        let trouble = async {
            for _ in 0..4 {
                tokio::time::sleep(PAUSE).await;
                ob.drop_connections();
            }
            ob.stop_listening();
            ob.drop_connections();
            tokio::time::sleep(PAUSE).await;
            ob.start_listening()
        };
        workload.during(trouble, 1_000).await?;

        // THEN each change is there once
        product.wait_streaming("drops").await?;
        ledger.prove(&product, rocketmq().await?).await?;
        Ok(())
    });
}

#[test]
fn oceanbase_half_open() {
    story(async {
        // GIVEN a project that has delivered something
        let ob = oceanbase().await?;
        let (product, ledger, _) = given(Source::OceanBase(ob), "halfopen").await?;
        ledger.insert(1).await?;
        ledger.prove(&product, rocketmq().await?).await?;

        // WHEN the service says nothing any more and keeps the connection open
        ob.pause_service();
        // The proxy is silent too; the row goes where the log comes from.
        ob.mysql().sql(&format!("INSERT INTO {} VALUES (2, 1, NULL)", ledger.table)).await?;

        // THEN that is noticed within 15 s and said
        let limit = Duration::from_secs(15);
        let silent = |status: &serde_json::Value| status["error"]["kind"] == "source_silent";
        let noticed = product.wait_for("halfopen", limit, silent).await;
        ob.resume_service();
        noticed?;
        ensure!(product.log().contains("the source sent nothing"), "{}", product.log());

        // AND when it speaks again the project goes on
        product.wait_streaming("halfopen").await?;
        ledger.prove(&product, rocketmq().await?).await?;
        Ok(())
    });
}

#[test]
fn oceanbase_converter_crashes() {
    story(async {
        // GIVEN a running project
        let ob = oceanbase().await?;
        let (product, ledger, mut workload) = given(Source::OceanBase(ob), "crash").await?;
        workload.step().await?;

        // WHEN the converter dies inside a transaction: early in it, and late in a large one
        for rows in [3, 7_000] {
            ob.crash_converter_mid_transaction(rows);
            workload.big().await?;
            let deadline = Instant::now() + Duration::from_secs(20);
            while !ob.converter_is_crashed() {
                ensure!(Instant::now() < deadline, "the converter did not crash");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            // What is there of the half transaction reaches the project before it is cut off.
            tokio::time::sleep(PAUSE).await;
            ob.restart_converter()?;
            workload.step().await?;
        }

        // THEN the half transaction is delivered once, whole
        product.wait_streaming("crash").await?;
        ledger.prove(&product, rocketmq().await?).await?;
        Ok(())
    });
}
