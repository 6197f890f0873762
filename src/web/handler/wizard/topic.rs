//! The page that maps tables to a topic, and moves one to another.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use tidewire_words::Sentence;

use crate::service::drafts::Draft;
use crate::service::error::Result;
use crate::service::input::TableInput;
use crate::text::{field, wizard as text};
use crate::web::extract::CurrentUser;
use crate::web::handler::posted::Posted;
use crate::web::view::render;
use crate::web::view::wizard::TopicPage;

use super::{answer, draft, place, save, see, shell};

/// The page for these tables; `topic` is what was typed, `problem` what is
/// wrong with it.
pub(super) async fn page(
    user: &CurrentUser,
    draft: &Draft,
    tables: &[String],
    topic: &str,
    problem: Option<Sentence>,
) -> Result<HttpResponse> {
    let topics = user.state.service.draft_topics(&user.actor(), draft).await?;
    let status = if problem.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let problem = problem.map(|problem| problem.get(user.lang).to_owned()).unwrap_or_default();
    Ok(render(status, &TopicPage::new(shell(user), draft, tables, topics, topic, problem)))
}

/// `POST /drafts/{id}/topic`.
pub(super) async fn submit(Posted { user, form }: Posted, id: web::Path<String>) -> HttpResponse {
    let done = async {
        let mut draft = draft(&user, &id).await?;
        if form.get("do") == "cancel" {
            return Ok(see(&place(&draft, "objects")));
        }
        let tables: Vec<String> =
            form.all("pick").flat_map(str::split_whitespace).map(str::to_owned).collect();
        let topic = form.get("topic").trim();
        let topics = user.state.service.draft_topics(&user.actor(), &draft).await?;
        if topic.is_empty() || !topics.iter().any(|known| known == topic) {
            let problem = match topic {
                "" => Sentence::from(field::REQUIRED),
                named => Sentence::new(text::TOPIC_MISSING, &[named]),
            };
            return page(&user, &draft, &tables, topic, Some(problem)).await;
        }
        let mut fresh: BTreeSet<&String> = tables.iter().collect();
        for table in &mut draft.input.table {
            if fresh.remove(&table.table) {
                topic.clone_into(&mut table.topic);
            }
        }
        for name in &tables {
            draft.ticked.remove(name);
        }
        draft.input.table.extend(fresh.into_iter().map(|name| TableInput {
            table: name.clone(),
            topic: topic.to_owned(),
            ..TableInput::default()
        }));
        save(&user, &mut draft, &form).await?;
        let database =
            tables.first().and_then(|name| name.split_once('.')).map_or("", |(database, _)| database);
        Ok(see(&format!("{}?db={}", place(&draft, "objects"), crate::web::form::encoded(database))))
    };
    answer(&user, done.await)
}
