//! Back-off between attempts.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);

/// Doubling waits with a little spread, so that many projects do not knock at
/// the same moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    attempt: u32,
}

impl Backoff {
    /// Failed attempts in a row.
    pub fn attempt(self) -> u32 {
        self.attempt
    }

    /// Starts over: something worked.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }

    /// The wait before the next attempt. `spread` is any number; it shortens the
    /// wait by up to a quarter.
    pub fn next(&mut self, spread: u64) -> Duration {
        let doubled = FIRST.saturating_mul(1 << self.attempt.min(16)).min(LONGEST);
        self.attempt = self.attempt.saturating_add(1);
        let quarter = u64::try_from(doubled.as_micros() / 4).unwrap_or(0);
        doubled.saturating_sub(Duration::from_micros(spread % quarter.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_a_tenth_of_a_second_to_half_a_minute() {
        let mut backoff = Backoff::default();
        let waits: Vec<Duration> = (0..12).map(|_| backoff.next(0)).collect();
        assert_eq!(waits.first(), Some(&FIRST));
        assert_eq!(waits.last(), Some(&LONGEST));
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(backoff.next(u64::MAX) >= LONGEST * 3 / 4);
        backoff.reset();
        assert_eq!(backoff.next(0), FIRST);
    }
}
