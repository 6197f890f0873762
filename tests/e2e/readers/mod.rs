//! What users' own programs make of the messages: Canal, whose messages ours must equal; Canal's
//! clients and Flink, which must get the rows; and the published JSON schemas.

mod canal;
mod changes;
mod documents;
mod flink;
mod schemas;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;
use tidewire_rig::StoredMessage;

use crate::journal::Mark;
use crate::product::{Product, ProjectFile};
use crate::servers::{rocketmq, story};
use crate::source::Source;
use changes::{Change, Table};

const FORMATS: [&str; 8] = [
    "canal-flat",
    "canal",
    "debezium",
    "debezium-flatten",
    "default",
    "default-extend-column-type",
    "dataworks2",
    "shareplex",
];

/// One table, its changes, and what each format's topic holds of them.
struct Story {
    source: Source,
    table: Table,
    changes: Vec<Change>,
    /// The end of the log.
    end: Mark,
    topics: Vec<(&'static str, Vec<StoredMessage>)>,
}

impl Story {
    /// Runs a project for each format over the same changes.
    async fn play(source: Source) -> Result<Self> {
        let mq = rocketmq().await?;
        let mut table = Table::create(source, &format!("readers{}", source.name())).await?;
        let product = Product::start().await?;
        let mut projects = Vec::new();
        for format in FORMATS {
            let topic = format!("{}-{format}", table.name);
            mq.create_topic(&topic, 1, 6).await?;
            let project = topic.replace('-', "");
            let file = ProjectFile::new(source, mq, &project, &table.full_name(), &topic)
                // Canal never splits an update.
                .with("split_key_change = false")
                .with(&format!("format = \"{format}\""));
            product.apply(&file.text()).await?;
            projects.push(project);
        }
        try_join_all(projects.iter().map(|project| product.project("start", project))).await?;
        let changes = table.work().await?;
        let mut topics = Vec::new();
        for format in FORMATS {
            let topic = format!("{}-{format}", table.name);
            let count = i64::try_from(changes.len())?;
            let arrived = mq.wait_for_count(&topic, count, Duration::from_secs(30)).await;
            arrived.with_context(|| product.log())?;
            let messages = mq.dump_topic(&topic).await?;
            ensure!(messages.len() == changes.len(), "{format}: {} messages", messages.len());
            topics.push((format, messages));
        }
        println!("{}: {} changes in {} formats", table.full_name(), changes.len(), topics.len());
        Ok(Self { source, table, changes, end: Mark::of_service(source).await?, topics })
    }

    fn bodies(&self, format: &str) -> Vec<&[u8]> {
        let topic = self.topics.iter().find(|(name, _)| *name == format);
        topic.into_iter().flat_map(|(_, messages)| messages).map(|message| message.body.as_slice()).collect()
    }
}

async fn every_reader(source: Source) -> Result<()> {
    let story = Story::play(source).await?;
    canal::ours_equal_canals(&story).await?;
    canal::clients_get_all(&story).await?;
    flink::rows_equal_select(&story).await?;
    schemas::bodies_are_valid(&story).await
}

#[test]
fn mysql_readers() {
    story(async { every_reader(Source::mysql().await?).await });
}

#[test]
fn mariadb_readers() {
    story(async { every_reader(Source::mariadb().await?).await });
}

#[test]
fn oceanbase_readers() {
    story(async { every_reader(Source::oceanbase().await?).await });
}
