//! Every page: who sees it, what it carries, and that looking changes nothing.

use crate::browser::{Browser, location};
use crate::support::{Reply, TestApp};

use super::hostile::harm;
use super::scene::{filled, unknown as none_of, words};
use super::sheet::parsed;
use super::table::{FORMS, Form, PAGES, Who};
use super::world::{SECRETS, World};

/// Largest page in bytes.
const PAGE_LIMIT: usize = 100_000;
/// What must not stand in a page, because the rules for its content forbid it.
const INLINE: [&str; 5] = [" style=\"", " onclick=", " onload=", " onerror=", "javascript:"];

/// What is wrong with the headers of an answer.
fn headers(reply: &Reply) -> Vec<String> {
    let header =
        |name: &str| reply.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let policy = header("content-security-policy");
    let rules = [
        ("content-security-policy", policy.starts_with("default-src 'self'") && !policy.contains("unsafe")),
        ("frame-ancestors", policy.contains("frame-ancestors 'none'")),
        ("form-action", policy.contains("form-action 'self'")),
        ("x-frame-options", header("x-frame-options") == "DENY"),
        ("x-content-type-options", header("x-content-type-options") == "nosniff"),
        ("referrer-policy", header("referrer-policy") == "same-origin"),
        ("cache-control", header("cache-control").contains("no-store")),
    ];
    rules.iter().filter(|(_, fine)| !fine).map(|(name, _)| format!("the header {name}")).collect()
}

/// What is wrong with what an answer shows.
fn content(reply: &Reply, app: &TestApp) -> Vec<String> {
    let mut problems = Vec::new();
    if reply.text.len() > PAGE_LIMIT {
        problems.push(format!("{} bytes", reply.text.len()));
    }
    let secrets = SECRETS.iter().copied().chain([app.app.token.as_str(), "$argon2"]);
    problems
        .extend(secrets.filter(|secret| reply.text.contains(secret)).map(|secret| format!("shows {secret}")));
    if reply.headers.contains_key("content-disposition") {
        return problems;
    }
    problems
        .extend(INLINE.iter().filter(|part| reply.text.contains(**part)).map(|part| format!("has {part}")));
    let selector = scraper::Selector::parse("script:not([src]), style").unwrap();
    if parsed(reply).select(&selector).next().is_some() {
        problems.push("has code of its own".to_owned());
    }
    problems
}

fn people<'a>(world: &World<'a>, who: Who) -> (Browser<'a>, Vec<Browser<'a>>) {
    let World { admin, second, owner, stranger, .. } = world;
    let (me, others) = match who {
        Who::Alone => (owner, vec![stranger, admin]),
        Who::Owner => (owner, vec![stranger]),
        Who::Admin => (second, vec![owner]),
        Who::Builtin => (admin, vec![owner, second]),
        Who::Visitor | Who::Newcomer | Who::Me | Who::Anyone => (owner, Vec::new()),
    };
    (me.clone(), others.into_iter().cloned().collect())
}

/// What is wrong with one page.
async fn check(world: &mut World<'_>, (path, who, unknown): (&'static str, Who, u16)) -> Vec<String> {
    let (mut me, others) = people(world, who);
    let names = world.things(&words(&[path]), &mut me).await;
    let address = filled(path, &names);
    let before = world.state();
    let mut problems = Vec::new();
    for lang in ["zh", "en"] {
        me.cookies.insert("tidewire_lang".to_owned(), lang.to_owned());
        let reply = me.get(&address).await;
        if reply.status != 200 {
            problems.push(format!("{} {}", reply.status, reply.text));
        }
        problems.extend(headers(&reply));
        problems.extend(content(&reply, world.app));
    }
    let nobody = Browser::new(world.app).get(&address).await;
    if nobody.status != 303 || nobody.headers["location"] != "/login" {
        problems.push(format!("opens without a login: {}", nobody.text));
    }
    let wanted: &[u16] = if path.starts_with("/projects/batch?") { &[422] } else { &[403, 404] };
    for mut other in others {
        let reply = other.get(&address).await;
        if !wanted.contains(&reply.status.as_u16()) || harm(&reply).is_some() {
            problems.push(format!("{} for others: {}", reply.status, reply.text));
        }
    }
    if unknown > 0 {
        let reply = me.get(&filled(path, &none_of(&names))).await;
        if reply.status != unknown || harm(&reply).is_some() {
            problems.push(format!("{} for an unknown id: {}", reply.status, reply.text));
        }
    }
    if world.state() != before {
        problems.push("changes something".to_owned());
    }
    problems.into_iter().map(|problem| format!("{path}: {problem}")).collect()
}

#[tokio::test]
async fn a_page_is_shown_to_who_may_see_it_and_gives_nothing_away() {
    let app = TestApp::start().await;
    let mut world = World::new(&app).await;
    let mut problems = Vec::new();
    for page in PAGES {
        problems.extend(check(&mut world, *page).await);
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    app.app.stop().await;
}

/// Queries that nobody's form sends: what makes no sense, and fields twice.
const ODD: [&str; 5] = [
    "page=x&cpage=-1&range=1&kind=odd&state=odd&sort=odd&from=x&to=x&db=x",
    "page=1&page=2",
    "q=%FF%00%0D%0ASet-Cookie:x=1&back=%0D%0Ax&name=%00&made=%3Cscript%3Ealert(1)%3C/script%3E&side=x",
    "q=a&q=b&kind=a&kind=b&name=a&name=b&back=a&back=b&db=a&db=b&side=a&side=b&made=a&made=b",
    "%=&==&&?",
];

#[tokio::test]
async fn an_odd_query_gets_a_page() {
    let app = TestApp::start().await;
    let mut world = World::new(&app).await;
    let mut problems = Vec::new();
    for (path, who, _) in PAGES {
        let (mut me, _) = people(&world, *who);
        let names = world.things(&words(&[path]), &mut me).await;
        let address = filled(path, &names);
        let before = world.state();
        let joint = if address.contains('?') { '&' } else { '?' };
        for query in ODD {
            let reply = me.get(&format!("{address}{joint}{query}")).await;
            let file = reply.headers.contains_key("content-disposition") && reply.status == 200;
            let found = harm(&reply).filter(|_| !file);
            problems.extend(found.map(|found| format!("{path}?{query}: {found}: {}", reply.text)));
        }
        assert_eq!(world.state(), before, "{path}");
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    app.app.stop().await;
}

/// The address of a form in the address bar: after a reload of the page that
/// answered it, or by the language switch there.
async fn opened(world: &mut World<'_>, form: &'static Form) -> Option<String> {
    let mut scene = world.scene(form).await;
    let (address, before) = (scene.of(form.post), world.state());
    let mut reply = scene.me.get(&address).await;
    if reply.status == 303 {
        reply = scene.me.get(&location(&reply)).await;
    }
    // Two of them ask for several things or a name, which the address does not have.
    let wanted: &[u16] = match form.post {
        "/projects/batch" => &[400],
        "/tags/rename" | "/tags/delete" => &[404],
        _ => &[200],
    };
    let fine = wanted.contains(&reply.status.as_u16()) && harm(&reply).is_none() && world.state() == before;
    (!fine).then(|| format!("{}: {} {}", form.post, reply.status, reply.text))
}

#[tokio::test]
async fn the_address_of_a_form_opens_a_page_and_does_nothing() {
    let app = TestApp::start().await;
    let mut world = World::new(&app).await;
    let mut problems = Vec::new();
    for form in FORMS {
        problems.extend(opened(&mut world, form).await);
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    app.app.stop().await;
}
