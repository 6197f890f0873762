//! Every sentence of the service, the console and the command line, in English
//! and Chinese side by side. The kinds of pipeline errors bring their own.

use crate::model::lang::Text;

macro_rules! texts {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        $(#[doc = $en] pub const $name: Text = Text { en: $en, zh: $zh };)*

        #[cfg(test)]
        pub(super) const ENTRIES: &[(&str, Text)] = &[$((stringify!($name), $name)),*];
    };
}

pub mod account;
pub mod changed;
pub mod datasource;
pub mod detail;
pub mod fault;
pub mod field;
pub mod filter;
pub mod format;
pub mod help;
pub mod list;
pub mod navigation;
pub mod operations;
pub mod overview;
pub mod page;
pub mod precheck;
pub mod refusal;
pub mod said;
pub mod system;
pub mod tags;
pub mod transfer;
pub mod wizard;

#[cfg(test)]
mod tests {
    use super::*;

    /// Labels that people know by these letters.
    const LETTERS_IN_CHINESE: [&str; 1] = ["DataBase Name"];

    macro_rules! tables {
        ($($table:ident),* $(,)?) => { [$((stringify!($table), $table::ENTRIES)),*] };
    }

    fn tables() -> Vec<(&'static str, &'static [(&'static str, Text)])> {
        tables![
            account, changed, datasource, detail, fault, field, filter, format, help, list, navigation,
            operations, overview, page, precheck, refusal, said, system, tags, transfer, wizard
        ]
        .to_vec()
    }

    #[test]
    fn no_table_is_left_out() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/text");
        let files = std::fs::read_dir(folder).unwrap().count();
        assert_eq!(tables().len(), files - 1, "every file but mod.rs holds a table");
    }

    #[test]
    fn both_languages_take_the_same_arguments() {
        for (table, texts) in tables() {
            for (name, text) in texts {
                let places = |words: &str| words.matches("{}").count();
                assert_eq!(places(text.en), places(text.zh), "{table}::{name}");
            }
        }
    }

    #[test]
    fn chinese_is_chinese() {
        for (table, texts) in tables() {
            for (name, text) in texts {
                // A name or a unit is the same in both.
                let same = text.en == text.zh || LETTERS_IN_CHINESE.contains(&text.zh);
                let words = text.zh.contains(|letter: char| letter.is_ascii_alphabetic());
                assert!(same || !words || !text.zh.is_ascii(), "{table}::{name}: {}", text.zh);
            }
        }
    }
}
