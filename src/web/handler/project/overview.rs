//! The first page of a project.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::service::error::Result;
use crate::web::extract::CurrentUser;
use crate::web::form::Pairs;
use crate::web::view::project::{ChartRange, ProjectPage, ProjectParts};
use crate::web::view::render;

use super::{answer, shell};

/// `GET /projects/{id}`.
pub(super) async fn show(request: HttpRequest, user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let range = ChartRange::of(&Pairs::read(request.query_string().as_bytes()), &shell(&user));
    let code = if range.wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = page(&user, &id, range).await;
    answer(&user, page.map(|page| render(code, &page)))
}

async fn page(user: &CurrentUser, id: &str, range: ChartRange) -> Result<ProjectPage> {
    let service = &user.state.service;
    let record = service.project_record(&user.actor(), id).await?;
    let status = service.status_of(&record, user.lang).await?;
    let samples = service.samples(&record.id, range.bounds()).await?;
    let flow = service.flow(&record);
    let level = service.alarm_levels().await?.get(&record.id).copied().unwrap_or_default();
    let parts = ProjectParts { flow: &flow, samples: &samples, level, log_begin: service.log_begin(&record) };
    Ok(ProjectPage::new(shell(user), &record, &status, &range, &parts))
}
