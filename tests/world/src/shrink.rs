//! Makes a failing history as short as it gets while it fails in the same way.

use crate::history::play::play;
use crate::history::step::Step;
use crate::history::{History, Outcome};

/// The shortest history found, and what comes of it.
#[must_use]
pub fn shrink(history: &History, kind: &'static str) -> (History, Outcome) {
    let mut best = history.clone();
    let mut outcome = play(&best);
    let fails = |steps: &[Step]| {
        let shorter = History { seed: history.seed, steps: steps.to_vec(), with: history.with };
        let outcome = play(&shorter);
        outcome.faults.first().is_some_and(|fault| fault.kind == kind).then_some((shorter, outcome))
    };
    loop {
        let before = best.steps.clone();
        let mut size = best.steps.len().div_ceil(2);
        while size > 0 {
            let mut start = 0;
            while start < best.steps.len() {
                let mut steps = best.steps.clone();
                steps.drain(start..(start + size).min(best.steps.len()));
                match fails(&steps) {
                    Some(found) => (best, outcome) = found,
                    None => start += size,
                }
            }
            size /= 2;
        }
        for index in 0..best.steps.len() {
            for simpler in simpler(best.steps[index]) {
                let mut steps = best.steps.clone();
                steps[index] = simpler;
                if let Some(found) = fails(&steps) {
                    (best, outcome) = found;
                    break;
                }
            }
        }
        if best.steps == before {
            return (best, outcome);
        }
    }
}

/// The same step with smaller numbers, the smallest first.
fn simpler(step: Step) -> Vec<Step> {
    match step {
        Step::Transaction { seed, statements, rows, end } => [(1, 1), (1, rows), (statements, 1)]
            .into_iter()
            .filter(|smaller| *smaller != (statements, rows))
            .map(|(statements, rows)| Step::Transaction { seed, statements, rows, end })
            .collect(),
        Step::Wait { millis } => [1, 10, 100, 1000]
            .into_iter()
            .filter(|less| *less < millis)
            .map(|millis| Step::Wait { millis })
            .collect(),
        Step::Kill { polls } => {
            [0, 1, 5].into_iter().filter(|less| *less < polls).map(|polls| Step::Kill { polls }).collect()
        }
        _ => Vec::new(),
    }
}
