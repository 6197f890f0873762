//! The state database in trouble: said wherever somebody asks, and over when it is over.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::browser::Browser;
use crate::support::{Reply, TestApp};

async fn health(app: &TestApp) -> Reply {
    Reply::of(app.request(Method::GET, "/health").send().await.unwrap()).await
}

#[tokio::test]
async fn a_database_that_takes_no_writes_is_named() {
    let app = TestApp::start().await.with_datasources().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    // Somebody else's program holds it.
    let other = rusqlite::Connection::open(app.data.path().join("tidewire.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let told = health(&app).await;
    let refused = app.api(Method::DELETE, "/datasources/mq", None).await;
    assert_eq!(told.status, StatusCode::SERVICE_UNAVAILABLE, "{}", told.text);
    assert_eq!(told.json["status"], "not ready");
    assert!(told.json["reasons"][0].as_str().unwrap().contains("another process"), "{}", told.text);
    assert_eq!(
        (refused.status, &refused.json["error"]["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &json!("store"))
    );
    assert!(!refused.text.contains("incident"), "{}", refused.text);
    // Reading goes on.
    assert_eq!(browser.get("/datasources").await.status, StatusCode::OK);
    other.execute_batch("ROLLBACK").unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while health(&app).await.status != StatusCode::OK {
        assert!(Instant::now() < deadline, "it is well again");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(app.api(Method::DELETE, "/datasources/mq", None).await.status, StatusCode::NO_CONTENT);
    app.app.stop().await;
}
