//! The model store: checkpoints and schema versions, with a disk that fails.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tidewire_engine::checkpoint::{Checkpoint, Position, SchemaVersion};
use tidewire_engine::doors::{CHECKPOINTS, Store};
use tidewire_engine::schema::TableSchema;
use tidewire_engine::schema::version::{KnownBy, Shape, Version};
use tidewire_words::Sentence;
use tokio::time::{Instant, sleep};

use crate::Later;
use crate::random::Random;

/// What lies on the disk.
#[derive(Debug)]
pub struct StoreState {
    /// Checkpoints, oldest first.
    pub checkpoints: Vec<Checkpoint>,
    /// Schema versions, oldest first.
    pub versions: Vec<SchemaVersion>,
    /// How many of a thousand saves fail, one half of them after they were
    /// carried out.
    pub fail_permille: u64,
    /// How many of a thousand saves are slow.
    pub slow_permille: u64,
    /// Nothing works before this moment.
    pub broken_until: Option<Instant>,
    /// Rewinds so far.
    pub rewinds: u64,
    /// Saves that were asked for and not carried out yet: one writer does them in
    /// their order.
    waiting: BTreeMap<u64, (Checkpoint, Vec<SchemaVersion>)>,
    tickets: u64,
    random: Random,
}

/// The store of one project.
#[derive(Debug)]
pub struct Disk {
    state: Mutex<StoreState>,
}

impl Disk {
    /// An empty disk.
    #[must_use]
    pub fn new(fail_permille: u64, random: Random) -> Self {
        let state = StoreState {
            checkpoints: Vec::new(),
            versions: Vec::new(),
            fail_permille,
            slow_permille: fail_permille,
            broken_until: None,
            rewinds: 0,
            waiting: BTreeMap::new(),
            tickets: 0,
            random,
        };
        Self { state: Mutex::new(state) }
    }

    /// Its state. Nobody holds it over an await.
    ///
    /// # Panics
    /// When a holder panicked.
    pub fn state(&self) -> MutexGuard<'_, StoreState> {
        self.state.lock().expect("no holder panicked")
    }
}

impl StoreState {
    fn save(&mut self, checkpoint: Checkpoint, versions: Vec<SchemaVersion>) {
        log::debug!("saved {checkpoint:?}");
        self.checkpoints.push(checkpoint);
        let surplus = self.checkpoints.len().saturating_sub(CHECKPOINTS as usize);
        self.checkpoints.drain(..surplus);
        for version in versions {
            self.versions.retain(|known| known.version != version.version);
            self.versions.push(version);
        }
        self.versions.sort_by_key(|version| version.version);
    }

    fn rewind(&mut self, to: &Checkpoint, now: Checkpoint) {
        let place = self.checkpoints.iter().rposition(|kept| kept == to);
        let waits =
            |version: &SchemaVersion| Version::read(&version.body).is_ok_and(|version| version.pending);
        self.versions.retain(|version| version.version <= to.schema_version || waits(version));
        self.checkpoints.truncate(place.map_or(0, |place| place + 1));
        self.rewinds += 1;
        self.save(now, Vec::new());
    }

    /// Keeps a definition that was given by hand.
    ///
    /// # Panics
    /// When it can't be written.
    pub fn give(&mut self, schema: TableSchema) {
        let newest = self.versions.iter().map(|version| version.version).max().unwrap_or(0);
        let (database, table) = (schema.database.clone(), schema.table.clone());
        let valid_from = self.checkpoints.last().map_or_else(Position::default, |one| one.position.clone());
        let given = Version {
            shape: Shape::Known(Arc::new(schema)),
            known_by: KnownBy::Given,
            statement: String::new(),
            pending: true,
        };
        self.versions.push(SchemaVersion {
            version: newest + 1,
            database,
            table,
            valid_from,
            body: given.write().expect("a version can be written"),
        });
    }

    fn is_broken(&self) -> bool {
        self.broken_until.is_some_and(|until| until > Instant::now())
    }
}

/// The engine's way to a store.
#[derive(Clone, Debug)]
pub struct Door {
    /// The disk.
    pub disk: Arc<Disk>,
    /// Looks at what was saved, before anything else happens.
    pub judge: Arc<dyn Watch>,
}

/// Who looks at every save at once.
pub trait Watch: Send + Sync + std::fmt::Debug {
    /// A checkpoint was saved just now.
    fn saved(&self, checkpoint: &Checkpoint);
    /// What is stored is about to be read.
    fn loaded(&self, newest: Option<&Checkpoint>);
}

/// A save on its way. Dropped before it was carried out, it may be carried out
/// all the same: whoever asked for it is gone, the disk is not.
struct Saving<'a> {
    door: &'a Door,
    ticket: u64,
}

impl Saving<'_> {
    /// Carries it out, and what was asked for before it.
    fn carry_out(&self) {
        loop {
            let next = {
                let state = &mut *self.door.disk.state();
                let first = state.waiting.first_key_value().map(|(ticket, _)| *ticket);
                let Some(ticket) = first.filter(|ticket| *ticket <= self.ticket) else { return };
                let Some((checkpoint, versions)) = state.waiting.remove(&ticket) else { return };
                state.save(checkpoint.clone(), versions);
                checkpoint
            };
            self.door.judge.saved(&next);
        }
    }
}

impl Drop for Saving<'_> {
    fn drop(&mut self) {
        let waits = self.door.disk.state().waiting.contains_key(&self.ticket);
        if waits && self.door.disk.state().random.percent(50) {
            self.carry_out();
        }
        self.door.disk.state().waiting.remove(&self.ticket);
    }
}

fn failed() -> Sentence {
    "the model's disk failed".into()
}

impl Store for Door {
    fn load(&self) -> Later<'_, Result<Vec<Checkpoint>, Sentence>> {
        Box::pin(async move {
            let state = self.disk.state();
            if state.is_broken() {
                return Err(failed());
            }
            let loaded: Vec<Checkpoint> = state.checkpoints.iter().rev().cloned().collect();
            drop(state);
            self.judge.loaded(loaded.first());
            Ok(loaded)
        })
    }

    fn save(&self, checkpoint: Checkpoint, schemas: Vec<SchemaVersion>) -> Later<'_, Result<(), Sentence>> {
        Box::pin(async move {
            let (saving, slow, fails, after) = {
                let state = &mut *self.disk.state();
                state.tickets += 1;
                let ticket = state.tickets;
                state.waiting.insert(ticket, (checkpoint, schemas));
                let (slow, fail) = (state.slow_permille, state.fail_permille);
                let slow = state.random.permille(slow).then(|| state.random.range(1..=4000));
                let saving = Saving { door: self, ticket };
                (saving, slow, state.is_broken() || state.random.permille(fail), state.random.percent(50))
            };
            if let Some(millis) = slow {
                sleep(Duration::from_millis(millis)).await;
            }
            if fails && !after {
                self.disk.state().waiting.remove(&saving.ticket);
                return Err(failed());
            }
            saving.carry_out();
            if let Some(millis) = slow {
                sleep(Duration::from_millis(millis / 4)).await;
            }
            if fails { Err(failed()) } else { Ok(()) }
        })
    }

    fn rewind(&self, to: Checkpoint, now: Checkpoint) -> Later<'_, Result<(), Sentence>> {
        Box::pin(async move {
            let fails = {
                let state = &mut *self.disk.state();
                let (broken, fail) = (state.is_broken(), state.fail_permille);
                let fails = broken || state.random.permille(fail);
                if fails && (broken || state.random.percent(50)) {
                    return Err(failed());
                }
                state.rewind(&to, now.clone());
                fails
            };
            self.judge.saved(&now);
            if fails { Err(failed()) } else { Ok(()) }
        })
    }

    fn schemas(&self) -> Later<'_, Result<Vec<SchemaVersion>, Sentence>> {
        Box::pin(async move {
            let state = self.disk.state();
            if state.is_broken() { Err(failed()) } else { Ok(state.versions.clone()) }
        })
    }
}
