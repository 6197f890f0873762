//! The real binary: exit statuses, and what goes to which stream.

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::csrf;
use crate::support::{Reply, TestApp};

fn tidewire(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tidewire"))
        .args(args)
        .env_clear()
        .env("HOME", "/nonexistent")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

pub(crate) async fn against(app: &TestApp, args: &[&str]) -> (i32, String, String) {
    against_owned(app, args.iter().map(|arg| (*arg).to_owned()).collect()).await
}

/// The same with a text on standard input.
pub(crate) async fn against_fed(app: &TestApp, args: &[&str], text: &str) -> (i32, String, String) {
    let data = app.data.path().to_str().unwrap().to_owned();
    let args: Vec<String> =
        args.iter().map(|arg| (*arg).to_owned()).chain(["--data".to_owned(), data]).collect();
    let file = app.data.path().join("standard-input");
    std::fs::write(&file, text).unwrap();
    let input = std::fs::File::open(&file).unwrap();
    let output = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidewire"));
        command.args(args).env_clear().env("HOME", "/nonexistent").stdin(input).output().unwrap()
    });
    streams(&output.await.unwrap())
}

async fn against_owned(app: &TestApp, mut args: Vec<String>) -> (i32, String, String) {
    let data = app.data.path().to_str().unwrap().to_owned();
    args.extend(["--data".to_owned(), data]);
    let output =
        tokio::task::spawn_blocking(move || tidewire(&args.iter().map(String::as_str).collect::<Vec<_>>()))
            .await
            .unwrap();
    streams(&output)
}

fn streams(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn usage_is_status_2_and_an_unreachable_service_3() {
    for args in [
        &["nonsense"][..],
        &[],
        &["project", "start"],
        &["serve", "--json"],
        &["apply", "/nonexistent", "--server", "http://127.0.0.1:1"],
    ] {
        let (status, out, error) = streams(&tidewire(args));
        let expected = if args.contains(&"apply") { 3 } else { 2 };
        assert_eq!((status, out.as_str()), (expected, ""), "{args:?}: {error}");
        assert!(!error.is_empty());
    }
    let (status, out, _) = streams(&tidewire(&["version"]));
    assert_eq!((status, out.as_str()), (0, concat!("tidewire ", env!("CARGO_PKG_VERSION"), "\n")));
    let dir = tempfile::tempdir().unwrap();
    let (status, _, error) = streams(&tidewire(&["status", "--data", dir.path().to_str().unwrap()]));
    assert_eq!(status, 3, "{error}");
}

#[test]
fn check_config_names_every_line() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("t.toml");
    std::fs::write(&file, "listen = 1\n\n[limits]\nnonsense = 2\n").unwrap();
    let (status, out, error) = streams(&tidewire(&["check-config", "--config", file.to_str().unwrap()]));
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(error.contains(":1: ") && error.contains(":4: unknown option `limits.nonsense`"), "{error}");
    std::fs::write(&file, "listen = \"127.0.0.1:1\"\n").unwrap();
    let (status, ..) = streams(&tidewire(&["check-config", "--config", file.to_str().unwrap()]));
    assert_eq!(status, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn projects_are_led_from_the_command_line() {
    let app = TestApp::start()
        .await
        .with_datasources()
        .await
        .with_project("lingers")
        .await
        .with_project("breaks")
        .await;
    let (status, out, error) = against(&app, &["project", "start", "lingers", "--wait", "10"]).await;
    assert_eq!((status, out.as_str(), error.as_str()), (0, "running\n", ""));
    let (status, out, _) = against(&app, &["project", "pause", "lingers", "--wait", "10", "--json"]).await;
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, &document["state"], &document["phase"]), (0, &json!("suspended"), &Value::Null));
    let (status, out, error) = against(&app, &["project", "start", "breaks", "--wait", "10"]).await;
    assert_eq!((status, out.as_str()), (1, ""));
    assert_eq!(
        error,
        "the state database failed: disk full\ncheck space and rights of the data directory; Tidewire keeps trying\n"
    );
    let (status, _, error) = against(&app, &["project", "start", "nobody"]).await;
    assert_eq!(status, 1);
    assert_eq!(error.lines().count(), 2, "{error}");
    let (status, out, _) = against(&app, &["project", "precheck", "lingers"]).await;
    assert_eq!(status, 0);
    assert!(out.contains("passed  Tables exist"), "{out}");
    let (_, out, _) = against(&app, &["status"]).await;
    assert!(out.contains("lingers  suspended"), "{out}");
    let (status, ..) = against(&app, &["project", "release", "lingers", "--wait", "10"]).await;
    assert_eq!(status, 0);
    let (status, ..) = against(&app, &["project", "delete", "lingers"]).await;
    assert_eq!(status, 0);
    app.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_users_and_backups() {
    let app = TestApp::start().await;
    let file = app.data.path().join("p.toml");
    std::fs::write(
        &file,
        "[[datasource]]\nname = \"m\"\nkind = \"mysql\"\naddress = \"h:1\"\nuser = \"u\"\n",
    )
    .unwrap();
    let (status, out, _) = against(&app, &["apply", file.to_str().unwrap()]).await;
    assert_eq!((status, out.as_str()), (0, "datasource m: created\n"));
    std::fs::write(&file, "[[datasource]]\nname = \"m\"\nkind = \"x\"\n").unwrap();
    let (status, _, error) = against(&app, &["apply", file.to_str().unwrap()]).await;
    assert_eq!(status, 1);
    assert!(error.contains("line 3: kind"), "{error}");
    let (status, ..) = against(&app, &["apply", "/nonexistent"]).await;
    assert_eq!(status, 2);
    let (status, out, _) = against(&app, &["user", "add", "ann"]).await;
    assert_eq!((status, out.trim().len()), (0, 15));
    let (status, out, _) = against(&app, &["user", "list"]).await;
    assert_eq!((status, out.as_str()), (0, "admin  admin\nann    user\n"));
    assert_eq!(against(&app, &["user", "delete", "admin"]).await.0, 1);
    let copy = app.data.path().join("copy.db");
    assert_eq!(against(&app, &["backup", copy.to_str().unwrap()]).await.0, 0);
    assert!(copy.metadata().unwrap().len() > 0);
    assert_eq!(against(&app, &["backup", copy.to_str().unwrap()]).await.0, 1);
    app.app.stop().await;
}

#[test]
fn serve_tells_the_password_once_and_stops_on_sigterm() {
    let dir = tempfile::tempdir().unwrap();
    let serve = || {
        Command::new(env!("CARGO_BIN_EXE_tidewire"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data", dir.path().to_str().unwrap()])
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    for first in [true, false] {
        let child = serve();
        let address = dir.path().join("api-address");
        for _ in 0..200 {
            if address.exists() {
                break;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        std::thread::sleep(Duration::from_millis(200));
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let (status, out, error) = streams(&child.wait_with_output().unwrap());
        assert_eq!(status, 0, "{error}");
        assert_eq!(out.contains("admin"), first, "{out}");
        assert!(error.contains("stopped"), "{error}");
    }
}

/// A process, because what counts is what the system gave to it: each thread
/// that checked a password would keep 19 MiB.
#[tokio::test]
async fn logins_leave_no_memory_behind() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tidewire"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data", dir.path().to_str().unwrap()])
        .env_clear()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    let url = loop {
        let address = std::fs::read_to_string(dir.path().join("api-address")).unwrap_or_default();
        if !address.is_empty() && http.get(format!("{}/login", address.trim())).send().await.is_ok() {
            break address.trim().to_owned();
        }
        assert!(std::time::Instant::now() < deadline, "the service does not answer");
        tokio::time::sleep(Duration::from_millis(25)).await;
    };
    for number in 0..12 {
        let page = Reply::of(http.get(format!("{url}/login")).send().await.unwrap()).await;
        let cookie = page.headers.get("set-cookie").map(|cookie| cookie.to_str().unwrap().to_owned());
        let (token, account) = (csrf(&page), format!("nobody{number}"));
        let fields = [("csrf", token.as_str()), ("account", &account), ("password", "Wrong.2026")];
        let request = http.post(format!("{url}/login")).header("cookie", cookie.unwrap_or_default());
        let body = serde_urlencoded::to_string(fields).unwrap();
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        assert_eq!(request.send().await.unwrap().status(), 422);
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(kilobytes < 30_000, "{line}");
}

#[tokio::test]
async fn samples_are_printed_one_a_line() {
    let app = TestApp::start().await.with_datasources().await;
    let ask = |format: &'static str, table: &'static str| {
        let args = ["sample", "--datasource", "ob", "--table", table, "--format", format];
        against_owned(&app, args.map(str::to_owned).to_vec())
    };
    for format in ["default", "canal", "canal-flat", "dataworks2", "shareplex", "debezium", "debezium-smt"] {
        let (status, out, error) = ask(format, "shop.orders").await;
        assert_eq!((status, error.as_str()), (0, ""), "{format}");
        let bodies: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(bodies.len(), 3, "{out}");
        assert!(bodies.iter().all(|body| body.to_string().contains("user_id")), "{out}");
    }
    for (format, table, wrong) in
        [("avro", "shop.orders", "format"), ("canal", "shop.missing", "shop.missing")]
    {
        let (status, out, error) = ask(format, table).await;
        assert_eq!((status, out.as_str()), (1, ""), "{format} {table}");
        assert!(error.contains(wrong), "{error}");
    }
    assert_eq!(ask("canal", "orders").await.0, 2);
    let (status, _, error) = against(&app, &["sample", "--table", "shop.orders"]).await;
    assert_eq!(status, 2);
    assert!(error.contains("--datasource"), "{error}");
    app.app.stop().await;
}

/// A service of its own process, ended with the test.
struct Process {
    child: std::process::Child,
    log: std::path::PathBuf,
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Process {
    fn start(folder: &std::path::Path, config: &std::path::Path) -> Self {
        let log = folder.join("log");
        let child = Command::new(env!("CARGO_BIN_EXE_tidewire"))
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(config)
            .arg("--data")
            .arg(folder.join("data"))
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Self { child, log }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until something holds; the process has to live meanwhile.
    fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = std::time::Instant::now() + Duration::from_secs(20);
        while !holds(self) {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended with {ended:?} before {what}:\n{}", self.said());
            assert!(std::time::Instant::now() < deadline, "{what} never came:\n{}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}

#[test]
fn a_hang_up_reads_the_settings_again() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("t.toml");
    std::fs::write(&config, "log = \"error\"\n").unwrap();
    let mut service = Process::start(dir.path(), &config);
    let address = dir.path().join("data/api-address");
    service.until("its address", |_| std::fs::read(&address).is_ok_and(|text| !text.is_empty()));
    assert_eq!(service.said(), "");

    // The new filter of the log counts at once; what does not is named.
    let fresh = "log = \"info\"\npublic_url = \"https://t.example\"\n[limits]\nbatch_messages = 7\n";
    std::fs::write(&config, fresh).unwrap();
    service.signal("-HUP");
    service.until("a word", |service| service.said().contains("read again"));
    let said = service.said();
    for words in ["in force now: log;", "starts the next time: limits.batch_messages;", "restart: public_url"]
    {
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(said.lines().count(), 1, "{said}");

    // Mistakes change nothing and are named.
    std::fs::write(&config, "log = \"error\"\nlisten = 1\n").unwrap();
    service.signal("-HUP");
    service.until("a word", |service| service.said().contains("nothing was changed"));
    assert!(service.said().contains(":2: "), "{}", service.said());
    std::fs::write(&config, fresh).unwrap();
    service.signal("-HUP");
    service.until("a word", |service| service.said().matches("read again").count() == 2);
    let said = service.said();
    let last = said.lines().last().unwrap();
    assert!(last.contains("restart: public_url") && !last.contains("log"), "{last}");

    // The same process still ends as it should.
    service.signal("-TERM");
    assert!(service.child.wait().unwrap().success());
}
