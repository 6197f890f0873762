//! The rig's Java client of RocketMQ, compiled from `tests/rig/java` against RocketMQ 5.5.0.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::rocketmq::{RocketMqVersion, jars};
use crate::cache;

const SOURCES: [(&str, &str); 3] = [
    ("RigClient.java", include_str!("../../java/RigClient.java")),
    ("Requests.java", include_str!("../../java/Requests.java")),
    ("Lines.java", include_str!("../../java/Lines.java")),
];

/// Folder with the compiled classes.
pub fn helper() -> Result<PathBuf> {
    let lib = jars(RocketMqVersion::V5_5_0)?.join("lib");
    let texts: Vec<&str> = SOURCES.iter().map(|(_, text)| *text).collect();
    cache::part(&format!("java-client-{}", cache::source_name(&texts)), |folder| {
        let mut javac = Command::new("javac");
        javac.arg("-cp").arg(lib.join("*")).args(["-d", "."]);
        for (name, text) in SOURCES {
            fs::write(folder.join(name), text)?;
            javac.arg(name);
        }
        cache::run(javac.current_dir(folder), "compiling the rig's RocketMQ client with javac (JDK 17)")
    })
}
