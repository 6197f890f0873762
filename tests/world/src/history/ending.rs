//! Histories that end a project: what its place continues is gone from the log, or
//! what happened to its rows is. It must stop by name, with all that it can have.

use tidewire_engine::error::{ErrorKind, PipelineError};
use tokio::time::Instant;

use super::play::{Player, REST};
use super::step::{End, Step};

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

impl Player {
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
