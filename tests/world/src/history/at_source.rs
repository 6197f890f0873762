//! Steps that happen in the database.

use std::collections::HashSet;

use super::ending::Ending;
use super::play::Player;
use super::step::{End, Step};
use crate::database::Dialect;
use crate::database::shape::Shape;
use crate::project::Followed;
use crate::random::Random;
use tidewire_engine::checkpoint::Checkpoint;

/// How long a server is away that is reset: its clock goes on.
const RESTART: u64 = 5_000_000;

impl Player {
    /// What happens in the database.
    pub(super) fn at_source(&mut self, step: Step) {
        let now = self.world.server.clock.now();
        let all_read = self.all_read();
        let done = self.done_for_good();
        let kept = self.columns_in_use();
        let (stopped, compared) = (self.engine.is_none(), self.is_compared());
        let (needed, unread) = (self.needed(), self.unread());
        let state = &mut *self.world.server.state();
        let database = &mut state.database;
        // Whatever comes next comes after the half transaction.
        if let Step::ServerCrashes { seed } = step {
            let random = &mut Random::new(seed);
            let lost = if database.unfinished.is_some() {
                database.come_back(random, now)
            } else if matches!(database.settings.dialect, Dialect::Plain | Dialect::MariaDb) {
                database.crash(random, now);
                true
            } else {
                false
            };
            if lost {
                state.faults.broken = state.streams;
                state.database.log.wake();
            }
            return;
        }
        if database.unfinished.is_some() {
            return;
        }
        match step {
            Step::Transaction { seed, statements, rows, end } => {
                let random = &mut Random::new(seed);
                match end {
                    End::Commit => database.transaction(random, statements, rows, now),
                    End::Rollback => database.rolled_back(random, statements, rows, now),
                    End::Savepoint => database.with_savepoint(random, statements, rows, now),
                }
            }
            Step::Half { seed, statements, rows } => {
                database.half(&mut Random::new(seed), statements, rows, now)
            }
            Step::HarmlessDdl { seed } => database.harmless_ddl(&mut Random::new(seed), now),
            Step::ColumnDdl { seed } if all_read || self.unread_ddl => {
                let random = &mut Random::new(seed);
                let table = random.index(database.tables.len());
                database.column_ddl(random, table, &kept, now);
            }
            Step::TableDdl { seed } if all_read || self.unread_ddl => {
                let project = &self.world.project;
                let free = |shape: &Shape| project.table(shape).is_none_or(Followed::is_plain);
                database.table_ddl(&mut Random::new(seed), &free, now);
            }
            Step::Rotate => database.rotate(now),
            Step::Purge => database.purge(needed),
            // A place that names no transaction can't tell one log from another.
            Step::PurgeUnread if stopped && compared && unread < database.log.files.len() - 1 => {
                database.purge_unread();
                self.ending = Some(Ending::LOST_PLACE);
            }
            Step::Reset { seed } if compared && database.broken_off.is_none() => {
                // Behind all that it has committed, wherever its clock stood by then.
                let newest = database.truth.iter().map(|known| known.commit_micros).max().unwrap_or(now);
                let later = now.max(newest) + RESTART;
                database.reset(&mut Random::new(seed), later);
                self.ending = Some(Ending::LOST_PLACE);
                state.faults.broken = state.streams;
                state.database.log.wake();
                self.world.server.clock.jump((later - now) as i64);
            }
            Step::AsStatement { seed } if database.settings.dialect != Dialect::BinlogService => {
                let random = &mut Random::new(seed);
                let table = random.index(database.tables.len());
                let followed = self.world.project.table(&database.tables[table].shape).is_some();
                let ends = followed && self.world.judge.has_begun();
                self.as_statement = database.truth.len() + 1;
                if !followed || (ends && database.broken_off.is_none()) {
                    database.as_statement(random, table, followed, now);
                    self.ending = self.ending.or(ends.then_some(Ending::AS_STATEMENT));
                }
            }
            Step::FailOver { .. } if database.broken_off.is_some() => {}
            Step::FailOver { seed } => {
                database.fail_over(done, &mut Random::new(seed), now);
                state.faults.broken = state.streams;
                state.database.log.wake();
            }
            _ => {}
        }
    }

    /// Whether the saved place stands at the end of the log.
    pub(super) fn all_read(&self) -> bool {
        let newest = self.world.disk.state().checkpoints.last().cloned();
        let all = self.world.server.state().database.truth.len();
        newest.is_some_and(|newest| self.world.judge.passed(&newest) == all)
    }

    /// Whether the saved place names the transaction before it, which a resume
    /// compares. The number 1 alone can't be left out of what a service is asked for.
    fn is_compared(&self) -> bool {
        let newest = self.world.disk.state().checkpoints.last().cloned();
        let named = |name: &String| !name.ends_with(":1");
        newest.is_some_and(|newest| newest.position.last_transaction.as_ref().is_some_and(named))
    }

    /// The first file that a kept place needs.
    fn needed(&self) -> usize {
        let kept = self.world.disk.state().checkpoints.clone();
        let passed: Vec<usize> = kept.iter().map(|checkpoint| self.world.judge.passed(checkpoint)).collect();
        let database = &self.world.server.state().database;
        if database.broken_off.is_some() {
            return 0;
        }
        let newest = database.log.files.len() - 1;
        let of = |(checkpoint, passed): (&Checkpoint, &usize)| {
            let next = database.truth.get(*passed).map_or(newest, |next| next.file);
            next.min(database.log.index(&checkpoint.position.file).unwrap_or(newest))
        };
        kept.iter().zip(&passed).map(of).min().unwrap_or(0)
    }

    /// Whether the saved place has passed every change that was logged as a statement:
    /// who adds its table before has a reason to stop there.
    pub(super) fn has_read_statements(&self) -> bool {
        let newest = self.world.disk.state().checkpoints.last().cloned();
        let passed = newest.map_or(0, |newest| self.world.judge.passed(&newest));
        passed >= self.as_statement
    }

    /// The file of the first transaction that was not read.
    fn unread(&self) -> usize {
        let newest = self.world.disk.state().checkpoints.last().cloned();
        let passed = newest.map_or(0, |newest| self.world.judge.passed(&newest));
        self.world.server.state().database.truth.get(passed).map_or(usize::MAX, |next| next.file)
    }

    /// Transactions that no kept place can ask for any more.
    fn done_for_good(&self) -> usize {
        let kept = self.world.disk.state().checkpoints.clone();
        // A place without names of transactions can't be followed.
        let named = |checkpoint: &Checkpoint| {
            checkpoint.position.gtid_set.as_deref().is_some_and(|set| !set.is_empty())
        };
        if !kept.iter().all(named) {
            return 0;
        }
        kept.iter().map(|checkpoint| self.world.judge.passed(checkpoint)).min().unwrap_or(0)
    }

    /// Columns that the project names: without them it has a reason to stop.
    fn columns_in_use(&self) -> HashSet<String> {
        let tables = self.world.project.tables.iter();
        tables
            .flat_map(|table| {
                let filter = table.filter.as_ref().map(|filter| filter.column.clone());
                table.columns.iter().chain(&table.shard).cloned().chain(filter)
            })
            .collect()
    }
}
