//! Binlog events in the form that the Binlog Service writes them.

use std::fmt::Write as _;

pub const HEADER: usize = 19;
pub const CHECKSUM: usize = 4;
pub const SERVER_ID: u32 = 1_147_473_732;
pub const MAGIC: [u8; 4] = [0xfe, b'b', b'i', b'n'];
/// Every event carries it, and its checksum was computed with it.
const IN_USE: u16 = 1;
const ARTIFICIAL: u16 = 0x20;

pub const QUERY: u8 = 2;
pub const ROTATE: u8 = 4;
pub const FORMAT_DESCRIPTION: u8 = 15;
pub const XID: u8 = 16;
pub const TABLE_MAP: u8 = 19;
pub const HEARTBEAT: u8 = 27;
pub const WRITE_ROWS: u8 = 30;
pub const UPDATE_ROWS: u8 = 31;
pub const DELETE_ROWS: u8 = 32;
pub const GTID: u8 = 33;
pub const PREVIOUS_GTIDS: u8 = 35;

/// Offset of the flags in an event's header.
pub const FLAGS_AT: usize = 17;

const POST_HEADER_LENGTHS: [u8; 38] = [
    0x38, 0x0d, 0x00, 0x08, 0x00, 0x12, 0x00, 0x04, 0x04, 0x04, 0x04, 0x12, 0x00, 0x00, 0x5f, 0x00, 0x04,
    0x1a, 0x08, 0x00, 0x00, 0x00, 0x08, 0x08, 0x08, 0x02, 0x00, 0x00, 0x00, 0x0a, 0x0a, 0x0a, 0x2a, 0x2a,
    0x00, 0x12, 0x34, 0x00,
];

/// Where an event begins in its file and when its transaction was committed.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    pub seconds: u32,
    /// Offset in the file at which the event begins.
    pub at: u64,
}

/// Appends an event with header and checksum; `body` writes what is between.
pub fn append(out: &mut Vec<u8>, kind: u8, stamp: Stamp, body: impl FnOnce(&mut Vec<u8>)) {
    append_with(out, kind, stamp.seconds, IN_USE, true, Some(stamp.at), body);
}

fn append_with(
    out: &mut Vec<u8>,
    kind: u8,
    seconds: u32,
    flags: u16,
    checksum: bool,
    at: Option<u64>,
    body: impl FnOnce(&mut Vec<u8>),
) {
    let begin = out.len();
    out.extend_from_slice(&seconds.to_le_bytes());
    out.push(kind);
    out.extend_from_slice(&SERVER_ID.to_le_bytes());
    out.extend_from_slice(&[0; 8]);
    out.extend_from_slice(&flags.to_le_bytes());
    body(out);
    let size = out.len() - begin + if checksum { CHECKSUM } else { 0 };
    // Positions on the wire have 32 bits; files end long before that.
    let next = at.map_or(0, |at| (at + size as u64) as u32);
    out[begin + 9..begin + 13].copy_from_slice(&(size as u32).to_le_bytes());
    out[begin + 13..begin + 17].copy_from_slice(&next.to_le_bytes());
    if checksum {
        let sum = crc32fast::hash(&out[begin..]);
        out.extend_from_slice(&sum.to_le_bytes());
    }
}

/// The first event of a file; its checksum alone is computed without the in-use flag, which is set
/// while the file is written.
pub fn format_description(out: &mut Vec<u8>, seconds: u32) {
    let begin = out.len();
    let at = Some(MAGIC.len() as u64);
    append_with(out, FORMAT_DESCRIPTION, seconds, 0, true, at, |out| {
        out.extend_from_slice(&4u16.to_le_bytes());
        let mut version = [0; 50];
        version[..6].copy_from_slice(b"5.7.38");
        out.extend_from_slice(&version);
        out.extend_from_slice(&seconds.to_le_bytes());
        out.push(HEADER as u8);
        out.extend_from_slice(&POST_HEADER_LENGTHS);
        out.push(1);
    });
    out[begin + FLAGS_AT] = IN_USE as u8;
}

/// The transactions before this file: one uuid, `1..=last`, or no interval at all.
pub fn previous_gtids(out: &mut Vec<u8>, stamp: Stamp, uuid: [u8; 16], last: u64) {
    append(out, PREVIOUS_GTIDS, stamp, |out| {
        out.extend_from_slice(&1u64.to_le_bytes());
        out.extend_from_slice(&uuid);
        out.extend_from_slice(&u64::from(last > 0).to_le_bytes());
        if last > 0 {
            out.extend_from_slice(&1u64.to_le_bytes());
            out.extend_from_slice(&(last + 1).to_le_bytes());
        }
    });
}

/// The logical clock fields hold the commit time: seconds, then microseconds.
pub fn gtid(out: &mut Vec<u8>, stamp: Stamp, uuid: [u8; 16], number: u64, microseconds: u64) {
    append(out, GTID, stamp, |out| {
        out.push(1);
        out.extend_from_slice(&uuid);
        out.extend_from_slice(&number.to_le_bytes());
        out.push(2);
        out.extend_from_slice(&u64::from(stamp.seconds).to_le_bytes());
        out.extend_from_slice(&microseconds.to_le_bytes());
    });
}

/// A statement: `BEGIN` with an empty database, or DDL.
pub fn query(out: &mut Vec<u8>, stamp: Stamp, database: &[u8], text: &[u8]) {
    append(out, QUERY, stamp, |out| {
        out.extend_from_slice(&1u32.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        out.push(database.len() as u8);
        out.extend_from_slice(&[0; 2]);
        out.extend_from_slice(&12u16.to_le_bytes());
        out.extend_from_slice(&[0, 0, 0, 0, 0, 4, 0x2d, 0, 0x2d, 0, 0x53, 0]);
        out.extend_from_slice(database);
        out.push(0);
        out.extend_from_slice(text);
    });
}

pub fn xid(out: &mut Vec<u8>, stamp: Stamp, number: u64) {
    append(out, XID, stamp, |out| out.extend_from_slice(&number.to_le_bytes()));
}

/// The last event of a file.
pub fn rotate(out: &mut Vec<u8>, stamp: Stamp, next_file: &str) {
    append(out, ROTATE, stamp, |out| {
        out.extend_from_slice(&(MAGIC.len() as u64).to_le_bytes());
        out.extend_from_slice(next_file.as_bytes());
    });
}

/// What a dump begins with, and what it sends at each new file.
pub fn artificial_rotate(file: &str, position: u64, checksum: bool) -> Vec<u8> {
    let mut out = Vec::new();
    append_with(&mut out, ROTATE, 0, ARTIFICIAL, checksum, None, |out| {
        out.extend_from_slice(&position.to_le_bytes());
        out.extend_from_slice(file.as_bytes());
    });
    out
}

/// Names the position that the dump has reached; it is in no file.
pub fn heartbeat(seconds: u32, position: u64, path: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let length = HEADER + path.len() + CHECKSUM;
    // `append` adds the event's own length to where it begins.
    let at = position.wrapping_sub(length as u64);
    append_with(&mut out, HEARTBEAT, seconds, IN_USE, true, Some(at), |out| {
        out.extend_from_slice(path.as_bytes());
    });
    out
}

/// Header fields that readers of stored events need.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    pub seconds: u32,
    pub kind: u8,
    pub size: usize,
}

impl Header {
    /// `None` while fewer bytes than a header are there.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.len() < HEADER {
            return None;
        }
        Some(Self { seconds: u32_at(bytes, 0), kind: bytes[4], size: u32_at(bytes, 9) as usize })
    }
}

pub fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

pub fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

pub fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

pub fn uuid_text(uuid: [u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in uuid.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    const UUID: [u8; 16] =
        [0x8f, 0x0b, 0xd2, 0xaa, 0x3c, 0x5e, 0x11, 0xee, 0x9d, 0x41, 0x00, 0x16, 0x3e, 0x0a, 0x77, 0xf1];

    // The expected bytes are those that OBLogProxy 2.0.1 wrote.
    #[test]
    fn events_equal_the_real_service() {
        let mut out = Vec::new();
        format_description(&mut out, 1_700_100_036);
        assert!(hex(&out).starts_with("c47755650f440f6544770000007b00000001000400352e372e3338"));
        assert!(hex(&out).ends_with("2a2a001234000190cc7d6b"));
        let stamp = |at| Stamp { seconds: 1_700_100_000, at };
        let mut out = Vec::new();
        gtid(&mut out, stamp(178), UUID, 1, 999);
        assert_eq!(
            hex(&out),
            "a077556521440f654441000000f30000000100018f0bd2aa3c5e11ee9d4100163e0a77f1\
             010000000000000002a077556500000000e703000000000000a9fe4278"
        );
        let mut out = Vec::new();
        query(&mut out, stamp(243), b"", b"BEGIN");
        assert!(hex(&out).ends_with("042d002d00530000424547494e483aa025"));
        let mut out = Vec::new();
        xid(&mut out, stamp(693), 1);
        assert!(hex(&out).ends_with("010000000000000 0f9cf44d1".replace(' ', "").as_str()));
        let rotate = artificial_rotate("mysql-bin.000004", 27_420, true);
        assert!(hex(&rotate).ends_with("195a11aa"));
        let rotate = artificial_rotate("mysql-bin.000004", 27_420, false);
        assert_eq!(rotate.len(), 43);
        let beat = heartbeat(1_700_100_036, 27_420, "/tmp/obl/svc/run/obc/txns/data/mysql-bin.000004");
        assert!(hex(&beat).ends_with("434e725c8".get(1..).unwrap_or_default()));
    }
}
