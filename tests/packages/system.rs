//! A Debian system of its own: a root folder, booted under systemd in a container with no
//! network but its loopback. Knows nothing of the product.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// What the root folder is made with, beside Debian's essentials.
const INCLUDED: &str = "systemd,systemd-sysv,dbus,ca-certificates,curl,iproute2,procps,adduser";

/// Runs a program of this host and gives what it says.
pub(crate) fn said(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}\n{text}{error}", output.status);
    Ok(text)
}

/// A booted system; it goes with the value.
pub(crate) struct System {
    folder: tempfile::TempDir,
    container: Child,
    init: u32,
}

/// What a command of the system said, and how it ended.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) well: bool,
}

impl System {
    /// Boots one. The root folder's archive is made once.
    pub(crate) fn boot() -> Result<Self> {
        let archive = archive()?;
        let folder = tempfile::tempdir()?;
        let root = folder.path().join("root");
        std::fs::create_dir(&root)?;
        said(Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&root))?;
        let container = Command::new("systemd-nspawn")
            .args(["--quiet", "--register=no", "--keep-unit", "--boot", "--private-network"])
            .args(["--console=read-only", "--machine"])
            .arg(format!("packages{}", std::process::id()))
            .arg("--directory")
            .arg(&root)
            .stdout(Stdio::null())
            .stdin(Stdio::null())
            .spawn()
            .context("systemd-nspawn")?;
        let mut system = Self { folder, container, init: 0 };
        let parent = system.container.id().to_string();
        system.init = until(Duration::from_secs(30), "it boots", || {
            let found = said(Command::new("pgrep").args(["-P", &parent, "-x", "systemd"])).ok()?;
            found.trim().parse().ok()
        })?;
        system.until("systemctl is-system-running", |answer| {
            ["running", "degraded"].contains(&answer.text.trim())
        })?;
        Ok(system)
    }

    /// Where its files are on this host.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// Runs a line of shell in it.
    pub(crate) fn run(&self, line: &str) -> Result<Answer> {
        let output = Command::new("nsenter")
            .args(["-t", &self.init.to_string(), "-m", "-u", "-i", "-n", "-p", "-C", "env", "-i"])
            .args(["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"])
            .args(["sh", "-c", line])
            .output()?;
        let text = [output.stdout, output.stderr].concat();
        let answer =
            Answer { text: String::from_utf8_lossy(&text).into_owned(), well: output.status.success() };
        println!("$ {line}\n{}", answer.text.trim_end());
        Ok(answer)
    }

    /// Runs a line that has to end well.
    pub(crate) fn done(&self, line: &str) -> Result<String> {
        let answer = self.run(line)?;
        ensure!(answer.well, "{line}: {}", answer.text);
        Ok(answer.text.trim().to_owned())
    }

    /// Runs a line until it answers so.
    pub(crate) fn until(&self, line: &str, wanted: impl Fn(&Answer) -> bool) -> Result<()> {
        until(Duration::from_secs(60), line, || self.run(line).ok().filter(|answer| wanted(answer)))?;
        Ok(())
    }
}

impl Drop for System {
    fn drop(&mut self) {
        let off = self.run("poweroff");
        let ended = until(Duration::from_secs(20), "it ends", || self.container.try_wait().ok().flatten());
        if off.is_err() || ended.is_err() {
            let _ = self.container.kill();
            let _ = self.container.wait();
        }
    }
}

fn until<T>(limit: Duration, what: &str, mut ask: impl FnMut() -> Option<T>) -> Result<T> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = ask() {
            return Ok(found);
        }
        ensure!(Instant::now() < deadline, "not within {limit:?}: {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The archive of the root folder, and the programs that make and boot it.
fn archive() -> Result<PathBuf> {
    let needed = ["systemd-nspawn", "mmdebstrap"];
    if needed.iter().any(|program| said(Command::new("which").arg(program)).is_err()) {
        let mut apt = Command::new("apt-get");
        apt.args(["install", "-y", "-q", "systemd-container", "mmdebstrap", "rpm", "binutils"]);
        said(&mut apt).context("install systemd-container, mmdebstrap, rpm and binutils, then try again")?;
    }
    let cache = std::env::var_os("TIDEWIRE_TOOLS_CACHE").context("run it by `make packages-test`")?;
    let archive = Path::new(&cache).join("bookworm.tar");
    if !archive.exists() {
        let made = archive.with_extension("part.tar");
        let mut make = Command::new("mmdebstrap");
        make.args(["--variant=minbase", &format!("--include={INCLUDED}"), "bookworm"]).arg(&made);
        said(&mut make).context("Debian's packages can't be had; try again once its archive is reached")?;
        std::fs::rename(made, &archive)?;
    }
    Ok(archive)
}
