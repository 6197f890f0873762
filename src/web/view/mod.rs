//! What pages show, as finished text: one struct a page, one to one with
//! `templates/page`. Templates only loop and choose.

pub(super) mod account;
pub(super) mod datasource;
pub(super) mod datasource_form;
pub(super) mod error;
pub(super) mod figure;
pub(super) mod form;
pub(super) mod help;
pub(super) mod login;
pub(super) mod operation;
pub(super) mod overview;
pub(super) mod pager;
pub(super) mod project;
pub(super) mod system;
pub(super) mod tag;
pub(super) mod wizard;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use jiff::tz::TimeZone;
use tidewire_words::{Lang, Text};

use crate::model::status::ProjectStatus;
use crate::service::monitor::StatusView;
use crate::text::{navigation, overview as overview_text, page};

use super::State;
use super::extract::CurrentUser;

/// An area of the console: what the navigation marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Area {
    Overview,
    Projects,
    Datasources,
    Operations,
    System,
    Help,
    /// None of them.
    Other,
}

impl Area {
    /// Those of the navigation: address, name, drawing.
    const ALL: [(Self, &'static str, Text, &'static str); 6] = [
        (Self::Overview, "/overview", navigation::OVERVIEW, "M4 11l8-7 8 7v9h-6v-6h-4v6H4z"),
        (
            Self::Projects,
            "/projects",
            navigation::PROJECTS,
            "M4 12a8 8 0 0 1 14-5l2 2M20 4v5h-5M20 12a8 8 0 0 1-14 5l-2-2M4 20v-5h5",
        ),
        (
            Self::Datasources,
            "/datasources",
            navigation::DATASOURCES,
            "M4 6c0-2 16-2 16 0s-16 2-16 0v12c0 2 16 2 16 0V6M4 12c0 2 16 2 16 0",
        ),
        (Self::Operations, "/operations", navigation::OPERATIONS, "M6 16v-5a6 6 0 0 1 12 0v5l2 2H4zM10 21h4"),
        (
            Self::System,
            "/system",
            navigation::SYSTEM,
            "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6M12 3v3M12 18v3M3 12h3M18 12h3M6 6l2 2M16 16l2 2M18 6l-2 2M8 16l-2 2",
        ),
        (
            Self::Help,
            "/help",
            navigation::HELP,
            "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M9.5 9a2.5 2.5 0 1 1 3.5 2.5c-1 .5-1 1-1 2M12 17v.5",
        ),
    ];
}

/// One link of the navigation.
pub(super) struct NavigationLink {
    href: &'static str,
    word: &'static str,
    drawing: &'static str,
    current: bool,
}

/// What every page needs.
pub(super) struct Shell {
    pub(super) lang: Lang,
    pub(super) zone: TimeZone,
    pub(super) area: Area,
    pub(super) user: String,
    pub(super) admin: bool,
    pub(super) csrf: String,
    pub(super) css: String,
    pub(super) script: String,
    pub(super) icon: String,
    /// What the page before this one did.
    pub(super) said: Option<&'static str>,
    /// Address of this page, for the language switch.
    pub(super) path: String,
    /// The program's version.
    pub(super) version: &'static str,
    /// Seconds after which figures are brought up to date; 0: never.
    pub(super) every: u32,
}

impl Shell {
    /// For a page before the login.
    pub(super) fn visitor(state: &State, lang: Lang, path: &str) -> Self {
        Self {
            lang,
            zone: TimeZone::system(),
            area: Area::Other,
            user: String::new(),
            admin: false,
            csrf: String::new(),
            said: None,
            css: state.assets.url("app.css"),
            script: state.assets.url("app.js"),
            icon: state.assets.url("icon.svg"),
            path: path.to_owned(),
            version: env!("CARGO_PKG_VERSION"),
            every: 0,
        }
    }

    /// For a page of a person who is logged in.
    pub(super) fn of(user: &CurrentUser) -> Self {
        Self::at(user, Area::Other)
    }

    /// For a page of an area.
    pub(super) fn at(user: &CurrentUser, area: Area) -> Self {
        let mut shell = Self::visitor(&user.state, user.lang, &user.path);
        shell.area = area;
        shell.zone = user.zone.clone();
        shell.admin = user.login.admin;
        shell.said = user.said.map(|said| said.get(user.lang));
        shell.user.clone_from(&user.login.user_name);
        shell.csrf.clone_from(&user.login.csrf);
        shell
    }

    /// The navigation.
    pub(super) fn links(&self) -> Vec<NavigationLink> {
        let link = |(area, href, name, drawing): (Area, &'static str, Text, &'static str)| NavigationLink {
            href,
            word: name.get(self.lang),
            drawing,
            current: area == self.area,
        };
        Area::ALL.into_iter().map(link).collect()
    }

    /// The address of the page's area, and a link's word for it.
    pub(super) fn way_back(&self) -> (&'static str, String) {
        let found = Area::ALL.into_iter().find(|(area, ..)| *area == self.area);
        let (_, href, name, _) = found.unwrap_or(Area::ALL[1]);
        (href, navigation::BACK_TO.fill(self.lang, &[name.get(self.lang)]))
    }

    /// A moment in the viewer's zone, to the second.
    pub(super) fn moment(&self, ms: i64) -> String {
        figure::moment(ms, &self.zone)
    }

    /// The name of the viewer's zone.
    pub(super) fn zone_name(&self) -> String {
        match self.zone.iana_name() {
            Some(name) => name.to_owned(),
            None => self.zone.to_offset(jiff::Timestamp::now()).to_string(),
        }
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
        let behind = status.lagging || status.lag_ms.is_some_and(|lag| lag >= CATCHING_UP_MS);
        let means = match status.phase {
            _ if let Some(reached) = &status.looking_ahead => page::PHASE_PROVING.fill(lang, &[reached]),
            Some("connecting") => page::PHASE_CONNECTING.get(lang).to_owned(),
            Some("locating") => page::PHASE_LOCATING.get(lang).to_owned(),
            Some("streaming") if status.lagging => overview_text::NEED_LAGGING.get(lang).to_owned(),
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
