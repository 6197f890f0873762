//! One use of a form: the things that it is about, its page, what is sent.

use reqwest::{Method, StatusCode};

use crate::browser::Browser;
use crate::support::Reply;

use super::sheet::{Sheet, sheets};
use super::table::Form;

/// A word in braces, and the name of what it stands for.
pub(super) type Name = (&'static str, String);

/// Fields of a text such as `a=1&b=2`.
pub(super) fn fields_of(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// An address or a text with names in place of its words in braces.
pub(super) fn filled(text: &str, names: &[Name]) -> String {
    names.iter().fold(text.to_owned(), |text, (word, name)| text.replace(&format!("{{{word}}}"), name))
}

/// The words in braces of some texts, each once.
pub(super) fn words(texts: &[&'static str]) -> Vec<&'static str> {
    let parts = texts.iter().flat_map(|text| text.split('{').skip(1));
    let mut words: Vec<&'static str> = parts.map(|part| part.split('}').next().unwrap()).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The same names, but of nothing that is there.
pub(super) fn unknown(names: &[Name]) -> Vec<Name> {
    let none = |(word, name): &Name| {
        let prefix = name.split_once('_').map(|(prefix, _)| prefix);
        (*word, prefix.map_or("nobody".to_owned(), |prefix| format!("{prefix}_000000000000")))
    };
    names.iter().map(none).collect()
}

/// One use of a form: who fills it in, and what the words in braces stand for.
#[derive(Clone)]
pub(super) struct Scene<'a> {
    pub(super) form: &'static Form,
    pub(super) me: Browser<'a>,
    pub(super) names: Vec<Name>,
}

/// The form of a page that is sent to an address, by the button that is among
/// the fields, or the first one.
pub(super) fn sheet_of(page: &Reply, action: &str, fill: &[(String, String)]) -> Sheet {
    offered(page, action, fill).unwrap_or_else(|| panic!("no form for {action} on {}", page.text))
}

fn offered(page: &Reply, action: &str, fill: &[(String, String)]) -> Option<Sheet> {
    let all: Vec<Sheet> = sheets(page).into_iter().filter(|sheet| sheet.action == action).collect();
    let pressed = all.iter().find(|sheet| fill.contains(&sheet.button));
    pressed.or(all.first()).cloned()
}

impl Scene<'_> {
    /// A text of the form's line with this scene's names.
    pub(super) fn of(&self, text: &str) -> String {
        filled(text, &self.names)
    }

    /// The same with names of nothing that is there.
    pub(super) fn unknown(&self, text: &str) -> String {
        filled(text, &unknown(&self.names))
    }

    /// The page with the form.
    pub(super) async fn page(&mut self) -> Reply {
        let on = self.of(self.form.on);
        let page = self.me.get(&on).await;
        if self.form.first.is_empty() || page.status != StatusCode::OK {
            return page;
        }
        let fill = fields_of(self.form.first);
        let action = on.split('?').next().unwrap();
        let sheet = sheet_of(&page, action, &fill).with(&fill);
        self.me.post(action, &sheet.pairs()).await
    }

    /// The form, filled in.
    pub(super) async fn sheet(&mut self) -> Sheet {
        let post = self.form.post;
        self.try_sheet().await.unwrap_or_else(|| panic!("nothing offers {post}"))
    }

    /// The same; nothing when its page does not offer it any more.
    pub(super) async fn try_sheet(&mut self) -> Option<Sheet> {
        let page = self.page().await;
        let fill = fields_of(&self.of(self.form.fill));
        Some(offered(&page, &self.of(self.form.post), &fill)?.with(&fill))
    }

    /// Sends a form.
    pub(super) async fn send(&mut self, sheet: &Sheet) -> Reply {
        self.me.post(&sheet.action, &sheet.pairs()).await
    }
}

/// Sends a form with another origin than the console's; nothing: without one.
pub(super) async fn from_elsewhere(browser: &mut Browser<'_>, sheet: &Sheet, origin: &str) -> Reply {
    let request = browser
        .app
        .request(Method::POST, &sheet.action)
        .header("origin", origin)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(serde_urlencoded::to_string(sheet.pairs()).unwrap());
    browser.send(request).await
}
