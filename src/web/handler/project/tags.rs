//! The tags of a project.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::service::error::{Refusal, Result};
use crate::web::extract::CurrentUser;
use crate::web::form::Pairs;
use crate::web::handler::posted::Posted;
use crate::web::handler::see_said;
use crate::web::view::project::TagsPage;
use crate::web::view::render;

use super::{answer, shell};

/// `GET /projects/{id}/tags`.
pub(super) async fn show(user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let page = page(&user, &id, None).await;
    answer(&user, page.map(|page| render(StatusCode::OK, &page)))
}

async fn page(user: &CurrentUser, id: &str, typed: Option<(Pairs, &Refusal)>) -> Result<TagsPage> {
    let record = user.state.service.project_record(&user.actor(), id).await?;
    let tags = user.state.service.tags().await?;
    Ok(TagsPage::new(shell(user), &record, tags, typed))
}

/// `POST /projects/{id}/tags`.
pub(super) async fn submit(Posted { user, form }: Posted, id: web::Path<String>) -> HttpResponse {
    let mut names: Vec<String> = form.all("tag").map(str::to_owned).collect();
    let new = form.get("new").trim();
    if !new.is_empty() {
        names.push(new.to_owned());
    }
    match user.state.service.set_project_tags(&user.actor(), &id, &names, form.get("seen")).await {
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
