//! Steps that happen in the database.

use std::collections::HashSet;

use super::play::Player;
use super::step::{End, Step};
use crate::database::Dialect;
use crate::random::Random;

impl Player {
    /// What happens in the database.
    pub(super) fn at_source(&mut self, step: Step) {
        let now = self.world.server.clock.now();
        let all_read = self.all_read();
        let kept = self.columns_in_use();
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
            Step::Rotate => database.rotate(now),
            _ => {}
        }
    }

    /// Whether the saved place stands at the end of the log.
    pub(super) fn all_read(&self) -> bool {
        let newest = self.world.disk.state().checkpoints.last().cloned();
        let all = self.world.server.state().database.truth.len();
        newest.is_some_and(|newest| self.world.judge.passed(&newest) == all)
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
