//! The rig's Java client, which speaks to RocketMQ as users' programs do.

use std::path::Path;

use anyhow::Result;

use crate::install::{self, RocketMqVersion};
use crate::jvm::Jvm;

use super::server;

/// Starts the JVM; it need not reach any server yet. `arguments`: name server, broker, broker name,
/// and access key and secret key if the broker asks for them.
pub fn start(folder: &Path, arguments: &[&str]) -> Result<Jvm> {
    let classes = install::helper()?;
    let jars = install::jars(RocketMqVersion::V5_5_0)?.join("lib/*");
    let mut all = vec![
        "-Xmx768m".to_owned(),
        format!("-Duser.home={}", folder.display()),
        format!("-Drocketmq.client.logRoot={}", folder.join("logs").display()),
    ];
    all.extend(server::tls_flags(folder));
    all.extend([
        "-cp".to_owned(),
        format!("{}:{}", classes.display(), jars.display()),
        "RigClient".to_owned(),
    ]);
    all.extend(arguments.iter().map(ToString::to_string));
    Jvm::start("the rig's RocketMQ client", &folder.join("client.log"), &all)
}
