//! How fast the OceanBase proxy converts and serves: the limits of what a benchmark can see.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::StreamExt;
use mysql_async::BinlogStreamRequest;
use tidewire_rig::{OceanBase, Workspace, sql};

#[tokio::main]
async fn main() -> Result<()> {
    let workspace = Workspace::new()?;
    let ob = OceanBase::start(&workspace).await?;
    let mut connection = ob.connect().await?;
    sql::run(
        &mut connection,
        &[
            "CREATE TABLE test.t (id BIGINT PRIMARY KEY, a INT, b VARCHAR(40), c DECIMAL(10,2), d DATETIME, e VARCHAR(40), f BIGINT)",
            "SET @tidewire_binlog_only = 1",
        ],
    )
    .await?;
    let total: u64 = 600_000;
    let begun = Instant::now();
    for part in 0..total / 10_000 {
        let rows: Vec<String> = (part * 10_000..(part + 1) * 10_000)
            .map(|id| format!("({id},{id},'user name {id}',12.50,'2026-01-02 03:04:05','some note',{id})"))
            .collect();
        sql::rows(&mut connection, &format!("INSERT INTO test.t VALUES {}", rows.join(","))).await?;
    }
    println!("load: {:.0} rows/s", total as f64 / begun.elapsed().as_secs_f64());
    ob.wait_for_conversion(Duration::from_secs(60)).await?;
    println!("conversion done {:.2} s after the first insert", begun.elapsed().as_secs_f64());

    // Once more from MySQL 5.6's beginning, with nothing else to do.
    let begun = Instant::now();
    ob.reconvert()?;
    ob.wait_for_conversion(Duration::from_secs(60)).await?;
    println!("conversion: {:.0} rows/s", total as f64 / begun.elapsed().as_secs_f64());

    let mut connection = ob.connect().await?;
    sql::run(&mut connection, &["SET @master_heartbeat_period = 1000000000"]).await?;
    let begun = Instant::now();
    let mut stream = connection.get_binlog_stream(BinlogStreamRequest::new(77).with_pos(4u64)).await?;
    let (mut rows, mut events, mut bytes) = (0, 0, 0);
    while rows < total {
        let event = stream.next().await.context("the dump ended")??;
        events += 1;
        bytes += u64::from(event.header().event_size());
        rows += u64::from(event.header().event_type_raw() == 30);
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "dump through mysql_async: {:.0} events/s, {:.0} rows/s, {:.0} MB/s",
        f64::from(events) / seconds,
        rows as f64 / seconds,
        bytes as f64 / seconds / 1e6
    );
    Ok(())
}
