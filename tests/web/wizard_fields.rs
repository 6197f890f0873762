//! The fields of the wizard that its way from the first step to the last does
//! not touch: what each says when it is wrong, and what it does when it is not.

use reqwest::StatusCode;
use serde_json::json;

use crate::browser::{Browser, csrf, location, texts};
use crate::support::{Reply, TestApp, source};
use crate::wizard::{OPTIONS, begun, finished, mapped, submit, version, with};

/// The options with other values for some.
fn options<'a>(other: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = OPTIONS.into_iter().filter(|(name, _)| !other.iter().any(|(field, _)| field == name));
    kept.chain(other.iter().copied()).collect()
}

/// Saves a draft whose options are these; gives the project's settings.
async fn saved(
    app: &TestApp,
    browser: &mut Browser<'_>,
    name: &str,
    chosen: &[(&str, &str)],
) -> serde_json::Value {
    let draft = begun(browser, name).await;
    mapped(browser, &draft).await;
    location(&submit(browser, &format!("{draft}/options"), chosen).await);
    finished(browser, &draft).await;
    location(&submit(browser, &format!("{draft}/precheck"), &[("do", "save")]).await);
    app.get(&format!("/projects/{name}")).await.json
}

/// That a field and the summary say what is wrong.
fn names(reply: &Reply, field: &str, says: &str) {
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {}", reply.text);
    let problem = texts(reply, &format!("#f-{field}-problem"));
    assert!(problem.len() == 1 && problem[0].contains(says), "{field}: {problem:?}");
    assert_eq!(texts(reply, &format!(".summary a[href=\"#f-{field}\"]")).len(), 1, "{field}");
}

#[tokio::test]
async fn tags_and_ends_say_what_is_wrong() {
    let app = TestApp::start().await.with_datasources().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let base = [("name", "新项目"), ("source", "ob"), ("target", "mq")];
    let five = [("tags", "1"), ("tags", "2"), ("tags", "3"), ("tags", "4"), ("tags", "5")];
    let long = "长".repeat(21);
    for (other, field, says) in [
        (five.as_slice(), "tags", "at most 4"),
        (&[("tags", "two words")], "tags", "without spaces"),
        (&[("tags", &long)], "tags", "1 to 20"),
        (&[("source", "gone")], "source", "there is no data source gone"),
        (&[("source", "mq")], "source", "can only be a target"),
        (&[("target", "ob")], "target", "can only be a source"),
    ] {
        let kept = base.iter().filter(|(name, _)| !other.iter().any(|(field, _)| field == name));
        let fields: Vec<(&str, &str)> = kept.chain(other).copied().collect();
        names(&submit(&mut browser, "/projects/new", &fields).await, field, says);
    }
    // The buttons beside the fields lead to what they name, and come back.
    for (button, place) in [
        ("tags", "/tags?back="),
        ("add-source", "/datasources/new?kind=oceanbase-ce&back="),
        ("add-target", "/datasources/new?kind=rocketmq&back="),
    ] {
        let mut fields = base.to_vec();
        fields.push(("do", button));
        let to = location(&submit(&mut browser, "/projects/new", &fields).await);
        assert!(to.starts_with(place) && to.contains("%2Fdrafts%2Fd_"), "{to}");
    }
    app.app.stop().await;
}

#[tokio::test]
async fn options_of_a_format_belong_to_it() {
    let app = TestApp::start().await.with_datasources().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let draft = begun(&mut browser, "选项").await;
    mapped(&mut browser, &draft).await;
    let path = format!("{draft}/options");
    let long = "x".repeat(21);
    for (other, field, says) in [
        (vec![("format", "dataworks2"), ("business_id", long.as_str())], "business_id", "at most 20"),
        (vec![("format", "dataworks2"), ("business_id", "a\u{7}b")], "business_id", "control"),
        (vec![("format", "odd")], "format", "unknown format"),
        (vec![("message_tag", "")], "message_tag", "1 to 64"),
        (vec![("producer_group", "a b")], "producer_group", "1 to 120"),
        (vec![("start", "at"), ("start_at", "")], "start", "must be now"),
        (vec![("start", "at"), ("start_at", "2999-01-01T00:00:00")], "start", "future"),
        (vec![("start", "epoch"), ("start_epoch", "")], "start", "must be now"),
        (vec![("start", "epoch"), ("start_epoch", "32503680000")], "start", "future"),
        (vec![("start", "epoch"), ("start_epoch", "-5")], "start", "must be now"),
    ] {
        names(&submit(&mut browser, &path, &options(&other)).await, field, says);
    }
    // What is no time stays as it was typed.
    let wrong = options(&[("start", "epoch"), ("start_epoch", "gestern")]);
    let page = submit(&mut browser, &path, &wrong).await;
    assert!(page.text.contains("name=\"start_epoch\" value=\"gestern\""), "{}", page.text);
    // A choice that belongs to another format is dropped with it.
    let all = [
        ("format", "default"),
        ("typed_values", "on"),
        ("sequence_in_transaction", "on"),
        ("business_id", "b1"),
    ];
    let plain = saved(&app, &mut browser, "缺省", &options(&all)).await;
    for field in ["typed_values", "sequence_in_transaction", "business_id"] {
        assert!(plain.get(field).is_none_or(|value| *value == json!(false)), "{field}: {plain}");
    }
    let of = |format: &'static str, field: &'static str, value: &'static str| {
        options(&[("format", format), (field, value)])
    };
    let canal = saved(&app, &mut browser, "带类型", &of("canal", "typed_values", "on")).await;
    assert_eq!(canal["typed_values"], true);
    let shareplex =
        saved(&app, &mut browser, "带序号", &of("shareplex", "sequence_in_transaction", "on")).await;
    assert_eq!(shareplex["sequence_in_transaction"], true);
    let dataworks = saved(&app, &mut browser, "业务", &of("dataworks2", "business_id", "b1")).await;
    assert_eq!(dataworks["business_id"], "b1");
    app.app.stop().await;
}

#[tokio::test]
async fn ticks_and_the_start_are_saved_as_they_were_chosen() {
    let app = TestApp::start().await.with_datasources().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    location(&browser.get("/zone?to=Asia/Shanghai&back=/account").await);
    let chosen = [
        ("start", "at"),
        ("start_at", "2026-01-02T10:00:00"),
        ("format", "default"),
        ("producer_group", "G-1"),
        ("message_tag", "tag-1"),
        ("message_trace", "on"),
    ];
    let first = saved(&app, &mut browser, "勾选", &chosen).await;
    assert_eq!((&first["message_trace"], &first["producer_group"]), (&json!(true), &json!("G-1")), "{first}");
    assert_eq!((&first["batch"], &first["split_key_change"]), (&json!("off"), &json!(false)), "{first}");
    // The same moment, ten o'clock in Shanghai, in seconds.
    let seconds = options(&[("start", "epoch"), ("start_epoch", " 1767319200 ")]);
    let epoch = saved(&app, &mut browser, "时间戳", &seconds).await;
    assert_eq!(first["start"], epoch["start"]);
    assert_ne!(first["start"], json!("now"));
    let second = saved(&app, &mut browser, "未勾选", &options(&[])).await;
    assert!(second.get("batch").is_none_or(|batch| batch == "auto"), "{second}");
    app.app.stop().await;
}

#[tokio::test]
async fn topics_and_imports_can_be_left_and_say_what_is_missing() {
    let app = TestApp::start().await.with_datasources().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let draft = begun(&mut browser, "对象").await;
    let objects = format!("{draft}/objects");
    let page =
        submit(&mut browser, &format!("{objects}?db=shop"), &with(&[("pick", "shop.orders"), ("do", "map")]))
            .await;
    let (token, now) = (csrf(&page), version(&page));
    let base = [("csrf", token.as_str()), ("version", now.as_str()), ("pick", "shop.orders")];
    let topic = |name: &'static str, value: &'static str| {
        let mut fields = base.to_vec();
        fields.push((name, value));
        fields
    };
    let empty = browser.post(&format!("{draft}/topic"), &topic("topic", "")).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(texts(&empty, "#f-topic-problem"), ["must be filled in"]);
    assert_eq!(location(&browser.post(&format!("{draft}/topic"), &topic("do", "cancel")).await), objects);
    for step in ["import", "objects"] {
        let button = if step == "import" { "cancel" } else { "import" };
        let to = location(&submit(&mut browser, &format!("{draft}/{step}"), &with(&[("do", button)])).await);
        assert_eq!(to, format!("{draft}/{}", if step == "import" { "objects" } else { "import" }));
    }
    for (text, says) in [("shop", "line 1"), ("shop,orders,orders,,,,id >\n", "line 1")] {
        let page = submit(&mut browser, &format!("{draft}/import"), &[("text", text), ("do", "check")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
        assert!(texts(&page, ".notice.bad li")[0].starts_with(says), "{}", page.text);
    }
    let page = submit(&mut browser, &objects, &[("dml", "truncate"), ("do", "next")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("href=\"#f-dml\""), "{}", page.text);
    // Settings of a table: what a page can't have offered is refused at the next step.
    mapped(&mut browser, &draft).await;
    let table = format!("{draft}/tables/shop.orders");
    assert_eq!(location(&submit(&mut browser, &table, &[("do", "cancel")]).await), objects);
    for field in ["shard", "columns"] {
        let twice = [(field, "id"), (field, "id"), ("do", "save")];
        location(&submit(&mut browser, &table, &twice).await);
        let page = submit(&mut browser, &objects, &with(&[("do", "next")])).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(page.text.contains("is listed twice"), "{field}: {}", page.text);
        location(&submit(&mut browser, &table, &[("do", "save")]).await);
    }
    app.app.stop().await;
}

#[tokio::test]
async fn a_failed_precheck_saves_and_does_not_start() {
    let app = TestApp::start().await.with_datasources().await;
    let mut standby = source();
    standby["address"] = json!("standby:2881");
    app.api(reqwest::Method::PUT, "/datasources/ob", Some(standby)).await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let draft = begun(&mut browser, "备库").await;
    mapped(&mut browser, &draft).await;
    location(&submit(&mut browser, &format!("{draft}/options"), &OPTIONS).await);
    let page = finished(&mut browser, &draft).await;
    assert_eq!(texts(&page, ".items .state.bad").len(), 1, "{}", page.text);
    assert_eq!(texts(&page, "button[value=start][disabled]").len(), 1);
    let path = format!("{draft}/precheck");
    assert_eq!(location(&submit(&mut browser, &path, &[("do", "again")]).await), path);
    assert_eq!(location(&submit(&mut browser, &path, &[("do", "back")]).await), format!("{draft}/options"));
    // The button is off; who sends it all the same is told why, and nothing runs.
    let started = submit(&mut browser, &path, &[("do", "start")]).await;
    assert_eq!(started.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(texts(&started, "[role=alert]")[0].contains("precheck failed"), "{}", started.text);
    assert_eq!(app.get("/projects/备库/status").await.json["state"], "init");
    app.app.stop().await;
}

#[tokio::test]
async fn what_is_fixed_after_the_start_stays_whatever_is_sent() {
    let app = TestApp::start().await.with_datasources().await.with_project("a").await;
    let mut other = source();
    other["name"] = json!("ob2");
    app.post("/datasources", other).await;
    app.post("/projects/a/start", json!({})).await;
    app.post("/projects/a/pause", json!({})).await;
    app.until("a", "/state", &json!("suspended")).await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let id = app.get("/projects/a").await.json["id"].as_str().unwrap().to_owned();
    let edit = format!("/projects/{id}/edit");
    let place = location(&browser.fill(&format!("/projects/{id}"), &edit, &[]).await);
    let draft = place.strip_suffix("/ends").unwrap().to_owned();
    assert_eq!(texts(&browser.get(&place).await, "select[name=source][disabled]").len(), 1);
    let fields = [("name", "a"), ("source", "ob2"), ("target", ""), ("do", "next")];
    location(&submit(&mut browser, &place, &fields).await);
    let options = options(&[("start", "at"), ("start_at", "2026-01-02 10:00:00")]);
    location(&submit(&mut browser, &format!("{draft}/options"), &options).await);
    finished(&mut browser, &draft).await;
    location(&submit(&mut browser, &format!("{draft}/precheck"), &[("do", "save")]).await);
    let saved = app.get("/projects/a").await.json;
    assert_eq!(
        (&saved["source"], &saved["target"], &saved["format"]),
        (&json!("ob"), &json!("mq"), &json!("canal"))
    );
    assert!(saved.get("start").is_none_or(|start| start == "now"), "{saved}");
    app.app.stop().await;
}
