//! What can be done to a project in its state, as buttons and links. The rule is
//! the one that the service refuses by.

use tidewire_words::{Lang, Text};

use crate::model::status::ProjectStatus;
use crate::supervisor::state::{Command, allowed, may_delete, may_rename};
use crate::text::list as text;

/// A button that sends a form, or a link to a page that asks first.
pub(in crate::web) struct Act {
    pub(in crate::web) href: String,
    pub(in crate::web) word: &'static str,
    /// Sends a form.
    pub(in crate::web) posts: bool,
    /// What to do next in most cases.
    pub(in crate::web) primary: bool,
    /// Can't be undone.
    pub(in crate::web) danger: bool,
}

impl Act {
    fn posting(id: &str, name: &str, word: Text, lang: Lang) -> Self {
        let href = format!("/projects/{id}/{name}");
        Self { href, word: word.get(lang), posts: true, primary: false, danger: false }
    }

    fn link(id: &str, name: &str, word: Text, lang: Lang) -> Self {
        Self { posts: false, ..Self::posting(id, name, word, lang) }
    }
}

/// The commands of a state, and what stands behind the dots.
pub(in crate::web) fn acts(id: &str, status: ProjectStatus, lang: Lang) -> (Vec<Act>, Vec<Act>) {
    let (mut first, mut more) = (Vec::new(), Vec::new());
    let mut last = Vec::new();
    for command in allowed(status) {
        if command == Command::Release {
            let link = Act::link(id, command.as_str(), command.word(), lang);
            last.push(Act { danger: true, ..link });
        } else {
            let button = Act::posting(id, command.as_str(), command.word(), lang);
            let primary = matches!(command, Command::Start | Command::Resume);
            first.push(Act { primary, ..button });
        }
    }
    if may_delete(status) {
        last.push(Act { danger: true, ..Act::link(id, "delete", text::DELETE, lang) });
    }
    more.push(Act::posting(id, "clone", text::CLONE, lang));
    if may_rename(status) {
        more.push(Act::link(id, "rename", text::RENAME, lang));
    }
    more.push(Act::link(id, "tags", text::EDIT_TAGS, lang));
    more.push(Act::link(id, "export.toml", text::EXPORT, lang));
    more.extend(last);
    (first, more)
}
