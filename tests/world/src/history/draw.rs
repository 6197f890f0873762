//! The steps of a seed.

use super::With;
use super::setup::Plan;
use super::step::{End, Step};
use crate::database::Dialect;
use crate::random::Random;

/// Draws the steps of a history.
#[must_use]
pub fn steps(seed: u64, with: With) -> Vec<Step> {
    let plan = Plan::of_seed(seed);
    let may = May { with, dialect: plan.settings.dialect, lossy: plan.lossy, roomy: plan.roomy };
    // Far from the numbers that the world itself is drawn from.
    let random = &mut Random::new(seed ^ 0x5bd1_e995_9d1b_58f3);
    let mut steps = Vec::new();
    for _ in 0..random.below(4) {
        steps.push(transaction(random, may));
    }
    if random.percent(15) {
        steps.push(fault(random, may));
    }
    steps.push(Step::Start);
    if random.percent(80) {
        steps.push(Step::Wait { millis: random.range(1..=1500) });
    }
    let calm = random.percent(20);
    for _ in 0..random.range(8..=45) {
        match random.below(100) {
            0..=9 if !calm => steps.push(fault(random, may)),
            10..=14 => interrupt(random, may, &mut steps),
            15..=17 => steps.push(Step::Rotate),
            18..=20 => steps.push(Step::HarmlessDdl { seed: random.bits() }),
            21..=23 => column_ddl(random, may, &mut steps),
            31 | 32 => table_ddl(random, may, &mut steps),
            24 | 25 if with.crashes => crash(random, may, &mut steps),
            26 | 27 if with.crashes => steps.push(Step::FailOver { seed: random.bits() }),
            28 | 29 => steps.push(Step::Purge),
            // A place from before a loss may name nothing that could be compared.
            30 if with.endings && !may.lossy && random.percent(30) => ending(random, &mut steps),
            _ => steps.push(transaction(random, may)),
        }
        if random.percent(70) {
            steps.push(wait(random));
        }
    }
    steps
}

/// What makes sense in a history.
#[derive(Clone, Copy)]
struct May {
    with: With,
    dialect: Dialect,
    lossy: bool,
    roomy: bool,
}

fn size(random: &mut Random) -> (usize, usize) {
    *random.pick(&[(1, 1), (1, 1), (2, 2), (3, 5), (1, 20), (6, 12)])
}

fn transaction(random: &mut Random, may: May) -> Step {
    let (statements, rows) = size(random);
    let mut end = End::Commit;
    if may.with.rollbacks && may.dialect.logs_rollbacks() && random.percent(12) {
        end = *random.pick(&[End::Rollback, End::Savepoint]);
    }
    Step::Transaction { seed: random.bits(), statements, rows, end }
}

/// A column is changed, most often when all before it was read.
fn column_ddl(random: &mut Random, may: May, steps: &mut Vec<Step>) {
    if !may.with.unread_ddl || random.percent(50) {
        steps.push(Step::Wait { millis: random.range(1500..=2500) });
    }
    steps.push(Step::ColumnDdl { seed: random.bits() });
}

fn table_ddl(random: &mut Random, may: May, steps: &mut Vec<Step>) {
    if !may.with.unread_ddl || random.percent(50) {
        steps.push(Step::Wait { millis: random.range(1500..=2500) });
    }
    steps.push(Step::TableDdl { seed: random.bits() });
}

/// Something that no resume can get over.
fn ending(random: &mut Random, steps: &mut Vec<Step>) {
    let seed = random.bits();
    match random.below(3) {
        0 => steps.extend([Step::Kill { polls: 0 }, Step::Rotate, Step::PurgeUnread, Step::Start]),
        1 => steps.push(Step::Reset { seed }),
        _ => steps.push(Step::AsStatement { seed }),
    }
}

/// The service dies inside a transaction; other servers die between two, and
/// leave a half one behind.
fn crash(random: &mut Random, may: May, steps: &mut Vec<Step>) {
    if may.dialect == Dialect::BinlogService {
        let (statements, rows) = size(random);
        steps.push(Step::Half { seed: random.bits(), statements, rows });
        steps.push(wait(random));
    }
    // A half transaction that stays in the log was rolled back.
    if may.dialect == Dialect::BinlogService
        || (may.with.rollbacks && (may.roomy || may.dialect.logs_rollbacks()))
    {
        steps.push(Step::ServerCrashes { seed: random.bits() });
    }
}

fn wait(random: &mut Random) -> Step {
    let millis = match random.below(10) {
        0..=3 => random.range(1..=10),
        4..=7 => random.range(10..=300),
        8 => random.range(300..=2000),
        _ => random.range(2000..=8000),
    };
    Step::Wait { millis }
}

/// The engine goes away and comes back, now and then with an edited project.
fn interrupt(random: &mut Random, may: May, steps: &mut Vec<Step>) {
    let polls = if random.percent(50) { 0 } else { random.range(1..=60) };
    steps.push(if random.percent(35) { Step::Stop } else { Step::Kill { polls } });
    if polls > 0 {
        steps.push(Step::Wait { millis: random.range(1..=400) });
    }
    for _ in 0..random.below(3) {
        steps.push(if random.percent(70) { transaction(random, may) } else { wait(random) });
    }
    if may.with.edits && !may.lossy && random.percent(35) {
        steps.push(Step::Edit { seed: random.bits() });
    }
    if random.percent(80) {
        steps.push(Step::Start);
    } else {
        steps.extend([wait(random), Step::Start]);
    }
    // Killed again before it got far.
    if random.percent(20) {
        steps.push(Step::Kill { polls: random.range(1..=40) });
        steps.extend([Step::Wait { millis: random.range(1..=2500) }, Step::Start]);
    }
}

fn fault(random: &mut Random, may: May) -> Step {
    let millis = match random.below(3) {
        0 => random.range(10..=500),
        1 => random.range(500..=4000),
        _ => random.range(4000..=20_000),
    };
    let seed = random.bits();
    match random.below(16) {
        14 => Step::SourceDenies { millis },
        15 => Step::BrokerDenies { millis },
        0 | 1 => Step::SourceBreaks,
        2 => Step::SourceFallsSilent,
        3 => Step::SourceRefuses { millis },
        4 | 5 => Step::BrokerRestarts { seed, millis, lose_confirmed: may.lossy && random.percent(70) },
        6 | 7 => Step::BrokerFreezes { seed, millis },
        8 => Step::RouteFails { millis },
        9 => Step::MoreQueues { seed },
        10 if !may.lossy => Step::Foreign,
        10 | 11 => Step::StoreFails { millis },
        12 => Step::HostClock { seconds: jump(random) },
        // The Binlog Service's times come from the cluster and never go back.
        _ if may.dialect == Dialect::BinlogService => Step::SourceClock { seconds: jump(random).abs() },
        _ => Step::SourceClock { seconds: jump(random) },
    }
}

fn jump(random: &mut Random) -> i64 {
    let seconds = *random.pick(&[1, 30, 90, 3600, 20_000]);
    if random.percent(50) { seconds } else { -seconds }
}
