//! The temporary folder and the ports of one run.
//!
//! The folder goes away when the last handle is dropped. When we are killed instead, a small shell
//! that waits for the end of a pipe removes it, and a later run removes what even that left behind:
//! a folder whose lock nobody holds belongs to a dead run.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};

use crate::cache;
use crate::process::lock;

/// Ports come in blocks of eight, because a broker uses several beside the one it is given.
const BLOCK: u16 = 8;
/// Below the range that the system hands out to clients, so no connection takes a port from us.
const FIRST_PORT: u16 = 20_000;
const BLOCK_COUNT: u16 = 1_500;

/// The folder and ports of one run; clones share them.
#[derive(Clone, Debug)]
pub struct Workspace {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    remover: Mutex<Child>,
    counter: AtomicU32,
    port_locks: Mutex<Vec<File>>,
    _alive: File,
}

impl Workspace {
    pub fn new() -> Result<Self> {
        static RUN: AtomicU32 = AtomicU32::new(0);
        let base = base()?;
        // Held while folders are made or swept, so that a half-made folder is never swept.
        let guard = File::create(base.join("lock"))?;
        guard.lock()?;
        sweep(&base)?;
        let run = RUN.fetch_add(1, Ordering::Relaxed);
        let folder = base.join(format!("run-{}-{run}", std::process::id()));
        cache::remove(&folder)?;
        fs::create_dir(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let alive = File::create(folder.join("alive"))?;
        alive.lock()?;
        let remover = Command::new("sh")
            .arg("-c")
            .arg(
                "trap '' INT TERM HUP; read -r line; \
                 for try in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- \"$1\" && break; done",
            )
            .arg("rig-remover")
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot start sh")?;
        Ok(Self {
            inner: Arc::new(Inner {
                folder,
                remover: Mutex::new(remover),
                counter: AtomicU32::new(0),
                port_locks: Mutex::default(),
                _alive: alive,
            }),
        })
    }

    pub fn folder(&self) -> &Path {
        &self.inner.folder
    }

    /// A new empty folder whose name begins with `name`.
    pub fn new_folder(&self, name: &str) -> Result<PathBuf> {
        let number = self.inner.counter.fetch_add(1, Ordering::Relaxed);
        let folder = self.inner.folder.join(format!("{name}-{number}"));
        fs::create_dir(&folder)?;
        Ok(folder)
    }

    /// The first of eight free loopback ports; they stay ours as long as the workspace lives.
    pub fn free_ports(&self) -> Result<u16> {
        let folder = base()?.join("ports");
        fs::create_dir_all(&folder)?;
        // Programs that run at once begin at different places.
        let begin = (std::process::id() % u32::from(BLOCK_COUNT)) as u16;
        for step in 0..BLOCK_COUNT {
            let block = (begin + step) % BLOCK_COUNT;
            let file = File::create(folder.join(block.to_string()))?;
            if file.try_lock().is_err() {
                continue;
            }
            let first = FIRST_PORT + block * BLOCK;
            let free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
            if (first..first + BLOCK).all(free) {
                lock(&self.inner.port_locks).push(file);
                return Ok(first);
            }
        }
        bail!("no free ports from {FIRST_PORT} upward")
    }

    pub fn free_port(&self) -> Result<u16> {
        self.free_ports()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let _ = cache::remove(&self.folder);
        let mut remover = lock(&self.remover);
        // The end of its input tells the remover to finish.
        drop(remover.stdin.take());
        let _ = remover.wait();
    }
}

fn base() -> Result<PathBuf> {
    let base = std::env::var_os("TIDEWIRE_RIG_TMP")
        .map_or_else(|| std::env::temp_dir().join("tidewire-rig"), PathBuf::from);
    fs::create_dir_all(&base).with_context(|| format!("cannot create {}", base.display()))?;
    Ok(base)
}

fn sweep(base: &Path) -> Result<()> {
    for entry in fs::read_dir(base)? {
        let folder = entry?.path();
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with("run-") {
            continue;
        }
        let dead = File::open(folder.join("alive")).map_or(true, |file| file.try_lock().is_ok());
        if dead {
            // Its remover may be at work on the same folder; that is no failure of ours.
            let _ = cache::remove(&folder);
        }
    }
    Ok(())
}
