//! Plays a history: step by step in paused time, then to its end without any
//! faults, and judges it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::Ordering;
use std::time::Duration;

use tidewire_engine::error::ErrorKind;
use tidewire_engine::project::StartPoint;
use tidewire_engine::stats::RunPhase;
use tokio::time::Instant;

use super::ending::Ending;
use super::engine::{Ended, Engine};
use super::setup::{Plan, World};
use super::step::Step;
use super::{History, Outcome};
use crate::broker::faults::Chances;
use crate::random::Random;

/// How long the engine may take to come to rest after the last fault: silence
/// is noticed after ten seconds, attempts are at most half a minute apart, and
/// queues that stay behind are waited for fifteen seconds.
pub(super) const REST: Duration = Duration::from_secs(150);
/// How late an event may be.
const LATEST: Duration = Duration::from_secs(5);
/// How often a project that stopped for good is resumed at the end.
const RESUMES: u32 = 3;

/// Plays a history.
///
/// # Panics
/// When no runtime can be made.
#[must_use]
pub fn play(history: &History) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without threads");
    runtime.block_on(async {
        let plan = Plan::of_seed(history.seed);
        let mut player = Player::new(plan.world());
        player.past = plan.past;
        player.unread_ddl = history.with.unread_ddl;
        if log::log_enabled!(log::Level::Debug) {
            crate::tell::begin();
        }
        for step in &history.steps {
            log::debug!("{step}");
            player.step(*step).await;
            if !player.world.judge.faults().is_empty() {
                return player.outcome();
            }
        }
        player.conclude().await
    })
}

/// Plays what is written down by hand.
///
/// # Panics
/// When no runtime can be made.
pub fn by_hand<T>(written: impl AsyncFnOnce() -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without threads");
    runtime.block_on(written())
}

/// A world that is being played in.
pub struct Player {
    /// The world.
    pub world: World,
    /// The engine, while it runs.
    pub engine: Option<Engine>,
    started: bool,
    /// Whether it starts at a time that is past.
    past: bool,
    /// Whether columns may change before the engine has read up to there.
    pub(super) unread_ddl: bool,
    /// Reasons that the project has to stop for good.
    pub explained: Vec<ErrorKind>,
    /// What must have ended the project when all is over.
    pub(super) ending: Option<Ending>,
    /// How many transactions there were behind the last change that was logged as a
    /// statement.
    pub(super) as_statement: usize,
}

impl Player {
    /// Begins to play in a world.
    #[must_use]
    pub fn new(world: World) -> Self {
        Self {
            world,
            engine: None,
            started: false,
            past: false,
            unread_ddl: false,
            explained: Vec::new(),
            ending: None,
            as_statement: 0,
        }
    }

    /// Ends all faults, waits until the engine is at rest, and judges.
    pub async fn conclude(&mut self) -> Outcome {
        if self.ending.is_some() {
            self.come_to_the_end().await;
            self.world.judge.conclude();
            return self.outcome();
        }
        self.come_to_rest().await;
        // A loss is noticed with the next message or at the next start.
        if self.world.broker.state().lost_confirmed > 0 {
            self.come_to_rest().await;
        }
        self.world.judge.conclude();
        self.outcome()
    }

    /// Does one step.
    pub async fn step(&mut self, step: Step) {
        let now = Instant::now();
        let until = |millis| Some(now + Duration::from_millis(millis));
        match step {
            Step::Transaction { .. }
            | Step::Half { .. }
            | Step::ServerCrashes { .. }
            | Step::HarmlessDdl { .. }
            | Step::ColumnDdl { .. }
            | Step::TableDdl { .. }
            | Step::Rotate
            | Step::FailOver { .. } => self.at_source(step),
            Step::Purge | Step::PurgeUnread | Step::Reset { .. } | Step::AsStatement { .. } => {
                self.at_log(step);
            }
            Step::Wait { millis } => self.run_until(now + Duration::from_millis(millis)).await,
            Step::Start => self.start(),
            Step::Stop => self.stop().await,
            Step::Kill { polls: 0 } => self.kill().await,
            Step::Kill { polls } => {
                self.world.judge.excuse();
                if let Some(engine) = &mut self.engine {
                    engine.light(polls);
                }
            }
            Step::Edit { seed } => self.edit(&mut Random::new(seed)),
            Step::SourceBreaks => {
                let state = &mut *self.world.server.state();
                state.faults.broken = state.streams;
                state.database.log.wake();
            }
            Step::SourceFallsSilent => {
                let state = &mut *self.world.server.state();
                state.faults.silent = state.streams;
            }
            Step::SourceRefuses { millis } => {
                self.world.judge.excuse();
                self.world.server.state().faults.refused_until = until(millis);
            }
            Step::BrokerRestarts { seed, millis, lose_confirmed } => {
                let random = &mut Random::new(seed);
                let state = &mut *self.world.broker.state();
                let host = random.index(state.hosts.len());
                state.restart(host, lose_confirmed, now + Duration::from_millis(millis), random);
            }
            Step::BrokerFreezes { seed, millis } => {
                let state = &mut *self.world.broker.state();
                let host = Random::new(seed).index(state.hosts.len());
                state.freeze(host, now + Duration::from_millis(millis));
            }
            Step::RouteFails { millis } => self.world.broker.state().route_down_until = until(millis),
            Step::MoreQueues { seed } => {
                let topic = Random::new(seed).pick(&self.world.topics).clone();
                self.world.broker.state().add_queues(&topic, 1);
            }
            Step::Foreign => self.world.broker.state().foreign(),
            Step::StoreFails { millis } => {
                self.world.judge.excuse();
                self.world.disk.state().broken_until = until(millis);
            }
            Step::SourceDenies { millis } => {
                self.world.judge.excuse();
                self.explained.push(ErrorKind::SourceDenied);
                self.world.server.state().faults.denied_until = until(millis);
            }
            Step::BrokerDenies { millis } => {
                self.explained.push(ErrorKind::SinkDenied);
                self.world.broker.state().denied_until = until(millis);
            }
            Step::HostClock { seconds } => self.world.clock.jump(seconds * 1_000_000),
            // A log that began anew is told from the old one by its later times.
            Step::SourceClock { .. } if self.ending.is_some() => {}
            // A start by time is found by times that go on.
            Step::SourceClock { .. } if self.past && !self.world.judge.has_begun() => {}
            Step::SourceClock { seconds } => {
                self.world.judge.clock_moved();
                self.world.server.clock.jump(seconds * 1_000_000);
            }
        }
    }

    pub(super) fn start(&mut self) {
        if self.engine.is_some() {
            return;
        }
        if !self.started {
            self.started = true;
            let past = if self.past { self.choose_past() } else { None };
            let now = Instant::now();
            let holds = |until: Option<Instant>| until.is_some_and(|until| until > now);
            let faults = &self.world.server.state().faults;
            let refused = holds(faults.refused_until) || holds(faults.denied_until);
            let disk = self.world.disk.state();
            let broken = disk.broken_until.is_some_and(|until| until > now) || disk.fail_permille > 0;
            drop(disk);
            let excused = refused || broken;
            if let Some(time) = past {
                self.world.project.start = StartPoint::AtMicros(time);
            }
            self.world.judge.first_start(excused, past);
        }
        self.engine = Some(Engine::start(&self.world));
    }

    /// The commit time of a transaction, as long as the times of all are in order.
    fn choose_past(&self) -> Option<u64> {
        let truth = &self.world.server.state().database.truth;
        let times: Vec<u64> = truth.iter().map(|known| known.commit_micros).collect();
        let middle = times.get(times.len() / 2)?;
        times.is_sorted().then_some(*middle)
    }

    async fn stop(&mut self) {
        self.world.judge.excuse();
        let Some(engine) = self.engine.take() else { return };
        match engine.stop().await {
            Some(Ended::Stopped(Err(error))) => self.failed(&error),
            Some(_) => {}
            None => self.world.judge.report("does not stop", "a minute after it was asked to".to_owned()),
        }
        self.settle().await;
    }

    async fn kill(&mut self) {
        self.world.judge.killed();
        self.engine = None;
        self.settle().await;
    }

    /// Tasks of a dropped engine end when the runtime looks at them next.
    async fn settle(&self) {
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
    }

    pub(super) async fn run_until(&mut self, until: Instant) {
        let ended = match &mut self.engine {
            Some(engine) => engine.run_until(until).await,
            None => None,
        };
        self.check_memory(false);
        if let Some(ended) = ended {
            self.engine = None;
            match &ended {
                Ended::Stopped(Err(error)) => self.failed(error),
                Ended::Stopped(Ok(())) => {}
                Ended::Killed => self.world.judge.killed(),
            }
            self.settle().await;
        }
        tokio::time::sleep_until(until).await;
    }

    /// Ids that the engine remembers.
    fn remembered(&self) -> usize {
        self.engine.as_ref().map_or(0, |engine| engine.stats.remembered.load(Ordering::Relaxed))
    }

    /// What the engine itself says of its memory.
    fn check_memory(&self, at_rest: bool) {
        let Some(engine) = &self.engine else { return };
        let held = engine.stats.held.load(Ordering::Relaxed);
        let remembered = self.remembered();
        // A change of the key puts two messages in at once.
        let allowed = self.world.project.limits.memory_per_project + 2 * self.world.broker.state().longest;
        if held > allowed {
            self.world.judge.report("over the budget", format!("{held} bytes held, {allowed} allowed"));
        }
        if at_rest && remembered > 0 {
            self.world.judge.report("ids are kept", format!("{remembered}, at the end of the log"));
        }
    }

    /// Ends all faults and waits until the place stands at the end of the log.
    async fn come_to_rest(&mut self) {
        self.end_faults();
        let limit = Instant::now() + REST;
        let mut resumes = 0;
        while Instant::now() < limit {
            if self.engine.is_none() {
                resumes += 1;
                // Each statement that nobody can read may ask for a definition.
                if resumes > RESUMES + if self.unread_ddl { 30 } else { 1 } {
                    return;
                }
                self.start();
            }
            self.run_until(Instant::now() + Duration::from_millis(500)).await;
            if !self.world.judge.faults().is_empty() {
                return;
            }
            let settled = self
                .engine
                .as_ref()
                .is_some_and(|engine| matches!(engine.stats.shown().phase, RunPhase::Streaming));
            if settled && self.all_read() {
                // A moment later nothing is left to do. The head of an empty file may be
                // under way for longer.
                self.run_until(Instant::now() + Duration::from_millis(1500)).await;
                if self.remembered() > 0 {
                    self.run_until(Instant::now() + LATEST).await;
                }
                self.check_memory(true);
                self.stop().await;
                return;
            }
        }
        let shown = self.engine.as_ref().map(|engine| engine.stats.shown());
        self.world.judge.report("never at rest", format!("{shown:?}"));
    }

    pub(super) fn end_faults(&mut self) {
        if self.world.server.state().database.unfinished.is_some() {
            self.at_source(Step::ServerCrashes { seed: 0 });
        }
        let now = Instant::now();
        let server = &mut *self.world.server.state();
        (server.faults.refused_until, server.faults.denied_until) = (None, None);
        server.faults.late_permille = 0;
        let mut disk = self.world.disk.state();
        disk.broken_until = None;
        (disk.fail_permille, disk.slow_permille) = (0, 0);
        let broker = &mut *self.world.broker.state();
        broker.chances = Chances::calm();
        (broker.route_down_until, broker.denied_until) = (None, None);
        for host in &mut broker.hosts {
            host.frozen_until = host.frozen_until.map(|until| until.min(now));
        }
    }

    fn outcome(&self) -> Outcome {
        let server = self.world.server.state();
        let broker = self.world.broker.state();
        let mut hasher = DefaultHasher::new();
        for record in &broker.records {
            log::trace!("{:?}: {}", record.queue, String::from_utf8_lossy(&record.body));
            (&record.queue, &record.body, record.lost).hash(&mut hasher);
        }
        let changes = server.database.truth.iter().map(|transaction| transaction.changes.len()).sum();
        let limits = &self.world.project.limits;
        // A change of the key puts two messages in at once.
        let allowed = limits.memory_per_project + 2 * broker.longest;
        let mut faults = self.world.judge.faults();
        if broker.most_in_flight > allowed {
            let detail = format!("{} bytes in flight, {allowed} allowed", broker.most_in_flight);
            faults.push(crate::judge::Fault { kind: "over the budget", detail });
        }
        Outcome { faults, changes, messages: broker.records.len(), print: hasher.finish() }
    }
}
