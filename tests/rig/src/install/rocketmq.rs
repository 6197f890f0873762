//! Apache RocketMQ's own jars, from Maven Central; Maven checks each jar's checksum itself.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

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
        let dependencies: String = ["namesrv", "broker", "tools", "client"]
            .iter()
            .map(|name| {
                format!(
                    "<dependency><groupId>org.apache.rocketmq</groupId>\
                     <artifactId>rocketmq-{name}</artifactId><version>{version}</version></dependency>"
                )
            })
            .collect();
        fs::write(
            folder.join("pom.xml"),
            format!(
                "<project><modelVersion>4.0.0</modelVersion><groupId>tidewire</groupId>\
                 <artifactId>rig</artifactId><version>1</version>\
                 <dependencies>{dependencies}</dependencies></project>"
            ),
        )?;
        cache::run(
            Command::new("mvn")
                .args(["-q", "-B", "--strict-checksums"])
                .arg("org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies")
                .args(["-DincludeScope=runtime", "-DoutputDirectory=lib"])
                .current_dir(folder),
            &format!("download of RocketMQ {version} by Maven"),
        )
    })
}

/// Folder with archives of the classes that name server and broker load.
pub fn class_archives(version: RocketMqVersion) -> Result<PathBuf> {
    cache::part(&format!("rocketmq-{}-classes", version.text()), |folder| {
        crate::rocketmq::classes::record(version, folder)
    })
}
