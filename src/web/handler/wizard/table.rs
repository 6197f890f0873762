//! Settings of one table: shard columns, selected columns, row filter.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use tidewire_words::Sentence;

use crate::service::drafts::Draft;
use crate::service::error::{RefusalKind, Result, ServiceError};
use crate::service::input::TableInput;
use crate::text::refusal;
use crate::web::extract::CurrentUser;
use crate::web::handler::posted::Posted;
use crate::web::view::render;
use crate::web::view::wizard::{FilterSays, TablePage};

use super::{answer, draft, place, save, see, shell};

fn chosen<'d>(draft: &'d Draft, name: &str) -> Result<&'d TableInput> {
    draft.input.table.iter().find(|table| table.table == name).ok_or_else(|| {
        let message = Sentence::new(refusal::NO_TABLE, &[name]);
        ServiceError::refused(RefusalKind::NotFound, "no_table", message, refusal::NO_SUCH_REMEDY)
    })
}

/// `GET /drafts/{id}/tables/{table}`.
pub(super) async fn show(user: CurrentUser, path: web::Path<(String, String)>) -> HttpResponse {
    let (id, name) = path.into_inner();
    let shown = async {
        let draft = draft(&user, &id).await?;
        let table = chosen(&draft, &name)?.clone();
        page(&user, &draft, &table, FilterSays::Nothing).await
    };
    answer(&user, shown.await)
}

async fn page(
    user: &CurrentUser,
    draft: &Draft,
    table: &TableInput,
    says: FilterSays,
) -> Result<HttpResponse> {
    let columns = user.state.service.draft_columns(&user.actor(), draft, &table.table).await?;
    let wrong = matches!(says, FilterSays::Wrong(_));
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(render(status, &TablePage::new(shell(user), draft, table, &columns, says)))
}

/// `POST /drafts/{id}/tables/{table}`.
pub(super) async fn submit(Posted { user, form }: Posted, path: web::Path<(String, String)>) -> HttpResponse {
    let (id, name) = path.into_inner();
    let done = async {
        let mut draft = draft(&user, &id).await?;
        if form.get("do") == "cancel" {
            return Ok(see(&place(&draft, "objects")));
        }
        let mut table = chosen(&draft, &name)?.clone();
        table.shard_columns = form.all("shard").map(str::to_owned).collect();
        table.columns = form.all("columns").map(str::to_owned).collect();
        form.get("where").trim().clone_into(&mut table.row_filter);
        let checked =
            user.state.service.check_draft_filter(&user.actor(), &draft, &name, &table.row_filter).await?;
        let says = match checked {
            Some(problem) => FilterSays::Wrong(problem.get(user.lang).to_owned()),
            None if form.get("do") == "check" => FilterSays::Fine,
            None => FilterSays::Nothing,
        };
        if form.get("do") == "check" || matches!(says, FilterSays::Wrong(_)) {
            return page(&user, &draft, &table, says).await;
        }
        let all = user.state.service.draft_columns(&user.actor(), &draft, &name).await?;
        if table.columns.len() == all.len() && all.iter().all(|one| table.columns.contains(&one.name)) {
            table.columns.clear();
        }
        if let Some(slot) = draft.input.table.iter_mut().find(|one| one.table == name) {
            *slot = table;
        }
        save(&user, &mut draft, &form).await?;
        let database = name.split_once('.').map_or("", |(database, _)| database);
        Ok(see(&format!("{}?db={}", place(&draft, "objects"), crate::web::form::encoded(database))))
    };
    answer(&user, done.await)
}
