//! Which tags a project carries.

use askama::Template;

use crate::service::error::Refusal;
use crate::service::seen::mark;
use crate::service::tags::TagView;
use crate::store::project::ProjectRecord;
use crate::text::{list as text, page};
use crate::web::form::{Pairs, encoded};
use crate::web::view::Shell;
use crate::web::view::form::FormView;

/// `page/project_tags.html`.
#[derive(Template)]
#[template(path = "page/project_tags.html")]
pub(in crate::web) struct TagsPage {
    shell: Shell,
    form: FormView,
    title: String,
    id: String,
    name: String,
    tags: Vec<String>,
    manage: String,
}

impl TagsPage {
    pub(in crate::web) fn new(
        shell: Shell,
        record: &ProjectRecord,
        tags: Vec<TagView>,
        typed: Option<(Pairs, &Refusal)>,
    ) -> Self {
        let lang = shell.lang;
        let form = if let Some((pairs, refusal)) = typed {
            FormView::of(pairs).refused(refusal, lang)
        } else {
            let tags = record.tags.iter().map(|tag| ("tag".to_owned(), tag.clone()));
            let seen = ("seen".to_owned(), mark(&record.tags));
            FormView::of(Pairs::of(tags.chain([seen]).collect()))
        };
        Self {
            form: form.labelled(&[("tags", text::TAG)], lang),
            title: text::TAGS_OF.fill(lang, &[&record.name]),
            id: record.id.clone(),
            name: record.name.clone(),
            tags: tags.into_iter().map(|tag| tag.name).collect(),
            manage: format!("/tags?back={}", encoded(&format!("/projects/{}/tags", record.id))),
            shell,
        }
    }
}
