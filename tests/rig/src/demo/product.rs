//! The product, driven through its own front doors: `serve`, a project file, `apply`, `start`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::PASSWORD;
use super::tables::TABLES;
use crate::oceanbase::OceanBase;
use crate::process::{Launch, Process};
use crate::rocketmq::RocketMq;
use crate::workspace::Workspace;

const PROJECT: &str = "订单同步";

/// The running service.
pub struct Product {
    binary: PathBuf,
    data: PathBuf,
    log: PathBuf,
    address: String,
    process: Process,
}

impl Product {
    /// Starts the service on a fresh data directory and its project on the four tables.
    pub async fn start(
        workspace: &Workspace,
        binary: &Path,
        ob: &OceanBase,
        rocketmq: &RocketMq,
    ) -> Result<Self> {
        let folder = workspace.new_folder("tidewire")?;
        let (data, log) = (folder.join("data"), folder.join("log"));
        fs::create_dir(&data)?;
        let address = format!("127.0.0.1:{}", workspace.free_port()?);
        let mut launch = Launch::new("tidewire serve", binary);
        launch.command().arg("serve").arg("--data").arg(&data).args(["--listen", &address]);
        let process = launch.start(&log)?;
        let product = Self { binary: binary.to_owned(), data, log, address, process };
        product
            .process
            .wait_until(Duration::from_secs(30), async || product.command(&["status"]).await)
            .await?;
        println!("demo: the product's console is at http://{}", product.address);

        let file = folder.join("project.toml");
        fs::write(&file, project_file(ob, rocketmq))?;
        let file = file.to_string_lossy().into_owned();
        println!("demo: tidewire apply project.toml\n{}", product.command(&["apply", &file]).await?);
        println!(
            "demo: tidewire project start {PROJECT} --wait 60\n{}",
            product.command(&["project", "start", PROJECT, "--wait", "60"]).await?
        );
        Ok(product)
    }

    pub fn console(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the first start said about logging in.
    pub fn login_lines(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let said = ["console ", "account ", "password "];
        let lines: Vec<&str> =
            log.lines().filter(|line| said.iter().any(|word| line.starts_with(word))).collect();
        lines.join("\n")
    }

    pub fn last_lines(&self) -> String {
        self.process.last_lines()
    }

    /// Runs the product's command line against the service; gives what it printed.
    async fn command(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.binary);
        command.args(arguments).env("TIDEWIRE_DATA", &self.data).env("TIDEWIRE_SERVER", self.console());
        let output = tokio::task::spawn_blocking(move || command.output())
            .await?
            .with_context(|| format!("cannot run {}", self.binary.display()))?;
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).trim_end().to_owned();
        if !output.status.success() {
            bail!(
                "tidewire {} failed ({}):\n{text}\n{}",
                arguments.join(" "),
                output.status,
                self.last_lines()
            );
        }
        Ok(text)
    }
}

fn project_file(ob: &OceanBase, rocketmq: &RocketMq) -> String {
    let mut text = format!(
        "[[datasource]]\nname = \"ob-shop\"\nkind = \"oceanbase-ce\"\naddress = \"{}\"\ntenant = \"{}\"\n\
         cluster = \"{}\"\nuser = \"root\"\npassword = \"{PASSWORD}\"\n\n\
         [[datasource]]\nname = \"mq\"\nkind = \"rocketmq\"\naddress = \"{}\"\n\n\
         [[project]]\nname = \"{PROJECT}\"\ntags = [\"核心\"]\nsource = \"ob-shop\"\ntarget = \"mq\"\n\
         start = \"now\"\nformat = \"default\"\nstate = \"stopped\"\n",
        ob.addr(),
        ob.tenant(),
        ob.cluster(),
        rocketmq.name_server()
    );
    for table in &TABLES {
        text.push_str(&format!("\n[[project.table]]\ntable = \"shop.{0}\"\ntopic = \"{0}\"\n", table.name));
    }
    text
}
