//! The packages as hosts meet them: what they hold, which hosts they run on, and a life of
//! install, reload, crash, hang, upgrade, removal and purge under systemd. Built before, by
//! `make packages`; needs root.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::let_underscore_must_use, missing_docs)]

mod system;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use system::{System, said};

/// The built package with this ending.
fn package(ending: &str) -> Result<PathBuf> {
    let folder = std::env::var_os("TIDEWIRE_PACKAGES").context("run it by `make packages-test`")?;
    let found: Vec<PathBuf> = std::fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|own| own == ending))
        .collect();
    ensure!(found.len() == 1, "{} packages end in {ending}", found.len());
    Ok(found[0].clone())
}

/// The files of the deb, unpacked.
fn unpacked() -> Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    said(Command::new("dpkg-deb").arg("-x").arg(package("deb")?).arg(folder.path()))?;
    Ok(folder)
}

#[test]
fn the_binary_needs_nothing_newer_than_hosts_of_2014() -> Result<()> {
    let files = unpacked()?;
    let binary = files.path().join("usr/bin/tidewire");
    let versions = said(Command::new("readelf").args(["--wide", "--version-info"]).arg(&binary))?;
    let newest = versions
        .split("GLIBC_")
        .skip(1)
        .filter_map(|text| {
            let text: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
            let mut parts = text.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
            Some((parts.next()?, parts.next()?, parts.next().unwrap_or(0)))
        })
        .max()
        .context("no symbol of glibc")?;
    ensure!(newest <= (2, 17, 0), "{newest:?}");
    let needed = said(Command::new("readelf").args(["--wide", "--dynamic"]).arg(&binary))?;
    let libraries: BTreeSet<&str> = needed
        .lines()
        .filter(|line| line.contains("(NEEDED)"))
        .filter_map(|line| line.split(['[', ']']).nth(1))
        .collect();
    let fine =
        ["libc.so.", "libm.so.", "libpthread.so.", "libdl.so.", "librt.so.", "libgcc_s.so.", "ld-linux"];
    let other: Vec<&&str> =
        libraries.iter().filter(|name| !fine.iter().any(|start| name.starts_with(start))).collect();
    ensure!(other.is_empty(), "{other:?}");
    let size = said(Command::new("du").args(["-sm"]).arg(files.path()))?;
    let megabytes: u32 = size.split_whitespace().next().context("no size")?.parse()?;
    println!("newest symbol GLIBC_{}.{}, installed {megabytes} MB", newest.0, newest.1);
    ensure!(megabytes <= 45, "{megabytes} MB");
    Ok(())
}

#[test]
fn both_packages_hold_the_same_files() -> Result<()> {
    let files = unpacked()?;
    let list = said(Command::new("find").arg(".").args(["-type", "f"]).current_dir(files.path()))?;
    // Debian's own: a copyright file, a compressed changelog, the unit's folder of before usr was merged.
    let deb: BTreeSet<String> = list
        .lines()
        .map(|line| line.trim_start_matches('.').replace("/lib/systemd/", "/usr/lib/systemd/"))
        .map(|line| line.replace("/usr/usr/", "/usr/"))
        .filter(|line| !line.ends_with("/copyright"))
        .collect();
    let list = said(Command::new("rpm").args(["-qpl"]).arg(package("rpm")?))?;
    let rpm: BTreeSet<String> =
        list.lines().map(str::to_owned).filter(|line| !line.ends_with("/LICENSE")).collect();
    let only: Vec<&String> = deb.symmetric_difference(&rpm).collect();
    ensure!(only.is_empty(), "in one of them only: {only:?}");
    Ok(())
}

#[test]
fn the_unit_leaves_little_open() -> Result<()> {
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/tidewire.service");
    let report = said(Command::new("systemd-analyze").args(["security", "--offline=true"]).arg(unit))?;
    let line = report.lines().find(|line| line.contains("Overall exposure level")).context("no score")?;
    let score = line.split_whitespace().find_map(|word| word.parse::<f32>().ok()).context("no number")?;
    println!("exposure {score}");
    ensure!(score <= 1.5, "{line}");
    Ok(())
}

fn pid(system: &System) -> Result<String> {
    system.done("systemctl show -P MainPID tidewire")
}

fn wait_active(system: &System) -> Result<()> {
    system.until("systemctl is-active tidewire", |answer| answer.text.trim() == "active")?;
    let health = "curl -s -m 5 -w ' %{http_code}' http://127.0.0.1:8089/health";
    system.until(health, |answer| answer.text.trim().ends_with("200"))
}

#[test]
fn a_life_under_systemd() -> Result<()> {
    // GIVEN a system on which the deb is installed
    let system = System::boot()?;
    let deb = package("deb")?;
    std::fs::copy(&deb, system.root().join("root/tidewire.deb"))?;
    system.done("dpkg -i /root/tidewire.deb")?;

    // THEN the service runs, hides its state, and gives its first password to root alone
    wait_active(&system)?;
    ensure!(system.done("stat -c '%a %U' /var/lib/tidewire")? == "700 tidewire", "the state is open");
    let journal = system.done("journalctl -u tidewire --no-pager")?;
    ensure!(journal.contains("tidewire user passwd admin") && !journal.contains("一次性密码"), "{journal}");
    let password = system.done("tidewire user passwd admin")?;
    ensure!(password.len() >= 8 && !journal.contains(&password), "{password:?}");
    // Questions are put by a process of its own, under the same directives.
    let file =
        "[[datasource]]\nname = \"nowhere\"\nkind = \"mysql\"\naddress = \"127.0.0.1:1\"\nuser = \"u\"\n";
    std::fs::write(system.root().join("root/nowhere.toml"), file)?;
    system.done("tidewire apply /root/nowhere.toml")?;
    let told = system.run("tidewire datasource test nowhere")?;
    ensure!(!told.well && told.text.contains("127.0.0.1:1"), "{told:?}");

    // WHEN it is reloaded, killed, or hangs THEN it goes on in the same process, or in a new one
    let first = pid(&system)?;
    system.done("systemctl reload tidewire")?;
    wait_active(&system)?;
    ensure!(pid(&system)? == first, "a reload is no restart");
    system.done("kill -9 $(systemctl show -P MainPID tidewire)")?;
    system.until("systemctl show -P MainPID tidewire", |pid| !["0", &first].contains(&pid.text.trim()))?;
    wait_active(&system)?;
    system.done("mkdir -p /run/systemd/system/tidewire.service.d")?;
    system
        .done("printf '[Service]\\nWatchdogSec=6\\n' > /run/systemd/system/tidewire.service.d/soon.conf")?;
    system.done("systemctl daemon-reload && systemctl restart tidewire")?;
    wait_active(&system)?;
    let second = pid(&system)?;
    system.until("systemctl show -P StatusText tidewire", |text| text.text.contains("projects running"))?;
    // Longer than the watchdog waits.
    system.done("sleep 8")?;
    ensure!(pid(&system)? == second, "the watchdog is fed");
    system.done("kill -STOP $(systemctl show -P MainPID tidewire)")?;
    system.until("systemctl show -P MainPID tidewire", |pid| !["0", &second].contains(&pid.text.trim()))?;
    wait_active(&system)?;

    // WHEN an operator's settings are wrong THEN it is not started over and over
    system.done("echo 'listen = \"nonsense\"' >> /etc/tidewire/tidewire.toml")?;
    system.run("systemctl restart tidewire")?;
    system.until("systemctl is-failed tidewire", |answer| answer.text.trim() == "failed")?;
    ensure!(system.done("systemctl show -P ExecMainStatus tidewire")? == "2", "the status of wrong usage");
    system.done("sed -i '$d' /etc/tidewire/tidewire.toml")?;

    // WHEN it is upgraded THEN settings and state stay
    system.done("sed -i 's/^#metrics_public = false/metrics_public = true/' /etc/tidewire/tidewire.toml")?;
    system.done("systemctl restart tidewire")?;
    wait_active(&system)?;
    system.done("dpkg -i --force-confold /root/tidewire.deb")?;
    wait_active(&system)?;
    system.done("grep -q '^metrics_public = true' /etc/tidewire/tidewire.toml")?;
    ensure!(system.done("tidewire datasource list")?.contains("nowhere"), "the state is lost");

    // WHEN it is removed THEN what it knows stays, until it is purged
    system.done("dpkg -r tidewire")?;
    ensure!(!system.run("pgrep -x tidewire")?.well, "it still runs");
    system.done("test -f /var/lib/tidewire/tidewire.db && test -f /etc/tidewire/tidewire.toml")?;
    system.done("dpkg -P tidewire")?;
    let left = system.run("find / -xdev -name '*tidewire*' -not -path '/proc/*' -not -path '/root/*' -not -path '/var/log/*' -not -path '/run/*'")?;
    ensure!(left.text.trim().is_empty(), "{}", left.text);
    ensure!(!system.run("getent passwd tidewire")?.well, "the user is left");

    // AND the rpm puts the same in place, and takes it away
    let (root, rpm) = (system.root(), package("rpm")?);
    let run = |arguments: &[&str]| said(Command::new("rpm").arg("--root").arg(&root).args(arguments));
    run(&["--initdb"])?;
    run(&["-i", "--nodeps", rpm.to_str().context("a path")?])?;
    for file in ["usr/bin/tidewire", "etc/tidewire/tidewire.toml", "usr/lib/systemd/system/tidewire.service"]
    {
        ensure!(root.join(file).exists(), "{file}");
    }
    run(&["-e", "tidewire"])?;
    ensure!(!root.join("usr/bin/tidewire").exists(), "the rpm left its binary");
    Ok(())
}
