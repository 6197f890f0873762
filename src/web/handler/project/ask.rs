//! Asks before a project is released or deleted.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::service::batch::BatchAction;
use crate::supervisor::state::Command;
use crate::web::extract::CurrentUser;
use crate::web::view::project::AskPage;
use crate::web::view::render;

use super::{answer, shell};

/// `GET /projects/{id}/release` and `/delete`: changes nothing.
pub(super) async fn show(user: CurrentUser, path: web::Path<(String, String)>) -> HttpResponse {
    let (id, word) = path.into_inner();
    let action = BatchAction::parse(&word).unwrap_or(BatchAction::Command(Command::Release));
    let page = async {
        let service = &user.state.service;
        let record = service.project_record(&user.actor(), &id).await?;
        action.check(record.status)?;
        let status = service.status_of(&record, user.lang).await?;
        Ok(render(StatusCode::OK, &AskPage::new(shell(&user), action, &record, &status)))
    };
    answer(&user, page.await)
}
