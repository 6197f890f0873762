//! Another name for a project.

use askama::Template;

use crate::service::error::Refusal;
use crate::service::seen::mark;
use crate::store::project::ProjectRecord;
use crate::text::{list as text, page};
use crate::web::form::Pairs;
use crate::web::view::Shell;
use crate::web::view::form::FormView;

/// `page/project_rename.html`.
#[derive(Template)]
#[template(path = "page/project_rename.html")]
pub(in crate::web) struct RenamePage {
    shell: Shell,
    form: FormView,
    title: String,
    id: String,
    name: String,
}

impl RenamePage {
    pub(in crate::web) fn new(
        shell: Shell,
        record: &ProjectRecord,
        typed: Option<(Pairs, &Refusal)>,
    ) -> Self {
        let lang = shell.lang;
        let form = match typed {
            Some((pairs, refusal)) => FormView::of(pairs).refused(refusal, lang),
            None => FormView::of(Pairs::of(vec![
                ("name".to_owned(), record.name.clone()),
                ("seen".to_owned(), mark(&record.name)),
            ])),
        };
        Self {
            form: form.labelled(&[("name", text::NAME)], lang),
            title: text::RENAME_OF.fill(lang, &[&record.name]),
            id: record.id.clone(),
            name: record.name.clone(),
            shell,
        }
    }
}
