//! Step 2: kinds of changes, and which tables go to which topics.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Deserializer};
use tidewire_words::Sentence;

use crate::service::drafts::Draft;
use crate::service::error::{FieldErrors, Result};
use crate::service::rules;
use crate::text::wizard as text;
use crate::web::extract::CurrentUser;
use crate::web::form::Pairs;
use crate::web::handler::posted::Posted;
use crate::web::view::render;
use crate::web::view::wizard::{Browse, ClearPage, ObjectsPage};

use super::{answer, draft, place, problems, save, see, shell, topic};

const FIELDS: &[&str] = &["dml", "table"];

/// Longest text to search for, as the page limits it; no database has a longer name.
const SEARCH_LIMIT: usize = 128;

/// What the left tree shows.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct ObjectsQuery {
    /// The open database.
    #[serde(default)]
    db: String,
    /// What is searched.
    #[serde(default)]
    q: String,
    /// Page of its tables, from 1; what is no number is the first.
    #[serde(default, deserialize_with = "number")]
    page: usize,
    /// What is searched among the chosen, and their page, from 1.
    #[serde(default)]
    cq: String,
    #[serde(default, deserialize_with = "number")]
    cpage: usize,
}

fn number<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    Ok(String::deserialize(from)?.parse().unwrap_or_default())
}

/// `GET /drafts/{id}/objects`.
pub(super) async fn show(
    user: CurrentUser,
    id: web::Path<String>,
    query: web::Query<ObjectsQuery>,
) -> HttpResponse {
    let shown = async {
        let draft = draft(&user, &id).await?;
        page(&user, &draft, &query, &FieldErrors::default()).await
    };
    answer(&user, shown.await)
}

async fn page(
    user: &CurrentUser,
    draft: &Draft,
    query: &ObjectsQuery,
    errors: &FieldErrors,
) -> Result<HttpResponse> {
    let browse = browse(user, draft, query).await;
    let facts = user.state.service.object_facts(&user.actor(), draft).await;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(render(status, &ObjectsPage::new(shell(user), draft, &browse, &facts, errors)))
}

/// The source's databases and the open one's tables; a source that can't be
/// asked is no reason to lose the page.
async fn browse(user: &CurrentUser, draft: &Draft, query: &ObjectsQuery) -> Browse {
    let service = &user.state.service;
    let mut browse = Browse {
        search: query.q.trim().to_owned(),
        page: query.page.max(1),
        chosen_search: query.cq.trim().to_owned(),
        chosen_page: query.cpage.max(1),
        ..Browse::default()
    };
    match service.draft_databases(&user.actor(), draft).await {
        Ok(databases) => browse.databases = databases,
        Err(error) => {
            browse.failed = error.refusal().map(|refusal| (refusal.message.clone(), refusal.remedy.clone()));
            return browse;
        }
    }
    if !browse.search.is_empty() {
        // A source that can't count still lists.
        let found = service.find_draft_tables(&user.actor(), draft, &browse.search).await;
        browse.fitting = found.unwrap_or_default();
    }
    let only = match browse.databases.as_slice() {
        [only] => Some(only),
        several => {
            several.iter().find(|name| browse.fitting.len() == 1 && browse.fitting.contains_key(*name))
        }
    };
    browse.open = match (query.db.as_str(), only) {
        ("", Some(only)) => only.clone(),
        (named, _) => named.to_owned(),
    };
    if browse.open.is_empty() {
        return browse;
    }
    match service.draft_tables(&user.actor(), draft, &browse.open, user.lang).await {
        Ok(tables) => browse.tables = tables,
        Err(error) => {
            browse.failed = error.refusal().map(|refusal| (refusal.message.clone(), refusal.remedy.clone()));
        }
    }
    browse
}

/// `POST /drafts/{id}/objects`.
pub(super) async fn submit(Posted { user, form }: Posted, id: web::Path<String>) -> HttpResponse {
    answer(&user, act(&user, &id, &form).await)
}

async fn act(user: &CurrentUser, id: &str, form: &Pairs) -> Result<HttpResponse> {
    let mut draft = draft(user, id).await?;
    let mut query = ObjectsQuery::of(form);
    read(form, &mut draft);
    match form.get("do") {
        "clear-all" => draft.input.table.clear(),
        "untick" => draft.ticked.clear(),
        all @ ("tick-all" | "untick-all") => {
            let on = all == "tick-all";
            user.state.service.tick_all(&user.actor(), &mut draft, &query.db, &query.q, on).await?;
        }
        _ => {}
    }
    // Whatever is pressed: what was ticked on the page is kept.
    save(user, &mut draft, form).await?;
    query.turn(form);
    let here = place(&draft, "objects") + &query.text();
    let (moved, opened) = (form.get("move"), form.get("settings"));
    if !moved.is_empty() {
        return topic::page(user, &draft, &[moved.to_owned()], "", None).await;
    }
    // Another name leads nowhere, and may be no address.
    if draft.input.table.iter().any(|table| table.table == opened) {
        return Ok(see(&place(&draft, &format!("tables/{}", crate::web::form::encoded(opened)))));
    }
    match form.get("do") {
        "map" if draft.ticked.is_empty() => {
            let mut errors = FieldErrors::default();
            errors.add("pick", Sentence::from(text::PICK_FIRST));
            page(user, &draft, &query, &errors).await
        }
        "map" => {
            let ticked: Vec<String> = draft.ticked.iter().cloned().collect();
            topic::page(user, &draft, &ticked, "", None).await
        }
        "clear" => Ok(render(StatusCode::OK, &ClearPage::new(shell(user), &draft))),
        "back" => Ok(see(&place(&draft, "ends"))),
        "import" => Ok(see(&place(&draft, "import"))),
        "next" => {
            let errors = problems(user, &draft, FIELDS).await?;
            if !errors.is_empty() {
                return page(user, &draft, &query, &errors).await;
            }
            Ok(see(&place(&draft, "options")))
        }
        _ => Ok(see(&here)),
    }
}

/// What the form says of the draft. Ticks that the page did not show stay.
fn read(form: &Pairs, draft: &mut Draft) {
    draft.input.dml = form.all("dml").map(str::to_owned).collect();
    let removed = form.get("remove");
    draft.input.table.retain(|table| table.table != removed);
    for shown in form.all("shown") {
        draft.ticked.remove(shown);
    }
    let named = form.all("pick").filter(|name| rules::table_name(name).is_ok());
    draft.ticked.extend(named.map(str::to_owned));
    for table in &draft.input.table {
        draft.ticked.remove(&table.table);
    }
}

impl ObjectsQuery {
    /// What a page showed that its form comes from.
    fn of(form: &Pairs) -> Self {
        // They come back in the address, which has to stay one.
        let short = |name: &str| form.get(name).chars().take(SEARCH_LIMIT).collect::<String>();
        Self {
            db: short("db"),
            q: short("q"),
            page: form.get("page").parse().unwrap_or(1),
            cq: short("cq"),
            cpage: form.get("cpage").parse().unwrap_or(1),
        }
    }

    /// Where the pressed button leads: to another database, to another page, to
    /// the first one of a search.
    fn turn(&mut self, form: &Pairs) {
        if form.get("do") == "search" {
            (self.page, self.cpage) = (1, 1);
        }
        if let Some(database) = form.all("open").next() {
            (self.db, self.page) = (database.chars().take(SEARCH_LIMIT).collect(), 1);
        }
        self.page = form.get("turn").parse().unwrap_or(self.page);
        self.cpage = form.get("cturn").parse().unwrap_or(self.cpage);
    }

    fn text(&self) -> String {
        use crate::web::form::encoded;
        format!(
            "?db={}&q={}&page={}&cq={}&cpage={}",
            encoded(&self.db),
            encoded(&self.q),
            self.page,
            encoded(&self.cq),
            self.cpage
        )
    }
}
