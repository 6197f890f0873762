//! Another name for a project.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::service::error::{Refusal, Result};
use crate::web::extract::CurrentUser;
use crate::web::form::Pairs;
use crate::web::handler::posted::Posted;
use crate::web::handler::see_said;
use crate::web::view::project::RenamePage;
use crate::web::view::render;

use super::{answer, shell};

/// `GET /projects/{id}/rename`.
pub(super) async fn show(user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let page = page(&user, &id, None).await;
    answer(&user, page.map(|page| render(StatusCode::OK, &page)))
}

async fn page(user: &CurrentUser, id: &str, typed: Option<(Pairs, &Refusal)>) -> Result<RenamePage> {
    let record = user.state.service.project_record(&user.actor(), id).await?;
    Ok(RenamePage::new(shell(user), &record, typed))
}

/// `POST /projects/{id}/rename`.
pub(super) async fn submit(Posted { user, form }: Posted, id: web::Path<String>) -> HttpResponse {
    let (seen, name) = (form.get("seen"), form.get("name").trim());
    match user.state.service.rename_project(&user.actor(), &id, seen, name).await {
        Ok(()) => see_said(&user.state, &format!("/projects/{id}"), "saved"),
        Err(error) => match error.wrong_fields() {
            Some(refusal) => {
                let page = page(&user, &id, Some((form, refusal))).await;
                answer(&user, page.map(|page| render(StatusCode::UNPROCESSABLE_ENTITY, &page)))
            }
            None => answer(&user, Err(error)),
        },
    }
}
