//! Histories that end a project: what its place continues is gone from the log, or
//! what happened to its rows is. It must stop by name, with all that it can have.

use tidewire_engine::error::{ErrorKind, PipelineError};
use tokio::time::Instant;

use super::play::{Player, REST};
use super::step::{End, Step};
use crate::database::Dialect;
use crate::random::Random;

/// An end, and whether the project has noticed.
#[derive(Clone, Copy, Debug)]
pub struct Ending {
    kinds: &'static [ErrorKind],
    noticed: bool,
}

impl Ending {
    /// The log no longer continues any saved place.
    pub const LOST_PLACE: Self =
        Self { kinds: &[ErrorKind::PositionPurged, ErrorKind::LogRenumbered], noticed: false };
    /// A change stands in the log without its rows.
    pub const AS_STATEMENT: Self = Self { kinds: &[ErrorKind::StatementLogged], noticed: false };

    /// Whether this is how the project has to end.
    pub fn is_meant(&mut self, error: &PipelineError) -> bool {
        let meant = self.kinds.contains(&error.kind);
        self.noticed |= meant;
        meant
    }
}

/// How long a server is away that is reset: its clock goes on.
const RESTART: u64 = 5_000_000;

impl Player {
    /// The log loses what stood in it, or never had it.
    pub(super) fn at_log(&mut self, step: Step) {
        // Whatever comes next comes after the half transaction.
        if self.world.server.state().database.unfinished.is_some() {
            return;
        }
        match step {
            Step::Purge => {
                let needed = self.needed();
                self.world.server.state().database.purge(needed);
            }
            // A place that names no transaction can't tell one log from another.
            Step::PurgeUnread if self.engine.is_none() && self.is_compared() => self.purge_unread(),
            Step::Reset { seed } if self.is_compared() => self.reset(seed),
            Step::AsStatement { seed } => self.log_as_statement(seed),
            _ => {}
        }
    }

    fn purge_unread(&mut self) {
        let unread = self.unread();
        let database = &mut self.world.server.state().database;
        // A log that began anew and lost its first files may go on with the very number
        // that the old one would have had next: no one can tell.
        if database.broken_off.is_none() && unread < database.log.files.len() - 1 {
            database.purge_unread();
            self.ending = Some(Ending::LOST_PLACE);
        }
    }

    fn reset(&mut self, seed: u64) {
        let clock = &self.world.server.clock;
        let now = clock.now();
        let state = &mut *self.world.server.state();
        if state.database.broken_off.is_some() {
            return;
        }
        // Behind all that it has committed, wherever its clock stood by then.
        let newest = state.database.truth.iter().map(|known| known.commit_micros).max().unwrap_or(now);
        let later = now.max(newest) + RESTART;
        state.database.reset(&mut Random::new(seed), later);
        state.faults.broken = state.streams;
        clock.jump((later - now) as i64);
        self.ending = Some(Ending::LOST_PLACE);
    }

    fn log_as_statement(&mut self, seed: u64) {
        let now = self.world.server.clock.now();
        let database = &mut self.world.server.state().database;
        if database.settings.dialect == Dialect::BinlogService {
            return;
        }
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

    /// Ends all faults and waits until the project has stopped for good.
    pub(super) async fn come_to_the_end(&mut self) {
        self.end_faults();
        // A log that is idle says nothing of what it is.
        for seed in 0..2 {
            self.at_source(Step::Transaction { seed, statements: 3, rows: 3, end: End::Commit });
        }
        let limit = Instant::now() + REST;
        // It must say so also when it is asked once more.
        if let Some(ending) = &mut self.ending {
            ending.noticed = false;
        }
        while Instant::now() < limit {
            if self.engine.is_none() {
                self.start();
            }
            self.at_source(Step::Transaction { seed: 7, statements: 3, rows: 3, end: End::Commit });
            self.run_until(Instant::now() + std::time::Duration::from_millis(500)).await;
            let noticed = self.ending.is_some_and(|ending| ending.noticed);
            if noticed || !self.world.judge.faults().is_empty() {
                return;
            }
        }
        let shown = self.engine.as_ref().map(|engine| engine.stats.shown());
        self.world.judge.report("end not noticed", format!("{:?}: {shown:?}", self.ending));
    }
}
