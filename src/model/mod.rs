//! Plain nouns that every other module may use. No I/O, no clocks, no tasks.

pub mod alarm;
pub mod datasource;
pub mod lang;
pub mod project;
pub mod status;
