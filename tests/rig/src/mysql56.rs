//! MySQL 5.6 with GTIDs and row format: its binlog is the nearest to the OceanBase Binlog Service's.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::Result;

use crate::process::{Launch, Process, lock};
use crate::workspace::Workspace;
use crate::{cache, install, sql};

/// Runs at every start, unlogged: the anonymous users of the packaged data folder would otherwise
/// take over logins from localhost.
const INIT_SQL: &str = "SET SESSION sql_log_bin=0;\n\
    DELETE FROM mysql.user WHERE user='';\n\
    UPDATE mysql.user SET password='' WHERE user='root';\n\
    FLUSH PRIVILEGES;\n\
    CREATE DATABASE IF NOT EXISTS test;\n";

/// A running MySQL 5.6; user `root` without password.
#[derive(Debug)]
pub struct Mysql56 {
    port: u16,
    folder: PathBuf,
    extra: Vec<String>,
    process: Mutex<Option<Process>>,
    _workspace: Workspace,
}

impl Mysql56 {
    pub async fn start(workspace: &Workspace) -> Result<Self> {
        Self::start_with(workspace, &[]).await
    }

    /// Starts with further `mysqld` arguments, which win over the rig's own.
    pub async fn start_with(workspace: &Workspace, extra: &[&str]) -> Result<Self> {
        let installed = install::mysql56()?;
        let server = Self {
            port: workspace.free_port()?,
            folder: workspace.new_folder("mysql56")?,
            extra: extra.iter().map(ToString::to_string).collect(),
            process: Mutex::new(None),
            _workspace: workspace.clone(),
        };
        cache::run(
            Command::new("cp").arg("-r").arg(installed.join("data/mysql")).arg(server.folder.join("data")),
            "copying the data folder of MySQL 5.6",
        )?;
        // The packaged folder has a fixed server uuid; without this file each server makes its own.
        let identity = server.folder.join("data/auto.cnf");
        if identity.exists() {
            fs::remove_file(identity)?;
        }
        fs::write(server.folder.join("init.sql"), INIT_SQL)?;
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
        let installed = install::mysql56()?;
        let mut launch = Launch::new("MySQL 5.6", installed.join("mysqld"));
        launch
            .command()
            .args(["--no-defaults", "--user=root", "--bind-address=127.0.0.1"])
            .arg(format!("--port={}", self.port))
            .arg(format!("--server-id={}", self.port))
            .arg(format!("--basedir={}", installed.display()))
            .arg(format!("--lc-messages-dir={}", installed.join("share").display()))
            .arg(format!("--datadir={}", self.folder.join("data").display()))
            .arg(format!("--socket={}", self.folder.join("socket").display()))
            .arg(format!("--pid-file={}", self.folder.join("pid").display()))
            .arg(format!("--init-file={}", self.folder.join("init.sql").display()))
            .args(["--gtid-mode=ON", "--enforce-gtid-consistency", "--log-slave-updates"])
            .args(["--log-bin=mysql-bin", "--binlog-format=ROW", "--binlog-checksum=CRC32"])
            .args(["--sync-binlog=0", "--innodb-flush-log-at-trx-commit=2"])
            .args(["--innodb-buffer-pool-size=128M", "--innodb-log-file-size=64M"])
            .args(["--innodb-flush-method=O_DIRECT_NO_FSYNC", "--innodb-doublewrite=0"])
            .args(["--innodb-file-format=Barracuda", "--innodb-large-prefix=ON"])
            .args(["--max-allowed-packet=64M", "--character-set-server=utf8mb4"])
            .args(["--performance-schema=OFF", "--skip-name-resolve"])
            .args(["--max-connections=300", "--table-open-cache=400"])
            .args(["--explicit-defaults-for-timestamp", "--binlog-cache-size=1M"])
            .args(&self.extra)
            .env("LD_LIBRARY_PATH", &installed);
        let process = launch.start(&self.folder.join("log"))?;
        process.wait_until(Duration::from_secs(60), async || self.sql("SELECT 1").await).await?;
        *lock(&self.process) = Some(process);
        Ok(())
    }

    pub async fn sql(&self, statement: &str) -> Result<Vec<sql::Row>> {
        sql::sql(self.port, "root", "", statement).await
    }
}
