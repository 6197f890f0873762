//! Message trace: what was sent when, where to and how long it took, as messages
//! of the trace topic in the form that RocketMQ's own tools read. Source:
//! `TraceDataEncoder`, `AsyncTraceDispatcher`.
//!
//! A trace is never in a row's way: what can't be written in time is left out,
//! and said once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tidewire_engine::doors::Queue;
use tidewire_engine::error::PipelineResult;
use tidewire_engine::message::{MessageView, property};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use crate::code::{SUCCESS, refusal};
use crate::lane::Lane;
use crate::remote::Remote;
use crate::topics;
use crate::wire::frame::Answer;

/// The topic that brokers make for traces.
const TOPIC: &str = "RMQ_SYS_TRACE_TOPIC";
/// Group of those who write it; needs no making.
const GROUP: &str = "_INNER_TRACE_PRODUCER";
/// Records that may wait, as in the Java client.
const WAITING: usize = 2048;
/// Records in one message, as in the Java client.
const RECORDS: usize = 100;
/// Bytes of keys in one message: all properties together have 32 KB.
const KEYS: usize = 16 << 10;
/// How long the list of the trace topic's queues counts.
const ROUTE: Duration = Duration::from_secs(30);
/// How long the last records may take at the end of a run.
const FAREWELL: Duration = Duration::from_secs(1);
/// A control byte ends a field, the next one a record.
const FIELD: char = '\u{1}';
const RECORD: char = '\u{2}';

/// One message that was sent.
pub(crate) struct Traced<'a> {
    pub(crate) group: &'a str,
    pub(crate) queue: &'a Queue,
    pub(crate) view: &'a MessageView<'a>,
    /// Milliseconds since 1970.
    pub(crate) born: i64,
    pub(crate) took: Duration,
    pub(crate) broker: &'a str,
    /// Nothing where the broker did not store it.
    pub(crate) answer: Option<&'a Answer>,
}

struct Record {
    text: String,
    keys: Vec<String>,
}

impl Traced<'_> {
    fn record(&self) -> Record {
        let Self { group, queue, view, born, took, broker, answer } = self;
        let of = |name: &str| property(view.properties, name).unwrap_or_default();
        let said = |name: &str| answer.and_then(|answer| answer.fields.get(name)).map(String::as_str);
        let (id, keys) = (of("UNIQ_KEY"), of("KEYS"));
        let mut text = String::from("Pub");
        let (took, size) = (took.as_millis().to_string(), view.body.len().to_string());
        for field in [
            born.to_string().as_str(),
            said("MSG_REGION").unwrap_or("DefaultRegion"),
            group,
            &queue.topic,
            id,
            of("TAGS"),
            keys,
            broker,
            &size,
            &took,
            // A normal message.
            "0",
            said("msgId").unwrap_or_default(),
            if answer.is_some() { "true" } else { "false" },
            // The address of this host, which the broker knows better.
            "",
        ] {
            text.push(FIELD);
            text.push_str(field);
        }
        text.push(RECORD);
        let keys = std::iter::once(id).chain(keys.split(' ')).filter(|key| !key.is_empty());
        Record { text, keys: keys.map(str::to_owned).collect() }
    }
}

/// Writes the trace of one run.
pub(crate) struct Tracer {
    records: mpsc::Sender<Record>,
    task: JoinHandle<()>,
}

impl Tracer {
    pub(crate) fn start(remote: Arc<Remote>, caller: u64) -> Self {
        let (records, waiting) = mpsc::channel(WAITING);
        let writer = Writer { remote, caller, lanes: Vec::new(), asked: None, turn: 0, complained: false };
        Self { records, task: tokio::spawn(writer.run(waiting)) }
    }

    /// Notes a message, unless the broker wants no trace of it.
    pub(crate) fn note(&self, traced: &Traced<'_>) {
        let off =
            traced.answer.is_some_and(|answer| answer.fields.get("TRACE_ON").is_some_and(|on| on == "false"));
        if !off && self.records.try_send(traced.record()).is_err() {
            log::debug!("a message is left out of the trace: its writer does not keep up");
        }
    }

    /// Writes what waits, for a while.
    pub(crate) async fn finish(self) {
        let Self { records, mut task } = self;
        drop(records);
        if timeout(FAREWELL, &mut task).await.is_err() {
            task.abort();
        }
    }
}

struct Writer {
    remote: Arc<Remote>,
    caller: u64,
    /// Queues of the trace topic, each with its broker's address.
    lanes: Vec<(Lane, String)>,
    asked: Option<Instant>,
    turn: usize,
    complained: bool,
}

impl Writer {
    async fn run(mut self, mut waiting: mpsc::Receiver<Record>) {
        let mut records = Vec::with_capacity(RECORDS);
        while waiting.recv_many(&mut records, RECORDS).await > 0 {
            while !records.is_empty() {
                let written = self.write(&mut records).await;
                if let Err(error) = written
                    && !std::mem::replace(&mut self.complained, true)
                {
                    log::warn!("the message trace can't be written: {error}");
                }
            }
        }
    }

    /// Writes one message, and takes what it holds out of the records.
    async fn write(&mut self, records: &mut Vec<Record>) -> PipelineResult<()> {
        let mut keys = BTreeSet::new();
        let (mut count, mut bytes, mut text) = (0, 0, String::new());
        for record in &*records {
            bytes += record.keys.iter().map(|key| key.len() + 1).sum::<usize>();
            if count > 0 && bytes > KEYS {
                break;
            }
            keys.extend(record.keys.iter().map(String::as_str));
            text.push_str(&record.text);
            count += 1;
        }
        let mut properties = String::from("KEYS\u{1}");
        for (number, key) in keys.iter().enumerate() {
            let space = if number > 0 { " " } else { "" };
            properties.push_str(space);
            properties.push_str(key);
        }
        properties.push_str("\u{2}WAIT\u{1}true\u{2}");
        records.drain(..count);
        self.look_up().await?;
        self.turn += 1;
        let Some((lane, address)) = self.lanes.get(self.turn % self.lanes.len().max(1)) else {
            return Ok(());
        };
        let born = jiff::Timestamp::now().as_millisecond();
        let frame = lane.single(born, &properties, text.into(), self.remote.keys());
        let answer = self.remote.send(self.caller, &self.remote.broker(address), frame).await?;
        if answer.code == SUCCESS { Ok(()) } else { Err(refusal(answer.code, &answer.remark, TOPIC)) }
    }

    /// Asks for the trace topic's queues from time to time. Its name has no
    /// namespace.
    async fn look_up(&mut self) -> PipelineResult<()> {
        if self.asked.is_some_and(|asked| asked.elapsed() < ROUTE) {
            return Ok(());
        }
        self.asked = Some(Instant::now());
        let route = self.remote.route_of(TOPIC).await?;
        let (queues, addresses) = topics::writable(TOPIC, route)?;
        let lane = |queue: Queue| {
            let (_, address) = addresses.iter().find(|(name, _)| **name == *queue.broker)?;
            Some((Lane::new(GROUP, TOPIC, &queue, self.remote.keys()), address.clone()))
        };
        self.lanes = queues.into_iter().filter_map(lane).collect();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_the_fields_that_the_tools_read() {
        let queue = Queue { topic: "orders".into(), broker: "b".into(), id: 1 };
        let properties = b"TAGS\x01t\x02UNIQ_KEY\x01ID\x02KEYS\x01k1 k2\x02";
        let view = MessageView { bytes: b"", body: b"xyz", properties };
        let fields = [("msgId", "OFFSET"), ("MSG_REGION", "here")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let answer = Answer { fields: fields.into(), ..Answer::default() };
        let took = Duration::from_millis(4);
        let traced = Traced {
            group: "g",
            queue: &queue,
            view: &view,
            born: 7,
            took,
            broker: "h:1",
            answer: Some(&answer),
        };
        let record = traced.record();
        assert_eq!(
            record.text.replace('\u{1}', "|"),
            "Pub|7|here|g|orders|ID|t|k1 k2|h:1|3|4|0|OFFSET|true|\u{2}"
        );
        assert_eq!(record.keys, ["ID", "k1", "k2"]);
    }
}
