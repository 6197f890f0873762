//! Importing objects.

use askama::Template;

use crate::service::drafts::Draft;
use crate::service::transfer::Imported;
use crate::text::{page, wizard as text};
use crate::web::view::Shell;

use super::Frame;

/// Problems that are listed.
const LISTED: usize = 50;

/// `page/wizard_import.html`.
#[derive(Template)]
#[template(path = "page/wizard_import.html")]
pub(in crate::web) struct ImportPage {
    shell: Shell,
    frame: Frame,
    warning: String,
    list: String,
    /// Set when everything is valid.
    fine: String,
    problems: Vec<String>,
}

impl ImportPage {
    pub(in crate::web) fn new(shell: Shell, draft: &Draft, list: String, checked: Option<&Imported>) -> Self {
        let lang = shell.lang;
        let (fine, problems) = match checked {
            None => (String::new(), Vec::new()),
            Some(Imported::Fine(tables)) => {
                (text::IMPORT_FINE.fill(lang, &[&tables.len().to_string()]), Vec::new())
            }
            Some(Imported::Wrong(lines)) => {
                let said = lines
                    .iter()
                    .take(LISTED)
                    .map(|(line, message)| text::LINE.fill(lang, &[&line.to_string(), message.get(lang)]));
                (String::new(), said.collect())
            }
        };
        let count = draft.input.table.len();
        Self {
            frame: Frame::new(draft, "objects", lang),
            warning: if count == 0 {
                String::new()
            } else {
                text::IMPORT_WARNING.fill(lang, &[&count.to_string()])
            },
            list,
            fine,
            problems,
            shell,
        }
    }
}
