//! The world as a history finds it: server, tables, broker, store, project.

use std::sync::Arc;

use tidewire_engine::project::{Limits, StartPoint};
use tokio::time::Instant;

use super::edit::topic_of;
use crate::broker::faults::Chances;
use crate::broker::{self, Broker};
use crate::bytes::table::Kind;
use crate::clock::WallClock;
use crate::database::shape::Shape;
use crate::database::source::Server;
use crate::database::{Database, Settings};
use crate::judge::Judge;
use crate::project::{FORMATS, Followed, Project};
use crate::random::Random;
use crate::store::{self, Disk};

/// Everything outside of the engine.
#[derive(Debug)]
pub struct World {
    /// The source.
    pub server: Arc<Server>,
    /// The target.
    pub broker: Arc<Broker>,
    /// The store.
    pub disk: Arc<Disk>,
    /// The clock of the engine's host.
    pub clock: Arc<WallClock>,
    /// Who judges.
    pub judge: Arc<Judge>,
    /// The project as it is now.
    pub project: Project,
    /// Topics.
    pub topics: Vec<String>,
}

/// What is drawn first, and decides what steps make sense.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The server.
    pub settings: Settings,
    /// Whether a restart may lose confirmed messages; then nothing is edited
    /// and nobody else writes, because both hide a loss from any observer.
    pub lossy: bool,
    /// Whether every transaction fits into a batch and the memory of the project,
    /// so that nothing of it leaves before its end is known.
    pub roomy: bool,
    /// Whether the project starts at a time that is past.
    pub past: bool,
    rest: Random,
}

impl Plan {
    /// The plan of a seed.
    #[must_use]
    pub fn of_seed(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let settings = Settings::draw(&mut random);
        let lossy = random.percent(10);
        let roomy = random.percent(50);
        let past = random.percent(10);
        Self { settings, lossy, roomy, past, rest: random.fork() }
    }

    /// Makes the world of a plan.
    #[must_use]
    pub fn world(&self) -> World {
        let random = &mut self.rest.clone();
        let began = Instant::now();
        let source_clock = WallClock::new(began, random.below(7200) as i64 * 1_000_000 - 3_600_000_000);
        let mut database = Database::new(self.settings.clone(), source_clock.now());
        let can = self.settings.dialect.abilities();
        // Which database a dot belongs to is told by no text that joins the two names.
        let usual = [("shop", "orders"), ("shop", "items"), ("a", "items"), ("log", "t")];
        let odd = [("a", "b.c"), ("a.b", "c"), ("a", "it`s 1"), ("库 'x'", "Größe")];
        let names = if random.percent(25) { odd } else { usual };
        let tables = random.range(1..=4) as usize;
        for (schema, table) in &names[..tables] {
            database.create(Shape::draw(random, schema, table, can));
        }
        let topics: Vec<String> = (0..random.range(1..=2)).map(|number| format!("topic{number}")).collect();
        let chances = Chances::draw(random);
        let broker = Broker::new(random.range(1..=2) as usize, chances, random.fork());
        for topic in &topics {
            broker.state().add_queues(topic, random.range(1..=4) as i32);
        }
        let project = draw_project(random, &database, &topics, self.roomy);
        let server = Arc::new(Server::new(database, source_clock, random.fork()));
        let broker = Arc::new(broker);
        let fails = *random.pick(&[0, 0, 20, 100]);
        let host_clock = WallClock::new(began, random.below(7200) as i64 * 1_000_000 - 3_600_000_000);
        World {
            judge: Arc::new(Judge::new(Arc::clone(&server), Arc::clone(&broker), project.clone())),
            server,
            broker,
            disk: Arc::new(Disk::new(fails, random.fork())),
            clock: Arc::new(host_clock),
            project,
            topics,
        }
    }
}

fn draw_project(random: &mut Random, database: &Database, topics: &[String], roomy: bool) -> Project {
    let mut tables = Vec::new();
    for table in &database.tables {
        if tables.is_empty() || random.percent(70) {
            let topic = topic_of(&table.shape, topics);
            tables.push(Followed::draw(random, &table.shape, topic));
        }
    }
    let mut limits = Limits {
        memory_per_project: *random.pick(&[2_000, 8_000, 30_000, 1 << 20]),
        batch_bytes: *random.pick(&[500, 4_000, 100_000]),
        batch_messages: *random.pick(&[1, 3, 10, 100]),
        checkpoint_interval_ms: *random.pick(&[250, 1000, 1000]),
        tail_max_messages: 1_000_000,
    };
    if roomy {
        (limits.memory_per_project, limits.batch_bytes, limits.batch_messages) = (1 << 22, 1 << 20, 1024);
    }
    Project {
        tables,
        format: *random.pick(&FORMATS),
        kinds: draw_kinds(random),
        split: random.percent(80),
        start: StartPoint::Now,
        limits,
    }
}

/// Most often all kinds of changes.
pub(super) fn draw_kinds(random: &mut Random) -> Vec<Kind> {
    let all = [Kind::Insert, Kind::Update, Kind::Delete];
    if random.percent(75) {
        return all.to_vec();
    }
    let kept: Vec<Kind> = all.into_iter().filter(|_| random.percent(60)).collect();
    if kept.is_empty() { all.to_vec() } else { kept }
}

impl World {
    /// A world made by hand, with right clocks and a store that never fails.
    #[must_use]
    pub fn new(
        settings: Settings,
        shapes: Vec<Shape>,
        project: Project,
        chances: Chances,
        random: &mut Random,
    ) -> Self {
        let began = Instant::now();
        let source_clock = WallClock::new(began, 0);
        let mut database = Database::new(settings, source_clock.now());
        shapes.into_iter().for_each(|shape| database.create(shape));
        let server = Arc::new(Server::new(database, source_clock, random.fork()));
        let broker = Arc::new(Broker::new(1, chances, random.fork()));
        World {
            judge: Arc::new(Judge::new(Arc::clone(&server), Arc::clone(&broker), project.clone())),
            server,
            broker,
            disk: Arc::new(Disk::new(0, random.fork())),
            clock: Arc::new(WallClock::new(began, 0)),
            topics: vec!["topic0".to_owned()],
            project,
        }
    }

    /// The engine's doors into this world.
    #[must_use]
    pub fn doors(&self) -> tidewire_engine::Doors {
        let judge: Arc<Judge> = Arc::clone(&self.judge);
        tidewire_engine::Doors {
            source: Arc::new(crate::database::source::Door(Arc::clone(&self.server))),
            sink: Arc::new(broker::sink::Door(Arc::clone(&self.broker))),
            store: Arc::new(store::Door { disk: Arc::clone(&self.disk), judge }),
            clock: Arc::<WallClock>::clone(&self.clock),
        }
    }
}
