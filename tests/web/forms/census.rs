//! Finds the pages and forms of the console, through the front door and in the
//! sources, and compares them with the table: a form without a line there, and
//! a line without a form, fail.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use reqwest::StatusCode;

use crate::browser::Browser;
use crate::support::{Reply, TestApp};

use super::scene::{fields_of, filled};
use super::sheet::{Sheet, links, sheets};
use super::table::{BUTTONS, FORMS, Form, PAGES, Who};
use super::world::World;

/// Pages of one kind that are opened at most: the tenth project has no new form.
const OF_A_KIND: usize = 12;

/// An address with `{id}` for what differs from thing to thing, without its
/// query.
pub(super) fn normal(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap();
    let mut steps: Vec<&str> = path.split('/').collect();
    for index in 2..steps.len() {
        let named = matches!(steps[index - 1], "users" | "tables") && steps[index] != "new";
        let random = ["ds_", "np_", "d_", "b_", "{"].iter().any(|prefix| steps[index].starts_with(prefix));
        if named || random {
            steps[index] = "{id}";
        }
    }
    steps.join("/")
}

/// Pages before the login.
const BEFORE: [&str; 2] = ["/login", "/password"];
/// Addresses that are no pages: the first one, style sheet and script, the
/// cookies for language and time zone.
const BESIDE: [&str; 4] = ["/", "/static/{id}/{id}", "/lang", "/zone"];

/// Opens every page that can be reached from these by links.
pub(super) async fn crawl(browser: &mut Browser<'_>, from: Vec<String>) -> BTreeMap<String, Reply> {
    let mut waiting = from;
    let mut opened: BTreeMap<String, Reply> = BTreeMap::new();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    while let Some(address) = waiting.pop() {
        let address = address.split('#').next().unwrap().to_owned();
        let skipped = ["/lang", "/zone", "/static"].iter().any(|path| address.starts_with(path));
        if skipped || !address.starts_with('/') || opened.contains_key(&address) {
            continue;
        }
        let kind = kinds.entry(normal(&address)).or_default();
        *kind += 1;
        if *kind > OF_A_KIND {
            continue;
        }
        let reply = browser.get(&address).await;
        waiting.extend(links(&reply));
        opened.insert(address, reply);
    }
    opened
}

/// A button as the table tells them apart: by its value where that says what to
/// do, else by its name.
fn told(post: &str, (name, value): (&str, &str)) -> String {
    let value = if ["do", "step"].contains(&name) { value } else { "" };
    format!("{} {name} {value}", normal(post))
}

fn button(sheet: &Sheet) -> Option<String> {
    let (name, value) = (sheet.button.0.as_str(), sheet.button.1.as_str());
    (!name.is_empty()).then(|| told(&sheet.action, (name, value)))
}

/// Whatever a line fills in may be its button.
fn pressed_by(form: &'static Form) -> Vec<String> {
    let fields = fields_of(form.fill);
    fields.iter().map(|(name, value)| told(form.post, (name, value))).collect()
}

/// The built-in admin's pages, every one with something on it.
async fn pages(world: &mut World<'_>) -> BTreeMap<String, Reply> {
    let mut admin = world.admin.clone();
    let mut from = vec!["/overview".to_owned(), "/login".to_owned(), "/password".to_owned()];
    let mut pressed = Vec::new();
    let mut ways = BTreeSet::new();
    for form in FORMS.iter().chain(BUTTONS).filter(|form| !matches!(form.who, Who::Visitor | Who::Newcomer)) {
        if !ways.insert((form.on, form.first)) {
            continue;
        }
        let scene = world.scene_of(form, admin.clone()).await;
        from.push(scene.of(form.on));
        if !form.first.is_empty() {
            pressed.push(scene);
        }
    }
    let names = world.things(&["batch"], &mut admin).await;
    from.push(filled("/projects/batch/{batch}", &names));
    let mut found = crawl(&mut admin, from).await;
    for mut scene in pressed {
        let page = scene.page().await;
        found.insert(format!("{}#pressed", scene.of(scene.form.post)), page);
    }
    found
}

/// Every path that the handlers register for a method, with `{id}`.
fn registered(method: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/handler");
    let mut found = BTreeSet::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            let mut current = String::new();
            for part in text.split_inclusive([',', ')']) {
                let begins = |before: &str| {
                    ["resource(", "route(", "only_posted("].iter().any(|word| before.ends_with(word))
                };
                if let Some((_, rest)) = part.split_once('"').filter(|(before, _)| begins(before.trim_end()))
                {
                    rest.split('"').next().unwrap().clone_into(&mut current);
                }
                if part.contains("fn ") {
                    current.clear();
                }
                if part.contains(&format!("web::{method}(")) && !current.is_empty() {
                    found.extend(spelled_out(&current));
                }
            }
        }
    }
    found
}

/// A path as it is registered: `{word:a|b}` stands for two.
fn spelled_out(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once("{command:") else { return vec![normal(path)] };
    rest.trim_end_matches('}').split('|').map(|word| normal(&format!("{before}{word}"))).collect()
}

fn same(found: &BTreeSet<String>, listed: &BTreeSet<String>, what: &str) {
    let apart: Vec<&String> = found.symmetric_difference(listed).collect();
    assert!(apart.is_empty(), "{what} differ: {apart:?}");
}

#[tokio::test]
async fn every_form_and_page_has_its_line_in_the_table() {
    let app = TestApp::start().await;
    let mut world = World::new(&app).await;
    let found = pages(&mut world).await;
    let forms: BTreeSet<String> =
        found.values().flat_map(sheets).map(|sheet| normal(&sheet.action)).collect();
    let listed: BTreeSet<String> = FORMS.iter().map(|form| normal(form.post)).collect();
    same(&forms, &listed, "forms of the pages, and lines of the table");
    same(&registered("post"), &listed, "addresses that take forms, and lines of the table");

    let buttons: BTreeSet<String> =
        found.values().flat_map(sheets).filter_map(|sheet| button(&sheet)).collect();
    let pressed: BTreeSet<String> = FORMS.iter().chain(BUTTONS).flat_map(pressed_by).collect();
    let without: Vec<&String> = buttons.difference(&pressed).collect();
    assert!(without.is_empty(), "buttons without a line of the table: {without:?}");

    let seen: BTreeSet<String> =
        found.keys().filter(|path| !path.ends_with("#pressed")).map(|path| normal(path)).collect();
    let mut listed: BTreeSet<String> = PAGES.iter().map(|(path, ..)| normal(path)).collect();
    listed.extend(BEFORE.map(str::to_owned));
    same(&seen, &listed, "pages that links lead to, and lines of the table");
    listed.extend(BESIDE.map(str::to_owned));
    same(&registered("get"), &listed, "addresses of pages, and lines of the table");
    for (path, reply) in &found {
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text);
    }
    app.app.stop().await;
}

#[test]
fn addresses_are_told_apart_by_their_kind_alone() {
    assert_eq!(normal("/projects/np_abc/tags?x=1#y"), "/projects/{id}/tags");
    assert_eq!(normal("/drafts/{draft}/tables/shop.orders"), "/drafts/{id}/tables/{id}");
    assert_eq!(normal("/system/users/张三/delete"), "/system/users/{id}/delete");
    assert_eq!(normal("/system/users/new"), "/system/users/new");
    assert_eq!(spelled_out("/projects/{id}/{command:a|b}"), ["/projects/{id}/a", "/projects/{id}/b"]);
}
