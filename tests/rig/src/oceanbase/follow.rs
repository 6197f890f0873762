//! Follows MySQL 5.6's binlog as a replica and feeds the converter.

use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::auth;
use super::convert::{Converter, SourcePosition};
use super::event::CHECKSUM;
use super::packet::{Wire, error_text};
use crate::process::lock;

/// A replica id that no product uses.
const REPLICA_ID: u32 = 4_000_000_001;

/// Marks failures that trying again can't mend.
#[derive(Debug)]
struct CannotConvert;

impl std::fmt::Display for CannotConvert {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an event of MySQL 5.6 can't be converted")
    }
}

/// The converter and the thread that drives it.
#[derive(Debug)]
pub struct Follower {
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    port: u16,
    state: Mutex<State>,
    woken: Condvar,
}

#[derive(Debug)]
struct State {
    converter: Converter,
    connection: Option<TcpStream>,
    stop: bool,
    failure: Option<String>,
}

impl Follower {
    /// Starts following MySQL 5.6 on `port` from the converter's position.
    pub fn start(converter: Converter, port: u16) -> Self {
        let shared = Arc::new(Shared {
            port,
            state: Mutex::new(State { converter, connection: None, stop: false, failure: None }),
            woken: Condvar::new(),
        });
        let follower = shared.clone();
        let thread = std::thread::spawn(move || follower.run());
        Self { shared, thread: Some(thread) }
    }

    /// Does something to the converter between two events.
    pub fn with<T>(&self, work: impl FnOnce(&mut Converter) -> T) -> T {
        let result = work(&mut lock(&self.shared.state).converter);
        self.shared.woken.notify_all();
        result
    }

    /// Drops the connection to MySQL 5.6, so that reading goes on at the converter's position.
    pub fn reconnect(&self) {
        let state = lock(&self.shared.state);
        if let Some(connection) = &state.connection {
            // A connection that is closed already needs no closing.
            let _ = connection.shutdown(Shutdown::Both);
        }
        self.shared.woken.notify_all();
    }

    /// What ended the conversion, if something did.
    pub fn failure(&self) -> Option<String> {
        lock(&self.shared.state).failure.clone()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        lock(&self.shared.state).stop = true;
        self.reconnect();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was printed when it happened.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn run(&self) {
        let mut failures = 0;
        loop {
            let mut state = lock(&self.state);
            while state.converter.crashed && !state.stop {
                state = self.woken.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.stop {
                return;
            }
            let position = state.converter.source.clone();
            let epoch = state.converter.epoch;
            drop(state);
            let result = self.follow(&position, epoch, &mut failures);
            let mut state = lock(&self.state);
            state.connection = None;
            if state.stop {
                return;
            }
            let Err(error) = result else { continue };
            failures += 1;
            // MySQL 5.6 may just be restarting; an event that can't be converted stays so.
            if failures > 100 || error.is::<CannotConvert>() {
                eprintln!("rig: the binlog converter gives up: {error:#}");
                state.failure = Some(format!("{error:#}"));
                return;
            }
            let waited = self.woken.wait_timeout(state, Duration::from_millis(100));
            drop(waited);
        }
    }

    fn follow(&self, position: &SourcePosition, epoch: u64, failures: &mut u32) -> Result<()> {
        let stream = TcpStream::connect(("127.0.0.1", self.port))?;
        {
            let mut state = lock(&self.state);
            if state.stop {
                return Ok(());
            }
            state.connection = Some(stream.try_clone()?);
        }
        let mut wire = Wire::new(stream, 1 << 20)?;
        auth::log_in(&mut wire, "root", "", false)?;
        let mut packet = Vec::new();
        wire.command(b"\x03SET @master_binlog_checksum='CRC32'")?;
        wire.read(&mut packet)?;
        ensure!(packet.first() == Some(&0), "{}", error_text(&packet));
        let mut dump = vec![0x12];
        dump.extend_from_slice(&u32::try_from(position.offset)?.to_le_bytes());
        dump.extend_from_slice(&0u16.to_le_bytes());
        dump.extend_from_slice(&REPLICA_ID.to_le_bytes());
        dump.extend_from_slice(position.file.as_bytes());
        wire.command(&dump)?;
        loop {
            if wire.is_drained() {
                lock(&self.state).converter.flush()?;
            }
            wire.read(&mut packet)?;
            match packet.first() {
                Some(0) => {}
                Some(0xff) => bail!("MySQL 5.6 ended the dump: {}", error_text(&packet)),
                _ => bail!("MySQL 5.6 ended the dump"),
            }
            let mut state = lock(&self.state);
            // The position was changed by a restart or re-creation while this packet was on its way.
            if state.stop || state.converter.epoch != epoch {
                return Ok(());
            }
            let event = packet[1..].split_last_chunk::<CHECKSUM>().context("an event is cut")?.0;
            state.converter.event(event).context(CannotConvert)?;
            *failures = 0;
            if state.converter.crashed {
                state.converter.flush()?;
                return Ok(());
            }
        }
    }
}
