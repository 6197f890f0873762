//! The operation log: the list, and the file that is downloaded.

use askama::Template;
use tidewire_words::{Lang, Text};

use crate::service::operations::Log;
use crate::store::operation::{ObjectKind, OperationEntry};
use crate::supervisor::state::Command;
use crate::text::{operations as text, page};

use super::Shell;
use super::pager::{Pager, address};
use super::system::setting_word;

/// What the log was asked for, as it stands in its address.
#[derive(Clone, Debug, Default)]
pub(in crate::web) struct LogState {
    pub(in crate::web) kind: String,
    pub(in crate::web) actor: String,
    pub(in crate::web) action: String,
    pub(in crate::web) result: String,
    pub(in crate::web) from: String,
    pub(in crate::web) to: String,
    pub(in crate::web) text: String,
}

/// Value, word, whether it is chosen.
type Choice = (String, String, bool);

/// `page/operation_list.html`.
#[derive(Template)]
#[template(path = "page/operation_list.html")]
pub(in crate::web) struct OperationListPage {
    shell: Shell,
    total: String,
    state: LogState,
    kinds: Vec<Choice>,
    actors: Vec<Choice>,
    actions: Vec<Choice>,
    results: Vec<Choice>,
    download: String,
    rows: Vec<Row>,
    pager: Pager,
    /// Whether nothing is asked for, so that an empty list is an empty log.
    plain: bool,
}

struct Row {
    when: String,
    who: String,
    what: String,
    kind: &'static str,
    name: String,
    id: String,
    href: String,
    done: bool,
    detail: String,
}

impl LogState {
    fn query(&self) -> [(&'static str, &str); 7] {
        [
            ("kind", &self.kind),
            ("actor", &self.actor),
            ("action", &self.action),
            ("result", &self.result),
            ("from", &self.from),
            ("to", &self.to),
            ("q", &self.text),
        ]
    }
}

impl OperationListPage {
    pub(in crate::web) fn new(shell: Shell, state: LogState, log: Log) -> Self {
        let lang = shell.lang;
        let choices = |all: Text, chosen: &str, values: Vec<(String, String)>| {
            let mut choices = vec![(String::new(), all.get(lang).to_owned(), chosen.is_empty())];
            choices.extend(values.into_iter().map(|(value, word)| {
                let current = value == chosen;
                (value, word, current)
            }));
            choices
        };
        let kinds = ObjectKind::ALL.map(|kind| (kind.as_str().to_owned(), kind_word(kind, lang).to_owned()));
        let actors = log.actors.into_iter().map(|name| (name.clone(), actor_word(&name, lang))).collect();
        let actions = log.actions.into_iter().map(|name| (name.clone(), action_word(&name, lang))).collect();
        let results = [("done", text::DONE), ("failed", text::FAILED)]
            .map(|(value, word)| (value.to_owned(), word.get(lang).to_owned()));
        Self {
            total: text::COUNT.fill(lang, &[&log.page.total.to_string()]),
            kinds: choices(text::ALL_KINDS, &state.kind, kinds.to_vec()),
            actors: choices(text::ALL_ACTORS, &state.actor, actors),
            actions: choices(text::ALL_ACTIONS, &state.action, actions),
            results: choices(text::ALL_RESULTS, &state.result, results.to_vec()),
            download: address("/operations/download", &state.query(), &[]),
            pager: Pager::new(&log.page, "/operations", &state.query(), lang),
            plain: state.query().iter().all(|(_, value)| value.is_empty()),
            rows: log.page.rows.into_iter().map(|entry| row(entry, &shell)).collect(),
            state,
            shell,
        }
    }
}

fn row(entry: OperationEntry, shell: &Shell) -> Row {
    let lang = shell.lang;
    let operation = entry.operation;
    let href = match entry.kind {
        ObjectKind::Project => format!("/projects/{}", entry.object_id),
        ObjectKind::Datasource => format!("/datasources/{}/edit", entry.object_id),
        ObjectKind::Tag | ObjectKind::User | ObjectKind::Setting => String::new(),
    };
    let gone = operation.action == "delete";
    let setting = entry.kind == ObjectKind::Setting;
    Row {
        when: shell.moment(operation.at),
        who: actor_word(&operation.actor, lang),
        what: action_word(&operation.action, lang),
        kind: kind_word(entry.kind, lang),
        name: if setting { setting_word(&entry.object_name, lang) } else { entry.object_name.clone() },
        id: if entry.object_id == entry.object_name { String::new() } else { entry.object_id },
        href: if gone { String::new() } else { href },
        done: operation.done,
        detail: operation.detail.get(lang).to_owned(),
    }
}

fn kind_word(kind: ObjectKind, lang: Lang) -> &'static str {
    match kind {
        ObjectKind::Project => text::PROJECT,
        ObjectKind::Datasource => text::DATASOURCE,
        ObjectKind::Tag => text::TAG,
        ObjectKind::User => text::USER,
        ObjectKind::Setting => text::SETTING,
    }
    .get(lang)
}

/// What somebody is called who acted or made something.
pub(in crate::web) fn actor_word(name: &str, lang: Lang) -> String {
    match name {
        "api" => text::ACTOR_API.get(lang).to_owned(),
        "service" => text::ACTOR_SERVICE.get(lang).to_owned(),
        name => name.to_owned(),
    }
}

/// The word of a recorded action.
pub(in crate::web) fn action_word(action: &str, lang: Lang) -> String {
    let word = match action {
        "create" => text::CREATE,
        "update" => text::UPDATE,
        "delete" => text::DELETE,
        "rename" => text::RENAME,
        "password" => text::PASSWORD,
        "reset_password" => text::RESET_PASSWORD,
        "precheck" => text::PRECHECK,
        "tags" => crate::text::list::EDIT_TAGS,
        "define" => text::DEFINE,
        "adopt_queues" => crate::text::adopt::ADOPT,
        "alarm_level" => text::ALARM_LEVEL,
        "reset" => text::RESET,
        _ => match Command::ALL.into_iter().find(|command| command.as_str() == action) {
            Some(command) => command.word(),
            None => return action.to_owned(),
        },
    };
    word.get(lang).to_owned()
}

/// The rows as CSV, for spreadsheets: with the mark that tells them it is
/// UTF-8, and with nothing that they would take for a formula.
pub(in crate::web) fn csv(entries: Vec<OperationEntry>, shell: &Shell) -> String {
    let lang = shell.lang;
    let heads = [
        text::WHEN,
        text::WHO,
        text::ACTION,
        text::KIND,
        text::OBJECT,
        text::OBJECT,
        text::RESULT,
        text::DETAIL,
    ];
    let mut heads: Vec<String> = heads.iter().map(|head| head.get(lang).to_owned()).collect();
    if let Some(id) = heads.get_mut(5) {
        id.push_str(" ID");
    }
    let mut out = String::from("\u{feff}");
    push_line(&mut out, &heads);
    for entry in entries {
        let id = entry.object_id.clone();
        let row = row(entry, shell);
        let result = if row.done { text::DONE } else { text::FAILED }.get(lang).to_owned();
        let cells = [row.when, row.who, row.what, row.kind.to_owned(), row.name, id, result, row.detail];
        push_line(&mut out, &cells);
    }
    out
}

fn push_line(out: &mut String, cells: &[String]) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let guard = if formula { "'" } else { "" };
        out.push('"');
        out.push_str(guard);
        out.push_str(&cell.replace('"', "\"\""));
        out.push('"');
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        let mut out = String::new();
        push_line(&mut out, &["a\"b".to_owned(), "=1+1".to_owned(), "x\ny".to_owned()]);
        assert_eq!(out, "\"a\"\"b\",\"'=1+1\",\"x\ny\"\r\n");
    }
}
