//! The settings' page.

use reqwest::StatusCode;

use crate::browser::{Browser, HOSTILE, csrf, is_clean, location, of_user, texts};
use crate::support::TestApp;

fn values(app_page: &crate::support::Reply) -> Vec<String> {
    let page = scraper::Html::parse_document(&app_page.text);
    let selector = scraper::Selector::parse("input.short").unwrap();
    page.select(&selector).map(|input| input.value().attr("value").unwrap().to_owned()).collect()
}

fn typed<'a>(days: &'a str, high: &'a str, medium: &'a str, low: &'a str) -> [(&'a str, &'a str); 4] {
    [("retention_days", days), ("high", high), ("medium", medium), ("low", low)]
}

#[tokio::test]
async fn settings_are_changed_recorded_and_restored() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let page = browser.get("/system").await;
    assert_eq!(values(&page), ["30", "30", "300", "900"]);
    assert!(texts(&page, "tbody th").contains(&"limits.memory_per_project".to_owned()));
    assert!(!page.text.contains(&app.app.token));
    let fields = typed("7", "10", "60", "600");
    assert_eq!(location(&browser.fill("/system", "/system", &fields).await), "/system");
    assert_eq!(location(&browser.fill("/system", "/system", &fields).await), "/system");
    assert_eq!(values(&browser.get("/system").await), ["7", "10", "60", "600"]);
    let log = browser.get("/operations?kind=setting").await;
    assert_eq!(texts(&log, "tbody tr").len(), 4, "a repeated submit changes nothing");
    assert!(log.text.contains("30 → 7"));
    location(&browser.fill("/system", "/system/defaults", &[]).await);
    assert_eq!(values(&browser.get("/system").await), ["30", "30", "300", "900"]);
    app.app.stop().await;
}

#[tokio::test]
async fn every_field_says_what_is_wrong_with_it() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let long = "9".repeat(10_000);
    for (fields, wrong) in [
        (typed("0", "30", "300", "900"), "retention_days"),
        (typed("91", "30", "300", "900"), "retention_days"),
        (typed("30", "0", "300", "900"), "high"),
        (typed("30", "301", "300", "900"), "high"),
        (typed("30", "30", "29", "900"), "medium"),
        (typed("30", "300", "200", "900"), "medium"),
        (typed("30", "30", "300", "299"), "low"),
        (typed("30", "30", "600", "500"), "low"),
        (typed("30", "30", "300", "10801"), "low"),
        (typed(&long, "30", "300", "900"), "retention_days"),
        (typed(HOSTILE[0], "30", "300", "900"), "retention_days"),
        (typed("30", HOSTILE[1], "300", "900"), "high"),
        (typed("30", "30", HOSTILE[2], "900"), "medium"),
        (typed("30", "30", "300", "-5"), "low"),
    ] {
        let reply = browser.fill("/system", "/system", &fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert_eq!(texts(&reply, &format!("#f-{wrong}-problem")).len(), 1, "{wrong}");
        assert_eq!(texts(&reply, ".summary a").len(), 1);
        is_clean(&reply);
    }
    assert_eq!(values(&browser.get("/system").await), ["30", "30", "300", "900"]);
    app.app.stop().await;
}

#[tokio::test]
async fn only_admins_change_them() {
    let app = TestApp::start().await;
    let mut lin = of_user(&app, "lin").await;
    let page = lin.get("/system").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text.contains(app.data.path().to_str().unwrap()), "places of the host");
    let token = csrf(&page);
    for path in ["/system", "/system/defaults"] {
        let mut fields = vec![("csrf", token.as_str())];
        fields.extend(typed("1", "1", "30", "300"));
        assert_eq!(lin.post(path, &fields).await.status, StatusCode::FORBIDDEN);
        assert_eq!(lin.post(path, &[("csrf", "wrong")]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(location(&Browser::new(&app).post(path, &[]).await), "/login");
    }
    assert_eq!(location(&Browser::new(&app).get("/system").await), "/login");
    assert_eq!(values(&lin.get("/system").await), ["30", "30", "300", "900"]);
    app.app.stop().await;
}
