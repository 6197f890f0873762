//! The real program as a process, driven through its command line, watched
//! through `/proc`.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tidewire_rig::Workspace;

/// A running service with one project.
pub(crate) struct Product {
    child: Child,
    data: PathBuf,
    address: String,
}

impl Drop for Product {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Product {
    pub(crate) async fn start(workspace: &Workspace) -> Self {
        let data = workspace.new_folder("bench-product").unwrap();
        let address = format!("127.0.0.1:{}", workspace.free_port().unwrap());
        let child = Command::new(env!("CARGO_BIN_EXE_tidewire"))
            .arg("serve")
            .arg("--data")
            .arg(&data)
            .args(["--listen", &address])
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(data.join("log")).unwrap())
            .spawn()
            .unwrap();
        let product = Self { child, data, address };
        let deadline = Instant::now() + Duration::from_secs(20);
        while product.cli(&["status"]).is_err() {
            assert!(Instant::now() < deadline, "the service does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        product
    }

    /// Runs a command; its output, or what it complained about.
    pub(crate) fn cli(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new(env!("CARGO_BIN_EXE_tidewire"))
            .args(arguments)
            .env("TIDEWIRE_DATA", &self.data)
            .env("TIDEWIRE_SERVER", format!("http://{}", self.address))
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    pub(crate) fn apply(&self, file: &str) {
        let path = self.data.join("project.toml");
        std::fs::write(&path, file).unwrap();
        self.cli(&["apply", &path.to_string_lossy()]).unwrap();
    }

    /// Messages confirmed so far.
    pub(crate) async fn messages(&self, project: &str) -> u64 {
        let token = std::fs::read_to_string(self.data.join("api-token")).unwrap();
        let url = format!("http://{}/api/v1/projects/{project}/status", self.address);
        let answer = reqwest::Client::new().get(url).bearer_auth(token.trim()).send().await.unwrap();
        let status: serde_json::Value = answer.json().await.unwrap();
        assert!(status["error"].is_null(), "{}", status["error"]);
        status["messages"].as_u64().unwrap_or(0)
    }

    /// Waits until that many messages are confirmed.
    pub(crate) async fn wait_for(&self, project: &str, messages: u64, limit: Duration) {
        let deadline = Instant::now() + limit;
        loop {
            let now = self.messages(project).await;
            if now >= messages {
                return;
            }
            assert!(Instant::now() < deadline, "{now} of {messages} messages of {project} in time");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// CPU seconds used.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
    }

    /// A memory figure of `/proc/PID/status` in MiB: VmRSS or VmHWM.
    pub(crate) fn memory(&self, name: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }

    /// Starts the peak memory figure anew.
    pub(crate) fn reset_peak(&self) {
        let _ = std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5");
    }
}
