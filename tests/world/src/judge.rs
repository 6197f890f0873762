//! Decides whether the engine was right: what stands in the topics is held
//! against what the model database committed. Knows nothing of how the engine
//! names rows, counts them or finds its way.

pub mod compare;
pub mod ends;
pub mod message;
pub mod order;
pub mod place;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tidewire_engine::checkpoint::Checkpoint;
use tidewire_engine::identity::TableRows;
use tokio::time::Instant;

use crate::broker::{Broker, wire};
use crate::database::broken_off::BrokenOff;
use crate::database::change::Change;
use crate::database::source::Server;
use crate::database::{Database, Transaction};
use crate::project::{ID, Project};
use crate::store::Watch;

/// What was found to be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its sort: a shorter history must fail in the same way.
    pub kind: &'static str,
    /// What exactly.
    pub detail: String,
}

/// The project between two edits, and what of the log it saw.
#[derive(Clone, Debug)]
struct Epoch {
    project: Project,
    /// Transactions that the saved place had passed when it ended.
    done: usize,
    /// Transactions that were in the log when it ended.
    seen: usize,
    /// How many rows of each table of the next transaction were done, too.
    within: Vec<TableRows>,
}

impl Epoch {
    fn of(project: Project) -> Self {
        Self { project, done: 0, seen: 0, within: Vec::new() }
    }

    /// Whether the saved place had passed a row when the epoch ended.
    fn decided(&self, database: &Database, (number, place): At) -> bool {
        if self.done != number || self.within.is_empty() {
            return self.done > number;
        }
        let Transaction { changes, undone, .. } = &database.truth[number];
        let shape = &changes[place].shape;
        let of_table =
            |change: &&Change| change.shape.database == shape.database && change.shape.table == shape.table;
        let kept = changes[..=place].iter().filter(of_table).count() as u64;
        // The log numbers what was undone, too.
        let lost = undone.iter().filter(|(before, of, _)| {
            *before <= place && of.database == shape.database && of.table == shape.table
        });
        let ordinal = kept + lost.map(|(_, _, count)| count).sum::<u64>();
        self.within.iter().any(|part| {
            part.name.database == shape.database && part.name.table == shape.table && ordinal <= part.rows
        })
    }
}

/// Where a row change is found in the truth: transaction and number in it.
type At = (usize, usize);

#[derive(Debug, Default)]
struct Known {
    /// Edits so far, the last one being the project of now.
    epochs: Vec<Epoch>,
    /// Whether the project was edited since it was loaded last.
    edited: Option<Project>,
    /// Rows of the transactions from here on have to come.
    from: Option<usize>,
    /// Rows of these may come, from here to `from`.
    maybe_from: usize,
    /// A start by time leaves out what was committed before.
    skip_before: Option<u64>,
    /// The time in the past that it starts at.
    past: Option<u64>,
    /// Whether commit times may be out of order.
    clock_moved: bool,
    /// Whether the engine was killed after the broker had lost what it had confirmed.
    killed_after_loss: bool,
    /// When the project was started first.
    first_start: Option<Instant>,
    /// Why rows before the first saved place may be missing.
    excused: bool,
    /// Transactions up to here were judged when a place was saved.
    saved: usize,
    /// Marks of images, and where they changed.
    after: HashMap<i128, At>,
    before: HashMap<i128, At>,
    indexed: usize,
    /// Records of a row, by whether it is gone and its mark.
    stored: HashMap<(bool, i128), Vec<usize>>,
    looked_at: usize,
    faults: Vec<Fault>,
}

/// The judge of one history.
#[derive(Debug)]
pub struct Judge {
    server: Arc<Server>,
    broker: Arc<Broker>,
    known: Mutex<Known>,
}

impl Judge {
    /// A judge who knows a project.
    #[must_use]
    pub fn new(server: Arc<Server>, broker: Arc<Broker>, project: Project) -> Self {
        let epochs = vec![Epoch::of(project)];
        Self { server, broker, known: Mutex::new(Known { epochs, ..Known::default() }) }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().expect("no holder panicked")
    }

    /// The project was started for the first time just now.
    /// A start at a time that is past lets through all from then on.
    pub fn first_start(&self, excused: bool, past: Option<u64>) {
        let known = &mut *self.known();
        known.past = past;
        known.first_start = Some(Instant::now());
        known.excused = excused;
    }

    /// The source's clock jumped: commit times are no longer in order.
    pub fn clock_moved(&self) {
        self.known().clock_moved = true;
    }

    /// Something happened that may move the first start.
    pub fn excuse(&self) {
        let known = &mut *self.known();
        known.excused |= known.first_start.is_some() && known.from.is_none();
    }

    /// The engine was killed.
    pub fn killed(&self) {
        self.excuse();
        let lost = self.broker.state().lost_confirmed > 0;
        self.known().killed_after_loss |= lost;
    }

    /// The project was edited; the next load begins with it.
    pub fn edit(&self, project: Project) {
        self.known().edited = Some(project);
    }

    /// What was found so far.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.known().faults.clone()
    }

    /// Whether a place was saved.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.known().from.is_some()
    }

    /// Adds a fault that somebody else found.
    pub fn report(&self, kind: &'static str, detail: String) {
        self.known().faults.push(Fault { kind, detail });
    }

    /// How many transactions a checkpoint has passed.
    #[must_use]
    pub fn passed(&self, checkpoint: &Checkpoint) -> usize {
        place::passed(&self.server.state().database, &checkpoint.position)
    }
}

impl Known {
    /// Takes in what the database and the broker did since the last look.
    fn look(&mut self, server: &Server, broker: &Broker) {
        let state = server.state();
        let truth = &state.database.truth;
        for (number, transaction) in truth.iter().enumerate().skip(self.indexed) {
            for (place, change) in transaction.changes.iter().enumerate() {
                if let Some(row) = &change.before {
                    self.before.insert(change.shape.mark(row), (number, place));
                }
                if let Some(row) = &change.after {
                    self.after.insert(change.shape.mark(row), (number, place));
                }
            }
        }
        self.indexed = truth.len();
        let broker = broker.state();
        let format = self.epochs[0].project.format;
        for (index, record) in broker.records.iter().enumerate().skip(self.looked_at) {
            if wire::property(&record.properties, "TW_PROJECT") != Some(ID) {
                continue;
            }
            match message::read(format, &record.body).map(|said| (said.deleted, said.mark())) {
                Ok((deleted, Some(mark))) => self.stored.entry((deleted, mark)).or_default().push(index),
                Ok((_, None)) => self.fault("unreadable", "a message without a mark".to_owned()),
                Err(error) => self.fault("unreadable", format!("a message that is {error}")),
            }
        }
        self.looked_at = broker.records.len();
    }

    fn fault(&mut self, kind: &'static str, detail: String) {
        self.faults.push(Fault { kind, detail });
    }

    /// Whether a row went out by the settings before an edit, as something else
    /// than it would now: then it counts as done.
    fn went_before_edit(&self, database: &Database, at: At, there: impl Fn(&(bool, i128)) -> bool) -> bool {
        let change = &database.truth[at.0].changes[at.1];
        let earlier = self.epochs.iter().take(self.deciding(database, at));
        earlier
            .filter(|epoch| epoch.seen > at.0)
            .flat_map(|epoch| epoch.project.wanted(change))
            .any(|wanted| there(&ends::identity(change, wanted)))
    }

    /// The epoch whose settings decide about a row.
    fn deciding(&self, database: &Database, at: At) -> usize {
        let last = self.epochs.len() - 1;
        self.epochs[..last].iter().position(|epoch| epoch.decided(database, at)).unwrap_or(last)
    }

    /// The project that decides about a row.
    fn project_of(&self, database: &Database, at: At) -> &Project {
        &self.epochs[self.deciding(database, at)].project
    }
}

impl Watch for Judge {
    fn saved(&self, checkpoint: &Checkpoint) {
        let known = &mut *self.known();
        known.look(&self.server, &self.broker);
        let state = self.server.state();
        let database = &state.database;
        // What its place is called is another one's name now.
        if database.broken_off == Some(BrokenOff::Lost) {
            return;
        }
        let passed = place::passed(database, &checkpoint.position);
        if known.from.is_none() {
            known.begin_at(passed, database, &checkpoint.position);
        }
        let rewound = self.broker.state().lost_confirmed > 0;
        if passed < known.saved && !rewound {
            known.fault("place moved back", format!("from transaction {} to {passed}", known.saved));
        }
        for number in known.saved.max(known.from.unwrap_or(0))..passed {
            if known.may_be_left_out(database, number) {
                continue;
            }
            for (place, change) in database.truth[number].changes.iter().enumerate() {
                let at = (number, place);
                for wanted in known.project_of(database, at).wanted(change) {
                    let key = ends::identity(change, wanted);
                    let there = |key: &(bool, i128)| known.stored.contains_key(key);
                    if !there(&key) && !known.went_before_edit(database, at, there) {
                        let name = place::describe(database, number);
                        let detail = format!("{name}: {:?} {key:?} is not stored", wanted.kind);
                        known.faults.push(Fault { kind: "place passed a row", detail });
                    }
                }
            }
        }
        known.saved = passed;
    }

    fn loaded(&self, newest: Option<&Checkpoint>) {
        let known = &mut *self.known();
        if let Some(project) = known.edited.take() {
            let seen = self.server.state().database.truth.len();
            let done = known.saved;
            let last = known.epochs.last_mut().expect("there is one");
            (last.done, last.seen) = (done, seen);
            last.within = newest
                .and_then(|newest| newest.within.as_ref())
                .map_or_else(Vec::new, |within| within.tables.clone());
            known.epochs.push(Epoch::of(project));
        }
    }
}
