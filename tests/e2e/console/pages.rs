//! Every page: no finding of the accessibility checker in either language and width, and pictures of
//! all of them for `make screenshots`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::browser::{Browser, NARROW, Person, WIDE};
use super::procedure::{log_in, log_in_again};
use super::scene::Scene;
use crate::servers::story;

/// Name of the picture and address.
fn pages(scene: &Scene) -> Vec<(&'static str, String)> {
    let project = |id: &str, tab: &str| format!("/projects/{id}{tab}");
    let running = |tab: &str| project(&scene.running, tab);
    let draft = |step: &str| format!("{}{step}", scene.draft);
    vec![
        ("overview", "/overview".to_owned()),
        ("projects", "/projects".to_owned()),
        ("projects-none-found", "/projects?q=nothing-like-this".to_owned()),
        ("projects-batch", format!("/projects/batch?do=start&id={}&id={}", scene.waiting, scene.running)),
        ("project-overview", running("")),
        ("project-day", running("?range=day")),
        ("project-objects", running("/objects")),
        ("project-options", running("/options")),
        ("project-messages", running("/messages")),
        ("project-versions", running("/schema")),
        ("project-table-versions", running(&format!("/schema?table={}", scene.table))),
        ("project-define", project(&scene.failed, "/define")),
        ("project-log", running("/log")),
        ("project-operations", running("/operations")),
        ("project-tags", running("/tags")),
        ("project-rename", running("/rename")),
        ("project-failed", project(&scene.failed, "")),
        ("project-release", project(&scene.failed, "/release")),
        ("project-waiting", project(&scene.waiting, "")),
        ("wizard-new", "/projects/new".to_owned()),
        ("wizard-ends", draft("/ends")),
        ("wizard-objects", draft(&format!("/objects?db={}", scene.database()))),
        ("wizard-table", draft(&format!("/tables/{}", scene.table))),
        ("wizard-options", draft("/options")),
        ("wizard-precheck", draft("/precheck")),
        ("wizard-import", draft("/import")),
        ("datasources", "/datasources".to_owned()),
        ("datasource-oceanbase", "/datasources/new?kind=oceanbase-ce".to_owned()),
        ("datasource-mysql", "/datasources/new?kind=mysql".to_owned()),
        ("datasource-rocketmq", "/datasources/new?kind=rocketmq".to_owned()),
        ("datasource-edit", "/datasources/source/edit".to_owned()),
        ("datasource-delete", "/datasources/source/delete".to_owned()),
        ("tags", "/tags".to_owned()),
        ("tag-rename", "/tags/rename?name=%E6%A0%B8%E5%BF%83".to_owned()),
        ("tag-delete", "/tags/delete?name=%E6%A0%B8%E5%BF%83".to_owned()),
        ("operations", "/operations".to_owned()),
        ("system", "/system".to_owned()),
        ("users", "/system/users".to_owned()),
        ("user-new", "/system/users/new".to_owned()),
        ("account", "/account".to_owned()),
        ("help", "/help".to_owned()),
        ("not-found", "/nowhere".to_owned()),
    ]
}

/// Where pictures go, when they are wanted.
fn pictures() -> Option<PathBuf> {
    std::env::var_os("TIDEWIRE_SCREENSHOTS").map(PathBuf::from)
}

/// How somebody looks at the pages.
#[derive(Clone, Copy)]
struct Look {
    lang: &'static str,
    width: u32,
    dark: bool,
}

impl Look {
    /// `zh-CN-1280`, and `-dark` behind it.
    fn name(self) -> String {
        format!("{}-{}{}", self.lang, self.width, if self.dark { "-dark" } else { "" })
    }
}

async fn visit(lang: &'static str) -> Result<()> {
    // GIVEN a service with something to see
    let mut scene = Scene::new(lang).await?;
    let first = Browser::open(&scene.product.url(), Person { lang, script: true, width: WIDE }).await?;
    log_in(&first, &scene.product).await?;
    scene.make_draft(&first).await?;
    first.close().await?;
    let mut wrong = Vec::new();
    for (width, dark) in [(WIDE, false), (NARROW, false), (WIDE, true)] {
        let browser = Browser::open(&scene.product.url(), Person { lang, script: true, width }).await?;
        if dark {
            browser.prefer_dark().await?;
        }
        let how = Look { lang, width, dark };
        look(&browser, &mut wrong, ("login", "/login"), how).await?;
        log_in_again(&browser).await?;
        for (name, path) in pages(&scene) {
            look(&browser, &mut wrong, (name, &path), how).await?;
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
    (name, path): (&str, &str),
    how: Look,
) -> Result<()> {
    let shown = format!("{name}-{}", how.name());
    browser.go(path).await?;
    browser.find("h1").await.with_context(|| shown.clone())?;
    let found = browser.violations().await?;
    wrong.extend(found.into_iter().map(|one| format!("{shown}: {one}")));
    if browser.is_wider_than_its_window().await? {
        wrong.push(format!("{shown}: the page is wider than the window"));
    }
    if let Some(folder) = pictures() {
        save(&folder, &shown, &browser.picture(how.width).await?)?;
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

/// Pages that one works on, with every kind of control.
const WORKED_ON: [&str; 12] = [
    "overview",
    "projects",
    "project-overview",
    "project-failed",
    "wizard-ends",
    "wizard-objects",
    "wizard-table",
    "wizard-options",
    "wizard-precheck",
    "datasource-oceanbase",
    "system",
    "account",
];

#[test]
fn every_control_is_reached_by_the_tab_key_and_shows_it() {
    story(async {
        let mut scene = Scene::new("tab").await?;
        let person = Person { lang: "en", script: true, width: WIDE };
        let browser = Browser::open(&scene.product.url(), person).await?;
        log_in(&browser, &scene.product).await?;
        scene.make_draft(&browser).await?;
        let mut wrong = Vec::new();
        for (name, path) in pages(&scene).into_iter().filter(|(name, _)| WORKED_ON.contains(name)) {
            browser.go(&path).await?;
            browser.find("h1").await.with_context(|| name.to_owned())?;
            wrong.extend(browser.out_of_reach().await?.into_iter().map(|one| format!("{name}: {one}")));
        }
        browser.close().await?;
        ensure!(wrong.is_empty(), "{} controls:\n{}", wrong.len(), wrong.join("\n"));
        Ok(())
    });
}
