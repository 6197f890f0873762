//! Guards: a handler that has one in its signature is only reached by callers
//! who may.

use std::future::{Ready, ready};

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use jiff::tz::TimeZone;
use tidewire_words::{Lang, Text};

use crate::service::Actor;
use crate::store::login::LoginRecord;
use crate::text::said;

use super::State;

/// Cookie with the login token.
pub(super) const LOGIN_COOKIE: &str = "tidewire";
/// Cookie with the chosen language.
pub(super) const LANG_COOKIE: &str = "tidewire_lang";

/// Cookie with the chosen time zone, an IANA name.
pub(super) const ZONE_COOKIE: &str = "tidewire_zone";
/// Cookie with what the page before this one did, for some seconds.
pub(super) const SAID_COOKIE: &str = "tidewire_said";

/// The time zone of a request: the chosen one, else the service's.
#[must_use]
pub(super) fn zone_of(request: &HttpRequest) -> TimeZone {
    let chosen = request.cookie(ZONE_COOKIE).and_then(|cookie| TimeZone::get(cookie.value()).ok());
    chosen.unwrap_or_else(TimeZone::system)
}

/// The language of a request: the chosen one, else the browser's.
#[must_use]
pub(super) fn lang_of(request: &HttpRequest) -> Lang {
    if let Some(cookie) = request.cookie(LANG_COOKIE) {
        return Lang::preferred(cookie.value());
    }
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    accepted.map_or(Lang::En, Lang::preferred)
}

/// The shared state of a request.
pub(super) fn state_of(request: &HttpRequest) -> Option<web::Data<State>> {
    request.app_data::<web::Data<State>>().cloned()
}

/// Whether the request carries the API token.
#[must_use]
pub(super) fn has_token(request: &HttpRequest, state: &State) -> bool {
    let value = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.strip_prefix("Bearer ")).is_some_and(|token| state.is_token(token.trim()))
}

/// The language alone, for pages before the login.
pub(super) struct Visitor {
    pub(super) lang: Lang,
}

impl FromRequest for Visitor {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self { lang: lang_of(request) }))
    }
}

/// A person who is logged in. Without a login the browser goes to the login
/// page; with a one-time password, to the page that replaces it.
pub(super) struct CurrentUser {
    pub(super) state: web::Data<State>,
    pub(super) login: LoginRecord,
    pub(super) lang: Lang,
    pub(super) zone: TimeZone,
    pub(super) path: String,
    /// What the page before this one did.
    pub(super) said: Option<Text>,
}

impl CurrentUser {
    /// Who acts.
    pub(super) fn actor(&self) -> Actor {
        Actor::user(&self.login.user_name, self.login.admin)
    }
}

/// Where a browser without the right to a page goes.
#[derive(Debug)]
pub(super) struct Elsewhere(&'static str);

impl std::fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("see another page")
    }
}

impl actix_web::ResponseError for Elsewhere {
    fn status_code(&self) -> actix_web::http::StatusCode {
        actix_web::http::StatusCode::SEE_OTHER
    }

    fn error_response(&self) -> actix_web::HttpResponse {
        actix_web::HttpResponse::SeeOther().insert_header((header::LOCATION, self.0)).finish()
    }
}

/// A login that may still have its one-time password: only for the page that
/// replaces it and for logging out.
pub(super) struct AnyUser(pub(super) CurrentUser);

impl FromRequest for AnyUser {
    type Error = Elsewhere;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        async move {
            let state = state_of(&request).ok_or(Elsewhere("/login"))?;
            let cookie: Cookie<'static> = request.cookie(LOGIN_COOKIE).ok_or(Elsewhere("/login"))?;
            let found = state.service.login_of(cookie.value()).await;
            let login = found.ok().flatten().ok_or(Elsewhere("/login"))?;
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
            let said = request.cookie(SAID_COOKIE).and_then(|cookie| said::of(cookie.value()));
            let (lang, zone) = (lang_of(&request), zone_of(&request));
            Ok(Self(CurrentUser { state, login, lang, zone, path, said }))
        }
        .boxed_local()
    }
}

impl FromRequest for CurrentUser {
    type Error = Elsewhere;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let any = AnyUser::from_request(request, payload);
        async move {
            let AnyUser(user) = any.await?;
            if user.login.must_change { Err(Elsewhere("/password")) } else { Ok(user) }
        }
        .boxed_local()
    }
}
