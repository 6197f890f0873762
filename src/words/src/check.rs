//! What every table of texts is held to, by a test of the crate that keeps it.

use crate::Text;

/// A table's name and its texts.
pub type Table = (&'static str, &'static [(&'static str, Text)]);

/// What is wrong with tables: texts whose two languages take different numbers
/// of arguments, and Chinese that is none. `names` are labels that people know
/// by their Latin letters.
#[must_use]
pub fn faults(tables: &[Table], names: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    for (table, texts) in tables {
        for (name, text) in *texts {
            let places = |words: &str| words.matches("{}").count();
            if places(text.en) != places(text.zh) {
                faults.push(format!("{table}::{name} takes different arguments"));
            }
            // A name or a unit is the same in both.
            let same = text.en == text.zh || names.contains(&text.zh);
            let words = text.zh.contains(|letter: char| letter.is_ascii_alphabetic());
            if !same && words && text.zh.is_ascii() {
                faults.push(format!("{table}::{name} is not Chinese: {}", text.zh));
            }
        }
    }
    faults
}
