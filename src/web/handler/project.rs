//! Projects: the list, one project, its commands.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use crate::model::status::ProjectStatus;
use crate::service::error::Result;
use crate::supervisor::state::Command;
use crate::web::extract::CurrentUser;
use crate::web::form::{Pairs, is_ours};
use crate::web::view::error::refuse;
use crate::web::view::project::ProjectPage;
use crate::web::view::project_list::ProjectListPage;
use crate::web::view::{Shell, render};

use super::{foreign_form, not_found, see};
use crate::web::extract::Visitor;

#[derive(Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    state: String,
}

/// `GET /projects`.
pub(super) async fn list(user: CurrentUser, query: web::Query<ListQuery>) -> HttpResponse {
    let shell = Shell::of(&user);
    match list_page(&user, ProjectStatus::parse(&query.state)).await {
        Ok(page) => render(StatusCode::OK, &page),
        Err(error) => refuse(shell, &error),
    }
}

async fn list_page(user: &CurrentUser, only: Option<ProjectStatus>) -> Result<ProjectListPage> {
    let mut projects = Vec::new();
    for record in user.state.service.project_records(&user.actor()).await? {
        let status = user.state.service.status_of(&record, user.lang).await?;
        projects.push((record, status));
    }
    Ok(ProjectListPage::new(Shell::of(user), &projects, only))
}

/// `GET /projects/{id}`.
pub(super) async fn show(user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let shell = Shell::of(&user);
    match project_page(&user, &id).await {
        Ok(page) => render(StatusCode::OK, &page),
        Err(error) => refuse(shell, &error),
    }
}

async fn project_page(user: &CurrentUser, id: &str) -> Result<ProjectPage> {
    let service = &user.state.service;
    let record = service.project_record(&user.actor(), id).await?;
    let status = service.status_of(&record, user.lang).await?;
    let operations = service.operations(&record.id, 20).await?;
    Ok(ProjectPage::new(Shell::of(user), &record, status, operations))
}

/// `POST /projects/{id}/{command}`.
pub(super) async fn command(
    request: HttpRequest,
    user: CurrentUser,
    path: web::Path<(String, String)>,
    body: web::Bytes,
) -> HttpResponse {
    let (id, word) = path.into_inner();
    if !is_ours(&request, &user.state, &Pairs::read(&body), &user.login.csrf) {
        return foreign_form(Shell::of(&user));
    }
    let Some(command) = Command::OF_PEOPLE.into_iter().find(|command| command.as_str() == word) else {
        return not_found(request, user.state, Visitor { lang: user.lang }).await;
    };
    match user.state.service.command(&user.actor(), &id, command).await {
        Ok(_) => see(&format!("/projects/{id}")),
        Err(error) => refuse(Shell::of(&user), &error),
    }
}
