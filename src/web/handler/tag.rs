//! Tags. Names stand in the query and the form, because a tag may hold any
//! character that an address gives a meaning to.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::service::error::Refusal;
use crate::web::extract::CurrentUser;
use crate::web::handler::posted::Posted;
use crate::web::view::error::refuse;
use crate::web::view::pager::address;
use crate::web::view::tag::{TagChangePage, TagListPage};
use crate::web::view::{Area, Shell, render};

use super::{back_or, see_said};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/tags").route(web::get().to(list)).route(web::post().to(create)))
        .service(web::resource("/tags/rename").route(web::get().to(ask_rename)).route(web::post().to(rename)))
        .service(
            web::resource("/tags/delete").route(web::get().to(ask_delete)).route(web::post().to(delete)),
        );
}

#[derive(Deserialize)]
struct TagQuery {
    #[serde(default)]
    name: String,
    #[serde(default)]
    back: String,
}

/// Where tags are used: the list of projects, unless another page says so.
fn origin(back: &str) -> &str {
    back_or(back, "/projects")
}

fn shell(user: &CurrentUser) -> Shell {
    Shell::at(user, Area::Projects)
}

/// `GET /tags`.
async fn list(user: CurrentUser, query: web::Query<TagQuery>) -> HttpResponse {
    page(&user, origin(&query.back), StatusCode::OK, ("", None)).await
}

async fn page(
    user: &CurrentUser,
    back: &str,
    status: StatusCode,
    typed: (&str, Option<&Refusal>),
) -> HttpResponse {
    let actor = user.actor();
    match user.state.service.tags().await {
        Ok(tags) => {
            render(status, &TagListPage::new(shell(user), tags, back, |creator| actor.sees(creator), typed))
        }
        Err(error) => refuse(shell(user), &error),
    }
}

/// `POST /tags`.
async fn create(Posted { user, form: pairs }: Posted) -> HttpResponse {
    let (name, back) = (pairs.get("name").trim(), origin(pairs.get("back")));
    match user.state.service.create_tag(user.actor(), name.to_owned()).await {
        Ok(()) => see_said(&user.state, &address("/tags", &[("back", back)], &[]), "added"),
        Err(error) => match error.wrong_fields() {
            Some(refusal) => page(&user, back, StatusCode::UNPROCESSABLE_ENTITY, (name, Some(refusal))).await,
            None => refuse(shell(&user), &error),
        },
    }
}

/// `GET /tags/rename`.
async fn ask_rename(user: CurrentUser, query: web::Query<TagQuery>) -> HttpResponse {
    match user.state.service.own_tag(&user.actor(), &query.name).await {
        Ok(tag) => {
            let page = TagChangePage::rename(shell(&user), &tag, origin(&query.back), &tag.name, None);
            render(StatusCode::OK, &page)
        }
        Err(error) => refuse(shell(&user), &error),
    }
}

/// `POST /tags/rename`.
async fn rename(Posted { user, form: pairs }: Posted) -> HttpResponse {
    let (old, new, back) = (pairs.get("tag"), pairs.get("name").trim(), origin(pairs.get("back")));
    let Err(error) = user.state.service.rename_tag(user.actor(), old, new.to_owned()).await else {
        return see_said(&user.state, &address("/tags", &[("back", back)], &[]), "saved");
    };
    let tag = user.state.service.own_tag(&user.actor(), old).await;
    match (error.wrong_fields(), tag) {
        (Some(refusal), Ok(tag)) => {
            let page = TagChangePage::rename(shell(&user), &tag, back, new, Some(refusal));
            render(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        _ => refuse(shell(&user), &error),
    }
}

/// `GET /tags/delete`.
async fn ask_delete(user: CurrentUser, query: web::Query<TagQuery>) -> HttpResponse {
    match user.state.service.own_tag(&user.actor(), &query.name).await {
        Ok(tag) => render(StatusCode::OK, &TagChangePage::delete(shell(&user), &tag, origin(&query.back))),
        Err(error) => refuse(shell(&user), &error),
    }
}

/// `POST /tags/delete`.
async fn delete(Posted { user, form: pairs }: Posted) -> HttpResponse {
    let back = origin(pairs.get("back"));
    match user.state.service.delete_tag(user.actor(), pairs.get("tag")).await {
        Ok(()) => see_said(&user.state, &address("/tags", &[("back", back)], &[]), "deleted"),
        Err(error) => refuse(shell(&user), &error),
    }
}
