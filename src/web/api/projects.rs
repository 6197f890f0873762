//! `/projects`: settings, commands, precheck and figures.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;
use tidewire_words::{Lang, Sentence};

use crate::service::input::ProjectInput;
use crate::service::precheck::Report;
use crate::supervisor::state::Command;

use super::{Api, actor};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/projects").route(web::get().to(list)).route(web::post().to(create)))
        .service(
            web::resource("/projects/{name}")
                .route(web::get().to(show))
                .route(web::put().to(replace))
                .route(web::delete().to(delete)),
        )
        .route("/projects/{name}/precheck", web::post().to(precheck))
        .route("/projects/{name}/start", web::post().to(start))
        .route("/projects/{name}/pause", web::post().to(pause))
        .route("/projects/{name}/resume", web::post().to(resume))
        .route("/projects/{name}/release", web::post().to(release))
        .route("/projects/{name}/status", web::get().to(status))
        .route("/projects/{name}/metrics", web::get().to(metrics))
        .route("/projects/{name}/schema", web::get().to(schema))
        .route("/projects/{name}/define", web::post().to(define))
        .route("/projects/{name}/adopt-queues", web::post().to(adopt_queues));
}

async fn list(api: Api) -> HttpResponse {
    api.answer(api.service().projects(&actor()).await)
}

async fn create(api: Api, body: web::Bytes) -> HttpResponse {
    match Api::body::<ProjectInput>(&body) {
        Ok(input) => api.created(api.service().create_project(actor(), input).await),
        Err(error) => api.refuse(&error),
    }
}

async fn show(api: Api, name: web::Path<String>) -> HttpResponse {
    api.answer(api.service().project(&actor(), &name).await)
}

async fn replace(api: Api, name: web::Path<String>, body: web::Bytes) -> HttpResponse {
    match Api::body::<ProjectInput>(&body) {
        Ok(input) => api.answer(api.service().update_project(actor(), &name, input).await),
        Err(error) => api.refuse(&error),
    }
}

async fn delete(api: Api, name: web::Path<String>) -> HttpResponse {
    api.done(api.service().delete_project(actor(), &name).await)
}

async fn precheck(api: Api, name: web::Path<String>) -> HttpResponse {
    let report = api.service().precheck(&actor(), &name).await;
    api.answer(report.map(|report| report_json(&report, api.lang)))
}

fn report_json(report: &Report, lang: Lang) -> serde_json::Value {
    let say = |message: &Option<Sentence>| message.as_ref().map(|message| message.get(lang).to_owned());
    let items: Vec<serde_json::Value> = report
        .items
        .iter()
        .map(|item| {
            json!({
                "key": item.key,
                "title": item.title.get(lang),
                "result": item.result,
                "reason": say(&item.reason),
                "remedy": say(&item.remedy),
                "ms": item.ms,
            })
        })
        .collect();
    json!({"passed": report.passed, "items": items})
}

async fn start(api: Api, name: web::Path<String>) -> HttpResponse {
    command(&api, &name, Command::Start).await
}

async fn pause(api: Api, name: web::Path<String>) -> HttpResponse {
    command(&api, &name, Command::Pause).await
}

async fn resume(api: Api, name: web::Path<String>) -> HttpResponse {
    command(&api, &name, Command::Resume).await
}

async fn release(api: Api, name: web::Path<String>) -> HttpResponse {
    command(&api, &name, Command::Release).await
}

async fn command(api: &Api, name: &str, command: Command) -> HttpResponse {
    let state = api.service().command(&actor(), name, command).await;
    api.answer(state.map(|state| json!({"state": state})))
}

async fn status(api: Api, name: web::Path<String>) -> HttpResponse {
    api.answer(api.service().status(&actor(), &name, api.lang).await)
}

#[derive(Deserialize)]
struct Span {
    #[serde(default)]
    metric: String,
    from: Option<i64>,
    to: Option<i64>,
}

async fn metrics(api: Api, name: web::Path<String>, span: web::Query<Span>) -> HttpResponse {
    api.answer(api.service().metrics(&actor(), &name, &span.metric, span.from, span.to).await)
}

#[derive(Deserialize)]
struct OfTable {
    table: Option<String>,
}

async fn schema(api: Api, name: web::Path<String>, of: web::Query<OfTable>) -> HttpResponse {
    api.answer(api.service().schema(&actor(), &name, of.table.as_deref()).await)
}

async fn adopt_queues(api: Api, name: web::Path<String>) -> HttpResponse {
    api.answer(api.service().adopt_queues(&actor(), &name).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Definition {
    table: String,
    definition: String,
}

async fn define(api: Api, name: web::Path<String>, body: web::Bytes) -> HttpResponse {
    match Api::body::<Definition>(&body) {
        Ok(Definition { table, definition }) => {
            api.answer(api.service().define(&actor(), &name, &table, &definition, "").await)
        }
        Err(error) => api.refuse(&error),
    }
}
