//! A person's own page: password and logins.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::service::error::Refusal;
use crate::web::extract::CurrentUser;
use crate::web::handler::posted::Posted;
use crate::web::view::account::AccountPage;
use crate::web::view::error::refuse;
use crate::web::view::{Shell, render};

use super::{only_posted, see_said};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/account", web::get().to(show))
        .service(only_posted("/account/password", "/account").route(web::post().to(password)))
        .service(only_posted("/account/logins", "/account").route(web::post().to(end)));
}

/// `GET /account`.
async fn show(user: CurrentUser) -> HttpResponse {
    page(&user, StatusCode::OK, None).await
}

async fn page(user: &CurrentUser, status: StatusCode, refusal: Option<&Refusal>) -> HttpResponse {
    match user.state.service.logins(&user.actor()).await {
        Ok(logins) => render(status, &AccountPage::new(Shell::of(user), logins, user.login.id, refusal)),
        Err(error) => refuse(Shell::of(user), &error),
    }
}

/// `POST /account/password`.
async fn password(Posted { user, form: pairs }: Posted) -> HttpResponse {
    let (old, once, twice) = (pairs.get("old"), pairs.get("password"), pairs.get("again"));
    match user.state.service.change_password(&user.login, old, once, twice).await {
        Ok(()) => see_said(&user.state, "/account", "password"),
        Err(error) => match error.wrong_fields() {
            Some(refusal) => page(&user, StatusCode::UNPROCESSABLE_ENTITY, Some(refusal)).await,
            None => refuse(Shell::of(&user), &error),
        },
    }
}

/// `POST /account/logins`: ends one login, or all but this one.
async fn end(Posted { user, form: pairs }: Posted) -> HttpResponse {
    let service = &user.state.service;
    let ended = match pairs.get("end") {
        "others" => service.end_other_logins(&user.login).await,
        id => service.end_login(&user.actor(), id.parse().unwrap_or_default()).await,
    };
    match ended {
        Ok(()) => see_said(&user.state, "/account", "done"),
        Err(error) => refuse(Shell::of(&user), &error),
    }
}
