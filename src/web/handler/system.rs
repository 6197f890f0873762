//! The settings: shown to everybody, changed by admins.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::service::settings::SettingsInput;
use crate::web::extract::CurrentUser;
use crate::web::handler::posted::Posted;
use crate::web::view::error::refuse;
use crate::web::view::system::SystemPage;
use crate::web::view::{Area, Shell, render};

use super::{only_posted, see_said};

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
async fn save(Posted { user, form: pairs }: Posted) -> HttpResponse {
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
        Err(error) => match error.wrong_fields() {
            Some(refusal) => {
                let page = SystemPage::new(shell(&user), &user.state.process, typed, Some(refusal));
                render(StatusCode::UNPROCESSABLE_ENTITY, &page)
            }
            None => refuse(shell(&user), &error),
        },
    }
}

/// `POST /system/defaults`.
async fn defaults(Posted { user, .. }: Posted) -> HttpResponse {
    match user.state.service.reset_settings(&user.actor()).await {
        Ok(()) => see_said(&user.state, "/system", "saved"),
        Err(error) => refuse(shell(&user), &error),
    }
}
