//! Apache RocketMQ's own jars.

use std::path::PathBuf;

use anyhow::Result;

use super::maven::{self, Dependency};
use crate::cache;

/// The two releases that are tested: the newest, and the one that the OMS guide names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RocketMqVersion {
    V5_5_0,
    V4_7_1,
}

impl RocketMqVersion {
    pub fn text(self) -> &'static str {
        match self {
            Self::V5_5_0 => "5.5.0",
            Self::V4_7_1 => "4.7.1",
        }
    }
}

/// Folder with the jars of name server, broker, tools and client.
pub fn jars(version: RocketMqVersion) -> Result<PathBuf> {
    let version = version.text();
    cache::part(&format!("rocketmq-{version}"), |folder| {
        let dependencies = ["namesrv", "broker", "tools", "client"]
            .map(|name| Dependency::new("org.apache.rocketmq", format!("rocketmq-{name}"), version));
        maven::fetch(folder, &dependencies, &format!("RocketMQ {version}"))
    })
}

/// Folder with archives of the classes that name server and broker load.
pub fn class_archives(version: RocketMqVersion) -> Result<PathBuf> {
    cache::part(&format!("rocketmq-{}-classes", version.text()), |folder| {
        crate::rocketmq::classes::record(version, folder)
    })
}
