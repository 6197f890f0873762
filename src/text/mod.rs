//! Every sentence of the service, the console and the command line, in English
//! and Chinese side by side. The kinds of pipeline errors bring their own.

pub mod account;
pub mod adopt;
pub mod changed;
pub mod datasource;
pub mod detail;
pub mod field;
pub mod format;
pub mod help;
pub mod list;
pub mod navigation;
pub mod operations;
pub mod overview;
pub mod page;
pub mod precheck;
pub mod question;
pub mod refusal;
pub mod said;
pub mod store;
pub mod system;
pub mod tags;
pub mod transfer;
pub mod versions;
pub mod wizard;

#[cfg(test)]
mod tests {
    use super::*;

    /// Labels that people know by these letters.
    const LETTERS_IN_CHINESE: [&str; 1] = ["DataBase Name"];

    macro_rules! tables {
        ($($table:ident),* $(,)?) => { [$((stringify!($table), $table::ENTRIES)),*] };
    }

    fn tables() -> Vec<tidewire_words::check::Table> {
        tables![
            account, adopt, changed, datasource, detail, field, format, help, list, navigation, operations,
            overview, page, precheck, question, refusal, said, store, system, tags, transfer, versions,
            wizard
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
    fn both_languages_say_it() {
        assert_eq!(tidewire_words::check::faults(&tables(), &LETTERS_IN_CHINESE), Vec::<String>::new());
    }
}
