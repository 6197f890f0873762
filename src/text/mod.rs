//! Every sentence of the service, the console and the command line, in English
//! and Chinese side by side. Pipeline errors bring their own.

use crate::model::lang::Text;

macro_rules! texts {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        $(#[doc = $en] pub const $name: Text = Text { en: $en, zh: $zh };)*
    };
}

pub mod account;
pub mod changed;
pub mod datasource;
pub mod detail;
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
