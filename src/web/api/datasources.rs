//! `/datasources`: saved endpoints and what they hold.

use actix_web::{HttpResponse, web};

use crate::service::input::DatasourceInput;
use crate::service::sample::SampleInput;

use super::{Api, actor};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/datasources").route(web::get().to(list)).route(web::post().to(create)))
        .service(
            web::resource("/datasources/{name}")
                .route(web::get().to(show))
                .route(web::put().to(replace))
                .route(web::delete().to(delete)),
        )
        .route("/datasources/{name}/test", web::post().to(test))
        .route("/datasources/{name}/databases", web::get().to(databases))
        .route("/datasources/{name}/databases/{database}/tables", web::get().to(tables))
        .route("/datasources/{name}/databases/{database}/tables/{table}/columns", web::get().to(columns))
        .route("/datasources/{name}/databases/{database}/tables/{table}/sample", web::get().to(sample))
        .route("/datasources/{name}/topics", web::get().to(topics));
}

async fn list(api: Api) -> HttpResponse {
    api.answer(api.service().datasources(&actor()).await)
}

async fn create(api: Api, body: web::Bytes) -> HttpResponse {
    match Api::body::<DatasourceInput>(&body) {
        Ok(input) => api.created(api.service().create_datasource(actor(), input).await),
        Err(error) => api.refuse(&error),
    }
}

async fn show(api: Api, name: web::Path<String>) -> HttpResponse {
    api.answer(api.service().datasource(&actor(), &name).await)
}

async fn replace(api: Api, name: web::Path<String>, body: web::Bytes) -> HttpResponse {
    match Api::body::<DatasourceInput>(&body) {
        Ok(input) => api.answer(api.service().update_datasource(actor(), &name, input, "").await),
        Err(error) => api.refuse(&error),
    }
}

async fn delete(api: Api, name: web::Path<String>) -> HttpResponse {
    api.done(api.service().delete_datasource(actor(), &name).await)
}

async fn test(api: Api, name: web::Path<String>) -> HttpResponse {
    api.answer(api.service().test_datasource(&actor(), &name, api.lang).await)
}

async fn databases(api: Api, name: web::Path<String>) -> HttpResponse {
    api.answer(api.service().databases(&actor(), &name).await)
}

async fn tables(api: Api, path: web::Path<(String, String)>) -> HttpResponse {
    let (name, database) = path.into_inner();
    api.answer(api.service().tables(&actor(), &name, &database, api.lang).await)
}

async fn columns(api: Api, path: web::Path<(String, String, String)>) -> HttpResponse {
    let (name, database, table) = path.into_inner();
    api.answer(api.service().columns(&actor(), &name, &database, &table).await)
}

async fn sample(
    api: Api,
    path: web::Path<(String, String, String)>,
    input: web::Query<SampleInput>,
) -> HttpResponse {
    let (name, database, table) = path.into_inner();
    api.answer(api.service().sample(&actor(), &name, &database, &table, &input).await)
}

async fn topics(api: Api, name: web::Path<String>) -> HttpResponse {
    api.answer(api.service().topics(&actor(), &name).await)
}
