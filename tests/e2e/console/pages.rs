//! Every page: no finding of the accessibility checker in either language and width, and pictures of
//! all of them for `make screenshots`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::browser::{Browser, NARROW, Person, WIDE};
use super::procedure::log_in;
use crate::product::{Product, ProjectFile};
use crate::servers::{rocketmq, story};
use crate::source::Source;
use crate::workload::create_ledger;

/// A service with projects in several states and something to see in each.
struct Scene {
    product: Product,
    running: String,
    failed: String,
    draft: String,
}

async fn project_id(product: &Product, name: &str) -> Result<String> {
    let shown = product.must(&["project", "show", name, "--json"]).await?;
    let shown: serde_json::Value = serde_json::from_str(&shown)?;
    Ok(shown["id"].as_str().context("no id")?.to_owned())
}

async fn scene(browser_lang: &str) -> Result<Scene> {
    let (source, mq) = (Source::oceanbase().await?, rocketmq().await?);
    let product = Product::start().await?;
    let name = format!("pages{}", browser_lang.replace('-', "").to_lowercase());
    let table = format!("ledgers.{name}");
    create_ledger(source, &table).await?;
    mq.create_topic(&name, 4, 6).await?;
    let file = ProjectFile::new(source, mq, "订单中心变更同步", &table, &name);
    product.apply(&file.with("tags = [\"核心\", \"交易\"]").text()).await?;
    product.project("start", "订单中心变更同步").await?;
    product.wait_streaming("订单中心变更同步").await?;
    for id in 1..=20 {
        source.sql(&format!("INSERT INTO {table} VALUES ({id}, 1, '第 {id} 行')")).await?;
    }
    source.sql(&format!("UPDATE {table} SET version = 2, text = '已修改' WHERE id <= 3")).await?;
    mq.wait_for_count(&name, 23, Duration::from_secs(30)).await?;

    // One whose topic is not there, and one that waits.
    let lost = ProjectFile::new(source, mq, "结算明细至数仓", &table, "settle_detail");
    product.apply(&lost.text()).await?;
    let waiting = ProjectFile::new(source, mq, "会员积分", &table, &name);
    product.apply(&waiting.text()).await?;
    Ok(Scene {
        running: project_id(&product, "订单中心变更同步").await?,
        failed: project_id(&product, "结算明细至数仓").await?,
        draft: String::new(),
        product,
    })
}

/// Makes a draft through the pages; gives its address.
async fn draft(browser: &Browser, running: &str) -> Result<String> {
    browser.go(&format!("/projects/{running}")).await?;
    browser.click(".head button[formaction$='/clone']").await?;
    browser.arrive("/ends").await?;
    browser.fill("#f-name", "库存流水").await?;
    browser.click("button[value=next]").await?;
    browser.arrive("/objects").await?;
    browser.click("button[value=next]").await?;
    browser.arrive("/options").await?;
    browser.click("button[value=next]").await?;
    browser.arrive("/precheck").await?;
    browser.find("button[value=start]:not([disabled])").await?;
    let path = browser.path().await?;
    Ok(path.trim_end_matches("/precheck").to_owned())
}

/// Name of the picture and address.
fn pages(scene: &Scene) -> Vec<(&'static str, String)> {
    let project = |tab: &str| format!("/projects/{}{tab}", scene.running);
    let draft = |step: &str| format!("{}{step}", scene.draft);
    vec![
        ("overview", "/overview".to_owned()),
        ("projects", "/projects".to_owned()),
        ("projects-none-found", "/projects?q=nothing-like-this".to_owned()),
        ("project-overview", project("")),
        ("project-objects", project("/objects")),
        ("project-options", project("/options")),
        ("project-messages", project("/messages")),
        ("project-log", project("/log")),
        ("project-operations", project("/operations")),
        ("project-waiting", format!("/projects/{}", scene.failed)),
        ("wizard-new", "/projects/new".to_owned()),
        ("wizard-ends", draft("/ends")),
        ("wizard-objects", draft("/objects?db=ledgers")),
        ("wizard-options", draft("/options")),
        ("wizard-precheck", draft("/precheck")),
        ("wizard-import", draft("/import")),
        ("datasources", "/datasources".to_owned()),
        ("datasource-oceanbase", "/datasources/new?kind=oceanbase-ce".to_owned()),
        ("datasource-mysql", "/datasources/new?kind=mysql".to_owned()),
        ("datasource-rocketmq", "/datasources/new?kind=rocketmq".to_owned()),
        ("datasource-edit", "/datasources/source/edit".to_owned()),
        ("tags", "/tags".to_owned()),
        ("operations", "/operations".to_owned()),
        ("system", "/system".to_owned()),
        ("users", "/system/users".to_owned()),
        ("account", "/account".to_owned()),
        ("help", "/help".to_owned()),
        ("not-found", "/nowhere".to_owned()),
    ]
}

/// Where pictures go, when they are wanted.
fn pictures() -> Option<PathBuf> {
    std::env::var_os("TIDEWIRE_SCREENSHOTS").map(PathBuf::from)
}

async fn visit(lang: &'static str) -> Result<()> {
    // GIVEN a service with something to see
    let mut scene = scene(lang).await?;
    let first = Browser::open(&scene.product.url(), Person { lang, script: true, width: WIDE }).await?;
    log_in(&first, &scene.product).await?;
    scene.draft = draft(&first, &scene.running).await?;
    first.close().await?;
    let mut wrong = Vec::new();
    for width in [WIDE, NARROW] {
        let browser = Browser::open(&scene.product.url(), Person { lang, script: true, width }).await?;
        look(&browser, &mut wrong, "login", "/login", lang, width).await?;
        super::procedure::log_in_again(&browser).await?;
        for (name, path) in pages(&scene) {
            look(&browser, &mut wrong, name, &path, lang, width).await?;
        }
        browser.close().await?;
    }
    // THEN nothing stands in anybody's way
    wrong.sort();
    wrong.dedup();
    ensure!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

async fn look(
    browser: &Browser,
    wrong: &mut Vec<String>,
    name: &str,
    path: &str,
    lang: &str,
    width: u32,
) -> Result<()> {
    browser.go(path).await?;
    browser.find("h1").await.with_context(|| name.to_owned())?;
    let found = browser.violations().await?;
    wrong.extend(found.into_iter().map(|one| format!("{name} {width}: {one}")));
    if browser.is_wider_than_its_window().await? {
        wrong.push(format!("{name} {width}: the page is wider than the window"));
    }
    if let Some(folder) = pictures() {
        save(&folder, &format!("{name}-{lang}-{width}"), &browser.picture(width).await?)?;
    }
    Ok(())
}

fn save(folder: &Path, name: &str, picture: &[u8]) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    Ok(std::fs::write(folder.join(format!("{name}.png")), picture)?)
}

#[test]
fn every_page_is_accessible_in_chinese() {
    story(visit("zh-CN"));
}

#[test]
fn every_page_is_accessible_in_english() {
    story(visit("en"));
}
