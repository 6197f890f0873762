//! The wall clock, as the pipeline stores and compares it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since 1970 (UTC).
pub fn now_micros() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)
}

/// Milliseconds since 1970 (UTC).
pub fn now_millis() -> u64 {
    now_micros() / 1000
}
