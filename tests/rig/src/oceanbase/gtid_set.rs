//! The set of transactions that a client says it has.

use anyhow::{Result, ensure};

use super::event::u64_at;

/// First number, and the number after the last.
type Interval = (u64, u64);

/// Intervals by server uuid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GtidSet {
    servers: Vec<([u8; 16], Vec<Interval>)>,
}

impl GtidSet {
    /// Reads the binary form of COM_BINLOG_DUMP_GTID.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let need = |at: usize| {
            ensure!(bytes.len() >= at, "the GTID set is cut");
            Ok(())
        };
        need(8)?;
        let mut at = 8;
        let mut servers = Vec::new();
        for _ in 0..u64_at(bytes, 0) {
            need(at + 24)?;
            let mut uuid = [0; 16];
            uuid.copy_from_slice(&bytes[at..at + 16]);
            let count = u64_at(bytes, at + 16);
            at += 24;
            let mut intervals = Vec::new();
            for _ in 0..count {
                need(at + 16)?;
                intervals.push((u64_at(bytes, at), u64_at(bytes, at + 8)));
                at += 16;
            }
            servers.push((uuid, intervals));
        }
        Ok(Self { servers })
    }

    pub fn is_empty(&self) -> bool {
        self.servers.is_empty()
    }

    pub fn has(&self, uuid: [u8; 16]) -> bool {
        self.servers.iter().any(|(server, _)| *server == uuid)
    }

    pub fn contains(&self, uuid: [u8; 16], number: u64) -> bool {
        self.intervals(uuid).any(|(begin, end)| *begin <= number && number < *end)
    }

    /// True when it holds all of `1..=last`.
    pub fn contains_up_to(&self, uuid: [u8; 16], last: u64) -> bool {
        last == 0 || self.intervals(uuid).any(|(begin, end)| *begin == 1 && last < *end)
    }

    fn intervals(&self, uuid: [u8; 16]) -> impl Iterator<Item = &Interval> {
        let server = self.servers.iter().filter(move |(server, _)| *server == uuid);
        server.flat_map(|(_, intervals)| intervals)
    }
}
