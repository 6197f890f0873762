//! Places inside the open transaction that it may come back to.

use super::Lanes;
use super::lane::{Cut, Lane};

/// Savepoints that are remembered of one transaction; older ones are seldom gone
/// back to, and then what they would drop counts as having left.
const MAX_SAVEPOINTS: usize = 1000;

/// What each touched lane had got in all at a savepoint of the open transaction;
/// other lanes had got nothing of it.
#[derive(Debug)]
pub(super) struct Savepoint {
    name: String,
    lanes: Vec<(usize, Cut)>,
}

impl Lanes {
    /// The open transaction has ended.
    pub(super) fn forget_savepoints(&mut self) {
        self.savepoints.clear();
        self.forgot_savepoints = false;
    }

    /// Remembers what the lanes hold; a savepoint of the same name is replaced.
    pub fn savepoint(&mut self, name: String) {
        self.savepoints.retain(|savepoint| savepoint.name != name);
        if self.savepoints.len() >= MAX_SAVEPOINTS {
            self.savepoints.remove(0);
            self.forgot_savepoints = true;
        }
        let got = |index: &usize| {
            let lane = self.all.get(*index)?;
            let mut got = lane.open.end();
            got.bytes += lane.left.bytes;
            got.count += lane.left.count;
            got.newest += lane.left.bytes;
            Some((*index, got))
        };
        let lanes = self.touched.iter().filter_map(got).collect();
        self.savepoints.push(Savepoint { name, lanes });
    }

    /// Drops what the lanes got since a savepoint and still hold; `false` when some
    /// of it has left. A savepoint that is not known was taken before the rows of
    /// followed tables, or was forgotten.
    pub fn rollback_to(&mut self, name: &str) -> bool {
        let Some(at) = self.savepoints.iter().position(|savepoint| savepoint.name == name) else {
            return !self.forgot_savepoints;
        };
        self.savepoints.truncate(at + 1);
        let Some(savepoint) = self.savepoints.last() else { return true };
        let mut whole = true;
        for index in &self.touched {
            let Some(lane) = self.all.get_mut(*index) else { continue };
            let got = savepoint.lanes.iter().find(|(lane, _)| lane == index);
            let to = if let Some((_, got)) = got {
                whole &= got.count >= lane.left.count;
                got.without(lane.left)
            } else {
                whole &= !self.leaked || lane.open.committed.count > 0;
                lane.open.committed
            };
            self.held -= lane.truncate(to);
        }
        self.forget_what_gates_lost();
        whole
    }

    /// A gate must not wait for messages that were dropped.
    fn forget_what_gates_lost(&mut self) {
        let got: Vec<usize> = self.all.iter().map(Lane::got).collect();
        for index in &self.touched {
            let Some(lane) = self.all.get_mut(*index) else { continue };
            for gate in &mut lane.gates {
                gate.confirmed = gate.confirmed.min(got.get(gate.other).copied().unwrap_or(0));
            }
        }
    }
}
