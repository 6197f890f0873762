//! One project's data path: a row's way from the source's log to its topic.
//!
//! The modules in the order of that way:
//! - [`doors`]: everything outside, as traits; nothing else here touches sockets,
//!   SQL, brokers or the clock. [`project`] and [`endpoint`]: what is asked for.
//! - [`log`]: events, transactions and places. [`rows`]: cells from event bytes.
//! - `look_ahead`: what stands behind the place that is read.
//! - [`schema`]: what a table looks like at a place of the log. [`sql`]: words of statements.
//! - [`filter`]: which rows go out. [`serialize`]: a row's text in its format.
//! - [`identity`]: a row's name. [`message`]: the text as a message. [`partition`]: its queue.
//! - [`lanes`]: messages that wait and travel. [`track`]: from confirmed rows to
//!   a safe place. [`checkpoint`]: that place as it is saved.
//! - [`run`](fn@run): the loop that moves all of it.
//! - [`error`], [`retry`], [`stats`], [`kept`], [`sample`]: what goes wrong, when
//!   it is tried again, and what people see of it.

pub mod checkpoint;
pub mod doors;
pub mod endpoint;
pub mod error;
pub mod filter;
pub mod identity;
pub mod kept;
pub mod lanes;
pub mod log;
mod look_ahead;
pub mod message;
pub mod partition;
pub mod planted;
pub mod project;
pub mod retry;
pub mod rows;
mod run;
pub mod sample;
pub mod schema;
pub mod serialize;
pub mod sql;
pub mod stats;
pub mod track;
pub mod words;

pub use run::{Doors, run};
