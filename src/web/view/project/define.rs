//! A definition for a table whose columns can't be told otherwise.

use askama::Template;

use crate::service::error::Refusal;
use crate::service::monitor::StatusView;
use crate::service::schema::wants_definition;
use crate::store::project::ProjectRecord;
use crate::text::{page, versions as text};
use crate::web::form::Pairs;
use crate::web::view::Shell;
use crate::web::view::form::FormView;

use super::head::Head;

/// `page/project_define.html`.
#[derive(Template)]
#[template(path = "page/project_define.html")]
pub(in crate::web) struct DefinePage {
    shell: Shell,
    head: Head,
    form: FormView,
    /// The mark of what a definition replaces.
    seen: String,
    /// What keeps it from being saved, beside the fields.
    refused: Option<(String, String)>,
}

impl DefinePage {
    /// `form` is what was typed, or the table of the address; without one the form
    /// is for the table that the project stopped at.
    pub(in crate::web) fn new(
        shell: Shell,
        record: &ProjectRecord,
        status: &StatusView,
        (form, seen): (Pairs, String),
        refused: Option<&Refusal>,
    ) -> Self {
        let lang = shell.lang;
        let stopped_at = status.error.as_ref().filter(|error| wants_definition(error));
        let form = match stopped_at.and_then(|error| error.table.clone()) {
            Some(table) if form.get("table").is_empty() && refused.is_none() => {
                Pairs::of(vec![("table".to_owned(), table)])
            }
            _ => form,
        };
        let form = match refused {
            Some(refusal) => FormView::of(form).refused(refusal, lang),
            None => FormView::of(form),
        };
        let beside = refused.filter(|refusal| refusal.fields.is_empty());
        Self {
            head: Head::new(&shell, record, status, "/schema"),
            form: form.labelled(&[("table", text::DEFINE_FOR), ("definition", text::DEFINITION)], lang),
            seen,
            refused: beside
                .map(|refusal| (refusal.message.get(lang).to_owned(), refusal.remedy.get(lang).to_owned())),
            shell,
        }
    }
}
