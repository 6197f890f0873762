//! The JSON API, thin over the service: one file a resource. Knows no page.

mod datasources;
mod metrics;
mod projects;
mod system;
mod tags;
mod users;

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, web};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tidewire_words::{Lang, Sentence};

use crate::service::error::{Refusal, RefusalKind, Result, ServiceError};
use crate::service::{Actor, Service};
use crate::text::refusal;

use super::State;
use super::error::{refusal_of, status};
use super::extract::{has_token, lang_of, state_of};

/// Addresses of the API.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/health", web::get().to(system::health))
        .route("/metrics", web::get().to(metrics::metrics))
        .service(
            web::scope("/api/v1")
                .app_data(queries())
                .configure(datasources::routes)
                .configure(projects::routes)
                .configure(tags::routes)
                .configure(users::routes)
                .configure(system::routes)
                .default_service(web::to(nothing)),
        );
}

/// Queries that can't be read are refused in the shape of the API.
fn queries() -> web::QueryConfig {
    web::QueryConfig::default().error_handler(|error, request| {
        let refused = ServiceError::refused(
            RefusalKind::Malformed,
            "bad_query",
            Sentence::new(refusal::BAD_QUERY, &[&error.to_string()]),
            refusal::BAD_QUERY_REMEDY,
        );
        let response = respond(&refusal_of(&refused), lang_of(request));
        actix_web::error::InternalError::from_response(error, response).into()
    })
}

/// Whoever sent the API token.
pub(super) struct Api {
    state: web::Data<State>,
    lang: Lang,
}

impl Api {
    fn service(&self) -> &Service {
        &self.state.service
    }

    /// Reads a JSON body.
    fn body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
        // By way of an object: an array would be read as fields in order.
        let object = serde_json::from_slice::<serde_json::Map<_, _>>(bytes);
        let value = object.and_then(|object| serde_json::from_value(object.into()));
        value.map_err(|error: serde_json::Error| {
            ServiceError::refused(
                RefusalKind::Malformed,
                "bad_body",
                Sentence::new(refusal::BAD_BODY, &[&error.to_string()]),
                refusal::BAD_BODY_REMEDY,
            )
        })
    }

    /// 200 with the value, or the refusal.
    fn answer<T: Serialize>(&self, result: Result<T>) -> HttpResponse {
        match result {
            Ok(value) => HttpResponse::Ok().json(value),
            Err(error) => self.refuse(&error),
        }
    }

    /// 201 with the value, or the refusal.
    fn created<T: Serialize>(&self, result: Result<T>) -> HttpResponse {
        match result {
            Ok(value) => HttpResponse::Created().json(value),
            Err(error) => self.refuse(&error),
        }
    }

    /// 204, or the refusal.
    fn done(&self, result: Result<()>) -> HttpResponse {
        match result {
            Ok(()) => HttpResponse::NoContent().finish(),
            Err(error) => self.refuse(&error),
        }
    }

    fn refuse(&self, error: &ServiceError) -> HttpResponse {
        respond(&refusal_of(error), self.lang)
    }
}

/// The error shape of the API.
fn respond(refusal: &Refusal, lang: Lang) -> HttpResponse {
    let fields: serde_json::Map<String, serde_json::Value> =
        refusal.fields.iter().map(|(field, message)| (field.to_owned(), message.get(lang).into())).collect();
    let body = serde_json::json!({"error": {
        "code": refusal.code,
        "message": refusal.message.get(lang),
        "remedy": refusal.remedy.get(lang),
        "fields": fields,
    }});
    HttpResponse::build(status(refusal.kind)).json(body)
}

/// A request without the token.
#[derive(Debug)]
pub(super) struct NoToken(Lang);

impl std::fmt::Display for NoToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(refusal::TOKEN.get(self.0))
    }
}

impl ResponseError for NoToken {
    fn error_response(&self) -> HttpResponse {
        let error = ServiceError::refused(
            RefusalKind::Unauthorized,
            "unauthorized",
            refusal::TOKEN,
            refusal::TOKEN_REMEDY,
        );
        let mut response = respond(&refusal_of(&error), self.0);
        response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        response
    }
}

impl FromRequest for Api {
    type Error = NoToken;
    type Future = Ready<std::result::Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let lang = lang_of(request);
        let state = state_of(request).filter(|state| has_token(request, state));
        ready(state.map(|state| Self { state, lang }).ok_or(NoToken(lang)))
    }
}

async fn nothing(api: Api) -> HttpResponse {
    let error = ServiceError::refused(
        RefusalKind::NotFound,
        "not_found",
        refusal::NOT_FOUND,
        refusal::NOT_FOUND_REMEDY,
    );
    std::future::ready(api.refuse(&error)).await
}

fn actor() -> Actor {
    Actor::api()
}
