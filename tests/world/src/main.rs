//! `world`: plays histories, prints those that the engine did not survive in
//! their shortest form, and how fast it was. Ends with status 1 on any fault.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tidewire_world::history::play::play;
use tidewire_world::history::{History, With};
use tidewire_world::shrink::shrink;
use tidewire_world::tell;

const USAGE: &str = "usage: world [--seeds N | --minutes M | --seed S [--tell]] [--from S] [--threads T] \
                     [--ignore KIND]... [+SWITCH | -SWITCH]...
  --seeds N     play the histories of N seeds (default 10000)
  --minutes M   play for M minutes
  --seed S      play one, shrink it when it fails; --tell prints what happens in it
  --from S      the first seed (default 0)
  --threads T   threads (default 1)
  --ignore KIND leave faults of a kind out of account
  switches: rollbacks, crashes, unread-ddl, edits, endings";

struct Task {
    from: u64,
    seeds: u64,
    minutes: Option<u64>,
    seed: Option<u64>,
    tell: bool,
    threads: u64,
    ignore: Vec<String>,
    with: With,
}

fn read_arguments() -> Option<Task> {
    let mut task = Task {
        from: 0,
        seeds: 10_000,
        minutes: None,
        seed: None,
        tell: false,
        threads: 1,
        ignore: Vec::new(),
        with: With::NOW,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || words.next()?.parse::<u64>().ok();
        match word.as_str() {
            "--seeds" => task.seeds = number()?,
            "--minutes" => task.minutes = Some(number()?),
            "--seed" => task.seed = Some(number()?),
            "--from" => task.from = number()?,
            "--threads" => task.threads = number()?.max(1),
            "--tell" => task.tell = true,
            "--ignore" => task.ignore.push(words.next()?),
            switch => task.with = task.with.changed(switch)?,
        }
    }
    Some(task)
}

fn main() -> ExitCode {
    let Some(task) = read_arguments() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match task.seed {
        Some(seed) => replay(&task, seed),
        None => play_many(&task),
    }
}

/// One history, as short as it gets.
fn replay(task: &Task, seed: u64) -> ExitCode {
    let mut history = History::of_seed(seed, task.with);
    let outcome = play(&history);
    let fault = outcome.faults.into_iter().find(|fault| !task.ignore.contains(&fault.kind.to_owned()));
    if let Some(fault) = &fault {
        history = shrink(&history, fault.kind).0;
    }
    if task.tell {
        tell::aloud();
        let _ = play(&history);
    }
    print!("{history}");
    match fault {
        None => {
            println!("no fault in {} steps", history.steps.len());
            ExitCode::SUCCESS
        }
        Some(fault) => {
            for found in play(&history).faults.iter().filter(|found| found.kind == fault.kind) {
                println!("  {}: {}", found.kind, found.detail);
            }
            ExitCode::FAILURE
        }
    }
}

#[derive(Default)]
struct Sum {
    histories: u64,
    changes: u64,
    messages: u64,
    /// By kind: how many, and the first seeds.
    faults: BTreeMap<&'static str, (u64, Vec<u64>)>,
}

/// Every kind of fault is shown in the shortest form of this many of its seeds.
const SHOWN: usize = 3;

fn play_many(task: &Task) -> ExitCode {
    let began = Instant::now();
    let limit = task.minutes.map(|minutes| Duration::from_secs(minutes * 60));
    let next = AtomicU64::new(task.from);
    let sum = Mutex::new(Sum::default());
    std::thread::scope(|scope| {
        for _ in 0..task.threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let over = match limit {
                        Some(limit) => began.elapsed() > limit,
                        None => seed >= task.from + task.seeds,
                    };
                    if over {
                        return;
                    }
                    play_one(task, seed, &sum);
                }
            });
        }
    });
    let sum = sum.into_inner().expect("no thread panicked");
    let took = began.elapsed();
    println!(
        "{} histories, {} changes, {} messages in {:.1} s: {:.0} histories a minute",
        sum.histories,
        sum.changes,
        sum.messages,
        took.as_secs_f64(),
        sum.histories as f64 * 60.0 / took.as_secs_f64()
    );
    for (kind, (count, seeds)) in &sum.faults {
        println!("{count:>6} {kind}, seeds {seeds:?}");
    }
    if sum.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn play_one(task: &Task, seed: u64, sum: &Mutex<Sum>) {
    let history = History::of_seed(seed, task.with);
    let outcome = play(&history);
    let fault = outcome.faults.iter().find(|fault| !task.ignore.contains(&fault.kind.to_owned()));
    let mut sum = sum.lock().expect("no thread panicked");
    sum.histories += 1;
    sum.changes += outcome.changes as u64;
    sum.messages += outcome.messages as u64;
    let Some(fault) = fault else { return };
    let (count, seeds) = sum.faults.entry(fault.kind).or_default();
    *count += 1;
    if seeds.len() >= SHOWN {
        return;
    }
    seeds.push(seed);
    drop(sum);
    let (shortest, outcome) = shrink(&history, fault.kind);
    let detail = outcome.faults.iter().find(|found| found.kind == fault.kind);
    println!("{shortest}  {}: {}\n", fault.kind, detail.map_or("", |found| found.detail.as_str()));
}
