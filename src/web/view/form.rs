//! What a form shows: the values that were typed, and what is wrong with them.

use tidewire_words::{Lang, Text};

use crate::service::error::Refusal;
use crate::web::form::Pairs;

/// A form as it is shown again. Names of fields are those of the project file.
#[derive(Clone, Debug, Default)]
pub(in crate::web) struct FormView {
    values: Pairs,
    problems: Vec<(String, String)>,
    /// Names of fields, for the summary.
    labels: Vec<(&'static str, String)>,
}

impl FormView {
    /// Values to begin with.
    pub(in crate::web) fn of(values: Pairs) -> Self {
        Self { values, ..Self::default() }
    }

    /// The same form with what a refusal says of its fields.
    pub(in crate::web) fn refused(mut self, refusal: &Refusal, lang: Lang) -> Self {
        self.problems = refusal
            .fields
            .iter()
            .map(|(name, message)| (name.to_owned(), message.get(lang).to_owned()))
            .collect();
        self
    }

    /// Names the fields for the summary.
    pub(in crate::web) fn labelled(mut self, labels: &[(&'static str, Text)], lang: Lang) -> Self {
        self.labels = labels.iter().map(|(name, text)| (*name, text.get(lang).to_owned())).collect();
        self
    }

    /// The value of a field; empty when it has none.
    pub(in crate::web) fn value(&self, name: &str) -> &str {
        self.values.get(name)
    }

    /// Whether a field has this value among its values.
    pub(in crate::web) fn has(&self, name: &str, value: &str) -> bool {
        self.values.all(name).any(|found| found == value)
    }

    /// What is wrong with a field; empty when nothing is.
    pub(in crate::web) fn problem(&self, name: &str) -> &str {
        self.problems.iter().find(|(field, _)| field == name).map_or("", |(_, problem)| problem.as_str())
    }

    /// Every problem: the field's id, its name, what is wrong.
    pub(in crate::web) fn problems(&self) -> Vec<(String, &str, &str)> {
        let label = |name: &str| {
            let found = self.labels.iter().find(|(field, _)| *field == name);
            found.map_or("", |(_, label)| label.as_str())
        };
        self.problems
            .iter()
            .map(|(name, problem)| (format!("f-{name}"), label(name), problem.as_str()))
            .collect()
    }
}
