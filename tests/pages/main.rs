//! How long the pages of the console take, and how large they are, on a full
//! service: 200 running projects, one of 1,000 tables, 30 days of figures of
//! each. Measured from the request to the last byte over loopback, so a little
//! more than the server's own time. Prints a table; never fails because of a
//! figure.
#![recursion_limit = "256"]
#![allow(missing_docs, clippy::pedantic, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout, clippy::clone_on_ref_ptr)]
#![allow(dead_code, reason = "the stand-in and the browser are those of the tests")]

#[path = "../web/browser.rs"]
mod browser;
mod fill;
#[path = "../web/support.rs"]
mod support;

use std::time::{Duration, Instant};

use self::browser::{Browser, csrf, location};
use self::support::TestApp;

/// Loads of each page.
const LOADS: usize = 40;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run());
}

async fn run() {
    let app = TestApp::start().await.with_datasources().await;
    let begun = Instant::now();
    let (many, one) = fill::projects(&app).await;
    fill::figures(&app).await;
    let file = std::fs::metadata(app.data.path().join("tidewire.db")).unwrap().len() >> 20;
    println!("200 projects, 1,000 tables in one, 30 days of figures: {file} MiB, {:.0?}", begun.elapsed());
    let mut browser = Browser::new(&app);
    browser.activate().await;
    println!("| page | median ms | worst ms | KB |\n|---|---:|---:|---:|");
    for path in paths(&mut browser, &many, &one).await {
        measure(&mut browser, &path).await;
    }
    app.app.stop().await;
}

/// Every page that grows with what the service holds, and some that don't.
async fn paths(browser: &mut Browser<'_>, many: &str, one: &str) -> Vec<String> {
    let draft = draft(browser, many).await;
    let now = jiff::Timestamp::now();
    let month = |days: i64| (now - jiff::SignedDuration::from_hours(days * 24)).strftime("%Y-%m-%dT%H:%M");
    let mut paths: Vec<String> = [
        "/overview",
        "/projects",
        "/projects?page=10",
        "/projects?q=project1&sort=name&tag=b&state=running",
        "/datasources",
        "/tags",
        "/operations",
        "/system",
        "/system/users",
        "/account",
        "/help",
        "/projects/new",
    ]
    .map(str::to_owned)
    .into();
    for range in ["hour", "day", "week"] {
        paths.push(format!("/projects/{one}?range={range}"));
    }
    paths.push(format!("/projects/{one}?range=custom&from={}&to={}", month(30), month(0)));
    paths.push(format!("/projects/{one}?range=custom&from={}&to={}", month(20), month(19)));
    for page in ["", "/objects", "/objects?page=20", "/objects.csv", "/options", "/messages", "/log"] {
        paths.push(format!("/projects/{many}{page}"));
    }
    paths.push(format!("/projects/{many}/operations"));
    for step in ["ends", "objects", "objects?db=stock", "import", "options", "precheck"] {
        paths.push(format!("{draft}/{step}"));
    }
    paths
}

/// The settings of the largest project, being changed.
async fn draft(browser: &mut Browser<'_>, id: &str) -> String {
    let token = csrf(&browser.get(&format!("/projects/{id}")).await);
    let fields = [("csrf", token.as_str()), ("step", "objects")];
    let place = location(&browser.post(&format!("/projects/{id}/edit"), &fields).await);
    place.strip_suffix("/objects").unwrap().to_owned()
}

async fn measure(browser: &mut Browser<'_>, path: &str) {
    let mut times = Vec::with_capacity(LOADS);
    let mut size = 0;
    for _ in 0..LOADS {
        let begun = Instant::now();
        let reply = browser.get(path).await;
        times.push(begun.elapsed());
        assert!(reply.status.is_success(), "{path}: {}", reply.status);
        size = reply.text.len();
    }
    times.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let (median, worst) = (ms(times[LOADS / 2]), ms(times[LOADS - 1]));
    println!("| {path} | {median:.1} | {worst:.1} | {:.1} |", size as f64 / 1000.0);
}
