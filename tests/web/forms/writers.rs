//! Two people, or two windows, with the same form: the second one is told and
//! overwrites nothing that it did not see.

use std::collections::BTreeSet;

use crate::support::TestApp;

use super::scene::{fields_of, sheet_of};
use super::table::{FORMS, Form, Who};
use super::world::World;

/// What the second writer fills in, and the status that tells them.
#[rustfmt::skip]
const GUARDED: &[(&str, &str, u16)] = &[
    ("/account/password", "old=Secret.2026&password=Else.2028&again=Else.2028", 422),
    ("/system", "retention_days=8&high=12&medium=61&low=601", 409),
    ("/tags/rename", "name=else", 404),
    ("/datasources/{ob}/edit", "note=else&do=save", 409),
    ("/projects/{failed}/define", "definition=CREATE TABLE orders (id BIGINT PRIMARY KEY)", 409),
    ("/projects/{running}/rename", "name=else", 409),
    ("/projects/{released}/tags", "new=else", 409),
    ("/projects/{failed}/level", "level=medium", 409),
    ("/drafts/{draft}/ends", "name=else&do=next", 409),
    ("/drafts/{draft}/objects", "dml=delete&do=next", 409),
    ("/drafts/{draft}/topic", "topic=orders&do=assign", 409),
    ("/drafts/{draft}/tables/shop.orders", "where=id > 6&do=save", 409),
    ("/drafts/{draft}/import", "text=shop,users,orders,,,,&do=take", 409),
    ("/drafts/{draft}/options", "format=default&do=next", 409),
];

/// Forms that say all that they do, so that nothing unseen is overwritten.
const SAYS_ALL: &[&str] = &[
    "/login",
    "/password",
    "/logout",
    "/account/logins",
    "/system/defaults",
    "/system/users/new",
    "/system/users/{user}/password",
    "/system/users/{user}/delete",
    "/tags",
    "/tags/delete",
    "/datasources/new",
    "/datasources/{ob}/copy",
    "/datasources/{ob}/delete",
    "/datasources/{ob}/test",
    "/projects/new",
    "/projects/batch",
    "/projects/{init}/start",
    "/projects/{running}/pause",
    "/projects/{suspended}/resume",
    "/projects/{suspended}/release",
    "/projects/{init}/delete",
    "/projects/{suspended}/adopt-queues",
    "/projects/{failed}/edit",
    "/projects/{running}/clone",
    "/drafts/{edit}/delete",
];

/// Forms with a test of their own below.
const BESIDE: &[&str] = &["/drafts/{checked}/precheck"];

/// What is wrong when two send the same form with different values.
async fn check(world: &mut World<'_>, form: &'static Form, second: &str, status: u16) -> Vec<String> {
    let mut scene = world.scene(form).await;
    let mut other = scene.clone();
    if matches!(form.who, Who::Owner | Who::Admin) {
        other.me = world.admin.clone();
    }
    let (mine, theirs) = (scene.sheet().await, other.sheet().await.with(&fields_of(second)));
    let start = world.state();
    let reply = scene.send(&mine).await;
    let mut problems = Vec::new();
    if reply.status != 303 || world.state() == start {
        problems.push(format!("the first is refused: {}", reply.text));
    }
    let before = world.state();
    let reply = other.send(&theirs).await;
    if reply.status != status || !reply.text.contains("role=\"alert\"") {
        problems.push(format!("the second is not told: {} {}", reply.status, reply.text));
    }
    if world.state() != before {
        problems.push("the second overwrites the first".to_owned());
    }
    problems.into_iter().map(|problem| format!("{}: {problem}", form.post)).collect()
}

#[tokio::test]
async fn the_second_of_two_writers_is_told() {
    let app = TestApp::start().await;
    let mut world = World::new(&app).await;
    let mut problems = Vec::new();
    for (post, second, status) in GUARDED {
        let form = FORMS.iter().find(|form| form.post == *post).unwrap();
        problems.extend(check(&mut world, form, second, *status).await);
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    app.app.stop().await;
}

#[test]
fn every_form_is_guarded_or_says_all_that_it_does() {
    let listed: BTreeSet<&str> = FORMS.iter().map(|form| form.post).collect();
    let guarded = GUARDED.iter().map(|line| line.0);
    let known: BTreeSet<&str> = guarded.chain(SAYS_ALL.iter().chain(BESIDE).copied()).collect();
    assert_eq!(known, listed);
}

/// A step was changed in another window while the last page stood open.
#[tokio::test]
async fn a_draft_is_finished_as_its_last_page_showed_it() {
    let app = TestApp::start().await;
    let mut world = World::new(&app).await;
    let form = FORMS.iter().find(|form| form.post == BESIDE[0]).unwrap();
    for button in ["save", "start"] {
        let mut scene = world.scene(form).await;
        let sheet = scene.sheet().await.with(&fields_of(&format!("do={button}")));
        let ends = scene.of("/drafts/{checked}/ends");
        let fill = fields_of("name=else&do=next");
        let changed = sheet_of(&scene.me.get(&ends).await, &ends, &fill).with(&fill);
        assert_eq!(scene.me.post(&ends, &changed.pairs()).await.status, 303);
        let before = world.state();
        let reply = scene.send(&sheet).await;
        assert_eq!(reply.status, 409, "{button}: {}", reply.text);
        assert_eq!(world.state(), before, "{button}");
    }
    app.app.stop().await;
}
