//! What the saved places say of how far the engine has come.

use tidewire_engine::checkpoint::Checkpoint;

use super::play::Player;

impl Player {
    /// Whether the saved place stands at the end of the log.
    pub(super) fn all_read(&self) -> bool {
        let newest = self.world.disk.state().checkpoints.last().cloned();
        let all = self.world.server.state().database.truth.len();
        newest.is_some_and(|newest| self.world.judge.passed(&newest) == all)
    }

    /// Whether the saved place names the transaction before it, which a resume
    /// compares. The number 1 alone can't be left out of what a service is asked for.
    pub(super) fn is_compared(&self) -> bool {
        let newest = self.world.disk.state().checkpoints.last().cloned();
        let named = |name: &String| !name.ends_with(":1");
        newest.is_some_and(|newest| newest.position.last_transaction.as_ref().is_some_and(named))
    }

    /// The first file that a kept place needs.
    pub(super) fn needed(&self) -> usize {
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
    pub(super) fn unread(&self) -> usize {
        let newest = self.world.disk.state().checkpoints.last().cloned();
        let passed = newest.map_or(0, |newest| self.world.judge.passed(&newest));
        self.world.server.state().database.truth.get(passed).map_or(usize::MAX, |next| next.file)
    }

    /// Transactions that no kept place can ask for any more.
    pub(super) fn done_for_good(&self) -> usize {
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
}
