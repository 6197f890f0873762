//! OceanBase's SQL engine: catalogue, type names and checks as OceanBase has them. No binlog.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use anyhow::Result;

use crate::certificates::Certificate;
use crate::install;
use crate::process::{Launch, Process, lock};
use crate::sql;
use crate::workspace::Workspace;

/// A running seekdb; user `root` without password.
#[derive(Debug)]
pub struct SeekDb {
    port: u16,
    folder: PathBuf,
    encrypted: bool,
    process: Mutex<Option<Process>>,
    _workspace: Workspace,
}

impl SeekDb {
    pub async fn start(workspace: &Workspace) -> Result<Self> {
        Self::launch(workspace, None).await
    }

    /// Starts one that takes encrypted connections, too.
    pub async fn start_with_tls(
        workspace: &Workspace,
        certificate: &Certificate,
        authority: &Path,
    ) -> Result<Self> {
        Self::launch(workspace, Some((certificate, authority))).await
    }

    async fn launch(workspace: &Workspace, tls: Option<(&Certificate, &Path)>) -> Result<Self> {
        let server = Self {
            port: workspace.free_port()?,
            folder: workspace.new_folder("seekdb")?,
            encrypted: tls.is_some(),
            process: Mutex::new(None),
            _workspace: workspace.clone(),
        };
        if let Some((made, authority)) = tls {
            let wallet = server.folder.join("data/wallet");
            fs::create_dir_all(&wallet)?;
            fs::copy(authority, wallet.join("ca.pem"))?;
            fs::copy(&made.certificate, wallet.join("server-cert.pem"))?;
            fs::copy(&made.key, wallet.join("server-key.pem"))?;
        }
        server.start_again().await?;
        Ok(server)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// SIGKILL.
    pub fn kill(&self) {
        drop(lock(&self.process).take());
    }

    /// Starts it on its old data and waits until it answers.
    pub async fn start_again(&self) -> Result<()> {
        let installed = install::seekdb()?;
        let programs = installed.join("pylibseekdb");
        let libraries = format!("{0}:{0}.libs", programs.display());
        let mut launch = Launch::new("seekdb", programs.join("seekdb"));
        launch
            .command()
            .arg("--nodaemon")
            .args(["--port", &self.port.to_string()])
            .arg("--base-dir")
            .arg(self.folder.join("data"))
            .args(["--parameter", "datafile_size=2G"])
            .args(["--parameter", "log_disk_size=2G"])
            .args(["--parameter", "memory_limit=2G"])
            .args(["--parameter", "syslog_level=WARN"])
            .args(["--parameter", &format!("ssl_client_authentication={}", self.encrypted)])
            .env("LD_LIBRARY_PATH", libraries)
            .env("LD_PRELOAD", install::loopback_library()?);
        fs::create_dir_all(self.folder.join("data"))?;
        let process = launch.start(&self.folder.join("log"))?;
        process
            .wait_until(Duration::from_secs(90), async || {
                // The port opens before the engine can write.
                let mut connection = sql::connect(self.port, "root", "").await?;
                sql::rows(&mut connection, "CREATE DATABASE IF NOT EXISTS test").await
            })
            .await?;
        *lock(&self.process) = Some(process);
        Ok(())
    }

    pub async fn sql(&self, statement: &str) -> Result<Vec<sql::Row>> {
        sql::sql(self.port, "root", "", statement).await
    }
}
