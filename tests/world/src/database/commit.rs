//! From statements to the bytes of a transaction in the log, and to the truth.

use super::change::Statement;
use super::{Database, Dialect, Name, Transaction};
use crate::bytes::Bytes;
use crate::bytes::event::{self, number};
use crate::bytes::metadata::metadata;
use crate::bytes::table::{self, Kind};
use crate::random::Random;
use crate::value::json::Form;

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// XID: a transactional engine.
    Xid,
    /// `COMMIT` as a statement: another engine.
    Commit,
}

impl Database {
    /// Draws a transaction of up to `statements` statements with up to `rows`
    /// rows each, and commits it.
    pub fn transaction(&mut self, random: &mut Random, statements: usize, rows: usize, now: u64) {
        let done = self.statements(random, statements, rows);
        if done.is_empty() {
            return;
        }
        // Only tables without transactions end this way.
        let other_engine = self.settings.dialect != Dialect::BinlogService && random.percent(10);
        let end = if other_engine { End::Commit } else { End::Xid };
        self.commit(random, done, end, now);
    }

    /// Writes a transaction.
    pub fn commit(&mut self, random: &mut Random, statements: Vec<Statement>, end: End, now: u64) {
        let commit_micros = self.commit_time(now);
        let seconds = (commit_micros / 1_000_000) as u32;
        let (name, begin) = self.begin(commit_micros, false);
        for statement in &statements {
            self.write_statement(random, statement, seconds);
        }
        self.next_xid += 1;
        match end {
            End::Xid => self.append(number::XID, seconds, &event::xid(self.next_xid)),
            End::Commit => self.append(number::QUERY, seconds, &event::query("", "COMMIT")),
        }
        let changes = statements.into_iter().flat_map(|statement| statement.changes).collect();
        self.finish(name, begin, commit_micros, changes, now);
    }

    /// Notes a transaction whose last event was just written.
    pub(super) fn finish(
        &mut self,
        name: Name,
        begin: u64,
        commit_micros: u64,
        changes: Vec<super::change::Change>,
        now: u64,
    ) {
        let file = self.log.files.len() - 1;
        let end = self.log.last().bytes.len() as u64;
        self.log.last().first_commit.get_or_insert(commit_micros);
        let at = tokio::time::Instant::now();
        if self.broken_off.is_none() {
            let undone = Vec::new();
            self.truth.push(Transaction { name, file, begin, end, commit_micros, changes, undone, at });
        }
        self.log.wake();
        if end as usize > self.settings.file_limit {
            self.rotate(now);
        }
    }

    /// What stands before the first statement; `alone`: a statement that is a
    /// transaction of its own follows.
    pub(super) fn begin(&mut self, commit_micros: u64, alone: bool) -> (Name, u64) {
        let begin = self.log.last().bytes.len() as u64;
        let seconds = (commit_micros / 1_000_000) as u32;
        let uuid = self.settings.uuid;
        let mut name = Name::Place;
        match self.settings.dialect {
            Dialect::MySql | Dialect::BinlogService => {
                self.gtid += 1;
                name = Name::Number(self.gtid);
                let service = self.settings.dialect == Dialect::BinlogService;
                // The service puts the commit time where MySQL has a logical clock.
                let clock = if service {
                    (commit_micros / 1_000_000, commit_micros % 1_000_000)
                } else {
                    (self.gtid - 1, self.gtid)
                };
                let micros = self.settings.commit_micros.then_some(commit_micros);
                self.append(number::GTID, seconds, &event::gtid(&uuid, self.gtid, clock, micros));
            }
            Dialect::Anonymous => {
                self.append(number::ANONYMOUS_GTID, seconds, &event::gtid(&[0; 16], 0, (0, 1), None));
            }
            Dialect::MariaDb => {
                self.gtid += 1;
                name = Name::Number(self.gtid);
                self.append(number::MARIADB_GTID, seconds, &event::mariadb_gtid(0, self.gtid, alone));
            }
            Dialect::Plain => {}
        }
        // MariaDB's GTID event is its BEGIN.
        if !alone && self.settings.dialect != Dialect::MariaDb {
            self.append(number::QUERY, seconds, &event::query("", "BEGIN"));
        }
        (name, begin)
    }

    /// The events of one statement.
    pub(super) fn write_statement(&mut self, random: &mut Random, statement: &Statement, seconds: u32) {
        let most = self.settings.rows_per_event;
        let (dialect, version) = (self.settings.dialect, self.settings.rows_version);
        let form = if dialect == Dialect::BinlogService { Form::BinlogService } else { Form::MySql };
        let shape = &statement.changes[0].shape;
        let id = self.tables[statement.table].id;
        let map = table::table_map(id, shape, &metadata(self.settings.told, shape));
        let size = if random.percent(50) { most } else { random.range(1..=most as u64) as usize };
        match dialect {
            Dialect::MySql if random.percent(10) => {
                self.append(number::ROWS_QUERY, seconds, b"\x0fUPDATE anything");
            }
            Dialect::MariaDb if random.percent(50) => {
                self.append(number::MARIADB_ANNOTATE, seconds, b"UPDATE anything");
            }
            _ => {}
        }
        let service = dialect == Dialect::BinlogService;
        let pieces: Vec<_> = statement.changes.chunks(size).collect();
        for (number, piece) in pieces.iter().enumerate() {
            // The service repeats the map for every row.
            if number == 0 || service {
                self.append(number::TABLE_MAP, seconds, &map);
            }
            let kind: Kind = piece[0].kind;
            let last = service || number + 1 == pieces.len();
            let mut body = Bytes(table::rows_head(version, id, kind, shape.columns.len(), last));
            for change in *piece {
                for row in [&change.before, &change.after].into_iter().flatten() {
                    table::image(&mut body, &shape.columns, row, form);
                }
            }
            self.append(table::rows_type(version, kind), seconds, &body.0);
        }
    }
}
