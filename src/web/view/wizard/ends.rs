//! Step 1: name, tags, source and target.

use askama::Template;
use tidewire_engine::endpoint::DatasourceKind;

use crate::service::datasources::DatasourceView;
use crate::service::draft_objects::has_started;
use crate::service::drafts::Draft;
use crate::service::error::FieldErrors;
use crate::service::tags::TagView;
use crate::text::{page, wizard as text};
use crate::web::view::Shell;
use crate::web::view::form::FormView;

use super::{Frame, form, pair};

/// `page/wizard_ends.html`.
#[derive(Template)]
#[template(path = "page/wizard_ends.html")]
pub(in crate::web) struct EndsPage {
    shell: Shell,
    frame: Frame,
    form: FormView,
    /// Where the form goes.
    action: String,
    /// Value and word of each choice.
    sources: Vec<(String, String)>,
    targets: Vec<(String, String)>,
    tags: Vec<String>,
    /// Whether source and target are fixed.
    fixed: bool,
}

impl EndsPage {
    pub(in crate::web) fn new(
        shell: Shell,
        draft: &Draft,
        datasources: &[DatasourceView],
        tags: &[TagView],
        errors: &FieldErrors,
    ) -> Self {
        let lang = shell.lang;
        let input = &draft.input;
        let mut values =
            vec![pair("name", &input.name), pair("source", &input.source), pair("target", &input.target)];
        values.extend(input.tags.iter().map(|tag| pair("tags", tag)));
        let labels =
            [("name", text::NAME), ("tags", text::TAGS), ("source", text::SOURCE), ("target", text::TARGET)];
        let mut names: Vec<String> = tags.iter().map(|tag| tag.name.clone()).collect();
        names.extend(input.tags.iter().filter(|tag| !tags.iter().any(|known| known.name == **tag)).cloned());
        let choices = |mq: bool, chosen: &str| choices(datasources, mq, chosen, text::CHOOSE.get(lang));
        Self {
            frame: Frame::new(draft, "ends", lang),
            form: form(values, errors, &labels, lang),
            action: if draft.id.is_empty() {
                "/projects/new".to_owned()
            } else {
                format!("/drafts/{}/ends", draft.id)
            },
            sources: choices(false, &input.source),
            targets: choices(true, &input.target),
            tags: names,
            fixed: draft.project.as_ref().is_some_and(has_started),
            shell,
        }
    }
}

/// Data sources of one side; a chosen one that was deleted stays.
fn choices(datasources: &[DatasourceView], mq: bool, chosen: &str, none: &str) -> Vec<(String, String)> {
    let mut choices = vec![(String::new(), none.to_owned())];
    for one in datasources {
        let settings = &one.settings;
        let kind = DatasourceKind::parse(&settings.kind);
        if (kind == Some(DatasourceKind::Rocketmq)) == mq {
            let kind = kind.map_or("", DatasourceKind::title);
            let word = format!("{} · {kind} · {}", settings.name, settings.address);
            choices.push((settings.name.clone(), word));
        }
    }
    if !chosen.is_empty() && !choices.iter().any(|(value, _)| value == chosen) {
        choices.push((chosen.to_owned(), chosen.to_owned()));
    }
    choices
}
