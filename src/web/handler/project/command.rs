//! Commands for one project, and its settings as a file.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::model::alarm::AlarmLevel;
use crate::service::error::Result;
use crate::supervisor::state::{self, Command};
use crate::web::extract::{CurrentUser, Visitor};
use crate::web::handler::posted::Posted;
use crate::web::handler::{back, not_found, see, see_said};

use super::{answer, file};

/// `POST /projects/{id}/{command}`; goes back to where it was asked for.
pub(super) async fn submit(
    request: HttpRequest,
    Posted { user, form }: Posted,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    let (id, word) = path.into_inner();
    if word == "delete" {
        return answer(&user, delete(&user, &id).await);
    }
    let Some(command) = Command::OF_PEOPLE.into_iter().find(|command| command.as_str() == word) else {
        return not_found(request, user.state, Visitor { lang: user.lang }).await;
    };
    let done = ordered(&user, &id, command).await;
    let place = match form.get("back") {
        "" => format!("/projects/{id}"),
        path => back(path).to_owned(),
    };
    answer(&user, done.map(|()| see(&place)))
}

/// Gives a command; whoever clicks twice is not told that the second one can't
/// be done.
async fn ordered(user: &CurrentUser, id: &str, command: Command) -> Result<()> {
    let service = &user.state.service;
    let record = service.project_record(&user.actor(), id).await?;
    if state::is_done(record.status, command) {
        return Ok(());
    }
    service.command(&user.actor(), id, command).await.map(|_| ())
}

/// `POST /projects/{id}/level`.
pub(super) async fn level(
    request: HttpRequest,
    Posted { user, form }: Posted,
    id: web::Path<String>,
) -> HttpResponse {
    let Some(level) = AlarmLevel::parse(form.get("level")) else {
        return not_found(request, user.state, Visitor { lang: user.lang }).await;
    };
    let done = user.state.service.set_alarm_level(&user.actor(), &id, level, form.get("seen")).await;
    answer(&user, done.map(|()| see_said(&user.state, &format!("/projects/{id}"), "saved")))
}

async fn delete(user: &CurrentUser, id: &str) -> Result<HttpResponse> {
    user.state.service.delete_project(user.actor(), id).await?;
    Ok(see_said(&user.state, "/projects", "deleted"))
}

/// `GET /projects/{id}/export.toml`: without secrets.
pub(super) async fn export(user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let made = async {
        let service = &user.state.service;
        let record = service.project_record(&user.actor(), &id).await?;
        let text = service.export(&user.actor(), vec![record.id], false).await?;
        Ok(file(&format!("{}.toml", record.name), "application/toml; charset=utf-8", text))
    };
    answer(&user, made.await)
}
