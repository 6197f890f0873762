//! Table versions and definitions by hand: page, form, API and command line.

use std::sync::Arc;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tidewire::store::{Store, StoreError, checkpoint};
use tidewire_engine::checkpoint::{Checkpoint, Position, SchemaVersion};
use tidewire_engine::identity::TableName;
use tidewire_engine::schema::dialect::{Dialect, Server};
use tidewire_engine::schema::given;
use tidewire_engine::schema::version::{KnownBy, Shape, Version};

use crate::browser::{Browser, location, texts};
use crate::command_line::{against, against_fed};
use crate::support::{TestApp, project};

/// A definition of `shop.orders` for the stand-in's OceanBase.
const WANTED: &str =
    "CREATE TABLE `orders` (\n  `id` bigint NOT NULL,\n  `user_id` bigint,\n  PRIMARY KEY (`id`)\n)";

fn version(number: u64, table: &str, shape: Shape, known_by: KnownBy, statement: &str) -> SchemaVersion {
    let version = Version { shape, known_by, statement: statement.to_owned(), pending: false };
    SchemaVersion {
        version: number,
        database: "shop".to_owned(),
        table: table.to_owned(),
        valid_from: position(number * 100),
        body: version.write().unwrap(),
    }
}

fn position(offset: u64) -> Position {
    Position {
        file: "binlog.000007".to_owned(),
        offset,
        commit_micros: 1_767_225_600_000_000,
        ..Position::default()
    }
}

fn known(columns: &str) -> Shape {
    let dialect = Dialect::new(Server::OceanBase, "5.7.25-OceanBase_CE-v4.2.1.2");
    let table = TableName::new("shop", "orders");
    Shape::Known(Arc::new(
        given::define(&format!("CREATE TABLE orders ({columns})"), &table, dialect).unwrap(),
    ))
}

/// Four versions of `shop.orders`, one of a table that is not followed, and a
/// checkpoint that needs them all.
async fn with_versions(app: &TestApp, id: &str) {
    let store = Store::open(&app.data.path().join("tidewire.db")).unwrap();
    let id = id.to_owned();
    let saved: Result<(), StoreError> = store
        .write(move |tx| {
            let versions = [
                version(1, "orders", known("id BIGINT PRIMARY KEY, a INT, b INT"), KnownBy::Catalogue, ""),
                version(2, "side", Shape::Gone, KnownBy::Statement, "DROP TABLE side"),
                version(3, "orders", Shape::Gone, KnownBy::Statement, "RENAME TABLE orders TO x"),
                version(
                    4,
                    "orders",
                    known("id BIGINT PRIMARY KEY, b BIGINT NOT NULL, c INT"),
                    KnownBy::Statement,
                    "CREATE TABLE orders <b>",
                ),
                version(
                    5,
                    "orders",
                    Shape::Unknown("(id BIGINT)".to_owned()),
                    KnownBy::Statement,
                    "ALTER ???",
                ),
            ];
            let newest = Checkpoint {
                position: position(900),
                within: None,
                sequence: 0,
                queues: Vec::new(),
                schema_version: 1,
                confirmed_before: None,
                clean: true,
                saved_at: 1,
            };
            checkpoint::save(tx, &id, &newest, &versions)
        })
        .await;
    saved.unwrap();
}

async fn id_of(app: &TestApp, name: &str) -> String {
    app.get(&format!("/projects/{name}")).await.json["id"].as_str().unwrap().to_owned()
}

/// A project that stopped because the columns of `shop.orders` are not known.
async fn stopped() -> (TestApp, String) {
    let app = TestApp::start().await.with_datasources().await.with_project("shapeless").await;
    app.post("/projects/shapeless/start", json!({})).await;
    app.until("shapeless", "/state", &json!("failed")).await;
    let id = id_of(&app, "shapeless").await;
    with_versions(&app, &id).await;
    (app, format!("/projects/{id}"))
}

#[tokio::test]
async fn versions_are_told_newest_first_with_what_each_changed() {
    let (app, _) = stopped().await;
    let all = app.get("/projects/shapeless/schema").await;
    assert_eq!(all.status, StatusCode::OK, "{}", all.text);
    assert_eq!(all.json.as_array().unwrap().len(), 1, "only followed tables: {}", all.text);
    let versions = all.json[0]["versions"].as_array().unwrap();
    let told: Vec<(u64, &str, &str)> = versions
        .iter()
        .map(|one| {
            let word = |name: &str| one[name].as_str().unwrap();
            (one["version"].as_u64().unwrap(), word("state"), word("known_by"))
        })
        .collect();
    assert_eq!(
        told,
        [
            (5, "unknown", "statement"),
            (4, "known", "statement"),
            (3, "gone", "statement"),
            (1, "known", "catalogue")
        ]
    );
    let newer = &versions[1];
    assert_eq!(newer["since"]["offset"], json!(400));
    assert_eq!(newer["since"]["commit_time"], json!("2026-01-01T00:00:00Z"));
    assert_eq!(
        newer["columns"][0],
        json!({"name": "id", "type": "bigint(20)", "collation": null, "nullable": false, "key": 1})
    );
    let difference = &newer["difference"];
    assert_eq!(
        (&difference["added"], &difference["gone"]),
        (&json!(["c"]), &json!(["a"])),
        "beyond the time it was gone"
    );
    assert_eq!(difference["changed"][0]["name"], json!("b"));
    assert_eq!(versions[3]["difference"], Value::Null);
    let one = app.get("/projects/shapeless/schema?table=SHOP.orders").await;
    assert_eq!(one.json, all.json, "names are found without regard to case");
    let other = app.get("/projects/shapeless/schema?table=shop.side").await;
    assert_eq!((other.status, other.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["table".to_owned()]));
    app.app.stop().await;
}

#[tokio::test]
async fn a_definition_is_checked_kept_once_and_recorded() {
    let (app, _) = stopped().await;
    let define = |table: &'static str, text: &'static str| {
        app.post("/projects/shapeless/define", json!({"table": table, "definition": text}))
    };
    for (table, text, field, says) in [
        ("shop.users", WANTED, "table", "does not follow a table shop.users"),
        ("", WANTED, "table", "must be filled in"),
        ("shop.orders", " \n", "definition", "must be filled in"),
        ("shop.orders", "DROP TABLE orders", "definition", "CREATE TABLE"),
        ("shop.orders", "CREATE TABLE users (id INT)", "definition", "shop.users"),
        ("shop.orders", "CREATE TABLE orders (\n id INT,\n v SOMETHING\n)", "definition", "line 3"),
    ] {
        let refused = define(table, text).await;
        assert_eq!(
            (refused.status, refused.fields()),
            (StatusCode::UNPROCESSABLE_ENTITY, vec![field.to_owned()])
        );
        assert!(refused.text.contains(says), "{}", refused.text);
    }
    let before = app.get("/projects/shapeless/schema").await.json;
    assert!(!before.to_string().contains("\"pending\":true"), "nothing was kept: {before}");
    let kept = define("shop.orders", WANTED).await;
    assert_eq!(kept.status, StatusCode::OK, "{}", kept.text);
    let newest = &kept.json["versions"][0];
    assert_eq!(
        (&newest["version"], &newest["pending"], &newest["since"]),
        (&json!(6), &json!(true), &Value::Null)
    );
    assert_eq!(newest["known_by"], json!("given"));
    assert_eq!(define("shop.orders", WANTED).await.json["versions"][0]["version"], json!(6), "once");
    let other = define("shop.orders", "CREATE TABLE orders (id BIGINT PRIMARY KEY)").await;
    assert_eq!(other.json["versions"][0]["version"], json!(7));
    let all = app.get("/projects/shapeless/schema").await.json;
    let waiting = all[0]["versions"].as_array().unwrap().iter().filter(|one| one["pending"] == json!(true));
    assert_eq!(waiting.count(), 1, "the newer one takes the place of the older: {all}");
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let log = browser.get("/operations?action=define").await;
    assert_eq!(texts(&log, "tbody tr").len(), 2, "{}", log.text);
    app.app.stop().await;
}

#[tokio::test]
async fn a_project_that_runs_or_drains_takes_no_definition() {
    let app = TestApp::start().await.with_datasources().await.with_project("lingers").await;
    let define =
        || app.post("/projects/lingers/define", json!({"table": "shop.orders", "definition": WANTED}));
    assert_eq!(define().await.status, StatusCode::OK, "before the first start");
    app.post("/projects/lingers/start", json!({})).await;
    app.until("lingers", "/phase", &json!("streaming")).await;
    let running = define().await;
    assert_eq!(running.status, StatusCode::CONFLICT, "{}", running.text);
    assert!(running.text.contains("pause a running project first"), "{}", running.text);
    app.post("/projects/lingers/pause", json!({})).await;
    let draining = define().await;
    assert_eq!(draining.status, StatusCode::CONFLICT, "{}", draining.text);
    assert!(draining.text.contains("still stopping"), "{}", draining.text);
    app.until("lingers", "/phase", &Value::Null).await;
    assert_eq!(define().await.status, StatusCode::OK);
    let mut broken = project("nowhere");
    let mut source = crate::support::source();
    (source["name"], source["address"]) = (json!("far"), json!("nowhere:1"));
    app.post("/datasources", source).await;
    broken["source"] = json!("far");
    app.post("/projects", broken).await;
    let reply =
        app.post("/projects/nowhere/define", json!({"table": "shop.orders", "definition": WANTED})).await;
    assert_eq!(
        (reply.status, reply.json["error"]["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("source_unreachable"))
    );
    assert!(!reply.text.contains("keeps trying"), "nothing tries again here: {}", reply.text);
    app.app.stop().await;
}

#[tokio::test]
async fn the_way_from_the_error_to_the_resume() {
    let (app, path) = stopped().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let page = browser.get(&path).await;
    assert_eq!(texts(&page, &format!(".notice-acts a[href='{path}/define']")), ["Give a definition"]);
    let form = browser.get(&format!("{path}/define")).await;
    assert!(form.text.contains("ALTER TABLE orders"), "the error stands above the form");
    assert!(form.text.contains("name=\"table\" type=\"text\" value=\"shop.orders\""), "{}", form.text);
    let address = format!("{path}/define");
    let typed = [("table", "shop.orders"), ("definition", "CREATE TABLE orders (\n a INT,\n b <x>\n)")];
    let refused = browser.fill(&address, &address, &typed).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(texts(&refused, "#f-definition-problem")[0].contains("line 3"), "{}", refused.text);
    assert!(texts(&refused, "textarea")[0].contains("b <x>"), "what was typed stays: {}", refused.text);
    let fields = [("table", "shop.orders"), ("definition", WANTED)];
    let place = location(&browser.fill(&address, &address, &fields).await);
    assert_eq!(place, format!("{path}/schema?table=shop.orders"));
    let page = browser.get(&place).await;
    assert_eq!(
        texts(&page, ".version h2"),
        ["Version 6", "Version 5", "Version 4", "Version 3", "Version 1"]
    );
    let flat = texts(&page, ".version")[0].split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("Waits for the next place") && flat.contains("given by hand"), "{flat}");
    assert!(flat.contains("added user_id") && flat.contains("removed b, c"), "{flat}");
    assert!(page.text.contains("CREATE TABLE orders &#60;b&#62;"), "statements are text: {}", page.text);
    browser.get("/lang?to=zh&back=/").await;
    let page = browser.get(&place).await;
    assert!(
        page.text.contains("手工提供") && page.text.contains("等待用于下一个需要表结构的位置"),
        "{}",
        page.text
    );
    let list = browser.get(&format!("{path}/schema")).await;
    assert_eq!(texts(&list, "tbody tr").len(), 1);
    assert!(list.text.contains("表结构版本") && list.text.contains(">5<"), "{}", list.text);
    let none = browser.get(&format!("{path}/schema?table=shop.nothing")).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    app.app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_and_definitions_by_the_command_line() {
    let (app, _) = stopped().await;
    let (status, out, error) = against(&app, &["project", "schema", "shapeless"]).await;
    assert_eq!((status, error.as_str()), (0, ""));
    assert_eq!(out, "shop.orders  4  unknown  statement  binlog.000007:500  2026-01-01T00:00:00Z\n");
    let (_, out, _) = against(&app, &["project", "schema", "shapeless", "shop.orders"]).await;
    let newer = "4  known  statement  binlog.000007:400  2026-01-01T00:00:00Z\n  CREATE TABLE orders <b>\n  + c\n  - a\n  ~ b: int(11) -> bigint(20) NOT NULL\n    id  bigint(20)    NOT NULL  KEY 1\n";
    assert!(out.contains(newer), "{out}");
    let (status, out, _) = against(&app, &["project", "schema", "shapeless", "shop.orders", "--json"]).await;
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, &document[0]["versions"][0]["version"]), (0, &json!(5)));
    let file = app.data.path().join("orders.sql");
    std::fs::write(&file, "CREATE TABLE orders (\n id NOTHING\n)").unwrap();
    let define = ["project", "define", "shapeless", "shop.orders", file.to_str().unwrap()];
    let (status, out, error) = against(&app, &define).await;
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(error.contains("definition: line 2 is not understood"), "{error}");
    std::fs::write(&file, WANTED).unwrap();
    let (status, out, error) = against(&app, &define).await;
    assert_eq!((status, error.as_str()), (0, ""), "{out}");
    assert!(out.starts_with("kept for the next place that wants the columns of shop.orders"), "{out}");
    let (status, out, error) =
        against_fed(&app, &["project", "define", "shapeless", "shop.orders", "-", "--json"], WANTED).await;
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, error.as_str(), &document["versions"][0]["version"]), (0, "", &json!(6)));
    let (status, ..) =
        against(&app, &["project", "define", "shapeless", "shop.orders", "/nonexistent"]).await;
    assert_eq!(status, 2);
    app.app.stop().await;
}

#[tokio::test]
async fn a_look_ahead_is_shown_where_the_phase_is() {
    let app = TestApp::start().await.with_datasources().await.with_project("proves").await;
    app.post("/projects/proves/start", json!({})).await;
    let reached = json!("binlog.000003:4096 / binlog.000009:77");
    app.until("proves", "/looking_ahead", &reached).await;
    let path = format!("/projects/{}", id_of(&app, "proves").await);
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let page = browser.get(&path).await;
    assert!(
        page.text.contains("looking ahead in the log: reached binlog.000003:4096 / binlog.000009:77"),
        "{}",
        page.text
    );
    app.post("/projects/proves/pause", json!({})).await;
    app.until("proves", "/looking_ahead", &Value::Null).await;
    app.app.stop().await;
}
