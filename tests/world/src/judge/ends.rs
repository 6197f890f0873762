//! The last judgement: every row that was asked for stands there once, in
//! order, and nothing else does.

use std::collections::HashMap;
use std::time::Duration;

use tidewire_engine::checkpoint::Position;
use tokio::time::Instant;

use super::{At, Fault, Judge, Known, compare, message, place};
use crate::broker::{BrokerState, wire};
use crate::bytes::table::Kind;
use crate::database::Database;
use crate::database::broken_off::BrokenOff;
use crate::database::change::Change;
use crate::project::Wanted;

/// How long after the command to start a row may still count as committed before
/// it: so long the way to the source may be.
const PROMPT: Duration = Duration::from_millis(300);

/// What tells a message from every other one: whether the row is gone, and the
/// mark of the image that it is about.
///
/// # Panics
/// When a change lacks the image that its kind has.
#[must_use]
pub fn identity(change: &Change, wanted: Wanted) -> (bool, i128) {
    let deleted = wanted.kind == Kind::Delete;
    let row = if deleted { &change.before } else { &change.after };
    (deleted, change.shape.mark(row.as_ref().expect("the image of its kind")))
}

impl Known {
    /// The first place that was saved: from there on all has to come. Where the
    /// way to it was not disturbed, all that was committed after the start does.
    pub(super) fn begin_at(&mut self, passed: usize, database: &Database, position: &Position) {
        let now = Instant::now();
        let started = self.first_start.unwrap_or(now);
        let since = |time: Instant| database.truth.partition_point(|known| known.at <= time);
        // A start by time lets through what was committed shortly before.
        let first = position.skip_before.map_or(passed, |time| {
            let mut all = database.truth.iter();
            let after = all.position(|known| is_after(known.commit_micros, time));
            after.unwrap_or(database.truth.len()).max(passed)
        });
        if let Some(time) = self.past {
            (self.from, self.maybe_from, self.saved) = (Some(0), 0, 0);
            self.skip_before = Some(time);
            return;
        }
        let prompt = since(started + PROMPT);
        self.from = Some(if self.excused { first.max(prompt) } else { prompt });
        self.maybe_from = first.min(since(started));
        self.saved = passed.min(first);
        self.skip_before = position.skip_before;
    }

    /// Whether a transaction was committed before a start by time, though it came
    /// into the log later.
    pub(super) fn may_be_left_out(&self, database: &Database, number: usize) -> bool {
        let commit = database.truth[number].commit_micros;
        self.skip_before.is_some_and(|time| !is_after(commit, time))
    }
}

/// Whether a transaction is at or behind a start by time.
fn is_after(commit_micros: u64, start: u64) -> bool {
    // A whole second may be a time that the server knows no closer.
    if commit_micros.is_multiple_of(1_000_000) {
        commit_micros / 1_000_000 >= start / 1_000_000
    } else {
        commit_micros >= start
    }
}

/// A message that was found, and which change it shows.
struct Found {
    at: At,
    deleted: bool,
    record: usize,
}

impl Judge {
    /// Judges the whole, once the engine has come to rest.
    pub fn conclude(&self) {
        let known = &mut *self.known();
        known.look(&self.server, &self.broker);
        let state = self.server.state();
        let broker = self.broker.state();
        let lossy = broker.lost_confirmed > 0;
        let mut found = Vec::new();
        let mut faults = Vec::new();
        for (key, records) in &known.stored {
            for record in records {
                if broker.records[*record].lost {
                    continue;
                }
                match known.judge_one(&state.database, &broker, *key, *record) {
                    Ok(at) => found.push(Found { at, deleted: key.0, record: *record }),
                    Err(fault) => faults.push((*record, fault)),
                }
            }
        }
        faults.sort_by_key(|(record, _)| *record);
        known.faults.extend(faults.into_iter().map(|(_, fault)| fault));
        // The records' order is that of time.
        found.sort_by_key(|found| found.record);
        let mut times: HashMap<(At, bool), Vec<usize>> = HashMap::new();
        for found in &found {
            times.entry((found.at, found.deleted)).or_default().push(found.record);
        }
        known.judge_count(&state.database, &broker, &times, lossy);
        known.judge_order(&state.database, &broker, &times);
    }
}

impl Known {
    /// Whether a stored message shows a change that some project asked for.
    fn judge_one(
        &self,
        database: &Database,
        broker: &BrokerState,
        (deleted, mark): (bool, i128),
        record: usize,
    ) -> Result<At, Fault> {
        let stored = &broker.records[record];
        let fault = |kind, why: String| {
            let (topic, host, id) = &stored.queue;
            Fault { kind, detail: format!("message {record} in {topic}/{host}/{id}, mark {mark}: {why}") }
        };
        let index = if deleted { &self.before } else { &self.after };
        let Some(at) = index.get(&mark).copied() else {
            return Err(fault("row that never was", "no committed row has this mark".to_owned()));
        };
        let change = &database.truth[at.0].changes[at.1];
        let name = place::describe(database, at.0);
        let before = self.past.is_some() && !self.clock_moved && self.may_be_left_out(database, at.0);
        if at.0 < self.maybe_from || before {
            return Err(fault("row from before the start", name));
        }
        let format = self.epochs[0].project.format;
        let said = message::read(format, &stored.body).map_err(|why| fault("unreadable", why))?;
        let deciding = self.deciding(database, at);
        let mut reasons = Vec::new();
        for (number, epoch) in self.epochs.iter().enumerate().take(deciding + 1) {
            if number < deciding && epoch.seen <= at.0 {
                continue;
            }
            let wanted = epoch.project.wanted(change);
            let Some(wanted) = wanted.into_iter().find(|one| (one.kind == Kind::Delete) == deleted) else {
                reasons.push("not asked for".to_owned());
                continue;
            };
            let Some(table) = epoch.project.table(&change.shape) else { continue };
            if table.topic != stored.queue.0 {
                reasons.push(format!("belongs into {}", table.topic));
                continue;
            }
            match compare::compare(&said, change, wanted.kind, table, format) {
                Ok(()) => return Ok(at),
                Err(why) => reasons.push(why),
            }
        }
        let kind = if reasons.iter().all(|reason| reason == "not asked for") {
            "row that nobody asked for"
        } else {
            "wrong content"
        };
        let table = format!("{}.{}", change.shape.database, change.shape.table);
        let body = String::from_utf8_lossy(&stored.body);
        Err(fault(kind, format!("{name}, {table} {:?}: {}; {body}", change.kind, reasons.join("; "))))
    }

    fn judge_count(
        &mut self,
        database: &Database,
        broker: &BrokerState,
        times: &HashMap<(At, bool), Vec<usize>>,
        lossy: bool,
    ) {
        let from = self.from.unwrap_or(usize::MAX);
        // What was not read before the log was gone can't be had.
        let lost = database.broken_off == Some(BrokenOff::Lost);
        for number in self.maybe_from..database.truth.len() {
            for (place, change) in database.truth[number].changes.iter().enumerate() {
                let at = (number, place);
                for wanted in self.project_of(database, at).wanted(change) {
                    let deleted = wanted.kind == Kind::Delete;
                    let count = times.get(&(at, deleted)).map_or(0, Vec::len);
                    let name = || {
                        let table = format!("{}.{}", change.shape.database, change.shape.table);
                        format!(
                            "{}, change {place}, {table}, {:?}",
                            place::describe(database, number),
                            wanted.kind
                        )
                    };
                    let there = |key: &(bool, i128)| times.contains_key(&(at, key.0));
                    let had = !lost || (number < self.saved && !lossy);
                    let asked = number >= from && had && !self.may_be_left_out(database, number);
                    if count == 0 && asked && !self.went_before_edit(database, at, there) {
                        let detail = name();
                        self.fault("row missing", detail);
                    } else if count > 1 + broker.losses {
                        // Only to find the cause; nothing is judged by it.
                        let called = |record: &usize| {
                            let properties = &broker.records[*record].properties;
                            wire::property(properties, "TW_POS").unwrap_or("?").to_owned()
                        };
                        let found = times.get(&(at, deleted)).into_iter().flatten();
                        let called: Vec<String> = found.map(called).collect();
                        let detail = format!("{}: {count} times, as {}", name(), called.join(" and "));
                        self.fault("row repeated", detail);
                    }
                }
            }
        }
    }
}
