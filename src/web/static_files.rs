//! Style sheet, script and icon, inside the program, under addresses that change with
//! their content so that browsers may keep them for ever.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use sha2::{Digest as _, Sha256};

use crate::secret::hex;

use super::State;

/// One style sheet; its parts are in the order in which they override each other.
const CSS: &str = concat!(
    include_str!("../../static/css/base.css"),
    include_str!("../../static/css/frame.css"),
    include_str!("../../static/css/control.css"),
    include_str!("../../static/css/form.css"),
    include_str!("../../static/css/card.css"),
    include_str!("../../static/css/table.css"),
    include_str!("../../static/css/list.css"),
    include_str!("../../static/css/project.css"),
    include_str!("../../static/css/wizard.css"),
    include_str!("../../static/css/house.css"),
    include_str!("../../static/css/login.css"),
    include_str!("../../static/css/narrow.css"),
);
const SCRIPT: &str = include_str!("../../static/app.js");
const ICON: &str = include_str!("../../static/icon.svg");

/// Addresses of the files.
#[derive(Clone, Debug)]
pub(super) struct Assets {
    hash: String,
}

impl Assets {
    pub(super) fn new() -> Self {
        let digest = Sha256::new().chain_update(CSS).chain_update(SCRIPT).chain_update(ICON).finalize();
        let hash = hex(&digest).chars().take(12).collect();
        Self { hash }
    }

    /// The address of a file.
    pub(super) fn url(&self, name: &str) -> String {
        format!("/static/{}/{name}", self.hash)
    }
}

/// Serves a file; an old hash still finds the new file, but is not kept.
pub(super) async fn file(state: web::Data<State>, path: web::Path<(String, String)>) -> HttpResponse {
    let (hash, name) = path.into_inner();
    let (kind, content) = match name.as_str() {
        "app.css" => ("text/css; charset=utf-8", CSS),
        "app.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "icon.svg" => ("image/svg+xml", ICON),
        _ => return std::future::ready(HttpResponse::NotFound().finish()).await,
    };
    let keep = if hash == state.assets.hash { "public, max-age=31536000, immutable" } else { "no-cache" };
    HttpResponse::Ok().content_type(kind).insert_header((header::CACHE_CONTROL, keep)).body(content)
}
