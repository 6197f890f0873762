//! Asks before the queues of brokers that are gone are let go.

use askama::Template;

use crate::store::project::ProjectRecord;
use crate::text::{adopt as text, page};
use crate::web::view::Shell;

/// `page/project_adopt.html`.
#[derive(Template)]
#[template(path = "page/project_adopt.html")]
pub(in crate::web) struct AdoptPage {
    shell: Shell,
    title: String,
    id: String,
    name: String,
}

impl AdoptPage {
    pub(in crate::web) fn new(shell: Shell, record: &ProjectRecord) -> Self {
        Self {
            title: text::TITLE.fill(shell.lang, &[&record.name]),
            id: record.id.clone(),
            name: record.name.clone(),
            shell,
        }
    }
}
