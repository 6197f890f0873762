//! Forms that are not accepted: no login, a wrong token, another origin,
//! another person, a thing that is not there. Nothing changes, and then the
//! same form is accepted from who may.

use reqwest::StatusCode;

use crate::browser::{Browser, csrf, location};
use crate::support::{Reply, TestApp};

use super::scene::{Scene, from_elsewhere};
use super::sheet::Sheet;
use super::table::{ASKING, FORMS, Form, Who};
use super::world::World;

fn with_token(sheet: &Sheet, token: &str) -> Sheet {
    sheet.clone().with(&[("csrf".to_owned(), token.to_owned())])
}

/// A page of the console, not a bare line.
fn is_page(reply: &Reply) -> bool {
    reply.text.contains("<main id=\"content\"") && reply.text.contains("</html>")
}

/// Without a login: the login page, or for the login itself, a refusal.
async fn logged_out(scene: &Scene<'_>, sheet: &Sheet) -> Vec<(&'static str, Reply, Vec<u16>)> {
    let mut nobody = Browser::new(scene.me.app);
    let reply = nobody.post(&sheet.action, &sheet.pairs()).await;
    let wanted = if scene.form.who == Who::Visitor { 403 } else { 303 };
    if wanted == 303 {
        assert_eq!(reply.headers["location"], "/login", "{}", sheet.action);
    }
    vec![("logged out", reply, vec![wanted])]
}

/// The token missing, wrong or another person's, and pages of other origins.
async fn not_ours(
    scene: &mut Scene<'_>,
    sheet: &Sheet,
    foreign: &str,
) -> Vec<(&'static str, Reply, Vec<u16>)> {
    let mut without = sheet.clone();
    without.fields.retain(|(name, _)| name != "csrf");
    let mut replies = Vec::new();
    let tokens = [
        ("no token", without),
        ("an empty token", with_token(sheet, "")),
        ("a wrong token", with_token(sheet, "wrong")),
        ("another person's token", with_token(sheet, foreign)),
    ];
    for (why, sheet) in tokens {
        replies.push((why, scene.send(&sheet).await));
    }
    let port = scene.me.app.app.url.replace("http://", "http://evil.");
    for origin in ["http://evil.example", "null", &port, "https://127.0.0.1"] {
        replies.push(("another origin", from_elsewhere(&mut scene.me, sheet, origin).await));
    }
    for (why, reply) in &replies {
        assert!(
            reply.text.contains("the form does not come from this console"),
            "{why} {}: {}",
            sheet.action,
            reply.text
        );
    }
    replies.into_iter().map(|(why, reply)| (why, reply, vec![403])).collect()
}

/// People who may not, each with their own token.
async fn by_others(
    world: &mut World<'_>,
    form: &Form,
    sheet: &Sheet,
) -> Vec<(&'static str, Reply, Vec<u16>)> {
    let people: Vec<(&str, Browser<'_>)> = match form.who {
        Who::Visitor | Who::Newcomer | Who::Me | Who::Anyone => Vec::new(),
        Who::Owner => vec![("a stranger", world.stranger.clone())],
        Who::Alone => vec![("a stranger", world.stranger.clone()), ("an admin", world.admin.clone())],
        Who::Admin => vec![("a user", world.owner.clone())],
        Who::Builtin => vec![("a user", world.owner.clone()), ("another admin", world.second.clone())],
    };
    let mut replies = Vec::new();
    if !matches!(form.who, Who::Visitor | Who::Newcomer) && form.post != "/logout" {
        // With a one-time password there is one page alone.
        let mut newcomer = world.newcomer.clone();
        let token = csrf(&newcomer.get("/password").await);
        let reply = newcomer.post(&sheet.action, &with_token(sheet, &token).pairs()).await;
        assert_eq!(location(&reply), "/password", "{}", form.post);
        replies.push(("a newcomer", reply, vec![303]));
    }
    for (why, mut browser) in people {
        let token = csrf(&browser.get("/account").await);
        let reply = browser.post(&sheet.action, &with_token(sheet, &token).pairs()).await;
        // Of several projects, those of others are as good as not there.
        let wanted = if form.post == "/projects/batch" { vec![422] } else { vec![403, 404] };
        replies.push((why, reply, wanted));
    }
    replies
}

/// Fields that name a thing, and the status where it is not there.
const NAMING: &[(&str, &str, &str, u16)] = &[
    ("/tags/rename", "tag", "none", 404),
    ("/tags/delete", "tag", "none", 404),
    ("/projects/batch", "id", "np_000000000000", 422),
    ("/account/logins", "end", "999999", 404),
];

/// Things that are not there.
async fn unknown(scene: &mut Scene<'_>, sheet: &Sheet) -> Vec<(&'static str, Reply, Vec<u16>)> {
    let mut replies = Vec::new();
    let action = scene.unknown(scene.form.post);
    if action != sheet.action {
        let sheet = Sheet { action, ..sheet.clone() };
        replies.push(("an unknown id", scene.send(&sheet).await, vec![404]));
        // Every other button of such a page has to look as well.
        for button in ["back", "cancel", "save", "again", "test", "check", "clear", "map"] {
            let sheet = sheet.clone().with(&[("do".to_owned(), button.to_owned())]);
            replies.push(("an unknown id, another button", scene.send(&sheet).await, vec![404]));
        }
    }
    for (_, field, value, status) in NAMING.iter().filter(|naming| naming.0 == scene.form.post) {
        let sheet = sheet.clone().with(&[((*field).to_owned(), (*value).to_owned())]);
        replies.push(("an unknown name", scene.send(&sheet).await, vec![*status]));
    }
    if sheet.action.contains("/tables/") {
        let action = sheet.action.replace("shop.orders", "shop.none");
        let sheet = Sheet { action, ..sheet.clone() };
        replies.push(("an unknown table", scene.send(&sheet).await, vec![404]));
    }
    replies
}

/// A token that belongs to somebody else, or to another browser.
async fn foreign_token(world: &mut World<'_>, form: &Form) -> String {
    match form.who {
        Who::Visitor => csrf(&Browser::new(world.app).get("/login").await),
        _ => csrf(&world.stranger.get("/account").await),
    }
}

/// What is wrong with the answers to one form.
async fn check(world: &mut World<'_>, form: &'static Form) -> Vec<String> {
    let mut scene = world.scene(form).await;
    let sheet = scene.sheet().await;
    let foreign = foreign_token(world, form).await;
    let before = world.state();
    let mut replies = logged_out(&scene, &sheet).await;
    replies.extend(not_ours(&mut scene, &sheet, &foreign).await);
    replies.extend(by_others(world, form, &sheet).await);
    replies.extend(unknown(&mut scene, &sheet).await);
    let mut problems = Vec::new();
    for (why, reply, wanted) in replies {
        let status = reply.status.as_u16();
        if !wanted.contains(&status) || !(status == 303 || is_page(&reply)) {
            problems.push(format!("{}, {why}: {status} {}", form.post, reply.text));
        }
    }
    if world.state() != before {
        problems.push(format!("{} changed something", form.post));
    }
    // The same form from who may: all of the above was refused for its reason alone.
    let reply = scene.send(&sheet).await;
    if ![StatusCode::OK, StatusCode::SEE_OTHER].contains(&reply.status) {
        problems.push(format!("{} is refused: {} {}", form.post, reply.status, reply.text));
    }
    world.settled(&reply, &mut scene.me).await;
    if (world.state() == before) != ASKING.contains(&form.post) {
        problems.push(format!("{} has another effect than its line says", form.post));
    }
    problems
}

#[tokio::test]
async fn a_form_is_only_taken_from_who_may_send_it() {
    let app = TestApp::start().await;
    let mut world = World::new(&app).await;
    let mut problems = Vec::new();
    for form in FORMS {
        problems.extend(check(&mut world, form).await);
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    app.app.stop().await;
}
