//! Saved secrets: where they are used, and where not.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::browser::{Browser, location, texts};
use crate::datasources::form;
use crate::support::TestApp;

#[tokio::test]
async fn a_saved_secret_goes_nowhere_that_it_was_not_typed_for() {
    let app = TestApp::start().await.with_datasources().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let saved = app.get("/export?secrets=true").await.text;
    // By the form, saved or only tested.
    for (field, value) in
        [("address", "10.0.0.66"), ("user", "other"), ("tenant", "t2"), ("tls", "required"), ("port", "3306")]
    {
        for button in ["save", "test", "anyway"] {
            let fields =
                form("oceanbase-ce", &[("name", "ob"), ("password", ""), (field, value), ("do", button)]);
            let reply = browser.fill("/datasources", "/datasources/ob/edit", &fields).await;
            let problems = texts(&reply, "#f-password-problem");
            assert_eq!(problems.len(), 1, "{field} {button}");
            assert!(problems[0].contains("typed again"), "{problems:?}");
            assert!(texts(&reply, ".checks li").is_empty(), "{field}: nothing was asked");
        }
    }
    // By the API, and by a project file that leaves the secret out, or writes its stand-in.
    let one = json!({"name": "ob", "kind": "oceanbase-ce", "address": "10.0.0.66:2883", "tenant": "t1", "user": "sync"});
    let reply = app.api(Method::PUT, "/datasources/ob", Some(one)).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.json["error"]["fields"]["password"].is_string(), "{}", reply.text);
    for secret in ["", "password = \"***\"\n"] {
        let file = format!(
            "[[datasource]]\nname = \"ob\"\nkind = \"oceanbase-ce\"\naddress = \"10.0.0.66:2883\"\n\
             tenant = \"t1\"\nuser = \"sync\"\n{secret}"
        );
        let reply = app.apply(&file, false).await;
        assert!(reply.status.is_client_error() && reply.text.contains("typed again"), "{}", reply.text);
    }
    assert_eq!(app.get("/export?secrets=true").await.text, saved);
    // Typed again it is another one.
    let fields = form("oceanbase-ce", &[("name", "ob"), ("password", "other-1"), ("address", "10.0.0.66")]);
    assert_eq!(
        location(&browser.fill("/datasources", "/datasources/ob/edit", &fields).await),
        "/datasources"
    );
    app.app.stop().await;
}
