//! Health, status of everything, project file and backup.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::service::error::Result;
use crate::service::health::Health;
use crate::store::now_ms;
use crate::web::State;

use super::{Api, actor};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/health", web::get().to(health))
        .route("/status", web::get().to(status))
        .route("/apply", web::post().to(apply))
        .route("/export", web::get().to(export))
        .route("/backup", web::post().to(backup));
}

/// Whether the service answers, and can read and write its state database.
pub(super) async fn health(state: web::Data<State>) -> HttpResponse {
    let Health { trouble, projects } = state.service.health().await;
    let version = env!("CARGO_PKG_VERSION");
    match trouble {
        None => HttpResponse::Ok().json(json!({"status": "ready", "version": version, "projects": projects})),
        Some(trouble) => HttpResponse::ServiceUnavailable().json(json!({
            "status": "not ready",
            "version": version,
            "projects": projects,
            "reasons": [trouble.en],
        })),
    }
}

async fn status(api: Api) -> HttpResponse {
    api.answer(all(&api).await)
}

async fn all(api: &Api) -> Result<serde_json::Value> {
    let mut projects = Vec::new();
    for record in api.service().project_records(&actor()).await? {
        let status = api.service().status_of(&record, api.lang).await?;
        projects.push(json!({"id": record.id, "name": record.name, "status": status}));
    }
    Ok(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "pid": std::process::id(),
        "uptime_seconds": (now_ms() - api.state.started_at) / 1000,
        "projects": projects,
    }))
}

#[derive(Deserialize)]
struct ApplyQuery {
    #[serde(default)]
    dry_run: bool,
}

async fn apply(api: Api, query: web::Query<ApplyQuery>, body: web::Bytes) -> HttpResponse {
    let text = String::from_utf8_lossy(&body).into_owned();
    let changes = api.service().apply(actor(), text, query.dry_run, api.lang).await;
    api.answer(changes.map(|changes| json!({"dry_run": query.dry_run, "changes": changes})))
}

#[derive(Deserialize)]
struct ExportQuery {
    /// Names separated by commas; no name holds one.
    #[serde(default)]
    names: String,
    #[serde(default)]
    secrets: bool,
}

async fn export(api: Api, query: web::Query<ExportQuery>) -> HttpResponse {
    let names = query.names.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    match api.service().export(&actor(), names, query.secrets).await {
        Ok(text) => HttpResponse::Ok().content_type("application/toml; charset=utf-8").body(text),
        Err(error) => api.refuse(&error),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BackupBody {
    path: String,
}

async fn backup(api: Api, body: web::Bytes) -> HttpResponse {
    match Api::body::<BackupBody>(&body) {
        Ok(BackupBody { path }) => {
            let made = api.service().backup(&path).await;
            api.answer(made.map(|()| json!({"path": path})))
        }
        Err(error) => api.refuse(&error),
    }
}
