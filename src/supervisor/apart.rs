//! Puts questions to a process of its own, one for each: what a hostile or
//! broken server does to its reader ends that process and no other.

use std::process::{ExitStatus, Stdio};
use std::sync::LazyLock;

use serde::de::DeserializeOwned;
use tidewire_engine::error::{ErrorKind, PipelineError};
use tidewire_words::Sentence;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::sync::Semaphore;

use crate::text::question as say;

use super::question::{Fault, MEMORY, Question, Reply};

/// This program, also after its file was replaced by another version.
const PROGRAM: &str = "/proc/self/exe";
/// Processes at the same time; more questions wait their turn.
const AT_ONCE: usize = 8;
/// Longest answer in bytes: the names of some hundred thousand tables.
const ANSWER: u64 = 32 << 20;
/// What is read of its last words.
const WORDS: u64 = 4 << 10;

static TURNS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(AT_ONCE));

/// The answer to a question. Dropped early, it ends the process.
///
/// # Errors
/// What the question met, or that there is no readable answer.
pub(super) async fn ask<T: DeserializeOwned>(question: Question) -> Result<T, PipelineError> {
    let (unreachable, whom) = match &question {
        Question::Source(source, _) => {
            (ErrorKind::SourceUnreachable, format!("{}:{}", source.host, source.port))
        }
        Question::Target(target, _) => (ErrorKind::SinkUnreachable, target.name_servers.clone()),
    };
    let internal = |error: &dyn std::fmt::Display| PipelineError::new(ErrorKind::Internal, error.to_string());
    let _turn = TURNS.acquire().await.map_err(|error| internal(&error))?;
    let text = serde_json::to_string(&question).map_err(|error| internal(&error))?;
    let (status, said, words) = converse(&text).await.map_err(|error| internal(&error))?;
    if status.success() {
        let reply: Reply = serde_json::from_slice(&said).map_err(|error| internal(&error))?;
        return serde_json::from_value(reply.map_err(Fault::error)?).map_err(|error| internal(&error));
    }
    log::warn!("the process that asked {whom} ended with {status}");
    let detail = if words.contains("memory allocation of") {
        Sentence::new(say::ANSWER_TOO_LARGE, &[&whom, &(MEMORY >> 20).to_string()])
    } else {
        Sentence::new(say::ANSWER_LOST, &[&whom, &status.to_string()])
    };
    Err(PipelineError::new(unreachable, detail))
}

/// Gives how the process ended, its answer and its last words.
async fn converse(question: &str) -> std::io::Result<(ExitStatus, Vec<u8>, String)> {
    let mut child = Command::new(PROGRAM)
        .arg0("tidewire")
        .arg("ask")
        // An arena of the C library for each thread would take its address space.
        .env("MALLOC_ARENA_MAX", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(question.as_bytes()).await?;
    }
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (said, words) = tokio::join!(read(out, ANSWER), read(err, WORDS));
    let status = child.wait().await?;
    Ok((status, said?, String::from_utf8_lossy(&words?).into_owned()))
}

/// Reads so much at most; closing the pipe then ends a process that says more.
async fn read(from: Option<impl AsyncRead + Unpin>, most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        from.take(most).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}
