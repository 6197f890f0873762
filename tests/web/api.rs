//! The JSON API: who may, what is kept, what is refused and why.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Reply, TestApp, project, source, target};

#[tokio::test]
async fn only_the_token_opens_the_api() {
    let app = TestApp::start().await;
    for request in [
        app.request(Method::GET, "/api/v1/projects"),
        app.request(Method::GET, "/api/v1/projects").bearer_auth("wrong"),
        app.request(Method::POST, "/api/v1/apply").body(""),
        app.request(Method::GET, "/metrics"),
    ] {
        let reply = Reply::of(request.send().await.unwrap()).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert_eq!(reply.json["error"]["code"], "unauthorized");
        assert_ne!(reply.json["error"]["remedy"], "");
    }
    let health = Reply::of(app.request(Method::GET, "/health").send().await.unwrap()).await;
    assert_eq!((health.status, &health.json["status"]), (StatusCode::OK, &json!("ready")));
    let metrics = app.request(Method::GET, "/metrics").bearer_auth(&app.app.token);
    let metrics = Reply::of(metrics.send().await.unwrap()).await;
    assert!(metrics.text.contains("tidewire_projects 0"), "{}", metrics.text);
    app.app.stop().await;
}

#[tokio::test]
async fn data_sources_live_and_their_secrets_stay_inside() {
    let app = TestApp::start().await.with_datasources().await;
    let shown = app.get("/datasources/ob").await;
    assert_eq!(shown.json["password"], "***");
    assert!(!shown.text.contains("p@ss"));
    let mut changed = source();
    changed["address"] = json!("10.0.0.9:2883");
    let reply = app.api(Method::PUT, "/datasources/ob", Some(changed)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    assert_eq!(reply.json["address"], "10.0.0.9:2883");
    let mut noted = reply.json.clone();
    (noted["note"], noted["password"]) = (json!("moved"), json!("***"));
    for name in ["id", "creator", "created_at"] {
        noted.as_object_mut().unwrap().remove(name);
    }
    let reply = app.api(Method::PUT, "/datasources/ob", Some(noted)).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let kept = app.get("/export?secrets=true").await.text;
    assert!(kept.contains("p@ss w0rd"), "{kept}");
    assert_eq!(app.post("/datasources/ob/test", json!({})).await.json["detail"], "5.7.25-OceanBase");
    let database = std::fs::read(app.data.path().join("tidewire.db")).unwrap();
    let journal = std::fs::read(app.data.path().join("tidewire.db-wal")).unwrap();
    for bytes in [database, journal] {
        assert!(!bytes.windows(9).any(|window| window == b"p@ss w0rd"), "a secret lies open in the database");
    }
    assert_eq!(app.api(Method::DELETE, "/datasources/ob", None).await.status, StatusCode::NO_CONTENT);
    let gone = app.get("/datasources/ob").await;
    assert_eq!((gone.status, &gone.json["error"]["code"]), (StatusCode::NOT_FOUND, &json!("not_found")));
    app.app.stop().await;
}

#[tokio::test]
async fn each_field_of_a_data_source_has_its_rule() {
    let app = TestApp::start().await.with_datasources().await;
    let cases: &[(Value, &str, Value)] = &[
        (source(), "name", json!("ob")),
        (source(), "name", json!("a b")),
        (source(), "kind", json!("oracle")),
        (source(), "address", json!("10.0.0.1")),
        (source(), "address", json!("10.0.0.1:0")),
        (source(), "tenant", json!("")),
        (source(), "user", json!("sync@t1")),
        (source(), "binlog_address", json!("x")),
        (source(), "namespace", json!("x")),
        (source(), "tls", json!("maybe")),
        (source(), "tls_ca", json!("/a.pem")),
        (source(), "note", json!("x".repeat(129))),
        (source(), "password", json!("***")),
        (source(), "password_file", json!("/nowhere")),
        (target(), "address", json!("a:1;b")),
        (target(), "user", json!("x")),
        (target(), "secret_key", json!("only this")),
        (target(), "access_key", json!("only this")),
    ];
    for (base, field, value) in cases {
        let mut body = base.clone();
        if *field != "name" {
            body["name"] = json!("new");
        }
        body[*field] = value.clone();
        let reply = app.post("/datasources", body).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} = {value}: {}", reply.text);
        let wrong = if *field == "access_key" {
            "secret_key"
        } else if *field == "secret_key" {
            "access_key"
        } else {
            field
        };
        assert!(reply.fields().contains(&wrong.to_owned()), "{field} = {value}: {}", reply.text);
    }
    assert_eq!(app.get("/datasources").await.json.as_array().unwrap().len(), 2);
    app.app.stop().await;
}

#[tokio::test]
async fn each_field_of_a_project_has_its_rule() {
    let app = TestApp::start().await.with_datasources().await.with_project("taken").await;
    let table = |name: &str, value: Value| {
        let mut table = json!({"table": "shop.orders", "topic": "orders"});
        table[name] = value;
        json!([table])
    };
    let cases: &[(&str, Value, &str)] = &[
        ("name", json!("taken"), "name"),
        ("name", json!("a-b"), "name"),
        ("name", json!("同".repeat(65)), "name"),
        ("tags", json!(["a", "b", "c", "d", "e"]), "tags"),
        ("tags", json!(["a b"]), "tags"),
        ("source", json!("nobody"), "source"),
        ("source", json!("mq"), "source"),
        ("target", json!("ob"), "target"),
        ("dml", json!([]), "dml"),
        ("dml", json!(["insert", "insert"]), "dml"),
        ("dml", json!(["truncate"]), "dml"),
        ("start", json!("yesterday"), "start"),
        ("start", json!(99_999_999_999_i64), "start"),
        ("format", json!("avro"), "format"),
        ("format", json!("Canal"), "format"),
        ("typed_values", json!(true), "typed_values"),
        ("sequence_in_transaction", json!(true), "sequence_in_transaction"),
        ("business_id", json!("x"), "business_id"),
        ("producer_group", json!("组"), "producer_group"),
        ("message_tag", json!(""), "message_tag"),
        ("batch", json!("always"), "batch"),
        ("state", json!("released"), "state"),
        ("table", json!([]), "table"),
        ("table", table("table", json!("orders")), "table[0].table"),
        ("table", table("table", json!("shop.订单")), "table[0].table"),
        ("table", table("table", json!("mysql.user")), "table[0].table"),
        ("table", table("topic", json!("%RETRY%x")), "table[0].topic"),
        ("table", table("topic", json!("")), "table[0].topic"),
        ("table", table("columns", json!(["id", "id"])), "table[0].columns"),
        ("table", table("columns", json!([""])), "table[0].columns"),
        ("table", table("columns", json!(["a b"])), "table[0].columns"),
        ("table", table("where", json!("id >")), "table[0].where"),
        ("table", table("where", json!("id IN (SELECT 1)")), "table[0].where"),
        ("table", table("where", json!(format!("id = 1{}", " ".repeat(4096)))), "table[0].where"),
        ("table", table("shard_columns", json!(["id", "id"])), "table[0].shard_columns"),
        (
            "table",
            json!([{"table": "shop.orders", "topic": "orders"}, {"table": "shop.orders", "topic": "users"}]),
            "table[1].table",
        ),
    ];
    for (field, value, wrong) in cases {
        let mut body = project("新项目");
        body[*field] = value.clone();
        let reply = app.post("/projects", body).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} = {value}: {}", reply.text);
        assert_eq!(reply.fields(), [*wrong], "{field} = {value}: {}", reply.text);
    }
    assert_eq!(app.get("/projects").await.json.as_array().unwrap().len(), 1);
    assert_eq!(app.get("/tags").await.json, json!([]));
    app.app.stop().await;
}

#[tokio::test]
async fn answers_come_in_the_language_that_was_asked_for() {
    let app = TestApp::start().await.with_datasources().await;
    let in_chinese = |path: &str| {
        let request = app.request(Method::POST, path).bearer_auth(&app.app.token);
        request.header("accept-language", "zh-CN,zh;q=0.9")
    };
    let wrong = json!({"name": "a b", "kind": "mysql", "address": "h:1", "user": "u"});
    let request = in_chinese("/api/v1/datasources").json(&wrong);
    let reply = Reply::of(request.send().await.unwrap()).await;
    assert!(reply.json["error"]["fields"]["name"].as_str().unwrap().contains("汉字"), "{}", reply.text);
    let tested = Reply::of(in_chinese("/api/v1/datasources/mq/test").send().await.unwrap()).await;
    assert!(tested.json["detail"].as_str().unwrap().ends_with(" 个 Topic"), "{}", tested.text);
    app.app.stop().await;
}

#[tokio::test]
async fn bodies_that_are_not_the_shape_are_malformed() {
    let app = TestApp::start().await;
    for body in [json!({"nonsense": 1}), json!([]), json!({"name": 5})] {
        let reply = app.post("/projects", body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.text);
    }
    let reply = app.get("/projects/x/metrics?from=yesterday").await;
    assert_eq!((reply.status, &reply.json["error"]["code"]), (StatusCode::BAD_REQUEST, &json!("bad_query")));
    assert_eq!(app.get("/nothing/here").await.status, StatusCode::NOT_FOUND);
    app.app.stop().await;
}

#[tokio::test]
async fn catalogue_names_what_can_not_be_chosen() {
    let app = TestApp::start().await.with_datasources().await;
    assert_eq!(app.get("/datasources/ob/databases").await.json, json!(["shop", "stock"]));
    let tables = app.get("/datasources/ob/databases/shop/tables").await.json;
    let refused: Vec<&str> = tables
        .as_array()
        .unwrap()
        .iter()
        .filter(|table| table.get("refused").is_some())
        .map(|table| table["name"].as_str().unwrap())
        .collect();
    assert_eq!(refused, ["orders_view", "表"]);
    let columns = app.get("/datasources/ob/databases/shop/tables/orders/columns").await.json;
    assert_eq!(columns[0], json!({"name": "id", "type": "bigint(20)", "key": true}));
    assert_eq!(app.get("/datasources/mq/topics").await.json, json!(["orders", "users"]));
    assert_eq!(app.get("/datasources/mq/databases").await.status, StatusCode::CONFLICT);
    app.app.stop().await;
}

#[tokio::test]
async fn tags_are_renamed_and_deleted_everywhere() {
    let app = TestApp::start().await.with_datasources().await;
    let mut body = project("订单");
    body["tags"] = json!(["核心"]);
    assert_eq!(app.post("/projects", body).await.status, StatusCode::CREATED);
    assert_eq!(app.get("/tags").await.json, json!([{"name": "核心", "projects": 1}]));
    let renamed = app.api(Method::PUT, "/tags/核心", Some(json!({"name": "交易"}))).await;
    assert_eq!(renamed.status, StatusCode::OK);
    assert_eq!(app.get("/projects/订单").await.json["tags"], json!(["交易"]));
    assert_eq!(app.post("/tags", json!({"name": "交易"})).await.fields(), ["name"]);
    assert_eq!(app.api(Method::DELETE, "/tags/交易", None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.get("/projects/订单").await.json.get("tags"), None);
    assert_eq!(app.api(Method::DELETE, "/tags/交易", None).await.status, StatusCode::NOT_FOUND);
    app.app.stop().await;
}

#[tokio::test]
async fn two_writers_of_one_name_make_one_project() {
    let app = TestApp::start().await.with_datasources().await;
    let (first, second) =
        tokio::join!(app.post("/projects", project("同名")), app.post("/projects", project("同名")));
    let mut statuses = [first.status, second.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::CREATED, StatusCode::UNPROCESSABLE_ENTITY]);
    app.app.stop().await;
}
