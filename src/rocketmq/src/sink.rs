//! The real sink: batches as one request each, in the form they were written.

mod send;

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use tidewire_engine::doors::{Queue, Sink, Stored, TailChunk};
use tidewire_engine::endpoint::MqEndpoint;
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_engine::project::ProjectOptions;
use tidewire_words::Sentence;

use crate::batch::Batches;
use crate::code::{self, SUCCESS, meaning, refusal};
use crate::host::Host;
use crate::lane::Lane;
use crate::peer::Peer;
use crate::remote::Remote;
use crate::trace::Tracer;
use crate::wire::frame::{Answer, Request};
use crate::wire::route::lenient;
use crate::words::fault;
use crate::{producers, road, said_queue, tail, topics};

/// Messages asked for at once; the broker gives what it likes.
const PULL_COUNT: i32 = 1024;

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
    remote: Arc<Remote>,
    /// Its line at every connection.
    caller: u64,
    /// Producer group, as on the wire.
    group: String,
    sending: Sending,
    /// Whether a run goes on.
    is_open: AtomicBool,
    addresses: Mutex<HashMap<String, String>>,
    ways: Mutex<HashMap<Queue, Arc<Way>>>,
    /// Brokers that had queues of a topic when it was looked up last.
    seen: Mutex<HashMap<String, BTreeSet<Arc<str>>>>,
    batches: Batches,
    tracer: Mutex<Option<Tracer>>,
}

/// The way to a queue.
struct Way {
    lane: Lane,
    peer: Arc<Peer>,
}

impl RocketMq {
    /// The sink of a project; connects only when it is asked for something.
    pub fn new(host: &Host, target: &MqEndpoint, options: &ProjectOptions) -> Self {
        let sending = match (options.message_trace, options.batch) {
            (true, _) => Sending::Traced,
            (false, true) => Sending::Batches,
            (false, false) => Sending::Singles,
        };
        let remote = host.remote(target);
        Self {
            caller: remote.new_caller(),
            group: remote.wire_group(&options.producer_group),
            remote,
            sending,
            is_open: AtomicBool::new(false),
            addresses: Mutex::default(),
            ways: Mutex::default(),
            seen: Mutex::default(),
            batches: Batches::default(),
            tracer: Mutex::default(),
        }
    }

    fn start(&self) {
        held(&self.addresses).clear();
        held(&self.ways).clear();
        if self.sending == Sending::Traced {
            *held(&self.tracer) = Some(Tracer::start(Arc::clone(&self.remote), self.remote.new_caller()));
        }
        self.is_open.store(true, Ordering::Relaxed);
    }

    async fn stop(&self) {
        self.is_open.store(false, Ordering::Relaxed);
        let tracer = held(&self.tracer).take();
        if let Some(tracer) = tracer {
            tracer.finish().await;
        }
        producers::unregister(&self.remote, self.caller).await;
        self.remote.shrink();
    }

    async fn look_up(&self, topic: &str) -> PipelineResult<Vec<Queue>> {
        let found = topics::writable_queues(&self.remote, topic).await;
        let (queues, addresses) = match found {
            Err(error) if error.kind == ErrorKind::TopicMissing => {
                return Err(self.missing(topic, error).await?);
            }
            found => found?,
        };
        let brokers = queues.iter().map(|queue| Arc::clone(&queue.broker)).collect();
        held(&self.seen).insert(topic.to_owned(), brokers);
        // A look that ends after its run shall not make the group known again.
        if self.is_open.load(Ordering::Relaxed) {
            producers::register(&self.remote, self.caller, &self.group, &addresses);
        }
        let mut known = held(&self.addresses);
        for (broker, address) in addresses {
            if known.get(&broker) != Some(&address) {
                known.insert(broker, address);
                held(&self.ways).clear();
            }
        }
        Ok(queues)
    }

    /// A topic that was there and whose broker is away is not missing: name
    /// servers forget a topic with its last broker.
    async fn missing(&self, topic: &str, error: PipelineError) -> PipelineResult<PipelineError> {
        let up = self.remote.brokers().await?;
        let detail = if up.is_empty() {
            Sentence::new(fault::NO_BROKER, &[topic])
        } else {
            let seen = held(&self.seen);
            let had = seen.get(topic).into_iter().flatten();
            let gone = had.into_iter().find(|broker| up.iter().all(|(name, _)| **name != ***broker));
            let Some(gone) = gone else { return Ok(error) };
            Sentence::new(fault::BROKER_GONE, &[topic, gone])
        };
        Ok(PipelineError::new(ErrorKind::SinkRefuses, detail))
    }

    fn address(&self, queue: &Queue) -> PipelineResult<String> {
        held(&self.addresses).get(&*queue.broker).cloned().ok_or_else(|| {
            let detail = Sentence::new(fault::NO_ROUTE, &[&queue.broker]);
            PipelineError::new(ErrorKind::SinkUnreachable, detail)
        })
    }

    fn way(&self, queue: &Queue) -> PipelineResult<Arc<Way>> {
        if let Some(way) = held(&self.ways).get(queue) {
            return Ok(Arc::clone(way));
        }
        let peer = self.remote.broker(&self.address(queue)?);
        let topic = self.remote.wire_topic(&queue.topic);
        let lane = Lane::new(&self.group, &topic, queue, self.remote.keys());
        let way = Arc::new(Way { lane, peer });
        held(&self.ways).insert(queue.clone(), Arc::clone(&way));
        Ok(way)
    }

    async fn ask(&self, queue: &Queue, request: Request) -> PipelineResult<Answer> {
        let request = road::about(request, &self.remote, queue);
        self.remote.call(self.caller, &self.address(queue)?, request).await
    }

    async fn pull(&self, queue: &Queue, from: i64) -> PipelineResult<TailChunk> {
        let request = road::read_back(&self.group, from, PULL_COUNT);
        let answer = self.ask(queue, request).await?;
        let next = answer.number("nextBeginOffset").unwrap_or(from);
        match answer.code {
            SUCCESS => {
                let stored = tail::parse(&answer.body)
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
            other => Err(refusal(other, &answer.remark, said_queue(queue, fault::READING_BACK))),
        }
    }

    /// Asks each broker how many bytes of its log are not in its queues yet. One
    /// that does not tell for lack of rights counts as settled, one that can't
    /// tell yet does not.
    async fn nothing_behind(&self) -> PipelineResult<bool> {
        #[derive(Deserialize)]
        struct Info {
            table: HashMap<String, String>,
        }
        let addresses: Vec<String> = held(&self.addresses).values().cloned().collect();
        for address in addresses {
            let answer =
                self.remote.call(self.caller, &address, Request::new(code::GET_RUNTIME_INFO)).await?;
            let info = lenient::<Info>(&answer.body, "figures of a broker").ok();
            let behind = info.and_then(|info| info.table.get("dispatchBehindBytes")?.parse::<i64>().ok());
            let denied = meaning(answer.code, "") == ErrorKind::SinkDenied;
            if behind != Some(0) && !denied {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn max_offset(&self, queue: &Queue) -> PipelineResult<i64> {
        let answer = self.ask(queue, Request::new(code::GET_MAX_OFFSET)).await?;
        match answer.number("offset") {
            Some(offset) if answer.code == SUCCESS => Ok(offset),
            _ => Err(refusal(answer.code, &answer.remark, said_queue(queue, fault::QUEUE_END))),
        }
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sink for RocketMq {
    fn open(&self) -> BoxFuture<'_, PipelineResult<()>> {
        async {
            self.start();
            Ok(())
        }
        .boxed()
    }

    fn queues<'a>(&'a self, topic: &'a str) -> BoxFuture<'a, PipelineResult<Vec<Queue>>> {
        self.look_up(topic).boxed()
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
        self.stop().boxed()
    }
}
