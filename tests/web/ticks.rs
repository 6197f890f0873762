//! Step 2 of the wizard: what is ticked and typed stays while one looks around.

use reqwest::StatusCode;

use crate::browser::{Browser, location, texts};
use crate::support::{Reply, TestApp};
use crate::wizard::begun;

/// What a browser sends of a page's form when a button is pressed: everything
/// that is ticked or filled in, with these changes.
async fn press(
    browser: &mut Browser<'_>,
    page: &Reply,
    button: (&str, &str),
    change: impl Fn(&mut Vec<(String, String)>),
) -> Reply {
    let parsed = scraper::Html::parse_document(&page.text);
    let form = parsed.select(&scraper::Selector::parse("main form.form").unwrap()).next().unwrap();
    let mut fields = Vec::new();
    for input in form.select(&scraper::Selector::parse("input").unwrap()) {
        let (input, box_) = (input.value(), input.value().attr("type") == Some("checkbox"));
        if input.attr("disabled").is_none() && (!box_ || input.attr("checked").is_some()) {
            let name = input.attr("name").unwrap().to_owned();
            fields.push((name, input.attr("value").unwrap_or_default().to_owned()));
        }
    }
    change(&mut fields);
    fields.push((button.0.to_owned(), button.1.to_owned()));
    let action = form.value().attr("action").unwrap().to_owned();
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let reply = browser.post(&action, &fields).await;
    if reply.status != StatusCode::SEE_OTHER {
        return reply;
    }
    browser.get(&location(&reply)).await
}

fn tick(table: &'static str) -> impl Fn(&mut Vec<(String, String)>) {
    move |fields| fields.push(("pick".to_owned(), table.to_owned()))
}

fn search(text: &'static str) -> impl Fn(&mut Vec<(String, String)>) {
    move |fields| {
        fields.iter_mut().filter(|(name, _)| name == "q").for_each(|field| text.clone_into(&mut field.1));
    }
}

fn topic() -> impl Fn(&mut Vec<(String, String)>) {
    |fields| {
        fields
            .iter_mut()
            .filter(|(name, _)| name == "topic")
            .for_each(|field| "orders".clone_into(&mut field.1));
    }
}

fn nothing(_: &mut Vec<(String, String)>) {}

fn ticked(page: &Reply) -> String {
    texts(page, "[data-ticked]").remove(0)
}

#[tokio::test]
async fn looking_around_keeps_what_was_ticked() {
    let app = TestApp::start().await.with_datasources().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let draft = begun(&mut browser, "勾选").await;
    let page = browser.get(&format!("{draft}/objects")).await;

    // A kind of change that is not wanted stays so over opening a database, searching and paging.
    let page = press(&mut browser, &page, ("open", "shop"), |fields| {
        fields.retain(|(name, value)| (name.as_str(), value.as_str()) != ("dml", "delete"));
    })
    .await;
    let kinds = "input[name=dml][checked]";
    assert_eq!(count(&page, kinds), 2, "{}", page.text);
    let page = press(&mut browser, &page, ("do", "search"), tick("shop.orders")).await;
    assert_eq!((count(&page, kinds), ticked(&page).as_str()), (2, "1 ticked"));

    // A table that a search puts out of sight stays ticked, and the next one joins it.
    let page = press(&mut browser, &page, ("do", "search"), search("user")).await;
    assert!(!page.text.contains("value=\"shop.orders\""), "{}", page.text);
    assert!(page.text.contains("name=\"q\" value=\"user\""), "the searched text is gone");
    assert_eq!(ticked(&page), "1 ticked");
    let page = press(&mut browser, &page, ("open", "stock"), tick("shop.users")).await;
    assert_eq!((count(&page, kinds), ticked(&page).as_str()), (2, "2 ticked"));

    // A tick in sight can be taken away.
    let page = press(&mut browser, &page, ("open", "shop"), nothing).await;
    let page = press(&mut browser, &page, ("do", "search"), |fields| {
        search("")(fields);
        fields.retain(|field| *field != ("pick".to_owned(), "shop.users".to_owned()));
    })
    .await;
    assert_eq!(ticked(&page), "1 ticked");

    // All that are ticked are mapped, wherever they are.
    let page = press(&mut browser, &page, ("open", "stock"), tick("shop.users")).await;
    let page = press(&mut browser, &page, ("turn", "2"), tick("stock.item_0000")).await;
    let page = press(&mut browser, &page, ("do", "map"), nothing).await;
    assert_eq!(texts(&page, ".chips .tag"), ["shop.orders", "shop.users", "stock.item_0000"]);
    let page = press(&mut browser, &page, ("do", "assign"), topic()).await;
    assert_eq!((texts(&page, ".leaf.row .text").len(), ticked(&page).as_str()), (3, "0 ticked"));
    assert_eq!(count(&page, kinds), 2);

    // Settings of a table are one way to go; what is ticked meanwhile is kept.
    let page = press(&mut browser, &page, ("settings", "shop.orders"), |fields| {
        fields.retain(|(name, value)| (name.as_str(), value.as_str()) != ("dml", "update"));
    })
    .await;
    assert!(page.text.contains("name=\"where\""), "{}", page.text);
    let page = browser.get(&format!("{draft}/objects")).await;
    assert_eq!(count(&page, kinds), 1);
    app.app.stop().await;
}

fn count(page: &Reply, selector: &str) -> usize {
    texts(page, selector).len()
}

#[tokio::test]
async fn a_whole_database_is_ticked_by_one_button() {
    let app = TestApp::start().await.with_datasources().await;
    let mut browser = Browser::new(&app);
    browser.activate().await;
    let draft = begun(&mut browser, "整库").await;
    let page = browser.get(&format!("{draft}/objects?db=stock")).await;
    assert_eq!(texts(&page, "button[value=tick-all]"), ["Tick all 10000 tables"]);
    let page = press(&mut browser, &page, ("do", "tick-all"), nothing).await;
    assert_eq!(ticked(&page), "10000 ticked");
    assert_eq!(count(&page, "input[name=pick][checked]"), 100);

    // All but those that a search finds.
    let page = press(&mut browser, &page, ("do", "search"), search("item_1")).await;
    assert_eq!(texts(&page, "button[value=untick-all]"), ["Untick these 1000"]);
    let page = press(&mut browser, &page, ("do", "untick-all"), nothing).await;
    assert_eq!(ticked(&page), "9000 ticked");
    assert_eq!(texts(&page, "button[value=tick-all]"), ["Tick the 1000 found"]);

    let page = press(&mut browser, &page, ("do", "map"), nothing).await;
    assert!(page.text.len() < 250_000, "{} bytes", page.text.len());
    press(&mut browser, &page, ("do", "assign"), topic()).await;
    let page = browser.get(&format!("{draft}/objects")).await;
    assert!(texts(&page, ".card-head .quiet").contains(&"1 topic · 9000 tables".to_owned()), "{}", page.text);

    // What is chosen can't be ticked again; a view never.
    let page = browser.get(&format!("{draft}/objects?db=stock")).await;
    assert_eq!(texts(&page, "button[value=tick-all]"), ["Tick all 1000 tables"]);
    let page = press(&mut browser, &page, ("open", "shop"), nothing).await;
    let page = press(&mut browser, &page, ("do", "tick-all"), nothing).await;
    assert_eq!(ticked(&page), "2 ticked");
    let page = press(&mut browser, &page, ("do", "untick"), nothing).await;
    assert_eq!(ticked(&page), "0 ticked");
    app.app.stop().await;
}
