//! A Java program of the rig's own that lives long, because a JVM takes seconds to start: one request
//! line, then answer lines up to `{"done":…}` or `{"error":…}`. Requests are answered one after another.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::{Launch, Process, lock};

/// A running program; ends with the last handle.
#[derive(Clone, Debug)]
pub struct Jvm {
    name: &'static str,
    pipes: Arc<Mutex<Pipes>>,
    _process: Arc<Process>,
}

#[derive(Debug)]
struct Pipes {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Jvm {
    /// Starts it: `arguments` are those of `java`, the class included. What it says beside answers
    /// goes to `log`.
    pub fn start(name: &'static str, log: &Path, arguments: &[String]) -> Result<Self> {
        let mut launch = Launch::new(name, "java");
        launch.command().args(["-Xms64m", "-XX:+UseSerialGC", "-Xshare:auto"]).args(arguments);
        let (process, input, output) = launch.start_piped(log)?;
        Ok(Self {
            name,
            pipes: Arc::new(Mutex::new(Pipes { input, output: BufReader::with_capacity(1 << 20, output) })),
            _process: Arc::new(process),
        })
    }

    /// Waits until it can take requests.
    pub async fn ready(&self) -> Result<()> {
        let name = self.name;
        self.blocking(move |pipes| pipes.read(name, |_| Ok(())), "start").await
    }

    /// Sends a request and gives each answer line to `take`.
    pub async fn ask<T: Send + 'static>(
        &self,
        request: Value,
        take: impl Fn(&str) -> Result<T> + Send + 'static,
    ) -> Result<Vec<T>> {
        let name = self.name;
        let operation = request["op"].as_str().unwrap_or_default().to_owned();
        self.blocking(
            move |pipes| {
                writeln!(pipes.input, "{request}")?;
                let mut answers = Vec::new();
                pipes.read(name, |line| {
                    answers.push(take(line)?);
                    Ok(())
                })?;
                Ok(answers)
            },
            &operation,
        )
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Pipes) -> Result<T> + Send + 'static,
        what: &str,
    ) -> Result<T> {
        let pipes = Arc::clone(&self.pipes);
        let result = tokio::task::spawn_blocking(move || work(&mut lock(&pipes))).await?;
        result.with_context(|| format!("{}: request {what} failed", self.name))
    }
}

impl Pipes {
    /// Reads answer lines up to the closing one.
    fn read(&mut self, name: &str, mut take: impl FnMut(&str) -> Result<()>) -> Result<()> {
        let mut line = String::new();
        // The first failure is kept, but the answer is read to its end: the next one begins there.
        let mut failure = None;
        loop {
            line.clear();
            if self.output.read_line(&mut line)? == 0 {
                bail!("{name} has ended; see its log in the run's folder");
            }
            if line.starts_with("{\"done\":") {
                return failure.map_or(Ok(()), Err);
            }
            if line.starts_with("{\"error\":") {
                let answer: Value = serde_json::from_str(&line)?;
                bail!("{}", answer["error"].as_str().unwrap_or(&line));
            }
            if failure.is_none() {
                failure = take(&line).err();
            }
        }
    }
}
