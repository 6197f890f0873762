//! Bodies of the events around rows.

use super::Bytes;

/// Numbers of the event types that the model writes.
#[allow(missing_docs, reason = "the names are those of the protocol")]
pub mod number {
    pub const QUERY: u8 = 2;
    pub const STOP: u8 = 3;
    pub const INTVAR: u8 = 5;
    pub const ROTATE: u8 = 4;
    pub const FORMAT_DESCRIPTION: u8 = 15;
    pub const XID: u8 = 16;
    pub const TABLE_MAP: u8 = 19;
    pub const HEARTBEAT: u8 = 27;
    pub const ROWS_QUERY: u8 = 29;
    pub const GTID: u8 = 33;
    pub const ANONYMOUS_GTID: u8 = 34;
    pub const PREVIOUS_GTIDS: u8 = 35;
    pub const MARIADB_ANNOTATE: u8 = 160;
    pub const MARIADB_CHECKPOINT: u8 = 161;
    pub const MARIADB_GTID: u8 = 162;
    pub const MARIADB_GTID_LIST: u8 = 163;
}

/// Bytes of the header of every event.
pub const HEADER: usize = 19;

/// An event as it stands in a file: header, body, and room for a checksum.
#[must_use]
pub fn framed(kind: u8, timestamp: u32, server_id: u32, offset: u64, body: &[u8], checksum: bool) -> Vec<u8> {
    let size = HEADER + body.len() + if checksum { 4 } else { 0 };
    let mut out = Bytes::default();
    out.little(u64::from(timestamp), 4).little(u64::from(kind), 1).little(u64::from(server_id), 4);
    // The place behind it, of which only the lower half fits.
    out.little(size as u64, 4).little(offset + size as u64, 4).little(0, 2);
    out.raw(body);
    if checksum {
        out.raw(b"\xc5\xc5\xc5\xc5");
    }
    out.0
}

/// FORMAT_DESCRIPTION of a server version.
#[must_use]
pub fn format_description(version: &str, created: u32, checksum: bool) -> Vec<u8> {
    let mut out = Bytes::default();
    out.little(4, 2);
    let mut name = version.as_bytes().to_vec();
    name.resize(50, 0);
    out.raw(&name).little(u64::from(created), 4).little(HEADER as u64, 1);
    out.raw(&[56, 13, 0, 8, 0, 18, 0, 4, 4, 4, 4, 18, 0, 0, 95, 0, 4, 26, 8, 0, 0, 0, 8, 8, 8, 2, 0]);
    out.raw(&[0, 0, 10, 10, 10, 42, 42, 0, 18, 52, 0]).little(u64::from(checksum), 1);
    out.0
}

/// PREVIOUS_GTIDS of one server: the numbers 1 to `last`.
#[must_use]
pub fn previous_gtids(uuid: &[u8; 16], last: u64) -> Vec<u8> {
    let mut out = Bytes::default();
    out.little(1, 8).raw(uuid);
    if last == 0 {
        out.little(0, 8);
    } else {
        // Intervals end with the first number that is not in them.
        out.little(1, 8).little(1, 8).little(last + 1, 8);
    }
    out.0
}

/// GTID or ANONYMOUS_GTID as MySQL 5.7 and the Binlog Service write it; MySQL 8
/// adds the commit time.
#[must_use]
pub fn gtid(uuid: &[u8; 16], number: u64, clock: (u64, u64), commit_micros: Option<u64>) -> Vec<u8> {
    let mut out = Bytes::default();
    out.little(1, 1).raw(uuid).little(number, 8);
    out.little(2, 1).little(clock.0, 8).little(clock.1, 8);
    if let Some(micros) = commit_micros {
        // The length of the transaction and the server's version follow.
        out.little(micros, 7).lenenc(1000).little(80_400, 4);
    }
    out.0
}

/// MariaDB's GTID.
#[must_use]
pub fn mariadb_gtid(domain: u32, sequence: u64, standalone: bool) -> Vec<u8> {
    let mut out = Bytes::default();
    // A group commit id follows when the second flag is set; else six bytes stand idle.
    out.little(sequence, 8).little(u64::from(domain), 4).little(u64::from(standalone), 1).raw(&[0; 6]);
    out.0
}

/// MariaDB's GTID_LIST of one domain: everything before a file.
#[must_use]
pub fn mariadb_gtid_list(server: u32, last: u64) -> Vec<u8> {
    let mut out = Bytes::default();
    out.little(u64::from(last > 0), 4);
    if last > 0 {
        out.little(0, 4).little(u64::from(server), 4).little(last, 8);
    }
    out.0
}

/// A statement.
#[must_use]
pub fn query(database: &str, sql: &str) -> Vec<u8> {
    let mut out = Bytes::default();
    // Flags and the charset of the session, as a server logs them.
    let status = [0, 0, 0, 0, 0, 4, 45, 0, 45, 0, 83, 0];
    out.little(7, 4).little(0, 4).little(database.len() as u64, 1).little(0, 2);
    out.little(status.len() as u64, 2).raw(&status);
    out.raw(database.as_bytes()).little(0, 1).raw(sql.as_bytes());
    out.0
}

/// The next file and the offset in it.
#[must_use]
pub fn rotate(file: &str, offset: u64) -> Vec<u8> {
    let mut out = Bytes::default();
    out.little(offset, 8).raw(file.as_bytes());
    out.0
}

/// The end of a transaction.
#[must_use]
pub fn xid(number: u64) -> Vec<u8> {
    number.to_le_bytes().to_vec()
}
