//! The console: one file an area. Each handler takes its guard, calls one use
//! case, and renders or redirects.

mod account;
mod datasource;
mod datasource_form;
mod login;
mod operation;
mod overview;
mod posted;
mod project;
mod system;
mod tag;
mod user;
mod wizard;

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use tidewire_words::{Lang, Sentence};

use crate::service::error::{RefusalKind, ServiceError};
use crate::text::refusal;

use super::extract::{CurrentUser, LANG_COOKIE, SAID_COOKIE, Visitor, ZONE_COOKIE, lang_of, state_of};
use super::view::Shell;
use super::view::error::refuse;
use super::{BODY_LIMIT, State, static_files};

/// Largest body that somebody who is not logged in may send.
const LOGIN_LIMIT: usize = 16 << 10;

/// Addresses of the console.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/", web::get().to(home))
        .route("/static/{hash}/{name}", web::get().to(static_files::file))
        .route("/lang", web::get().to(lang))
        .route("/zone", web::get().to(zone))
        .service(
            web::resource("/login")
                .app_data(web::PayloadConfig::new(LOGIN_LIMIT))
                .route(web::get().to(login::form))
                .route(web::post().to(login::submit)),
        )
        .service(
            web::resource("/password")
                .route(web::get().to(login::password_form))
                .route(web::post().to(login::password_submit)),
        )
        .service(only_posted("/logout", "/overview").route(web::post().to(login::log_out)))
        .configure(wizard::routes)
        .configure(account::routes)
        .configure(datasource::routes)
        .configure(operation::routes)
        .configure(overview::routes)
        .configure(system::routes)
        .configure(tag::routes)
        .configure(user::routes)
        .configure(project::routes);
}

/// The address of a form that has no page of its own: the address bar leads to
/// another page, `{id}` being the one of the form. Browsers open it after a
/// reload, and the language switch does.
fn only_posted(path: &str, page: &'static str) -> actix_web::Resource {
    web::resource(path).route(web::get().to(move |_: CurrentUser, request: HttpRequest| {
        let id = request.match_info().get("id").unwrap_or_default();
        std::future::ready(see(&page.replace("{id}", id)))
    }))
}

/// Where a login lands.
async fn home() -> HttpResponse {
    std::future::ready(see("/overview")).await
}

/// Sends the browser to another page. An address may have the name of a thing
/// in it: what a header can't hold is written with percent signs.
fn see(path: &str) -> HttpResponse {
    let place = percent(path, |byte| byte.is_ascii_graphic());
    HttpResponse::SeeOther().insert_header((header::LOCATION, place)).finish()
}

/// A text with a percent sign for every byte that does not stay.
fn percent(text: &str, stays: impl Fn(u8) -> bool) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if stays(byte) {
            out.push(char::from(byte));
        } else if write!(out, "%{byte:02X}").is_err() {
            break;
        }
    }
    out
}

/// Sends the browser to another page, which says what was done: a word of
/// [`crate::text::said`].
fn see_said(state: &State, path: &str, word: &str) -> HttpResponse {
    let mut said = cookie(state, SAID_COOKIE, word.to_owned());
    said.set_max_age(Duration::seconds(5));
    let mut response = see(path);
    if let Err(error) = response.add_cookie(&said) {
        log::warn!("a cookie can't be set: {error}");
    }
    response
}

/// The cookie that ends what [`see_said`] began: it is said once.
pub(super) fn said(state: &State) -> Cookie<'static> {
    let mut gone = cookie(state, SAID_COOKIE, String::new());
    gone.set_max_age(Duration::ZERO);
    gone
}

/// Remembers the time zone and goes back to the page.
async fn zone(state: web::Data<State>, query: web::Query<LangQuery>) -> HttpResponse {
    let known = jiff::tz::TimeZone::get(&query.to).is_ok();
    let mut cookie = cookie(&state, ZONE_COOKIE, if known { query.to.clone() } else { String::new() });
    cookie.set_max_age(if known { Duration::days(365) } else { Duration::ZERO });
    let to = back(&query.back);
    let unknown = !known && !query.to.is_empty();
    let answer = if unknown { see_said(&state, to, "no_zone") } else { see(to) };
    let mut response = std::future::ready(answer).await;
    if let Err(error) = response.add_cookie(&cookie) {
        log::warn!("a cookie can't be set: {error}");
    }
    response
}

/// Only to pages of ours.
fn back(path: &str) -> &str {
    back_or(path, "/overview")
}

/// A page of ours, or this one. Control characters would end the header.
fn back_or<'a>(path: &'a str, other: &'a str) -> &'a str {
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic());
    let ours = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    if ours && plain { path } else { other }
}

/// The address that a form goes back to once something was made there.
fn with_made(back: &str, name: &str) -> String {
    let pair = serde_urlencoded::to_string([("made", name)]).unwrap_or_default();
    let joint = if back.contains('?') { '&' } else { '?' };
    format!("{back}{joint}{pair}")
}

#[derive(Deserialize)]
struct LangQuery {
    #[serde(default)]
    to: String,
    #[serde(default)]
    back: String,
}

/// Remembers the language and goes back to the page; only to pages of ours.
async fn lang(state: web::Data<State>, query: web::Query<LangQuery>) -> HttpResponse {
    let mut cookie = cookie(&state, LANG_COOKIE, Lang::preferred(&query.to).tag().to_owned());
    cookie.set_max_age(Duration::days(365));
    let mut response = std::future::ready(see(back(&query.back))).await;
    if let Err(error) = response.add_cookie(&cookie) {
        log::warn!("a cookie can't be set: {error}");
    }
    response
}

/// A cookie that scripts don't see and other sites don't send.
fn cookie(state: &State, name: &'static str, value: String) -> Cookie<'static> {
    let secure = state.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    Cookie::build(name, value).path("/").http_only(true).same_site(SameSite::Lax).secure(secure).finish()
}

/// What could not be read is refused with a page.
fn unreadable(request: &HttpRequest, error: &ServiceError) -> HttpResponse {
    match state_of(request) {
        Some(state) => refuse(Shell::visitor(&state, lang_of(request), request.path()), error),
        None => HttpResponse::InternalServerError().finish(),
    }
}

/// Queries that can't be read: a number that is none, a name twice.
pub(super) fn queries() -> web::QueryConfig {
    web::QueryConfig::default().error_handler(|_, request| {
        let (message, remedy) = (refusal::BAD_ADDRESS, refusal::BAD_ADDRESS_REMEDY);
        let error = ServiceError::refused(RefusalKind::Malformed, "bad_query", message, remedy);
        actix_web::error::InternalError::from_response("query", unreadable(request, &error)).into()
    })
}

/// A form that is larger than the service reads.
pub(super) fn too_large(request: &HttpRequest) -> HttpResponse {
    let most = if request.path() == "/login" {
        format!("{} KB", LOGIN_LIMIT >> 10)
    } else {
        format!("{} MB", BODY_LIMIT >> 20)
    };
    let message = Sentence::new(refusal::TOO_LARGE, &[&most]);
    let remedy = refusal::TOO_LARGE_REMEDY;
    let error = ServiceError::refused(RefusalKind::TooLarge, "too_large", message, remedy);
    unreadable(request, &error)
}

/// 404 for everything without an address.
pub(super) async fn not_found(
    request: HttpRequest,
    state: web::Data<State>,
    visitor: Visitor,
) -> HttpResponse {
    let error = ServiceError::refused(
        RefusalKind::NotFound,
        "not_found",
        refusal::NOT_FOUND,
        refusal::NOT_FOUND_REMEDY,
    );
    let shell = Shell::visitor(&state, visitor.lang, request.path());
    std::future::ready(refuse(shell, &error)).await
}
