//! The log no longer continues the saved position: the project fails with a definite error that names
//! what is missing, and never goes on behind a gap.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::precheck::item;
use crate::product::{Ledger, Product};
use crate::servers::{oceanbase, rocketmq, story};
use crate::source::Source;

/// A project that delivered a row and was paused.
async fn paused(source: Source, name: &str) -> Result<(Product, Ledger)> {
    let product = Product::start().await?;
    let ledger = product.follow(source, rocketmq().await?, name).await?;
    for id in 1..=5 {
        ledger.insert(id).await?;
    }
    ledger.prove(&product, rocketmq().await?).await?;
    product.project("pause", name).await?;
    Ok((product, ledger))
}

async fn purged_by_sql(source: Source) -> Result<()> {
    // GIVEN a paused project
    let (product, ledger) = paused(source, "purge").await?;

    // WHEN changes come and the log is purged beyond them
    ledger.insert(6).await?;
    source.sql("FLUSH LOGS").await?;
    ledger.insert(7).await?;
    source.sql("FLUSH LOGS").await?;
    let files = source.sql("SHOW BINARY LOGS").await?;
    let newest = files.last().and_then(|row| row[0].clone()).context("no log")?;
    // A file stays while the server has not noticed that its reader is gone.
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        source.sql(&format!("PURGE BINARY LOGS TO '{newest}'")).await?;
        if source.sql("SHOW BINARY LOGS").await?.len() == 1 {
            break;
        }
        ensure!(Instant::now() < deadline, "the log is not purged");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }

    // THEN resuming fails and names the position, and a precheck does not say that all is well
    let message = product.resume_fails("purge", "position_purged").await?;
    let (result, reason) = item(&product, "purge", "DB_INCR_LOG").await?;
    ensure!(result == "failed" && !reason.is_empty(), "{result}: {reason}");
    let position = product.status("purge").await?["position"].clone();
    let names_it = [&position["gtid"], &position["file"]]
        .into_iter()
        .filter_map(|part| part.as_str())
        .any(|part| message.contains(part.trim()));
    ensure!(names_it, "{message} does not name {position}");
    ensure!(rocketmq().await?.message_count(&ledger.topic).await? == 5, "something was delivered");
    Ok(())
}

#[test]
fn mysql_log_purged() {
    story(async { purged_by_sql(Source::mysql().await?).await });
}

#[test]
fn mariadb_log_purged() {
    story(async { purged_by_sql(Source::mariadb().await?).await });
}

#[test]
fn oceanbase_log_purged() {
    story(async {
        // GIVEN a paused project
        let ob = oceanbase().await?;
        let (product, ledger) = paused(Source::OceanBase(ob), "purge").await?;
        let limit = Duration::from_secs(20);

        // WHEN changes come and the log is purged beyond them
        ledger.insert(6).await?;
        ob.wait_for_conversion(limit).await?;
        ob.rotate()?;
        ledger.insert(7).await?;
        ob.wait_for_conversion(limit).await?;
        ob.rotate()?;
        let files = ob.binlog_files();
        ob.purge_to(&files[files.len() - 2].0)?;

        // THEN resuming fails and names the position
        let message = product.resume_fails("purge", "position_purged").await?;
        let position = product.status("purge").await?["position"].clone();
        let gtid = position["gtid"].as_str().context("no GTID")?;
        ensure!(message.contains(gtid), "{message} does not name {gtid}");
        Ok(())
    });
}

/// The binlog task is made anew while the project is paused, then `rows` transactions come.
async fn renumbered(name: &str, rows: i64) -> Result<()> {
    // GIVEN a paused project
    let ob = oceanbase().await?;
    let (product, ledger) = paused(Source::OceanBase(ob), name).await?;

    // WHEN the numbering begins anew, under the same uuid
    ob.wait_for_conversion(Duration::from_secs(20)).await?;
    ob.recreate_task()?;
    for id in 100..100 + rows {
        ledger.insert(id).await?;
    }
    ob.wait_for_conversion(Duration::from_secs(20)).await?;

    // THEN resuming fails and says so
    product.resume_fails(name, "log_renumbered").await?;
    ensure!(rocketmq().await?.message_count(&ledger.topic).await? == 5, "something was delivered");
    Ok(())
}

#[test]
fn oceanbase_task_made_anew() {
    story(async {
        // Shorter than our set.
        renumbered("anew", 1).await?;
        // Now the numbers are small: longer than our set, so only times tell the difference.
        renumbered("anewlonger", 40).await
    });
}
