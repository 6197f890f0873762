//! From the first login to a running project, step by step as the product's own page describes it.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tidewire_rig::RocketMq;

use super::browser::{Browser, NARROW, Person, WIDE};
use crate::product::Product;
use crate::servers::{rocketmq, story};
use crate::source::Source;

const PASSWORD: &str = "Console.2026";

/// The words that the procedure needs.
struct Words {
    projects: &'static str,
    new: &'static str,
    add_source: &'static str,
    add: &'static str,
    next: &'static str,
    confirm: &'static str,
    settings: &'static str,
    check_filter: &'static str,
    filter_fine: &'static str,
    precheck: &'static str,
    passed: &'static str,
    start: &'static str,
    running: &'static str,
}

const ZH: Words = Words {
    projects: "数据同步",
    new: "新建同步项目",
    add_source: "添加数据源",
    add: "添加",
    next: "下一步",
    confirm: "确定",
    settings: "设置",
    check_filter: "验证语法",
    filter_fine: "条件对该表有效。",
    precheck: "预检查",
    passed: "所需条件均已具备。",
    start: "启动任务",
    running: "运行中",
};

const EN: Words = Words {
    projects: "Synchronization",
    new: "New project",
    add_source: "Add data source",
    add: "Add",
    next: "Next",
    confirm: "Confirm",
    settings: "Settings",
    check_filter: "Check syntax",
    filter_fine: "The filter is valid for this table.",
    precheck: "Precheck",
    passed: "Everything that is needed is there.",
    start: "Start",
    running: "Running",
};

/// Logs in for the first time and chooses a password.
pub(super) async fn log_in(browser: &Browser, product: &Product) -> Result<()> {
    browser.go("/projects").await?;
    browser.arrive("/login").await?;
    browser.fill("#account", "admin").await?;
    browser.fill("#password", &product.first_password()?).await?;
    browser.click("button[type=submit].primary").await?;
    browser.find("#again").await?;
    browser.fill("#password", PASSWORD).await?;
    browser.fill("#again", PASSWORD).await?;
    browser.click("button[type=submit].primary").await?;
    browser.find("nav a[aria-current]").await?;
    Ok(())
}

/// Logs in with the password that was chosen.
pub(super) async fn log_in_again(browser: &Browser) -> Result<()> {
    browser.go("/login").await?;
    browser.fill("#account", "admin").await?;
    browser.fill("#password", PASSWORD).await?;
    browser.click("button[type=submit].primary").await?;
    browser.find("nav a[aria-current]").await?;
    Ok(())
}

/// Opens the form for a data source from the wizard; `scope` is where its fields then are.
async fn add_source(browser: &Browser, words: &Words, side: &str, script: bool) -> Result<&'static str> {
    browser.click(&format!("button[value=add-{side}]")).await.context(words.add_source)?;
    if script {
        browser.find("dialog[open]").await?;
        return Ok("dialog ");
    }
    browser.arrive("/datasources/new").await?;
    Ok("main ")
}

async fn procedure(source: Source, mq: &RocketMq, person: Person, name: &str) -> Result<()> {
    let words = if person.lang.starts_with("zh") { &ZH } else { &EN };
    let Source::OceanBase(ob) = source else { anyhow::bail!("the procedure is OceanBase's") };
    // GIVEN a fresh service, a table and a topic
    let product = Product::start().await?;
    source.sql("CREATE DATABASE IF NOT EXISTS consoles DEFAULT CHARSET utf8mb4").await?;
    source
        .sql(&format!("CREATE TABLE consoles.{name} (id INT PRIMARY KEY, user_id INT, status VARCHAR(20))"))
        .await?;
    mq.create_topic(name, 4, 6).await?;
    let browser = Browser::open(&product.url(), person).await?;

    // WHEN a person logs in and begins a project
    log_in(&browser, &product).await?;
    browser.press(words.projects).await?;
    browser.press(words.new).await?;
    browser.fill("#f-name", "控制台项目").await?;

    // And adds both data sources from there
    let at = add_source(&browser, words, "source", person.script).await?;
    browser.fill(&format!("{at}[name=name]"), "ob-shop").await?;
    browser.fill(&format!("{at}[name=address]"), &ob.addr()).await?;
    browser.fill(&format!("{at}[name=tenant]"), ob.tenant()).await?;
    browser.fill(&format!("{at}[name=user]"), "root").await?;
    browser.fill(&format!("{at}[name=password]"), "any").await?;
    browser.press(words.add).await?;
    browser.find("#f-source option[value=ob-shop]").await?;
    let at = add_source(&browser, words, "target", person.script).await?;
    browser.fill(&format!("{at}[name=name]"), "mq").await?;
    browser.fill(&format!("{at}[name=address]"), &mq.name_server()).await?;
    browser.press(words.add).await?;
    browser.find("#f-target option[value=mq]").await?;
    browser.choose("#f-source", "ob-shop").await?;
    browser.choose("#f-target", "mq").await?;
    let kept = browser.find("#f-name").await?.prop("value").await?.unwrap_or_default();
    ensure!(kept == "控制台项目", "the name was lost: {kept}");
    browser.press(words.next).await?;

    // And maps the table to the topic, with a filter
    browser.arrive("/objects").await?;
    browser.click("button.branch[value='consoles']").await?;
    browser.click(&format!("input[value='consoles.{name}']")).await?;
    browser.click("button[value=map]").await?;
    browser.fill("#f-topic", name).await?;
    browser.press(words.confirm).await?;
    browser.press(words.settings).await?;
    browser.fill("#f-where", "user_id > 0").await?;
    browser.press(words.check_filter).await?;
    browser.says(words.filter_fine).await?;
    browser.press(words.confirm).await?;
    browser.arrive("/objects").await?;
    browser.press(words.next).await?;

    // And takes the options as they are, checks and starts
    browser.arrive("/options").await?;
    if person.script {
        // A value chooses the way to start that it belongs to.
        browser.fill("input[name=start_epoch]", "1700000000").await?;
        browser.find("input[name=start][value=epoch]:checked").await?;
        browser.click("input[name=start][value=now]").await?;
    }
    browser.press(words.precheck).await?;
    browser.arrive("/precheck").await?;
    wait_passed(&browser, words, person.script).await?;
    browser.press(words.start).await?;
    browser.find(".state").await?;
    browser.says(words.running).await?;

    // THEN changes arrive
    product.wait_streaming("控制台项目").await?;
    source.sql(&format!("INSERT INTO consoles.{name} VALUES (1, 7, '已付款'), (2, -1, 'x')")).await?;
    let arrived = mq.wait_for_count(name, 1, Duration::from_secs(30)).await;
    arrived.with_context(|| product.log())?;
    let messages = mq.dump_topic(name).await?;
    ensure!(messages[0].text().contains("已付款"), "{}", messages[0].text());
    browser.close().await
}

/// Without scripts the page is asked again by its own button.
async fn wait_passed(browser: &Browser, words: &Words, script: bool) -> Result<()> {
    if script {
        return browser.says(words.passed).await;
    }
    for _ in 0..40 {
        if browser.page_text().await?.contains(words.passed) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
        let here = browser.path().await?;
        browser.go(&here).await?;
    }
    browser.says(words.passed).await
}

#[test]
fn from_login_to_messages_in_chinese_with_script_on_a_narrow_screen() {
    story(async {
        let person = Person { lang: "zh-CN", script: true, width: NARROW };
        procedure(Source::oceanbase().await?, rocketmq().await?, person, "console_zh").await
    });
}

#[test]
fn from_login_to_messages_in_english_without_script() {
    story(async {
        let person = Person { lang: "en", script: false, width: WIDE };
        procedure(Source::oceanbase().await?, rocketmq().await?, person, "console_en").await
    });
}

#[test]
fn from_login_to_messages_in_chinese_without_script_on_a_narrow_screen() {
    story(async {
        let person = Person { lang: "zh-CN", script: false, width: NARROW };
        procedure(Source::oceanbase().await?, rocketmq().await?, person, "console_bare").await
    });
}

#[test]
fn from_login_to_messages_in_english_with_script() {
    story(async {
        let person = Person { lang: "en", script: true, width: WIDE };
        procedure(Source::oceanbase().await?, rocketmq().await?, person, "console_full").await
    });
}
