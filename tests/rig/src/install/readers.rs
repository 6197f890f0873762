//! Programs that users put behind the topics: Canal, Flink's formats and a JSON schema validator, with
//! the rig's own Java program around them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::maven::{self, Dependency};
use crate::cache;

const CANAL: &str = "1.1.7";
const FLINK: &str = "1.20.3";
const VALIDATOR: &str = "2.0.8";

const SOURCES: [(&str, &str); 5] = [
    ("Readers.java", include_str!("../../java/readers/Readers.java")),
    ("CanalReader.java", include_str!("../../java/readers/CanalReader.java")),
    ("FlatReader.java", include_str!("../../java/readers/FlatReader.java")),
    ("FlinkReader.java", include_str!("../../java/readers/FlinkReader.java")),
    ("SchemaReader.java", include_str!("../../java/readers/SchemaReader.java")),
];

/// Folder with the jars.
pub fn reader_jars() -> Result<PathBuf> {
    cache::part(&format!("readers-{CANAL}-{FLINK}-{VALIDATOR}"), |folder| {
        let canal = |name| Dependency::new("com.alibaba.otter", name, CANAL);
        // Flink asks for a whole cluster; its formats need this much of it.
        let flink = |name| Dependency::alone("org.apache.flink", name, FLINK);
        let dependencies = [
            canal("canal.parse"),
            canal("connector.core"),
            flink("flink-json"),
            flink("flink-table-common"),
            flink("flink-table-runtime"),
            flink("flink-core"),
            flink("flink-core-api"),
            flink("flink-annotations"),
            Dependency::alone("org.apache.flink", "flink-shaded-jackson", "2.14.2-17.0"),
            Dependency::alone("org.apache.flink", "flink-shaded-guava", "31.1-jre-17.0"),
            Dependency::alone("org.apache.commons", "commons-lang3", "3.12.0"),
            Dependency::new("com.networknt", "json-schema-validator", VALIDATOR),
        ];
        let what = format!("Canal {CANAL}, Flink's formats {FLINK} and the schema validator {VALIDATOR}");
        maven::fetch(folder, &dependencies, &what)
    })
}

/// Folder with the compiled program.
pub fn readers() -> Result<PathBuf> {
    let lib = reader_jars()?.join("lib");
    let texts: Vec<&str> = SOURCES.iter().map(|(_, text)| *text).collect();
    cache::part(&format!("readers-{}", cache::source_name(&texts)), |folder| {
        let mut javac = Command::new("javac");
        javac.arg("-cp").arg(lib.join("*")).args(["-d", "."]);
        for (name, text) in SOURCES {
            fs::write(folder.join(name), text)?;
            javac.arg(name);
        }
        cache::run(javac.current_dir(folder), "compiling the rig's readers with javac (JDK 17)")
    })
}
