//! Installs and runs the real servers that Tidewire's tests, demo and benchmarks use.
//!
//! Everything listens on 127.0.0.1 with free ports, keeps its data in the run's temporary folder and
//! ends with the handle that started it.
#![allow(clippy::disallowed_methods, reason = "the rig's threads live as long as its servers")]

mod browser;
mod cache;
pub mod certificates;
pub mod demo;
pub mod install;
mod jvm;
mod mariadb;
mod mysql56;
pub mod oceanbase;
mod process;
pub mod readers;
mod rocketmq;
mod seekdb;
pub mod sql;
mod workspace;

pub use browser::Chromedriver;
pub use install::RocketMqVersion;
pub use mariadb::MariaDb;
pub use mysql56::Mysql56;
pub use oceanbase::{OceanBase, OceanBaseOptions};
pub use readers::Readers;
pub use rocketmq::{Account, QueueRange, RocketMq, StoredMessage};
pub use seekdb::SeekDb;
pub use workspace::Workspace;
