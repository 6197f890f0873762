//! A person's own page, and the pages of all accounts.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::browser::{Browser, HOSTILE, csrf, is_clean, location, of_user, texts};
use crate::support::TestApp;

const PASSWORD: &str = "/account/password";

#[tokio::test]
async fn a_password_is_changed_by_who_knows_the_old_one() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let mut other = Browser::new(&app);
    location(&other.log_in("Secret.2026").await);
    let change = |old: &'static str, once: &'static str, twice: &'static str| {
        [("old", old), ("password", once), ("again", twice)]
    };
    for (fields, wrong) in [
        (change("nope", "Other.2027", "Other.2027"), "old"),
        (change("Secret.2026", "short", "short"), "password"),
        (change("Secret.2026", "Other.2027", "Other.2028"), "again"),
    ] {
        let reply = browser.fill("/account", PASSWORD, &fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(texts(&reply, &format!("#f-{wrong}-problem")).len(), 1, "{wrong}");
        assert!(!reply.text.contains("Other.2027") && !reply.text.contains("Secret.2026"));
    }
    assert_eq!(texts(&browser.get("/account").await, "tbody tr").len(), 2);
    let fields = change("Secret.2026", "Other.2027", "Other.2027");
    assert_eq!(location(&browser.fill("/account", PASSWORD, &fields).await), "/account");
    assert_eq!(texts(&browser.get("/account").await, "[role=status]"), ["The password is changed."]);
    assert_eq!(location(&other.get("/account").await), "/login");
    location(&other.log_in("Other.2027").await);
    // Guessing the old password ends after some tries.
    for _ in 0..5 {
        browser.fill("/account", PASSWORD, &change("nope", "Other.2029", "Other.2029")).await;
    }
    let reply = browser.fill("/account", PASSWORD, &change("Other.2027", "Other.2029", "Other.2029")).await;
    assert!(texts(&reply, "#f-old-problem")[0].contains("too many"));
    app.app.stop().await;
}

#[tokio::test]
async fn the_first_password_of_ones_own_ends_the_other_logins() {
    let app = TestApp::start().await;
    let password = app.app.first_password.clone().unwrap();
    let mut other = Browser::new(&app);
    assert_eq!(location(&other.log_in(&password).await), "/overview");
    let mut browser = Browser::new(&app);
    browser.activate_as("admin", &password).await;
    assert_eq!(location(&other.get("/overview").await), "/login");
    assert_eq!(browser.get("/overview").await.status, StatusCode::OK);
    // However the name is written when somebody is given a new one-time password.
    let mut lin = of_user(&app, "lin").await;
    assert_eq!(app.post("/users/LIN/password", json!({})).await.status, StatusCode::OK);
    assert_eq!(location(&lin.get("/overview").await), "/login");
    app.app.stop().await;
}

#[tokio::test]
async fn what_can_be_no_account_is_refused_at_once() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    let name = "长".repeat(1000);
    for _ in 0..8 {
        let reply = browser.log_in_as(&name, "wrong").await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!reply.text.contains(&name) && !reply.text.contains("Tries left"), "{}", reply.text);
    }
    // A body that is larger than any login is not even read.
    let reply = browser.log_in_as(&"a".repeat(100_000), "wrong").await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(reply.text.contains("larger than 16 KB"), "{}", reply.text);
    app.app.stop().await;
}

#[tokio::test]
async fn logins_are_listed_and_ended() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let mut others = Vec::new();
    for _ in 0..3 {
        let mut one = Browser::new(&app);
        location(&one.log_in("Secret.2026").await);
        others.push(one);
    }
    let page = browser.get("/account").await;
    assert_eq!(texts(&page, "tbody tr").len(), 4);
    assert!(texts(&page, "tbody tr").iter().filter(|row| row.contains("this one")).count() == 1);
    let id = page.text.split("name=\"end\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(location(&browser.fill("/account", "/account/logins", &[("end", &id)]).await), "/account");
    assert_eq!(texts(&browser.get("/account").await, "tbody tr").len(), 3);
    let twice = browser.fill("/account", "/account/logins", &[("end", &id)]).await;
    assert_eq!(twice.status, StatusCode::NOT_FOUND);
    location(&browser.fill("/account", "/account/logins", &[("end", "others")]).await);
    assert_eq!(texts(&browser.get("/account").await, "tbody tr").len(), 1);
    for other in &mut others {
        assert_eq!(location(&other.get("/account").await), "/login");
    }
    // Nobody ends another person's login.
    let mut lin = of_user(&app, "lin").await;
    let mut again = Browser::new(&app);
    location(&again.log_in_as("lin", "Secret.2026").await);
    let page = lin.get("/account").await;
    let id = page.text.split("name=\"end\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let reply = browser.fill("/account", "/account/logins", &[("end", id)]).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert_eq!(again.get("/account").await.status, StatusCode::OK);
    assert_eq!(lin.get("/account").await.status, StatusCode::OK);
    app.app.stop().await;
}

#[tokio::test]
async fn times_follow_the_chosen_zone() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    assert_eq!(location(&browser.get("/zone?to=Asia/Shanghai&back=/account").await), "/account");
    let page = browser.get("/account").await;
    assert!(page.text.contains("value=\"Asia/Shanghai\" list"));
    assert!(texts(&page, "#zones option").len() + page.text.matches("<option value=").count() > 300);
    for wrong in ["Nowhere/Else", "%3Cscript%3Ealert(1)%3C/script%3E", ""] {
        browser.cookies.remove("tidewire_said");
        browser.get("/zone?to=Asia/Shanghai").await;
        location(&browser.get(&format!("/zone?to={wrong}")).await);
        let page = browser.get("/account").await;
        is_clean(&page);
        assert!(!page.text.contains("value=\"Asia/Shanghai\" list"), "{wrong}");
        assert_eq!(page.text.contains("is not known"), !wrong.is_empty());
    }
    app.app.stop().await;
}

#[tokio::test]
async fn the_built_in_admin_manages_accounts() {
    let app = TestApp::start().await;
    let mut admin = Browser::new(&app);
    admin.activate().await;
    let made = admin.fill("/system/users", "/system/users/new", &[("name", "张三"), ("role", "user")]).await;
    assert_eq!(made.status, StatusCode::OK);
    let password = texts(&made, ".once code").remove(0);
    assert!(!admin.get("/system/users").await.text.contains(&password), "shown once");
    for (name, why) in
        [("", "rule"), ("张三", "taken"), ("api", "taken"), ("a b", "rule"), ("超过七个汉字的名字", "rule")]
    {
        let reply =
            admin.fill("/system/users", "/system/users/new", &[("name", name), ("role", "user")]).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert_eq!(texts(&reply, "#f-name-problem").len(), 1, "{name} {why}");
    }
    // A role that the form does not offer is never more than a user's.
    admin.fill("/system/users", "/system/users/new", &[("name", "odd"), ("role", "ADMIN")]).await;
    let users = app.get("/users").await.json;
    assert_eq!(users.as_array().unwrap().iter().filter(|user| user["role"] == "admin").count(), 1, "{users}");
    admin.fill("/system/users", "/system/users/odd/delete", &[]).await;
    let page = admin.get("/system/users").await;
    assert_eq!(texts(&page, "tbody th"), ["admin", "张三"]);
    assert_eq!(texts(&page, ".acts a").len(), 2, "nothing to do to oneself");
    let mut user = Browser::new(&app);
    user.activate_as("张三", &password).await;
    let path = "/system/users/%E5%BC%A0%E4%B8%89";
    assert!(texts(&admin.get(&format!("{path}/delete")).await, ".ask")[0].contains("only admins"));
    let reset = admin.fill("/system/users", &format!("{path}/password"), &[]).await;
    let password = texts(&reset, ".once code").remove(0);
    assert_eq!(location(&user.get("/account").await), "/login");
    user.activate_as("张三", &password).await;
    assert_eq!(location(&admin.fill("/system/users", &format!("{path}/delete"), &[]).await), "/system/users");
    assert_eq!(location(&user.get("/account").await), "/login");
    assert_eq!(admin.get(&format!("{path}/delete")).await.status, StatusCode::NOT_FOUND);
    let again = admin.fill("/system/users", &format!("{path}/delete"), &[]).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    let own = admin.fill("/system/users", "/system/users/admin/delete", &[]).await;
    assert_eq!(own.status, StatusCode::CONFLICT);
    app.app.stop().await;
}

#[tokio::test]
async fn other_roles_do_what_their_role_allows() {
    let app = TestApp::start().await;
    let mut admin = Browser::new(&app);
    admin.activate().await;
    let made =
        admin.fill("/system/users", "/system/users/new", &[("name", "second"), ("role", "admin")]).await;
    let mut second = Browser::new(&app);
    second.activate_as("second", &texts(&made, ".once code").remove(0)).await;
    let new = "/system/users/new";
    let made = second.fill("/system/users", new, &[("name", "lin"), ("role", "user")]).await;
    let mut lin = Browser::new(&app);
    lin.activate_as("lin", &texts(&made, ".once code").remove(0)).await;
    let refused = second.fill("/system/users", new, &[("name", "third"), ("role", "admin")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(texts(&second.get("/system/users").await, ".acts a").is_empty());
    assert_eq!(lin.get("/system/users").await.status, StatusCode::FORBIDDEN);
    assert_eq!(lin.get(new).await.status, StatusCode::FORBIDDEN);
    for action in ["delete", "password"] {
        let path = format!("/system/users/lin/{action}");
        for browser in [&mut second, &mut lin] {
            assert_eq!(browser.get(&path).await.status, StatusCode::FORBIDDEN);
            let token = csrf(&browser.get("/account").await);
            assert_eq!(browser.post(&path, &[("csrf", &token)]).await.status, StatusCode::FORBIDDEN);
        }
        assert_eq!(admin.post(&path, &[("csrf", "wrong")]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(location(&Browser::new(&app).post(&path, &[]).await), "/login");
    }
    let token = csrf(&lin.get("/account").await);
    let fields = [("csrf", token.as_str()), ("name", "own"), ("role", "user")];
    assert_eq!(lin.post(new, &fields).await.status, StatusCode::FORBIDDEN);
    for path in ["/account", "/system/users", new] {
        assert_eq!(location(&Browser::new(&app).get(path).await), "/login");
    }
    for path in [PASSWORD, "/account/logins", new] {
        assert_eq!(admin.post(path, &[("csrf", "wrong")]).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(location(&Browser::new(&app).post(path, &[]).await), "/login");
    }
    app.app.stop().await;
}

#[tokio::test]
async fn what_a_deleted_user_made_stays_for_admins() {
    let app = TestApp::start().await;
    let mut lin = of_user(&app, "lin").await;
    let body = [
        ("kind", "mysql"),
        ("shown_kind", "mysql"),
        ("name", "of-lin"),
        ("address", "h"),
        ("port", "1"),
        ("user", "u"),
        ("tls", "off"),
        ("do", "save"),
    ];
    assert_eq!(location(&lin.fill("/datasources/new", "/datasources/new", &body).await), "/datasources");
    let mut admin = Browser::new(&app);
    admin.activate().await;
    location(&admin.fill("/system/users", "/system/users/lin/delete", &[]).await);
    assert_eq!(texts(&admin.get("/datasources").await, "tbody th.name a"), ["of-lin"]);
    assert_eq!(app.get("/datasources/of-lin").await.json["creator"], json!("lin"));
    // Who is called the same finds none of it: the name stays taken until it is gone.
    let fields = [("name", "Lin"), ("role", "user")];
    let page = admin.fill("/system/users/new", "/system/users/new", &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    assert!(texts(&page, ".problem").concat().contains("a deleted account Lin left"), "{}", page.text);
    assert_eq!(app.api(Method::DELETE, "/datasources/of-lin", None).await.status, StatusCode::NO_CONTENT);
    let page = admin.fill("/system/users/new", "/system/users/new", &fields).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    app.app.stop().await;
}

#[tokio::test]
async fn hostile_names_are_only_text() {
    let app = TestApp::start().await;
    let mut admin = Browser::new(&app);
    admin.activate().await;
    let long = "x".repeat(10_000);
    for text in HOSTILE.into_iter().chain([long.as_str()]) {
        let fields = [("name", text), ("role", text), ("old", text), ("password", text), ("again", text)];
        for action in ["/system/users/new", PASSWORD] {
            let reply = admin.fill("/account", action, &fields).await;
            is_clean(&reply);
            assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
    }
    // A browser may call itself anything.
    let token = csrf(&admin.get("/login").await);
    let body = serde_urlencoded::to_string([
        ("csrf", token.as_str()),
        ("account", "admin"),
        ("password", "Secret.2026"),
    ]);
    let request =
        app.request(reqwest::Method::POST, "/login").header("user-agent", HOSTILE[0]).body(body.unwrap());
    location(&admin.send(request).await);
    let page = admin.get("/account").await;
    is_clean(&page);
    assert!(page.text.contains("alert(1)"));
    app.app.stop().await;
}
