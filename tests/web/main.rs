//! The doors against the real service on a free port and a temporary data
//! directory: JSON API, project file, console, command line. Only the data path
//! behind them is a stand-in.
#![recursion_limit = "256"]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; helpers lie outside of test functions"
)]

mod accounts;
mod api;
mod batch;
mod browser;
mod command_line;
mod console;
mod datasources;
mod detail;
mod forms;
mod life;
mod list;
mod operations;
mod overview;
mod project_file;
mod secrets;
mod slow;
mod support;
mod system;
mod table_versions;
mod tags;
mod ticks;
mod troubled;
mod wizard;
mod wizard_fields;
