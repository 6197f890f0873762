//! The forms of a page as a browser would send them.

use scraper::{ElementRef, Html, Selector};

use crate::support::Reply;

/// One way to send a form: one of its buttons.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    /// Where it is sent.
    pub(super) action: String,
    /// What is sent: the fields, then the button's own.
    pub(super) fields: Vec<(String, String)>,
    /// Name and value of the button; empty when it has none.
    pub(super) button: (String, String),
}

impl Sheet {
    /// With other values; a field that a page may hold back is added.
    pub(super) fn with(mut self, values: &[(String, String)]) -> Self {
        self.fields.retain(|(name, _)| !values.iter().any(|(other, _)| other == name));
        self.fields.extend(values.iter().cloned());
        self
    }

    /// As pairs for the browser.
    pub(super) fn pairs(&self) -> Vec<(&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

fn attribute(element: ElementRef<'_>, name: &str) -> String {
    element.value().attr(name).unwrap_or_default().to_owned()
}

/// A page, with what only browsers without scripts show.
pub(super) fn parsed(reply: &Reply) -> Html {
    Html::parse_document(&reply.text.replace("<noscript>", "").replace("</noscript>", ""))
}

/// The addresses that a page links to.
pub(super) fn links(reply: &Reply) -> Vec<String> {
    all(&parsed(reply), "a[href]").into_iter().map(|link| attribute(link, "href")).collect()
}

/// Every way to send something from a page.
pub(super) fn sheets(reply: &Reply) -> Vec<Sheet> {
    let page = parsed(reply);
    let mut found = Vec::new();
    for form in all(&page, "form[method=post]") {
        let id = attribute(form, "id");
        let owned = |element: &ElementRef<'_>| match element.value().attr("form") {
            Some(owner) => !id.is_empty() && owner == id,
            None => element.ancestors().any(|one| one.id() == form.id()),
        };
        let controls = all(&page, "input, select, textarea, button").into_iter().filter(owned);
        let controls: Vec<ElementRef<'_>> =
            controls.filter(|one| one.value().attr("disabled").is_none()).collect();
        let fields: Vec<(String, String)> = controls.iter().flat_map(|one| values(*one)).collect();
        for button in controls.iter().filter(|one| submits(**one)) {
            let mut sheet = Sheet {
                action: attribute(form, "action"),
                fields: fields.clone(),
                button: (attribute(*button, "name"), attribute(*button, "value")),
            };
            if let Some(action) = button.value().attr("formaction") {
                action.clone_into(&mut sheet.action);
            }
            if !sheet.button.0.is_empty() {
                sheet.fields.push(sheet.button.clone());
            }
            found.push(sheet);
        }
    }
    found
}

fn submits(element: ElementRef<'_>) -> bool {
    let kind = attribute(element, "type");
    match element.value().name() {
        "button" => kind.is_empty() || kind == "submit",
        "input" => kind == "submit" || kind == "image",
        _ => false,
    }
}

/// What a control sends, whichever button is pressed.
fn values(element: ElementRef<'_>) -> Vec<(String, String)> {
    let name = attribute(element, "name");
    if name.is_empty() {
        return Vec::new();
    }
    let value = match element.value().name() {
        "textarea" => Some(element.text().collect()),
        "select" => chosen(element),
        "input" => match attribute(element, "type").as_str() {
            "checkbox" | "radio" if element.value().attr("checked").is_none() => None,
            "file" | "submit" | "image" | "button" => None,
            _ => Some(attribute(element, "value")),
        },
        _ => None,
    };
    value.map(|value| (name, value)).into_iter().collect()
}

/// The chosen option, else the first one, as browsers do.
fn chosen(select: ElementRef<'_>) -> Option<String> {
    let options: Vec<ElementRef<'_>> = select.select(&Selector::parse("option").unwrap()).collect();
    let marked = options.iter().find(|option| option.value().attr("selected").is_some());
    marked.or(options.first()).map(|option| attribute(*option, "value"))
}
