//! XA transactions as servers write them: prepared in one transaction of the log,
//! ended in another.

use super::*;
use crate::identity::TableName;

/// A log that is read from its head on; `shop.t` is followed.
struct Log {
    assembler: Assembler,
    offset: u32,
}

impl Log {
    fn new() -> Self {
        let followed = Followed::new([TableName::new("shop", "t")], false);
        Self { assembler: Assembler::new(CommitClock::Standard, followed, "log.000001".into(), 4), offset: 4 }
    }

    /// What an event comes to, in a word.
    fn event(&mut self, kind: u8, body: &[u8]) -> Result<String, ErrorKind> {
        self.offset += 100;
        let event = RawEvent { kind, timestamp: 1, server_id: 1, size: 100, log_pos: self.offset, body };
        let (word, unbound) = match self.assembler.step(&event).map_err(|error| error.kind)? {
            Step::Commit(_) => ("commit".to_owned(), None),
            Step::CommitUnseen(_, id) => (format!("commit of {id}"), None),
            Step::Rollback(_) => ("rollback".to_owned(), None),
            Step::Rows(..) => ("rows".to_owned(), None),
            Step::Unbound(slot, map) => ("table".to_owned(), Some((slot, map.table_id))),
            Step::Nothing => (String::new(), None),
            other => (format!("{other:?}"), None),
        };
        if let Some((slot, table_id)) = unbound {
            self.assembler.bound(table_id, body, slot);
        }
        Ok(word)
    }

    fn say(&mut self, sql: &str) -> Result<String, ErrorKind> {
        let head = [0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0];
        self.event(kind::QUERY, &[&head[..], b"shop\0", sql.as_bytes()].concat())
    }

    /// One row of a table.
    fn row(&mut self, table: &str) -> Result<String, ErrorKind> {
        let length = u8::try_from(table.len()).unwrap();
        let id = [length, 0, 0, 0, 0, 0];
        let named = [&[length][..], table.as_bytes(), &[0]].concat();
        let map = [&id[..], &[1, 0], b"\x04shop\0", &named, &[1, 3, 0, 1]].concat();
        self.event(kind::TABLE_MAP, &map)?;
        self.event(kind::WRITE_ROWS_V1, &[&id[..], &[1, 0, 1, 0xff, 0xfe, 1, 0, 0, 0]].concat())
    }

    /// A transaction of MySQL without GTIDs.
    fn anonymous(&mut self) -> Result<String, ErrorKind> {
        self.event(kind::ANONYMOUS_GTID, &[0; 25])
    }

    /// A transaction of MariaDB.
    fn mariadb(&mut self, sequence: u8, flags: u8) -> Result<String, ErrorKind> {
        self.event(kind::MARIADB_GTID, &[sequence, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, flags, 0, 0, 0, 0, 0, 0])
    }
}

#[test]
fn xa_of_mysql_on_other_tables_passes() {
    let mut log = Log::new();
    for end in ["COMMIT", "ROLLBACK"] {
        log.anonymous().unwrap();
        log.say("XA START X'61',X'',1").unwrap();
        assert_eq!(log.row("other").as_deref(), Ok(""));
        log.say("XA END X'61',X'',1").unwrap();
        assert_eq!(log.event(kind::XA_PREPARE, &[0; 13]).as_deref(), Ok("commit"), "a group of its own");
        log.anonymous().unwrap();
        assert_eq!(log.say(&format!("XA {end} X'61',X'',1")), Ok(end.to_ascii_lowercase()));
    }
    // And what comes behind it is read as ever.
    log.anonymous().unwrap();
    log.say("BEGIN").unwrap();
    assert_eq!(log.row("t").as_deref(), Ok("rows"));
    assert_eq!(log.event(kind::XID, &[0; 8]).as_deref(), Ok("commit"));
}

#[test]
fn xa_of_mariadb_on_other_tables_passes() {
    let mut log = Log::new();
    log.mariadb(1, 0x4c).unwrap();
    assert_eq!(log.row("other").as_deref(), Ok(""));
    log.say("XA END X'61',X'62',3").unwrap();
    assert_eq!(log.event(kind::XA_PREPARE, &[0; 13]).as_deref(), Ok("commit"));
    log.mariadb(2, 0x8d).unwrap();
    assert_eq!(log.say("XA COMMIT X'61',X'62',3").as_deref(), Ok("commit"));
}

#[test]
fn rows_that_are_only_prepared_are_never_handed_on() {
    let mut log = Log::new();
    log.anonymous().unwrap();
    log.say("XA START X'61',X'',1").unwrap();
    assert_eq!(log.row("t"), Err(ErrorKind::XaTransaction));
    let mut log = Log::new();
    log.mariadb(1, 0x4c).unwrap();
    assert_eq!(log.row("t"), Err(ErrorKind::XaTransaction));
}

#[test]
fn an_end_without_its_begin_is_told() {
    let mut log = Log::new();
    log.mariadb(1, 0x8d).unwrap();
    assert_eq!(log.say("XA COMMIT X'61',X'',1").as_deref(), Ok("commit of X61,X,1"));
    log.mariadb(2, 0x8d).unwrap();
    assert_eq!(log.say("XA ROLLBACK X'62',X'',1").as_deref(), Ok("rollback"), "nothing is missing");
}

#[test]
fn what_is_committed_in_one_transaction_comes_with_it() {
    let mut log = Log::new();
    log.say("BEGIN").unwrap();
    assert_eq!(log.row("t").as_deref(), Ok("rows"));
    assert_eq!(log.say("XA COMMIT 'a'").as_deref(), Ok("commit"));
}
