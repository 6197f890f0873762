//! `GET /projects`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use crate::service::error::Result;
use crate::web::extract::CurrentUser;
use crate::web::form::Pairs;
use crate::web::view::project::{ListParts, ListQuery, ProjectListPage, shown_of};
use crate::web::view::render;

use super::{answer, shell};

pub(super) async fn show(request: HttpRequest, user: CurrentUser) -> HttpResponse {
    let query = ListQuery::of(&Pairs::read(request.query_string().as_bytes()));
    let page = page(&user, query).await;
    answer(&user, page.map(|page| render(StatusCode::OK, &page)))
}

async fn page(user: &CurrentUser, query: ListQuery) -> Result<ProjectListPage> {
    let service = &user.state.service;
    let all = service.listed(&user.actor(), user.lang).await?;
    let (count, number, shown) = shown_of(&query, query.wanted().choose(all.clone()));
    let lines = service.lag_lines(shown.iter().map(|one| one.head.id.clone()).collect()).await?;
    let drafts = service.drafts(&user.actor()).await?;
    let parts = ListParts { all, drafts };
    Ok(ProjectListPage::new(shell(user), query, &parts, (count, number, &shown), &lines))
}
