//! The list of projects: what it shows, how it is narrowed, and that every link
//! keeps the choice.

use std::fmt::Write as _;

use reqwest::StatusCode;
use serde_json::json;

use crate::browser::{Browser, csrf, location, texts};
use crate::support::{Reply, TestApp, project};

fn hrefs(reply: &Reply, selector: &str) -> Vec<String> {
    let page = scraper::Html::parse_document(&reply.text);
    let selector = scraper::Selector::parse(selector).unwrap();
    page.select(&selector).filter_map(|one| one.value().attr("href").map(str::to_owned)).collect()
}

async fn id_of(app: &TestApp, name: &str) -> String {
    app.get(&format!("/projects/{name}")).await.json["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_empty_list_says_what_to_do_first() {
    let app = TestApp::start().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let page = browser.get("/projects").await;
    assert_eq!(texts(&page, ".empty h2"), ["No project yet"]);
    assert_eq!(hrefs(&page, ".empty .primary"), ["/projects/new"]);
    app.app.stop().await;
}

#[tokio::test]
async fn filters_narrow_the_list_and_stay_in_its_links() {
    let app = TestApp::start().await.with_datasources().await;
    for number in 0..25 {
        let mut body = project(&format!("同步{number:02}"));
        if number < 23 {
            body["tags"] = json!(["核心"]);
        }
        assert_eq!(app.post("/projects", body).await.status, StatusCode::CREATED);
    }
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let page = browser.get("/projects?sort=name").await;
    let names = texts(&page, "tbody .name > a");
    assert_eq!((names.len(), names[0].as_str()), (20, "同步00"));
    assert_eq!(texts(&page, ".head > .quiet")[0], "25 projects");
    let page = browser.get("/projects?tag=%E6%A0%B8%E5%BF%83&sort=name&state=init&source=ob&target=mq").await;
    assert!(texts(&page, ".pages .quiet")[0].contains("23"), "{}", page.text);
    let next = hrefs(&page, ".pages a[rel=next]");
    let page = browser.get(&next[0]).await;
    assert_eq!(texts(&page, "tbody .name > a"), ["同步20", "同步21", "同步22"]);
    assert!(
        hrefs(&page, ".pages a[rel=prev]")[0]
            .contains("tag=%E6%A0%B8%E5%BF%83&source=ob&target=mq&sort=name")
    );
    assert!(page.text.contains("name=\"back\" value=\"/projects?state=init"), "commands come back here");
    let tags = browser.get(&hrefs(&page, ".filter a.manage")[0]).await;
    assert!(hrefs(&tags, "main a")[0].starts_with("/projects?state=init&tag="), "tags, too: {}", tags.text);
    let page = browser.get("/projects?page=99").await;
    assert_eq!(texts(&page, "tbody .name > a").len(), 5, "the last page");
    let page = browser.get("/projects?q=%E6%AD%A507").await;
    assert_eq!(texts(&page, "tbody .name > a"), ["同步07"]);
    let id = id_of(&app, "同步07").await;
    assert_eq!(texts(&browser.get(&format!("/projects?q={id}")).await, "tbody .name > a"), ["同步07"]);
    let page = browser.get("/projects?q=nothing&state=wrong&sort=wrong&page=x").await;
    assert_eq!(texts(&page, ".empty"), ["No project matches."]);
    let hostile = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    let page = browser.get(&format!("/projects?q={hostile}&tag={hostile}&sort={hostile}")).await;
    assert!(page.status == StatusCode::OK && !page.text.contains("<script>"), "{}", page.text);
    app.app.stop().await;
}

#[tokio::test]
async fn a_row_acts_and_comes_back_to_its_list() {
    let app = TestApp::start().await.with_datasources().await.with_project("订单").await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let id = id_of(&app, "订单").await;
    let page = browser.get("/projects?q=%E8%AE%A2").await;
    assert_eq!(texts(&page, ".act > button"), ["Start"]);
    assert_eq!(texts(&page, ".act .item"), ["Clone", "Rename", "Edit tags", "Export project file", "Delete"]);
    let token = csrf(&page);
    let back = "/projects?q=%E8%AE%A2";
    let start = format!("/projects/{id}/start");
    let reply = browser.post(&start, &[("csrf", &token), ("back", back)]).await;
    assert_eq!(location(&reply), back);
    app.until("订单", "/phase", &json!("streaming")).await;
    let page = browser.get("/projects").await;
    assert_eq!(texts(&page, ".act > button"), ["Pause"]);
    // Asked twice, it runs; what it can't do is told with its state.
    let reply = browser.post(&start, &[("csrf", &token), ("back", back)]).await;
    assert_eq!(location(&reply), back);
    let reply = browser.post(&format!("/projects/{id}/release"), &[("csrf", &token), ("back", back)]).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert!(reply.text.contains("the project is running: it can&#39;t be released"), "{}", reply.text);
    let reply =
        browser.post(&format!("/projects/{id}/pause"), &[("csrf", &token), ("back", "//evil.example")]).await;
    assert_eq!(location(&reply), "/overview");
    app.app.stop().await;
}

#[tokio::test]
async fn notices_name_what_needs_attention() {
    let app = TestApp::start()
        .await
        .with_datasources()
        .await
        .with_project("breaks")
        .await
        .with_project("lags")
        .await;
    app.post("/projects/breaks/start", json!({})).await;
    app.post("/projects/lags/start", json!({})).await;
    app.until("breaks", "/state", &json!("failed")).await;
    app.until("lags", "/phase", &json!("streaming")).await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let page = browser.get("/projects").await;
    let notices = texts(&page, ".notice .says");
    assert!(notices[0].contains("breaks: ") && notices[0].contains("check space and rights"), "{notices:?}");
    assert!(notices[1].contains("lags is 2 h"), "{notices:?}");
    assert_eq!(hrefs(&page, ".notice.bad a"), [format!("/projects/{}", id_of(&app, "breaks").await)]);
    let page = browser.get("/projects?sort=lag").await;
    assert_eq!(texts(&page, "tbody .name > a"), ["lags", "breaks"]);
    app.app.stop().await;
}

#[tokio::test]
async fn unfinished_drafts_are_a_quiet_line() {
    let app = TestApp::start().await.with_datasources().await.with_project("a").await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let id = id_of(&app, "a").await;
    let token = csrf(&browser.get("/projects").await);
    let draft = location(&browser.post(&format!("/projects/{id}/clone"), &[("csrf", &token)]).await);
    let page = browser.get("/projects").await;
    assert_eq!(hrefs(&page, ".draft a"), [draft.as_str()]);
    let discard = draft.replace("/ends", "/delete");
    assert!(page.text.contains(&format!("formaction=\"{discard}\"")));
    assert_eq!(location(&browser.post(&discard, &[("csrf", &token)]).await), "/projects");
    assert!(hrefs(&browser.get("/projects").await, ".draft a").is_empty());
    app.app.stop().await;
}

#[tokio::test]
async fn tags_are_edited_in_any_state() {
    let app = TestApp::start().await.with_datasources().await.with_project("订单").await;
    app.post("/projects/订单/start", json!({})).await;
    app.post("/tags", json!({"name": "核心"})).await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let id = id_of(&app, "订单").await;
    let path = format!("/projects/{id}/tags");
    let page = browser.get(&path).await;
    assert_eq!(texts(&page, ".tick"), ["核心"]);
    assert!(hrefs(&page, ".hint a")[0].starts_with("/tags?back=%2Fprojects%2Fnp_"));
    let token = csrf(&page);
    assert_eq!(browser.post(&path, &[("csrf", "wrong")]).await.status, StatusCode::FORBIDDEN);
    for wrong in ["two words", &"长".repeat(21)] {
        let fields = [("csrf", token.as_str()), ("tag", "核心"), ("new", wrong)];
        let reply = browser.post(&path, &fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(texts(&reply, ".problem").len(), 1);
        assert!(reply.text.contains(&format!("value=\"{wrong}\"")), "what was typed stays");
    }
    let hostile = "<b>\"x'";
    let fields = [("csrf", token.as_str()), ("tag", "核心"), ("new", hostile)];
    assert_eq!(location(&browser.post(&path, &fields).await), format!("/projects/{id}"));
    let page = browser.get("/projects").await;
    assert_eq!(texts(&page, ".name .tag"), [hostile, "核心"]);
    assert!(!page.text.contains("<b>"));
    let five =
        [("csrf", token.as_str()), ("tag", "1"), ("tag", "2"), ("tag", "3"), ("tag", "4"), ("tag", "5")];
    assert_eq!(browser.post(&path, &five).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(browser.get("/projects/np_unknown/tags").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get("/projects/订单/status").await.json["state"], "running");
    app.app.stop().await;
}

#[tokio::test]
async fn a_project_is_renamed_while_it_runs() {
    let app =
        TestApp::start().await.with_datasources().await.with_project("订单").await.with_project("b").await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    app.post("/projects/订单/start", json!({})).await;
    let id = id_of(&app, "订单").await;
    let address = format!("/projects/{id}/rename");
    assert!(browser.get(&format!("/projects/{id}")).await.text.contains(&format!("href=\"{address}\"")));
    for (name, says) in [("b", "b"), ("a b", ""), ("", ""), (&"单".repeat(65), "64")] {
        let page = browser.fill(&address, &address, &[("name", name)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(texts(&page, ".problem").concat().contains(says), "{name}: {}", page.text);
    }
    let page = browser.get(&address).await;
    let seen = scraper::Html::parse_document(&page.text)
        .select(&scraper::Selector::parse("input[name=seen]").unwrap())
        .find_map(|one| one.value().attr("value").map(str::to_owned))
        .unwrap();
    let fields = [("seen", seen.as_str()), ("name", " 订单2 ")];
    for _ in 0..2 {
        assert_eq!(location(&browser.fill(&address, &address, &fields).await), format!("/projects/{id}"));
    }
    let page = browser.get(&format!("/projects/{id}/operations")).await;
    assert_eq!(page.text.matches("订单 → 订单2").count(), 1, "{}", page.text);
    assert_eq!(app.get("/projects/订单2/status").await.json["state"], "running");
    // Somebody else who still sees the old name is told.
    let page = browser.fill(&address, &address, &[("seen", &seen), ("name", "别名")]).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.text);
    // A released one keeps its name.
    app.post("/projects/订单2/pause", json!({})).await;
    app.until("订单2", "/state", &json!("suspended")).await;
    app.post("/projects/订单2/release", json!({})).await;
    app.until("订单2", "/state", &json!("released")).await;
    let page = browser.fill(&address, &address, &[("name", "别名")]).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.text);
    assert!(!browser.get(&format!("/projects/{id}")).await.text.contains(&format!("href=\"{address}\"")));
    app.app.stop().await;
}

#[tokio::test]
async fn two_hundred_projects_stay_light() {
    let app = TestApp::start().await.with_datasources().await;
    let mut file = String::new();
    for number in 0..200 {
        let tag = number % 10;
        write!(
            file,
            "[[project]]\nname = \"project{number:03}\"\ntags = [\"a{tag}\", \"b\"]\nsource = \"ob\"\n\
             target = \"mq\"\n[[project.table]]\ntable = \"shop.orders\"\ntopic = \"orders\"\n"
        )
        .unwrap();
    }
    assert_eq!(app.apply(&file, false).await.status, StatusCode::OK);
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let page = browser.get("/projects").await;
    assert_eq!(texts(&page, "tbody tr .name > a").len(), 20);
    assert!(page.text.len() < 100_000, "{} bytes", page.text.len());
    app.app.stop().await;
}

#[tokio::test]
async fn people_see_only_what_they_made() {
    let app = TestApp::start().await.with_datasources().await.with_project("others").await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let password = app.account("li").await;
    let mut li = Browser::new(&app);
    li.activate_as("li", &password).await;
    let page = li.get("/projects").await;
    assert_eq!(texts(&page, ".empty h2"), ["No project yet"]);
    let id = id_of(&app, "others").await;
    for path in ["", "/tags", "/release", "/delete", "/export.toml"] {
        let reply = li.get(&format!("/projects/{id}{path}")).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
    }
    let token = csrf(&page);
    for command in ["start", "delete", "release", "tags", "clone"] {
        let reply = li.post(&format!("/projects/{id}/{command}"), &[("csrf", &token)]).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{command}");
    }
    let reply = li.get(&format!("/projects/batch?do=start&id={id}")).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    app.app.stop().await;
}
