//! Projects: the list, what is done to several at once, the pages of one, its
//! commands.

mod ask;
mod batch;
mod command;
mod list;
mod overview;
mod pages;
mod queues;
mod rename;
mod tags;
mod versions;

use actix_web::{HttpResponse, web};

use crate::service::error::Result;
use crate::web::extract::CurrentUser;
use crate::web::view::error::refuse;
use crate::web::view::{Area, Shell};

use super::{only_posted, percent};

/// The first page of a project.
pub(super) const PROJECT: &str = "/projects/{id}";

/// Addresses of projects; those of the wizard stand before them.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/projects", web::get().to(list::show))
        .service(
            web::resource("/projects/batch")
                .route(web::get().to(batch::ask))
                .route(web::post().to(batch::begin)),
        )
        .route("/projects/batch/{number}", web::get().to(batch::result))
        .route("/projects/{id}", web::get().to(overview::show))
        .route("/projects/{id}/objects", web::get().to(pages::objects))
        .route("/projects/{id}/objects.csv", web::get().to(pages::objects_csv))
        .route("/projects/{id}/options", web::get().to(pages::options))
        .route("/projects/{id}/messages", web::get().to(pages::messages))
        .route("/projects/{id}/log", web::get().to(pages::log))
        .route("/projects/{id}/log.txt", web::get().to(pages::log_file))
        .route("/projects/{id}/schema", web::get().to(versions::show))
        .route("/projects/{id}/operations", web::get().to(pages::operations))
        .service(only_posted("/projects/{id}/level", PROJECT).route(web::post().to(command::level)))
        .route("/projects/{id}/export.toml", web::get().to(command::export))
        .service(
            web::resource("/projects/{id}/tags")
                .route(web::get().to(tags::show))
                .route(web::post().to(tags::submit)),
        )
        .service(
            web::resource("/projects/{id}/define")
                .route(web::get().to(versions::form))
                .route(web::post().to(versions::submit)),
        )
        .service(
            web::resource("/projects/{id}/adopt-queues")
                .route(web::get().to(queues::show))
                .route(web::post().to(queues::submit)),
        )
        .service(
            web::resource("/projects/{id}/rename")
                .route(web::get().to(rename::show))
                .route(web::post().to(rename::submit)),
        )
        .service(
            web::resource("/projects/{id}/{command:release|delete}")
                .route(web::get().to(ask::show))
                .route(web::post().to(command::submit)),
        )
        .service(
            only_posted("/projects/{id}/{command:start|pause|resume}", PROJECT)
                .route(web::post().to(command::submit)),
        );
}

pub(super) fn shell(user: &CurrentUser) -> Shell {
    Shell::at(user, Area::Projects)
}

/// Shows what came of an action: a page, or the refusal.
pub(super) fn answer(user: &CurrentUser, result: Result<HttpResponse>) -> HttpResponse {
    result.unwrap_or_else(|error| refuse(shell(user), &error))
}

/// A file to be saved. Names are shown in the header as RFC 5987 wants them.
fn file(name: &str, kind: &'static str, content: String) -> HttpResponse {
    let name = percent(name, |byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    HttpResponse::Ok()
        .content_type(kind)
        .insert_header(("content-disposition", format!("attachment; filename*=UTF-8''{name}")))
        .body(content)
}
