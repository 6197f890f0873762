//! `/metrics` in Prometheus' text form.

use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};
use tidewire_words::Lang;

use crate::model::status::ProjectStatus;
use crate::service::error::Result;
use crate::telemetry::{Figures, ProjectFigures};
use crate::web::State;
use crate::web::extract::{has_token, lang_of};

use super::{NoToken, refusal_of, respond};

pub(super) async fn metrics(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    if !state.metrics_public && !has_token(&request, &state) {
        return NoToken(lang_of(&request)).error_response();
    }
    match figures(&state).await {
        Ok(figures) => HttpResponse::Ok()
            .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
            .body(figures.text()),
        Err(error) => respond(&refusal_of(&error), lang_of(&request)),
    }
}

async fn figures(state: &State) -> Result<Figures> {
    let mut figures = Figures { started_at_ms: state.started_at, projects: Vec::new() };
    for record in state.service.project_records(&crate::service::Actor::api()).await? {
        let status = state.service.status_of(&record, Lang::En).await?;
        figures.projects.push(ProjectFigures {
            id: record.id,
            name: record.name,
            running: status.state == ProjectStatus::Running,
            failed: status.state == ProjectStatus::Failed,
            state: status.state.as_str(),
            phase: status.phase.unwrap_or("none"),
            rows: [
                ("insert", status.rows.insert),
                ("update", status.rows.update),
                ("delete", status.rows.delete),
                ("before_start", status.rows.before_start),
                ("filtered", status.rows.filtered),
                ("skipped_as_already_sent", status.rows.skipped_as_already_sent),
            ],
            sent_again: status.rows.sent_again,
            messages: status.messages,
            lag_ms: status.lag_ms,
        });
    }
    Ok(figures)
}
