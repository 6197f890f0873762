//! Messages to Apache RocketMQ 4.x and 5.x. Knows no binlog.
//!
//! - [`sink`]: the engine's door; `lane` writes the headers of its sends, `batch` says
//!   how many messages go in one, `tail`
//!   reads stored messages back, `trace` writes the message trace. [`topics`]: what
//!   topics there are. [`road`]: whether a project's messages would get through;
//!   `rights` says what an access key lacks.
//! - [`host`], [`remote`]: the connections that projects of a target share: `peer`
//!   one address, `dial` how it is reached, `connection` requests and answers,
//!   `producers` the heartbeats.
//! - [`wire`]: the protocol as bytes. [`code`]: what answers mean.

mod batch;
pub mod code;
mod connection;
mod dial;
pub mod host;
mod lane;
mod peer;
mod producers;
pub mod remote;
mod rights;
pub mod road;
pub mod sink;
mod tail;
pub mod topics;
mod trace;
pub mod wire;
mod words;

pub use tail::parse as parse_stored;

use tidewire_engine::doors::Queue;
use tidewire_words::{Sentence, Text};

/// Topic and queue, in a text with places for both.
fn said_queue(queue: &Queue, text: Text) -> Sentence {
    Sentence::new(text, &[&queue.topic, &queue.id.to_string()])
}
