//! What the Enter key does: it presses the first button of a form, wherever that
//! lies in the page.

use scraper::{ElementRef, Html, Selector};

use crate::browser::Browser;
use crate::support::TestApp;

use super::scene::{filled, words};
use super::sheet::parsed;
use super::table::{PAGES, Who};
use super::world::World;

/// Kinds of fields that Enter sends the form from.
const LINES: [&str; 6] = ["text", "password", "number", "search", "datetime-local", ""];

fn attribute<'e>(element: &ElementRef<'e>, name: &str) -> &'e str {
    element.value().attr(name).unwrap_or_default()
}

/// The elements that belong to a form, in the order of the page: inside of it,
/// or named for it.
fn owned<'p>(page: &'p Html, form: &ElementRef<'p>, selector: &str) -> Vec<ElementRef<'p>> {
    let id = attribute(form, "id");
    let belongs = |element: &ElementRef| match element.value().attr("form") {
        Some(named) => named == id,
        None => element.ancestors().any(|node| node.id() == form.id()),
    };
    page.select(&Selector::parse(selector).unwrap()).filter(belongs).collect()
}

/// What is wrong with the forms of a page.
fn wrong(page: &Html) -> Vec<String> {
    let mut found = Vec::new();
    for form in page.select(&Selector::parse("form").unwrap()) {
        let lines: Vec<ElementRef> = owned(page, &form, "input")
            .into_iter()
            .filter(|input| LINES.contains(&attribute(input, "type")))
            .collect();
        let buttons = owned(page, &form, "button:not([type=button])");
        let (Some(first), false) = (buttons.first(), lines.is_empty()) else { continue };
        let first = (attribute(first, "name"), attribute(first, "value"));
        let searches = lines.iter().all(|line| attribute(line, "type") == "search");
        let main = buttons.iter().find(|button| button.value().classes().any(|class| class == "primary"));
        let wanted = match main {
            Some(_) if searches => ("do", "search"),
            Some(main) => (attribute(main, "name"), attribute(main, "value")),
            None => first,
        };
        if first != wanted {
            found.push(format!("{}: Enter presses {first:?}, not {wanted:?}", attribute(&form, "action")));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn enter_presses_the_main_button_of_every_form() {
    let app = TestApp::start().await;
    let mut world = World::new(&app).await;
    let mut problems = Vec::new();
    let mut forms = 0;
    for (path, who, _) in PAGES {
        let mut me: Browser = match who {
            Who::Owner => world.owner.clone(),
            _ => world.admin.clone(),
        };
        let names = world.things(&words(&[path]), &mut me).await;
        let page = parsed(&me.get(&filled(path, &names)).await);
        forms += page.select(&Selector::parse("form").unwrap()).count();
        problems.extend(wrong(&page).into_iter().map(|problem| format!("{path} {problem}")));
    }
    assert!(forms > 40, "only {forms} forms were looked at");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    app.app.stop().await;
}
