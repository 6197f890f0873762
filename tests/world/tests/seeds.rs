//! A fixed number of histories, and that a history is the same each time.

use tidewire_world::history::play::play;
use tidewire_world::history::{History, With};
use tidewire_world::shrink::shrink;

/// About a minute on one core, optimised.
const SEEDS: u64 = 10_000;

#[test]
fn the_engine_survives_the_histories_of_fixed_seeds() {
    let mut found = Vec::new();
    for seed in 0..SEEDS {
        let history = History::of_seed(seed, With::NOW);
        if let Some(fault) = play(&history).faults.into_iter().next() {
            // Three are enough to begin with.
            if found.len() < 3 {
                let (shortest, outcome) = shrink(&history, fault.kind);
                let fault = outcome.faults.into_iter().next().expect("it fails in the same way");
                found.push(format!("{shortest}  {}: {}\n", fault.kind, fault.detail));
            }
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn a_history_is_the_same_each_time() {
    for seed in 0..100 {
        let history = History::of_seed(seed, With::NOW);
        let [first, second] = [play(&history), play(&history)];
        assert_eq!(first.print, second.print, "seed {seed}");
        assert_eq!(first.faults, second.faults, "seed {seed}");
    }
}

#[test]
fn most_histories_are_about_something() {
    let (mut changes, mut messages) = (0, 0);
    for seed in 0..100 {
        let outcome = play(&History::of_seed(seed, With::NOW));
        changes += outcome.changes;
        messages += outcome.messages;
    }
    assert!(changes > 5_000 && messages > 3_000, "{changes} changes, {messages} messages");
}
