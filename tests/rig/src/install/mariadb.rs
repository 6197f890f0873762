//! MariaDB 10.11 from Debian's packages, unpacked into the cache instead of installed: the machine
//! gets no service, no user and no configuration.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::cache;

/// The server, the program that reads binlogs, and the libraries a plain machine may lack.
const PACKAGES: [&str; 7] = [
    "mariadb-server-core",
    "mariadb-client-core",
    "mariadb-client",
    "libmariadb3",
    "liburing2",
    "libaio1",
    "libnuma1",
];

/// Folder with `usr` (the unpacked packages) and `data` (a fresh data folder to copy).
pub fn mariadb() -> Result<PathBuf> {
    cache::part("mariadb-10.11", |folder| {
        let download = || {
            let mut apt = Command::new("apt-get");
            apt.args(["download", "-q"]).args(PACKAGES);
            cache::run(apt.current_dir(folder), "download of MariaDB 10.11 by apt-get")
        };
        if download().is_err() {
            // The usual reason on a fresh machine is that it has no package lists yet.
            cache::run(Command::new("apt-get").args(["update", "-q"]), "apt-get update")?;
            download()?;
        }
        for package in std::fs::read_dir(folder)? {
            let path = package?.path();
            if path.extension().is_some_and(|extension| extension == "deb") {
                cache::run(
                    Command::new("dpkg-deb").arg("-x").arg(&path).arg(folder),
                    &format!("unpacking {}", path.display()),
                )?;
                std::fs::remove_file(path)?;
            }
        }
        let usr = folder.join("usr");
        cache::run(
            Command::new(usr.join("bin/mariadb-install-db"))
                .arg("--no-defaults")
                .arg(format!("--basedir={}", usr.display()))
                .arg(format!("--datadir={}", folder.join("data").display()))
                .args(["--auth-root-authentication-method=normal", "--user=root"])
                .args(["--skip-test-db", "--innodb-log-file-size=16M"])
                .env("LD_LIBRARY_PATH", library_path(folder)),
            "mariadb-install-db",
        )
    })
}

/// Where the unpacked packages keep their libraries.
pub fn library_path(folder: &std::path::Path) -> PathBuf {
    folder.join("usr/lib/x86_64-linux-gnu")
}
