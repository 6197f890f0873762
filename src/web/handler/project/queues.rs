//! Lets go the queues of brokers that are gone for good.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::service::queues;
use crate::web::extract::CurrentUser;
use crate::web::handler::posted::Posted;
use crate::web::handler::see_said;
use crate::web::view::project::AdoptPage;
use crate::web::view::render;

use super::{answer, shell};

/// `GET /projects/{id}/adopt-queues`: says what it means and changes nothing.
pub(super) async fn show(user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    let page = async {
        let record = user.state.service.project_record(&user.actor(), &id).await?;
        queues::adoptable(&record)?;
        Ok(render(StatusCode::OK, &AdoptPage::new(shell(&user), &record)))
    };
    answer(&user, page.await)
}

/// `POST /projects/{id}/adopt-queues`.
pub(super) async fn submit(Posted { user, .. }: Posted, id: web::Path<String>) -> HttpResponse {
    let done = user.state.service.adopt_queues(&user.actor(), &id).await.map(|adopted| {
        let word = if adopted.gone.is_empty() { "no_broker_gone" } else { "queues_adopted" };
        see_said(&user.state, &format!("/projects/{id}"), word)
    });
    answer(&user, done)
}
