//! Chromium with its driver from Debian's packages, fonts for Chinese text, and the accessibility
//! checker axe-core from npm.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::cache;

const PACKAGES: [&str; 3] = ["chromium", "chromium-driver", "fonts-noto-cjk"];
const AXE: &str = "4.10.3";

/// The folder that `name` is found in by the shell's search path.
fn found(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn has_chinese_fonts() -> bool {
    Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").is_file()
}

/// Path of `chromedriver`; the browser is installed system-wide because its sandbox wants to be.
pub fn browser() -> Result<PathBuf> {
    if let (Some(_), Some(driver), true) = (found("chromium"), found("chromedriver"), has_chinese_fonts()) {
        return Ok(driver);
    }
    let install = || {
        let mut apt = Command::new("apt-get");
        apt.args(["install", "-y", "-q", "--no-install-recommends"]).args(PACKAGES);
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        cache::run(&mut apt, "installation of Chromium by apt-get (as root)")
    };
    if install().is_err() {
        // The usual reason on a fresh machine is that it has no package lists yet.
        cache::run(Command::new("apt-get").args(["update", "-q"]), "apt-get update")?;
        install()?;
    }
    found("chromedriver").context("apt-get installed no chromedriver")
}

/// Path of `axe.min.js`.
pub fn axe() -> Result<PathBuf> {
    let folder = cache::part(&format!("axe-core-{AXE}"), |folder| {
        let package = format!("axe-core@{AXE}");
        cache::run(
            Command::new("npm").args(["pack", "--silent", &package]).current_dir(folder),
            &format!("download of {package} by npm"),
        )?;
        cache::run(
            Command::new("tar").args(["-xzf", &format!("axe-core-{AXE}.tgz")]).current_dir(folder),
            "unpacking axe-core",
        )
    })?;
    Ok(folder.join("package/axe.min.js"))
}
