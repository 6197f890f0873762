//! Accounts: the list, a new one, a new password, deletion. Who may is decided
//! by the service.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::web::extract::CurrentUser;
use crate::web::handler::posted::Posted;
use crate::web::view::account::{UserAskPage, UserListPage, UserNewPage, UserPasswordPage};
use crate::web::view::error::refuse;
use crate::web::view::{Area, Shell, render};

use super::see_said;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/system/users", web::get().to(list))
        .service(web::resource("/system/users/new").route(web::get().to(new)).route(web::post().to(create)))
        .service(
            web::resource("/system/users/{name}/password")
                .route(web::get().to(ask_reset))
                .route(web::post().to(reset)),
        )
        .service(
            web::resource("/system/users/{name}/delete")
                .route(web::get().to(ask_delete))
                .route(web::post().to(delete)),
        );
}

fn shell(user: &CurrentUser) -> Shell {
    Shell::at(user, Area::System)
}

/// `GET /system/users`.
async fn list(user: CurrentUser) -> HttpResponse {
    match user.state.service.users(&user.actor()).await {
        Ok(users) => render(StatusCode::OK, &UserListPage::new(shell(&user), &user.actor(), users)),
        Err(error) => refuse(shell(&user), &error),
    }
}

/// `GET /system/users/new`.
async fn new(user: CurrentUser) -> HttpResponse {
    match user.state.service.users(&user.actor()).await {
        Ok(_) => render(StatusCode::OK, &UserNewPage::new(shell(&user), &user.actor(), ("", "user"), None)),
        Err(error) => refuse(shell(&user), &error),
    }
}

/// `POST /system/users/new`.
async fn create(Posted { user, form: pairs }: Posted) -> HttpResponse {
    let (name, role) = (pairs.get("name").trim(), pairs.get("role"));
    match user.state.service.create_user(user.actor(), name, role == "admin").await {
        Ok(password) => render(StatusCode::OK, &UserPasswordPage::new(shell(&user), name, password)),
        Err(error) => match error.wrong_fields() {
            Some(refusal) => {
                let page = UserNewPage::new(shell(&user), &user.actor(), (name, role), Some(refusal));
                render(StatusCode::UNPROCESSABLE_ENTITY, &page)
            }
            None => refuse(shell(&user), &error),
        },
    }
}

/// `GET /system/users/{name}/password`.
async fn ask_reset(user: CurrentUser, name: web::Path<String>) -> HttpResponse {
    match user.state.service.managed_user(&user.actor(), &name).await {
        Ok(found) => render(StatusCode::OK, &UserAskPage::reset(shell(&user), &found.name)),
        Err(error) => refuse(shell(&user), &error),
    }
}

/// `POST /system/users/{name}/password`.
async fn reset(Posted { user, .. }: Posted, name: web::Path<String>) -> HttpResponse {
    match user.state.service.reset_password(user.actor(), &name).await {
        Ok(password) => render(StatusCode::OK, &UserPasswordPage::new(shell(&user), &name, password)),
        Err(error) => refuse(shell(&user), &error),
    }
}

/// `GET /system/users/{name}/delete`.
async fn ask_delete(user: CurrentUser, name: web::Path<String>) -> HttpResponse {
    match user.state.service.managed_user(&user.actor(), &name).await {
        Ok(found) => render(StatusCode::OK, &UserAskPage::delete(shell(&user), &found.name)),
        Err(error) => refuse(shell(&user), &error),
    }
}

/// `POST /system/users/{name}/delete`.
async fn delete(Posted { user, .. }: Posted, name: web::Path<String>) -> HttpResponse {
    match user.state.service.delete_user(user.actor(), &name).await {
        Ok(()) => see_said(&user.state, "/system/users", "deleted"),
        Err(error) => refuse(shell(&user), &error),
    }
}
