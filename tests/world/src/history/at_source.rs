//! Steps that happen in the database.

use std::collections::HashSet;

use super::play::Player;
use super::step::{End, Step};
use crate::database::Dialect;
use crate::database::shape::Shape;
use crate::project::{Followed, Project};
use crate::random::Random;

impl Player {
    /// What happens in the database.
    pub(super) fn at_source(&mut self, step: Step) {
        let now = self.world.server.clock.now();
        let may_change = matches!(step, Step::ColumnDdl { .. } | Step::TableDdl { .. })
            && (self.unread_ddl || self.all_read());
        let done = if matches!(step, Step::FailOver { .. }) { self.done_for_good() } else { 0 };
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
            Step::ColumnDdl { seed } if may_change => {
                let random = &mut Random::new(seed);
                let table = random.index(database.tables.len());
                database.column_ddl(random, table, &columns_in_use(&self.world.project), now);
            }
            Step::TableDdl { seed } if may_change => {
                let project = &self.world.project;
                let free = |shape: &Shape| project.table(shape).is_none_or(Followed::is_plain);
                database.table_ddl(&mut Random::new(seed), &free, now);
            }
            Step::Rotate => database.rotate(now),
            Step::FailOver { .. } if database.broken_off.is_some() => {}
            Step::FailOver { seed } => {
                database.fail_over(done, &mut Random::new(seed), now);
                state.faults.broken = state.streams;
                state.database.log.wake();
            }
            _ => {}
        }
    }
}

/// Columns that a project names: without them it has a reason to stop.
fn columns_in_use(project: &Project) -> HashSet<String> {
    let tables = project.tables.iter();
    tables
        .flat_map(|table| {
            let filter = table.filter.as_ref().map(|filter| filter.column.clone());
            table.columns.iter().chain(&table.shard).cloned().chain(filter)
        })
        .collect()
}
