//! Installs every server the rig runs, each pinned to a version. Nothing is installed twice.

mod browser;
mod java;
mod mariadb;
mod maven;
mod mysql56;
mod native;
mod readers;
mod rocketmq;
mod seekdb;

pub use browser::{axe, browser};
pub use java::helper;
pub use mariadb::{library_path as mariadb_libraries, mariadb};
pub use mysql56::mysql56;
pub use native::loopback_library;
pub use readers::{reader_jars, readers};
pub use rocketmq::{RocketMqVersion, class_archives, jars};
pub use seekdb::seekdb;

use std::time::Instant;

use anyhow::{Result, bail};

type Part = (&'static str, fn() -> Result<std::path::PathBuf>);

/// Installs everything, in parallel, saying what it does; fails naming each part that failed.
pub fn everything() -> Result<()> {
    let parts: [Part; 11] = [
        ("RocketMQ 5.5.0 and the rig's Java client", helper),
        ("RocketMQ 4.7.1", || jars(RocketMqVersion::V4_7_1)),
        ("RocketMQ 5.5.0 class archives", || class_archives(RocketMqVersion::V5_5_0)),
        ("RocketMQ 4.7.1 class archives", || class_archives(RocketMqVersion::V4_7_1)),
        ("OceanBase seekdb", seekdb),
        ("MySQL 5.6", mysql56),
        ("MariaDB 10.11", mariadb),
        ("loopback library", loopback_library),
        ("Chromium and its driver", browser),
        ("axe-core", axe),
        ("Canal, Flink's formats and a schema validator", readers),
    ];
    let failures: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = parts
            .iter()
            .map(|(name, install)| {
                let timed = move || {
                    let begun = Instant::now();
                    let result = install();
                    (begun.elapsed(), result)
                };
                (name, scope.spawn(timed))
            })
            .collect();
        threads
            .into_iter()
            .filter_map(|(name, thread)| match thread.join() {
                Ok((time, Ok(folder))) => {
                    let seconds = time.as_secs_f32();
                    println!("{name}: {} ({seconds:.1} s)", folder.display());
                    None
                }
                Ok((_, Err(error))) => Some(format!("{name}: {error:#}")),
                Err(_) => Some(format!("{name}: the installer panicked")),
            })
            .collect()
    });
    if failures.is_empty() {
        return Ok(());
    }
    bail!(
        "{} of {} parts are missing:\n{}\nretry with `make rig`",
        failures.len(),
        parts.len(),
        failures.join("\n")
    )
}
