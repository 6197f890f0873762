//! Row changes from a MySQL-protocol binlog. Knows no topic.

pub mod assemble;
pub mod binding;
pub mod body;
pub mod catalogue;
pub mod connect;
pub mod decode;
pub mod gtid;
pub mod locate;
pub mod resume;
pub mod role;
pub mod schema_book;
pub mod settings;
pub mod stream;
pub mod transaction;
pub mod wire;
