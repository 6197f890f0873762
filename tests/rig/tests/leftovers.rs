//! Even SIGKILL leaves no process and no folder behind.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// Processes whose command line names the folder.
fn processes_of(folder: &Path) -> Result<Vec<String>> {
    let name = folder.to_string_lossy();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let Ok(line) = std::fs::read(entry?.path().join("cmdline")) else {
            continue;
        };
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(name.as_ref()) {
            found.push(line);
        }
    }
    Ok(found)
}

#[test]
fn a_killed_run_leaves_no_process_and_no_folder() -> Result<()> {
    let mut rig =
        Command::new(env!("CARGO_BIN_EXE_rig")).args(["up", "--mariadb"]).stdout(Stdio::piped()).spawn()?;
    let output = rig.stdout.take().context("no output")?;
    let mut folder = None;
    for line in BufReader::new(output).lines() {
        let line = line?;
        println!("{line}");
        if let Some((_, path)) = line.split_once(" s, in ") {
            folder = Some(PathBuf::from(path));
        }
        if line.starts_with("Ctrl-C") {
            break;
        }
    }
    let folder = folder.context("the rig did not come up")?;
    // Name server, broker, client, seekdb, MySQL 5.6, MariaDB, and the folder's remover.
    ensure!(processes_of(&folder)?.len() >= 7, "{:?}", processes_of(&folder)?);
    rig.kill()?;
    rig.wait()?;
    let deadline = Instant::now() + Duration::from_secs(20);
    while folder.exists() || !processes_of(&folder)?.is_empty() {
        ensure!(Instant::now() < deadline, "left behind: {:?}", processes_of(&folder)?);
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
