//! The page that says what did not work, what to do, and the way back.

use actix_web::HttpResponse;
use askama::Template;

use crate::service::error::ServiceError;
use crate::text::page;
use crate::web::error::{refusal_of, status};

use super::{Shell, render};

/// `page/error.html`.
#[derive(Template)]
#[template(path = "page/error.html")]
struct ErrorPage {
    shell: Shell,
    message: String,
    remedy: String,
    /// Reasons by field.
    reasons: Vec<(String, String)>,
    /// The way back: address and word.
    back: (&'static str, String),
}

/// Renders a refusal as a page.
pub(in crate::web) fn refuse(shell: Shell, error: &ServiceError) -> HttpResponse {
    let refusal = refusal_of(error);
    let lang = shell.lang;
    let page = ErrorPage {
        message: refusal.message.get(lang).to_owned(),
        remedy: refusal.remedy.get(lang).to_owned(),
        reasons: refusal
            .fields
            .iter()
            .map(|(field, message)| (field.to_owned(), message.get(lang).to_owned()))
            .collect(),
        back: shell.way_back(),
        shell,
    };
    render(status(refusal.kind), &page)
}
