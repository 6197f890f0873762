//! The bodies of binlog events, read from raw bytes. Knows no connection and no
//! table of ours. Layouts: MySQL internals "binlog event"; MariaDB's GTID event
//! from its replication protocol pages.

use super::wire::{Malformed, Reader, Wire};

/// Binlog event type numbers that a reader has to know.
pub mod kind {
    #![allow(missing_docs, reason = "the names are those of the protocol")]
    pub const QUERY: u8 = 2;
    pub const EXECUTE_LOAD_QUERY: u8 = 18;
    pub const STOP: u8 = 3;
    pub const ROTATE: u8 = 4;
    pub const FORMAT_DESCRIPTION: u8 = 15;
    pub const XID: u8 = 16;
    pub const TABLE_MAP: u8 = 19;
    pub const INCIDENT: u8 = 26;
    pub const HEARTBEAT: u8 = 27;
    pub const WRITE_ROWS_V1: u8 = 23;
    pub const UPDATE_ROWS_V1: u8 = 24;
    pub const DELETE_ROWS_V1: u8 = 25;
    pub const WRITE_ROWS: u8 = 30;
    pub const UPDATE_ROWS: u8 = 31;
    pub const DELETE_ROWS: u8 = 32;
    pub const GTID: u8 = 33;
    pub const ANONYMOUS_GTID: u8 = 34;
    pub const PREVIOUS_GTIDS: u8 = 35;
    pub const XA_PREPARE: u8 = 38;
    pub const PARTIAL_UPDATE_ROWS: u8 = 39;
    pub const TRANSACTION_PAYLOAD: u8 = 40;
    pub const HEARTBEAT_V2: u8 = 41;
    pub const GTID_TAGGED: u8 = 42;
    pub const MARIADB_GTID: u8 = 162;
    pub const MARIADB_GTID_LIST: u8 = 163;
    pub const MARIADB_START_ENCRYPTION: u8 = 164;
    pub const MARIADB_QUERY_COMPRESSED: u8 = 165;
    pub const MARIADB_DELETE_ROWS_COMPRESSED: u8 = 171;
}

/// A GTID event: the start of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gtid {
    /// Server uuid.
    pub sid: [u8; 16],
    /// Number of the transaction.
    pub gno: u64,
    /// Logical clock; the Binlog Service puts the commit time's seconds here.
    pub last_committed: u64,
    /// Logical clock; the Binlog Service puts the microseconds here.
    pub sequence_number: u64,
    /// Commit time in microseconds, where the server writes it (MySQL 8).
    pub commit_micros: Option<u64>,
    /// The same on the server that committed it first, where that is another.
    pub original_micros: Option<u64>,
}

/// Reads a GTID or ANONYMOUS_GTID event.
pub fn gtid(body: &[u8]) -> Wire<Gtid> {
    const WHAT: &str = "GTID event";
    let mut reader = Reader::new(body);
    reader.u8(WHAT)?;
    let sid = reader.array::<16>(WHAT)?;
    let gno = reader.u64(WHAT)?;
    let mut gtid =
        Gtid { sid, gno, last_committed: 0, sequence_number: 0, commit_micros: None, original_micros: None };
    // MySQL 5.6 ends here.
    if reader.rest().len() >= 17 {
        reader.u8(WHAT)?;
        gtid.last_committed = reader.u64(WHAT)?;
        gtid.sequence_number = reader.u64(WHAT)?;
        if reader.rest().len() >= 7 {
            // The top bit tells that an original commit time follows.
            let micros = reader.uint(7, WHAT)?;
            gtid.commit_micros = Some(micros & !(1 << 55));
            if micros >> 55 == 1 {
                gtid.original_micros = Some(reader.uint(7, WHAT)?);
            }
        }
    }
    Ok(gtid)
}

/// MariaDB's GTID event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MariadbGtid {
    /// Sequence number in the domain.
    pub sequence: u64,
    /// Replication domain.
    pub domain: u32,
    /// The statement that follows stands alone (DDL): no BEGIN, no end.
    pub standalone: bool,
    /// The transaction is an XA PREPARE.
    pub prepared_xa: bool,
}

/// Reads a MariaDB GTID event.
pub fn mariadb_gtid(body: &[u8]) -> Wire<MariadbGtid> {
    const WHAT: &str = "MariaDB GTID event";
    let mut reader = Reader::new(body);
    let sequence = reader.u64(WHAT)?;
    let domain = reader.u32(WHAT)?;
    let flags = reader.u8(WHAT)?;
    Ok(MariadbGtid { sequence, domain, standalone: flags & 1 != 0, prepared_xa: flags & 0x40 != 0 })
}

/// A QUERY event: BEGIN, COMMIT, DDL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query<'a> {
    /// What the session said of itself, packed.
    pub status: &'a [u8],
    /// Default database.
    pub database: &'a [u8],
    /// Statement text as logged.
    pub sql: &'a [u8],
}

/// Reads a QUERY event.
pub fn query(body: &[u8]) -> Wire<Query<'_>> {
    statement(body, 0)
}

/// Reads the statement of an EXECUTE_LOAD_QUERY event: a QUERY event with a file
/// id, two places and a flag between its numbers and its texts.
pub fn load_query(body: &[u8]) -> Wire<Query<'_>> {
    statement(body, 4 + 4 + 4 + 1)
}

fn statement(body: &[u8], more: usize) -> Wire<Query<'_>> {
    const WHAT: &str = "QUERY event";
    let mut reader = Reader::new(body);
    reader.take(8, WHAT)?;
    let database_len = usize::from(reader.u8(WHAT)?);
    reader.u16(WHAT)?;
    let status_len = usize::from(reader.u16(WHAT)?);
    reader.take(more, WHAT)?;
    let status = reader.take(status_len, WHAT)?;
    let database = reader.take(database_len, WHAT)?;
    reader.u8(WHAT)?;
    Ok(Query { status, database, sql: reader.rest() })
}

/// What a session said of itself beside a statement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// `sql_mode`.
    pub sql_mode: u64,
    /// Number of the collation that the statement's own letters have.
    pub client_collation: Option<u16>,
    /// Number of the collation that utf8mb4 has when none is named (MySQL 8).
    pub utf8mb4_collation: Option<u16>,
}

/// Reads the packed variables of a QUERY event as far as they are known: MySQL's
/// `Query_event`, "status variables". What comes behind an unknown one is left.
pub fn session(status: &[u8]) -> Session {
    let mut session = Session::default();
    let mut reader = Reader::new(status);
    let _ends_at_unknown_ones = read_session(&mut reader, &mut session);
    session
}

fn read_session(reader: &mut Reader<'_>, session: &mut Session) -> Wire<()> {
    const WHAT: &str = "status variables of a QUERY event";
    while !reader.is_empty() {
        match reader.u8(WHAT)? {
            1 => session.sql_mode = reader.u64(WHAT)?,
            4 => {
                session.client_collation = Some(reader.u16(WHAT)?);
                reader.take(4, WHAT)?;
            }
            18 => session.utf8mb4_collation = Some(reader.u16(WHAT)?),
            // A catalogue name with an ending zero.
            2 => {
                reader.prefixed(1, WHAT)?;
                reader.take(1, WHAT)?;
            }
            5 | 6 => {
                reader.prefixed(1, WHAT)?;
            }
            // User and host.
            11 => {
                reader.prefixed(1, WHAT)?;
                reader.prefixed(1, WHAT)?;
            }
            // Databases, unless there are too many of them to be named.
            12 => {
                const TOO_MANY: u8 = 254;
                let count = reader.u8(WHAT)?;
                for _ in 0..if count == TOO_MANY { 0 } else { count } {
                    while reader.u8(WHAT)? != 0 {}
                }
            }
            code => match variable_size(code) {
                Some(size) => drop(reader.take(size, WHAT)?),
                None => return Ok(()),
            },
        }
    }
    Ok(())
}

/// Bytes of a variable of one size that is of no interest here; those from 128 on
/// are MariaDB's.
const fn variable_size(code: u8) -> Option<usize> {
    match code {
        16 | 19 | 20 => Some(1),
        7 | 8 => Some(2),
        13 | 128 => Some(3),
        0 | 3 | 10 => Some(4),
        9 | 17 | 129 => Some(8),
        _ => None,
    }
}

/// Reads a ROTATE event: next file and offset. The first artificial one can
/// carry four stray checksum bytes behind the name, and these can be anything,
/// also digits, dots and bytes that are no text.
pub fn rotate(body: &[u8]) -> Wire<(String, u64)> {
    const WHAT: &str = "ROTATE event";
    let mut reader = Reader::new(body);
    let offset = reader.u64(WHAT)?;
    let raw = reader.rest();
    let cut = raw.len().checked_sub(4).and_then(|length| raw.get(..length)).unwrap_or_default();
    let clean = if !is_log_name(raw) && is_log_name(cut) { cut } else { raw };
    let name = std::str::from_utf8(clean).map_err(|_| Malformed::new(WHAT))?;
    Ok((name.to_owned(), offset))
}

/// `prefix.number`: servers write the number with six digits, or more without a
/// leading zero.
fn is_log_name(raw: &[u8]) -> bool {
    let Some(dot) = raw.iter().rposition(|byte| *byte == b'.') else { return false };
    let digits = raw.get(dot + 1..).unwrap_or_default();
    digits.iter().all(u8::is_ascii_digit)
        && (digits.len() == 6 || digits.len() > 6 && digits.first() != Some(&b'0'))
}

/// Server version text of a FORMAT_DESCRIPTION event.
pub fn format_version(body: &[u8]) -> Wire<String> {
    const WHAT: &str = "FORMAT_DESCRIPTION event";
    let mut reader = Reader::new(body);
    reader.u16(WHAT)?;
    let raw = reader.take(50, WHAT)?;
    let end = raw.iter().position(|byte| *byte == 0).unwrap_or(raw.len());
    Ok(String::from_utf8_lossy(raw.get(..end).unwrap_or_default()).into_owned())
}

/// A TABLE_MAP event: what the rows that follow look like on the wire.
#[derive(Clone, Copy, Debug)]
pub struct TableMap<'a> {
    /// Number that rows events use for the table.
    pub table_id: u64,
    /// Database.
    pub database: &'a [u8],
    /// Table.
    pub table: &'a [u8],
    /// One type byte a column.
    pub types: &'a [u8],
    /// Type metadata, packed.
    pub metadata: &'a [u8],
    /// One bit a column, set where it may be NULL.
    pub nullable: &'a [u8],
    /// Optional metadata (MySQL 8): fields of type, length, value.
    pub optional: &'a [u8],
}

/// Reads a TABLE_MAP event.
pub fn table_map(body: &[u8]) -> Wire<TableMap<'_>> {
    const WHAT: &str = "TABLE_MAP event";
    let mut reader = Reader::new(body);
    let table_id = reader.uint(6, WHAT)?;
    reader.u16(WHAT)?;
    let database = reader.prefixed(1, WHAT)?;
    reader.u8(WHAT)?;
    let table = reader.prefixed(1, WHAT)?;
    reader.u8(WHAT)?;
    let columns = reader.lenenc_len(WHAT)?;
    let types = reader.take(columns, WHAT)?;
    let metadata_len = reader.lenenc_len(WHAT)?;
    let metadata = reader.take(metadata_len, WHAT)?;
    let nullable = reader.take(columns.div_ceil(8), WHAT)?;
    Ok(TableMap { table_id, database, table, types, metadata, nullable, optional: reader.rest() })
}

/// What a rows event does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowsKind {
    /// After images.
    Insert,
    /// Before and after images.
    Update,
    /// Before images and JSON differences.
    PartialUpdate,
    /// Before images.
    Delete,
}

/// A rows event of version 1 or 2.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// The table map that describes it.
    pub table_id: u64,
    /// What it does.
    pub kind: RowsKind,
    /// Number of columns.
    pub columns: usize,
    /// Bitmap of the columns in the first image.
    pub present: &'a [u8],
    /// Bitmap of the columns in the after image of an update.
    pub present_after: &'a [u8],
    /// The images.
    pub data: &'a [u8],
}

/// The kind of a rows event type number; `None` for other events.
pub fn rows_kind(event_type: u8) -> Option<RowsKind> {
    match event_type {
        kind::WRITE_ROWS | kind::WRITE_ROWS_V1 => Some(RowsKind::Insert),
        kind::UPDATE_ROWS | kind::UPDATE_ROWS_V1 => Some(RowsKind::Update),
        kind::DELETE_ROWS | kind::DELETE_ROWS_V1 => Some(RowsKind::Delete),
        kind::PARTIAL_UPDATE_ROWS => Some(RowsKind::PartialUpdate),
        _ => None,
    }
}

/// The table id of a rows event, without reading the rest.
pub fn rows_table_id(body: &[u8]) -> Wire<u64> {
    Reader::new(body).uint(6, "rows event")
}

/// Reads a rows event.
pub fn rows(event_type: u8, body: &[u8]) -> Wire<Rows<'_>> {
    const WHAT: &str = "rows event";
    let kind = rows_kind(event_type).ok_or(Malformed::new(WHAT))?;
    let mut reader = Reader::new(body);
    let table_id = reader.uint(6, WHAT)?;
    reader.u16(WHAT)?;
    if event_type >= kind::WRITE_ROWS {
        // The length counts itself.
        let extra = usize::from(reader.u16(WHAT)?).checked_sub(2).ok_or(Malformed::new(WHAT))?;
        reader.take(extra, WHAT)?;
    }
    let columns = reader.lenenc_len(WHAT)?;
    let bitmap = columns.div_ceil(8);
    let present = reader.take(bitmap, WHAT)?;
    let present_after = match kind {
        RowsKind::Update | RowsKind::PartialUpdate => reader.take(bitmap, WHAT)?,
        RowsKind::Insert | RowsKind::Delete => present,
    };
    Ok(Rows { table_id, kind, columns, present, present_after, data: reader.rest() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stray_checksums_behind_a_file_name_are_no_part_of_it() {
        for stray in [&b""[..], b"\xff\xfe\x80\x01", b"8\xffab", b"1234", b".123", b"12.4", b"\0..\x90"] {
            let body = [&4_u64.to_le_bytes()[..], b"mysql-bin.000007", stray].concat();
            assert_eq!(rotate(&body).ok(), Some(("mysql-bin.000007".to_owned(), 4)), "{stray:?}");
        }
        let body = [&4_u64.to_le_bytes()[..], b"logs.v2.1000000"].concat();
        assert_eq!(rotate(&body).ok(), Some(("logs.v2.1000000".to_owned(), 4)));
    }
}
