//! Histories that were seen in the world outside, written down by hand.

use tidewire_engine::error::ErrorKind;
use tidewire_engine::project::{Format, Limits, StartPoint};
use tidewire_world::broker::faults::Chances;
use tidewire_world::bytes::metadata::Told;
use tidewire_world::bytes::table::Kind;
use tidewire_world::database::change::Statement;
use tidewire_world::database::commit::End;
use tidewire_world::database::shape::{MARK, Shape};
use tidewire_world::database::{Dialect, Settings};
use tidewire_world::history::Outcome;
use tidewire_world::history::play::{Player, by_hand};
use tidewire_world::history::setup::World;
use tidewire_world::history::step::{End as Ending, Step};
use tidewire_world::project::{Followed, Project};
use tidewire_world::random::Random;
use tidewire_world::value::{Charset, Column, Type, Value};

fn settings(dialect: Dialect) -> Settings {
    let mut settings = Settings::draw(&mut Random::new(1));
    let service = dialect == Dialect::BinlogService;
    settings.dialect = dialect;
    settings.rows_version = if dialect == Dialect::MariaDb { 1 } else { 2 };
    settings.rows_per_event = if service { 1 } else { 50 };
    settings.commit_micros = false;
    settings.told = Told::Nothing;
    settings.file_limit = 1 << 20;
    settings
}

/// `k INT` or `k VARCHAR(20)` as key, a text, and the mark.
fn shape(table: &str, key: Type, case_blind: bool) -> Shape {
    let column = |name: &str, kind| Column { name: name.to_owned(), kind, nullable: false };
    Shape {
        database: "shop".to_owned(),
        table: table.to_owned(),
        columns: vec![
            column("k", key),
            column("text", Type::Text { size: 4, charset: Charset::Utf8mb4 }),
            column(MARK, Type::Int { bytes: 8, unsigned: false }),
        ],
        key: vec![0],
        primary: true,
        case_blind,
    }
}

const INT: Type = Type::Int { bytes: 4, unsigned: false };

fn follow(table: &str) -> Followed {
    Followed {
        name: ("shop".to_owned(), table.to_owned()),
        topic: "topic0".to_owned(),
        columns: Vec::new(),
        filter: None,
        shard: Vec::new(),
    }
}

fn project(tables: &[&str]) -> Project {
    Project {
        tables: tables.iter().map(|table| follow(table)).collect(),
        format: Format::DebeziumFlatten,
        kinds: vec![Kind::Insert, Kind::Update, Kind::Delete],
        split: true,
        start: StartPoint::Now,
        limits: Limits { memory_per_project: 8_000, batch_bytes: 2_000, ..Limits::default() },
    }
}

fn world(dialect: Dialect, shapes: Vec<Shape>, project: Project, queues: i32) -> Player {
    let world = World::new(settings(dialect), shapes, project, Chances::calm(), &mut Random::new(7));
    world.broker.state().add_queues("topic0", queues);
    Player::new(world)
}

/// `key` and `text` of a row, as values.
fn row(key: i128, text: &str) -> Vec<Value> {
    vec![Value::Int(key), Value::Text(text.to_owned()), Value::Null]
}

/// Commits statements: pairs of table and rows to insert.
fn insert(player: &Player, statements: Vec<(usize, Vec<Vec<Value>>)>) {
    let now = player.world.server.clock.now();
    let database = &mut player.world.server.state().database;
    let done = statements
        .into_iter()
        .map(|(table, rows)| Statement {
            table,
            changes: rows.into_iter().map(|row| database.insert_row(table, row)).collect(),
        })
        .collect();
    database.commit(&mut Random::new(1), done, End::Xid, now);
}

fn update(player: &Player, table: usize, row: Vec<Value>) {
    let now = player.world.server.clock.now();
    let database = &mut player.world.server.state().database;
    let changes = vec![database.update_newest(table, row)];
    database.commit(&mut Random::new(1), vec![Statement { table, changes }], End::Xid, now);
}

async fn wait(player: &mut Player, millis: u64) {
    player.step(Step::Wait { millis }).await;
}

fn is_right(outcome: &Outcome) {
    assert!(outcome.faults.is_empty(), "{:#?}", outcome.faults.iter().take(5).collect::<Vec<_>>());
}

/// A transaction stops at a row that is too large, in the middle; its table is
/// taken out and the project goes on: all rows of the other table come, once.
#[test]
fn an_edit_inside_a_transaction_loses_and_repeats_nothing() {
    for killed in [false, true] {
        let outcome = by_hand(async || {
            let shapes = vec![shape("a", INT, false), shape("b", INT, false)];
            let mut player = world(Dialect::MariaDb, shapes, project(&["a", "b"]), 4);
            player.explained.push(ErrorKind::MessageTooLarge);
            player.step(Step::Start).await;
            wait(&mut player, 500).await;
            let rows =
                |keys: std::ops::Range<i128>| keys.map(|key| row(key, "some text")).collect::<Vec<_>>();
            let large = row(9_999, &"x".repeat(5 << 20));
            let statements =
                vec![(0, rows(0..300)), (1, rows(0..1000)), (0, vec![large]), (1, rows(1000..2000))];
            insert(&player, statements);
            if killed {
                wait(&mut player, 40).await;
                player.step(Step::Kill { polls: 0 }).await;
            } else {
                wait(&mut player, 30_000).await;
                assert!(player.engine.is_none(), "a row of 5 MiB stops the project");
            }
            let edited = project(&["b"]);
            player.world.project = edited.clone();
            player.world.judge.edit(edited);
            player.conclude().await
        });
        is_right(&outcome);
    }
}

/// `BEGIN; INSERT; DROP TEMPORARY TABLE; ROLLBACK` leaves nothing.
#[test]
fn what_was_rolled_back_is_not_delivered() {
    roll_back(1);
}

fn roll_back(rows: usize) {
    for dialect in [Dialect::MariaDb, Dialect::Plain, Dialect::Anonymous] {
        for end in [Ending::Rollback, Ending::Savepoint] {
            let outcome = by_hand(async || {
                let mut player = world(dialect, vec![shape("a", INT, false)], project(&["a"]), 4);
                player.step(Step::Start).await;
                wait(&mut player, 500).await;
                insert(&player, vec![(0, vec![row(-1, "before")])]);
                for seed in 0..5 {
                    player.step(Step::Transaction { seed, statements: 2, rows, end }).await;
                    wait(&mut player, 20).await;
                }
                insert(&player, vec![(0, vec![row(-2, "behind")])]);
                player.conclude().await
            });
            is_right(&outcome);
        }
    }
}

/// `abc` becomes `ABC` where both are the same key: DELETE is confirmed before
/// INSERT leaves, whatever queues they are in.
#[test]
fn halves_of_a_key_change_are_in_order() {
    for seed in 0..20 {
        let outcome = by_hand(async || {
            let key = Type::VarChar { chars: 20, charset: Charset::Utf8mb4 };
            let text =
                |key: &str| vec![Value::Text(key.to_owned()), Value::Text("t".to_owned()), Value::Null];
            let mut player = world(Dialect::MySql, vec![shape("a", key, true)], project(&["a"]), 10);
            player.world.broker.state().chances.slow = 300;
            player.step(Step::Start).await;
            wait(&mut player, 500).await;
            for number in 0..5 {
                insert(&player, vec![(0, vec![text(&format!("abc{seed}{number}"))])]);
                update(&player, 0, text(&format!("ABC{seed}{number}")));
                update(&player, 0, text(&format!("aBC{seed}{number}")));
                wait(&mut player, 3).await;
            }
            player.conclude().await
        });
        is_right(&outcome);
    }
}

/// A change of a followed table is logged as a statement while the broker stands
/// still: the project stops for it only once all before it is delivered.
#[test]
fn a_stop_that_a_person_has_to_act_on_leaves_nothing_behind() {
    let outcome = by_hand(async || {
        let mut player = world(Dialect::MariaDb, vec![shape("a", INT, false)], project(&["a"]), 4);
        player.step(Step::Start).await;
        wait(&mut player, 500).await;
        player.step(Step::BrokerFreezes { seed: 1, millis: 6000 }).await;
        insert(&player, vec![(0, (0..20).map(|key| row(key, "before")).collect())]);
        player.step(Step::AsStatement { seed: 1 }).await;
        for _ in 0..600 {
            wait(&mut player, 100).await;
            if player.engine.is_none() {
                break;
            }
        }
        assert!(player.engine.is_none(), "it stops");
        assert_eq!(player.world.broker.state().records.len(), 20, "at its first stop");
        player.conclude().await
    });
    is_right(&outcome);
}

/// A start while the broker is frozen, away, or refuses the account: rows that
/// are committed from then on come once it is mended.
#[test]
fn a_start_counts_from_its_command_whatever_the_broker_does() {
    let troubles = [
        Step::BrokerFreezes { seed: 1, millis: 20_000 },
        Step::BrokerRestarts { seed: 1, millis: 20_000, lose_confirmed: false },
        Step::RouteFails { millis: 20_000 },
        Step::BrokerDenies { millis: 20_000 },
    ];
    for trouble in troubles {
        for dialect in Dialect::ALL {
            let outcome = by_hand(async || {
                let mut player = world(dialect, vec![shape("a", INT, false)], project(&["a"]), 4);
                insert(&player, vec![(0, vec![row(-1, "before")])]);
                wait(&mut player, 5000).await;
                player.step(trouble).await;
                player.step(Step::Start).await;
                wait(&mut player, 1500).await;
                insert(&player, vec![(0, (0..70).map(|key| row(key, "while it is away")).collect())]);
                wait(&mut player, 15_000).await;
                player.conclude().await
            });
            is_right(&outcome);
            assert!(outcome.messages >= 70, "{trouble}: {} messages", outcome.messages);
        }
    }
}

/// The host's clock is an hour behind the source's, or jumps there: a kill
/// repeats nothing.
#[test]
fn clocks_that_differ_repeat_nothing() {
    for seconds in [-3600, 3600] {
        for polls in [0, 3, 10, 40] {
            let outcome = by_hand(async || {
                let mut player = world(Dialect::MariaDb, vec![shape("a", INT, false)], project(&["a"]), 4);
                player.step(Step::Start).await;
                player.step(Step::HostClock { seconds }).await;
                wait(&mut player, 500).await;
                for round in 0..8 {
                    for part in 0..10 {
                        let first = (round * 10 + part) * 10;
                        insert(&player, vec![(0, (first..first + 10).map(|key| row(key, "t")).collect())]);
                        wait(&mut player, 2).await;
                    }
                    player.step(Step::Kill { polls }).await;
                    wait(&mut player, 30).await;
                    player.step(Step::Start).await;
                    wait(&mut player, 100).await;
                }
                player.conclude().await
            });
            is_right(&outcome);
        }
    }
}

/// MariaDB that crashed in the middle of a transaction leaves its half in the log and
/// gives its number to the next one, which has other rows.
#[test]
fn a_number_that_a_crash_gave_back_repeats_nothing() {
    // Stored, and not covered by a saved place yet, or not stored.
    for millis in (50..1000).step_by(50) {
        let outcome = by_hand(async || {
            let mut player = world(Dialect::MariaDb, vec![shape("a", INT, false)], project(&["a"]), 4);
            player.step(Step::Start).await;
            wait(&mut player, 500).await;
            insert(&player, vec![(0, vec![row(-1, "before")])]);
            wait(&mut player, 3000).await;
            player.step(Step::ServerCrashes { seed: 1 }).await;
            insert(&player, vec![(0, (0..20).map(|key| row(key, "t")).collect())]);
            wait(&mut player, millis).await;
            player.step(Step::Kill { polls: 0 }).await;
            player.step(Step::Start).await;
            player.conclude().await
        });
        is_right(&outcome);
    }
}
