//! The folder that keeps what was downloaded or compiled, from one run to the next.
//!
//! A part is a folder named after the thing and its version (or the hash of its source). It is made
//! under a temporary name and renamed when whole, under a file lock: a broken download is never taken
//! for a part, and two test programs that start at once download it once.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

/// Where installed parts live: `$TIDEWIRE_RIG_CACHE`, else `$HOME/.cache/tidewire-rig`.
pub fn root() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("TIDEWIRE_RIG_CACHE") {
        return Ok(PathBuf::from(folder));
    }
    let home =
        std::env::var_os("HOME").context("neither TIDEWIRE_RIG_CACHE nor HOME is set; set one of them")?;
    Ok(PathBuf::from(home).join(".cache/tidewire-rig"))
}

/// The folder of part `name`, made by `build` if it is not there yet.
pub fn part(name: &str, build: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let root = root()?;
    let ready = root.join(name);
    if ready.is_dir() {
        return Ok(ready);
    }
    fs::create_dir_all(&root).with_context(|| format!("cannot create {}", root.display()))?;
    let lock = File::create(root.join(format!(".{name}.lock")))?;
    lock.lock().with_context(|| format!("cannot lock the installation of {name}"))?;
    // Another program may have finished it while we waited for the lock.
    if ready.is_dir() {
        return Ok(ready);
    }
    let unfinished = root.join(format!(".{name}.part"));
    remove(&unfinished)?;
    fs::create_dir_all(&unfinished)?;
    build(&unfinished).with_context(|| {
        format!("installation of {name} failed; see the cause below and retry with `make rig`")
    })?;
    fs::rename(&unfinished, &ready)?;
    Ok(ready)
}

/// Removes a folder that may not exist.
pub fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Refuses a file whose content is not the pinned one.
pub fn verify_sha256(file: &Path, expected: &str) -> Result<()> {
    let mut hash = Sha256::new();
    let mut input = File::open(file).with_context(|| format!("no file {}", file.display()))?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let length = input.read(&mut buffer)?;
        if length == 0 {
            break;
        }
        hash.update(&buffer[..length]);
    }
    let found = hex(&hash.finalize());
    ensure!(
        found == expected,
        "{} has sha256 {found}, expected {expected}: the download is damaged or was changed",
        file.display()
    );
    Ok(())
}

/// Short name of a source text, so that a changed source is compiled anew.
pub fn source_name(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.as_bytes());
    }
    hex(&hash.finalize())[..12].to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Runs an installation command and fails with its own words.
pub fn run(command: &mut Command, what: &str) -> Result<()> {
    let output = command.output().with_context(|| {
        format!("{what}: cannot run {}; is it installed?", command.get_program().to_string_lossy())
    })?;
    if !output.status.success() {
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(15)..].join("\n");
        bail!("{what} failed ({}):\n{tail}", output.status);
    }
    Ok(())
}
