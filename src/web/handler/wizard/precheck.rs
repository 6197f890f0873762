//! Step 4: the precheck, then saving or starting.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::service::error::Result;
use crate::supervisor::state::{self, Command};
use crate::web::extract::CurrentUser;
use crate::web::handler::posted::Posted;
use crate::web::handler::see_said;
use crate::web::view::render;
use crate::web::view::wizard::PrecheckPage;

use super::{answer, draft, place, see, shell};

/// `GET /drafts/{id}/precheck`.
pub(super) async fn show(user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let shown = async {
        let draft = draft(&user, &id).await?;
        let progress = user.state.service.precheck_progress(&draft.id);
        Ok(render(StatusCode::OK, &PrecheckPage::new(shell(&user), &draft, progress.as_deref())))
    };
    answer(&user, shown.await)
}

/// `POST /drafts/{id}/precheck`.
pub(super) async fn submit(Posted { user, form }: Posted, id: web::Path<String>) -> HttpResponse {
    let done = async {
        let draft = draft(&user, &id).await?;
        let seen = form.get("version").parse().ok();
        match form.get("do") {
            "back" => Ok(see(&place(&draft, "options"))),
            "save" => {
                let project = user.state.service.finish_draft(&user.actor(), &id, seen).await?;
                Ok(see_said(&user.state, &format!("/projects/{project}"), "saved"))
            }
            "start" => start(&user, &id, seen).await,
            _ => {
                user.state.service.begin_precheck(&user.actor(), &id).await?;
                Ok(see(&place(&draft, "precheck")))
            }
        }
    };
    answer(&user, done.await)
}

/// Saves and starts; asked twice, it finds the project running already.
async fn start(user: &CurrentUser, id: &str, seen: Option<i64>) -> Result<HttpResponse> {
    let service = &user.state.service;
    let project = service.finish_draft(&user.actor(), id, seen).await?;
    let record = service.project_record(&user.actor(), &project).await?;
    let begin = [Command::Start, Command::Resume]
        .into_iter()
        .find(|command| state::next(record.status, *command).is_ok());
    if let Some(command) = begin {
        service.command(&user.actor(), &project, command).await?;
    }
    Ok(see_said(&user.state, &format!("/projects/{project}"), "started"))
}
