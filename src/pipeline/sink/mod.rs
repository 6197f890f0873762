//! Messages to RocketMQ. Knows no binlog.
//!
//! [`Sink`] is what the pipeline needs of a message broker; `rocketmq` is the
//! real one. Order is the caller's: it never has two requests in flight for one
//! queue, and a request that failed is not sent anywhere else.

pub mod code;
pub mod hook;
pub mod host;
pub mod remote;
pub mod rocketmq;
mod tail;
pub mod topics;
mod traced;

pub use tail::parse as parse_stored;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use crate::model::lang::{Message, Text};

use super::error::PipelineResult;

/// One message queue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Queue {
    /// Topic, without namespace.
    pub topic: Arc<str>,
    /// Broker name.
    pub broker: Arc<str>,
    /// Queue id on that broker.
    pub id: i32,
}

impl Queue {
    /// Topic and queue, in a text with places for both.
    fn said(&self, text: Text) -> Message {
        Message::new(text, &[&self.topic, &self.id.to_string()])
    }
}

/// What a sink can do.
pub trait Sink: Send + Sync + 'static {
    /// The topic's queues that can be written to, sorted by broker name and id.
    fn queues<'a>(&'a self, topic: &'a str) -> BoxFuture<'a, PipelineResult<Vec<Queue>>>;

    /// Names of the brokers that are up.
    fn brokers(&self) -> BoxFuture<'_, PipelineResult<Vec<String>>>;

    /// Sends messages in wire form; returns the offset of the first one. After
    /// an error it is unknown which of them were stored.
    fn send<'a>(
        &'a self,
        queue: &'a Queue,
        messages: Bytes,
        count: usize,
    ) -> BoxFuture<'a, PipelineResult<i64>>;

    /// The offset behind the queue's last message.
    fn end_offset<'a>(&'a self, queue: &'a Queue) -> BoxFuture<'a, PipelineResult<i64>>;

    /// Whether every broker has sorted all it stored into its queues.
    fn is_settled(&self) -> BoxFuture<'_, PipelineResult<bool>>;

    /// Reads stored messages from an offset on; returns what one answer holds,
    /// each with its offset and the id and project that it carries.
    fn read<'a>(&'a self, queue: &'a Queue, from: i64) -> BoxFuture<'a, PipelineResult<TailChunk>>;

    /// Gives connections back.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// A part of a queue's tail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TailChunk {
    /// Ids of our messages: project and message id.
    pub ids: Vec<(String, u128)>,
    /// Messages read, ours and others'.
    pub count: u64,
    /// Offset to go on from.
    pub next: i64,
}
