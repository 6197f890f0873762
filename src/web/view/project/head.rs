//! What stands above every page of a project: name, state, what can be done,
//! what is wrong, the other pages.

use tidewire_words::Text;

use crate::service::monitor::{ErrorView, StatusView};
use crate::service::schema::wants_definition;
use crate::store::project::ProjectRecord;
use crate::supervisor::state::{Command, may_modify, next};
use crate::text::{detail as text, list, versions};
use crate::web::view::{Shell, StateView};

use super::act::{Act, acts};

/// The pages of a project: end of the address and name.
const TABS: [(&str, Text); 7] = [
    ("", text::OVERVIEW),
    ("/objects", text::OBJECTS),
    ("/options", text::OPTIONS),
    ("/messages", text::MESSAGES),
    ("/schema", versions::TAB),
    ("/log", text::LOG),
    ("/operations", text::OPERATIONS),
];

/// `partial/project_head.html`.
pub(in crate::web) struct Head {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) tags: Vec<String>,
    pub(super) state: StateView,
    /// Commands of the state.
    pub(super) acts: Vec<Act>,
    /// Behind the dots.
    pub(super) more: Vec<Act>,
    pub(super) more_of: String,
    pub(super) error: Option<ErrorView>,
    pub(super) failed_at: String,
    /// Where a definition is given, when that is the way out of the error.
    pub(super) define: Option<String>,
    /// Whether the remedy is followed by a resume.
    pub(super) resumes: bool,
    pub(super) modifiable: bool,
    pub(super) warnings: Vec<String>,
    pub(super) tabs: Vec<Tab>,
    /// Where a command comes back to.
    pub(super) here: String,
    /// What keeps settings from being changed; empty when nothing does.
    pub(super) fixed: &'static str,
}

/// A link to another page of the project.
pub(super) struct Tab {
    pub(super) href: String,
    pub(super) word: &'static str,
    pub(super) current: bool,
}

impl Head {
    /// `tab` is the end of the page's address.
    pub(super) fn new(shell: &Shell, record: &ProjectRecord, status: &StatusView, tab: &str) -> Self {
        let lang = shell.lang;
        let (acts, mut more) = acts(&record.id, record.status, lang);
        let modifiable = may_modify(record.status);
        // The clone has a button of its own in front.
        more.retain(|act| !act.href.ends_with("/clone"));
        let place = |end: &str| format!("/projects/{}{end}", record.id);
        let error = status.error.clone();
        let at = error.as_ref().and_then(|error| error.at.as_deref()?.parse::<jiff::Timestamp>().ok());
        Self {
            name: record.name.clone(),
            id: record.id.clone(),
            tags: record.tags.clone(),
            state: StateView::new(status, lang),
            acts,
            more,
            more_of: list::MORE.fill(lang, &[&record.name]),
            failed_at: at.map(|at| shell.moment(at.as_millisecond())).unwrap_or_default(),
            define: error
                .as_ref()
                .filter(|error| modifiable && wants_definition(error))
                .map(|_| place("/define")),
            resumes: error.is_some() && next(record.status, Command::Resume).is_ok(),
            error,
            modifiable,
            warnings: status.warnings.clone(),
            tabs: TABS
                .iter()
                .map(|(end, word)| Tab { href: place(end), word: word.get(lang), current: *end == tab })
                .collect(),
            here: place(tab),
            fixed: match record.status {
                _ if modifiable => "",
                crate::model::status::ProjectStatus::Running => shell.t(text::PAUSE_FIRST),
                _ => shell.t(text::FIXED),
            },
        }
    }
}
