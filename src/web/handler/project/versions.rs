//! The versions of the tables' columns, and the form for a definition by hand.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::service::error::{Refusal, RefusalKind, Result};
use crate::service::schema;
use crate::web::extract::CurrentUser;
use crate::web::form::{Pairs, encoded};
use crate::web::handler::posted::Posted;
use crate::web::handler::see_said;
use crate::web::view::project::{DefinePage, TableVersionsPage, VersionsPage};
use crate::web::view::render;

use super::{answer, shell};

/// `GET /projects/{id}/schema`: every table, or with `?table=` one of them.
pub(super) async fn show(request: HttpRequest, user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let query = Pairs::read(request.query_string().as_bytes());
    let page = page(&user, &id, &query).await;
    answer(&user, page)
}

async fn page(user: &CurrentUser, id: &str, query: &Pairs) -> Result<HttpResponse> {
    let service = &user.state.service;
    let record = service.project_record(&user.actor(), id).await?;
    let status = service.status_of(&record, user.lang).await?;
    if query.get("table").is_empty() {
        let tables = service.table_versions(&record).await?;
        return Ok(render(StatusCode::OK, &VersionsPage::new(shell(user), &record, &status, query, &tables)));
    }
    let table = service.versions_of(&record, query.get("table")).await?;
    Ok(render(StatusCode::OK, &TableVersionsPage::new(shell(user), &record, &status, query, &table)))
}

/// `GET /projects/{id}/define`.
pub(super) async fn form(request: HttpRequest, user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let form = Pairs::read(request.query_string().as_bytes());
    let page = form_page(&user, &id, form, None).await;
    answer(&user, page.map(|page| render(StatusCode::OK, &page)))
}

async fn form_page(
    user: &CurrentUser,
    id: &str,
    form: Pairs,
    refused: Option<&Refusal>,
) -> Result<DefinePage> {
    let service = &user.state.service;
    let record = service.project_record(&user.actor(), id).await?;
    schema::definable(&record)?;
    let status = service.status_of(&record, user.lang).await?;
    // A refused form keeps the mark of what was seen when it was opened.
    let seen = match form.get("seen") {
        "" => service.definitions_mark(&record).await?,
        seen => seen.to_owned(),
    };
    Ok(DefinePage::new(shell(user), &record, &status, (form, seen), refused))
}

/// `POST /projects/{id}/define`.
pub(super) async fn submit(Posted { user, form }: Posted, id: web::Path<String>) -> HttpResponse {
    let (table, text) = (form.get("table").to_owned(), form.get("definition").to_owned());
    let kept = user.state.service.define(&user.actor(), &id, &table, &text, form.get("seen")).await;
    let error = match kept {
        Ok(kept) => {
            let place = format!("/projects/{id}/schema?table={}", encoded(&kept.table));
            return see_said(&user.state, &place, "saved");
        }
        Err(error) => error,
    };
    // A source that does not answer is no reason to type a definition again.
    match error.refusal().filter(|refusal| refusal.kind == RefusalKind::Invalid) {
        Some(refusal) => {
            let page = form_page(&user, &id, form, Some(refusal)).await;
            answer(&user, page.map(|page| render(StatusCode::UNPROCESSABLE_ENTITY, &page)))
        }
        None => answer(&user, Err(error)),
    }
}
