//! The other pages of a project, and what can be downloaded there.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::service::error::Result;
use crate::service::export::project_input;
use crate::service::monitor::StatusView;
use crate::service::transfer;
use crate::store::project::ProjectRecord;
use crate::telemetry::log_lines;
use crate::web::extract::CurrentUser;
use crate::web::form::Pairs;
use crate::web::view::project::{
    LogPage, MessagesPage, OPERATIONS_PAGE, ObjectsPage, OperationsPage, ProjectOptionsPage, log_text,
};
use crate::web::view::render;

use super::{answer, file, shell};

fn query(request: &HttpRequest) -> Pairs {
    Pairs::read(request.query_string().as_bytes())
}

async fn found(user: &CurrentUser, id: &str) -> Result<(ProjectRecord, StatusView)> {
    let record = user.state.service.project_record(&user.actor(), id).await?;
    let status = user.state.service.status_of(&record, user.lang).await?;
    Ok((record, status))
}

/// `GET /projects/{id}/objects`.
pub(super) async fn objects(request: HttpRequest, user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let page = async {
        let (record, status) = found(&user, &id).await?;
        let (_, changes) = user.state.service.project_operations(&record.id, Some("update"), (0, 20)).await?;
        let page = ObjectsPage::new(shell(&user), &record, &status, &query(&request), &changes);
        Ok(render(StatusCode::OK, &page))
    };
    answer(&user, page.await)
}

/// `GET /projects/{id}/objects.csv`: what the import of the wizard reads.
pub(super) async fn objects_csv(user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let made = async {
        let record = user.state.service.project_record(&user.actor(), &id).await?;
        let list = transfer::write(&project_input(&record).table)?;
        Ok(file(&format!("{}.csv", record.name), "text/csv; charset=utf-8", list))
    };
    answer(&user, made.await)
}

/// `GET /projects/{id}/options`.
pub(super) async fn options(user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let page = found(&user, &id).await.map(|(record, status)| {
        render(StatusCode::OK, &ProjectOptionsPage::new(shell(&user), &record, &status))
    });
    answer(&user, page)
}

/// `GET /projects/{id}/messages`: row values, only for those who see the project.
pub(super) async fn messages(request: HttpRequest, user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let page = found(&user, &id).await.map(|(record, status)| {
        let messages = user.state.service.last_messages(&record);
        let page = MessagesPage::new(shell(&user), &record, &status, messages, &query(&request));
        render(StatusCode::OK, &page)
    });
    answer(&user, page)
}

/// `GET /projects/{id}/log`.
pub(super) async fn log(request: HttpRequest, user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let page = found(&user, &id).await.map(|(record, status)| {
        let lines = log_lines(&record.id);
        let page = LogPage::new(shell(&user), &record, &status, query(&request).get("q"), lines);
        render(StatusCode::OK, &page)
    });
    answer(&user, page)
}

/// `GET /projects/{id}/log.txt`.
pub(super) async fn log_file(user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let record = user.state.service.project_record(&user.actor(), &id).await;
    let made = record.map(|record| {
        let lines = log_lines(&record.id);
        file(&format!("{}.log.txt", record.name), "text/plain; charset=utf-8", log_text(&lines))
    });
    answer(&user, made)
}

/// `GET /projects/{id}/operations`.
pub(super) async fn operations(
    request: HttpRequest,
    user: CurrentUser,
    id: web::Path<String>,
) -> HttpResponse {
    let number: u32 = query(&request).get("page").parse().unwrap_or(1).clamp(1, 1_000_000);
    let page = async {
        let (record, status) = found(&user, &id).await?;
        let part = ((number - 1) * OPERATIONS_PAGE, OPERATIONS_PAGE);
        let records = user.state.service.project_operations(&record.id, None, part).await?;
        let page = OperationsPage::new(shell(&user), &record, &status, number, records);
        Ok(render(StatusCode::OK, &page))
    };
    answer(&user, page.await)
}
