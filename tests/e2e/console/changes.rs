//! Changing one's mind in the browser: a precheck that fails first, objects of a paused project, and a
//! source with two thousand tables.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::browser::{Browser, Person, WIDE};
use super::procedure::log_in;
use crate::product::{Product, ProjectFile};
use crate::servers::{rocketmq, story};
use crate::source::Source;

const PERSON: Person = Person { lang: "zh-CN", script: true, width: WIDE };

/// Begins a project from the saved data sources; ends on the objects of `database`.
async fn begin(browser: &Browser, name: &str, database: &str) -> Result<()> {
    browser.go("/projects/new").await?;
    browser.fill("#f-name", name).await?;
    browser.choose("#f-source", "source").await?;
    browser.choose("#f-target", "target").await?;
    browser.press("下一步").await?;
    browser.arrive("/objects").await?;
    browser.click(&format!("button.branch[value='{database}']")).await
}

/// Maps a table that is shown to a topic.
async fn map(browser: &Browser, table: &str, topic: &str) -> Result<()> {
    browser.click(&format!("input[value='{table}']")).await?;
    browser.click("button[value=map]").await?;
    browser.fill("#f-topic", topic).await?;
    browser.press("确定").await?;
    browser.find(&format!("button[name=remove][value='{table}']")).await?;
    Ok(())
}

/// The data sources, made without the console.
async fn with_sources(source: Source, name: &str, table: &str, topic: &str) -> Result<Product> {
    let product = Product::start().await?;
    product.apply(&ProjectFile::new(source, rocketmq().await?, name, table, topic).text()).await?;
    Ok(product)
}

#[test]
fn a_failing_precheck_is_mended_and_run_again() {
    story(async {
        // GIVEN a draft that shards by a column which is dropped meanwhile
        let (source, mq) = (Source::mysql().await?, rocketmq().await?);
        source.sql("CREATE DATABASE IF NOT EXISTS mends").await?;
        source.sql("CREATE TABLE mends.orders (id INT PRIMARY KEY, user_id INT)").await?;
        mq.create_topic("mends", 4, 6).await?;
        let product = with_sources(source, "另一个", "mends.orders", "mends").await?;
        let browser = Browser::open(&product.url(), PERSON).await?;
        log_in(&browser, &product).await?;
        begin(&browser, "先失败", "mends").await?;
        map(&browser, "mends.orders", "mends").await?;
        browser.press("设置").await?;
        browser.click("input[name=shard][value=user_id]").await?;
        browser.press("确定").await?;
        browser.arrive("/objects").await?;
        browser.press("下一步").await?;
        browser.arrive("/options").await?;
        source.sql("ALTER TABLE mends.orders DROP COLUMN user_id").await?;

        // WHEN the precheck runs THEN it fails, says why, and does not start
        browser.press("预检查").await?;
        browser.says("1 项失败").await?;
        browser.says("mends.orders.user_id").await?;
        browser.find("button[value=start][disabled]").await?;

        // AND passes once the column is back
        source.sql("ALTER TABLE mends.orders ADD COLUMN user_id INT").await?;
        browser.press("重新检查").await?;
        browser.says("所需条件均已具备。").await?;
        browser.press("启动任务").await?;
        browser.says("运行中").await?;
        product.wait_streaming("先失败").await?;
        browser.close().await
    });
}

#[test]
fn objects_of_a_paused_project_change() {
    story(async {
        // GIVEN a running project on one of two tables
        let (source, mq) = (Source::oceanbase().await?, rocketmq().await?);
        source.sql("CREATE DATABASE IF NOT EXISTS swaps DEFAULT CHARSET utf8mb4").await?;
        for table in ["first", "second"] {
            source.sql(&format!("CREATE TABLE swaps.{table} (id INT PRIMARY KEY, note VARCHAR(20))")).await?;
        }
        mq.create_topic("swaps", 1, 6).await?;
        let product = with_sources(source, "换表", "swaps.first", "swaps").await?;
        product.project("start", "换表").await?;
        source.sql("INSERT INTO swaps.first VALUES (1, '甲')").await?;
        source.sql("INSERT INTO swaps.second VALUES (1, '早')").await?;
        mq.wait_for_count("swaps", 1, Duration::from_secs(30)).await?;

        // WHEN it is paused, the other table added and this one removed, and it goes on
        let browser = Browser::open(&product.url(), PERSON).await?;
        log_in(&browser, &product).await?;
        browser.go("/projects").await?;
        browser.press("换表").await?;
        browser.press("暂停").await?;
        browser.says("已暂停").await?;
        let project = browser.path().await?;
        browser.go(&format!("{project}/objects")).await?;
        browser.click("button[name=step][value=objects]").await?;
        browser.arrive("/objects").await?;
        browser.click("button.branch[value='swaps']").await?;
        map(&browser, "swaps.second", "swaps").await?;
        browser.click("button[name=remove][value='swaps.first']").await?;
        browser.says("1 个 Topic · 1 张表").await?;
        browser.press("下一步").await?;
        browser.arrive("/options").await?;
        browser.press("预检查").await?;
        browser.says("所需条件均已具备。").await?;
        browser.press("启动任务").await?;
        browser.says("运行中").await?;

        // THEN the new table begins at the present position, and the old one is followed no more
        product.wait_streaming("换表").await?;
        source.sql("INSERT INTO swaps.first VALUES (2, '乙')").await?;
        source.sql("INSERT INTO swaps.second VALUES (2, '晚')").await?;
        let arrived = mq.wait_for_count("swaps", 2, Duration::from_secs(30)).await;
        arrived.with_context(|| product.log())?;
        let messages = mq.dump_topic("swaps").await?;
        let texts: Vec<String> = messages.iter().map(tidewire_rig::StoredMessage::text).collect();
        ensure!(texts[0].contains('甲') && texts[1].contains('晚'), "{texts:?}");
        browser.go(&format!("{project}/operations")).await?;
        browser.says("+swaps.second").await?;
        browser.close().await
    });
}

#[test]
fn two_thousand_tables_to_choose_from() {
    story(async {
        // GIVEN a database with two thousand tables
        let (source, mq) = (Source::mysql().await?, rocketmq().await?);
        source.sql("CREATE DATABASE IF NOT EXISTS many").await?;
        let mut session = source.connect().await?;
        for number in 0..2000 {
            let create = format!("CREATE TABLE many.t{number:04} (id INT PRIMARY KEY) ENGINE=MEMORY");
            tidewire_rig::sql::run(&mut session, &[&create]).await?;
        }
        mq.create_topic("many", 1, 6).await?;
        let product = with_sources(source, "其他", "many.t0000", "many").await?;
        let browser = Browser::open(&product.url(), PERSON).await?;
        log_in(&browser, &product).await?;

        // WHEN one looks for one of them THEN it is found
        begin(&browser, "很多表", "many").await?;
        browser.says("第 1～100 张，共 2000 张").await?;
        browser.click("button.branch[aria-expanded=true]").await?;
        browser.fill("input[name=q]", "t199").await?;
        browser.click(".find button").await?;
        browser.says("10 张表").await?;
        browser.fill("input[name=q]", "t1999").await?;
        browser.click(".find button").await?;
        browser.says("1 张表").await?;
        map(&browser, "many.t1999", "many").await?;
        browser.fill("input[name=q]", "").await?;
        browser.click(".find button").await?;
        browser.says("第 1～100 张，共 2000 张").await?;
        browser.press("下一页").await?;
        browser.says("第 101～200 张，共 2000 张").await?;
        // AND what is ticked is counted at once, stays while one looks around, and a whole database is one tick
        browser.click("input[value='many.t0100']").await?;
        browser.says("已勾选 1 张").await?;
        browser.press("上一页").await?;
        browser.says("第 1～100 张，共 2000 张").await?;
        browser.click("input[value='many.t0000']").await?;
        browser.says("已勾选 2 张").await?;
        browser.press("勾选全部 1999 张").await?;
        browser.says("已勾选 1999 张").await?;
        browser.click("button[value=map]").await?;
        browser.fill("#f-topic", "many").await?;
        browser.press("确定").await?;
        browser.says("1 个 Topic · 2000 张表").await?;
        browser.close().await?;
        source.sql("DROP DATABASE many").await?;
        Ok(())
    });
}
