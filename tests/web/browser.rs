//! A browser without scripts, for the tests of the console.

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode};
use scraper::{Html, Selector};

use crate::support::{Reply, TestApp};

/// A browser: cookies and the forms of the last page.
#[derive(Clone)]
pub(crate) struct Browser<'a> {
    pub(crate) app: &'a TestApp,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(app: &'a TestApp) -> Self {
        Self { app, cookies: BTreeMap::new() }
    }

    pub(crate) async fn send(&mut self, request: reqwest::RequestBuilder) -> Reply {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let reply = Reply::of(request.header("cookie", cookies.join("; ")).send().await.unwrap()).await;
        for cookie in reply.headers.get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        reply
    }

    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        let request = self.app.request(Method::GET, path);
        self.send(request).await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let request = self
            .app
            .request(Method::POST, path)
            .header("origin", &self.app.app.url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(serde_urlencoded::to_string(fields).unwrap());
        self.send(request).await
    }

    pub(crate) async fn log_in(&mut self, password: &str) -> Reply {
        self.log_in_as("admin", password).await
    }

    pub(crate) async fn log_in_as(&mut self, account: &str, password: &str) -> Reply {
        let token = csrf(&self.get("/login").await);
        self.post("/login", &[("csrf", &token), ("account", account), ("password", password)]).await
    }

    /// Logs in for the first time and replaces the one-time password.
    pub(crate) async fn activate(&mut self) {
        let password = self.app.app.first_password.clone().unwrap();
        self.activate_as("admin", &password).await;
    }

    /// Logs in with a one-time password and replaces it.
    pub(crate) async fn activate_as(&mut self, account: &str, password: &str) {
        assert_eq!(location(&self.log_in_as(account, password).await), "/overview");
        let token = csrf(&self.get("/password").await);
        let fields = [("csrf", token.as_str()), ("password", "Secret.2026"), ("again", "Secret.2026")];
        assert_eq!(location(&self.post("/password", &fields).await), "/overview");
    }

    /// Sends the form of a page: its hidden fields and these.
    pub(crate) async fn fill(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Reply {
        let token = csrf(&self.get(page).await);
        let mut all = vec![("csrf", token.as_str())];
        all.extend(fields);
        self.post(action, &all).await
    }
}

/// A browser of a new account that is no admin.
pub(crate) async fn of_user<'a>(app: &'a TestApp, name: &str) -> Browser<'a> {
    let made = app.post("/users", serde_json::json!({"name": name})).await;
    let mut browser = Browser::new(app);
    browser.activate_as(name, made.json["password"].as_str().unwrap()).await;
    browser
}

/// Texts that break pages which forget to escape.
pub(crate) const HOSTILE: [&str; 3] =
    ["<script>alert(1)</script>", "\"><img src=x onerror='alert(2)'>", "🌊'\"&lt;{{ 7 * 7 }}"];

/// That a page holds nothing of a hostile text as markup.
pub(crate) fn is_clean(reply: &Reply) {
    for part in ["<script>alert", "<img src=x"] {
        assert!(!reply.text.contains(part), "{part} in {}", reply.text);
    }
}

pub(crate) fn csrf(reply: &Reply) -> String {
    let page = Html::parse_document(&reply.text);
    let selector = Selector::parse("main input[name=csrf], header input[name=csrf]").unwrap();
    page.select(&selector).next().unwrap().value().attr("value").unwrap().to_owned()
}

pub(crate) fn texts(reply: &Reply, selector: &str) -> Vec<String> {
    let page = Html::parse_document(&reply.text);
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).map(|element| element.text().collect::<String>().trim().to_owned()).collect()
}

pub(crate) fn location(reply: &Reply) -> String {
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
    reply.headers["location"].to_str().unwrap().to_owned()
}
