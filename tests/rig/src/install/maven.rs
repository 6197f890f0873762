//! Jars from Maven Central; Maven checks each jar's checksum itself.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::cache;

/// A published jar.
pub struct Dependency {
    group: &'static str,
    name: String,
    version: &'static str,
    alone: bool,
}

impl Dependency {
    /// The jar with everything it says it needs.
    pub fn new(group: &'static str, name: impl Into<String>, version: &'static str) -> Self {
        Self { group, name: name.into(), version, alone: false }
    }

    /// The jar alone: for those that ask for much more than the rig uses of them.
    pub fn alone(group: &'static str, name: &str, version: &'static str) -> Self {
        Self { alone: true, ..Self::new(group, name, version) }
    }
}

/// Copies the jars into `folder/lib`.
pub fn fetch(folder: &Path, dependencies: &[Dependency], what: &str) -> Result<()> {
    let mut text = String::new();
    for Dependency { group, name, version, alone } in dependencies {
        let exclusions = if *alone {
            "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>"
        } else {
            ""
        };
        write!(
            text,
            "<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId>\
             <version>{version}</version>{exclusions}</dependency>"
        )?;
    }
    fs::write(
        folder.join("pom.xml"),
        format!(
            "<project><modelVersion>4.0.0</modelVersion><groupId>tidewire</groupId>\
             <artifactId>rig</artifactId><version>1</version>\
             <dependencies>{text}</dependencies></project>"
        ),
    )?;
    cache::run(
        Command::new("mvn")
            .args(["-q", "-B", "--strict-checksums"])
            .arg("org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies")
            .args(["-DincludeScope=runtime", "-DoutputDirectory=lib"])
            .current_dir(folder),
        &format!("download of {what} by Maven"),
    )
}
