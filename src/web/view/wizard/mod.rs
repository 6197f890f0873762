//! Pages of the wizard, one file a step.

mod ends;
mod import;
mod objects;
mod options;
mod precheck;
mod table;
mod topic;

pub(in crate::web) use ends::EndsPage;
pub(in crate::web) use import::ImportPage;
pub(in crate::web) use objects::{Browse, ClearPage, ObjectsPage};
pub(in crate::web) use options::{OptionsPage, SampleView, hint as format_hint};
pub(in crate::web) use precheck::PrecheckPage;
pub(in crate::web) use table::{FilterSays, TablePage};
pub(in crate::web) use topic::TopicPage;

use tidewire_words::{Lang, Sentence, Text};

use crate::service::drafts::Draft;
use crate::service::error::{FieldErrors, Refusal, RefusalKind};
use crate::text::wizard as text;
use crate::web::form::Pairs;

use super::form::FormView;

/// The steps in order.
const STEPS: [(&str, Text); 4] = [
    ("ends", text::ENDS),
    ("objects", text::OBJECTS),
    ("options", text::OPTIONS),
    ("precheck", text::PRECHECK),
];

/// What is around each step.
pub(in crate::web) struct Frame {
    /// Name of the project, or what the page does.
    title: String,
    /// Id of the draft; empty before it began.
    draft: String,
    version: i64,
    /// Whether an existing project is changed.
    editing: bool,
    steps: Vec<Step>,
}

struct Step {
    number: usize,
    word: &'static str,
    /// `done`, `now` or `todo`.
    state: &'static str,
    /// Empty where it can't be gone to.
    href: String,
}

impl Frame {
    fn new(draft: &Draft, step: &str, lang: Lang) -> Self {
        let now = STEPS.iter().position(|(name, _)| *name == step).unwrap_or(0);
        let steps = STEPS.iter().enumerate().map(|(index, (name, word))| Step {
            number: index + 1,
            word: word.get(lang),
            state: match index.cmp(&now) {
                std::cmp::Ordering::Less => "done",
                std::cmp::Ordering::Equal => "now",
                std::cmp::Ordering::Greater => "todo",
            },
            href: if index < now { format!("/drafts/{}/{name}", draft.id) } else { String::new() },
        });
        let name = &draft.input.name;
        Self {
            title: if name.is_empty() { text::NEW.get(lang).to_owned() } else { name.clone() },
            draft: draft.id.clone(),
            version: draft.version,
            editing: draft.project.is_some(),
            steps: steps.collect(),
        }
    }
}

/// A form with what is wrong in it.
fn form(
    values: Vec<(String, String)>,
    errors: &FieldErrors,
    labels: &[(&'static str, Text)],
    lang: Lang,
) -> FormView {
    let refusal = Refusal {
        kind: RefusalKind::Invalid,
        code: String::new(),
        message: Sentence::default(),
        remedy: Sentence::default(),
        fields: errors.clone(),
    };
    FormView::of(Pairs::of(values)).refused(&refusal, lang).labelled(labels, lang)
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
