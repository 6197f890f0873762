//! Archives of loaded classes, which take seconds off every later start of the servers.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::server::{self, Classes};
use crate::install::RocketMqVersion;
use crate::workspace::Workspace;

/// Runs both servers once and has each JVM write its archive into `folder` as it ends.
pub fn record(version: RocketMqVersion, folder: &Path) -> Result<()> {
    let workspace = Workspace::new()?;
    let home = workspace.new_folder("classes")?;
    let port = workspace.free_ports()?;
    server::write_settings(&home, port, port + 4, "")?;
    let name_server = server::start_name_server(version, &home, Classes::Record(folder))?;
    let broker = server::start_broker(version, &home, Classes::Record(folder))?;
    let deadline = Instant::now() + Duration::from_secs(60);
    while !broker.last_lines().contains("boot success") {
        ensure!(
            broker.exit_status()?.is_none() && Instant::now() < deadline,
            "the broker did not come up:\n{}",
            broker.last_lines()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::scope(|scope| {
        scope.spawn(|| broker.terminate(Duration::from_secs(90)));
        scope.spawn(|| name_server.terminate(Duration::from_secs(90)));
    });
    Ok(())
}
