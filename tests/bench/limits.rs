//! The raw limits of both sides: the log without decoding, and ready batches
//! without a source.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tidewire_engine::doors::Sink;
use tidewire_engine::endpoint::{MqEndpoint, SourceEndpoint};
use tidewire_engine::identity::{Half, RowName, TableName, TransactionKey};
use tidewire_engine::log::body;
use tidewire_engine::message::{TableProperties, append};
use tidewire_engine::project::ProjectOptions;
use tidewire_mysql::stream::{EventStream, StartAt, Subscriber};
use tidewire_rocketmq::host::Host;
use tidewire_rocketmq::sink::RocketMq as Target;

use crate::line;

/// Reads the log from its beginning to its end and only counts.
pub(crate) async fn raw_dump(source: &SourceEndpoint, file: &str, rows: u64, name: &str) -> f64 {
    let who = Subscriber::new("raw dump");
    let started = Instant::now();
    let mut stream = EventStream::open(source, &who, &StartAt::File(file.to_owned(), 4), true).await.unwrap();
    let (mut events, mut bytes) = (0_u64, 0_u64);
    while let Ok(raw) = stream.next().await {
        if body::rows_kind(raw.kind).is_some() {
            events += 1;
        }
        // At the end of the log the rig's service only sends heartbeats.
        if raw.kind == body::kind::HEARTBEAT && started.elapsed() > Duration::from_millis(500) && events > 0 {
            break;
        }
        bytes += u64::from(raw.size);
    }
    let seconds = started.elapsed().as_secs_f64();
    stream.give_back().await;
    let note = format!("{events} row events, {:.0} MB/s", bytes as f64 / seconds / 1e6);
    line(&format!("{name}: log read, not decoded"), rows, seconds, &note);
    rows as f64 / seconds
}

/// Sends ready batches over `lanes` queues for a while.
pub(crate) async fn raw_producer(
    target: &MqEndpoint,
    topic: &str,
    body_bytes: usize,
    name: Option<&str>,
) -> f64 {
    let host = Arc::new(Host::default());
    let options = ProjectOptions { producer_group: "bench".to_owned(), ..ProjectOptions::default() };
    let sink = Arc::new(Target::new(&host, target, &options));
    sink.open().await.unwrap();
    let queues = sink.queues(topic).await.unwrap();
    const COUNT: usize = 512;
    let table = TableProperties::new("np_raw", "default", &TableName::new("bench", "orders"));
    let key = TransactionKey::new("np_raw", "raw:1");
    let mut batch = Vec::new();
    for ordinal in 0..COUNT as u64 {
        let name = RowName { transaction: &key, table: table.key(), number: ordinal, half: Half::Whole };
        append(&mut batch, &table, &name, "12345678", |out| {
            out.resize(out.len() + body_bytes, b'x');
            Ok::<(), ()>(())
        })
        .unwrap()
        .unwrap();
    }
    let batch = Bytes::from(batch);
    let started = Instant::now();
    let mut lanes = tokio::task::JoinSet::new();
    for queue in queues {
        let (sink, batch) = (sink.clone(), batch.clone());
        lanes.spawn(async move {
            let mut sent = 0_u64;
            while started.elapsed() < Duration::from_secs(5) {
                sink.send(&queue, batch.clone(), COUNT).await.unwrap();
                sent += COUNT as u64;
            }
            sent
        });
    }
    let mut sent = 0;
    while let Some(lane) = lanes.join_next().await {
        sent += lane.unwrap();
    }
    let seconds = started.elapsed().as_secs_f64();
    sink.close().await;
    host.shutdown().await;
    let note = format!("{body_bytes} byte bodies, {COUNT} a batch, 8 queues");
    if let Some(name) = name {
        line(name, sent, seconds, &note);
    }
    sent as f64 / seconds
}
