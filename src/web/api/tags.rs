//! `/tags`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::{Api, actor};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/tags").route(web::get().to(list)).route(web::post().to(create)))
        .service(web::resource("/tags/{name}").route(web::put().to(rename)).route(web::delete().to(delete)));
}

/// Body of POST and PUT.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Name {
    name: String,
}

async fn list(api: Api) -> HttpResponse {
    api.answer(api.service().tags().await)
}

async fn create(api: Api, body: web::Bytes) -> HttpResponse {
    match Api::body::<Name>(&body) {
        Ok(Name { name }) => {
            let made = api.service().create_tag(actor(), name.clone()).await;
            api.created(made.map(|()| Name { name }))
        }
        Err(error) => api.refuse(&error),
    }
}

async fn rename(api: Api, old: web::Path<String>, body: web::Bytes) -> HttpResponse {
    match Api::body::<Name>(&body) {
        Ok(Name { name }) => {
            let renamed = api.service().rename_tag(actor(), &old, name.clone()).await;
            api.answer(renamed.map(|()| Name { name }))
        }
        Err(error) => api.refuse(&error),
    }
}

async fn delete(api: Api, name: web::Path<String>) -> HttpResponse {
    api.done(api.service().delete_tag(actor(), &name).await)
}
