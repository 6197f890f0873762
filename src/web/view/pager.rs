//! The line below a list: which rows these are, and the pages beside them.

use tidewire_words::Lang;

use crate::service::paging::Page;
use crate::text::navigation;

/// What the macro `table::pager` shows.
pub(in crate::web) struct Pager {
    /// `1 to 20 of 45`; empty when there are no rows.
    pub(in crate::web) text: String,
    pub(in crate::web) previous: Option<String>,
    pub(in crate::web) next: Option<String>,
}

impl Pager {
    /// For a page of a list at `path`; `query` are its other parameters.
    pub(in crate::web) fn new<T>(page: &Page<T>, path: &str, query: &[(&str, &str)], lang: Lang) -> Self {
        let href = |number: usize| address(path, query, &[("page", &number.to_string())]);
        let from = (page.number - 1) * page.size + 1;
        let to = from + page.rows.len().saturating_sub(1);
        let numbers = [from, to, page.total].map(|number| number.to_string());
        let [from, to, total] = &numbers;
        Self {
            text: if page.rows.is_empty() {
                String::new()
            } else {
                navigation::PAGE_OF.fill(lang, &[from, to, total])
            },
            previous: (page.number > 1).then(|| href(page.number - 1)),
            next: page.more().then(|| href(page.number + 1)),
        }
    }
}

/// An address with the parameters that say something.
pub(in crate::web) fn address(path: &str, query: &[(&str, &str)], more: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = query.iter().chain(more).filter(|(_, value)| !value.is_empty()).collect();
    let text = serde_urlencoded::to_string(pairs).unwrap_or_default();
    if text.is_empty() { path.to_owned() } else { format!("{path}?{text}") }
}
