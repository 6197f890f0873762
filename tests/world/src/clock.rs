//! Clocks of the world: paused time that moves only when nothing else happens,
//! and the wall clocks that people set wrong.

use std::sync::atomic::{AtomicI64, Ordering};

use tidewire_engine::doors::Clock;
use tokio::time::Instant;

/// The first moment of every history, microseconds since 1970.
const BEGIN: i64 = 1_790_000_000_000_000;

/// A host's wall clock: the world's time and how far it is wrong.
#[derive(Debug)]
pub struct WallClock {
    began: Instant,
    wrong_by: AtomicI64,
}

impl WallClock {
    /// A clock that is wrong by this many microseconds.
    #[must_use]
    pub fn new(began: Instant, wrong_by: i64) -> Self {
        Self { began, wrong_by: AtomicI64::new(wrong_by) }
    }

    /// Sets it wrong by so much more.
    pub fn jump(&self, micros: i64) {
        self.wrong_by.fetch_add(micros, Ordering::Relaxed);
    }

    /// What it shows, microseconds since 1970.
    #[must_use]
    pub fn now(&self) -> u64 {
        let passed = self.began.elapsed().as_micros() as i64;
        (BEGIN + passed + self.wrong_by.load(Ordering::Relaxed)) as u64
    }
}

impl Clock for WallClock {
    fn now_micros(&self) -> u64 {
        self.now()
    }
}
