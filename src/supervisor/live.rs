//! What running projects show right now. Readers never wait for a pipeline.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use tidewire_engine::doors::Queue;
use tidewire_engine::stats::Stats;

/// Seconds over which rates are taken.
const WINDOW: usize = 5;

/// Rates over the last seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Rows confirmed a second.
    pub rows_per_second: f64,
    /// Bytes confirmed a second.
    pub bytes_per_second: f64,
    /// Mean time of a send in microseconds.
    pub send_micros: f64,
}

/// What a queue takes.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueRate {
    /// The queue.
    pub queue: Queue,
    /// Messages confirmed since the process started.
    pub messages: u64,
    /// Messages confirmed a second, over the last seconds.
    pub per_second: f64,
}

/// The counters at one moment.
#[derive(Clone, Debug)]
struct Tick {
    at_ms: i64,
    rows: u64,
    bytes: u64,
    micros: u64,
    sends: u64,
    /// Messages of each queue, in the order of the lanes.
    queues: Vec<u64>,
}

/// One project that ran since the process started.
#[derive(Debug, Default)]
pub struct Live {
    /// Counters and phase, written by the pipeline.
    pub stats: Arc<Stats>,
    /// Whether its task exists.
    active: AtomicBool,
    ticks: Mutex<VecDeque<Tick>>,
}

impl Live {
    /// Whether the project's task exists (also while it drains).
    #[must_use]
    pub fn active(&self) -> bool {
        self.active.load(Ordering::Relaxed)
    }

    pub(super) fn set_active(&self, active: bool) {
        self.active.store(active, Ordering::Relaxed);
        if let Ok(mut ticks) = self.ticks.lock() {
            ticks.clear();
        }
    }

    /// Milliseconds between now and what is confirmed; `None` before anything is.
    #[must_use]
    pub fn lag_ms(&self, now_ms: i64) -> Option<i64> {
        let micros = self.stats.confirmed_micros.load(Ordering::Relaxed);
        (micros > 0).then(|| now_ms - micros / 1000)
    }

    /// Notes the counters once a second.
    pub(super) fn tick(&self, at_ms: i64) {
        let load = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let stats = &self.stats;
        let tick = Tick {
            at_ms,
            rows: load(&stats.insert) + load(&stats.update) + load(&stats.delete),
            bytes: load(&stats.bytes),
            micros: load(&stats.send_micros),
            sends: load(&stats.sends),
            queues: stats.queues().iter().map(|queue| load(&queue.messages)).collect(),
        };
        if let Ok(mut ticks) = self.ticks.lock() {
            ticks.push_back(tick);
            while ticks.len() > WINDOW + 1 {
                ticks.pop_front();
            }
        }
    }

    /// The oldest and the newest noted moment, when there are two.
    fn ends(&self) -> Option<(Tick, Tick)> {
        let ticks = self.ticks.lock().ok()?;
        let (first, last) = (ticks.front()?, ticks.back()?);
        (last.at_ms > first.at_ms).then(|| (first.clone(), last.clone()))
    }

    /// What each queue takes, in the order of the lanes.
    #[must_use]
    pub fn queues(&self) -> Vec<QueueRate> {
        let queues = self.stats.queues();
        // Noted with other lanes, the figures say nothing of these.
        let ends = self
            .ends()
            .filter(|(first, last)| first.queues.len() == queues.len() && last.queues.len() == queues.len());
        let rate = |index: usize| {
            let (first, last) = ends.as_ref()?;
            let gained = last.queues.get(index)?.saturating_sub(*first.queues.get(index)?);
            Some(gained as f64 * 1000.0 / (last.at_ms - first.at_ms) as f64)
        };
        queues
            .iter()
            .enumerate()
            .map(|(index, one)| QueueRate {
                queue: one.queue.clone(),
                messages: one.messages.load(Ordering::Relaxed),
                per_second: rate(index).unwrap_or(0.0),
            })
            .collect()
    }

    /// Rates over the noted seconds; zero when the project does not run.
    #[must_use]
    pub fn rates(&self) -> Rates {
        let Some((first, last)) = self.ends() else { return Rates::default() };
        let seconds = (last.at_ms - first.at_ms) as f64 / 1000.0;
        let per_second = |from: u64, to: u64| to.saturating_sub(from) as f64 / seconds;
        let sends = last.sends.saturating_sub(first.sends);
        let micros = last.micros.saturating_sub(first.micros);
        Rates {
            rows_per_second: per_second(first.rows, last.rows),
            bytes_per_second: per_second(first.bytes, last.bytes),
            send_micros: if sends == 0 { 0.0 } else { micros as f64 / sends as f64 },
        }
    }
}

/// All projects that ran since the process started, by id.
#[derive(Clone, Debug, Default)]
pub struct LiveMap {
    inner: Arc<RwLock<HashMap<String, Arc<Live>>>>,
}

impl LiveMap {
    /// One project.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Arc<Live>> {
        self.inner.read().ok()?.get(id).map(Arc::clone)
    }

    /// Those whose task exists.
    #[must_use]
    pub fn active(&self) -> Vec<(String, Arc<Live>)> {
        let Ok(map) = self.inner.read() else { return Vec::new() };
        let active = map.iter().filter(|(_, live)| live.active());
        active.map(|(id, live)| (id.clone(), Arc::clone(live))).collect()
    }

    pub(super) fn entry(&self, id: &str) -> Arc<Live> {
        match self.inner.write() {
            Ok(mut map) => Arc::clone(map.entry(id.to_owned()).or_default()),
            Err(_) => Arc::default(),
        }
    }

    pub(super) fn forget(&self, id: &str) {
        if let Ok(mut map) = self.inner.write() {
            map.remove(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_taken_over_the_window() {
        let live = Live::default();
        assert_eq!(live.rates(), Rates::default());
        for second in 0..10_i64 {
            live.stats.insert.fetch_add(100, Ordering::Relaxed);
            live.stats.bytes.fetch_add(1000, Ordering::Relaxed);
            live.tick(second * 1000);
        }
        assert!((live.rates().rows_per_second - 100.0).abs() < 0.1);
        assert!((live.rates().bytes_per_second - 1000.0).abs() < 0.1);
    }
}
