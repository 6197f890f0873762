//! What a replay tells while it runs: the engine's own log and the world's
//! steps, with the world's time before each line.

use std::sync::Mutex;

use tokio::time::Instant;

static BEGAN: Mutex<Option<Instant>> = Mutex::new(None);

struct Teller;

impl log::Log for Teller {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let began = BEGAN.lock().ok().and_then(|began| *began);
        let passed = began.map_or(0.0, |began| began.elapsed().as_secs_f64());
        eprintln!("{passed:9.3}  {}", record.args());
    }

    fn flush(&self) {}
}

/// Tells everything from now on.
pub fn aloud() {
    if log::set_logger(&Teller).is_ok() {
        log::set_max_level(log::LevelFilter::Trace);
    }
}

/// A world began just now.
pub fn begin() {
    if let Ok(mut began) = BEGAN.lock() {
        *began = Some(Instant::now());
    }
}
