//! What pages show, as finished text: one struct a page, one to one with
//! `templates/page`. Templates only loop and choose.

pub(super) mod error;
pub(super) mod figure;
pub(super) mod login;
pub(super) mod project;
pub(super) mod project_list;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::model::lang::{Lang, Text};
use crate::model::status::ProjectStatus;
use crate::service::monitor::StatusView;
use crate::text::page;

use super::State;
use super::extract::CurrentUser;

/// What every page needs.
pub(super) struct Shell {
    pub(super) lang: Lang,
    pub(super) user: String,
    pub(super) csrf: String,
    pub(super) css: String,
    pub(super) icon: String,
    /// Address of this page, for the language switch.
    pub(super) path: String,
    /// The program's version.
    pub(super) version: &'static str,
    /// Seconds after which the page asks anew; 0: never.
    pub(super) refresh: u32,
}

impl Shell {
    /// For a page before the login.
    pub(super) fn visitor(state: &State, lang: Lang, path: &str) -> Self {
        Self {
            lang,
            user: String::new(),
            csrf: String::new(),
            css: state.assets.url("app.css"),
            icon: state.assets.url("icon.svg"),
            path: path.to_owned(),
            version: env!("CARGO_PKG_VERSION"),
            refresh: 0,
        }
    }

    /// For a page of a person who is logged in.
    pub(super) fn of(user: &CurrentUser) -> Self {
        let mut shell = Self::visitor(&user.state, user.lang, &user.path);
        shell.user.clone_from(&user.login.user_name);
        shell.csrf.clone_from(&user.login.csrf);
        shell
    }

    /// A text in the page's language.
    pub(super) fn t(&self, text: Text) -> &'static str {
        text.get(self.lang)
    }

    /// The other language and what it calls itself.
    pub(super) fn other(&self) -> (&'static str, &'static str) {
        match self.lang {
            Lang::Zh => ("en", "EN"),
            Lang::En => ("zh", "中文"),
        }
    }
}

/// Renders a page.
pub(super) fn render(status: StatusCode, page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(html) => HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html),
        Err(error) => {
            log::error!("a page can't be rendered: {error}");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// A state as a dot, a word, and what it means right now.
pub(super) struct StateView {
    /// Class of the colour.
    pub(super) tone: &'static str,
    pub(super) word: &'static str,
    pub(super) means: String,
}

/// Lag from which a running project is said to catch up.
const CATCHING_UP_MS: i64 = 30_000;

impl StateView {
    pub(super) fn new(status: &StatusView, lang: Lang) -> Self {
        let behind = status.lag_ms.is_some_and(|lag| lag >= CATCHING_UP_MS);
        let means = match status.phase {
            Some("connecting") => page::PHASE_CONNECTING.get(lang).to_owned(),
            Some("locating") => page::PHASE_LOCATING.get(lang).to_owned(),
            Some("streaming") if behind => page::PHASE_CATCHING_UP.get(lang).to_owned(),
            Some("streaming") => page::PHASE_STREAMING.get(lang).to_owned(),
            Some("draining") => page::PHASE_DRAINING.get(lang).to_owned(),
            Some(_) => {
                let attempt = status.attempt.unwrap_or(1).to_string();
                page::PHASE_BACKING_OFF.fill(lang, &[&attempt])
            }
            None => at_rest(status, lang),
        };
        let retrying = status.phase == Some("backing_off");
        let tone = match status.state {
            ProjectStatus::Running if retrying || behind => "warn",
            ProjectStatus::Running => "good",
            ProjectStatus::Failed => "bad",
            ProjectStatus::Suspended => "warn",
            ProjectStatus::Init | ProjectStatus::Releasing | ProjectStatus::Released => "calm",
        };
        Self { tone, word: status.state.word().get(lang), means }
    }
}

fn at_rest(status: &StatusView, lang: Lang) -> String {
    match status.state {
        ProjectStatus::Init => page::WAITS_FOR_START.get(lang).to_owned(),
        ProjectStatus::Failed => status.error.as_ref().map(|error| error.message.clone()).unwrap_or_default(),
        ProjectStatus::Suspended => page::GOES_ON_FROM.get(lang).to_owned(),
        ProjectStatus::Released => page::RELEASED_HINT.get(lang).to_owned(),
        ProjectStatus::Running | ProjectStatus::Releasing => String::new(),
    }
}
