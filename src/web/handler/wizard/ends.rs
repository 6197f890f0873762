//! Step 1: name, tags, source and target.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::service::drafts::Draft;
use crate::service::error::{FieldErrors, Result};
use crate::service::input::ProjectInput;
use crate::web::extract::CurrentUser;
use crate::web::form::Pairs;
use crate::web::handler::posted::Posted;
use crate::web::view::render;
use crate::web::view::wizard::EndsPage;

use super::{answer, draft, place, problems, save, see, shell};

const FIELDS: &[&str] = &["name", "tags", "source", "target"];

/// A data source that was made meanwhile, and for which side.
#[derive(Default, Deserialize)]
pub(super) struct Made {
    #[serde(default)]
    side: String,
    #[serde(default)]
    made: String,
}

impl Made {
    fn choose(&self, input: &mut ProjectInput) {
        match (self.side.as_str(), self.made.as_str()) {
            (_, "") => {}
            ("target", name) => name.clone_into(&mut input.target),
            (_, name) => name.clone_into(&mut input.source),
        }
    }
}

/// `GET /projects/new`: nothing is saved before the first submit.
pub(super) async fn fresh(user: CurrentUser, made: web::Query<Made>) -> HttpResponse {
    let mut new = Draft { version: 1, ..Draft::default() };
    made.choose(&mut new.input);
    answer(&user, page(&user, &new, &FieldErrors::default()).await)
}

/// `GET /drafts/{id}/ends`.
pub(super) async fn show(user: CurrentUser, id: web::Path<String>, made: web::Query<Made>) -> HttpResponse {
    let shown = async {
        let mut draft = draft(&user, &id).await?;
        made.choose(&mut draft.input);
        page(&user, &draft, &FieldErrors::default()).await
    };
    answer(&user, shown.await)
}

async fn page(user: &CurrentUser, draft: &Draft, errors: &FieldErrors) -> Result<HttpResponse> {
    let service = &user.state.service;
    let sources = service.datasources(&user.actor()).await?;
    let tags = service.tags().await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(render(status, &EndsPage::new(shell(user), draft, &sources, &tags, errors)))
}

fn read(form: &Pairs, input: &mut ProjectInput, fixed: bool) {
    form.get("name").trim().clone_into(&mut input.name);
    input.tags = form.all("tags").map(str::to_owned).collect();
    if !fixed {
        form.get("source").clone_into(&mut input.source);
        form.get("target").clone_into(&mut input.target);
    }
}

/// `POST /projects/new`: the draft begins here.
pub(super) async fn begin(Posted { user, form }: Posted) -> HttpResponse {
    let begun = async {
        let mut input = ProjectInput::default();
        read(&form, &mut input, false);
        let id = user.state.service.new_draft(&user.actor(), input).await?;
        go_on(&user, draft(&user, &id).await?, &form).await
    };
    answer(&user, begun.await)
}

/// `POST /drafts/{id}/ends`.
pub(super) async fn submit(Posted { user, form }: Posted, id: web::Path<String>) -> HttpResponse {
    let done = async {
        let mut draft = draft(&user, &id).await?;
        let fixed = draft.project.as_ref().is_some_and(crate::service::draft_objects::has_started);
        let source = draft.input.source.clone();
        read(&form, &mut draft.input, fixed);
        if draft.input.source != source {
            draft.ticked.clear();
        }
        save(&user, &mut draft, &form).await?;
        go_on(&user, draft, &form).await
    };
    answer(&user, done.await)
}

async fn go_on(user: &CurrentUser, draft: Draft, form: &Pairs) -> Result<HttpResponse> {
    let here = place(&draft, "ends");
    let side = |kind: &str, side: &str| {
        let back = crate::web::form::encoded(&format!("{here}?side={side}"));
        see(&format!("/datasources/new?kind={kind}&back={back}"))
    };
    Ok(match form.get("do") {
        "tags" => see(&format!("/tags?back={}", crate::web::form::encoded(&here))),
        "add-source" => side("oceanbase-ce", "source"),
        "add-target" => side("rocketmq", "target"),
        _ => {
            let errors = problems(user, &draft, FIELDS).await?;
            if !errors.is_empty() {
                return page(user, &draft, &errors).await;
            }
            see(&place(&draft, "objects"))
        }
    })
}
