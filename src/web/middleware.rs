//! What every answer has in common: headers, and pages for browsers.

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;

use super::extract::{SAID_COOKIE, state_of};
use super::handler;

const HEADERS: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// A body that is too large is refused before a handler sees it: browsers get a
/// page, as with every other refusal.
pub(super) async fn pages<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let response = next.call(request).await?;
    let console = !response.request().path().starts_with("/api/");
    if response.status() != StatusCode::PAYLOAD_TOO_LARGE || !console {
        return Ok(response.map_into_left_body());
    }
    let (request, _) = response.into_parts();
    let page = handler::too_large(&request);
    Ok(ServiceResponse::new(request, page).map_into_right_body())
}

/// Adds them; pages and answers are not cached unless they say so.
pub(super) async fn headers(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let said = request.cookie(SAID_COOKIE).is_some();
    let mut response = next.call(request).await?;
    if said && response.status() == StatusCode::OK {
        forget_said(&mut response);
    }
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}

/// The page that was made says it: no other shall.
fn forget_said(response: &mut ServiceResponse<impl MessageBody>) {
    let Some(state) = state_of(response.request()) else { return };
    if let Err(error) = response.response_mut().add_cookie(&handler::said(&state)) {
        log::warn!("a cookie can't be set: {error}");
    }
}
