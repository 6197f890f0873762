//! The settings: shown to everybody, changed by admins.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::service::settings::SettingsInput;
use crate::web::extract::CurrentUser;
use crate::web::view::error::refuse;
use crate::web::view::system::SystemPage;
use crate::web::view::{Area, Shell, render};

use super::{foreign_form, only_posted, posted, see_said};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/system").route(web::get().to(show)).route(web::post().to(save)))
        .service(only_posted("/system/defaults", "/system").route(web::post().to(defaults)));
}

fn shell(user: &CurrentUser) -> Shell {
    Shell::at(user, Area::System)
}

/// `GET /system`.
async fn show(user: CurrentUser) -> HttpResponse {
    match user.state.service.settings().await {
        Ok(settings) => {
            let typed = SettingsInput::of(settings);
            render(StatusCode::OK, &SystemPage::new(shell(&user), &user.state.process, typed, None))
        }
        Err(error) => refuse(shell(&user), &error),
    }
}

/// `POST /system`.
async fn save(request: HttpRequest, user: CurrentUser, body: web::Bytes) -> HttpResponse {
    let Some(pairs) = posted(&request, &user, &body) else { return foreign_form(shell(&user)) };
    let field = |name: &str| pairs.get(name).trim().to_owned();
    let typed = SettingsInput {
        retention_days: field("retention_days"),
        high: field("high"),
        medium: field("medium"),
        low: field("low"),
        seen: field("seen"),
    };
    match user.state.service.save_settings(&user.actor(), &typed).await {
        Ok(()) => see_said(&user.state, "/system", "saved"),
        Err(error) => match error.refusal().filter(|refusal| !refusal.fields.is_empty()) {
            Some(refusal) => {
                let page = SystemPage::new(shell(&user), &user.state.process, typed, Some(refusal));
                render(StatusCode::UNPROCESSABLE_ENTITY, &page)
            }
            None => refuse(shell(&user), &error),
        },
    }
}

/// `POST /system/defaults`.
async fn defaults(request: HttpRequest, user: CurrentUser, body: web::Bytes) -> HttpResponse {
    if posted(&request, &user, &body).is_none() {
        return foreign_form(shell(&user));
    }
    match user.state.service.reset_settings(&user.actor()).await {
        Ok(()) => see_said(&user.state, "/system", "saved"),
        Err(error) => refuse(shell(&user), &error),
    }
}
