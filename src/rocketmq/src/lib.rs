//! Messages to Apache RocketMQ 4.x and 5.x. Knows no binlog.
//!
//! - [`sink`]: the engine's door; `tail` reads stored messages back, `traced`
//!   sends with message trace. [`topics`]: what topics there are.
//! - [`host`], [`remote`]: the connections that projects of a target share.
//! - [`hook`]: signs requests and mends old routes. [`code`]: what answers mean.

// The futures of the client nest deeply.
#![recursion_limit = "256"]

pub mod code;
pub mod hook;
pub mod host;
pub mod remote;
pub mod sink;
mod tail;
pub mod topics;
mod traced;
mod words;

pub use tail::parse as parse_stored;

use tidewire_engine::doors::Queue;
use tidewire_words::{Sentence, Text};

/// Topic and queue, in a text with places for both.
fn said_queue(queue: &Queue, text: Text) -> Sentence {
    Sentence::new(text, &[&queue.topic, &queue.id.to_string()])
}
