//! Chromium's driver: one process that makes sessions for tests.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::install;
use crate::process::{Launch, Process};
use crate::workspace::Workspace;

/// A running driver; ends its browsers with it.
#[derive(Debug)]
pub struct Chromedriver {
    port: u16,
    _process: Process,
}

impl Chromedriver {
    /// Starts the driver on a free port.
    pub async fn start(workspace: &Workspace) -> Result<Self> {
        let program = install::browser()?;
        let folder = workspace.new_folder("chromedriver")?;
        let port = workspace.free_port()?;
        let mut launch = Launch::new("chromedriver", program);
        launch
            .command()
            .arg(format!("--port={port}"))
            .arg("--allowed-ips=127.0.0.1")
            // Profiles of the browsers go where the workspace is cleaned up.
            .env("TMPDIR", &folder)
            .env("HOME", &folder);
        let process = launch.start(&folder.join("log"))?;
        process
            .wait_until(Duration::from_secs(20), async || {
                let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await;
                ensure!(stream.is_ok(), "chromedriver does not listen");
                Ok(())
            })
            .await?;
        Ok(Self { port, _process: process })
    }

    /// Address for WebDriver clients.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
