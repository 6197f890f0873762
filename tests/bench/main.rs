//! What Tidewire does per second and per CPU second, beside the raw limits
//! measured in the same run. Prints a table; never fails because of a figure.
//!
//! `cargo bench` runs everything; `cargo bench -- parts` only what needs no
//! servers.
#![recursion_limit = "256"]
#![allow(missing_docs, clippy::pedantic, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout, clippy::clone_on_ref_ptr)]
#![allow(clippy::let_underscore_must_use, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

mod events;
mod flow;
mod limits;
mod parts;
mod product;

fn main() {
    let only_parts = std::env::args().any(|argument| argument == "parts");
    println!("| what | rows/s | note |");
    println!("|---|---:|---|");
    parts::run();
    if !only_parts {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(flow::run());
    }
}

/// One line of the table.
pub(crate) fn line(what: &str, rows: u64, seconds: f64, note: &str) {
    let rate = rows as f64 / seconds;
    println!("| {what} | {rate:.0} | {note} |");
}
