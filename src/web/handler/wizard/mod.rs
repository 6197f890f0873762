//! The wizard that makes and changes projects: four steps over one draft.
//! Every step saves the draft before anything else, so going back, forth or
//! away loses nothing.

mod ends;
mod import;
mod objects;
mod options;
mod precheck;
mod table;
mod topic;

use actix_web::{HttpResponse, web};

use crate::service::drafts::Draft;
use crate::service::error::{FieldErrors, Result};
use crate::web::extract::CurrentUser;
use crate::web::form::Pairs;
use crate::web::handler::posted::Posted;

use super::project::{PROJECT, answer, shell};
use super::{only_posted, see};

/// Addresses of the wizard.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/projects/new")
                .route(web::get().to(ends::fresh))
                .route(web::post().to(ends::begin)),
        )
        .service(only_posted("/projects/{id}/edit", PROJECT).route(web::post().to(edit)))
        .service(only_posted("/projects/{id}/clone", PROJECT).route(web::post().to(clone)))
        .service(
            web::resource("/drafts/{id}/ends")
                .route(web::get().to(ends::show))
                .route(web::post().to(ends::submit)),
        )
        .service(
            web::resource("/drafts/{id}/objects")
                .route(web::get().to(objects::show))
                .route(web::post().to(objects::submit)),
        )
        .route("/drafts/{id}/objects.csv", web::get().to(import::export))
        .service(
            only_posted("/drafts/{id}/topic", "/drafts/{id}/objects").route(web::post().to(topic::submit)),
        )
        .service(
            web::resource("/drafts/{id}/tables/{table}")
                .route(web::get().to(table::show))
                .route(web::post().to(table::submit)),
        )
        .service(
            web::resource("/drafts/{id}/import")
                .route(web::get().to(import::show))
                .route(web::post().to(import::submit)),
        )
        .service(
            web::resource("/drafts/{id}/options")
                .route(web::get().to(options::show))
                .route(web::post().to(options::submit)),
        )
        .service(
            web::resource("/drafts/{id}/precheck")
                .route(web::get().to(precheck::show))
                .route(web::post().to(precheck::submit)),
        )
        .service(only_posted("/drafts/{id}/delete", "/projects").route(web::post().to(delete)));
}

async fn draft(user: &CurrentUser, id: &str) -> Result<Draft> {
    user.state.service.draft(&user.actor(), id).await
}

/// Saves a draft's new settings over the version that the form was made from.
async fn save(user: &CurrentUser, draft: &mut Draft, form: &Pairs) -> Result<()> {
    let version = form.get("version").parse().unwrap_or(draft.version);
    draft.version = user.state.service.save_draft(&user.actor(), draft, version).await?;
    Ok(())
}

/// The problems of those fields that one step has.
async fn problems(user: &CurrentUser, draft: &Draft, step: &[&str]) -> Result<FieldErrors> {
    let all = user.state.service.check_draft(&user.actor(), draft).await?;
    let mut own = FieldErrors::default();
    for (field, message) in all.iter() {
        let name = field.split(['[', '.']).next().unwrap_or(field);
        if step.contains(&name) {
            own.add(field, message.clone());
        }
    }
    Ok(own)
}

fn place(draft: &Draft, step: &str) -> String {
    format!("/drafts/{}/{step}", draft.id)
}

async fn edit(Posted { user, form }: Posted, id: web::Path<String>) -> HttpResponse {
    let steps = ["objects", "options"];
    let step = steps.into_iter().find(|step| *step == form.get("step")).unwrap_or("ends");
    let begun = user.state.service.edit_project(&user.actor(), &id).await;
    answer(&user, begun.map(|draft| see(&format!("/drafts/{draft}/{step}"))))
}

async fn clone(Posted { user, .. }: Posted, id: web::Path<String>) -> HttpResponse {
    let begun = user.state.service.clone_project(&user.actor(), &id).await;
    answer(&user, begun.map(|draft| see(&format!("/drafts/{draft}/ends"))))
}

async fn delete(Posted { user, .. }: Posted, id: web::Path<String>) -> HttpResponse {
    let done = user.state.service.delete_draft(&user.actor(), &id).await;
    answer(&user, done.map(|()| super::see_said(&user.state, "/projects", "deleted")))
}
