//! Applying and exporting the project file.

use serde_json::{Value, json};

use crate::support::TestApp;

const FILE: &str = r#"
[[datasource]]
name = "ob"
kind = "oceanbase-ce"
address = "10.0.0.1:2883"
tenant = "t1"
user = "sync"
password = "geheim 1"

[[datasource]]
name = "mq"
kind = "rocketmq"
address = "10.0.0.2:9876"
access_key = "ak"
secret_key = "sk 2"

[[project]]
name = "订单同步"
tags = ["核心"]
source = "ob"
target = "mq"
dml = ["insert", "delete"]
start = "2023-11-15 06:13:20+08:00"
producer_group = "GID_order"
batch = "off"
state = "running"

[[project.table]]
table = "shop.orders"
topic = "orders"
shard_columns = ["user_id"]

[[project.table]]
table = "shop.users"
topic = "users"
"#;

fn actions(reply: &Value) -> Vec<String> {
    let changes = reply["changes"].as_array().unwrap();
    let text = |change: &Value, name: &str| change[name].as_str().unwrap().to_owned();
    changes.iter().map(|change| format!("{} {}", text(change, "name"), text(change, "action"))).collect()
}

#[tokio::test]
async fn a_dry_run_tells_and_changes_nothing() {
    let app = TestApp::start().await;
    let reply = app.apply(FILE, true).await;
    assert_eq!(actions(&reply.json), ["ob created", "mq created", "订单同步 created", "订单同步 start"]);
    assert_eq!(app.get("/projects").await.json, json!([]));
    assert_eq!(app.get("/datasources").await.json, json!([]));
    assert_eq!(app.get("/tags").await.json, json!([]));
    app.app.stop().await;
}

#[tokio::test]
async fn applying_twice_changes_nothing_the_second_time() {
    let app = TestApp::start().await;
    let first = app.apply(FILE, false).await;
    assert_eq!(actions(&first.json), ["ob created", "mq created", "订单同步 created", "订单同步 start"]);
    app.until("订单同步", "/phase", &json!("streaming")).await;
    let second = app.apply(FILE, false).await;
    assert_eq!(actions(&second.json), ["ob unchanged", "mq unchanged", "订单同步 unchanged"]);
    app.app.stop().await;
}

#[tokio::test]
async fn a_change_pauses_a_running_project_and_lets_it_run_again() {
    let app = TestApp::start().await;
    app.apply(FILE, false).await;
    let changed = FILE.replace("\"GID_order\"", "\"GID_new\"").replace("state = \"running\"\n", "");
    let planned = app.apply(&changed, true).await;
    assert_eq!(actions(&planned.json)[2..], ["订单同步 updated", "订单同步 resume"]);
    let reply = app.apply(&changed, false).await;
    assert_eq!(actions(&reply.json)[2..], ["订单同步 updated", "订单同步 resume"]);
    assert_eq!(reply.json["changes"][2]["fields"], json!(["producer_group"]));
    app.until("订单同步", "/phase", &json!("streaming")).await;
    let moved = changed.replace("10.0.0.1:2883", "10.0.0.7:2883");
    let reply = app.apply(&moved, false).await;
    assert_eq!(reply.json["changes"][2]["fields"], json!(["source"]));
    let stopped = moved.replace("batch = \"off\"", "batch = \"off\"\nstate = \"stopped\"");
    assert_eq!(actions(&app.apply(&stopped, false).await.json)[3..], ["订单同步 pause"]);
    app.app.stop().await;
}

#[tokio::test]
async fn every_mistake_is_named_with_its_line_and_nothing_is_changed() {
    let app = TestApp::start().await;
    let broken = FILE
        .replace("\"rocketmq\"", "\"kafka\"")
        .replace("shop.users", "shop.用户")
        .replace("\"off\"", "\"x\"");
    let reply = app.apply(&broken, false).await;
    assert_eq!(reply.status, 422);
    let fields = reply.json["error"]["fields"].as_object().unwrap();
    let line = |field: &str| fields[field].as_str().unwrap().split(':').next().unwrap().to_owned();
    assert_eq!(line("datasource[1].kind"), "line 12");
    assert_eq!(line("project[0].batch"), "line 25");
    assert_eq!(line("project[0].table[1].table"), "line 34");
    assert_eq!(line("project[0].target"), "line 21");
    assert_eq!(app.get("/datasources").await.json, json!([]));
    for (text, word) in [
        (format!("{FILE}\nwher = \"x\""), "line 37: unknown field `wher`"),
        (FILE.replace("[\"核心\"]", "\"核心\""), "line 19: `tags`: invalid type"),
        (FILE.replace("\"running\"", "running"), "line 26"),
    ] {
        let reply = app.apply(&text, false).await;
        let message = reply.json["error"]["fields"]["file"].as_str().unwrap().to_owned();
        assert!(message.contains(word), "{message}");
    }
    assert_eq!(app.get("/datasources").await.json, json!([]));
    app.app.stop().await;
}

#[tokio::test]
async fn a_project_that_can_not_start_is_reported_and_kept() {
    let app = TestApp::start().await;
    let reply = app.apply(&FILE.replace("topic = \"users\"", "topic = \"gone\""), false).await;
    let last = &reply.json["changes"][3];
    assert_eq!(last["action"], "start");
    assert!(last["error"].as_str().unwrap().contains("Topics exist"), "{}", reply.text);
    assert_eq!(app.get("/projects/订单同步").await.json["status"], "init");
    app.app.stop().await;
}

#[tokio::test]
async fn an_export_applies_again_on_an_empty_service() {
    let first = TestApp::start().await;
    first.apply(FILE, false).await;
    let hidden = first.get("/export").await.text;
    assert!(!hidden.contains("geheim") && !hidden.contains("sk 2"), "{hidden}");
    assert_eq!(
        actions(&first.apply(&hidden, false).await.json),
        ["mq unchanged", "ob unchanged", "订单同步 unchanged"]
    );
    let open = first.get("/export?secrets=true").await.text;
    let second = TestApp::start().await;
    let refused = second.apply(&hidden, false).await;
    assert_eq!(
        refused.fields(),
        ["datasource[0].secret_key", "datasource[1].password", "project[0].source", "project[0].target"]
    );
    assert_eq!(second.apply(&open, false).await.status, 200);
    assert_eq!(second.get("/export?secrets=true").await.text, open);
    assert!(second.get("/export?names=nobody").await.status == 404);
    first.app.stop().await;
    second.app.stop().await;
}
