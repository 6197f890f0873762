//! `rig install` fetches the servers, `rig up` runs them all until Ctrl-C.

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("install") => tidewire_rig::install::everything(),
        _ => bail!("usage: rig install | up | demo"),
    }
}
