//! Step 2: what can be chosen on the left, what is chosen on the right.

use std::collections::{BTreeMap, HashSet};

use askama::Template;
use tidewire_words::{Lang, Sentence};

use crate::service::catalogue::TableChoice;
use crate::service::draft_objects::ObjectFacts;
use crate::service::drafts::Draft;
use crate::service::error::FieldErrors;
use crate::service::input::TableInput;
use crate::text::{page, wizard as text};
use crate::web::view::Shell;
use crate::web::view::form::FormView;

use super::{Frame, form, pair};

/// Rows of one side on one page.
const PAGE: usize = 100;

/// What the source answered, and what of it is looked at.
#[derive(Clone, Debug, Default)]
pub(in crate::web) struct Browse {
    pub(in crate::web) databases: Vec<String>,
    /// The open database; empty: none.
    pub(in crate::web) open: String,
    pub(in crate::web) tables: Vec<TableChoice>,
    pub(in crate::web) search: String,
    /// Databases with tables that fit what is searched, and how many.
    pub(in crate::web) fitting: BTreeMap<String, usize>,
    /// Page of the tables, from 1.
    pub(in crate::web) page: usize,
    /// What is searched among the chosen, and their page, from 1.
    pub(in crate::web) chosen_search: String,
    pub(in crate::web) chosen_page: usize,
    /// Why it did not answer, and what to do.
    pub(in crate::web) failed: Option<(Sentence, Sentence)>,
}

/// `page/wizard_objects.html`.
#[derive(Template)]
#[template(path = "page/wizard_objects.html")]
pub(in crate::web) struct ObjectsPage {
    shell: Shell,
    frame: Frame,
    form: FormView,
    source: String,
    search: String,
    chosen_search: String,
    open: String,
    page_number: usize,
    chosen_page: usize,
    failed: Option<(String, String)>,
    databases: Vec<DatabaseRow>,
    topics: Vec<TopicRow>,
    chosen_count: String,
    total: usize,
    /// Words and numbers of the chosen tables' pages; 0: there is none.
    chosen_shown: String,
    chosen_previous: usize,
    chosen_next: usize,
    /// How many are ticked, in words with a gap, in all, and out of sight.
    ticked_words: &'static str,
    ticked: usize,
    ticked_elsewhere: usize,
}

struct DatabaseRow {
    name: String,
    open: bool,
    tables: Vec<TableRow>,
    shown: String,
    /// Pages before and after this one; 0: there is none.
    previous: usize,
    next: usize,
    /// The button for all of its tables that are found: value and words.
    all: Option<(&'static str, String)>,
}

struct TableRow {
    full: String,
    name: String,
    chosen: bool,
    ticked: bool,
    refused: String,
}

struct TopicRow {
    name: String,
    note: String,
    missing: bool,
    databases: Vec<(String, Vec<ChosenRow>)>,
}

struct ChosenRow {
    full: String,
    name: String,
    /// Class and text.
    chips: Vec<(&'static str, String)>,
}

impl ObjectsPage {
    pub(in crate::web) fn new(
        shell: Shell,
        draft: &Draft,
        browse: &Browse,
        facts: &ObjectFacts,
        errors: &FieldErrors,
    ) -> Self {
        let lang = shell.lang;
        let values = draft.input.dml.iter().map(|dml| pair("dml", dml)).collect();
        let labels = [("dml", text::KIND), ("table", text::TARGET_OBJECTS), ("pick", text::SOURCE_OBJECTS)];
        let tables = &draft.input.table;
        let search = browse.chosen_search.to_lowercase();
        let fits = |table: &&TableInput| {
            table.table.to_lowercase().contains(&search) || table.topic.to_lowercase().contains(&search)
        };
        let mut fitting: Vec<&TableInput> = tables.iter().filter(fits).collect();
        fitting.sort_by(|a, b| (&a.topic, &a.table).cmp(&(&b.topic, &b.table)));
        let slice = Slice::new(browse.chosen_page, fitting.len());
        let databases = databases(draft, browse, lang);
        let rows = databases.iter().flat_map(|database| &database.tables);
        let in_sight = rows.filter(|row| row.ticked).count();
        let topic_count = {
            let mut names: Vec<&str> = tables.iter().map(|table| table.topic.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            names.len()
        };
        Self {
            frame: Frame::new(draft, "objects", lang),
            form: form(values, errors, &labels, lang),
            source: draft.input.source.clone(),
            search: browse.search.clone(),
            chosen_search: browse.chosen_search.clone(),
            open: browse.open.clone(),
            page_number: browse.page,
            chosen_page: slice.page,
            failed: browse
                .failed
                .as_ref()
                .map(|(what, remedy)| (what.get(lang).to_owned(), remedy.get(lang).to_owned())),
            databases,
            topics: topics(slice.of(&fitting), facts, lang),
            chosen_count: text::CHOSEN_COUNT
                .fill(lang, &[&topic_count.to_string(), &tables.len().to_string()]),
            total: tables.len(),
            chosen_shown: if slice.pages > 1 { slice.words(lang) } else { String::new() },
            chosen_previous: slice.previous(),
            chosen_next: slice.next(),
            ticked_words: text::TICKED.get(lang),
            ticked: draft.ticked.len(),
            ticked_elsewhere: draft.ticked.len() - in_sight,
            shell,
        }
    }
}

/// One page of a list.
struct Slice {
    page: usize,
    pages: usize,
    from: usize,
    all: usize,
}

impl Slice {
    fn new(page: usize, all: usize) -> Self {
        let pages = all.div_ceil(PAGE).max(1);
        let page = page.clamp(1, pages);
        Self { page, pages, from: (page - 1) * PAGE, all }
    }

    fn of<'a, T>(&self, list: &'a [T]) -> &'a [T] {
        let to = (self.from + PAGE).min(list.len());
        list.get(self.from..to).unwrap_or_default()
    }

    fn previous(&self) -> usize {
        self.page - 1
    }

    fn next(&self) -> usize {
        if self.page < self.pages { self.page + 1 } else { 0 }
    }

    fn words(&self, lang: Lang) -> String {
        let to = (self.from + PAGE).min(self.all);
        text::TABLES_SHOWN.fill(lang, &[&(self.from + 1).to_string(), &to.to_string(), &self.all.to_string()])
    }
}

fn databases(draft: &Draft, browse: &Browse, lang: Lang) -> Vec<DatabaseRow> {
    let search = browse.search.to_lowercase();
    let shown = browse.databases.iter().filter(|name| {
        **name == browse.open || browse.fitting.contains_key(*name) || name.to_lowercase().contains(&search)
    });
    shown
        .map(|name| {
            let open = *name == browse.open;
            let mut row = DatabaseRow {
                name: name.clone(),
                open,
                tables: Vec::new(),
                shown: browse
                    .fitting
                    .get(name)
                    .map_or_else(String::new, |count| text::TABLE_COUNT.fill(lang, &[&count.to_string()])),
                previous: 0,
                next: 0,
                all: None,
            };
            if open {
                fill(&mut row, draft, browse, lang);
            }
            row
        })
        .collect()
}

/// The tables of the open database that fit, one page of them. A search that
/// is the database's name shows all of its tables.
fn fill(row: &mut DatabaseRow, draft: &Draft, browse: &Browse, lang: Lang) {
    let search = browse.search.to_lowercase();
    let found = |table: &&TableChoice| table.is_found(&row.name, &search);
    let fitting: Vec<&TableChoice> = browse.tables.iter().filter(found).collect();
    let chosen: HashSet<&str> = draft.input.table.iter().map(|one| one.table.as_str()).collect();
    let full = |table: &TableChoice| format!("{}.{}", row.name, table.name);
    let slice = Slice::new(browse.page, fitting.len());
    row.tables = slice
        .of(&fitting)
        .iter()
        .map(|table| {
            let full = full(table);
            TableRow {
                chosen: chosen.contains(full.as_str()),
                ticked: draft.ticked.contains(&full),
                full,
                name: table.name.clone(),
                refused: table.refused.clone().unwrap_or_default(),
            }
        })
        .collect();
    let free: Vec<String> = fitting
        .iter()
        .filter(|table| table.refused.is_none())
        .map(|table| full(table))
        .filter(|name| !chosen.contains(name.as_str()))
        .collect();
    if !free.is_empty() {
        let (value, words) = if free.iter().all(|name| draft.ticked.contains(name)) {
            ("untick-all", text::UNTICK_ALL)
        } else if search.is_empty() {
            ("tick-all", text::TICK_ALL)
        } else {
            ("tick-all", text::TICK_FOUND)
        };
        row.all = Some((value, words.fill(lang, &[&free.len().to_string()])));
    }
    row.shown = if slice.pages > 1 {
        slice.words(lang)
    } else {
        text::TABLE_COUNT.fill(lang, &[&fitting.len().to_string()])
    };
    (row.previous, row.next) = (slice.previous(), slice.next());
}

fn topics(tables: &[&TableInput], facts: &ObjectFacts, lang: Lang) -> Vec<TopicRow> {
    let mut by_topic: BTreeMap<&str, BTreeMap<&str, Vec<ChosenRow>>> = BTreeMap::new();
    for table in tables {
        let (database, name) = table.table.split_once('.').unwrap_or(("", &table.table));
        let row =
            ChosenRow { full: table.table.clone(), name: name.to_owned(), chips: chips(table, facts, lang) };
        by_topic.entry(&table.topic).or_default().entry(database).or_default().push(row);
    }
    by_topic
        .into_iter()
        .map(|(topic, databases)| {
            let (note, missing) = match facts.topics.get(topic) {
                Some(Some(queues)) => (text::QUEUES.fill(lang, &[&queues.to_string()]), false),
                Some(None) => (text::NOT_THERE.get(lang).to_owned(), true),
                None => (String::new(), false),
            };
            let databases = databases.into_iter().map(|(name, rows)| (name.to_owned(), rows)).collect();
            TopicRow { name: topic.to_owned(), note, missing, databases }
        })
        .collect()
}

fn chips(table: &TableInput, facts: &ObjectFacts, lang: Lang) -> Vec<(&'static str, String)> {
    let mut chips = Vec::new();
    if !table.shard_columns.is_empty() {
        chips.push(("tag", text::SHARD_CHIP.fill(lang, &[&table.shard_columns.join(", ")])));
    } else if let Some(key) = facts.keys.get(&table.table) {
        chips.push(if key.is_empty() {
            ("tag odd", text::NO_KEY_CHIP.get(lang).to_owned())
        } else {
            ("quiet", text::KEY_CHIP.fill(lang, &[&key.join(", ")]))
        });
    }
    if !table.row_filter.is_empty() {
        chips.push(("tag", text::FILTER_CHIP.get(lang).to_owned()));
    }
    if !table.columns.is_empty() {
        chips.push(("tag", text::COLUMNS_CHIP.fill(lang, &[&table.columns.len().to_string()])));
    }
    chips
}

/// `page/wizard_clear.html`.
#[derive(Template)]
#[template(path = "page/wizard_clear.html")]
pub(in crate::web) struct ClearPage {
    shell: Shell,
    frame: Frame,
    ask: String,
    dml: Vec<String>,
}

impl ClearPage {
    pub(in crate::web) fn new(shell: Shell, draft: &Draft) -> Self {
        let count = draft.input.table.len().to_string();
        Self {
            frame: Frame::new(draft, "objects", shell.lang),
            ask: text::REMOVE_ALL_ASK.fill(shell.lang, &[&count]),
            dml: draft.input.dml.clone(),
            shell,
        }
    }
}
