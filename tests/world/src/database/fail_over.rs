//! Another server takes over: it has the same transactions under the same names,
//! in files, at offsets and from a first one on that are its own.

use super::{Database, Dialect};
use crate::bytes::event::{HEADER, number};
use crate::random::Random;

/// A transaction in the files: index of the file, and where it begins and ends.
#[derive(Clone, Copy, Debug)]
struct Group {
    file: usize,
    begin: usize,
    end: usize,
    number: u64,
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

/// The number in the event that begins a transaction.
fn number_of(kind: u8, body: &[u8]) -> Option<u64> {
    let at = match kind {
        number::GTID => 17,
        number::MARIADB_GTID => 0,
        _ => return None,
    };
    Some(u64::from_le_bytes(body[at..at + 8].try_into().expect("eight bytes")))
}

impl Database {
    /// All transactions of the files that are there, without those that a crash cut.
    fn groups(&self) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for (file, held) in self.log.files.iter().enumerate().filter(|(_, file)| !file.purged) {
            let mut at = 4;
            let mut open = false;
            while at < held.bytes.len() {
                let (kind, size) = (held.bytes[at + 4], word(&held.bytes, at + 9) as usize);
                let begins = number_of(kind, &held.bytes[at + HEADER..]);
                let head = at < held.body as usize || kind == number::ROTATE;
                if let Some(number) = begins {
                    groups.push(Group { file, begin: at, end: at + size, number });
                } else if let Some(last) = groups.last_mut().filter(|_| open && !head) {
                    last.end = at + size;
                }
                open = (open || begins.is_some()) && !head;
                at += size;
            }
            let cut = |last: &mut Group| {
                let whole = self
                    .truth
                    .iter()
                    .rev()
                    .any(|known| known.file == last.file && known.begin as usize == last.begin);
                held.crashed && last.file == file && !whole
            };
            groups.pop_if(cut);
        }
        groups
    }

    /// Moves to another server, whose log lacks some of the first `done`
    /// transactions. Servers whose transactions have no names can't be followed.
    pub fn fail_over(&mut self, done: usize, random: &mut Random, now: u64) {
        let named =
            matches!(self.settings.dialect, Dialect::MySql | Dialect::MariaDb | Dialect::BinlogService);
        if !named || done == 0 {
            return;
        }
        self.servers += 1;
        let groups = self.groups();
        let lacking = random.index(done + 1).checked_sub(1).map(|last| &self.truth[last]);
        let from = lacking.map_or((0, 0), |last| (last.file, last.end as usize));
        let number = self.gtid;
        let before = groups.iter().take_while(|group| (group.file, group.end) <= from);
        let first = self.log.first;
        self.gtid = before.last().map_or(self.log.files[first].gtid_before, |group| group.number);
        let old = self.log.files.len();
        if random.percent(50) {
            self.log.name = format!("{}x", self.log.name);
        }
        self.log.first = old;
        self.log.files.iter_mut().for_each(|file| file.purged = true);
        self.begin_file(now);
        let limit = *random.pick(&[600, 2000, 8000, 60_000]);
        let mut moved = Vec::new();
        for group in groups.into_iter().filter(|group| (group.file, group.end) > from) {
            moved.push((group, self.copy(group)));
            self.gtid = group.number;
            if self.log.last().bytes.len() > limit {
                self.rotate(now);
            }
        }
        self.gtid = number;
        // Shapes hold from behind the statement that made them.
        for (at, offset, _) in &mut self.shapes {
            let behind = |(group, _): &&(Group, _)| (group.file, group.end as u64) <= (*at, *offset);
            if let Some((_, place)) = moved.iter().rev().find(behind).filter(|_| *at < old) {
                (*at, *offset) = *place;
            }
        }
        // Its own transactions have its own id.
        if self.settings.dialect == Dialect::MariaDb {
            self.settings.server_id += 10;
        }
    }

    /// Writes a transaction once more, and moves what is known of it. Gives where it
    /// ends now.
    fn copy(&mut self, group: Group) -> (usize, u64) {
        let events = self.log.files[group.file].bytes[group.begin..group.end].to_vec();
        let begin = self.log.last().bytes.len() as u64;
        let mut at = 0;
        while at < events.len() {
            let size = word(&events, at + 9) as usize;
            let file = self.log.last();
            let mut event = events[at..at + size].to_vec();
            let behind = (file.bytes.len() + size) as u32;
            event[13..17].copy_from_slice(&behind.to_le_bytes());
            file.bytes.extend(event);
            at += size;
        }
        let (file, end) = (self.log.files.len() - 1, self.log.last().bytes.len() as u64);
        let known = self
            .truth
            .iter_mut()
            .rev()
            .find(|known| known.file == group.file && known.begin as usize == group.begin);
        if let Some(known) = known {
            (known.file, known.begin, known.end) = (file, begin, end);
            let commit = known.commit_micros;
            self.log.last().first_commit.get_or_insert(commit);
        }
        (file, end)
    }
}
