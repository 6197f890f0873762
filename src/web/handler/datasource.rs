//! Data sources: the list, a test, the question before one is deleted. The
//! form has a file of its own.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use tidewire_engine::endpoint::DatasourceKind;

use crate::service::datasources::DatasourceQuery;
use crate::web::extract::CurrentUser;
use crate::web::handler::posted::Posted;
use crate::web::view::datasource::{DatasourceDeletePage, DatasourceListPage, DatasourceTestPage, ListState};
use crate::web::view::error::refuse;
use crate::web::view::{Area, Shell, render};

use super::{datasource_form, only_posted, see_said};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/datasources", web::get().to(list))
        .service(
            web::resource("/datasources/new")
                .route(web::get().to(datasource_form::new))
                .route(web::post().to(datasource_form::create)),
        )
        .service(
            web::resource("/datasources/{id}/edit")
                .route(web::get().to(datasource_form::edit))
                .route(web::post().to(datasource_form::update)),
        )
        .service(
            web::resource("/datasources/{id}/copy")
                .route(web::get().to(datasource_form::copy))
                .route(web::post().to(datasource_form::copied)),
        )
        .service(
            web::resource("/datasources/{id}/delete")
                .route(web::get().to(ask_delete))
                .route(web::post().to(delete)),
        )
        .service(only_posted("/datasources/{id}/test", "/datasources").route(web::post().to(test)));
}

/// The address of the list.
#[derive(Deserialize)]
struct ListQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    page: String,
}

/// `GET /datasources`.
async fn list(user: CurrentUser, query: web::Query<ListQuery>) -> HttpResponse {
    let shell = Shell::at(&user, Area::Datasources);
    let state = ListState {
        text: query.q.trim().to_owned(),
        kind: DatasourceKind::parse(&query.kind),
        oldest_first: query.sort == "old",
    };
    let wanted = DatasourceQuery {
        text: state.text.clone(),
        kind: state.kind,
        oldest_first: state.oldest_first,
        page: query.page.parse().unwrap_or(1),
    };
    match user.state.service.datasource_page(&user.actor(), wanted).await {
        Ok((page, count)) => render(StatusCode::OK, &DatasourceListPage::new(shell, state, page, count)),
        Err(error) => refuse(shell, &error),
    }
}

/// `POST /datasources/{id}/test`.
async fn test(Posted { user, .. }: Posted, id: web::Path<String>) -> HttpResponse {
    let shell = Shell::at(&user, Area::Datasources);
    match user.state.service.test_saved(&user.actor(), &id).await {
        Ok((record, checks)) => {
            render(StatusCode::OK, &DatasourceTestPage::new(shell, record.name, &record.id, &checks))
        }
        Err(error) => refuse(shell, &error),
    }
}

/// `GET /datasources/{id}/delete`.
async fn ask_delete(user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let shell = Shell::at(&user, Area::Datasources);
    match user.state.service.datasource_use(&user.actor(), &id).await {
        Ok(found) => render(StatusCode::OK, &DatasourceDeletePage::new(shell, found)),
        Err(error) => refuse(shell, &error),
    }
}

/// `POST /datasources/{id}/delete`.
async fn delete(Posted { user, .. }: Posted, id: web::Path<String>) -> HttpResponse {
    match user.state.service.delete_datasource(user.actor(), &id).await {
        Ok(()) => see_said(&user.state, "/datasources", "deleted"),
        Err(error) => refuse(Shell::at(&user, Area::Datasources), &error),
    }
}
