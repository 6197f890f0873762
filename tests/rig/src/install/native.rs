//! A small C library that keeps servers without a bind address on loopback.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::cache;

const SOURCE: &str = include_str!("../../native/loopback.c");

/// Path of the shared library, to be named in `LD_PRELOAD`.
pub fn loopback_library() -> Result<PathBuf> {
    let folder = cache::part(&format!("loopback-{}", cache::source_name(&[SOURCE])), |folder| {
        fs::write(folder.join("loopback.c"), SOURCE)?;
        cache::run(
            Command::new("cc")
                .args(["-shared", "-fPIC", "-O2", "-o", "loopback.so", "loopback.c"])
                .arg("-ldl")
                .current_dir(folder),
            "compiling loopback.c with cc",
        )
    })?;
    Ok(folder.join("loopback.so"))
}
