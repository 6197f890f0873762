//! Hostile texts in every field and in the address of every form, one by one,
//! and then on every page that shows what was saved of them.

use scraper::Selector;

use crate::support::{Reply, TestApp};

use super::census::crawl;
use super::scene::{Name, Scene, filled};
use super::sheet::{Sheet, parsed};
use super::table::{BUTTONS, FORMS, Form};
use super::world::World;

/// What people type who mean harm, and what pasting brings along.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "\"><script>alert(1)</script>",
        "'; DROP TABLE project; --",
        "{{7*7}}",
        // Short enough for a tag.
        "<script>alert",
        "../../etc/passwd",
        "abc\u{202e}txt.exe",
        "nul\0bell\u{7}escape\u{1b}[31m",
        "\r\nSet-Cookie: x=1",
        "-1",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("汉".repeat(10_000));
    texts
}

/// What is wrong with an answer to a hostile text.
pub(super) fn harm(reply: &Reply) -> Option<&'static str> {
    let header =
        |name: &str| reply.headers.get_all(name).into_iter().map(|value| value.to_str().unwrap_or("?"));
    if reply.status.is_server_error() {
        return Some("an error of the service");
    }
    if reply.text.contains("<script>alert") {
        return Some("a script that runs");
    }
    if reply.text.contains("class=\"number\">49<") || reply.text.contains("root:x:0") {
        return Some("a text that was evaluated");
    }
    if header("set-cookie").any(|cookie| !cookie.starts_with("tidewire")) {
        return Some("a cookie that was smuggled in");
    }
    if header("location").any(|place| !place.starts_with('/') || place.starts_with("//")) {
        return Some("a way off the console");
    }
    if reply.text.contains("summary\" role=\"alert") && !problems_lead(reply) {
        return Some("a problem that leads to no field");
    }
    let is_html = header("content-type").any(|kind| kind.starts_with("text/html"));
    (!is_html && reply.status != 303).then_some("a bare answer")
}

/// Whether every problem of the summary leads to something on its page.
fn problems_lead(reply: &Reply) -> bool {
    let page = parsed(reply);
    let all = |selector: &str, name: &str| -> Vec<String> {
        let selector = Selector::parse(selector).unwrap();
        page.select(&selector).filter_map(|one| one.value().attr(name).map(str::to_owned)).collect()
    };
    let ids = all("[id]", "id");
    all(".summary a", "href").iter().all(|link| ids.iter().any(|id| link.trim_start_matches('#') == id))
}

/// The form as it stands now; made anew where it was used up.
async fn fresh<'a>(world: &mut World<'a>, scene: &mut Scene<'a>, form: &'static Form) -> Sheet {
    if let Some(sheet) = scene.try_sheet().await {
        return sheet;
    }
    *scene = world.scene(form).await;
    scene.sheet().await
}

/// Puts every text into every field of a form.
async fn check(world: &mut World<'_>, form: &'static Form, texts: &[String]) -> Vec<String> {
    let mut scene = world.scene(form).await;
    let sheet = scene.sheet().await;
    let mut fields: Vec<String> = sheet.fields.iter().map(|(name, _)| name.clone()).collect();
    fields.retain(|name| name != "csrf");
    fields.dedup();
    let mut problems = Vec::new();
    let mut now = sheet;
    for field in fields {
        for text in texts {
            let sheet = now.clone().with(&[(field.clone(), text.clone())]);
            let reply = scene.send(&sheet).await;
            // What was refused changed nothing: the form is still the same.
            if reply.status != 422 {
                now = fresh(world, &mut scene, form).await;
            }
            let mut found = harm(&reply);
            if reply.status == 303 && found.is_none() {
                found = harm(&scene.me.get(reply.headers["location"].to_str().unwrap()).await);
            }
            let text: String = text.chars().take(30).collect();
            problems.extend(found.map(|found| format!("{}, {field} = {text:?}: {found}", form.post)));
        }
    }
    problems
}

/// Puts every text into every place of a form's address.
async fn in_the_address(world: &mut World<'_>, form: &'static Form) -> Vec<String> {
    let mut scene = world.scene(form).await;
    let (sheet, names, before) = (scene.sheet().await, scene.names.clone(), world.state());
    let mut problems = Vec::new();
    for text in texts().into_iter().filter(|text| text.len() < 1_000) {
        let pair = serde_urlencoded::to_string([("", &text)]).unwrap();
        let text = pair.trim_start_matches('=').replace('+', "%20");
        let hostile: Vec<Name> = names.iter().map(|(word, _)| (*word, text.clone())).collect();
        let mut sheet = Sheet { action: filled(form.post, &hostile), ..sheet.clone() };
        if sheet.action == scene.of(form.post) {
            break;
        }
        for button in ["", "back", "cancel"] {
            sheet = sheet.with(&[("do".to_owned(), button.to_owned())]);
            let reply = scene.send(&sheet).await;
            let wrong = harm(&reply).or((reply.status != 404).then_some("not the page that says so"));
            problems.extend(wrong.map(|wrong| format!("{}: {wrong}: {}", sheet.action, reply.status)));
        }
    }
    assert_eq!(world.state(), before, "{}", form.post);
    problems
}

#[tokio::test]
async fn a_hostile_address_leads_nowhere() {
    let app = TestApp::start().await;
    let mut world = World::new(&app).await;
    let mut problems = Vec::new();
    for form in FORMS {
        problems.extend(in_the_address(&mut world, form).await);
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    app.app.stop().await;
}

/// Fills in all these forms, and looks at every page afterwards.
async fn fill_in(forms: &'static [Form], texts: &[String]) {
    let app = TestApp::start().await;
    let mut world = World::new(&app).await;
    let mut problems = Vec::new();
    for form in forms {
        problems.extend(check(&mut world, form, texts).await);
    }
    for mut browser in [world.admin.clone(), world.owner.clone()] {
        for (path, reply) in crawl(&mut browser, vec!["/overview".to_owned()]).await {
            let file = reply.headers.contains_key("content-disposition");
            let found = if file { None } else { harm(&reply) };
            problems.extend(found.map(|found| format!("{path} afterwards: {found}")));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    app.app.stop().await;
}

#[tokio::test]
async fn a_hostile_text_is_only_a_text() {
    fill_in(FORMS, &texts()).await;
}

/// The fields are the same: the worst texts will do.
#[tokio::test]
async fn it_is_only_a_text_to_the_other_buttons_as_well() {
    let worst = |text: &String| text.contains("<script>alert(") || text.contains('\r') || text.len() > 1_000;
    fill_in(BUTTONS, &texts().into_iter().filter(worst).collect::<Vec<_>>()).await;
}
