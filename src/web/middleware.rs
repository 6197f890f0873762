//! What every request and answer has in common: time limits, headers, and pages for
//! browsers.

use std::cell::Cell;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};
use futures_util::{StreamExt as _, stream};

use super::extract::{SAID_COOKIE, state_of};
use super::handler;

/// How long a body may take to arrive: many times what the largest one needs, and no
/// time to hold a connection for.
const BODY_TIME: Duration = Duration::from_secs(20);

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

/// A body that does not arrive in time ends its request: whoever sends it byte by byte
/// holds no handler, and no connection either, unless the body has no length: the server
/// waits for the end of such a one after its answer.
pub(super) async fn bodies<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let ended = Rc::new(Cell::new(false));
    let mut payload = request.take_payload();
    if !matches!(payload, Payload::None) {
        let mut late = Box::pin(tokio::time::sleep(BODY_TIME));
        let ended = Rc::clone(&ended);
        let in_time = stream::poll_fn(move |cx| {
            let next = payload.poll_next_unpin(cx);
            if next.is_pending() && pin!(&mut late).poll(cx).is_ready() {
                ended.set(true);
                return Poll::Ready(Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))));
            }
            next
        });
        request.set_payload(Payload::Stream { payload: Box::pin(in_time) });
    }
    let mut response = next.call(request).await?;
    if ended.get() {
        // What is still to come of it is not waited for.
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

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
