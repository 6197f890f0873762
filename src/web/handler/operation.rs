//! The operation log: the list and its download.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::store::operation::{ObjectKind, OperationFilter};
use crate::web::extract::CurrentUser;
use crate::web::view::error::refuse;
use crate::web::view::operation::{LogState, OperationListPage, csv};
use crate::web::view::{Area, Shell, render};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/operations", web::get().to(list)).route("/operations/download", web::get().to(download));
}

/// The address of the log.
#[derive(Deserialize)]
struct LogQuery {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    actor: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    result: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    page: String,
}

impl LogQuery {
    /// What is wanted, in two forms; what makes no sense is not asked for.
    fn read(self, zone: &TimeZone) -> (LogState, OperationFilter) {
        let kind = ObjectKind::parse(&self.kind);
        let done = match self.result.as_str() {
            "done" => Some(true),
            "failed" => Some(false),
            _ => None,
        };
        let (from, to) = (midnight(&self.from, 0, zone), midnight(&self.to, 1, zone));
        let text = self.q.trim().to_owned();
        let filter = OperationFilter {
            viewer: None,
            kind,
            actor: self.actor.clone(),
            action: self.action.clone(),
            done,
            from,
            to,
            text: text.clone(),
        };
        let state = LogState {
            kind: kind.map(ObjectKind::as_str).unwrap_or_default().to_owned(),
            actor: self.actor,
            action: self.action,
            result: if done.is_some() { self.result } else { String::new() },
            from: if from.is_some() { self.from } else { String::new() },
            to: if to.is_some() { self.to } else { String::new() },
            text,
        };
        (state, filter)
    }
}

/// When a day, or one some days later, begins in a zone.
fn midnight(day: &str, later: i64, zone: &TimeZone) -> Option<i64> {
    let day: Date = day.parse().ok()?;
    let moment = day.checked_add(later.days()).ok()?.to_zoned(zone.clone()).ok()?;
    Some(moment.timestamp().as_millisecond())
}

/// `GET /operations`.
async fn list(user: CurrentUser, query: web::Query<LogQuery>) -> HttpResponse {
    let shell = Shell::at(&user, Area::Operations);
    let query = query.into_inner();
    let number = query.page.parse().unwrap_or(1);
    let (state, filter) = query.read(&user.zone);
    match user.state.service.operation_page(&user.actor(), filter, number).await {
        Ok(log) => render(StatusCode::OK, &OperationListPage::new(shell, state, log)),
        Err(error) => refuse(shell, &error),
    }
}

/// `GET /operations/download`.
async fn download(user: CurrentUser, query: web::Query<LogQuery>) -> HttpResponse {
    let shell = Shell::at(&user, Area::Operations);
    let (_, filter) = query.into_inner().read(&user.zone);
    match user.state.service.operation_download(&user.actor(), filter).await {
        Ok(entries) => HttpResponse::Ok()
            .content_type("text/csv; charset=utf-8")
            .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"operations.csv\""))
            .body(csv(entries, &shell)),
        Err(error) => refuse(shell, &error),
    }
}
