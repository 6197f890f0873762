//! `rig install` fetches the servers, `rig up` runs them until Ctrl-C, `rig demo` shows the product
//! at work on them.

use anyhow::{Result, bail};
use tidewire_rig::{MariaDb, OceanBase, RocketMq, RocketMqVersion, Workspace, demo, install};

const USAGE: &str = "usage: rig install
       rig up [--rocketmq-4] [--mariadb]      all servers, until Ctrl-C
       rig demo --product PATH                the product on these servers (or TIDEWIRE_BIN=PATH)";

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match run().await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rig: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["install"] => tokio::task::spawn_blocking(install::everything).await?,
        ["up", options @ ..] => until_told_to_stop(up(options)).await,
        ["demo", "--product", path] => until_told_to_stop(demo::run(path.as_ref())).await,
        ["demo"] => match std::env::var_os("TIDEWIRE_BIN") {
            Some(path) => until_told_to_stop(demo::run(path.as_ref())).await,
            None => bail!("{USAGE}"),
        },
        _ => bail!("{USAGE}"),
    }
}

/// Drops the work, and so every server, at Ctrl-C or SIGTERM.
async fn until_told_to_stop(work: impl Future<Output = Result<()>>) -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = work => result,
        _ = tokio::signal::ctrl_c() => {
            println!("\nstopping");
            Ok(())
        }
        _ = terminate.recv() => Ok(()),
    }
}

async fn up(options: &[&str]) -> Result<()> {
    let version = match options.contains(&"--rocketmq-4") {
        true => RocketMqVersion::V4_7_1,
        false => RocketMqVersion::V5_5_0,
    };
    let workspace = Workspace::new()?;
    let begun = std::time::Instant::now();
    let mariadb = async {
        match options.contains(&"--mariadb") {
            true => MariaDb::start(&workspace).await.map(Some),
            false => Ok(None),
        }
    };
    let (rocketmq, ob, mariadb) =
        tokio::try_join!(RocketMq::start(&workspace, version), OceanBase::start(&workspace), mariadb)?;
    println!(
        "everything is up after {:.1} s, in {}",
        begun.elapsed().as_secs_f32(),
        workspace.folder().display()
    );
    println!("RocketMQ {} name server  {}", version.text(), rocketmq.name_server());
    println!("OceanBase (proxy)          {} as {}, any password", ob.addr(), ob.root());
    println!("  its Binlog Service       {}", ob.service_addr());
    println!("  seekdb behind it         127.0.0.1:{} as root", ob.seekdb().port());
    println!("  MySQL 5.6 behind it      127.0.0.1:{} as root", ob.mysql().port());
    if let Some(mariadb) = &mariadb {
        println!("MariaDB 10.11              127.0.0.1:{} as root", mariadb.port());
    }
    println!("Ctrl-C stops all of it.");
    std::future::pending().await
}
