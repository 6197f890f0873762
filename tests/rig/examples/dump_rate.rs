//! How fast a topic is read back by RocketMQ's Java client.

use std::time::Instant;

use anyhow::Result;
use tidewire_rig::{RocketMq, RocketMqVersion, Workspace};

#[tokio::main]
async fn main() -> Result<()> {
    let workspace = Workspace::new()?;
    let rocketmq = RocketMq::start(&workspace, RocketMqVersion::V5_5_0).await?;
    rocketmq.create_topic("t", 8, 6).await?;
    rocketmq.fill("t", 300_000, 600).await?;
    for _ in 0..2 {
        let begun = Instant::now();
        let count = rocketmq.dump_topic("t").await?.len();
        println!("{count} messages of 600 bytes read in {:?}", begun.elapsed());
    }
    Ok(())
}
