//! The pages of the data sources.

use reqwest::StatusCode;
use serde_json::json;

use crate::browser::{Browser, HOSTILE, csrf, is_clean, location, of_user, texts};
use crate::support::{Reply, TestApp};

const NEW: &str = "/datasources/new";

/// A complete form of this kind with other values for some fields.
pub(crate) fn form<'a>(kind: &'a str, other: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields =
        vec![("kind", kind), ("shown_kind", kind), ("do", "save"), ("name", "数据源_1"), ("tls", "off")];
    match kind {
        "rocketmq" => fields.push(("address", "10.0.0.2:9876")),
        _ => fields.extend([
            ("address", "10.0.0.1"),
            ("port", "2883"),
            ("user", "sync"),
            ("password", "S3cret-word"),
        ]),
    }
    if kind == "oceanbase-ce" {
        fields.extend([("tenant", "t1"), ("entry", "hand"), ("shown_entry", "hand")]);
    }
    for (name, value) in other {
        fields.retain(|(field, _)| field != name);
        fields.push((name, value));
    }
    fields
}

async fn send(browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> Reply {
    browser.fill(NEW, NEW, fields).await
}

#[tokio::test]
async fn one_of_each_kind_is_added_tested_and_listed() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let empty = browser.get("/datasources").await;
    assert!(texts(&empty, ".empty h2")[0].contains("No data source yet"));
    for (index, kind) in ["oceanbase-ce", "mysql", "mariadb", "rocketmq"].iter().enumerate() {
        let name = format!("ds{index}");
        let tested = send(&mut browser, &form(kind, &[("name", &name), ("do", "test")])).await;
        assert_eq!(tested.status, StatusCode::OK);
        assert!(texts(&tested, ".checks li").len() >= 2, "{kind}");
        assert!(!tested.text.contains("S3cret-word"));
        assert_eq!(location(&send(&mut browser, &form(kind, &[("name", &name)])).await), "/datasources");
    }
    let list = browser.get("/datasources").await;
    assert_eq!(texts(&list, "[role=status]"), ["Added."]);
    assert_eq!(texts(&list, "tbody th.name a"), ["ds3", "ds2", "ds1", "ds0"]);
    assert!(!list.text.contains("S3cret-word"));
    let rows = |reply: &Reply| texts(reply, "tbody th.name a");
    assert_eq!(rows(&browser.get("/datasources?kind=mysql").await), ["ds1"]);
    assert_eq!(rows(&browser.get("/datasources?q=9876").await), ["ds3"]);
    assert_eq!(rows(&browser.get("/datasources?sort=old").await).first().unwrap(), "ds0");
    assert!(
        texts(&browser.get("/datasources?q=nothing").await, ".empty")[0].contains("No data source matches")
    );
    let id = app.get("/datasources/ds3").await.json["id"].as_str().unwrap().to_owned();
    let test = format!("/datasources/{id}/test");
    let tested = browser.fill("/datasources", &test, &[]).await;
    assert!(texts(&tested, ".checks .state.warn").len() == 1, "the missing test topic is a warning");
    assert_eq!(location(&browser.get(&test).await), "/datasources");
    app.app.stop().await;
}

#[tokio::test]
async fn twenty_a_page() {
    let app = TestApp::start().await;
    for index in 0..21 {
        let body = json!({"name": format!("m{index}"), "kind": "rocketmq", "address": "h:1"});
        assert_eq!(app.post("/datasources", body).await.status, StatusCode::CREATED);
    }
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let first = browser.get("/datasources?kind=rocketmq").await;
    assert_eq!(texts(&first, "tbody tr").len(), 20);
    assert!(
        first.text.contains("kind=rocketmq&#38;page=2") || first.text.contains("kind=rocketmq&amp;page=2")
    );
    assert_eq!(texts(&browser.get("/datasources?page=2").await, "tbody tr").len(), 1);
    assert_eq!(texts(&browser.get("/datasources?page=nonsense").await, "tbody tr").len(), 20);
    app.app.stop().await;
}

#[tokio::test]
async fn a_connection_that_fails_is_only_added_where_somebody_insists() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let reply = send(&mut browser, &form("mysql", &[("address", "nowhere")])).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(texts(&reply, ".checks .state.bad").len(), 1);
    assert!(texts(&reply, ".buttons button").contains(&"Add anyway".to_owned()));
    assert!(app.get("/datasources").await.json.as_array().unwrap().is_empty());
    // The typed password rides along sealed, so it need not be typed again.
    let kept = attribute(&reply, "input[name=kept]", "value");
    assert!(!reply.text.contains("S3cret-word") && !kept.contains("S3cret-word"));
    let again = form("mysql", &[("address", "nowhere"), ("password", ""), ("kept", &kept), ("do", "anyway")]);
    assert_eq!(location(&send(&mut browser, &again).await), "/datasources");
    let exported = app.get("/export?secrets=true").await.text;
    assert!(exported.contains("S3cret-word"), "{exported}");
    // A second submit of the same form meets its own name.
    let reply = send(&mut browser, &again).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(texts(&reply, "#f-name-problem").len(), 1);
    // Nobody else can use what was sealed for this form.
    let mut other = of_user(&app, "lin").await;
    let stolen = form("mysql", &[("name", "x"), ("password", ""), ("kept", &kept)]);
    let reply = send(&mut other, &stolen).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(texts(&reply, "#f-password-problem").len(), 1);
    assert_eq!(app.get("/datasources/x").await.status, StatusCode::NOT_FOUND);
    app.app.stop().await;
}

fn attribute(reply: &Reply, selector: &str, name: &str) -> String {
    let page = scraper::Html::parse_document(&reply.text);
    let selector = scraper::Selector::parse(selector).unwrap();
    page.select(&selector).next().unwrap().value().attr(name).unwrap().to_owned()
}

#[tokio::test]
async fn every_field_says_what_is_wrong_with_it() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let long = "x".repeat(10_000);
    let cases: &[(&str, &str, &str)] = &[
        ("oceanbase-ce", "name", ""),
        ("oceanbase-ce", "name", "a b"),
        ("oceanbase-ce", "address", ""),
        ("oceanbase-ce", "address", "h/x"),
        ("oceanbase-ce", "tenant", ""),
        ("oceanbase-ce", "tenant", &long),
        ("oceanbase-ce", "cluster", &long),
        ("oceanbase-ce", "user", ""),
        ("oceanbase-ce", "user", "sync@t1"),
        ("oceanbase-ce", "password", &long),
        ("oceanbase-ce", "database", &long),
        ("oceanbase-ce", "binlog_address", "x"),
        ("mysql", "tls", "odd"),
        ("mysql", "tls_ca", "/ca.pem"),
        ("mysql", "note", &long),
        ("rocketmq", "address", "h:1;x"),
        ("rocketmq", "secret_key", "only-one"),
        ("rocketmq", "namespace", &long),
    ];
    for (kind, field, value) in cases {
        let reply = send(&mut browser, &form(kind, &[(field, value)])).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{kind} {field}");
        let shown = if *field == "secret_key" { "access_key" } else { field };
        assert_eq!(texts(&reply, &format!("#f-{shown}-problem")).len(), 1, "{kind} {field}");
        assert_eq!(texts(&reply, ".summary a").len(), 1, "{kind} {field}");
    }
    for key in ["only-one", long.as_str()] {
        let reply = send(&mut browser, &form("rocketmq", &[("access_key", key)])).await;
        let field = if key == long { "access_key" } else { "secret_key" };
        assert_eq!(texts(&reply, &format!("#f-{field}-problem")).len(), 1, "{field}");
    }
    let port = send(&mut browser, &form("mysql", &[("port", "70000")])).await;
    assert_eq!(texts(&port, "#f-address-problem").len(), 1);
    assert!(app.get("/datasources").await.json.as_array().unwrap().is_empty());
    app.app.stop().await;
}

#[tokio::test]
async fn hostile_texts_are_only_text() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let long = "长".repeat(10_000);
    for text in HOSTILE.into_iter().chain([long.as_str()]) {
        for field in [
            "name", "address", "port", "tenant", "cluster", "user", "database", "note", "back", "tls_ca",
            "kept",
        ] {
            let reply = send(&mut browser, &form("oceanbase-ce", &[(field, text)])).await;
            is_clean(&reply);
            if text == long && field != "back" {
                assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
            }
        }
        let line = form("oceanbase-ce", &[("entry", "line"), ("shown_entry", "line"), ("line", text)]);
        is_clean(&send(&mut browser, &line).await);
        if text == long {
            continue;
        }
        let query = serde_urlencoded::to_string([("q", text), ("kind", text), ("back", text)]).unwrap();
        is_clean(&browser.get(&format!("/datasources?{query}")).await);
        is_clean(&browser.get(&format!("{NEW}?{query}")).await);
        let body = json!({"name": "n", "kind": "mysql", "address": "h:1", "user": text, "note": text});
        assert_eq!(app.post("/datasources", body).await.status, StatusCode::CREATED);
        for page in ["/datasources", "/datasources/n/edit", "/datasources/n/copy", "/datasources/n/delete"] {
            is_clean(&browser.get(page).await);
        }
        app.api(reqwest::Method::DELETE, "/datasources/n", None).await;
    }
    app.app.stop().await;
}

#[tokio::test]
async fn another_kind_shows_its_fields_and_keeps_what_was_typed() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let switched = form("rocketmq", &[("shown_kind", "mysql"), ("note", "keep me"), ("address", "host")]);
    let reply = send(&mut browser, &switched).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(attribute(&reply, "#f-note", "value"), "keep me");
    assert_eq!(texts(&reply, "#f-access_key").len(), 1);
    assert!(texts(&reply, ".problem").is_empty());
    app.app.stop().await;
}

#[tokio::test]
async fn a_command_line_becomes_the_fields() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let by_line = |line: &'static str, action: &'static str| {
        form(
            "oceanbase-ce",
            &[("entry", "line"), ("shown_entry", "line"), ("line", line), ("do", action), ("password", "")],
        )
    };
    let reply = send(&mut browser, &by_line("obclient -h10.9.8.7 -psecret", "read")).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(texts(&reply, "#f-line-problem")[0].contains("port (-P), user (-u)"), "{}", reply.text);
    assert!(!reply.text.contains("secret\"") && !reply.text.contains("-psecret"));
    let line = "obclient -h 10.9.8.7 -P2883 -u 'sync@t9#c9' -pS3cret-word -Dshop";
    let reply = send(&mut browser, &by_line(line, "read")).await;
    assert_eq!(reply.status, StatusCode::OK);
    for (field, value) in
        [("address", "10.9.8.7"), ("port", "2883"), ("tenant", "t9"), ("cluster", "c9"), ("database", "shop")]
    {
        assert_eq!(attribute(&reply, &format!("#f-{field}"), "value"), value);
    }
    assert!(!reply.text.contains("S3cret-word"));
    assert_eq!(location(&send(&mut browser, &by_line(line, "save")).await), "/datasources");
    let exported = app.get("/export?secrets=true").await.text;
    assert!(
        exported.contains("S3cret-word") && exported.contains("10.9.8.7:2883") && exported.contains("t9")
    );
    app.app.stop().await;
}

#[tokio::test]
async fn an_edit_keeps_the_secret_and_a_copy_asks_for_it() {
    let app = TestApp::start().await.with_datasources().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let page = browser.get("/datasources/ob/edit").await;
    assert!(!page.text.contains("p@ss") && attribute(&page, "#f-address", "value") == "10.0.0.1");
    let fields = form("oceanbase-ce", &[("name", "ob"), ("password", ""), ("note", "new")]);
    assert_eq!(
        location(&browser.fill("/datasources", "/datasources/ob/edit", &fields).await),
        "/datasources"
    );
    assert!(app.get("/export?secrets=true").await.text.contains("p@ss w0rd"));
    let fields = form("oceanbase-ce", &[("name", "ob"), ("password", ""), ("no_password", "on")]);
    browser.fill("/datasources", "/datasources/ob/edit", &fields).await;
    assert!(!app.get("/export?secrets=true").await.text.contains("p@ss w0rd"));
    let fields = form("oceanbase-ce", &[("name", "ob"), ("password", "other-1")]);
    browser.fill("/datasources", "/datasources/ob/edit", &fields).await;
    let copy = form("oceanbase-ce", &[("name", "ob-copy"), ("password", "")]);
    let reply = browser.fill("/datasources", "/datasources/ob/copy", &copy).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(texts(&reply, "#f-password-problem").len(), 1);
    let copy = form("oceanbase-ce", &[("name", "ob-copy")]);
    assert_eq!(location(&browser.fill("/datasources", "/datasources/ob/copy", &copy).await), "/datasources");
    let taken = form("oceanbase-ce", &[("name", "mq"), ("password", "")]);
    let reply = browser.fill("/datasources", "/datasources/ob/edit", &taken).await;
    assert_eq!(texts(&reply, "#f-name-problem"), ["the name mq is taken"]);
    assert_eq!(browser.get("/datasources/nothing/edit").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/datasources/nothing/copy").await.status, StatusCode::NOT_FOUND);
    app.app.stop().await;
}

#[tokio::test]
async fn both_keys_of_rocketmq_go_together() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let keys = form("rocketmq", &[("access_key", "key-1"), ("secret_key", "Sec-ret-1")]);
    assert_eq!(location(&send(&mut browser, &keys).await), "/datasources");
    let path = "/datasources/%E6%95%B0%E6%8D%AE%E6%BA%90_1/edit";
    assert!(!browser.get(path).await.text.contains("Sec-ret-1"));
    let kept = form("rocketmq", &[("access_key", "key-1"), ("note", "kept")]);
    assert_eq!(location(&browser.fill(path, path, &kept).await), "/datasources");
    assert!(app.get("/export?secrets=true").await.text.contains("Sec-ret-1"));
    let other = form("rocketmq", &[("access_key", "key-2")]);
    assert_eq!(texts(&browser.fill(path, path, &other).await, "#f-secret_key-problem").len(), 1);
    assert_eq!(location(&browser.fill(path, path, &form("rocketmq", &[])).await), "/datasources");
    assert!(!app.get("/export?secrets=true").await.text.contains("Sec-ret-1"));
    app.app.stop().await;
}

#[tokio::test]
async fn deleting_asks_and_names_who_keeps_a_copy() {
    let app = TestApp::start().await.with_datasources().await.with_project("订单").await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let page = browser.get("/datasources/ob/delete").await;
    assert_eq!(texts(&page, ".ask li"), ["订单"]);
    assert_eq!(location(&browser.fill("/datasources", "/datasources/ob/delete", &[]).await), "/datasources");
    assert_eq!(texts(&browser.get("/datasources").await, "tbody th.name a"), ["mq"]);
    assert_eq!(
        browser.fill("/datasources", "/datasources/ob/delete", &[]).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(app.get("/projects/订单").await.status, StatusCode::OK);
    app.app.stop().await;
}

#[tokio::test]
async fn a_form_opened_elsewhere_goes_back_with_what_it_made() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let page = browser.get(&format!("{NEW}?kind=rocketmq&back=/drafts/d_x/ends%3Fside%3Dtarget")).await;
    assert_eq!(attribute(&page, "input[name=kind]", "value"), "rocketmq");
    assert_eq!(attribute(&page, "input[name=back]", "value"), "/drafts/d_x/ends?side=target");
    let made = |back: &'static str| form("rocketmq", &[("back", back)]);
    let reply = send(&mut browser, &made("/drafts/d_x/ends?side=target")).await;
    let expected = "/drafts/d_x/ends?side=target&made=%E6%95%B0%E6%8D%AE%E6%BA%90_1";
    assert_eq!(location(&reply), expected);
    for back in ["//evil.example", "https://evil.example", "/\\evil", "/x\r\nset-cookie: a=b"] {
        app.api(reqwest::Method::DELETE, "/datasources/数据源_1", None).await;
        assert_eq!(location(&send(&mut browser, &made(back)).await), "/datasources", "{back}");
    }
    app.app.stop().await;
}

#[tokio::test]
async fn only_those_who_may() {
    let app = TestApp::start().await.with_datasources().await;
    let mut nobody = Browser::new(&app);
    for path in
        ["/datasources", NEW, "/datasources/ob/edit", "/datasources/ob/copy", "/datasources/ob/delete"]
    {
        assert_eq!(location(&nobody.get(path).await), "/login", "{path}");
        if path != "/datasources" {
            assert_eq!(location(&nobody.post(path, &[]).await), "/login", "{path}");
        }
    }
    let mut user = of_user(&app, "lin").await;
    assert!(texts(&user.get("/datasources").await, "tbody tr").is_empty());
    let token = csrf(&user.get(NEW).await);
    for action in ["edit", "copy", "delete", "test"] {
        let path = format!("/datasources/ob/{action}");
        assert_eq!(user.post(&path, &[("csrf", "wrong")]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(user.post(&path, &[("csrf", &token)]).await.status, StatusCode::NOT_FOUND, "{action}");
    }
    assert_eq!(user.post(NEW, &form("mysql", &[])).await.status, StatusCode::FORBIDDEN);
    assert_eq!(location(&send(&mut user, &form("mysql", &[])).await), "/datasources");
    assert_eq!(texts(&user.get("/datasources").await, "tbody th.name a"), ["数据源_1"]);
    app.app.stop().await;
}

#[tokio::test]
async fn an_edit_overwrites_nothing_that_it_did_not_show() {
    let app = TestApp::start().await.with_datasources().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let edit = "/datasources/ob/edit";
    let page = browser.get(edit).await;
    let (token, seen) = (csrf(&page), attribute(&page, "input[name=seen]", "value"));
    let noted = |note: &'static str, button: &'static str| {
        let fields = [("name", "ob"), ("password", ""), ("note", note), ("do", button)];
        let mut fields = form("oceanbase-ce", &fields);
        fields.extend([("csrf", token.as_str()), ("seen", seen.as_str())]);
        fields
    };
    // A test keeps what the form was made from; the same form may come twice.
    let tested = browser.post(edit, &noted("first", "test")).await;
    assert_eq!(attribute(&tested, "input[name=seen]", "value"), seen);
    for _ in 0..2 {
        assert_eq!(location(&browser.post(edit, &noted("first", "save")).await), "/datasources");
    }
    let late = browser.post(edit, &noted("second", "save")).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(texts(&late, "[role=alert]")[0].contains("changed this meanwhile"), "{}", late.text);
    assert_eq!(app.get("/datasources/ob").await.json["note"], "first");
    app.app.stop().await;
}
