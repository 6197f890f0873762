//! Memory does not grow with time: a process of its own, because it looks at the
//! whole of it.

use tidewire_engine::project::{Format, Limits, StartPoint};
use tidewire_world::broker::faults::Chances;
use tidewire_world::bytes::table::Kind;
use tidewire_world::database::change::Statement;
use tidewire_world::database::commit::End;
use tidewire_world::database::shape::{MARK, Shape};
use tidewire_world::database::{Dialect, Settings};
use tidewire_world::history::play::{Player, by_hand};
use tidewire_world::history::setup::World;
use tidewire_world::history::step::Step;
use tidewire_world::project::{Followed, Project};
use tidewire_world::random::Random;
use tidewire_world::value::{Column, Type, Value};

/// A table of 150 columns.
fn wide() -> Shape {
    let mut columns = vec![
        Column { name: "k".to_owned(), kind: Type::Int { bytes: 4, unsigned: false }, nullable: false },
        Column { name: MARK.to_owned(), kind: Type::Int { bytes: 8, unsigned: false }, nullable: false },
    ];
    for number in 0..150 {
        let kind = Type::Int { bytes: 4, unsigned: false };
        columns.push(Column { name: format!("column_{number}"), kind, nullable: true });
    }
    Shape {
        database: "shop".to_owned(),
        table: "a".to_owned(),
        columns,
        key: vec![0],
        primary: true,
        case_blind: false,
    }
}

fn world() -> Player {
    let mut settings = Settings::draw(&mut Random::new(1));
    (settings.dialect, settings.rows_version, settings.file_limit) = (Dialect::MariaDb, 1, 1 << 20);
    let followed = Followed {
        name: ("shop".to_owned(), "a".to_owned()),
        topic: "topic0".to_owned(),
        columns: Vec::new(),
        filter: None,
        shard: Vec::new(),
    };
    let project = Project {
        tables: vec![followed],
        format: Format::DebeziumSmt,
        kinds: vec![Kind::Insert, Kind::Update, Kind::Delete],
        split: true,
        start: StartPoint::Now,
        limits: Limits::default(),
    };
    let world = World::new(settings, vec![wide()], project, Chances::calm(), &mut Random::new(7));
    world.broker.state().add_queues("topic0", 4);
    Player::new(world)
}

/// Rows of the table, each behind a statement about another one.
async fn rows(player: &mut Player, keys: std::ops::Range<i128>) {
    for key in keys {
        let now = player.world.server.clock.now();
        let mut values = vec![Value::Int(key), Value::Null];
        values.extend((0..150).map(|_| Value::Null));
        {
            let database = &mut player.world.server.state().database;
            let changes = vec![database.insert_row(0, values)];
            database.commit(&mut Random::new(1), vec![Statement { table: 0, changes }], End::Xid, now);
            database.foreign_ddl("ALTER TABLE `other` ADD COLUMN `b` INT", now);
        }
        player.step(Step::Wait { millis: 2 }).await;
    }
}

/// A thousand rows of a wide table, each behind a statement about another table.
/// What they cost the model itself, about 10 KB a row, is not the engine's.
#[test]
fn statements_about_other_tables_cost_no_memory() {
    by_hand(async || {
        let mut player = world();
        player.step(Step::Start).await;
        rows(&mut player, 0..100).await;
        let before = resident();
        rows(&mut player, 100..1100).await;
        let grown = resident().saturating_sub(before);
        println!("{} KiB more", grown >> 10);
        let outcome = player.conclude().await;
        assert!(outcome.faults.is_empty(), "{:?}", outcome.faults.first());
        assert!(grown < 25 << 20, "{} KiB more", grown >> 10);
    });
}

/// Bytes of this process in memory.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}
