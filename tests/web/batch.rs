//! One command for several projects, and asking before what can't be undone.

use reqwest::StatusCode;
use serde_json::json;

use crate::browser::{Browser, csrf, location, texts};
use crate::support::{Reply, TestApp};

async fn ids(app: &TestApp, names: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    for name in names {
        ids.push(app.get(&format!("/projects/{name}")).await.json["id"].as_str().unwrap().to_owned());
    }
    ids
}

fn ask(action: &str, ids: &[String]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| format!("id={id}")).collect();
    format!("/projects/batch?do={action}&{}", ids.join("&"))
}

/// Follows to the result until nothing is on its way.
async fn result(browser: &mut Browser<'_>, reply: &Reply) -> Reply {
    let place = location(reply);
    for _ in 0..200 {
        let page = browser.get(&place).await;
        if !page.text.contains("on their way") {
            return page;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("the batch never ended");
}

async fn three(app: TestApp) -> TestApp {
    app.with_datasources().await.with_project("a").await.with_project("b").await.with_project("breaks").await
}

#[tokio::test]
async fn a_batch_asks_first_names_who_does_not_fit_and_tells_what_was_done() {
    let app = three(TestApp::start().await).await;
    app.post("/projects/b/start", json!({})).await;
    app.until("b", "/phase", &json!("streaming")).await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let all = ids(&app, &["a", "b", "breaks"]).await;
    let page = browser.get(&ask("pause", &all)).await;
    assert_eq!(texts(&page, "h1"), ["Pause 1 project?"]);
    assert_eq!(texts(&page, ".left-out .name"), ["breaks", "a"]);
    assert!(texts(&page, ".left-out td:last-child")[1].contains("never started"), "{}", page.text);
    assert_eq!(app.get("/projects/b/status").await.json["state"], "running", "only asked");

    let token = csrf(&page);
    let mut fields = vec![("csrf", token.as_str()), ("do", "start")];
    fields.extend(all.iter().map(|id| ("id", id.as_str())));
    let reply = browser.post("/projects/batch", &fields).await;
    let page = result(&mut browser, &reply).await;
    assert!(texts(&page, ".notice")[0].starts_with("2 of 3 done"), "{}", page.text);
    assert_eq!(texts(&page, ".failed .name"), ["b"]);
    assert!(texts(&page, ".failed td")[0].contains("the project is running"));
    app.until("a", "/state", &json!("running")).await;
    app.until("breaks", "/state", &json!("failed")).await;

    // Deleting fits none of these states.
    let page = browser.get(&ask("delete", &all)).await;
    assert!(texts(&page, "[role=alert]")[0].contains("None of the chosen"), "{}", page.text);
    assert!(!page.text.contains("<form class=\"card ask\""));
    // A result is only there for who asked.
    let number = location(&reply);
    let password = app.account("li").await;
    let mut li = Browser::new(&app);
    li.activate_as("li", &password).await;
    assert_eq!(li.get(&number).await.status, StatusCode::NOT_FOUND);
    assert_eq!(li.get("/projects").await.status, StatusCode::OK);
    app.app.stop().await;
}

#[tokio::test]
async fn every_action_follows_the_table_of_states() {
    let app = three(TestApp::start().await).await;
    app.post("/projects/a/start", json!({})).await;
    app.post("/projects/a/pause", json!({})).await;
    app.post("/projects/breaks/start", json!({})).await;
    app.until("breaks", "/state", &json!("failed")).await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let all = ids(&app, &["a", "b", "breaks"]).await;
    let fit: [(&str, &[&str]); 5] = [
        ("start", &["b"]),
        ("pause", &[]),
        ("resume", &["breaks", "a"]),
        ("release", &["breaks", "a"]),
        ("delete", &["b"]),
    ];
    for (action, names) in fit {
        let page = browser.get(&ask(action, &all)).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(texts(&page, "section:not(.left-out) .name"), names, "{action}");
    }
    app.app.stop().await;
}

#[tokio::test]
async fn batches_need_a_choice_a_known_action_and_the_token() {
    let app = three(TestApp::start().await).await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let all = ids(&app, &["a"]).await;
    let page = browser.get("/projects/batch?do=start").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("tick at least one project"));
    assert_eq!(browser.get(&ask("explode", &all)).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(browser.get("/projects/batch/b_unknown").await.status, StatusCode::NOT_FOUND);
    let fields = [("csrf", "wrong"), ("do", "delete"), ("id", all[0].as_str())];
    assert_eq!(browser.post("/projects/batch", &fields).await.status, StatusCode::FORBIDDEN);
    assert_eq!(app.get("/projects/a").await.status, StatusCode::OK);
    app.app.stop().await;
}

#[tokio::test]
async fn releasing_and_deleting_ask_on_a_page_of_their_own() {
    let app = three(TestApp::start().await).await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let id = ids(&app, &["a"]).await.remove(0);
    let page = browser.get(&format!("/projects/{id}/delete")).await;
    assert_eq!(texts(&page, "h1"), ["Delete this project?"]);
    assert_eq!(browser.get(&format!("/projects/{id}/release")).await.status, StatusCode::CONFLICT);
    app.post("/projects/a/start", json!({})).await;
    app.post("/projects/a/pause", json!({})).await;
    let page = browser.get(&format!("/projects/{id}/release")).await;
    assert!(texts(&page, ".ask p")[0].contains("can't be resumed"), "{}", page.text);
    let token = csrf(&page);
    let path = format!("/projects/{id}/release");
    assert_eq!(browser.post(&path, &[("csrf", "no")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(location(&browser.post(&path, &[("csrf", &token)]).await), format!("/projects/{id}"));
    app.until("a", "/state", &json!("released")).await;
    let path = format!("/projects/{id}/delete");
    assert_eq!(location(&browser.post(&path, &[("csrf", &token)]).await), "/projects");
    assert!(browser.get("/projects").await.text.contains("Deleted."));
    assert_eq!(app.get("/projects/a").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/projects/np_unknown/delete").await.status, StatusCode::NOT_FOUND);
    app.app.stop().await;
}
