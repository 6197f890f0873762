//! The first page, and the help.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::json;

use crate::browser::{Browser, HOSTILE, is_clean, location, of_user, texts};
use crate::support::TestApp;

#[tokio::test]
async fn an_empty_service_says_what_comes_first() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    assert_eq!(location(&browser.get("/").await), "/overview");
    let page = browser.get("/overview").await;
    assert_eq!(texts(&page, "h1"), ["Overview"]);
    assert_eq!(texts(&page, ".begin li").len(), 3);
    assert!(page.text.contains("href=\"/datasources/new\"") && texts(&page, ".ring").is_empty());
    let app = app.with_datasources().await;
    let mut browser = Browser::new(&app);
    location(&browser.log_in("Secret.2026").await);
    let page = browser.get("/overview").await;
    assert_eq!(texts(&page, ".begin .done").len(), 1);
    assert!(page.text.contains("class=\"button primary\" href=\"/projects/new\""));
    app.app.stop().await;
}

#[tokio::test]
async fn a_position_that_the_log_soon_drops_needs_somebody() {
    let app = TestApp::start().await.with_datasources().await.with_project("forgotten").await;
    app.post("/projects/forgotten/start", json!({})).await;
    app.until("forgotten", "/phase", &json!("streaming")).await;
    app.post("/projects/forgotten/pause", json!({})).await;
    app.until("forgotten", "/state", &json!("suspended")).await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    // The source is asked beside the first page.
    let deadline = Instant::now() + Duration::from_secs(10);
    let needs = loop {
        let page = browser.get("/overview").await;
        let needs = texts(&page, "[data-live=needs] .notice");
        if !needs.is_empty() {
            break needs;
        }
        assert!(Instant::now() < deadline, "{}", page.text);
        tokio::task::yield_now().await;
    };
    assert!(needs[0].contains("forgotten") && needs[0].contains("1 d"), "{needs:?}");
    app.app.stop().await;
}

#[tokio::test]
async fn a_failure_is_told_beside_the_end_of_the_log() {
    let app = TestApp::start().await.with_datasources().await.with_project("forgottenandbroken").await;
    app.post("/projects/forgottenandbroken/start", json!({})).await;
    app.until("forgottenandbroken", "/state", &json!("failed")).await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let deadline = Instant::now() + Duration::from_secs(10);
    let notice = loop {
        let page = browser.get("/overview").await;
        let needs = texts(&page, "[data-live=needs] .notice");
        assert!(Instant::now() < deadline && needs.len() == 1, "{}", page.text);
        if needs[0].starts_with("Log ends soon") {
            break needs.concat();
        }
        tokio::task::yield_now().await;
    };
    assert!(notice.contains("the topic does not exist: orders") && notice.contains("1 d"), "{notice}");
    assert!(
        notice.contains("keep the source's log longer") && notice.contains("create the topic"),
        "{notice}"
    );
    app.app.stop().await;
}

#[tokio::test]
async fn what_needs_somebody_stands_first() {
    let app = TestApp::start()
        .await
        .with_datasources()
        .await
        .with_project("breaks")
        .await
        .with_project("late")
        .await
        .with_project("fine")
        .await
        .with_project("rests")
        .await;
    for name in ["breaks", "late", "fine"] {
        app.post(&format!("/projects/{name}/start"), json!({})).await;
    }
    app.until("breaks", "/state", &json!("failed")).await;
    app.until("late", "/phase", &json!("streaming")).await;
    app.until("fine", "/phase", &json!("streaming")).await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let page = browser.get("/overview").await;
    let needs = texts(&page, "[data-live=needs] .notice");
    assert_eq!(needs.len(), 2, "{needs:?}");
    assert!(
        needs[0].contains("breaks") && needs[0].contains("disk full") && needs[0].contains("check space")
    );
    assert!(needs[1].contains("late") && needs[1].contains("20 min"));
    assert_eq!(texts(&page, ".legend .number"), ["1", "2", "1"]);
    assert!(texts(&page, "#ring-title")[0].contains("4 projects: Failed 1, Running 2, Not started 1"));
    assert!(page.text.contains("href=\"/projects?state=failed\""));
    assert!(texts(&page, ".resources .value").len() == 6);
    assert!(page.text.contains("data-every=\"5\""));
    // A higher threshold, and it is not late any more.
    let fields = [("retention_days", "30"), ("high", "30"), ("medium", "300"), ("low", "3600")];
    location(&browser.fill("/system", "/system", &fields).await);
    assert_eq!(texts(&browser.get("/overview").await, "[data-live=needs] .notice").len(), 1);
    // A user sees none of it.
    let mut lin = of_user(&app, "lin").await;
    let page = lin.get("/overview").await;
    assert!(!page.text.contains("breaks") && texts(&page, ".begin li").len() == 3);
    app.app.stop().await;
}

#[tokio::test]
async fn help_is_there_in_both_languages() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    for path in ["/overview", "/help"] {
        assert_eq!(location(&browser.get(path).await), "/login");
    }
    browser.activate().await;
    for (lang, title) in [("en", "Help"), ("zh", "帮助")] {
        location(&browser.get(&format!("/lang?to={lang}&back=/help")).await);
        let page = browser.get("/help").await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(texts(&page, "h1"), [title]);
        assert_eq!(texts(&page, "#formats tbody tr").len(), 9);
        assert_eq!(texts(&page, "#states dt").len(), 6);
        assert!(!page.text.contains("style=") && !page.text.contains("<script>"));
    }
    for text in HOSTILE {
        let query = serde_urlencoded::to_string([("x", text)]).unwrap();
        is_clean(&browser.get(&format!("/help?{query}")).await);
        is_clean(&browser.get(&format!("/overview?{query}")).await);
    }
    app.app.stop().await;
}
