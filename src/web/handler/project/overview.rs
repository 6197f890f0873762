//! The first page of a project.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::service::error::Result;
use crate::web::extract::CurrentUser;
use crate::web::view::project::ProjectPage;
use crate::web::view::render;

use super::{answer, shell};

/// `GET /projects/{id}`.
pub(super) async fn show(user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let page = page(&user, &id).await;
    answer(&user, page.map(|page| render(StatusCode::OK, &page)))
}

async fn page(user: &CurrentUser, id: &str) -> Result<ProjectPage> {
    let service = &user.state.service;
    let record = service.project_record(&user.actor(), id).await?;
    let status = service.status_of(&record, user.lang).await?;
    let operations = service.operations(&record.id, 20).await?;
    Ok(ProjectPage::new(shell(user), &record, status, operations))
}
