//! A history: what happens in the world, step by step, drawn from a seed, and
//! what came of it.

pub mod at_source;
pub mod draw;
pub mod edit;
pub mod ending;
pub mod engine;
pub mod play;
mod saved;
pub mod setup;
pub mod step;
mod stopped;

use std::fmt;

use crate::judge::Fault;
use step::Step;

/// A history: the seed gives the world, the steps what happens in it.
#[derive(Clone, Debug)]
pub struct History {
    /// Its seed.
    pub seed: u64,
    /// What happens.
    pub steps: Vec<Step>,
    /// What may happen.
    pub with: With,
}

/// What may happen in a history. What the engine is not made for yet is left out
/// until it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct With {
    /// Transactions that are rolled back after they were logged, where nothing of
    /// them can have left before.
    pub rollbacks: bool,
    /// Crashes inside a transaction.
    pub crashes: bool,
    /// Column changes that the engine has not read up to.
    pub unread_ddl: bool,
    /// Edits of the project while a transaction is read.
    pub edits: bool,
    /// What ends a project for good: a log that was begun anew or removed before it
    /// was read, changes that were logged without their rows.
    pub endings: bool,
}

impl With {
    /// All that the engine has to survive today.
    pub const NOW: Self =
        Self { rollbacks: true, crashes: true, unread_ddl: true, edits: true, endings: true };

    /// The switches that differ from today's, as the command takes them.
    fn words(self) -> String {
        let pairs = [
            ("rollbacks", self.rollbacks, Self::NOW.rollbacks),
            ("crashes", self.crashes, Self::NOW.crashes),
            ("unread-ddl", self.unread_ddl, Self::NOW.unread_ddl),
            ("edits", self.edits, Self::NOW.edits),
            ("endings", self.endings, Self::NOW.endings),
        ];
        let word = |(name, on, now): (&str, bool, bool)| {
            (on != now).then(|| format!(" {}{name}", if on { '+' } else { '-' }))
        };
        let words: String = pairs.into_iter().filter_map(word).collect();
        if words.is_empty() { words } else { format!(" WITH=\"{}\"", words.trim()) }
    }

    /// Turns one on (`+name`) or off (`-name`).
    #[must_use]
    pub fn changed(mut self, word: &str) -> Option<Self> {
        let (on, name) = match word.split_at_checked(1)? {
            ("+", name) => (true, name),
            ("-", name) => (false, name),
            _ => return None,
        };
        let switch = match name {
            "rollbacks" => &mut self.rollbacks,
            "crashes" => &mut self.crashes,
            "unread-ddl" => &mut self.unread_ddl,
            "edits" => &mut self.edits,
            "endings" => &mut self.endings,
            _ => return None,
        };
        *switch = on;
        Some(self)
    }
}

impl History {
    /// The history of a seed.
    #[must_use]
    pub fn of_seed(seed: u64, with: With) -> Self {
        Self { seed, steps: draw::steps(seed, with), with }
    }
}

/// Readable lines, and the command that plays it again.
impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = setup::Plan::of_seed(self.seed).settings;
        let words = self.with.words();
        writeln!(f, "seed {}: make simulate SEED={}{words}", self.seed, self.seed)?;
        writeln!(
            f,
            "  {:?}, up to {} rows an event, files of {} bytes",
            settings.dialect, settings.rows_per_event, settings.file_limit
        )?;
        self.steps.iter().try_for_each(|step| writeln!(f, "  {step}"))
    }
}

/// What came of a history.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What was wrong, the first thing first.
    pub faults: Vec<Fault>,
    /// Row changes that were committed.
    pub changes: usize,
    /// Messages that were stored.
    pub messages: usize,
    /// A number that two plays of the same history share.
    pub print: u64,
}
