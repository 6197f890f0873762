//! The program under test: started, asked and killed as a user or a machine would.

use std::fmt::Write as _;
use std::fs::File;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tidewire_rig::{RocketMq, StoredMessage};
use tokio::process::{Child, Command};

use crate::compare::{self, Tally};
use crate::journal::{self, Mark};
use crate::servers;
use crate::source::Source;
use crate::workload::create_ledger;

const BINARY: &str = env!("CARGO_BIN_EXE_tidewire");
/// How often states are asked for.
const POLL: Duration = Duration::from_millis(50);

/// A data directory and the service on it.
pub(crate) struct Product {
    folder: PathBuf,
    address: String,
    http: reqwest::Client,
    child: Option<Child>,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Product {
    /// Starts the service on a new data directory.
    pub(crate) async fn start() -> Result<Self> {
        let workspace = servers::workspace();
        let folder = workspace.new_folder("tidewire")?;
        std::fs::create_dir(folder.join("data"))?;
        let address = format!("127.0.0.1:{}", workspace.free_port()?);
        let mut product = Self { folder, address, http: reqwest::Client::new(), child: None };
        product.serve().await?;
        Ok(product)
    }

    /// Starts the service on the old data directory and waits until it answers.
    pub(crate) async fn serve(&mut self) -> Result<()> {
        self.launch()?;
        self.wait_up().await
    }

    /// Waits until the service answers.
    pub(crate) async fn wait_up(&mut self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let health = self.http.get(format!("http://{}/api/v1/health", self.address)).send().await;
            if health.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            if ended.is_some() || Instant::now() > deadline {
                bail!("the service is not up ({ended:?}):\n{}", self.log());
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Starts the service and waits for nothing.
    pub(crate) fn launch(&mut self) -> Result<()> {
        let log = File::options().create(true).append(true).open(self.folder.join("log"))?;
        // The kernel ends it even when we are killed.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--", BINARY, "serve", "--data"])
            .arg(self.folder.join("data"))
            .args(["--listen", &self.address])
            .env("TIDEWIRE_LOG", "info")
            // Times without zone are written in this one, wherever the tests run.
            .env("TZ", "CST-8")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        self.child = Some(child);
        Ok(())
    }

    /// SIGKILL.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        let mut child = self.child.take().context("the service is down")?;
        Ok(child.kill().await?)
    }

    /// SIGTERM; gives how it ended and how long that took.
    pub(crate) async fn terminate(&mut self) -> Result<(ExitStatus, Duration)> {
        let mut child = self.child.take().context("the service is down")?;
        let begun = Instant::now();
        let id = child.id().context("the service has ended")?;
        let sent = Command::new("kill").args(["-TERM", &id.to_string()]).status().await?;
        ensure!(sent.success(), "SIGTERM could not be sent");
        let status = tokio::time::timeout(Duration::from_secs(30), child.wait()).await??;
        Ok((status, begun.elapsed()))
    }

    /// Address of the console.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The one-time password of `admin`, as the service printed it at its first start.
    pub(crate) fn first_password(&self) -> Result<String> {
        let log = std::fs::read_to_string(self.folder.join("log"))?;
        let line = log.lines().find(|line| line.contains("password")).context("no password in the log")?;
        Ok(line.rsplit('：').next().unwrap_or_default().trim().to_owned())
    }

    /// What the service has written, the end of it.
    pub(crate) fn log(&self) -> String {
        let log = std::fs::read(self.folder.join("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        let lines: Vec<String> = lines
            .iter()
            .filter(|line| !line.contains("rocketmq_client_rust"))
            .map(|line| line.chars().take(300).collect())
            .collect();
        lines[lines.len().saturating_sub(80)..].join("\n")
    }

    /// Makes a ledger, its topic and a project on it, and starts the project.
    pub(crate) async fn follow(&self, source: Source, mq: &RocketMq, name: &str) -> Result<Ledger> {
        let ledger = Ledger::new(source, mq, name).await?;
        self.apply(&ProjectFile::new(source, mq, name, &ledger.table, &ledger.topic).text()).await?;
        self.project("start", name).await?;
        Ok(ledger)
    }

    /// Runs a command of the command line.
    pub(crate) async fn cli(&self, arguments: &[&str]) -> Result<Said> {
        let output = Command::new(BINARY)
            .args(arguments)
            .env("TIDEWIRE_DATA", self.folder.join("data"))
            .env("LANG", "C.UTF-8")
            .output()
            .await?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim_end().to_owned();
        Ok(Said { status: output.status, out: text(output.stdout), err: text(output.stderr) })
    }

    /// Runs a command that has to succeed.
    pub(crate) async fn must(&self, arguments: &[&str]) -> Result<String> {
        let said = self.cli(arguments).await?;
        if !said.status.success() {
            bail!("tidewire {} said {said:?}\n{}", arguments.join(" "), self.log());
        }
        Ok(said.out)
    }

    /// Makes what a project file says.
    pub(crate) async fn apply(&self, text: &str) -> Result<String> {
        let file = self.folder.join("project.toml");
        std::fs::write(&file, text)?;
        self.must(&["apply", &file.to_string_lossy()]).await
    }

    /// `start`, `pause` or `resume`, and waits for the state.
    pub(crate) async fn project(&self, verb: &str, name: &str) -> Result<()> {
        self.must(&["project", verb, name, "--wait", "60"]).await?;
        Ok(())
    }

    /// `GET /projects/{name}/status`.
    pub(crate) async fn status(&self, name: &str) -> Result<Value> {
        let token = std::fs::read_to_string(self.folder.join("data/api-token"))?;
        let answer = self
            .http
            .get(format!("http://{}/api/v1/projects/{name}/status", self.address))
            .bearer_auth(token.trim())
            .send()
            .await?;
        Ok(serde_json::from_slice(&answer.error_for_status()?.bytes().await?)?)
    }

    /// Waits until the status is as wanted; gives it.
    pub(crate) async fn wait_for(
        &self,
        name: &str,
        limit: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        let deadline = Instant::now() + limit;
        loop {
            let status = self.status(name).await?;
            if wanted(&status) {
                return Ok(status);
            }
            if Instant::now() > deadline {
                bail!("after {limit:?} the status is {status}\n{}", self.log());
            }
            tokio::time::sleep(POLL).await;
        }
    }

    pub(crate) async fn wait_streaming(&self, name: &str) -> Result<Value> {
        self.wait_for(name, Duration::from_mins(1), |status| status["phase"] == "streaming").await
    }

    /// Waits until the project has failed; gives the error.
    pub(crate) async fn wait_failed(&self, name: &str, kind: &str) -> Result<Value> {
        let limit = Duration::from_secs(40);
        let mut status = self.wait_for(name, limit, |status| status["state"] == "failed").await?;
        ensure!(status["error"]["kind"] == kind, "it failed with {}\n{}", status["error"], self.log());
        Ok(status["error"].take())
    }

    /// Waits until the project tries again because of this kind of error; gives the message.
    pub(crate) async fn wait_retrying(&self, name: &str, kind: &str) -> Result<String> {
        let waits = |status: &Value| status["phase"] == "backing_off" || status["state"] == "failed";
        let status = self.wait_for(name, Duration::from_secs(70), waits).await?;
        let error = &status["error"];
        println!("{error}");
        ensure!(status["state"] == "running" && error["kind"] == kind, "{status}\n{}", self.log());
        Ok(error["message"].as_str().context("no message")?.to_owned())
    }

    /// The project can't be started: the checks before the start refuse it. Gives their words.
    pub(crate) async fn start_refused(&self, name: &str) -> Result<String> {
        let said = self.cli(&["project", "start", name, "--wait", "30"]).await?;
        println!("{}", said.err);
        ensure!(said.status.code() == Some(1) && !said.err.is_empty(), "{said:?}");
        ensure!(self.status(name).await?["state"] == "init", "a refused project has started");
        Ok(said.err)
    }

    /// The paused project can't go on: it fails with this kind. Gives the message.
    pub(crate) async fn resume_fails(&self, name: &str, kind: &str) -> Result<String> {
        let said = self.cli(&["project", "resume", name, "--wait", "60"]).await?;
        ensure!(said.status.code() == Some(1), "{said:?}\n{}", self.log());
        let error = self.wait_failed(name, kind).await?;
        println!("{error}");
        let message = error["message"].as_str().context("no message")?.to_owned();
        ensure!(said.err.contains(&message), "the command line said {said:?}");
        ensure!(!error["remedy"].as_str().unwrap_or_default().is_empty(), "no remedy");
        Ok(message)
    }

    /// Waits until the topic holds what was committed since `mark` and no more comes; compares.
    pub(crate) async fn settle(
        &self,
        source: Source,
        mark: &Mark,
        table: &str,
        mq: &RocketMq,
        topic: &str,
    ) -> Result<(Tally, Vec<StoredMessage>)> {
        let changes = journal::changes(source, mark, table).await?;
        let wanted = i64::try_from(compare::wanted(&changes).len())?;
        let deadline = Instant::now() + Duration::from_secs(90);
        let (mut last, mut quiet) = (-1, Instant::now());
        loop {
            let count = mq.message_count(topic).await?;
            if count != last {
                (last, quiet) = (count, Instant::now());
            }
            // A moment of quiet, so that repeats are seen too.
            if count >= wanted && quiet.elapsed() > Duration::from_millis(1500) || Instant::now() > deadline {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let messages = mq.dump_topic(topic).await?;
        let tally = compare::compare(table, &changes, &messages)?;
        println!("{table} -> {topic}: {tally}");
        Ok((tally, messages))
    }

    /// As [`Product::settle`], and everything has to be right.
    pub(crate) async fn prove(
        &self,
        source: Source,
        mark: &Mark,
        table: &str,
        mq: &RocketMq,
        topic: &str,
    ) -> Result<Tally> {
        let (tally, _) = self.settle(source, mark, table, mq, topic).await?;
        ensure!(tally.is_right(), "the topic does not hold what was committed: {tally}\n{}", self.log());
        Ok(tally)
    }
}

/// A table that a workload changes, and where its changes go.
pub(crate) struct Ledger {
    pub(crate) source: Source,
    pub(crate) table: String,
    pub(crate) topic: String,
    /// The end of the log when the table was made.
    pub(crate) mark: Mark,
}

impl Ledger {
    pub(crate) async fn new(source: Source, mq: &RocketMq, name: &str) -> Result<Self> {
        let name = format!("{name}_{}", source.name());
        let table = format!("ledgers.{name}");
        create_ledger(source, &table).await?;
        mq.create_topic(&name, 8, 6).await?;
        Ok(Self { source, table, topic: name, mark: Mark::now(source).await? })
    }

    /// One row with this key.
    pub(crate) async fn insert(&self, id: i64) -> Result<()> {
        self.source.sql(&format!("INSERT INTO {} VALUES ({id},1,'第 {id} 行')", self.table)).await?;
        Ok(())
    }

    /// Waits until everything committed since the mark has arrived once, and proves it.
    pub(crate) async fn prove(&self, product: &Product, mq: &RocketMq) -> Result<Tally> {
        product.prove(self.source, &self.mark, &self.table, mq, &self.topic).await
    }
}

/// A project file: source, target, and one project on one table.
pub(crate) struct ProjectFile {
    pub(crate) source: Source,
    pub(crate) name_server: String,
    pub(crate) name: String,
    /// Table and topic.
    pub(crate) tables: Vec<(String, String)>,
    /// Further lines of the project.
    pub(crate) options: String,
}

impl ProjectFile {
    pub(crate) fn new(source: Source, mq: &RocketMq, name: &str, table: &str, topic: &str) -> Self {
        Self {
            source,
            name_server: mq.name_server(),
            name: name.to_owned(),
            tables: vec![(table.to_owned(), topic.to_owned())],
            options: String::new(),
        }
    }

    pub(crate) fn with(mut self, options: &str) -> Self {
        self.options.push_str(options);
        self.options.push('\n');
        self
    }

    pub(crate) fn text(&self) -> String {
        let start = if self.options.contains("start =") { "" } else { "start = \"now\"\n" };
        let mut text = format!(
            "{}\n[[datasource]]\nname = \"target\"\nkind = \"rocketmq\"\naddress = \"{}\"\n\n\
             [[project]]\nname = \"{}\"\nsource = \"source\"\ntarget = \"target\"\n{start}{}",
            self.source.datasource(),
            self.name_server,
            self.name,
            self.options
        );
        if !text.contains("state =") {
            text.push_str("state = \"stopped\"\n");
        }
        for (table, topic) in &self.tables {
            write!(text, "\n[[project.table]]\ntable = \"{table}\"\ntopic = \"{topic}\"\n").unwrap();
        }
        text
    }
}
