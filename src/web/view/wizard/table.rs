//! Settings of one table.

use askama::Template;

use crate::service::catalogue::ColumnChoice;
use crate::service::drafts::Draft;
use crate::service::input::TableInput;
use crate::text::{page, wizard as text};
use crate::web::form::encoded;
use crate::web::view::Shell;

use super::Frame;

/// What is said about the row filter.
#[derive(Clone, Debug)]
pub(in crate::web) enum FilterSays {
    /// Nothing: it was not asked.
    Nothing,
    /// It is valid.
    Fine,
    /// What is wrong.
    Wrong(String),
}

/// `page/wizard_table.html`.
#[derive(Template)]
#[template(path = "page/wizard_table.html")]
pub(in crate::web) struct TablePage {
    shell: Shell,
    frame: Frame,
    title: String,
    action: String,
    columns: Vec<ColumnRow>,
    filter: String,
    fine: bool,
    wrong: String,
}

struct ColumnRow {
    name: String,
    column_type: String,
    key: bool,
    shard: bool,
    selected: bool,
}

impl TablePage {
    pub(in crate::web) fn new(
        shell: Shell,
        draft: &Draft,
        table: &TableInput,
        columns: &[ColumnChoice],
        says: FilterSays,
    ) -> Self {
        let has = |names: &[String], name: &str| names.iter().any(|one| one.eq_ignore_ascii_case(name));
        let row = |name: &str, column_type: &str, key| ColumnRow {
            name: name.to_owned(),
            column_type: column_type.to_owned(),
            key,
            shard: has(&table.shard_columns, name),
            selected: has(&table.columns, name),
        };
        let mut rows: Vec<ColumnRow> =
            columns.iter().map(|column| row(&column.name, &column.column_type, column.key)).collect();
        // Chosen columns that are gone stay in sight until they are unticked.
        for name in table.shard_columns.iter().chain(&table.columns) {
            if !rows.iter().any(|row| row.name.eq_ignore_ascii_case(name)) {
                rows.push(row(name, "", false));
            }
        }
        let (fine, wrong) = match says {
            FilterSays::Nothing => (false, String::new()),
            FilterSays::Fine => (true, String::new()),
            FilterSays::Wrong(problem) => (false, problem),
        };
        Self {
            frame: Frame::new(draft, "objects", shell.lang),
            title: text::TABLE_TITLE.fill(shell.lang, &[&table.table]),
            action: format!("/drafts/{}/tables/{}", draft.id, encoded(&table.table)),
            columns: rows,
            filter: table.row_filter.clone(),
            fine,
            wrong,
            shell,
        }
    }
}
