//! The pages of the tags.

use reqwest::StatusCode;
use serde_json::json;

use crate::browser::{Browser, HOSTILE, csrf, is_clean, location, of_user, texts};
use crate::support::TestApp;

#[tokio::test]
async fn made_renamed_and_deleted() {
    let app = TestApp::start().await.with_datasources().await;
    let mut project = crate::support::project("订单");
    project["tags"] = json!(["核心"]);
    assert_eq!(app.post("/projects", project).await.status, StatusCode::CREATED);
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let list = "/tags?back=%2Fdrafts%2Fd_x%2Fends";
    let fields = [("name", "a/b?c#d&e"), ("back", "/drafts/d_x/ends")];
    assert_eq!(location(&browser.fill(list, "/tags", &fields).await), list);
    let page = browser.get(list).await;
    assert_eq!(texts(&page, "tbody th"), ["a/b?c#d&e", "核心"]);
    assert_eq!(texts(&page, "tbody .number"), ["0", "1"]);
    assert!(page.text.contains("href=\"/drafts/d_x/ends\""));
    // What was done is said once.
    assert_eq!(texts(&page, "[role=status]"), ["Added."]);
    assert!(texts(&browser.get(list).await, "[role=status]").is_empty());
    let twice = browser.fill(list, "/tags", &fields).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(texts(&twice, "#f-name-problem"), ["the name a/b?c#d&e is taken"]);
    let ask = browser.get("/tags/rename?name=%E6%A0%B8%E5%BF%83").await;
    assert!(texts(&ask, ".notice.info")[0].starts_with("Carried by 1 project"));
    for wrong in ["", "a b", "a/b?c#d&e", &"x".repeat(21)] {
        let reply = browser.fill(list, "/tags/rename", &[("tag", "核心"), ("name", wrong)]).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert_eq!(texts(&reply, "#f-name-problem").len(), 1);
    }
    let renamed = browser.fill(list, "/tags/rename", &[("tag", "核心"), ("name", "重要")]).await;
    assert_eq!(location(&renamed), "/tags?back=%2Fprojects");
    assert_eq!(app.get("/projects/订单").await.json["tags"], json!(["重要"]));
    let ask = browser.get("/tags/delete?name=%E9%87%8D%E8%A6%81").await;
    assert!(texts(&ask, ".notice.warn")[0].starts_with("Carried by 1 project"));
    location(&browser.fill(list, "/tags/delete", &[("tag", "重要")]).await);
    assert_eq!(app.get("/projects/订单").await.json["tags"], json!(null));
    assert_eq!(browser.fill(list, "/tags/delete", &[("tag", "重要")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/tags/rename?name=none").await.status, StatusCode::NOT_FOUND);
    app.app.stop().await;
}

#[tokio::test]
async fn a_hundred_and_no_more() {
    let app = TestApp::start().await;
    for index in 0..100 {
        assert_eq!(app.post("/tags", json!({"name": format!("t{index}")})).await.status, StatusCode::CREATED);
    }
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let reply = browser.fill("/tags", "/tags", &[("name", "one-more")]).await;
    assert_eq!(texts(&reply, "#f-name-problem"), ["there can be at most 100 tags"]);
    app.app.stop().await;
}

#[tokio::test]
async fn users_change_only_their_own() {
    let app = TestApp::start().await;
    app.post("/tags", json!({"name": "shared"})).await;
    let mut user = of_user(&app, "lin").await;
    location(&user.fill("/tags", "/tags", &[("name", "mine")]).await);
    let page = user.get("/tags").await;
    assert_eq!(texts(&page, "tbody th"), ["mine", "shared"]);
    assert_eq!(texts(&page, ".acts a").len(), 2);
    for action in ["rename", "delete"] {
        let path = format!("/tags/{action}");
        assert_eq!(user.get(&format!("{path}?name=shared")).await.status, StatusCode::FORBIDDEN);
        let reply = user.fill("/tags", &path, &[("tag", "shared"), ("name", "stolen")]).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN);
        assert_eq!(user.post(&path, &[("csrf", "wrong")]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(location(&Browser::new(&app).post(&path, &[]).await), "/login");
    }
    assert_eq!(user.post("/tags", &[("name", "x")]).await.status, StatusCode::FORBIDDEN);
    location(&user.fill("/tags", "/tags/rename", &[("tag", "mine"), ("name", "mine2")]).await);
    let token = csrf(&user.get("/tags").await);
    location(&user.post("/tags/delete", &[("csrf", &token), ("tag", "mine2")]).await);
    assert_eq!(location(&Browser::new(&app).get("/tags").await), "/login");
    app.app.stop().await;
}

#[tokio::test]
async fn hostile_names_are_only_text() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    for text in HOSTILE.into_iter().chain(["<script>alert"]) {
        is_clean(&browser.fill("/tags", "/tags", &[("name", text), ("back", text)]).await);
        let query = serde_urlencoded::to_string([("name", text), ("back", text)]).unwrap();
        for path in ["/tags", "/tags/rename", "/tags/delete"] {
            is_clean(&browser.get(&format!("{path}?{query}")).await);
        }
    }
    let long = "标".repeat(10_000);
    let reply = browser.fill("/tags", "/tags", &[("name", &long)]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(texts(&browser.get("/tags").await, "tbody th").contains(&"<script>alert".to_owned()));
    app.app.stop().await;
}
