//! A real browser, led as a person leads it.

use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::{Method, Url};
use serde_json::{Value, json};
use tidewire_rig::install;

use crate::servers::chromedriver;

const PATIENCE: Duration = Duration::from_secs(20);

/// How the person came.
#[derive(Clone, Copy)]
pub(crate) struct Person {
    pub(crate) lang: &'static str,
    pub(crate) script: bool,
    pub(crate) width: u32,
}

pub(crate) const WIDE: u32 = 1280;
pub(crate) const NARROW: u32 = 390;

pub(crate) struct Browser {
    client: Client,
    base: String,
}

impl Browser {
    pub(crate) async fn open(base: &str, person: Person) -> Result<Self> {
        let driver = chromedriver().await?;
        let mut options = json!({
            "args": [
                "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                "--hide-scrollbars", format!("--window-size={},900", person.width.max(500)),
            ],
            "prefs": {"intl.accept_languages": person.lang},
        });
        if !person.script {
            let arguments = options["args"].as_array_mut().context("no arguments")?;
            arguments.push(json!("--blink-settings=scriptEnabled=false"));
        }
        let mut capabilities = serde_json::Map::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        if !person.script {
            // The driver asks pages by script whether they have loaded.
            capabilities.insert("pageLoadStrategy".to_owned(), json!("none"));
        }
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver.url())
            .await
            .context("no session of the browser")?;
        let browser = Self { client, base: base.to_owned() };
        if person.width < 500 {
            // Windows are not narrower than that; what a page is shown in can be.
            browser.screen(person.width, 844).await?;
        }
        Ok(browser)
    }

    /// Shows pages as somebody sees them who prefers dark ones.
    pub(crate) async fn prefer_dark(&self) -> Result<()> {
        let dark = json!({"features": [{"name": "prefers-color-scheme", "value": "dark"}]});
        self.tell("Emulation.setEmulatedMedia", dark).await
    }

    /// A command of Chromium's own.
    async fn tell(&self, command: &'static str, parameters: Value) -> Result<()> {
        self.client.issue_cmd(Tell { command, parameters }).await.context(command)?;
        Ok(())
    }

    pub(crate) async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }

    pub(crate) async fn go(&self, path: &str) -> Result<()> {
        Ok(self.client.goto(&format!("{}{path}", self.base)).await?)
    }

    /// The path of the page that is shown.
    pub(crate) async fn path(&self) -> Result<String> {
        Ok(self.client.current_url().await?.path().to_owned())
    }

    /// Waits for an element that is shown.
    pub(crate) async fn find(&self, css: &str) -> Result<Element> {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        match found {
            Ok(element) => Ok(element),
            Err(error) => bail!("no {css} on {}: {error}\n{}", self.path().await?, self.page_text().await?),
        }
    }

    /// Waits until the page's path ends like this.
    pub(crate) async fn arrive(&self, end: &str) -> Result<()> {
        let deadline = std::time::Instant::now() + PATIENCE;
        while !self.path().await?.ends_with(end) {
            let late = std::time::Instant::now() > deadline;
            ensure!(!late, "still on {}\n{}", self.path().await?, self.page_text().await?);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Waits until the page says this.
    pub(crate) async fn says(&self, words: &str) -> Result<()> {
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            let text = self.page_text().await?;
            if text.contains(words) {
                return Ok(());
            }
            ensure!(
                std::time::Instant::now() < deadline,
                "{} never says {words}:\n{text}",
                self.path().await?
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// All words of the page; again when the page went away while it was read.
    pub(crate) async fn page_text(&self) -> Result<String> {
        for _ in 0..20 {
            let Ok(body) = self.client.find(Locator::Css("body")).await else { continue };
            if let Ok(text) = body.text().await {
                return Ok(text);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("the page never stands still")
    }

    pub(crate) async fn click(&self, css: &str) -> Result<()> {
        self.click_what(Locator::Css(css)).await.with_context(|| format!("clicking {css}"))
    }

    /// Clicks a button or link by its words.
    pub(crate) async fn press(&self, words: &str) -> Result<()> {
        let path = format!(
            "//button[not(@disabled or @aria-hidden)][normalize-space()='{words}'] | //a[normalize-space()='{words}']"
        );
        self.click_what(Locator::XPath(&path)).await.with_context(|| format!("pressing {words}"))
    }

    /// Again when the page went away between the look and the click.
    async fn click_what(&self, locator: Locator<'_>) -> Result<()> {
        for _ in 0..20 {
            let Ok(found) = self.client.wait().at_most(PATIENCE).for_element(locator).await else {
                bail!("it is not on {}\n{}", self.path().await?, self.page_text().await?)
            };
            match found.click().await {
                Err(error) if error.is_stale_element_reference() => {}
                done => return Ok(done?),
            }
        }
        bail!("the page never stands still")
    }

    pub(crate) async fn fill(&self, css: &str, text: &str) -> Result<()> {
        let field = self.find(css).await?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    /// Chooses an entry of a list by its value.
    pub(crate) async fn choose(&self, css: &str, value: &str) -> Result<()> {
        self.find(css).await?.select_by_value(value).await.with_context(|| format!("{css} has no {value}"))
    }

    /// Whether one would have to scroll sideways.
    pub(crate) async fn is_wider_than_its_window(&self) -> Result<bool> {
        let script = "return document.documentElement.scrollWidth > window.innerWidth";
        Ok(self.client.execute(script, vec![]).await?.as_bool().unwrap_or(false))
    }

    /// A picture of the whole page.
    pub(crate) async fn picture(&self, width: u32) -> Result<Vec<u8>> {
        let height = self.client.execute("return document.documentElement.scrollHeight", vec![]).await?;
        self.screen(width, u32::try_from(height.as_u64().unwrap_or(900).clamp(600, 6000))?).await?;
        let picture = self.client.screenshot().await?;
        self.screen(width, 844).await?;
        Ok(picture)
    }

    /// Gives the pages this room, whatever the window has.
    async fn screen(&self, width: u32, height: u32) -> Result<()> {
        let screen = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.tell("Emulation.setDeviceMetricsOverride", screen).await
    }

    /// Walks through the page by the Tab key alone; gives what it never reaches, and where one would
    /// not see that one is.
    pub(crate) async fn out_of_reach(&self) -> Result<Vec<String>> {
        let begin = "document.querySelectorAll('details').forEach((one) => { one.open = true; }); \
             window.reached = new Map(); document.activeElement.blur();";
        self.client.execute(begin, vec![]).await?;
        for step in 0..MOST_TABS {
            self.client.active_element().await?.send_keys("\u{E004}").await?;
            if !self.client.execute(ARRIVED, vec![]).await?.as_bool().unwrap_or(false) && step > 0 {
                break;
            }
        }
        let found = self.client.execute(NEVER_REACHED, vec![]).await?;
        let list = found.as_array().cloned().unwrap_or_default();
        Ok(list.iter().map(|one| text(one).to_owned()).collect())
    }

    /// Runs the accessibility checker; gives what it finds.
    pub(crate) async fn violations(&self) -> Result<Vec<String>> {
        let axe = std::fs::read_to_string(tokio::task::spawn_blocking(install::axe).await??)?;
        self.client.execute(&axe, vec![]).await?;
        let script = "const done = arguments[arguments.length - 1]; \
             axe.run(document, {resultTypes: ['violations']}).then((r) => done(r.violations), \
             (e) => done([{id: String(e), nodes: []}]))";
        let found = self.client.execute_async(script, vec![]).await?;
        let list = found.as_array().cloned().unwrap_or_default();
        Ok(list
            .iter()
            .map(|one| {
                let nodes: Vec<&str> = one["nodes"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|node| node["html"].as_str())
                    .take(3)
                    .collect();
                format!(
                    "{}: {} {}",
                    one["id"].as_str().unwrap_or_default(),
                    text(&one["help"]),
                    nodes.join(" | ")
                )
            })
            .collect())
    }
}

/// Presses of the Tab key for one page; some fields take several.
const MOST_TABS: usize = 400;
/// Marks what has the focus and whether it shows; false at the end of the page.
const ARRIVED: &str = "const at = document.activeElement; \
    if (at === document.body || at === null) return false; \
    const style = getComputedStyle(at), inner = at.closest('label') ? getComputedStyle(at.closest('label')) : style; \
    const shows = [style, inner].some((one) => one.outlineStyle !== 'none' && one.outlineWidth !== '0px'); \
    window.reached.set(at.outerHTML, shows ? 'seen' : 'unseen'); return true;";
const NEVER_REACHED: &str = "const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]; \
    const needed = all.filter((one) => !one.disabled && one.type !== 'hidden' && one.tabIndex >= 0 \
        && one.getClientRects().length > 0 && getComputedStyle(one).visibility === 'visible' \
        && !(one.type === 'radio' && !one.checked)); \
    return needed.map((one) => [window.reached.get(one.outerHTML) || 'never reached', one.outerHTML.slice(0, 120)]) \
        .filter(([how]) => how !== 'seen').map((one) => one.join(': '));";

/// `POST /session/{id}/goog/cdp/execute`.
#[derive(Debug)]
struct Tell {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for Tell {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as FromStr>::Err> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({"cmd": self.command, "params": self.parameters});
        (Method::POST, Some(body.to_string()))
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
