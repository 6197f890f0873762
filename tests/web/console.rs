//! The console as a browser without scripts sees it.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::browser::{Browser, csrf, location, texts};
use crate::support::TestApp;

#[tokio::test]
async fn pages_ask_for_a_login() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    for path in ["/projects", "/projects/np_x", "/password"] {
        assert_eq!(location(&browser.get(path).await), "/login");
    }
    assert_eq!(location(&browser.post("/projects/np_x/start", &[]).await), "/login");
    assert_eq!(location(&browser.post("/logout", &[]).await), "/login");
    let page = browser.get("/login").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'self'"));
    assert!(
        !page.text.contains("<script>") && !page.text.contains("style=") && !page.text.contains("onclick="),
        "inline code"
    );
    assert_eq!(browser.get("/nowhere").await.status, StatusCode::NOT_FOUND);
    app.app.stop().await;
}

#[tokio::test]
async fn the_one_time_password_leads_to_a_new_one() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    let password = app.app.first_password.clone().unwrap();
    browser.log_in(&password).await;
    assert_eq!(location(&browser.get("/projects").await), "/password");
    let token = csrf(&browser.get("/password").await);
    for (once, twice) in
        [("short", "short"), ("Secret.2026", "Secret.2027"), ("nodigits.here", "nodigits.here")]
    {
        let reply =
            browser.post("/password", &[("csrf", &token), ("password", once), ("again", twice)]).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(texts(&reply, ".problem").len(), 1);
    }
    let mut browser = Browser::new(&app);
    browser.activate().await;
    assert_eq!(browser.get("/projects").await.status, StatusCode::OK);
    let mut other = Browser::new(&app);
    assert_eq!(other.log_in(&password).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    app.app.stop().await;
}

#[tokio::test]
async fn wrong_passwords_say_the_same_for_everyone_and_wait_at_last() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    let mut said = Vec::new();
    for account in ["admin", "nobody"] {
        let token = csrf(&browser.get("/login").await);
        let fields = [("csrf", token.as_str()), ("account", account), ("password", "wrong")];
        let reply = browser.post("/login", &fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        said.push(texts(&reply, "[role=alert]"));
    }
    assert_eq!(said[0], said[1]);
    for _ in 0..4 {
        browser.log_in("wrong").await;
    }
    let password = app.app.first_password.clone().unwrap();
    assert_eq!(browser.log_in(&password).await.status, StatusCode::TOO_MANY_REQUESTS);
    app.app.stop().await;
}

#[tokio::test]
async fn forms_from_elsewhere_are_refused() {
    let app = TestApp::start().await.with_datasources().await.with_project("订单").await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let id = app.get("/projects/订单").await.json["id"].as_str().unwrap().to_owned();
    let path = format!("/projects/{id}/start");
    let token = csrf(&browser.get(&format!("/projects/{id}")).await);
    assert_eq!(browser.post(&path, &[("csrf", "wrong")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.post(&path, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.post("/login", &[("csrf", "")]).await.status, StatusCode::FORBIDDEN);
    let foreign = app
        .request(Method::POST, &path)
        .header("origin", "http://evil.example")
        .body(format!("csrf={token}"));
    assert_eq!(browser.send(foreign).await.status, StatusCode::FORBIDDEN);
    assert_eq!(app.get("/projects/订单/status").await.json["state"], "init");
    assert_eq!(location(&browser.post(&path, &[("csrf", &token)]).await), format!("/projects/{id}"));
    assert_eq!(app.get("/projects/订单/status").await.json["state"], "running");
    app.app.stop().await;
}

#[tokio::test]
async fn logging_out_ends_the_login() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let cookies = browser.cookies.clone();
    let token = csrf(&browser.get("/projects").await);
    assert_eq!(location(&browser.post("/logout", &[("csrf", &token)]).await), "/login");
    browser.cookies = cookies;
    assert_eq!(location(&browser.get("/projects").await), "/login");
    app.app.stop().await;
}

#[tokio::test]
async fn the_list_and_a_project_show_what_matters() {
    let app = TestApp::start()
        .await
        .with_datasources()
        .await
        .with_project("breaks")
        .await
        .with_project("订单")
        .await;
    app.post("/projects/breaks/start", json!({})).await;
    app.until("breaks", "/state", &json!("failed")).await;
    app.post("/projects/订单/start", json!({})).await;
    app.until("订单", "/phase", &json!("streaming")).await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let list = browser.get("/projects").await;
    assert_eq!(texts(&list, "h1"), ["Synchronization"]);
    let states = texts(&list, "select[name=state] option");
    assert_eq!(states, ["All states", "Failed (1)", "Running (1)"]);
    assert_eq!(texts(&list, "td .state"), ["Running", "Failed"]);
    assert!(texts(&list, ".notice.bad")[0].contains("disk full"));
    assert_eq!(texts(&browser.get("/projects?state=failed").await, "td .state"), ["Failed"]);
    let id = app.get("/projects/breaks").await.json["id"].as_str().unwrap().to_owned();
    let page = browser.get(&format!("/projects/{id}")).await;
    assert_eq!(texts(&page, "h1"), ["breaks"]);
    assert!(texts(&page, "[role=alert]")[0].contains("check space and rights"));
    assert_eq!(texts(&page, ".actions > button"), ["Resume", "Clone"]);
    assert!(!page.text.contains("p@ss"));
    assert_eq!(location(&browser.get("/lang?to=zh&back=/projects").await), "/projects");
    assert_eq!(texts(&browser.get("/projects").await, "h1"), ["数据同步"]);
    assert_eq!(location(&browser.get("/lang?to=zh&back=//evil.example").await), "/overview");
    assert_eq!(browser.get("/projects/np_unknown").await.status, StatusCode::NOT_FOUND);
    app.app.stop().await;
}

#[tokio::test]
async fn the_style_sheet_is_kept_under_its_hash() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    let page = browser.get("/login").await;
    let href = page
        .text
        .split("href=\"")
        .find(|part| part.starts_with("/static/"))
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let css = browser.get(&href).await;
    assert!(css.headers["cache-control"].to_str().unwrap().contains("immutable"));
    assert!(css.text.contains("--accent"));
    app.app.stop().await;
}

#[tokio::test]
async fn an_address_may_have_a_name_in_it() {
    let app = TestApp::start().await.with_datasources().await.with_project("订单").await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let path = "/projects/%E8%AE%A2%E5%8D%95";
    let token = csrf(&browser.get(path).await);
    for action in ["level", "tags", "start"] {
        let fields = [("csrf", token.as_str()), ("level", "high"), ("new", "新")];
        assert_eq!(location(&browser.post(&format!("{path}/{action}"), &fields).await), path, "{action}");
    }
    assert_eq!(browser.get(path).await.status, StatusCode::OK);
    // A draft that is not there has no step to go back to, whatever it is called.
    for draft in ["d_unknown", "%0D%0ASet-Cookie:x=1", "%E8%AE%A2"] {
        let back = format!("/drafts/{draft}/precheck");
        let reply = browser.post(&back, &[("csrf", &token), ("do", "back")]).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{draft}");
    }
    app.app.stop().await;
}

#[tokio::test]
async fn what_can_not_be_read_is_refused_with_a_page() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let token = csrf(&browser.get("/tags").await);
    let large = "x".repeat(5 << 20);
    let reply = browser.post("/tags", &[("csrf", &token), ("name", &large)]).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(texts(&reply, "[role=alert]")[0].contains("larger than 4 MB"), "{}", reply.text);
    let reply = browser.get("/datasources?page=1&page=2").await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert!(texts(&reply, "[role=alert]")[0].contains("page"), "{}", reply.text);
    let reply = app.get("/projects/a/metrics?from=x").await;
    assert!(reply.json["error"]["code"].is_string(), "{}", reply.text);
    app.app.stop().await;
}
