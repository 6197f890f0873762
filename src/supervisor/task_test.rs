//! Random histories of projects, and the ones that went wrong once: whatever
//! happens at whatever speed, at rest state and tasks agree, and no command is
//! refused that the state allows.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tidewire_engine::checkpoint::{Checkpoint, Position};
use tidewire_engine::doors;
use tidewire_engine::doors::Described;
use tidewire_engine::endpoint::{MqEndpoint, SourceEndpoint};
use tidewire_engine::error::{ErrorKind, PipelineError};
use tidewire_engine::project::Limits;
use tidewire_engine::stats::{RunPhase, Stats};
use tidewire_mysql::catalogue::{ColumnInfo, TableInfo};
use tidewire_mysql::role::Role;
use tidewire_mysql::settings::ServerInfo;
use tidewire_mysql::source::Begin;
use tidewire_mysql::unlogged::Unlogged;
use tidewire_rocketmq::topics::TopicInfo;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::engine::{Answer, Engine};
use super::spec::Job;
use super::state::{Command, allowed, next};
use super::{Parts, Running, Supervisor, SupervisorError};
use crate::model::status::ProjectStatus;
use crate::secret::Keyring;
use crate::store::{Store, StoreError, checkpoint, project};

/// How long anything may take to come to rest: the supervisor tries again what the
/// database refused every second.
const REST: Duration = Duration::from_secs(20);

/// How a run ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Clean,
    Error,
    Panic,
}

/// What a run does: so long it flows, or until it is cancelled, and so long it drains.
#[derive(Clone, Copy, Debug)]
struct Script {
    alone_after: Option<Duration>,
    drains: Duration,
    end: End,
}

/// Numbers that look random and are the same every time (SplitMix64).
#[derive(Clone)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn moment(&mut self) -> Duration {
        let most = [0, 2, 10][usize::try_from(self.roll(3)).unwrap()];
        Duration::from_millis(self.roll(most + 1))
    }

    fn script(&mut self) -> Script {
        let end = [End::Clean, End::Clean, End::Error, End::Panic][usize::try_from(self.roll(4)).unwrap()];
        let alone = self.roll(3) == 0;
        Script { alone_after: alone.then(|| self.moment()), drains: self.moment(), end }
    }
}

/// Runs of a project: those there are, the most at once, and all that began.
#[derive(Clone, Copy, Default)]
struct Runs {
    now: usize,
    most: usize,
    begun: usize,
}

/// An engine whose runs do what they are told, and that counts them.
#[derive(Default)]
struct Actors {
    /// The next script of each project; the last one stays.
    scripts: Mutex<HashMap<String, Vec<Script>>>,
    dice: Mutex<Option<Dice>>,
    runs: Mutex<HashMap<String, Runs>>,
}

impl Actors {
    fn script(&self, id: &str) -> Script {
        let mut scripts = self.scripts.lock().unwrap();
        match scripts.get_mut(id) {
            Some(scripts) if scripts.len() > 1 => scripts.remove(0),
            Some(scripts) => scripts[0],
            None => self.dice.lock().unwrap().as_mut().unwrap().script(),
        }
    }

    fn runs(&self, id: &str) -> Runs {
        self.runs.lock().unwrap().get(id).copied().unwrap_or_default()
    }
}

/// A run that is there; dropped when it ends, however that is.
struct Present(Arc<Actors>, String);

impl Present {
    fn new(actors: &Arc<Actors>, id: &str) -> Self {
        let mut runs = actors.runs.lock().unwrap();
        let of_project = runs.entry(id.to_owned()).or_default();
        of_project.now += 1;
        of_project.begun += 1;
        of_project.most = of_project.most.max(of_project.now);
        drop(runs);
        Self(Arc::clone(actors), id.to_owned())
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        let mut runs = self.0.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.get_mut(&self.1).unwrap().now -= 1;
    }
}

fn place() -> Checkpoint {
    Checkpoint {
        position: Position::default(),
        within: None,
        sequence: 0,
        queues: Vec::new(),
        schema_version: 0,
        confirmed_before: None,
        clean: true,
        saved_at: 0,
    }
}

struct Stage(Arc<Actors>);

fn unasked<T: Send + 'static>() -> Answer<T> {
    async { Err(PipelineError::new(ErrorKind::Internal, "not asked here")) }.boxed()
}

impl Engine for Stage {
    fn run(
        &self,
        job: Job,
        store: Arc<dyn doors::Store>,
        stats: Arc<Stats>,
        cancel: CancellationToken,
    ) -> Answer<()> {
        let script = self.0.script(&job.spec.id);
        let present = Present::new(&self.0, &job.spec.id);
        async move {
            let _present = present;
            stats.show(|shown| shown.phase = RunPhase::Streaming);
            match script.alone_after {
                Some(after) => drop(tokio::time::timeout(after, cancel.cancelled()).await),
                None => cancel.cancelled().await,
            }
            stats.show(|shown| shown.phase = RunPhase::Draining);
            tokio::time::sleep(script.drains).await;
            // The last thing that a run does, as the real one; the database may be away.
            drop(store.save(place(), Vec::new()).await);
            match script.end {
                End::Clean => Ok(()),
                End::Error => Err(PipelineError::new(ErrorKind::TopicMissing, "orders")),
                End::Panic => panic!("on purpose"),
            }
        }
        .boxed()
    }

    fn databases(&self, _: SourceEndpoint) -> Answer<Vec<String>> {
        unasked()
    }
    fn tables(&self, _: SourceEndpoint, _: String) -> Answer<Vec<TableInfo>> {
        unasked()
    }
    fn find_tables(&self, _: SourceEndpoint, _: String) -> Answer<Vec<(String, usize)>> {
        unasked()
    }
    fn columns(&self, _: SourceEndpoint, _: String, _: String) -> Answer<Vec<ColumnInfo>> {
        unasked()
    }
    fn schemas(&self, _: SourceEndpoint, _: Vec<(String, String)>) -> Answer<Vec<Described>> {
        unasked()
    }
    fn connect(&self, _: SourceEndpoint) -> Answer<ServerInfo> {
        unasked()
    }
    fn role(&self, _: SourceEndpoint) -> Answer<Role> {
        unasked()
    }
    fn log(&self, _: SourceEndpoint) -> Answer<()> {
        unasked()
    }
    fn unlogged(&self, _: SourceEndpoint, _: Vec<(String, String)>) -> Answer<Unlogged> {
        unasked()
    }
    fn privileges(&self, _: SourceEndpoint) -> Answer<()> {
        unasked()
    }
    fn opens(&self, _: SourceEndpoint, _: Begin) -> Answer<()> {
        unasked()
    }
    fn log_begin(&self, _: SourceEndpoint) -> Answer<Option<u64>> {
        unasked()
    }
    fn topics(&self, _: MqEndpoint) -> Answer<Vec<String>> {
        unasked()
    }
    fn brokers(&self, _: MqEndpoint) -> Answer<Vec<String>> {
        unasked()
    }
    fn road(&self, _: MqEndpoint, _: String, _: String) -> Answer<()> {
        unasked()
    }

    fn topic(&self, _: MqEndpoint, _: String) -> Answer<Option<TopicInfo>> {
        unasked()
    }
    fn message_type(&self, _: MqEndpoint, _: String) -> Answer<Option<String>> {
        unasked()
    }
}

/// A supervisor on a database of its own.
struct World {
    actors: Arc<Actors>,
    store: Store,
    supervisor: Supervisor,
    running: Running,
    dir: tempfile::TempDir,
}

impl World {
    async fn new(ids: &[String]) -> Self {
        // Every step is flushed, and steps are many: in memory where that can be had.
        let memory = tempfile::tempdir_in("/dev/shm");
        let dir = memory.or_else(|_| tempfile::tempdir()).unwrap();
        let store = Store::open(&dir.path().join("t.db")).unwrap();
        let records: Vec<_> = ids.iter().map(|id| project::tests::blank(id)).collect();
        let saved = store.write(move |tx| records.iter().try_for_each(|record| project::insert(tx, record)));
        saved.await.unwrap();
        let actors = Arc::new(Actors::default());
        let parts = Parts {
            store: store.clone(),
            keyring: Arc::new(Keyring::make(&dir.path().join("secret.key")).unwrap()),
            engine: Arc::new(Stage(Arc::clone(&actors))),
            limits: watch::channel(Limits::default()).1,
        };
        let (supervisor, running) = Supervisor::start(parts);
        Self { actors, store, supervisor, running, dir }
    }

    async fn state(&self, id: &str) -> Result<ProjectStatus, StoreError> {
        let id = id.to_owned();
        self.store.read(move |c| Ok(project::find(c, &id)?.unwrap().status)).await
    }

    async fn command(&self, id: &str, command: Command) -> Result<ProjectStatus, SupervisorError> {
        self.supervisor.command(id, command, "admin").await
    }

    /// Waits until state and tasks of a project agree; gives the state.
    async fn rest(&self, id: &str) -> ProjectStatus {
        let deadline = Instant::now() + REST;
        loop {
            let state = self.state(id).await.unwrap();
            let Runs { now: runs, most, .. } = self.actors.runs(id);
            let active = self.supervisor.live().get(id).is_some_and(|live| live.active());
            assert!(most <= 1, "{id} had {most} runs at once");
            let wanted = usize::from(state == ProjectStatus::Running);
            if state != ProjectStatus::Releasing && runs == wanted && active == (wanted == 1) {
                return state;
            }
            let state = state.as_str();
            assert!(Instant::now() < deadline, "{id} is {state} with {runs} runs, shown as active: {active}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn until(&self, id: &str, wanted: ProjectStatus) {
        let deadline = Instant::now() + REST;
        while self.rest(id).await != wanted {
            assert!(Instant::now() < deadline, "{id} is never {}", wanted.as_str());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn checkpoints(&self, id: &str) -> usize {
        let id = id.to_owned();
        let kept: Result<_, StoreError> = self.store.read(move |c| checkpoint::list(c, &id)).await;
        kept.unwrap().len()
    }

    async fn until_draining(&self, id: &str) {
        let deadline = Instant::now() + REST;
        while !matches!(self.supervisor.live().get(id).unwrap().stats.shown().phase, RunPhase::Draining) {
            assert!(Instant::now() < deadline, "{id} does not drain");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// The life of one project: commands at any speed, mostly such as its state allows.
    async fn live_through(&self, id: &str, mut dice: Dice) {
        for _ in 0..4 + dice.roll(8) {
            tokio::time::sleep(dice.moment()).await;
            let before = self.state(id).await;
            let choice = match &before {
                Ok(state) if dice.roll(5) > 0 => allowed(*state),
                Ok(_) | Err(_) => Command::OF_PEOPLE.to_vec(),
            };
            // A release ends the history: it is rare.
            let patient = |command: &Command| *command != Command::Release || dice.clone().roll(6) == 0;
            let choice: Vec<Command> = choice.into_iter().filter(patient).collect();
            let Some(last) = u64::try_from(choice.len()).unwrap().checked_sub(1) else { continue };
            let command = choice[usize::try_from(dice.roll(last + 1)).unwrap()];
            match self.command(id, command).await {
                Ok(_) | Err(SupervisorError::Store(_)) => {}
                Err(SupervisorError::Transition(refused)) => {
                    assert!(next(refused.status, command).is_err(), "{id}: {refused}");
                    // Only a failure and the end of a release come from elsewhere.
                    let meanwhile = [Command::Fail, Command::FinishRelease];
                    let moved =
                        |state| meanwhile.iter().any(|other| next(state, *other) == Ok(refused.status));
                    let fits = before.is_err()
                        || before.is_ok_and(|state| next(state, command).is_err() || moved(state));
                    assert!(fits, "{id} refused what its state allowed: {refused}");
                }
                Err(error) => panic!("{id}: {command:?}: {error}"),
            }
        }
    }
}

/// Takes a table out of the database's sight, or brings it back.
fn hide(file: &Path, table: &str, hidden: bool) {
    let away = format!("{table}_away");
    let (from, to) = if hidden { (table, away.as_str()) } else { (away.as_str(), table) };
    let other = rusqlite::Connection::open(file).unwrap();
    other.busy_timeout(Duration::from_secs(10)).unwrap();
    other.execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}")).unwrap();
}

/// One round of many histories at the same time.
async fn round(seed: u64, store_fails: bool) {
    let ids: Vec<String> = (0..40).map(|number| format!("np_{seed}_{number}")).collect();
    let world = World::new(&ids).await;
    let mut dice = Dice(seed);
    *world.actors.dice.lock().unwrap() = Some(dice.clone());
    let lives = ids.iter().map(|id| world.live_through(id, Dice(dice.roll(u64::MAX))));
    let lives = join_all(lives.collect::<Vec<_>>());
    let file = world.dir.path().join("t.db");
    let outages = async {
        for _ in 0..if store_fails { 3 } else { 0 } {
            tokio::time::sleep(Duration::from_millis(20 + dice.clone().roll(30))).await;
            let away = file.clone();
            tokio::task::spawn_blocking(move || hide(&away, "project", true)).await.unwrap();
            tokio::time::sleep(dice.clone().moment()).await;
            let back = file.clone();
            tokio::task::spawn_blocking(move || hide(&back, "project", false)).await.unwrap();
        }
    };
    tokio::join!(lives, outages);
    for id in &ids {
        let state = world.rest(id).await;
        if state == ProjectStatus::Released {
            assert_eq!(world.checkpoints(id).await, 0, "{id} left something behind");
        }
        // One that runs may fail at this very moment; any other state stays.
        for command in Command::OF_PEOPLE.into_iter().filter(|_| state != ProjectStatus::Running) {
            if next(state, command).is_err() {
                world.command(id, command).await.unwrap_err();
            }
        }
    }
    world.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn state_and_task_agree_at_rest_after_any_history() {
    for seed in 1..=6 {
        round(seed, seed > 3).await;
    }
}

fn one(end: End) -> Script {
    Script { alone_after: None, drains: Duration::from_millis(100), end }
}

#[tokio::test]
async fn resumed_while_the_old_run_drains_into_an_error_it_runs_and_can_be_paused() {
    for end in [End::Error, End::Panic, End::Clean] {
        let id = "np_1";
        let world = World::new(&[id.to_owned()]).await;
        world.actors.scripts.lock().unwrap().insert(id.to_owned(), vec![one(end), one(End::Clean)]);
        for command in [Command::Start, Command::Pause] {
            world.command(id, command).await.unwrap();
        }
        world.until_draining(id).await;
        assert_eq!(world.command(id, Command::Resume).await.unwrap(), ProjectStatus::Running);
        let deadline = Instant::now() + REST;
        while world.actors.runs(id).begun < 2 {
            assert!(Instant::now() < deadline, "no second run begins");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        world.until(id, ProjectStatus::Running).await;
        assert_eq!(world.command(id, Command::Pause).await.unwrap(), ProjectStatus::Suspended);
        world.until(id, ProjectStatus::Suspended).await;
        world.running.stop().await;
    }
}

#[tokio::test]
async fn a_release_waits_for_the_run_that_drains_also_after_the_database_was_away() {
    let ids = ["np_1", "np_2"].map(str::to_owned);
    let world = World::new(&ids).await;
    let slow = Script { drains: Duration::from_secs(3), ..one(End::Clean) };
    world.actors.scripts.lock().unwrap().insert(ids[0].clone(), vec![slow]);
    let fails = Script { alone_after: Some(Duration::ZERO), drains: Duration::ZERO, end: End::Clean };
    world.actors.scripts.lock().unwrap().insert(ids[1].clone(), vec![fails]);
    for command in [Command::Start, Command::Pause, Command::Release] {
        world.command(&ids[0], command).await.unwrap();
    }
    world.command(&ids[1], Command::Start).await.unwrap();
    world.until(&ids[1], ProjectStatus::Failed).await;
    // WHEN the release of the other project has to be tried again
    let file = world.dir.path().join("t.db");
    hide(&file, "checkpoint", true);
    world.command(&ids[1], Command::Release).await.unwrap();
    hide(&file, "checkpoint", false);
    assert_eq!(world.rest(&ids[1]).await, ProjectStatus::Released);
    assert_eq!(world.actors.runs(&ids[0]).now, 1, "it drains too fast for this test");
    // THEN the first is released once its run has saved its last checkpoint
    assert_eq!(world.rest(&ids[0]).await, ProjectStatus::Released);
    assert_eq!(world.checkpoints(&ids[0]).await, 0);
    world.running.stop().await;
}
