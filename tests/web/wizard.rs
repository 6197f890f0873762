//! The wizard without scripts: from the first field to a running project.

use reqwest::StatusCode;
use serde_json::json;

use crate::browser::{Browser, csrf, location, texts};
use crate::support::{Reply, TestApp};

/// Sends a step's form with its token and version.
pub(crate) async fn submit(browser: &mut Browser<'_>, path: &str, fields: &[(&str, &str)]) -> Reply {
    let page = browser.get(path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
    let (token, version) = (csrf(&page), version(&page));
    let mut all = vec![("csrf", token.as_str()), ("version", version.as_str())];
    all.extend_from_slice(fields);
    let action = path.split('?').next().unwrap();
    browser.post(action, &all).await
}

pub(crate) fn version(page: &Reply) -> String {
    let parsed = scraper::Html::parse_document(&page.text);
    let selector = scraper::Selector::parse("input[name=version]").unwrap();
    parsed.select(&selector).next().map_or("1", |input| input.value().attr("value").unwrap()).to_owned()
}

/// A draft whose first step is done; gives its address.
pub(crate) async fn begun(browser: &mut Browser<'_>, name: &str) -> String {
    let fields = [("name", name), ("source", "ob"), ("target", "mq"), ("do", "next")];
    let next = location(&submit(browser, "/projects/new", &fields).await);
    next.strip_suffix("/objects").unwrap().to_owned()
}

const KINDS: [(&str, &str); 3] = [("dml", "insert"), ("dml", "update"), ("dml", "delete")];

pub(crate) fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    KINDS.iter().chain(more).copied().collect()
}

/// Picks `shop.orders` for the topic `orders`.
pub(crate) async fn mapped(browser: &mut Browser<'_>, draft: &str) {
    let objects = format!("{draft}/objects?db=shop");
    let page = submit(browser, &objects, &with(&[("pick", "shop.orders"), ("do", "map")])).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let (token, version) = (csrf(&page), version(&page));
    let fields = [
        ("csrf", token.as_str()),
        ("version", &version),
        ("pick", "shop.orders"),
        ("topic", "orders"),
        ("do", "assign"),
    ];
    let place = location(&browser.post(&format!("{draft}/topic"), &fields).await);
    assert!(place.starts_with(&format!("{draft}/objects")), "{place}");
}

pub(crate) const OPTIONS: [(&str, &str); 6] = [
    ("start", "now"),
    ("format", "canal"),
    ("producer_group", "OMS"),
    ("message_tag", "default"),
    ("batch", "on"),
    ("split_key_change", "on"),
];

#[tokio::test]
async fn four_steps_lead_to_a_running_project() {
    let app = TestApp::start().await.with_datasources().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let draft = begun(&mut browser, "订单同步").await;

    // The left tree has the database's tables; what can't be chosen says why.
    let page = browser.get(&format!("{draft}/objects?db=shop")).await;
    assert_eq!(texts(&page, "[aria-current=step] span:last-child"), ["Type and objects"]);
    assert!(page.text.contains("shop.orders") && page.text.contains("not a physical table"), "{}", page.text);
    mapped(&mut browser, &draft).await;
    let page = browser.get(&format!("{draft}/objects")).await;
    assert_eq!(texts(&page, ".trees section:last-child code"), ["orders"]);
    assert!(texts(&page, ".leaf.row .quiet").contains(&"key id".to_owned()), "{}", page.text);

    // Settings of the table: a wrong filter says where, a right one is kept.
    let table = format!("{draft}/tables/shop.orders");
    let page = submit(&mut browser, &table, &[("where", "user_id >"), ("do", "save")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(texts(&page, ".problem")[0].contains("at character"), "{:?}", texts(&page, ".problem"));
    let page = submit(&mut browser, &table, &[("where", "user_id > 5"), ("do", "check")]).await;
    assert_eq!(texts(&page, "p.good"), ["The filter is valid for this table."]);
    let fields = [("shard", "user_id"), ("columns", "id"), ("columns", "user_id"), ("where", "user_id > 5")];
    location(&submit(&mut browser, &table, &fields).await);
    let next = submit(&mut browser, &format!("{draft}/objects"), &with(&[("do", "next")])).await;
    assert_eq!(location(&next), format!("{draft}/options"));

    // The sample shows the chosen format.
    let page = browser.get(&format!("{draft}/options")).await;
    assert!(texts(&page, ".json")[0].contains("\"prevStruct\":{\"id\":1"), "{}", page.text);
    let mut fields = OPTIONS.to_vec();
    fields.push(("do", "preview"));
    let page = submit(&mut browser, &format!("{draft}/options"), &fields).await;
    assert!(texts(&page, ".json")[0].contains("\"mysqlType\""), "{}", page.text);
    let next = submit(&mut browser, &format!("{draft}/options"), &OPTIONS).await;
    assert_eq!(location(&next), format!("{draft}/precheck"));

    // The items finish, and the project starts; asked again, nothing else happens.
    let page = finished(&mut browser, &draft).await;
    assert!(texts(&page, ".items .state").iter().all(|word| word == "Passed"), "{}", page.text);
    let first = location(&submit(&mut browser, &format!("{draft}/precheck"), &[("do", "start")]).await);
    let again = location(
        &browser.post(&format!("{draft}/precheck"), &[("csrf", &csrf(&page)), ("do", "start")]).await,
    );
    assert_eq!(first, again);
    app.until("订单同步", "/state", &json!("running")).await;
    let saved = app.get("/projects/订单同步").await.json;
    assert_eq!(saved["format"], "canal");
    assert_eq!(saved["table"][0]["where"], "user_id > 5");
    assert_eq!(saved["table"][0]["shard_columns"], json!(["user_id"]));
    assert!(saved["table"][0].get("columns").is_none(), "all columns were ticked: {saved}");
    app.app.stop().await;
}

pub(crate) async fn finished(browser: &mut Browser<'_>, draft: &str) -> Reply {
    for _ in 0..200 {
        let page = browser.get(&format!("{draft}/precheck")).await;
        if !page.text.contains("Checking") {
            return page;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("the precheck never finished");
}

#[tokio::test]
async fn each_step_names_what_is_wrong_and_keeps_what_was_typed() {
    let app = TestApp::start().await.with_datasources().await.with_project("taken").await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let hostile = "<script>alert('x')</script>\"'😀";
    for (name, wrong) in
        [("", "f-name"), ("taken", "f-name"), (hostile, "f-name"), (&"长".repeat(65), "f-name")]
    {
        let page =
            submit(&mut browser, "/projects/new", &[("name", name), ("source", "ob"), ("target", "mq")])
                .await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(page.text.contains(&format!("href=\"#{wrong}\"")), "{}", page.text);
        assert!(!page.text.contains("<script>"), "not escaped");
    }
    let page =
        submit(&mut browser, "/projects/new", &[("name", "新项目"), ("source", "mq"), ("target", "")]).await;
    assert_eq!(texts(&page, ".problem").len(), 2, "{}", page.text);
    assert!(page.text.contains("value=\"新项目\""));

    let draft = begun(&mut browser, "新项目").await;
    let objects = format!("{draft}/objects");
    let page = submit(&mut browser, &objects, &with(&[("do", "next")])).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "no table");
    let page = submit(&mut browser, &objects, &[("do", "next")]).await;
    assert!(page.text.contains("href=\"#f-dml\""), "{}", page.text);
    let page = submit(&mut browser, &objects, &with(&[("do", "map")])).await;
    assert!(page.text.contains("Tick at least one table"), "{}", page.text);
    let page = submit(&mut browser, &objects, &with(&[("pick", "shop.orders"), ("do", "map")])).await;
    let fields = [
        ("csrf", csrf(&page)),
        ("version", version(&page)),
        ("pick", "shop.orders".to_owned()),
        ("topic", hostile.to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = browser.post(&format!("{draft}/topic"), &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("is not in RocketMQ") && !page.text.contains("<script>"), "{}", page.text);

    mapped(&mut browser, &draft).await;
    for (field, value) in [
        ("format", "avro"),
        ("producer_group", "组"),
        ("producer_group", ""),
        ("message_tag", hostile),
        ("start_at", "yesterday"),
        ("start_at", "4102444800"),
    ] {
        let mut fields: Vec<(&str, &str)> = OPTIONS.into_iter().filter(|(name, _)| *name != field).collect();
        if field == "start_at" {
            fields.retain(|(name, _)| *name != "start");
            fields.push(("start", "at"));
        }
        fields.push((field, value));
        let page = submit(&mut browser, &format!("{draft}/options"), &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} = {value}");
        assert!(!page.text.contains("<script>"), "not escaped");
    }
    app.app.stop().await;
}

#[tokio::test]
async fn two_windows_do_not_overwrite_each_other_and_forms_need_their_token() {
    let app = TestApp::start().await.with_datasources().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let draft = begun(&mut browser, "两个窗口").await;
    let page = browser.get(&format!("{draft}/ends")).await;
    let (token, old) = (csrf(&page), version(&page));
    let fields =
        [("csrf", token.as_str()), ("version", &old), ("name", "第一"), ("source", "ob"), ("target", "mq")];
    location(&browser.post(&format!("{draft}/ends"), &fields).await);
    let fields =
        [("csrf", token.as_str()), ("version", &old), ("name", "第二"), ("source", "ob"), ("target", "mq")];
    let page = browser.post(&format!("{draft}/ends"), &fields).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert!(browser.get(&format!("{draft}/ends")).await.text.contains("第一"));
    let page = browser.post(&format!("{draft}/ends"), &[("csrf", "wrong"), ("name", "x")]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.get("/drafts/d_unknown/ends").await.status, StatusCode::NOT_FOUND);
    let mut stranger = Browser::new(&app);
    assert_eq!(location(&stranger.get(&format!("{draft}/objects")).await), "/login");
    app.app.stop().await;
}

#[tokio::test]
async fn a_search_finds_tables_in_databases_that_are_not_open() {
    let app = TestApp::start().await.with_datasources().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let draft = begun(&mut browser, "找表").await;
    // The one database with such tables opens by itself; the other one is not shown.
    let page = browser.get(&format!("{draft}/objects?q=order")).await;
    assert_eq!(texts(&page, "button.branch strong"), ["shop"]);
    assert_eq!(texts(&page, "li li .leaf .text"), ["orders", "orders_view"]);
    // Another one that is open stays, with the number of hits beside the one that has them.
    let page = browser.get(&format!("{draft}/objects?q=order&db=stock")).await;
    assert_eq!(texts(&page, "button.branch strong"), ["shop", "stock"]);
    assert!(texts(&page, "button.branch .quiet")[0].contains("2 tables"), "{}", page.text);
    // What is nowhere is said.
    let page = browser.get(&format!("{draft}/objects?q=nowhere")).await;
    assert!(page.text.contains("No table here fits."), "{}", page.text);
    app.app.stop().await;
}

#[tokio::test]
async fn ten_thousand_tables_are_paged_and_searched() {
    let app = TestApp::start().await.with_datasources().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let draft = begun(&mut browser, "万表").await;
    let leaves = |page: &Reply| texts(page, "li li .leaf .text");
    for (query, first, last) in [
        ("", "item_0000", "item_0099"),
        ("&page=2", "item_0100", "item_0199"),
        ("&page=100", "item_9900", "item_9999"),
        ("&page=101", "item_9900", "item_9999"),
        ("&q=item_77", "item_7700", "item_7799"),
        ("&q=M_4242", "item_4242", "item_4242"),
    ] {
        let page = browser.get(&format!("{draft}/objects?db=stock{query}")).await;
        let shown = leaves(&page);
        assert_eq!(
            (shown.first().unwrap().as_str(), shown.last().unwrap().as_str()),
            (first, last),
            "{query}"
        );
        assert!(page.text.len() < 100_000, "{} bytes", page.text.len());
    }
    app.app.stop().await;
}

#[tokio::test]
async fn objects_travel_as_csv() {
    let app = TestApp::start().await.with_datasources().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let draft = begun(&mut browser, "导入").await;
    mapped(&mut browser, &draft).await;
    let import = format!("{draft}/import");
    let list = browser.get(&format!("{draft}/objects.csv")).await;
    assert!(list.text.contains("shop,orders,orders"), "{}", list.text);
    let wrong = "shop,orders,nowhere,,,,\nshop,users,users,,,missing,\nshop,missing,users,,,,\n";
    let page = submit(&mut browser, &import, &[("text", wrong), ("do", "take")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let problems = texts(&page, ".notice.bad li");
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(problems[0].starts_with("line 1") && problems[0].contains("nowhere"), "{problems:?}");
    let right = "shop,orders,orders,,,user_id,\"user_id IN (1, 2)\"\nshop,users,users,id;user_id,,,\n";
    let page = submit(&mut browser, &import, &[("text", right), ("do", "check")]).await;
    assert_eq!(texts(&page, ".notice.good"), ["Valid: 2 tables."]);
    location(&submit(&mut browser, &import, &[("text", right), ("do", "take")]).await);
    let page = browser.get(&format!("{draft}/objects")).await;
    assert!(texts(&page, ".card-head .quiet").contains(&"2 topics · 2 tables".to_owned()), "{}", page.text);

    // Removing one, then all after a question.
    location(&submit(&mut browser, &format!("{draft}/objects"), &with(&[("remove", "shop.users")])).await);
    let page = submit(&mut browser, &format!("{draft}/objects"), &with(&[("do", "clear")])).await;
    assert_eq!(texts(&page, ".ask h2"), ["Remove 1 table from this project?"]);
    location(&submit(&mut browser, &format!("{draft}/objects"), &with(&[("do", "clear-all")])).await);
    assert!(browser.get(&format!("{draft}/objects")).await.text.contains("Nothing chosen yet"));
    app.app.stop().await;
}

#[tokio::test]
async fn a_project_is_changed_and_cloned_with_the_same_steps() {
    let app = TestApp::start().await.with_datasources().await.with_project("orders").await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let id = app.get("/projects/orders").await.json["id"].as_str().unwrap().to_owned();
    let token = csrf(&browser.get(&format!("/projects/{id}")).await);
    let edit = |step: &'static str| [("csrf", token.clone()), ("step", step.to_owned())];
    let fields = edit("objects");
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let first = location(&browser.post(&format!("/projects/{id}/edit"), &fields).await);
    let second = location(&browser.post(&format!("/projects/{id}/edit"), &fields).await);
    let (first, second) = (first.strip_suffix("/objects").unwrap(), second.strip_suffix("/objects").unwrap());

    // The first change is saved and recorded, the second is told.
    let list = "shop,orders,orders,,,,\nshop,users,users,,,,\n";
    for draft in [first, second] {
        location(&submit(&mut browser, &format!("{draft}/import"), &[("text", list), ("do", "take")]).await);
        location(&submit(&mut browser, &format!("{draft}/options"), &OPTIONS).await);
    }
    finished(&mut browser, first).await;
    let saved = location(&submit(&mut browser, &format!("{first}/precheck"), &[("do", "save")]).await);
    assert_eq!(saved, format!("/projects/{id}"));
    assert_eq!(app.get("/projects/orders").await.json["table"].as_array().unwrap().len(), 2);
    assert!(browser.get(&format!("{saved}/objects")).await.text.contains("+shop.users"));
    let page = submit(&mut browser, &format!("{second}/precheck"), &[("do", "save")]).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.text);

    let clone = location(&browser.post(&format!("/projects/{id}/clone"), &fields).await);
    let page = browser.get(&clone).await;
    assert_eq!(texts(&page, "h1"), ["New project"]);
    let draft = clone.strip_suffix("/ends").unwrap();
    assert!(browser.get(&format!("{draft}/objects")).await.text.contains("2 topics · 2 tables"));
    app.app.stop().await;
}

#[tokio::test]
async fn a_draft_takes_a_form_twice_and_no_change_once_it_is_a_project() {
    let app = TestApp::start().await.with_datasources().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let draft = begun(&mut browser, "双击").await;
    mapped(&mut browser, &draft).await;
    // A double click sends the same step twice.
    let ends = format!("{draft}/ends");
    let page = browser.get(&ends).await;
    let (token, old) = (csrf(&page), version(&page));
    let named = |name: &'static str| {
        [("csrf", token.as_str()), ("version", &old), ("name", name), ("source", "ob"), ("target", "mq")]
    };
    for _ in 0..2 {
        assert_eq!(location(&browser.post(&ends, &named("双击二")).await), format!("{draft}/objects"));
    }
    assert_eq!(browser.post(&ends, &named("双击三")).await.status, StatusCode::CONFLICT);

    location(&submit(&mut browser, &format!("{draft}/options"), &OPTIONS).await);
    finished(&mut browser, &draft).await;
    let project = location(&submit(&mut browser, &format!("{draft}/precheck"), &[("do", "save")]).await);
    // Back in the history, a change would be lost without a word.
    let fields = [("name", "双击四"), ("source", "ob"), ("target", "mq")];
    let page = submit(&mut browser, &ends, &fields).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert!(texts(&page, "[role=alert]")[0].contains("became a project"), "{}", page.text);
    let again = location(&submit(&mut browser, &format!("{draft}/precheck"), &[("do", "save")]).await);
    assert_eq!(again, project);
    app.app.stop().await;
}
