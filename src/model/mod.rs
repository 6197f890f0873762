//! Plain nouns that every other module may use. No I/O, no clocks, no tasks.

pub mod alarm;
pub mod status;
