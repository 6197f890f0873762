//! Name server and broker processes with settings fit for tests.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::certificates::Certificate;
use crate::install::{self, RocketMqVersion};
use crate::process::{Launch, Process};

/// Settings of TLS, in the folder of the servers.
const TLS: &str = "tls.properties";
pub const BROKER_NAME: &str = "broker-a";

/// What RocketMQ needs of the JVM from version 9 on.
const MODULES: [&str; 5] = [
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
];

/// Writes the settings of both servers into `folder`.
pub fn write_settings(folder: &Path, name_server: u16, broker: u16, extra: &str) -> Result<()> {
    let home = folder.display();
    fs::create_dir_all(folder.join("conf"))?;
    fs::write(
        folder.join("ns.properties"),
        format!(
            "listenPort={name_server}\nbindAddress=127.0.0.1\nkvConfigPath={home}/kvConfig.json\n\
             configStorePath={home}/namesrv.properties\n"
        ),
    )?;
    // A commit log file of 256 MB: with small ones a killed broker loses messages that it confirmed.
    fs::write(
        folder.join("broker.properties"),
        format!(
            "brokerClusterName=TestCluster\nbrokerName={BROKER_NAME}\nbrokerId=0\n\
             listenPort={broker}\nbindAddress=127.0.0.1\nbrokerIP1=127.0.0.1\nbrokerIP2=127.0.0.1\n\
             haListenPort={}\nnamesrvAddr=127.0.0.1:{name_server}\n\
             storePathRootDir={home}/store\nstorePathCommitLog={home}/store/commitlog\n\
             autoCreateTopicEnable=false\nautoCreateSubscriptionGroup=true\ntraceTopicEnable=true\n\
             mappedFileSizeCommitLog=268435456\nmappedFileSizeConsumeQueue=200000\n\
             maxHashSlotNum=10000\nmaxIndexNum=40000\nflushDiskType=ASYNC_FLUSH\n\
             brokerRole=ASYNC_MASTER\ntimerWheelEnable=true\ndiskMaxUsedSpaceRatio=95\n{extra}\n",
            broker + 1
        ),
    )?;
    // Version 4 looks for these files; version 5 ignores them.
    for name in ["namesrv", "broker", "tools"] {
        fs::write(
            folder.join(format!("conf/logback_{name}.xml")),
            "<configuration><appender name=\"out\" class=\"ch.qos.logback.core.ConsoleAppender\">\
             <encoder><pattern>%d %p %t - %m%n</pattern></encoder></appender>\
             <root level=\"WARN\"><appender-ref ref=\"out\"/></root></configuration>",
        )?;
    }
    Ok(())
}

/// Makes everything that starts in this folder afterwards speak TLS only.
pub fn write_tls(folder: &Path, certificate: &Certificate, authority: &Path) -> Result<()> {
    Ok(fs::write(
        folder.join(TLS),
        format!(
            "tls.test.mode.enable=false\ntls.server.need.client.auth=none\n\
             tls.server.certPath={}\ntls.server.keyPath={}\ntls.server.authClient=false\n\
             tls.client.authServer=true\ntls.client.trustCertPath={}\n",
            certificate.certificate.display(),
            certificate.key.display(),
            authority.display(),
        ),
    )?)
}

/// The JVM flags of TLS, where [`write_tls`] was asked for it; servers and clients take the same.
pub fn tls_flags(folder: &Path) -> Vec<String> {
    let file = folder.join(TLS);
    if !file.exists() {
        return Vec::new();
    }
    vec![
        "-Dtls.enable=true".to_owned(),
        "-Dtls.server.mode=enforcing".to_owned(),
        format!("-Dtls.config.file={}", file.display()),
    ]
}

/// What a JVM does with its archive of loaded classes.
#[derive(Clone, Copy, Debug)]
pub enum Classes<'a> {
    Use,
    Record(&'a Path),
}

pub fn start_name_server(version: RocketMqVersion, folder: &Path, classes: Classes) -> Result<Process> {
    // Quick to start; it never has much to do.
    let flags = ["-Xms128m", "-Xmx256m", "-XX:TieredStopAtLevel=1"];
    let class = "org.apache.rocketmq.namesrv.NamesrvStartup";
    start(version, folder, "namesrv", &flags, class, "ns.properties", classes)
}

pub fn start_broker(version: RocketMqVersion, folder: &Path, classes: Classes) -> Result<Process> {
    let flags = ["-Xms256m", "-Xmx512m", "-XX:MaxDirectMemorySize=512m"];
    let class = "org.apache.rocketmq.broker.BrokerStartup";
    start(version, folder, "broker", &flags, class, "broker.properties", classes)
}

fn start(
    version: RocketMqVersion,
    folder: &Path,
    name: &str,
    flags: &[&str],
    class: &str,
    settings: &str,
    classes: Classes,
) -> Result<Process> {
    let archive = match classes {
        Classes::Use => {
            let archives = install::class_archives(version)?;
            format!("-XX:SharedArchiveFile={}/{name}.jsa", archives.display())
        }
        Classes::Record(folder) => {
            format!("-XX:ArchiveClassesAtExit={}/{name}.jsa", folder.display())
        }
    };
    let jars = install::jars(version)?.join("lib/*");
    let mut launch = Launch::new(&format!("RocketMQ {} {name}", version.text()), "java");
    launch
        .command()
        .args(flags)
        .args(["-XX:+UseSerialGC", "-Xshare:auto", &archive])
        .args(MODULES)
        .args(tls_flags(folder))
        // The broker's replication port, and all of version 4, listen on every interface whatever
        // the settings say; the preloaded library turns that into loopback for IPv4 sockets.
        .arg("-Djava.net.preferIPv4Stack=true")
        .env("LD_PRELOAD", install::loopback_library()?)
        .arg(format!("-Duser.home={}", folder.display()))
        .arg("-cp")
        .arg(&jars)
        .arg(class)
        .arg("-c")
        .arg(folder.join(settings))
        .env("ROCKETMQ_HOME", folder)
        .current_dir(folder);
    launch.start(&folder.join(format!("{name}.log")))
}
