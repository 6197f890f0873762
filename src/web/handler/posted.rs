//! Forms that people send: a handler that takes a [`Posted`] can't forget to ask
//! whether the form is ours.

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;

use crate::service::error::{RefusalKind, ServiceError};
use crate::text::refusal;
use crate::web::extract::{AnyUser, CurrentUser, Elsewhere};
use crate::web::form::{Pairs, is_ours};
use crate::web::view::Shell;
use crate::web::view::error::refuse;

/// A form with the token of the login that sends it, from a page of ours.
pub(super) struct Posted<U = CurrentUser> {
    pub(super) user: U,
    pub(super) form: Pairs,
}

/// Who can send a form.
pub(super) trait Sender: FromRequest<Error = Elsewhere> + 'static {
    fn current(&self) -> &CurrentUser;
}

impl Sender for CurrentUser {
    fn current(&self) -> &CurrentUser {
        self
    }
}

impl Sender for AnyUser {
    fn current(&self) -> &CurrentUser {
        &self.0
    }
}

impl<U: Sender> FromRequest for Posted<U> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let user = U::from_request(request, payload);
        let body = web::Bytes::from_request(request, payload);
        let request = request.clone();
        async move {
            let user = user.await?;
            let form = Pairs::read(&body.await?);
            let sender = user.current();
            if is_ours(&request, &sender.state, &form, &sender.login.csrf) {
                return Ok(Self { user, form });
            }
            let page = foreign_form(Shell::of(sender));
            Err(InternalError::from_response("a form from elsewhere", page).into())
        }
        .boxed_local()
    }
}

/// 403: the form is not ours.
pub(super) fn foreign_form(shell: Shell) -> HttpResponse {
    let error = ServiceError::refused(RefusalKind::Forbidden, "csrf", refusal::CSRF, refusal::CSRF_REMEDY);
    refuse(shell, &error)
}
