//! From a refusal to an HTTP status, once for API and console.

use actix_web::http::StatusCode;
use tidewire_words::Sentence;

use crate::secret::random_text;
use crate::service::error::{FieldErrors, Refusal, RefusalKind, ServiceError};
use crate::text::refusal;

/// The status of a kind of refusal.
#[must_use]
pub(super) fn status(kind: RefusalKind) -> StatusCode {
    match kind {
        RefusalKind::Malformed => StatusCode::BAD_REQUEST,
        RefusalKind::Unauthorized => StatusCode::UNAUTHORIZED,
        RefusalKind::Forbidden => StatusCode::FORBIDDEN,
        RefusalKind::NotFound => StatusCode::NOT_FOUND,
        RefusalKind::Conflict => StatusCode::CONFLICT,
        RefusalKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        RefusalKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        RefusalKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        RefusalKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// What is told to the person who asked. An error of our own is logged here,
/// once, and told as an incident number.
#[must_use]
pub(super) fn refusal_of(error: &ServiceError) -> Refusal {
    if let Some(refusal) = error.refusal() {
        return refusal.clone();
    }
    let incident = random_text(8).unwrap_or_default();
    let reason = error.chain();
    log::error!(incident = incident.as_str(); "incident {incident}: {reason}");
    Refusal {
        kind: RefusalKind::Internal,
        code: "internal".to_owned(),
        message: Sentence::new(refusal::BROKEN, &[&incident]),
        remedy: refusal::BROKEN_REMEDY.into(),
        fields: FieldErrors::default(),
    }
}
