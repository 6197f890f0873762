//! The real sink: batches as one request each, in the form they were written.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rocketmq_client_rust::{ClientRuntime, DefaultMQProducer};
use rocketmq_protocol::protocol::remoting_command::RemotingCommand;
use tidewire_engine::doors::{Queue, Sink, Stored, TailChunk};
use tidewire_engine::endpoint::MqEndpoint;
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_engine::message::{self, MessageView};
use tidewire_engine::project::ProjectOptions;
use tidewire_words::Sentence;
use tokio::time::sleep;

use crate::code::{self, BUSY, STORED_BUT_SLOW, SUCCESS, meaning, refusal};
use crate::host::Host;
use crate::remote::{Remote, describe};
use crate::words::fault;
use crate::{said_queue, tail, topics, traced};

/// How often a busy broker is asked again before the project shows it.
const BUSY_TRIES: u32 = 8;
/// Messages asked for at once; the broker gives what it likes.
const PULL_COUNT: i32 = 1024;
/// Group under which tails are read; exists nowhere and consumes nothing.
const READER_GROUP: &str = "TIDEWIRE_TAIL";

/// How messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// Many in one request.
    Batches,
    /// One a request, for brokers that refuse batches.
    Singles,
    /// One a request, with message trace.
    Traced,
}

/// A project's view of its target.
pub struct RocketMq {
    runtime: Arc<ClientRuntime>,
    remote: Arc<Remote>,
    group: String,
    sending: Sending,
    addresses: Mutex<HashMap<String, String>>,
    /// Brokers that refused a batch and took its messages one by one.
    single_brokers: Mutex<HashSet<Arc<str>>>,
    /// Registers the producer group with the brokers; sends traced messages.
    producer: tokio::sync::RwLock<Option<DefaultMQProducer>>,
}

impl RocketMq {
    /// The sink of a project; connects only when it is opened.
    pub fn new(host: &Host, target: &MqEndpoint, options: &ProjectOptions) -> Self {
        let sending = match (options.message_trace, options.batch) {
            (true, _) => Sending::Traced,
            (false, true) => Sending::Batches,
            (false, false) => Sending::Singles,
        };
        Self {
            runtime: Arc::clone(host.runtime()),
            remote: host.remote(target),
            group: options.producer_group.clone(),
            sending,
            addresses: Mutex::default(),
            single_brokers: Mutex::default(),
            producer: tokio::sync::RwLock::new(None),
        }
    }

    async fn start(&self) -> PipelineResult<()> {
        let mut config = self.remote.client_config()?;
        config.set_enable_trace(self.sending == Sending::Traced);
        let namespace = self.remote.target().namespace.as_deref();
        if let Some(namespace) = namespace.filter(|namespace| !namespace.is_empty()) {
            config.set_namespace(namespace.into());
        }
        let mut producer = DefaultMQProducer::builder(Arc::clone(&self.runtime))
            .client_config(config)
            .producer_group(&self.group)
            .rpc_hook(self.remote.hook())
            .build();
        if let Err(error) = producer.start().await {
            producer.shutdown().await;
            return Err(describe(&error, fault::THE_PRODUCER));
        }
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *self.producer.write().await = Some(producer);
        Ok(())
    }

    fn address(&self, queue: &Queue) -> PipelineResult<String> {
        let addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        addresses.get(&*queue.broker).cloned().ok_or_else(|| {
            let detail = Sentence::new(fault::NO_ROUTE, &[&queue.broker]);
            PipelineError::new(ErrorKind::SinkUnreachable, detail)
        })
    }

    /// The send header, with the short names that brokers of every version read.
    fn send_command(&self, queue: &Queue, code: i32, properties: &str, batch: bool) -> RemotingCommand {
        let mut command = RemotingCommand::create_remoting_command(code);
        for (name, value) in [
            ("a", self.group.as_str()),
            ("b", &self.remote.wire_topic(&queue.topic)),
            ("c", "TBW102"),
            ("d", "4"),
            ("e", &queue.id.to_string()),
            ("f", "0"),
            ("g", &jiff::Timestamp::now().as_millisecond().to_string()),
            ("h", "0"),
            ("i", properties),
            ("j", "0"),
            ("k", "false"),
            ("m", if batch { "true" } else { "false" }),
            ("n", &queue.broker),
        ] {
            command.add_ext_field(name, value);
        }
        command
    }

    async fn send_all(&self, queue: &Queue, messages: Bytes, count: usize) -> PipelineResult<Stored> {
        if self.sending != Sending::Batches || self.refuses_batches(queue) {
            return self.send_singly(queue, &messages).await;
        }
        match self.send_batch(queue, &messages).await {
            // One message is too large for this broker, or it takes no batches at
            // all: let the others through, and find out which.
            Err(error) if error.kind == ErrorKind::MessageRejected => {
                let stored = self.send_singly(queue, &messages).await?;
                log::warn!(
                    "broker {} refuses batches; messages go singly from now on: {error}",
                    queue.broker
                );
                self.single_brokers
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(Arc::clone(&queue.broker));
                Ok(stored)
            }
            sent => {
                let count = i64::try_from(count).unwrap_or(i64::MAX);
                sent.map(|first| Stored { first, last: first.saturating_add(count - 1) })
            }
        }
    }

    fn refuses_batches(&self, queue: &Queue) -> bool {
        let brokers = self.single_brokers.lock().unwrap_or_else(PoisonError::into_inner);
        brokers.contains(&queue.broker)
    }

    async fn send_batch(&self, queue: &Queue, messages: &Bytes) -> PipelineResult<i64> {
        let make = || {
            self.send_command(queue, code::SEND_BATCH, "WAIT\u{1}true\u{2}", true).set_body(messages.clone())
        };
        self.send_until_clear(queue, make, None).await
    }

    async fn send_singly(&self, queue: &Queue, messages: &Bytes) -> PipelineResult<Stored> {
        let mut stored: Option<Stored> = None;
        for view in message::messages(messages) {
            let properties = std::str::from_utf8(view.properties)
                .map_err(|_| PipelineError::new(ErrorKind::Internal, fault::NOT_TEXT))?;
            let body = messages.slice_ref(view.body);
            let offset = if self.sending == Sending::Traced {
                self.send_traced(queue, &view, body).await?
            } else {
                let make = || {
                    self.send_command(queue, code::SEND_MESSAGE_V2, properties, false).set_body(body.clone())
                };
                self.send_until_clear(queue, make, Some(view)).await?
            };
            let first = stored.map_or(offset, |stored| stored.first);
            stored = Some(Stored { first, last: offset });
        }
        stored.ok_or_else(|| PipelineError::new(ErrorKind::Internal, fault::EMPTY_BATCH))
    }

    async fn send_traced(&self, queue: &Queue, view: &MessageView<'_>, body: Bytes) -> PipelineResult<i64> {
        match &*self.producer.read().await {
            Some(producer) => traced::send(producer, queue, view, body).await,
            None => Err(PipelineError::new(ErrorKind::SinkUnreachable, fault::PRODUCER_CLOSED)),
        }
    }

    /// Sends; while the broker says that it is busy and has stored nothing, asks
    /// again.
    async fn send_until_clear(
        &self,
        queue: &Queue,
        make: impl Fn() -> RemotingCommand,
        single: Option<MessageView<'_>>,
    ) -> PipelineResult<i64> {
        let address = self.address(queue)?;
        let mut tries = 0;
        loop {
            let response = self.remote.call(&address, make()).await?;
            let remark = response.remark().map_or("", |remark| remark.as_str());
            let answer = response.code();
            if answer == SUCCESS || STORED_BUT_SLOW.contains(&answer) {
                if answer != SUCCESS {
                    log::warn!("broker {} stored messages but says: {remark} (code {answer})", queue.broker);
                }
                return field(&response, "queueOffset").ok_or_else(|| {
                    let detail = Sentence::new(fault::NO_OFFSET, &[&address]);
                    PipelineError::new(ErrorKind::SinkUnreachable, detail)
                });
            }
            tries += 1;
            if BUSY.contains(&answer) && tries < BUSY_TRIES {
                sleep(Duration::from_millis(25 << tries)).await;
                continue;
            }
            let what =
                single.map_or_else(|| said_queue(queue, fault::QUEUE), |view| said_message(queue, &view));
            let mut error = refusal(answer, remark, what);
            if answer == code::MESSAGE_ILLEGAL && single.is_some() {
                error.kind = ErrorKind::MessageTooLarge;
            }
            return Err(error);
        }
    }

    async fn pull(&self, queue: &Queue, from: i64) -> PipelineResult<TailChunk> {
        let mut command = RemotingCommand::create_remoting_command(code::PULL_MESSAGE);
        for (name, value) in [
            ("consumerGroup", READER_GROUP),
            ("topic", &self.remote.wire_topic(&queue.topic)),
            ("queueId", &queue.id.to_string()),
            ("queueOffset", &from.to_string()),
            ("maxMsgNums", &PULL_COUNT.to_string()),
            // The subscription travels in the request; the broker shall not wait.
            ("sysFlag", "4"),
            ("commitOffset", "0"),
            ("suspendTimeoutMillis", "0"),
            ("subscription", "*"),
            ("subVersion", "0"),
            ("expressionType", "TAG"),
            ("bname", &queue.broker),
        ] {
            command.add_ext_field(name, value);
        }
        let response = self.remote.call(&self.address(queue)?, command).await?;
        let next = field(&response, "nextBeginOffset").unwrap_or(from);
        match response.code() {
            SUCCESS => {
                let body = response.body().map(AsRef::as_ref).unwrap_or_default();
                let stored = tail::parse(body)
                    .map_err(|error| PipelineError::new(ErrorKind::SinkUnreachable, error))?;
                Ok(TailChunk {
                    first: stored.first().map(|first| first.offset),
                    count: stored.len() as u64,
                    next: stored.last().map_or(next, |last| last.offset + 1),
                    rows: stored.into_iter().filter_map(tail::Stored::ours).collect(),
                })
            }
            code::PULL_NOT_FOUND | code::PULL_RETRY_IMMEDIATELY | code::PULL_OFFSET_MOVED => {
                Ok(TailChunk { next, ..TailChunk::default() })
            }
            other => {
                let remark = response.remark().map_or("", |remark| remark.as_str());
                Err(refusal(other, remark, said_queue(queue, fault::READING_BACK)))
            }
        }
    }

    /// Asks each broker how many bytes of its log are not in its queues yet. One
    /// that does not tell for lack of rights counts as settled, one that can't
    /// tell yet does not.
    async fn nothing_behind(&self) -> PipelineResult<bool> {
        #[derive(serde::Deserialize)]
        struct Info {
            table: HashMap<String, String>,
        }
        let addresses: Vec<String> =
            self.addresses.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        for address in addresses {
            let command = RemotingCommand::create_remoting_command(code::GET_RUNTIME_INFO);
            let response = self.remote.call(&address, command).await?;
            let info = response.body().and_then(|body| serde_json::from_slice::<Info>(body).ok());
            let behind = info.and_then(|info| info.table.get("dispatchBehindBytes")?.parse::<i64>().ok());
            let denied = meaning(response.code(), "") == ErrorKind::SinkDenied;
            if behind != Some(0) && !denied {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn max_offset(&self, queue: &Queue) -> PipelineResult<i64> {
        let mut command = RemotingCommand::create_remoting_command(code::GET_MAX_OFFSET);
        command.add_ext_field("topic", self.remote.wire_topic(&queue.topic));
        command.add_ext_field("queueId", queue.id.to_string());
        command.add_ext_field("bname", queue.broker.to_string());
        let address = self.address(queue)?;
        let response = self.remote.call(&address, command).await?;
        match field(&response, "offset") {
            Some(offset) if response.code() == SUCCESS => Ok(offset),
            _ => {
                let remark = response.remark().map_or("", |remark| remark.as_str());
                Err(refusal(response.code(), remark, said_queue(queue, fault::QUEUE_END)))
            }
        }
    }
}

/// A message that the broker refused, with its place, size and keys.
fn said_message(queue: &Queue, view: &MessageView<'_>) -> Sentence {
    let (number, size) = (queue.id.to_string(), view.bytes.len().to_string());
    let keys = message::property(view.properties, "KEYS").unwrap_or_default();
    Sentence::new(fault::MESSAGE, &[&queue.topic, &number, &size, keys])
}

fn field(response: &RemotingCommand, name: &str) -> Option<i64> {
    response.ext_fields()?.iter().find(|(key, _)| key.as_str() == name)?.1.as_str().parse().ok()
}

impl Sink for RocketMq {
    fn open(&self) -> BoxFuture<'_, PipelineResult<()>> {
        self.start().boxed()
    }

    fn queues<'a>(&'a self, topic: &'a str) -> BoxFuture<'a, PipelineResult<Vec<Queue>>> {
        async move {
            let (queues, addresses) = topics::writable_queues(&self.remote, topic).await?;
            self.addresses.lock().unwrap_or_else(PoisonError::into_inner).extend(addresses);
            Ok(queues)
        }
        .boxed()
    }

    fn brokers(&self) -> BoxFuture<'_, PipelineResult<Vec<String>>> {
        async move { Ok(self.remote.brokers().await?.into_iter().map(|(name, _)| name).collect()) }.boxed()
    }

    fn send<'a>(
        &'a self,
        queue: &'a Queue,
        messages: Bytes,
        count: usize,
    ) -> BoxFuture<'a, PipelineResult<Stored>> {
        self.send_all(queue, messages, count).boxed()
    }

    fn end_offset<'a>(&'a self, queue: &'a Queue) -> BoxFuture<'a, PipelineResult<i64>> {
        self.max_offset(queue).boxed()
    }

    fn is_settled(&self) -> BoxFuture<'_, PipelineResult<bool>> {
        self.nothing_behind().boxed()
    }

    fn read<'a>(&'a self, queue: &'a Queue, from: i64) -> BoxFuture<'a, PipelineResult<TailChunk>> {
        self.pull(queue, from).boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async move {
            if let Some(mut producer) = self.producer.write().await.take() {
                producer.shutdown().await;
            }
            self.remote.shrink().await;
        }
        .boxed()
    }
}
