//! Mapping tables to a topic.

use std::collections::HashSet;

use askama::Template;

use crate::service::drafts::Draft;
use crate::text::{page, wizard as text};
use crate::web::view::Shell;

use super::Frame;

/// Names that are listed; more are counted.
const LISTED: usize = 20;
/// Topics that are offered while one types.
const OFFERED: usize = 1000;

/// `page/wizard_topic.html`.
#[derive(Template)]
#[template(path = "page/wizard_topic.html")]
pub(in crate::web) struct TopicPage {
    shell: Shell,
    frame: Frame,
    what: String,
    listed: Vec<String>,
    more: bool,
    /// The tables, with a space between: no name has one, and a field for each
    /// of ten thousand would be a large page.
    picks: String,
    topics: Vec<String>,
    topic: String,
    problem: String,
    /// Topics that have tables already, and what that means.
    taken: Vec<(String, String)>,
}

impl TopicPage {
    pub(in crate::web) fn new(
        shell: Shell,
        draft: &Draft,
        picks: &[String],
        mut topics: Vec<String>,
        topic: &str,
        problem: String,
    ) -> Self {
        topics.truncate(OFFERED);
        // A single table starts from the topic that it has.
        let now = picks.first().filter(|_| picks.len() == 1 && topic.is_empty());
        let now = now.and_then(|pick| draft.input.table.iter().find(|table| table.table == *pick));
        Self {
            frame: Frame::new(draft, "objects", shell.lang),
            what: text::MAP_WHAT.fill(shell.lang, &[&picks.len().to_string()]),
            listed: picks.iter().take(LISTED).cloned().collect(),
            more: picks.len() > LISTED,
            topic: now.map_or(topic, |table| table.topic.as_str()).to_owned(),
            taken: taken(draft, picks, &shell),
            picks: picks.join(" "),
            topics,
            problem,
            shell,
        }
    }
}

fn taken(draft: &Draft, picks: &[String], shell: &Shell) -> Vec<(String, String)> {
    let mut taken: Vec<(String, Vec<&str>)> = Vec::new();
    let picks: HashSet<&String> = picks.iter().collect();
    for table in draft.input.table.iter().filter(|table| !picks.contains(&table.table)) {
        match taken.iter_mut().find(|(name, _)| *name == table.topic) {
            Some((_, tables)) => tables.push(&table.table),
            None => taken.push((table.topic.clone(), vec![&table.table])),
        }
    }
    let words = |tables: &[&str]| {
        let mut named: Vec<&str> = tables.iter().take(5).copied().collect();
        if tables.len() > named.len() {
            named.push("…");
        }
        text::TOPIC_MERGE.fill(shell.lang, &[&named.join(", ")])
    };
    taken.iter().take(LISTED).map(|(name, tables)| (name.clone(), words(tables))).collect()
}
