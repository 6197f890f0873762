//! Row changes from a MySQL-protocol binlog. Knows no topic.

pub mod catalogue;
pub mod settings;
