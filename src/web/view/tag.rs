//! Tags: the list with its form, and the questions before one is changed.

use askama::Template;

use crate::service::error::Refusal;
use crate::service::tags::TagView;
use crate::text::{navigation, page, tags as text};
use crate::web::form::Pairs;

use super::Shell;
use super::form::FormView;
use super::operation::actor_word;
use super::pager::address;

/// `page/tag_list.html`.
#[derive(Template)]
#[template(path = "page/tag_list.html")]
pub(in crate::web) struct TagListPage {
    shell: Shell,
    total: String,
    form: FormView,
    back: String,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    projects: String,
    creator: String,
    /// Where it is renamed and deleted; nothing when the viewer may not.
    rename: Option<String>,
    delete: Option<String>,
}

fn form(name: &str, refusal: Option<&Refusal>, shell: &Shell) -> FormView {
    let values = Pairs::of(vec![("name".to_owned(), name.to_owned())]);
    let form = FormView::of(values).labelled(&[("name", text::NAME)], shell.lang);
    match refusal {
        Some(refusal) => form.refused(refusal, shell.lang),
        None => form,
    }
}

impl TagListPage {
    /// `typed` is what the form holds, `mine` whether the viewer may change a
    /// tag of this creator.
    pub(in crate::web) fn new(
        shell: Shell,
        tags: Vec<TagView>,
        back: &str,
        mine: impl Fn(&str) -> bool,
        (typed, refusal): (&str, Option<&Refusal>),
    ) -> Self {
        let lang = shell.lang;
        let row = |tag: TagView| {
            let query = [("name", tag.name.as_str()), ("back", back)];
            let href = |path: &str| mine(&tag.creator).then(|| address(path, &query, &[]));
            Row {
                rename: href("/tags/rename"),
                delete: href("/tags/delete"),
                projects: tag.projects.to_string(),
                name: tag.name.clone(),
                creator: actor_word(&tag.creator, lang),
            }
        };
        Self {
            total: text::COUNT.fill(shell.lang, &[&tags.len().to_string()]),
            form: form(typed, refusal, &shell),
            back: back.to_owned(),
            rows: tags.into_iter().map(row).collect(),
            shell,
        }
    }
}

/// `page/tag_change.html`: rename or delete.
#[derive(Template)]
#[template(path = "page/tag_change.html")]
pub(in crate::web) struct TagChangePage {
    shell: Shell,
    title: String,
    what: String,
    tag: String,
    back: String,
    cancel: String,
    form: FormView,
    deletes: bool,
}

impl TagChangePage {
    pub(in crate::web) fn rename(
        shell: Shell,
        tag: &TagView,
        back: &str,
        new: &str,
        refusal: Option<&Refusal>,
    ) -> Self {
        let used = text::RENAME_USED.fill(shell.lang, &[&tag.projects.to_string()]);
        Self {
            title: text::RENAME_TITLE.fill(shell.lang, &[&tag.name]),
            what: if tag.projects == 0 { String::new() } else { used },
            tag: tag.name.clone(),
            back: back.to_owned(),
            cancel: address("/tags", &[("back", back)], &[]),
            form: form(new, refusal, &shell),
            deletes: false,
            shell,
        }
    }

    pub(in crate::web) fn delete(shell: Shell, tag: &TagView, back: &str) -> Self {
        let used = text::DELETE_USED.fill(shell.lang, &[&tag.projects.to_string()]);
        let unused = text::DELETE_UNUSED.get(shell.lang).to_owned();
        Self {
            title: text::DELETE_TITLE.fill(shell.lang, &[&tag.name]),
            what: if tag.projects == 0 { unused } else { used },
            tag: tag.name.clone(),
            back: back.to_owned(),
            cancel: address("/tags", &[("back", back)], &[]),
            form: FormView::default(),
            deletes: true,
            shell,
        }
    }
}
