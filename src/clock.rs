//! The clock of this host.

use tidewire_engine::doors::Clock;

/// The system's wall clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_micros(&self) -> u64 {
        u64::try_from(jiff::Timestamp::now().as_microsecond()).unwrap_or(0)
    }
}
