//! One project's data path: binlog source -> decode -> route -> serialize ->
//! lanes -> RocketMQ -> checkpoint. Knows no web, no tables of the state
//! database and no other project.

pub mod charset;
pub mod checkpoint;
pub mod clock;
pub mod dispatch;
pub mod error;
pub mod filter;
pub mod java_number;
pub mod kept;
pub mod message;
pub mod number;
pub mod partition;
pub mod retry;
mod run;
pub mod sample;
pub mod schema;
pub mod serialize;
pub mod sink;
pub mod source;
pub mod stats;
pub mod track;

pub use run::run;
