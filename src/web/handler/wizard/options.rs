//! Step 3: start point, format and the other options, beside a sample of what
//! they make.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use tidewire_engine::project::Format;

use crate::service::draft_objects::has_started;
use crate::service::drafts::Draft;
use crate::service::error::{FieldErrors, Result};
use crate::service::input::{ProjectInput, StartInput};
use crate::web::extract::CurrentUser;
use crate::web::form::Pairs;
use crate::web::handler::posted::Posted;
use crate::web::view::render;
use crate::web::view::wizard::{OptionsPage, SampleView};

use super::{answer, draft, place, problems, save, see, shell};

const FIELDS: &[&str] = &[
    "start",
    "format",
    "typed_values",
    "sequence_in_transaction",
    "business_id",
    "producer_group",
    "message_trace",
    "message_tag",
    "batch",
    "split_key_change",
];

/// `GET /drafts/{id}/options`.
pub(super) async fn show(user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let shown = async {
        let draft = draft(&user, &id).await?;
        page(&user, &draft, &Pairs::default(), &FieldErrors::default()).await
    };
    answer(&user, shown.await)
}

async fn page(user: &CurrentUser, draft: &Draft, form: &Pairs, errors: &FieldErrors) -> Result<HttpResponse> {
    let sample = sample(user, draft, form).await;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(render(status, &OptionsPage::new(shell(user), draft, sample, errors)))
}

/// The sample of the chosen table; a source that can't be asked gives its reason.
async fn sample(user: &CurrentUser, draft: &Draft, form: &Pairs) -> SampleView {
    let first = draft.input.table.first().map(|table| table.table.clone()).unwrap_or_default();
    let named = form.get("sample_table");
    let known = draft.input.table.iter().any(|table| table.table == named);
    let table = if known { named.to_owned() } else { first };
    let kind = match form.get("sample_kind") {
        "" => "update",
        kind => kind,
    };
    let found = user.state.service.draft_sample(&user.actor(), draft, &table).await;
    SampleView::new(table, kind, found, user.lang)
}

fn read(form: &Pairs, input: &mut ProjectInput, fixed: bool, zone: &jiff::tz::TimeZone) {
    if !fixed {
        input.start = start(form, zone);
    }
    form.get("format").clone_into(&mut input.format);
    // A choice that belongs to another format is dropped with it.
    input.sequence_in_transaction =
        form.ticked("sequence_in_transaction") && input.format == Format::Shareplex.as_str();
    input.typed_values = form.ticked("typed_values") && input.format == Format::Canal.as_str();
    input.business_id = if input.format == Format::Dataworks2.as_str() {
        form.get("business_id").trim().to_owned()
    } else {
        String::new()
    };
    input.split_key_change = form.ticked("split_key_change");
    form.get("producer_group").trim().clone_into(&mut input.producer_group);
    input.message_trace = form.ticked("message_trace");
    form.get("message_tag").trim().clone_into(&mut input.message_tag);
    if form.ticked("batch") { "auto" } else { "off" }.clone_into(&mut input.batch);
}

/// Now, seconds, or a time in the viewer's zone.
fn start(form: &Pairs, zone: &jiff::tz::TimeZone) -> StartInput {
    let at = form.get("start_at").trim();
    match form.get("start") {
        "at" => {
            let time = at.replace('T', " ").parse::<jiff::civil::DateTime>().ok();
            let moment = time.and_then(|time| time.to_zoned(zone.clone()).ok());
            StartInput::Text(moment.map_or_else(|| at.to_owned(), |moment| moment.timestamp().to_string()))
        }
        "epoch" => StartInput::Text(form.get("start_epoch").trim().to_owned()),
        _ => StartInput::default(),
    }
}

/// `POST /drafts/{id}/options`.
pub(super) async fn submit(Posted { user, form }: Posted, id: web::Path<String>) -> HttpResponse {
    let done = async {
        let mut draft = draft(&user, &id).await?;
        let fixed = draft.project.as_ref().is_some_and(has_started);
        read(&form, &mut draft.input, fixed, &user.zone);
        if form.get("do") == "preview" {
            return page(&user, &draft, &form, &FieldErrors::default()).await;
        }
        save(&user, &mut draft, &form).await?;
        if form.get("do") == "back" {
            return Ok(see(&place(&draft, "objects")));
        }
        let errors = problems(&user, &draft, FIELDS).await?;
        if !errors.is_empty() {
            return page(&user, &draft, &form, &errors).await;
        }
        user.state.service.begin_precheck(&user.actor(), &draft.id).await?;
        Ok(see(&place(&draft, "precheck")))
    };
    answer(&user, done.await)
}
