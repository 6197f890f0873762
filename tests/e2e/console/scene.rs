//! A service with projects in several states and something to see in each.

use std::time::Duration;

use anyhow::{Context, Result};
use tidewire::store::sample::{self, SAMPLE_MS, Sample};
use tidewire::store::{Store, StoreError, now_ms};
use tidewire_rig::RocketMq;
use tokio::task::JoinHandle;

use super::browser::Browser;
use crate::product::{Product, ProjectFile};
use crate::servers::rocketmq;
use crate::source::Source;
use crate::workload::create_ledger;

const RUNNING: &str = "订单中心变更同步";
const FAILED: &str = "结算明细至数仓";
const WAITING: &str = "会员积分";
const DAY_MS: i64 = 86_400_000;

pub(super) struct Scene {
    pub(super) product: Product,
    /// Ids of projects.
    pub(super) running: String,
    pub(super) failed: String,
    pub(super) waiting: String,
    pub(super) table: String,
    /// Address of a draft that passed its precheck.
    pub(super) draft: String,
    /// Changes rows for as long as somebody looks.
    traffic: JoinHandle<()>,
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.traffic.abort();
    }
}

impl Scene {
    pub(super) async fn new(lang: &str) -> Result<Self> {
        let (source, mq) = (Source::oceanbase().await?, rocketmq().await?);
        let product = Product::start().await?;
        let shop = format!("shop_{}", lang.get(..2).unwrap_or(lang));
        let (table, name) = (format!("{shop}.orders"), format!("{shop}_orders"));
        for one in ["orders", "order_items", "payments", "users", "coupons", "库存"] {
            create_ledger(source, &format!("{shop}.{one}")).await?;
        }
        for topic in ["orders", "payments", "users"] {
            mq.create_topic(&format!("{shop}_{topic}"), 8, 6).await?;
        }
        product.apply(&several_tables(source, mq, &shop)).await?;
        product.project("start", RUNNING).await?;
        product.wait_streaming(RUNNING).await?;
        fail(&product, source, mq, &table, &format!("settle_{name}")).await?;
        product.apply(&ProjectFile::new(source, mq, WAITING, &table, &name).text()).await?;
        let (running, failed, waiting) =
            (id(&product, RUNNING).await?, id(&product, FAILED).await?, id(&product, WAITING).await?);
        figures(&product, &running).await?;
        let traffic = tokio::spawn(change_rows(source, shop));
        mq.wait_for_count(&name, 200, Duration::from_mins(1)).await?;
        Ok(Self { product, running, failed, waiting, table, draft: String::new(), traffic })
    }

    pub(super) fn database(&self) -> &str {
        self.table.split_once('.').map_or("", |(database, _)| database)
    }

    /// Makes a draft through the pages.
    pub(super) async fn make_draft(&mut self, browser: &Browser) -> Result<()> {
        browser.go(&format!("/projects/{}", self.running)).await?;
        browser.click(".head button[formaction$='/clone']").await?;
        browser.arrive("/ends").await?;
        browser.fill("#f-name", "库存流水").await?;
        browser.click("button.primary[value=next]").await?;
        browser.arrive("/objects").await?;
        browser.click("button.primary[value=next]").await?;
        browser.arrive("/options").await?;
        browser.click("button.primary[value=next]").await?;
        browser.arrive("/precheck").await?;
        browser.find("button[value=start]:not([disabled])").await?;
        browser.path().await?.trim_end_matches("/precheck").clone_into(&mut self.draft);
        Ok(())
    }
}

/// The project file of the running project: three topics, and every setting of
/// a table once.
fn several_tables(source: Source, mq: &RocketMq, shop: &str) -> String {
    let (orders, topic) = (format!("{shop}.orders"), format!("{shop}_orders"));
    let file = ProjectFile::new(source, mq, RUNNING, &orders, &topic);
    let mut text = file.with("tags = [\"核心\", \"交易\"]").text();
    for (table, topic, settings) in [
        ("order_items", "orders", "shard_columns = [\"version\"]"),
        ("payments", "payments", "where = \"version > 0\""),
        ("users", "users", "columns = [\"id\", \"text\"]"),
    ] {
        let names = format!("table = \"{shop}.{table}\"\ntopic = \"{shop}_{topic}\"");
        text.extend(["\n[[project.table]]\n", &names, "\n", settings, "\n"]);
    }
    text
}

async fn id(product: &Product, name: &str) -> Result<String> {
    let shown = product.must(&["project", "show", name, "--json"]).await?;
    let shown: serde_json::Value = serde_json::from_str(&shown)?;
    Ok(shown["id"].as_str().context("no id")?.to_owned())
}

/// A project whose topic is deleted while it is paused.
async fn fail(product: &Product, source: Source, mq: &RocketMq, table: &str, topic: &str) -> Result<()> {
    mq.create_topic(topic, 4, 6).await?;
    product.apply(&ProjectFile::new(source, mq, FAILED, table, topic).text()).await?;
    product.project("start", FAILED).await?;
    product.wait_streaming(FAILED).await?;
    product.project("pause", FAILED).await?;
    mq.delete_topic(topic).await?;
    product.resume_fails(FAILED, "topic_missing").await?;
    Ok(())
}

/// A day of figures, as a project would have left them that ran for so long.
async fn figures(product: &Product, project: &str) -> Result<()> {
    let store = Store::open(&product.data().join("tidewire.db"))?;
    let (now, project) = (now_ms(), project.to_owned());
    let saved: Result<(), StoreError> = store
        .write(move |tx| {
            for (at, step) in
                (now - DAY_MS..now - 20_000).step_by(usize::try_from(SAMPLE_MS).unwrap()).zip(0..)
            {
                let wave = (f64::from(step) / 1400.0).sin().mul_add(0.4, 0.6);
                let ripple = (f64::from(step) / 17.0).sin().mul_add(0.08, 1.0);
                let figures = Sample {
                    at,
                    lag_ms: 30 + i64::from(step % 37) + if step % 2600 < 40 { 900 } else { 0 },
                    rows_per_second: 1800.0 * wave * ripple,
                    bytes_per_second: 1_150_000.0 * wave * ripple,
                    send_micros: 1500.0 * ripple,
                };
                sample::insert(tx, &project, &figures)?;
            }
            sample::make_means(tx, now)
        })
        .await;
    Ok(saved?)
}

/// Orders come and change, some hundred rows a second; every tenth is paid.
async fn change_rows(source: Source, shop: String) {
    let mut number = 0;
    loop {
        let rows: Vec<String> =
            (number..number + 60).map(|id| format!("({id}, 1, '第 {id} 行 🌊')")).collect();
        let end = number + 20;
        let statements = [
            format!("INSERT INTO {shop}.orders VALUES {}", rows.join(",")),
            format!("INSERT INTO {shop}.payments VALUES {}", rows[..6].join(",")),
            format!(
                "UPDATE {shop}.orders SET version = version + 1, text = '已修改' WHERE id BETWEEN {number} AND {end}"
            ),
        ];
        for statement in statements {
            // The server may go away while pages are looked at for the last time.
            if source.sql(&statement).await.is_err() {
                return;
            }
        }
        number += 60;
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
}
