//! The pages of one project.

use std::fmt::Write as _;

use reqwest::StatusCode;
use serde_json::json;
use tidewire::store::sample::{self, Sample};
use tidewire::store::{Store, StoreError, now_ms};

use crate::browser::{Browser, csrf, location, texts};
use crate::support::{Reply, TestApp, project};

const TABS: [&str; 7] = ["", "/objects", "/options", "/messages", "/schema", "/log", "/operations"];

fn attributes(reply: &Reply, selector: &str, name: &str) -> Vec<String> {
    let page = scraper::Html::parse_document(&reply.text);
    let selector = scraper::Selector::parse(selector).unwrap();
    page.select(&selector).filter_map(|one| one.value().attr(name).map(str::to_owned)).collect()
}

/// A running project, seen by an admin.
async fn running(name: &str) -> (TestApp, String) {
    let app = TestApp::start().await.with_datasources().await.with_project(name).await;
    app.post(&format!("/projects/{name}/start"), json!({})).await;
    app.until(name, "/phase", &json!("streaming")).await;
    let id = app.get(&format!("/projects/{name}")).await.json["id"].as_str().unwrap().to_owned();
    (app, format!("/projects/{id}"))
}

#[tokio::test]
async fn every_page_opens_in_both_languages_and_links_to_the_others() {
    let (app, path) = running("订单").await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    for lang in ["en", "zh"] {
        browser.get(&format!("/lang?to={lang}&back=/")).await;
        for tab in TABS {
            let page = browser.get(&format!("{path}{tab}")).await;
            assert_eq!(page.status, StatusCode::OK, "{tab}: {}", page.text);
            assert_eq!(texts(&page, "h1"), ["订单"]);
            assert_eq!(attributes(&page, ".tabs a[aria-current]", "href"), [format!("{path}{tab}")]);
            assert_eq!(attributes(&page, ".tabs a", "href").len(), TABS.len());
            assert!(!page.text.contains("style=") && !page.text.contains("p@ss"), "{tab}");
            assert!(page.text.len() < 100_000, "{tab}: {} bytes", page.text.len());
        }
    }
    for tab in TABS.into_iter().chain(["/objects.csv", "/log.txt", "/export.toml"]) {
        assert_eq!(browser.get(&format!("/projects/np_unknown{tab}")).await.status, StatusCode::NOT_FOUND);
    }
    let password = app.account("li").await;
    let mut li = Browser::new(&app);
    li.activate_as("li", &password).await;
    for tab in TABS.into_iter().chain(["/objects.csv", "/log.txt", "/export.toml"]) {
        assert_eq!(li.get(&format!("{path}{tab}")).await.status, StatusCode::NOT_FOUND, "{tab}");
    }
    app.app.stop().await;
}

#[tokio::test]
async fn the_path_names_topics_queues_and_their_share() {
    let (app, path) = running("a").await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let page = browser.get(&path).await;
    let says = attributes(&page, ".path-wide", "aria-label");
    assert!(says[0].starts_with("ob → 1 table · Default → orders"), "{says:?}");
    let squares = texts(&page, ".path-wide .queue title");
    assert_eq!(squares, ["broker-a queue 0: 30 messages, 0/s", "broker-a queue 1: 10 messages, 0/s"]);
    assert_eq!(attributes(&page, ".path-wide .queue", "fill-opacity"), ["1.00", "0.41"]);
    assert_eq!(texts(&page, ".path-narrow strong"), ["ob", "1 table · Default", "orders"]);
    assert_eq!(texts(&page, ".chart-card .empty").len(), 4, "no figures yet");
    // The source is asked beside the page: its answer is there a moment later.
    let mut tiles = 4;
    for _ in 0..100 {
        let page = browser.get(&path).await;
        tiles = texts(&page, ".tile").len();
        if tiles == 5 {
            assert!(page.text.contains("since 2023-11-1"), "{}", page.text);
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(tiles, 5);
    app.app.stop().await;
}

#[tokio::test]
async fn rows_that_did_not_go_out_are_named_for_what_they_are() {
    let (app, path) = running("startslater").await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let tile = |page: &Reply| texts(page, ".tile .under").join(" | ");
    for (lang, wanted) in [("en", "before the start position 4,570"), ("zh", "起始位点之前 4,570")] {
        browser.get(&format!("/lang?to={lang}&back=/")).await;
        let page = browser.get(&path).await;
        assert!(tile(&page).contains(wanted), "{}", tile(&page));
        assert!(!page.text.contains("已过滤") && !page.text.contains("filtered"), "{}", tile(&page));
    }
    let rows = app.get("/projects/startslater/status").await.json["rows"].clone();
    assert_eq!((&rows["before_start"], &rows["filtered"]), (&json!(4570), &json!(0)), "{rows}");

    // WHEN there are rows of every kind THEN each has a name and a number of its own
    app.post("/projects", project("counted")).await;
    app.post("/projects/counted/start", json!({})).await;
    let status = app.until("counted", "/rows/skipped_as_already_sent", &json!(5)).await;
    let wanted = json!({
        "insert": 3, "update": 0, "delete": 0, "sent_again": 2,
        "before_start": 4570, "filtered": 12, "skipped_as_already_sent": 5
    });
    assert_eq!(status["rows"], wanted);
    let id = app.get("/projects/counted").await.json["id"].as_str().unwrap().to_owned();
    let page = browser.get(&format!("/projects/{id}")).await;
    for wanted in ["其中重新发送 2", "起始位点之前 4,570 · 已过滤 12 · Topic 中已有 5"] {
        assert!(tile(&page).contains(wanted), "{}", tile(&page));
    }
    let metrics = app.request(reqwest::Method::GET, "/metrics").bearer_auth(&app.app.token).send().await;
    let metrics = metrics.unwrap().text().await.unwrap();
    let labels = format!("id=\"{id}\",project=\"counted\"");
    for (kind, count) in
        [("insert", 3), ("before_start", 4570), ("filtered", 12), ("skipped_as_already_sent", 5)]
    {
        let line = format!("tidewire_project_rows_total{{{labels},kind=\"{kind}\"}} {count}\n");
        assert!(metrics.contains(&line), "{line}{metrics}");
    }
    assert!(
        metrics.contains(&format!("tidewire_project_rows_sent_again_total{{{labels}}} 2\n")),
        "{metrics}"
    );
    app.app.stop().await;
}

#[tokio::test]
async fn charts_show_the_chosen_range_and_leave_gaps() {
    let (app, path) = running("a").await;
    let id = path.rsplit('/').next().unwrap().to_owned();
    let now = now_ms();
    let store = Store::open(&app.data.path().join("tidewire.db")).unwrap();
    let saved: Result<(), StoreError> = store
        .write(move |tx| {
            // Half an hour of figures, nothing for ten minutes, then some more.
            for ago in (600..2400).step_by(10).chain((0..300).step_by(10)) {
                let figures = Sample {
                    at: now - i64::from(ago) * 1000,
                    lag_ms: 40,
                    rows_per_second: 1200.0,
                    bytes_per_second: 5e6,
                    send_micros: 2500.0,
                };
                sample::insert(tx, &id, &figures)?;
            }
            Ok(())
        })
        .await;
    saved.unwrap();
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let page = browser.get(&path).await;
    let lines = attributes(&page, ".chart .line", "d");
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0].matches('M').count(), 2, "{}", lines[0]);
    assert_eq!(texts(&page, ".chart-card h2 .quiet"), ["ms", "rows/s", "MB/s", "ms"]);
    assert!(texts(&page, ".data td.right").contains(&"1,200 rows/s".to_owned()), "{}", page.text);
    assert!(page.text.len() < 100_000, "{} bytes", page.text.len());
    assert!(!attributes(&page, "[data-live=chart-lag]", "class").is_empty());
    let page = browser.get(&format!("{path}?range=week")).await;
    assert_eq!(texts(&page, ".ranges [aria-current]"), ["1 week"]);
    assert!(attributes(&page, "[data-live=chart-lag]", "class").is_empty(), "a week stands still");
    let page = browser.get(&format!("{path}?range=custom&from=2026-01-01T10:00&to=2026-01-01T11:00")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(texts(&page, ".chart-card .empty").len(), 4);
    assert_eq!(attributes(&page, "input[name=from]", "value"), ["2026-01-01T10:00"]);
    for wrong in [
        "from=2026-01-01T10:00&to=2026-01-01T10:30",
        "from=2026-01-01T10:00&to=2999-01-01T10:30",
        "from=%22%3E%3Cscript%3E&to=",
        "from=&to=",
    ] {
        let page = browser.get(&format!("{path}?range=custom&{wrong}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert_eq!(texts(&page, ".ranges .problem").len(), 1);
        assert!(!page.text.contains("<script>"));
    }
    app.app.stop().await;
}

#[tokio::test]
async fn a_thousand_tables_are_searched_paged_and_downloaded() {
    let app = TestApp::start().await.with_datasources().await;
    let mut body = project("many");
    body["table"] = (0..1000)
        .map(|number| {
            let topic = if number % 2 == 0 { "orders" } else { "users" };
            json!({"table": format!("shop.t{number:04}"), "topic": topic, "shard_columns": ["user_id"],
                   "where": "id < 5 AND id > 1"})
        })
        .collect();
    assert_eq!(app.post("/projects", body).await.status, StatusCode::CREATED);
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let id = app.get("/projects/many").await.json["id"].as_str().unwrap().to_owned();
    let path = format!("/projects/{id}/objects");
    let page = browser.get(&path).await;
    assert_eq!(texts(&page, ".tree-table .name").len(), 100);
    assert_eq!(texts(&page, ".topic code"), ["orders"]);
    assert_eq!(texts(&page, ".card-head .quiet"), ["1000 tables"]);
    assert!(page.text.contains("id &lt; 5") || page.text.contains("id &#60; 5"), "escaped");
    assert!(page.text.len() < 100_000, "{} bytes", page.text.len());
    let next = attributes(&page, ".pages a[rel=next]", "href");
    assert_eq!(texts(&browser.get(&next[0]).await, ".tree-table .name")[0], "t0200");
    let page = browser.get(&format!("{path}?q=T099")).await;
    assert_eq!(texts(&page, ".tree-table .name").len(), 10);
    assert_eq!(texts(&page, ".topic code"), ["orders", "users"]);
    let page = browser.get(&format!("{path}?q=%3Cscript%3E&page=-1")).await;
    assert_eq!(texts(&page, ".empty")[0], "No table matches.");
    assert!(!page.text.contains("<script>"));
    let csv = browser.get(&format!("{path}.csv")).await;
    assert_eq!(csv.text.lines().count(), 1001);
    assert!(csv.text.contains("shop,t0999,users,,,user_id,id < 5 AND id > 1"));
    assert_eq!(csv.headers["content-disposition"], "attachment; filename*=UTF-8''many.csv");
    app.app.stop().await;
}

#[tokio::test]
async fn settings_are_changed_from_here_where_the_state_allows_it() {
    let (app, path) = running("a").await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    for tab in ["/objects", "/options"] {
        let page = browser.get(&format!("{path}{tab}")).await;
        assert!(page.text.contains("Pause the project to change this."), "{tab}");
        assert!(!page.text.contains(&format!("formaction=\"{path}/edit\"")), "{tab}");
    }
    app.post("/projects/a/pause", json!({})).await;
    app.until("a", "/state", &json!("suspended")).await;
    let page = browser.get(&format!("{path}/options")).await;
    assert_eq!(texts(&page, ".bar-line button"), ["Change options"]);
    let token = csrf(&page);
    for step in ["ends", "objects", "options"] {
        let place =
            location(&browser.post(&format!("{path}/edit"), &[("csrf", &token), ("step", step)]).await);
        assert!(place.starts_with("/drafts/d_") && place.ends_with(step), "{place}");
        assert_eq!(browser.get(&place).await.status, StatusCode::OK, "{step}");
    }
    let level = format!("{path}/level");
    assert_eq!(location(&browser.post(&level, &[("csrf", &token), ("level", "high")]).await), path);
    assert_eq!(attributes(&browser.get(&path).await, "select[name=level] [selected]", "value"), ["high"]);
    assert_eq!(browser.post(&level, &[("csrf", "no"), ("level", "low")]).await.status, StatusCode::FORBIDDEN);
    let wrong = browser.post(&level, &[("csrf", &token), ("level", "loud")]).await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
    let file = browser.get(&format!("{path}/export.toml")).await;
    assert!(file.text.contains("name = \"a\"") && !file.text.contains("p@ss w0rd"), "{}", file.text);
    app.app.stop().await;
}

#[tokio::test]
async fn messages_show_before_and_after_and_escape_every_value() {
    let (app, path) = running("a").await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let page = browser.get(&format!("{path}/messages")).await;
    assert_eq!(texts(&page, ".messages h2"), ["shop.orders"]);
    let head = texts(&page, ".message-head");
    assert!(
        head[0].contains("UPDATE") && head[0].contains("queue broker-a 1 · offset 8,812,004"),
        "{head:?}"
    );
    assert_eq!(texts(&page, ".changed th"), ["note"]);
    let values = texts(&page, ".changed td");
    assert_eq!(values, ["\"<script>alert(1)</script>\"", "null"]);
    assert!(texts(&page, ".facts dd").contains(&"uuid:7:3".to_owned()));
    assert!(texts(&page, "pre.json")[0].starts_with("{\"prevStruct\""));
    assert!(!page.text.contains("<script>alert"), "not escaped");
    let page = browser.get(&format!("{path}/messages?q=nowhere")).await;
    assert_eq!(texts(&page, ".empty"), ["No table matches."]);
    let idle = TestApp::with_project(app, "idle").await;
    let id = idle.get("/projects/idle").await.json["id"].as_str().unwrap().to_owned();
    let mut browser = Browser::new(&idle);
    browser.log_in("Secret.2026").await;
    let page = browser.get(&format!("/projects/{id}/messages")).await;
    assert_eq!(texts(&page, ".empty h2"), ["No message since the service started."]);
    idle.app.stop().await;
}

#[tokio::test]
async fn the_log_shows_the_lines_of_this_project_alone() {
    tidewire::telemetry::start_log("off,tidewire=info");
    let (app, path) = running("日志甲").await;
    let app = app.with_project("日志乙").await;
    app.post("/projects/日志乙/start", json!({})).await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let page = browser.get(&format!("{path}/log")).await;
    assert_eq!(texts(&page, ".log code"), ["project 日志甲 runs"]);
    let file = browser.get(&format!("{path}/log.txt")).await;
    assert!(file.text.ends_with(" INFO project 日志甲 runs\n"), "{}", file.text);
    assert!(file.headers["content-disposition"].to_str().unwrap().contains("%E6%97%A5"));
    let page = browser.get(&format!("{path}/log?q=%3Cb%3E")).await;
    assert_eq!(texts(&page, ".empty"), ["No line matches."]);
    app.app.stop().await;
}

#[tokio::test]
async fn operations_are_paged() {
    let (app, path) = running("a").await;
    for _ in 0..12 {
        app.post("/projects/a/pause", json!({})).await;
        app.post("/projects/a/resume", json!({})).await;
    }
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let page = browser.get(&format!("{path}/operations")).await;
    assert_eq!(texts(&page, "tbody tr").len(), 20);
    assert!(texts(&page, ".pages .quiet")[0].contains("1 to 20 of "), "{:?}", texts(&page, ".pages"));
    let next = attributes(&page, ".pages a[rel=next]", "href");
    let page = browser.get(&next[0]).await;
    let mut last = String::new();
    write!(last, "{:?}", texts(&page, "tbody tr:last-child td")).unwrap();
    assert!(last.contains("Create") && last.contains("API"), "{last}");
    let page = browser.get(&format!("{path}/operations?page=99999999999")).await;
    assert_eq!(page.status, StatusCode::OK);
    app.app.stop().await;
}

#[tokio::test]
async fn a_failure_says_what_to_do_and_has_the_button_for_it() {
    let app = TestApp::start().await.with_datasources().await.with_project("breaks").await;
    app.post("/projects/breaks/start", json!({})).await;
    app.until("breaks", "/state", &json!("failed")).await;
    let id = app.get("/projects/breaks").await.json["id"].as_str().unwrap().to_owned();
    let mut browser = Browser::new(&app);
    browser.activate().await;
    for tab in TABS {
        let page = browser.get(&format!("/projects/{id}{tab}")).await;
        assert!(texts(&page, "[role=alert]")[0].contains("check space and rights"), "{tab}");
        assert_eq!(texts(&page, ".notice-acts button"), ["Resume", "Change settings"]);
    }
    let page = browser.get(&format!("/projects/{id}")).await;
    let more = texts(&page, ".menu-list .item");
    assert_eq!(
        more,
        ["Change settings", "Adopt the new queues", "Rename", "Edit tags", "Export project file", "Release"]
    );
    app.app.stop().await;
}

#[tokio::test]
async fn a_failure_in_chinese_holds_no_english_reason() {
    let app = TestApp::start().await.with_datasources().await.with_project("breaks").await;
    app.post("/projects/breaks/start", json!({})).await;
    app.until("breaks", "/state", &json!("failed")).await;
    let id = app.get("/projects/breaks").await.json["id"].as_str().unwrap().to_owned();
    let mut browser = Browser::new(&app);
    browser.activate().await;
    browser.get("/lang?to=zh&back=/projects").await;
    let project = format!("/projects/{id}");
    for page in [&project, "/projects", "/overview", "/operations", &format!("{project}/operations")] {
        let page = browser.get(page).await;
        assert!(page.text.contains("状态库读写失败：磁盘已满"), "{}", page.text);
        assert!(!page.text.contains("disk full"), "{}", page.text);
    }
    app.app.stop().await;
}
