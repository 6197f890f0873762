//! Messages to RocketMQ. Knows no binlog.

pub mod host;
pub mod topics;
