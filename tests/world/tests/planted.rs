//! The world is put to the test: every planted fault must be found within a
//! known number of histories. One that survives is a hole in the world.

use tidewire_engine::planted::{Planted, plant};
use tidewire_world::history::play::play;
use tidewire_world::history::{History, With};

/// Histories within which every fault is found.
const ENOUGH: u64 = 20_000;

/// The first seed whose history fails with the fault and not without it.
fn found(fault: Planted) -> Option<(u64, &'static str)> {
    for seed in 0..ENOUGH {
        let history = History::of_seed(seed, With::NOW);
        plant(Some(fault));
        let planted = play(&history);
        plant(None);
        if let Some(first) = planted.faults.first()
            && play(&history).faults.is_empty()
        {
            return Some((seed, first.kind));
        }
    }
    None
}

#[test]
fn every_planted_fault_is_found() {
    let mut survivors = Vec::new();
    for fault in Planted::ALL {
        match found(*fault) {
            Some((seed, kind)) => println!("{fault:?}: history {seed}, {kind}"),
            None => survivors.push(fault),
        }
    }
    assert!(survivors.is_empty(), "not found in {ENOUGH} histories: {survivors:?}");
}
