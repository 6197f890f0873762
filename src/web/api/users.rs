//! `/users`: accounts of the console. Passwords are made here, never sent in.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::{Api, actor};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/users").route(web::get().to(list)).route(web::post().to(create)))
        .route("/users/{name}", web::delete().to(delete))
        .route("/users/{name}/password", web::post().to(reset));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    name: String,
}

async fn list(api: Api) -> HttpResponse {
    api.answer(api.service().users(&actor()).await)
}

async fn create(api: Api, body: web::Bytes) -> HttpResponse {
    match Api::body::<Name>(&body) {
        Ok(Name { name }) => {
            let password = api.service().create_user(actor(), &name, false).await;
            api.created(password.map(|password| json!({"name": name, "password": password})))
        }
        Err(error) => api.refuse(&error),
    }
}

async fn reset(api: Api, name: web::Path<String>) -> HttpResponse {
    let password = api.service().reset_password(actor(), &name).await;
    api.answer(password.map(|password| json!({"name": *name, "password": password})))
}

async fn delete(api: Api, name: web::Path<String>) -> HttpResponse {
    api.done(api.service().delete_user(actor(), &name).await)
}
