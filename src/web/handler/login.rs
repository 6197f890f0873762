//! Logging in and out, and replacing a one-time password.

use actix_web::cookie::time::Duration;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::secret::random_text;
use crate::service::accounts::{LoginAnswer, Place};
use crate::text::page;
use crate::web::State;
use crate::web::extract::{AnyUser, LOGIN_COOKIE, Visitor};
use crate::web::form::{Pairs, is_ours};
use crate::web::view::error::refuse;
use crate::web::view::login::{LoginPage, PasswordPage};
use crate::web::view::{Shell, render};

use super::posted::{Posted, foreign_form};
use super::{cookie, see};

/// Cookie that ties the login form to the browser it was made for.
const FORM_COOKIE: &str = "tidewire_form";

fn page(
    state: &State,
    visitor: &Visitor,
    status: StatusCode,
    account: &str,
    problem: String,
) -> HttpResponse {
    let mut shell = Shell::visitor(state, visitor.lang, "/login");
    shell.csrf = random_text(32).unwrap_or_default();
    let form = cookie(state, FORM_COOKIE, shell.csrf.clone());
    let mut response = render(status, &LoginPage { shell, account: account.to_owned(), problem });
    if let Err(error) = response.add_cookie(&form) {
        log::warn!("a cookie can't be set: {error}");
    }
    response
}

/// `GET /login`.
pub(super) async fn form(state: web::Data<State>, visitor: Visitor) -> HttpResponse {
    std::future::ready(page(&state, &visitor, StatusCode::OK, "", String::new())).await
}

/// `POST /login`.
pub(super) async fn submit(
    request: HttpRequest,
    state: web::Data<State>,
    visitor: Visitor,
    body: web::Bytes,
) -> HttpResponse {
    let pairs = Pairs::read(&body);
    let token = request.cookie(FORM_COOKIE).map(|cookie| cookie.value().to_owned()).unwrap_or_default();
    if !is_ours(&request, &state, &pairs, &token) {
        return foreign_form(Shell::visitor(&state, visitor.lang, "/login"));
    }
    let browser = request.headers().get(header::USER_AGENT).and_then(|name| name.to_str().ok());
    let place = Place {
        address: request.peer_addr().map(|address| address.ip().to_string()).unwrap_or_default(),
        browser: browser.unwrap_or_default().to_owned(),
    };
    let account = pairs.get("account").trim();
    match state.service.log_in(account, pairs.get("password"), place).await {
        Ok(LoginAnswer::In(token)) => {
            let mut response = see("/overview");
            if let Err(error) = response.add_cookie(&cookie(&state, LOGIN_COOKIE, token)) {
                log::warn!("a cookie can't be set: {error}");
            }
            response
        }
        Ok(LoginAnswer::Wrong(left)) => {
            let problem = page::LOGIN_WRONG.fill(visitor.lang, &[&left.to_string()]);
            page(&state, &visitor, StatusCode::UNPROCESSABLE_ENTITY, account, problem)
        }
        Ok(LoginAnswer::NoAccount) => {
            let problem = page::LOGIN_NO_ACCOUNT.get(visitor.lang).to_owned();
            page(&state, &visitor, StatusCode::UNPROCESSABLE_ENTITY, "", problem)
        }
        Ok(LoginAnswer::Locked(minutes)) => {
            let problem = page::LOGIN_LOCKED.fill(visitor.lang, &[&minutes.to_string()]);
            page(&state, &visitor, StatusCode::TOO_MANY_REQUESTS, account, problem)
        }
        Err(error) => refuse(Shell::visitor(&state, visitor.lang, "/login"), &error),
    }
}

/// `POST /logout`.
pub(super) async fn log_out(
    request: HttpRequest,
    Posted { user: AnyUser(user), .. }: Posted<AnyUser>,
) -> HttpResponse {
    if let Some(cookie) = request.cookie(LOGIN_COOKIE)
        && let Err(error) = user.state.service.log_out(cookie.value()).await
    {
        return refuse(Shell::of(&user), &error);
    }
    let mut gone = cookie(&user.state, LOGIN_COOKIE, String::new());
    gone.set_max_age(Duration::ZERO);
    let mut response = see("/login");
    if let Err(error) = response.add_cookie(&gone) {
        log::warn!("a cookie can't be set: {error}");
    }
    response
}

/// `GET /password`.
pub(super) async fn password_form(user: AnyUser) -> HttpResponse {
    let AnyUser(user) = user;
    let page = PasswordPage { shell: Shell::of(&user), once: String::new(), twice: String::new() };
    std::future::ready(render(StatusCode::OK, &page)).await
}

/// `POST /password`.
pub(super) async fn password_submit(
    Posted { user: AnyUser(user), form: pairs }: Posted<AnyUser>,
) -> HttpResponse {
    if !user.login.must_change {
        return see("/overview");
    }
    let (once, twice) = (pairs.get("password"), pairs.get("again"));
    let Err(error) = user.state.service.choose_password(&user.login, once, twice).await else {
        return see("/overview");
    };
    let shell = Shell::of(&user);
    let Some(refusal) = error.wrong_fields() else {
        return refuse(shell, &error);
    };
    let problem = |name: &str| {
        let found = refusal.fields.iter().find(|(field, _)| *field == name);
        found.map(|(_, message)| message.get(user.lang).to_owned()).unwrap_or_default()
    };
    let page = PasswordPage { shell, once: problem("password"), twice: problem("again") };
    render(StatusCode::UNPROCESSABLE_ENTITY, &page)
}
