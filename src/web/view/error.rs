//! The page that says what did not work, what to do, and the way back.

use actix_web::HttpResponse;
use askama::Template;
use tidewire_words::Lang;

use crate::service::error::ServiceError;
use crate::service::precheck;
use crate::text::{changed, page};
use crate::web::error::{refusal_of, status};

use super::{Shell, render};

/// `page/error.html`.
#[derive(Template)]
#[template(path = "page/error.html")]
struct ErrorPage {
    shell: Shell,
    message: String,
    remedy: String,
    /// What is wrong, and why.
    reasons: Vec<(String, String)>,
    /// The way back: address and word.
    back: (&'static str, String),
}

/// Renders a refusal as a page.
pub(in crate::web) fn refuse(shell: Shell, error: &ServiceError) -> HttpResponse {
    let refusal = refusal_of(error);
    let lang = shell.lang;
    let page = ErrorPage {
        message: refusal.message.get(lang).to_owned(),
        remedy: refusal.remedy.get(lang).to_owned(),
        reasons: refusal
            .fields
            .iter()
            .map(|(field, message)| (word(field, lang), message.get(lang).to_owned()))
            .collect(),
        back: shell.way_back(),
        shell,
    };
    render(status(refusal.kind), &page)
}

/// What people call an item of the precheck, a field (`name`) or an entry of a
/// list (`table[1].topic`); empty when the reason says it all.
fn word(field: &str, lang: Lang) -> String {
    if let Some(title) = precheck::title(field) {
        return title.get(lang).to_owned();
    }
    let (base, rest) = field.split_once('[').unwrap_or((field, ""));
    let base = changed::word(base).map(|word| word.get(lang)).unwrap_or_default();
    match rest.split_once(']').and_then(|(index, _)| index.parse::<usize>().ok()) {
        Some(index) if !base.is_empty() => format!("{base} {}", index + 1),
        _ => base.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_names_for_people() {
        assert_eq!(word("RDB_TABLE_EXIST", Lang::Zh), "表存在性预检查");
        assert_eq!(word("producer_group", Lang::En), "Producer group");
        assert_eq!(word("table[1].topic", Lang::Zh), "同步对象 2");
        assert_eq!(word("anything", Lang::En), "");
    }
}
