//! One command for several projects: asks, begins, tells.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::service::batch::BatchAction;
use crate::service::error::{RefusalKind, Result, ServiceError};
use crate::text::list as text;
use crate::web::extract::CurrentUser;
use crate::web::form::Pairs;
use crate::web::handler::posted::Posted;
use crate::web::handler::see;
use crate::web::view::project::{BatchPage, BatchResultPage};
use crate::web::view::render;

use super::{answer, shell};

fn chosen(form: &Pairs) -> Result<(BatchAction, Vec<String>)> {
    let action = BatchAction::parse(form.get("do")).ok_or_else(|| {
        ServiceError::refused(RefusalKind::Malformed, "no_action", text::NO_ACTION, text::NO_ACTION_REMEDY)
    })?;
    Ok((action, form.all("id").map(str::to_owned).collect()))
}

/// `GET /projects/batch?do=&id=`: changes nothing.
pub(super) async fn ask(request: HttpRequest, user: CurrentUser) -> HttpResponse {
    let form = Pairs::read(request.query_string().as_bytes());
    let page = async {
        let (action, ids) = chosen(&form)?;
        let plan = user.state.service.plan_batch(&user.actor(), action, &ids, user.lang).await?;
        Ok(render(StatusCode::OK, &BatchPage::new(shell(&user), action, plan)))
    };
    answer(&user, page.await)
}

/// `POST /projects/batch`.
pub(super) async fn begin(Posted { user, form }: Posted) -> HttpResponse {
    let begun = async {
        let (action, ids) = chosen(&form)?;
        let number = user.state.service.begin_batch(&user.actor(), action, &ids).await?;
        Ok(see(&format!("/projects/batch/{number}")))
    };
    answer(&user, begun.await)
}

/// `GET /projects/batch/{number}`.
pub(super) async fn result(user: CurrentUser, number: web::Path<String>) -> HttpResponse {
    let view = user.state.service.batch(&user.actor(), &number);
    let page = view.map(|view| render(StatusCode::OK, &BatchResultPage::new(shell(&user), view)));
    std::future::ready(answer(&user, page)).await
}
