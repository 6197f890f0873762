//! The first page, and the help.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::store::now_ms;
use crate::web::extract::CurrentUser;
use crate::web::view::error::refuse;
use crate::web::view::help::HelpPage;
use crate::web::view::overview::{Found, OverviewPage};
use crate::web::view::{Area, Shell, render};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/overview", web::get().to(show)).route("/help", web::get().to(help));
}

/// `GET /overview`.
async fn show(user: CurrentUser) -> HttpResponse {
    let shell = Shell::at(&user, Area::Overview);
    match user.state.service.overview(&user.actor(), user.lang).await {
        Ok(overview) => {
            let (resources, cpu) = user.state.resources();
            let found = Found { overview, resources, cpu, started_at: user.state.started_at, now: now_ms() };
            render(StatusCode::OK, &OverviewPage::new(shell, &found))
        }
        Err(error) => refuse(shell, &error),
    }
}

/// `GET /help`.
async fn help(user: CurrentUser) -> HttpResponse {
    std::future::ready(render(StatusCode::OK, &HelpPage::new(Shell::at(&user, Area::Help)))).await
}
