//! Objects as a CSV list: out, and in again over the present choice.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};

use crate::service::transfer::{self, Imported};
use crate::web::extract::CurrentUser;
use crate::web::handler::posted::Posted;
use crate::web::view::render;
use crate::web::view::wizard::ImportPage;

use super::{answer, draft, place, save, see, shell};

/// `GET /drafts/{id}/objects.csv`.
pub(super) async fn export(user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let done = async {
        let draft = draft(&user, &id).await?;
        let text = transfer::write(&draft.input.table)?;
        Ok(HttpResponse::Ok()
            .content_type("text/csv; charset=utf-8")
            .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"objects.csv\""))
            .body(text))
    };
    answer(&user, done.await)
}

/// `GET /drafts/{id}/import`.
pub(super) async fn show(user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let shown = async {
        let draft = draft(&user, &id).await?;
        let text = transfer::write(&draft.input.table)?;
        Ok(render(StatusCode::OK, &ImportPage::new(shell(&user), &draft, text, None)))
    };
    answer(&user, shown.await)
}

/// `POST /drafts/{id}/import`: checks, or checks and takes over.
pub(super) async fn submit(Posted { user, form }: Posted, id: web::Path<String>) -> HttpResponse {
    let done = async {
        let mut draft = draft(&user, &id).await?;
        if form.get("do") == "cancel" {
            return Ok(see(&place(&draft, "objects")));
        }
        let text = form.get("text").to_owned();
        let checked = user.state.service.check_import(&user.actor(), &draft, &text).await?;
        let fine = matches!(&checked, Imported::Fine(_));
        match checked {
            Imported::Fine(tables) if form.get("do") == "take" => {
                draft.input.table = tables;
                save(&user, &mut draft, &form).await?;
                Ok(see(&place(&draft, "objects")))
            }
            checked => {
                let status = if fine { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
                Ok(render(status, &ImportPage::new(shell(&user), &draft, text, Some(&checked))))
            }
        }
    };
    answer(&user, done.await)
}
