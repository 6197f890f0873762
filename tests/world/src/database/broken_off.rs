//! What ends a log for its readers: a server that was reset, files that are gone, a
//! change that was logged without its rows.

use super::Database;
use crate::bytes::event::{self, number};
use crate::random::Random;

/// How a log broke off. What is committed from then on has no place in the truth:
/// nobody may deliver it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokenOff {
    /// The places of before mean something else now, or nothing.
    Lost,
    /// A change of rows stands there as a statement.
    AsStatement,
}

impl Database {
    /// Removes files that nobody needs: those before this one.
    pub fn purge(&mut self, needed: usize) {
        self.log.files[..needed].iter_mut().for_each(|file| file.purged = true);
    }

    /// Removes all files but the newest, though they were not all read.
    pub fn purge_unread(&mut self) {
        self.purge(self.log.files.len() - 1);
        self.broken_off = Some(BrokenOff::Lost);
    }

    /// The log begins anew, with the first number of everything: a server that was
    /// reset, or another one in its place that has nothing of before.
    pub fn reset(&mut self, random: &mut Random, now: u64) {
        if random.percent(50) {
            self.log.name = format!("{}x", self.log.name);
        }
        self.log.first = self.log.files.len();
        self.log.files.iter_mut().for_each(|file| file.purged = true);
        self.servers += 1;
        self.gtid = 0;
        self.broken_off = Some(BrokenOff::Lost);
        self.begin_file(now);
        self.log.wake();
    }

    /// A session logs what it does to a table as a statement.
    pub fn as_statement(&mut self, random: &mut Random, table: usize, followed: bool, now: u64) {
        let (commit_micros, shape) = (self.commit_time(now), self.tables[table].shape.clone());
        let seconds = (commit_micros / 1_000_000) as u32;
        let (name, begin) = self.begin(commit_micros, false);
        if random.percent(50) {
            // The number that a generated key gets.
            self.append(number::INTVAR, seconds, b"\x02\x07\0\0\0\0\0\0\0");
        }
        let (full, mark) = (self.written(&shape), super::shape::MARK);
        let sql = match random.below(3) {
            0 => format!("UPDATE {full} SET `{mark}` = `{mark}` + 1 WHERE RAND() < 0.5"),
            1 => format!("DELETE FROM {full} LIMIT 1"),
            _ => format!("INSERT INTO {full} (`{mark}`) VALUES (1)"),
        };
        self.append(number::QUERY, seconds, &event::query(&shape.database, &sql));
        self.next_xid += 1;
        self.append(number::XID, seconds, &event::xid(self.next_xid));
        self.finish(name, begin, commit_micros, Vec::new(), now);
        if followed {
            self.broken_off = Some(BrokenOff::AsStatement);
        }
    }
}
