//! What projects go through: start, pause, failure, release, a new process.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use tidewire::secret::write_private;

use crate::support::{TestApp, project, source, start_on};

#[tokio::test]
async fn a_project_starts_pauses_resumes_and_is_released() {
    let app = TestApp::start().await.with_datasources().await.with_project("lingers").await;
    assert_eq!(app.post("/projects/lingers/pause", json!({})).await.status, StatusCode::CONFLICT);
    assert_eq!(app.post("/projects/lingers/start", json!({})).await.json, json!({"state": "running"}));
    let status = app.until("lingers", "/phase", &json!("streaming")).await;
    assert_eq!((&status["rows"]["insert"], &status["messages"]), (&json!(3), &json!(3)));
    let refused = app.api(Method::DELETE, "/projects/lingers", None).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let refused = app.api(Method::PUT, "/projects/lingers", Some(project("lingers"))).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
    app.post("/projects/lingers/pause", json!({})).await;
    // Resumed while it still drains: it runs again once it has stopped.
    app.until("lingers", "/phase", &json!("draining")).await;
    app.post("/projects/lingers/resume", json!({})).await;
    app.until("lingers", "/phase", &json!("streaming")).await;
    app.post("/projects/lingers/pause", json!({})).await;
    assert_eq!(app.post("/projects/lingers/release", json!({})).await.json, json!({"state": "releasing"}));
    app.until("lingers", "/state", &json!("released")).await;
    assert_eq!(app.post("/projects/lingers/resume", json!({})).await.status, StatusCode::CONFLICT);
    assert_eq!(app.api(Method::DELETE, "/projects/lingers", None).await.status, StatusCode::NO_CONTENT);
    app.app.stop().await;
}

#[tokio::test]
async fn a_failed_precheck_stops_a_start_and_names_the_items() {
    let app = TestApp::start().await.with_datasources().await;
    let mut body = project("订单");
    body["table"] = json!([{"table": "shop.missing", "topic": "nowhere"}, {"table": "shop.orders_view", "topic": "orders"}]);
    app.post("/projects", body).await;
    let reply = app.post("/projects/订单/start", json!({})).await;
    assert_eq!(
        (reply.status, &reply.json["error"]["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("precheck_failed"))
    );
    assert_eq!(reply.fields(), ["DB_TABLE_TYPE", "MQ_TOPIC_EXIST", "RDB_TABLE_EXIST"]);
    assert_eq!(app.get("/projects/订单/status").await.json["state"], "init");
    let report = app.post("/projects/订单/precheck", json!({})).await.json;
    assert_eq!(report["passed"], false);
    app.api(Method::PUT, "/projects/订单", Some(project("订单"))).await;
    assert_eq!(app.post("/projects/订单/precheck", json!({})).await.json["passed"], true);
    assert_eq!(app.post("/projects/订单/start", json!({})).await.status, StatusCode::OK);
    app.app.stop().await;
}

#[tokio::test]
async fn an_unreachable_source_leaves_the_other_items_unchecked() {
    let app = TestApp::start().await.with_datasources().await;
    let mut body = source();
    body["address"] = json!("nowhere:1");
    app.api(Method::PUT, "/datasources/ob", Some(body)).await;
    app.post("/projects", project("a")).await;
    let report = app.post("/projects/a/precheck", json!({})).await.json;
    let item = |key: &str| {
        report["items"].as_array().unwrap().iter().find(|item| item["key"] == key).unwrap().clone()
    };
    assert_eq!(item("RDB_CONNECT")["result"], "failed");
    assert!(item("RDB_TABLE_EXIST")["reason"].as_str().unwrap().contains("not checked"));
    assert_eq!(item("MQ_TOPIC_EXIST")["result"], "passed");
    app.app.stop().await;
}

#[tokio::test]
async fn a_server_of_the_wrong_kind_is_told_by_its_version() {
    let app = TestApp::start().await.with_datasources().await;
    let mut body = source();
    body["address"] = json!("ancient:1");
    app.api(Method::PUT, "/datasources/ob", Some(body)).await;
    app.post("/projects", project("a")).await;
    let report = app.post("/projects/a/precheck", json!({})).await.json;
    let item = |key: &str| {
        report["items"].as_array().unwrap().iter().find(|item| item["key"] == key).unwrap().clone()
    };
    assert_eq!((&report["passed"], &item("RDB_CONNECT")["result"]), (&json!(false), &json!("passed")));
    assert!(item("DB_VERSION")["reason"].as_str().unwrap().contains("version 5.5"), "{report}");
    let reason = item("DB_INCR_LOG")["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("not checked, because Source version"), "{reason}");
    app.app.stop().await;
}

#[tokio::test]
async fn a_standby_is_refused_and_a_plain_topic_only_warned_of() {
    let app = TestApp::start().await.with_datasources().await;
    let mut body = project("a");
    body["table"] = json!([{"table": "shop.users", "topic": "users"}]);
    app.post("/projects", body).await;
    let report = app.post("/projects/a/precheck", json!({})).await.json;
    let result = |report: &Value, key: &str| {
        report["items"].as_array().unwrap().iter().find(|item| item["key"] == key).unwrap()["result"].clone()
    };
    assert_eq!((&result(&report, "MQ_TOPIC_ORDER"), &report["passed"]), (&json!("warning"), &json!(true)));
    let mut body = source();
    body["address"] = json!("standby:2881");
    app.api(Method::PUT, "/datasources/ob", Some(body)).await;
    app.post("/projects", project("b")).await;
    let report = app.post("/projects/b/precheck", json!({})).await.json;
    assert_eq!(result(&report, "DB_MASTER_SLAVE"), "failed");
    assert_eq!(result(&report, "MQ_TOPIC_ORDER"), "passed");
    app.app.stop().await;
}

#[tokio::test]
async fn errors_and_panics_fail_the_project_with_a_remedy() {
    let app = TestApp::start().await.with_datasources().await;
    for (name, kind) in [("breaks", "store_failed"), ("panics", "internal")] {
        app.post("/projects", project(name)).await;
        app.post(&format!("/projects/{name}/start"), json!({})).await;
        let status = app.until(name, "/state", &json!("failed")).await;
        assert_eq!(status["error"]["kind"], kind);
        assert_ne!(status["error"]["remedy"], "");
        assert_eq!(app.post(&format!("/projects/{name}/resume"), json!({})).await.status, StatusCode::OK);
    }
    app.app.stop().await;
}

#[tokio::test]
async fn a_new_process_resumes_what_ran() {
    let app = TestApp::start().await.with_datasources().await.with_project("a").await.with_project("b").await;
    app.post("/projects/a/start", json!({})).await;
    let password = app.app.first_password.clone();
    assert!(password.is_some());
    let TestApp { app: running, data, http } = app;
    let second = start_on(data.path()).await.err().unwrap().to_string();
    assert!(second.contains(&format!("pid {}", std::process::id())), "{second}");
    running.stop().await;
    assert!(!data.path().join("api-address").exists());
    let again = start_on(data.path()).await.unwrap();
    assert!(again.first_password.is_none());
    let app = TestApp { app: again, data, http };
    app.until("a", "/phase", &json!("streaming")).await;
    assert_eq!(app.get("/projects/b/status").await.json["state"], "init");
    app.app.stop().await;
}

#[tokio::test]
async fn a_deleted_data_source_does_not_hurt_its_projects() {
    let app = TestApp::start().await.with_datasources().await.with_project("a").await;
    app.api(Method::DELETE, "/datasources/ob", None).await;
    assert_eq!(app.post("/projects/a/start", json!({})).await.status, StatusCode::OK);
    app.until("a", "/phase", &json!("streaming")).await;
    app.app.stop().await;
}

#[tokio::test]
async fn a_started_project_keeps_its_source_and_start() {
    let app = TestApp::start().await.with_datasources().await.with_project("a").await;
    let mut other = source();
    other["name"] = json!("ob2");
    app.post("/datasources", other).await;
    app.post("/projects/a/start", json!({})).await;
    app.post("/projects/a/pause", json!({})).await;
    let mut body = project("a");
    body["source"] = json!("ob2");
    body["start"] = json!(1_700_000_000);
    let reply = app.api(Method::PUT, "/projects/a", Some(body)).await;
    assert_eq!(reply.fields(), ["source", "start"]);
    app.app.stop().await;
}

#[tokio::test]
async fn stored_secrets_are_never_shut_in_silence() {
    let app = TestApp::start().await.with_datasources().await.with_project("keeps").await;
    let TestApp { app, data, .. } = app;
    app.stop().await;
    let key = data.path().join("secret.key");
    let kept = std::fs::read(&key).unwrap();

    // The key is gone: no new one is made, and what can't be opened is named.
    std::fs::remove_file(&key).unwrap();
    let refused = start_on(data.path()).await.err().unwrap().to_string();
    for words in ["secret.key is missing", "data source ob", "project keeps (source)", "from your backup"] {
        assert!(refused.contains(words), "{refused}");
    }
    assert!(!key.exists(), "a new key was made");

    // Another key is there.
    write_private(&key, &[7; 32]).unwrap();
    let refused = start_on(data.path()).await.err().unwrap().to_string();
    assert!(refused.contains("not the key of this data directory"), "{refused}");

    // The right one is put back.
    std::fs::remove_file(&key).unwrap();
    write_private(&key, &kept).unwrap();
    start_on(data.path()).await.unwrap().stop().await;

    // The database is gone, and its key is there.
    let database = data.path().join("tidewire.db");
    std::fs::rename(&database, data.path().join("elsewhere.db")).unwrap();
    let refused = start_on(data.path()).await.err().unwrap().to_string();
    assert!(
        refused.contains("tidewire.db is missing") && refused.contains("put the database back"),
        "{refused}"
    );
    assert!(!database.exists(), "a new database was made");
}

#[tokio::test]
async fn a_key_that_is_lost_for_good_is_given_up_by_a_command() {
    let app = TestApp::start().await.with_datasources().await.with_project("keeps").await;
    let TestApp { app, data, .. } = app;
    app.stop().await;
    std::fs::remove_file(data.path().join("secret.key")).unwrap();
    let folder = data.path().to_owned();
    let (serve, forget) = tokio::task::spawn_blocking(move || {
        let run = |args: &[&str]| {
            let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_tidewire"))
                .args(args)
                .args(["--data", folder.to_str().unwrap()])
                .env_clear()
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap();
            let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
            while child.try_wait().unwrap().is_none() && std::time::Instant::now() < deadline {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            child.kill().unwrap();
            child.wait_with_output().unwrap()
        };
        (run(&["serve", "--listen", "127.0.0.1:0"]), run(&["forget-secrets"]))
    })
    .await
    .unwrap();
    assert_eq!(serve.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&serve.stderr).contains("tidewire forget-secrets --data"), "{serve:?}");
    assert_eq!(forget.status.code(), Some(0), "{forget:?}");
    assert_eq!(String::from_utf8_lossy(&forget.stdout), "data source ob\nproject keeps (source)\n");

    let app = start_on(data.path()).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = http.get(format!("{}/api/v1/datasources/ob", app.url)).bearer_auth(&app.token);
    let saved: Value = serde_json::from_str(&ask.send().await.unwrap().text().await.unwrap()).unwrap();
    assert_eq!(saved["name"], "ob");
    app.stop().await;
}

#[tokio::test]
async fn the_end_of_the_supervisor_is_told_with_its_reason() {
    let mut app = TestApp::start().await.with_datasources().await.with_project("explodes").await;
    // Nothing is broken as long as nothing is.
    let calm = tokio::time::timeout(Duration::from_millis(200), app.app.broken()).await;
    assert!(calm.is_err(), "{calm:?}");
    let reply = app.post("/projects/explodes/start", json!({})).await;
    assert!(reply.status.is_server_error(), "{}", reply.text);
    let reason = tokio::time::timeout(Duration::from_secs(10), app.app.broken()).await.unwrap();
    assert!(reason.contains("the supervisor is gone") && reason.contains("panic"), "{reason}");
    // What is left can still be stopped in order, as the process does before it ends.
    tokio::time::timeout(Duration::from_secs(10), app.app.stop()).await.unwrap();
    assert!(!app.data.path().join("api-address").exists());
}
