//! The service's binlog files: written by the converter, read by every dump.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};

use super::event::{self, MAGIC, Stamp};
use crate::process::lock;

/// What readers may see of a file.
#[derive(Clone, Debug)]
pub struct BinlogFile {
    pub number: u32,
    pub path: PathBuf,
    /// Bytes that are whole events.
    pub size: u64,
    /// Transactions before this file are `1..=previous`.
    pub previous: u64,
}

impl BinlogFile {
    pub fn name(&self) -> String {
        file_name(self.number)
    }
}

fn file_name(number: u32) -> String {
    format!("mysql-bin.{number:06}")
}

#[derive(Debug, Default)]
struct State {
    files: Vec<BinlogFile>,
    /// Purged files: a dump that has one open may still read it to its end.
    purged: Vec<BinlogFile>,
    /// The newest transaction, also when only half of it is there yet.
    executed: u64,
    /// Counts restarts and re-creations: a dump that began before is cut off.
    generation: u64,
    paused: bool,
    closed: bool,
}

/// The files and what is known of them; shared by one writer and many readers.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    pub uuid: [u8; 16],
    state: Mutex<State>,
    changed: Condvar,
}

/// What a reader finds when it looks for more.
#[derive(Debug)]
pub enum Ahead {
    /// The file holds this many bytes; more than the reader has seen.
    Bytes(u64),
    /// The file is at its end and another one follows.
    NextFile(BinlogFile),
    /// Nothing happened within the time given.
    Idle,
    /// The converter was restarted or the task made anew, or the service stops.
    Gone,
}

impl Store {
    pub fn new(folder: &Path, uuid: [u8; 16]) -> Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), uuid, state: Mutex::default(), changed: Condvar::new() })
    }

    pub fn files(&self) -> Vec<BinlogFile> {
        lock(&self.state).files.clone()
    }

    pub fn file(&self, name: &str) -> Option<BinlogFile> {
        self.files().into_iter().find(|file| file.name() == name)
    }

    pub fn newest(&self) -> Option<BinlogFile> {
        lock(&self.state).files.last().cloned()
    }

    pub fn generation(&self) -> u64 {
        lock(&self.state).generation
    }

    /// The set of all transactions as `uuid:1-n`, or the empty text.
    pub fn executed_text(&self) -> String {
        gtid_text(self.uuid, lock(&self.state).executed)
    }

    pub fn executed(&self) -> u64 {
        lock(&self.state).executed
    }

    /// Waits up to `patience` for something after `offset` of file `number`.
    pub fn ahead(&self, number: u32, offset: u64, generation: u64, patience: Duration) -> Ahead {
        let mut state = lock(&self.state);
        let deadline = std::time::Instant::now() + patience;
        loop {
            if state.closed || state.generation != generation {
                return Ahead::Gone;
            }
            if !state.paused {
                let mut known = state.files.iter().chain(&state.purged);
                let size = known.find(|file| file.number == number).map(|file| file.size);
                if let Some(size) = size.filter(|size| *size > offset) {
                    return Ahead::Bytes(size);
                }
                match state.files.iter().find(|file| file.number > number) {
                    Some(next) if next.number == number + 1 => {
                        return Ahead::NextFile(next.clone());
                    }
                    // The file that should follow was purged.
                    Some(_) => return Ahead::Gone,
                    None => {}
                }
            }
            let now = std::time::Instant::now();
            // A paused service says nothing at all, not even that it is idle.
            let wait = if state.paused {
                Duration::from_secs(3600)
            } else {
                deadline.saturating_duration_since(now)
            };
            if wait.is_zero() {
                return Ahead::Idle;
            }
            state = self.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Blocks while the service is paused; false when it stops.
    pub fn wait_while_paused(&self) -> bool {
        let mut state = lock(&self.state);
        while state.paused && !state.closed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        !state.closed
    }

    pub fn pause(&self, paused: bool) {
        lock(&self.state).paused = paused;
        self.changed.notify_all();
    }

    pub fn close(&self) {
        lock(&self.state).closed = true;
        self.changed.notify_all();
    }

    /// Removes every file older than `name` and, as the real service does, `name` itself unless it
    /// is the newest. False when there is no such file.
    pub fn purge_to(&self, name: &str) -> bool {
        let mut state = lock(&self.state);
        let Some(last) = state.files.iter().position(|file| file.name() == name) else {
            return false;
        };
        let count = (last + 1).min(state.files.len() - 1);
        let purged: Vec<BinlogFile> = state.files.drain(..count).collect();
        for file in &purged {
            // Open readers keep the content; a file that can't be removed does no harm.
            let _ = fs::remove_file(&file.path);
        }
        state.purged.extend(purged);
        self.changed.notify_all();
        true
    }
}

pub fn gtid_text(uuid: [u8; 16], last: u64) -> String {
    let uuid = event::uuid_text(uuid);
    match last {
        0 => String::new(),
        1 => format!("{uuid}:1"),
        _ => format!("{uuid}:1-{last}"),
    }
}

/// The end of the newest file, where the converter writes.
#[derive(Debug)]
pub struct Writer {
    store: std::sync::Arc<Store>,
    file: File,
    number: u32,
    written: u64,
    /// Events not yet in the file.
    pub pending: Vec<u8>,
}

impl Writer {
    /// Begins the first file.
    pub fn begin(store: std::sync::Arc<Store>, seconds: u32) -> Result<Self> {
        let (file, path) = new_file(&store, 1)?;
        let mut writer = Self { store, file, number: 1, written: 0, pending: Vec::with_capacity(1 << 20) };
        writer.open(path, seconds, 0)?;
        Ok(writer)
    }

    /// Where the next event will begin.
    pub fn position(&self) -> u64 {
        self.written + self.pending.len() as u64
    }

    /// Puts pending events into the file and shows them to readers.
    pub fn flush(&mut self, executed: u64) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.file.write_all(&self.pending)?;
        self.written += self.pending.len() as u64;
        self.pending.clear();
        let mut state = lock(&self.store.state);
        state.executed = executed;
        let (number, size) = (self.number, self.written);
        if let Some(file) = state.files.iter_mut().find(|file| file.number == number) {
            file.size = size;
        }
        drop(state);
        self.store.changed.notify_all();
        Ok(())
    }

    /// Ends the file with a ROTATE and begins the next.
    pub fn rotate(&mut self, seconds: u32, executed: u64) -> Result<()> {
        let at = self.position();
        let next = file_name(self.number + 1);
        event::rotate(&mut self.pending, Stamp { seconds, at }, &next);
        self.flush(executed)?;
        // A closed file's first event loses the in-use flag.
        self.file.write_all_at(&[0], (MAGIC.len() + event::FLAGS_AT) as u64)?;
        self.number += 1;
        let (file, path) = new_file(&self.store, self.number)?;
        self.file = file;
        self.open(path, seconds, executed)
    }

    /// Cuts the newest file back, as the converter does when it finds half a transaction.
    pub fn cut_back(&mut self, size: u64) -> Result<()> {
        self.pending.clear();
        self.file.set_len(size)?;
        self.file.seek(SeekFrom::Start(size))?;
        self.written = size;
        let mut state = lock(&self.store.state);
        state.generation += 1;
        if let Some(file) = state.files.last_mut() {
            file.size = size;
        }
        drop(state);
        self.store.changed.notify_all();
        Ok(())
    }

    /// Forgets all files and begins with number 1 again.
    pub fn recreate(&mut self, seconds: u32) -> Result<()> {
        let mut state = lock(&self.store.state);
        state.generation += 1;
        state.executed = 0;
        state.purged.clear();
        for file in state.files.drain(..) {
            let _ = fs::remove_file(file.path);
        }
        drop(state);
        self.pending.clear();
        self.number = 1;
        let (file, path) = new_file(&self.store, 1)?;
        self.file = file;
        self.open(path, seconds, 0)
    }

    fn open(&mut self, path: PathBuf, seconds: u32, executed: u64) -> Result<()> {
        self.written = 0;
        self.pending.extend_from_slice(&MAGIC);
        event::format_description(&mut self.pending, seconds);
        let at = self.position();
        let uuid = self.store.uuid;
        event::previous_gtids(&mut self.pending, Stamp { seconds, at }, uuid, executed);
        lock(&self.store.state).files.push(BinlogFile {
            number: self.number,
            path,
            size: 0,
            previous: executed,
        });
        self.flush(executed)
    }
}

fn new_file(store: &Store, number: u32) -> Result<(File, PathBuf)> {
    let path = store.folder.join(file_name(number));
    let file = File::options()
        .create(true)
        .truncate(true)
        .read(true)
        .write(true)
        .open(&path)
        .with_context(|| format!("cannot create {}", path.display()))?;
    Ok((file, path))
}
