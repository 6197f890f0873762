//! Asks before something that can't be undone.

use askama::Template;

use crate::service::batch::BatchAction;
use crate::service::monitor::StatusView;
use crate::store::project::ProjectRecord;
use crate::text::{list as text, page};
use crate::web::view::{Shell, StateView};

use super::batch::{effect, position_texts};

/// `page/project_ask.html`.
#[derive(Template)]
#[template(path = "page/project_ask.html")]
pub(in crate::web) struct AskPage {
    shell: Shell,
    title: String,
    name: String,
    id: String,
    action: &'static str,
    word: &'static str,
    effect: &'static str,
    state: StateView,
    position: String,
    place: String,
}

impl AskPage {
    pub(in crate::web) fn new(
        shell: Shell,
        action: BatchAction,
        record: &ProjectRecord,
        status: &StatusView,
    ) -> Self {
        let word = action.word().get(shell.lang);
        let (position, place) = position_texts(status.position.as_ref(), &shell);
        Self {
            title: text::ASK_ONE.fill(shell.lang, &[word]),
            name: record.name.clone(),
            id: record.id.clone(),
            action: action.as_str(),
            word,
            effect: effect(action, &shell),
            state: StateView::new(status, shell.lang),
            position,
            place,
            shell,
        }
    }
}
