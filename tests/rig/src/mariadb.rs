//! MariaDB 10.11 with a row-format binlog.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::Result;

use crate::process::{Launch, Process, lock};
use crate::workspace::Workspace;
use crate::{cache, install, sql};

/// A running MariaDB; user `root` without password.
#[derive(Debug)]
pub struct MariaDb {
    port: u16,
    folder: PathBuf,
    extra: Vec<String>,
    process: Mutex<Option<Process>>,
    _workspace: Workspace,
}

impl MariaDb {
    pub async fn start(workspace: &Workspace) -> Result<Self> {
        Self::start_with(workspace, &[]).await
    }

    /// Starts with further `mariadbd` arguments, which win over the rig's own.
    pub async fn start_with(workspace: &Workspace, extra: &[&str]) -> Result<Self> {
        let installed = install::mariadb()?;
        let server = Self {
            port: workspace.free_port()?,
            folder: workspace.new_folder("mariadb")?,
            extra: extra.iter().map(ToString::to_string).collect(),
            process: Mutex::new(None),
            _workspace: workspace.clone(),
        };
        cache::run(
            Command::new("cp").arg("-r").arg(installed.join("data")).arg(server.folder.join("data")),
            "copying the data folder of MariaDB",
        )?;
        server.start_again().await?;
        Ok(server)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where its own binlog files are.
    pub fn data_folder(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// SIGKILL.
    pub fn kill(&self) {
        drop(lock(&self.process).take());
    }

    /// Clean stop.
    pub fn stop(&self) {
        if let Some(process) = lock(&self.process).take() {
            process.terminate(Duration::from_secs(5));
        }
    }

    pub async fn restart(&self) -> Result<()> {
        self.stop();
        self.start_again().await
    }

    /// Starts it on its old data and waits until it answers.
    pub async fn start_again(&self) -> Result<()> {
        let installed = install::mariadb()?;
        let usr = installed.join("usr");
        let mut launch = Launch::new("MariaDB", usr.join("sbin/mariadbd"));
        launch
            .command()
            .args(["--no-defaults", "--user=root", "--bind-address=127.0.0.1"])
            .arg(format!("--port={}", self.port))
            .arg(format!("--server-id={}", self.port))
            .arg(format!("--basedir={}", usr.display()))
            .arg(format!("--datadir={}", self.folder.join("data").display()))
            .arg(format!("--socket={}", self.folder.join("socket").display()))
            .arg(format!("--pid-file={}", self.folder.join("pid").display()))
            .args(["--log-bin=mysql-bin", "--binlog-format=ROW", "--binlog-row-image=FULL"])
            .args(["--binlog-checksum=CRC32", "--sync-binlog=0"])
            .args(["--innodb-flush-log-at-trx-commit=2", "--innodb-buffer-pool-size=128M"])
            .args(["--innodb-log-file-size=64M", "--innodb-doublewrite=0"])
            .args(["--max-allowed-packet=64M", "--character-set-server=utf8mb4"])
            .args(["--skip-name-resolve", "--binlog-cache-size=1M"])
            .args(&self.extra)
            .env("LD_LIBRARY_PATH", install::mariadb_libraries(&installed));
        let process = launch.start(&self.folder.join("log"))?;
        process.wait_until(Duration::from_secs(60), async || self.sql("SELECT 1").await).await?;
        *lock(&self.process) = Some(process);
        Ok(())
    }

    pub async fn sql(&self, statement: &str) -> Result<Vec<sql::Row>> {
        sql::sql(self.port, "root", "", statement).await
    }
}
