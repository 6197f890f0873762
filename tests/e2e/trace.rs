//! Message trace: rows go one by one, and each can be found by its key.

use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::product::{Product, ProjectFile};
use crate::servers::{rocketmq, story};
use crate::source::Source;
use crate::workload::create_ledger;

const TRACE_TOPIC: &str = "RMQ_SYS_TRACE_TOPIC";

#[test]
fn traced_rows_are_found_by_key() {
    story(async {
        // GIVEN a project with message trace
        let (source, mq) = (Source::mysql().await?, rocketmq().await?);
        create_ledger(source, "ledgers.traced").await?;
        mq.create_topic("traced", 4, 6).await?;
        let product = Product::start().await?;
        let file = ProjectFile::new(source, mq, "traced", "ledgers.traced", "traced");
        product.apply(&file.with("message_trace = true\n").text()).await?;
        product.project("start", "traced").await?;

        // WHEN rows are inserted in one statement
        source.sql("INSERT INTO ledgers.traced VALUES (71, 1, 'a'), (72, 1, '乙'), (73, 1, 'c')").await?;

        // THEN each arrives with its own id, and its trace names its key and id
        mq.wait_for_count("traced", 3, Duration::from_secs(30)).await?;
        let messages = mq.dump_topic("traced").await?;
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let traces = mq.dump_topic(TRACE_TOPIC).await?;
            let text: String = traces.iter().map(tidewire_rig::StoredMessage::text).collect();
            let found = messages.iter().filter(|message| {
                message.keys.as_ref().is_some_and(|keys| text.contains(keys))
                    && text.contains(&message.msg_id)
            });
            if found.count() == 3 {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "the trace holds {text:?}");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    });
}
