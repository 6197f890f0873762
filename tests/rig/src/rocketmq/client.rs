//! The conversation with the rig's Java client: one request line, then answer lines.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::install::{self, RocketMqVersion};
use crate::process::{Launch, Process, lock};

/// A running Java client; requests are answered one after another.
#[derive(Clone, Debug)]
pub struct Client {
    pipes: Arc<Mutex<Pipes>>,
    _process: Arc<Process>,
}

#[derive(Debug)]
struct Pipes {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Client {
    /// Starts the JVM; it need not reach any server yet. `arguments`: name server, broker, broker
    /// name, and access key and secret key if the broker asks for them.
    pub fn start(folder: &Path, arguments: &[&str]) -> Result<Self> {
        let classes = install::helper()?;
        let jars = install::jars(RocketMqVersion::V5_5_0)?.join("lib/*");
        let mut launch = Launch::new("the rig's RocketMQ client", "java");
        launch
            .command()
            .args(["-Xms64m", "-Xmx768m", "-XX:+UseSerialGC", "-Xshare:auto"])
            .arg(format!("-Duser.home={}", folder.display()))
            .arg(format!("-Drocketmq.client.logRoot={}", folder.join("logs").display()))
            .arg("-cp")
            .arg(format!("{}:{}", classes.display(), jars.display()))
            .arg("RigClient")
            .args(arguments);
        let (process, input, output) = launch.start_piped(&folder.join("client.log"))?;
        Ok(Self {
            pipes: Arc::new(Mutex::new(Pipes { input, output: BufReader::with_capacity(1 << 20, output) })),
            _process: Arc::new(process),
        })
    }

    /// Waits until the JVM can take requests.
    pub async fn ready(&self) -> Result<()> {
        let client = self.clone();
        blocking(move || lock(&client.pipes).read(|_| Ok(())), "start").await
    }

    /// Sends a request and gives each answer line to `take`.
    pub async fn ask<T: Send + 'static>(
        &self,
        request: Value,
        take: impl Fn(&str) -> Result<T> + Send + 'static,
    ) -> Result<Vec<T>> {
        let client = self.clone();
        let name = request["op"].as_str().unwrap_or_default().to_owned();
        blocking(
            move || {
                let mut pipes = lock(&client.pipes);
                writeln!(pipes.input, "{request}")?;
                let mut answers = Vec::new();
                pipes.read(|line| {
                    answers.push(take(line)?);
                    Ok(())
                })?;
                Ok(answers)
            },
            &name,
        )
        .await
    }
}

impl Pipes {
    /// Reads answer lines up to the closing one.
    fn read(&mut self, mut take: impl FnMut(&str) -> Result<()>) -> Result<()> {
        let mut line = String::new();
        // The first failure is kept, but the answer is read to its end: the next one begins there.
        let mut failure = None;
        loop {
            line.clear();
            if self.output.read_line(&mut line)? == 0 {
                bail!("the rig's RocketMQ client has ended; see client.log in the run's folder");
            }
            if line.starts_with("{\"done\":") {
                return failure.map_or(Ok(()), Err);
            }
            if line.starts_with("{\"error\":") {
                let answer: Value = serde_json::from_str(&line)?;
                bail!("RocketMQ: {}", answer["error"].as_str().unwrap_or(&line));
            }
            if failure.is_none() {
                failure = take(&line).err();
            }
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
    what: &str,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await?.with_context(|| format!("RocketMQ request {what} failed"))
}
