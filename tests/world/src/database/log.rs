//! The log's files and who waits for more of them.

use std::task::Waker;

use super::{Database, Dialect};
use crate::bytes::event::{self, number};

/// Bytes before the first event of a file.
pub const MAGIC: &[u8; 4] = b"\xfebin";

/// One file.
#[derive(Debug)]
pub struct File {
    /// Its name.
    pub name: String,
    /// All its bytes, from the magic ones on.
    pub bytes: Vec<u8>,
    /// Newest GTID before it.
    pub gtid_before: u64,
    /// Commit time of its first transaction.
    pub first_commit: Option<u64>,
    /// Offset of its first event behind the head.
    pub body: u64,
    /// Removed by the server.
    pub purged: bool,
    /// The next file follows without a ROTATE, because the server crashed.
    pub crashed: bool,
}

/// All files, oldest first.
#[derive(Debug)]
pub struct Log {
    /// The files, those of servers before this one included.
    pub files: Vec<File>,
    /// What the names of this server's files begin with.
    pub name: String,
    /// Index of this server's first file.
    pub first: usize,
    /// Streams that wait at its end.
    pub waiting: Vec<Waker>,
}

impl Default for Log {
    fn default() -> Self {
        Self::new()
    }
}

impl Log {
    /// No files yet.
    #[must_use]
    pub fn new() -> Self {
        Self { files: Vec::new(), name: "binlog".to_owned(), first: 0, waiting: Vec::new() }
    }

    /// Name of the next file.
    fn next_name(&self) -> String {
        format!("{}.{:06}", self.name, self.files.len() - self.first + 1)
    }

    /// The file that is written to.
    ///
    /// # Panics
    /// When there is none yet.
    pub fn last(&mut self) -> &mut File {
        self.files.last_mut().expect("a log has a file")
    }

    /// File name and offset of the end.
    ///
    /// # Panics
    /// When there is no file yet.
    #[must_use]
    pub fn end(&self) -> (&str, u64) {
        let last = self.files.last().expect("a log has a file");
        (&last.name, last.bytes.len() as u64)
    }

    /// Index of a file, of this server where it has one of the name.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<usize> {
        self.files.iter().rposition(|file| file.name == name)
    }

    /// Wakes who waits for more.
    pub fn wake(&mut self) {
        self.waiting.drain(..).for_each(Waker::wake);
    }
}

impl Database {
    /// Appends an event to the newest file.
    pub(super) fn append(&mut self, kind: u8, timestamp: u32, body: &[u8]) {
        let (server_id, checksum) = (self.settings.server_id, self.settings.checksum);
        let file = self.log.last();
        let offset = file.bytes.len() as u64;
        file.bytes.extend(event::framed(kind, timestamp, server_id, offset, body, checksum));
    }

    /// Begins the next file with its head.
    pub fn begin_file(&mut self, now: u64) {
        let (seconds, dialect) = ((now / 1_000_000) as u32, self.settings.dialect);
        let name = self.log.next_name();
        self.log.files.push(File {
            name,
            bytes: MAGIC.to_vec(),
            gtid_before: self.gtid,
            first_commit: None,
            body: 0,
            purged: false,
            crashed: false,
        });
        let version = match dialect {
            Dialect::MySql | Dialect::Anonymous => "8.0.36",
            Dialect::Plain => "5.6.51-log",
            Dialect::MariaDb => "10.11.6-MariaDB-log",
            Dialect::BinlogService => "5.7.38",
        };
        let body = event::format_description(version, seconds, self.settings.checksum);
        self.append(number::FORMAT_DESCRIPTION, seconds, &body);
        match dialect {
            Dialect::MySql | Dialect::BinlogService => {
                let body = event::previous_gtids(&self.settings.uuid, self.gtid);
                self.append(number::PREVIOUS_GTIDS, seconds, &body);
            }
            Dialect::Anonymous => self.append(number::PREVIOUS_GTIDS, seconds, &0_u64.to_le_bytes()),
            Dialect::MariaDb => {
                let body = event::mariadb_gtid_list(self.settings.server_id, self.gtid);
                self.append(number::MARIADB_GTID_LIST, seconds, &body);
                self.append(number::MARIADB_CHECKPOINT, seconds, b"\x0d\0\0\0binlog.000001");
            }
            Dialect::Plain => {}
        }
        let file = self.log.last();
        file.body = file.bytes.len() as u64;
    }

    /// Ends the newest file with a ROTATE and begins the next one.
    pub fn rotate(&mut self, now: u64) {
        let next = self.log.next_name();
        self.append(number::ROTATE, (now / 1_000_000) as u32, &event::rotate(&next, 4));
        self.begin_file(now);
        self.log.wake();
    }
}
