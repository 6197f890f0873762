//! Feeds broken events to everything that reads bytes from the network: event
//! bodies, row images, JSON documents and differences, stored messages, frames and routes of
//! RocketMQ; and row filters. Nothing may panic, hang or allocate without bound; errors are fine.
//!
//! Inputs are the committed corpus (real events), mutated: `cargo bench --bench
//! fuzz -- 10000000` runs that many; the seed is printed and can be given as the
//! second argument. An input that panics is written to `target/fuzz-failure`.
#![recursion_limit = "256"]
#![allow(missing_docs, clippy::pedantic, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing, clippy::string_slice, clippy::print_stdout, clippy::clone_on_ref_ptr)]
#![allow(clippy::let_underscore_must_use, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

mod mutate;
mod target;

use std::time::Instant;

use mutate::Mutator;

fn main() {
    // Cargo itself passes `--bench`.
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let executions = numbers.next().unwrap_or(1_000_000);
    let seed = numbers.next().unwrap_or_else(|| {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
    });
    let corpus = target::corpus();
    println!("fuzz: {} inputs, seed {seed}, {executions} executions", corpus.len());
    let mut mutator = Mutator::new(seed);
    let mut seen = target::Seen::default();
    let started = Instant::now();
    for execution in 0..executions {
        let input = mutator.pick(&corpus);
        let result = std::panic::catch_unwind(|| target::run(&input));
        let Ok(outcome) = result else {
            std::fs::create_dir_all("target").unwrap();
            std::fs::write("target/fuzz-failure", &input.bytes).unwrap();
            println!("fuzz: execution {execution} panicked as {:?}; see target/fuzz-failure", input.kind);
            std::process::exit(1);
        };
        seen.count(outcome);
    }
    let rows = target::ROWS.load(std::sync::atomic::Ordering::Relaxed);
    println!(
        "fuzz: {executions} executions in {:.0} s, {} read whole, {} refused, {rows} rows read, 0 panics",
        started.elapsed().as_secs_f64(),
        seen.fine,
        seen.refused
    );
    assert!(seen.fine > 0 && seen.refused > 0 && rows > 0, "the inputs reach nothing");
}
