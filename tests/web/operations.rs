//! The operation log.

use serde_json::json;

use crate::browser::{Browser, HOSTILE, is_clean, location, of_user, texts};
use crate::support::TestApp;

#[tokio::test]
async fn filtered_searched_and_downloaded() {
    let app = TestApp::start().await.with_datasources().await.with_project("breaks").await;
    app.post("/projects/breaks/start", json!({})).await;
    app.until("breaks", "/state", &json!("failed")).await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let rows = |reply: &crate::support::Reply| texts(reply, "tbody tr").len();
    let all = browser.get("/operations").await;
    assert!(rows(&all) >= 6, "{}", all.text);
    assert_eq!(texts(&all, "h1"), ["Operation records"]);
    assert_eq!(rows(&browser.get("/operations?kind=datasource").await), 2);
    assert_eq!(rows(&browser.get("/operations?action=fail").await), 1);
    assert_eq!(texts(&browser.get("/operations?action=fail").await, "td .bad, td .good").len(), 1);
    assert_eq!(rows(&browser.get("/operations?actor=admin").await), 1);
    assert_eq!(rows(&browser.get("/operations?q=OB").await), 1);
    assert_eq!(rows(&browser.get("/operations?to=2000-01-01").await), 0);
    assert_eq!(rows(&browser.get("/operations?from=2000-01-01").await), rows(&all));
    assert_eq!(rows(&browser.get("/operations?from=nonsense&kind=odd&result=odd&page=-1").await), rows(&all));
    assert!(texts(&browser.get("/operations?q=nothing-at-all").await, ".empty")[0].contains("No record"));
    let file = browser.get("/operations/download?kind=datasource").await;
    assert!(file.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
    assert!(file.headers["content-disposition"].to_str().unwrap().contains("operations.csv"));
    assert_eq!(file.text.lines().count(), 3, "{}", file.text);
    assert!(file.text.contains("\"ob\"") && !file.text.contains("p@ss"));
    app.app.stop().await;
}

#[tokio::test]
async fn fifty_a_page() {
    let app = TestApp::start().await;
    for index in 0..51 {
        app.post("/tags", json!({"name": format!("t{index}")})).await;
    }
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let first = browser.get("/operations?kind=tag").await;
    assert_eq!(texts(&first, "tbody tr").len(), 50);
    assert_eq!(texts(&first, ".pager a"), ["Next page"]);
    let last = browser.get("/operations?kind=tag&page=99").await;
    assert_eq!(texts(&last, "tbody tr").len(), 1);
    assert_eq!(texts(&last, ".pager a"), ["Previous page"]);
    app.app.stop().await;
}

#[tokio::test]
async fn users_see_what_is_theirs() {
    let app = TestApp::start().await.with_datasources().await;
    let mut lin = of_user(&app, "lin").await;
    location(&lin.fill("/tags", "/tags", &[("name", "of-lin")]).await);
    // What an admin did to something of theirs is theirs, too.
    app.api(reqwest::Method::PUT, "/tags/of-lin", Some(json!({"name": "renamed"}))).await;
    let page = lin.get("/operations").await;
    let names: Vec<String> = texts(&page, "tbody td:nth-child(4)");
    assert!(names.iter().any(|name| name.starts_with("renamed")), "{names:?}");
    assert!(!page.text.contains(">ob<") && !page.text.contains("data source "), "{names:?}");
    let file = lin.get("/operations/download").await;
    assert!(!file.text.contains("\"ob\"") && file.text.contains("renamed"));
    let mut nobody = Browser::new(&app);
    for path in ["/operations", "/operations/download"] {
        assert_eq!(location(&nobody.get(path).await), "/login");
    }
    app.app.stop().await;
}

#[tokio::test]
async fn hostile_texts_are_only_text() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    app.post("/tags", json!({"name": "<script>alert"})).await;
    app.post("/tags", json!({"name": "=cmd|'/c'!A1"})).await;
    is_clean(&browser.get("/operations").await);
    assert!(browser.get("/operations/download").await.text.contains("\"'=cmd|'/c'!A1\""));
    let long = "x".repeat(4_000);
    for text in HOSTILE.into_iter().chain([long.as_str()]) {
        let names = ["kind", "actor", "action", "result", "from", "to", "q", "page"];
        let pairs: Vec<(&str, &str)> = names.iter().map(|name| (*name, text)).collect();
        let query = serde_urlencoded::to_string(pairs).unwrap();
        is_clean(&browser.get(&format!("/operations?{query}")).await);
    }
    app.app.stop().await;
}
