//! Turns MySQL 5.6's events into the Binlog Service's: one row per event, commit time in
//! microseconds in the GTID, no table-map metadata, transactions that never span files.

use std::collections::HashMap;

use anyhow::{Context, Result, bail, ensure};

use super::catalogue::Catalogue;
use super::event::{self, HEADER, Header, Stamp, u16_at, u64_at};
use super::row::{Table, lenenc};
use super::store::Writer;

/// Pending bytes beyond which events are written although more are waiting.
const FLUSH_AT: usize = 512 << 10;

/// A place in MySQL 5.6's own binlog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourcePosition {
    pub file: String,
    pub offset: u64,
}

/// The state of conversion between two events.
#[derive(Debug)]
pub struct Converter {
    pub writer: Writer,
    /// Where to go on reading MySQL 5.6.
    pub source: SourcePosition,
    /// Where the newest transaction begins there.
    transaction_source: SourcePosition,
    /// End of the last whole transaction in the newest file.
    whole: u64,
    file_limit: u64,
    uuid: [u8; 16],
    gno: u64,
    xid: u64,
    /// Commit time of the newest transaction: seconds, microseconds.
    commit: (u32, u64),
    commit_before: (u32, u64),
    in_transaction: bool,
    rows_in_transaction: u64,
    tables: HashMap<u64, Table>,
    catalogue: Catalogue,
    /// Stop for good after so many rows of one transaction, as a killed converter does.
    pub crash_after_rows: Option<u64>,
    pub crashed: bool,
    /// Changes when `source` jumps, so that events already on their way are dropped.
    pub epoch: u64,
}

impl Converter {
    pub fn new(writer: Writer, uuid: [u8; 16], file_limit: u64, catalogue: Catalogue) -> Self {
        let whole = writer.position();
        Self {
            writer,
            source: SourcePosition { file: String::new(), offset: 4 },
            transaction_source: SourcePosition::default(),
            whole,
            file_limit,
            uuid,
            gno: 0,
            xid: 0,
            commit: (0, 0),
            commit_before: (0, 0),
            in_transaction: false,
            rows_in_transaction: 0,
            tables: HashMap::new(),
            catalogue,
            crash_after_rows: None,
            crashed: false,
            epoch: 0,
        }
    }

    /// Makes everything converted so far visible.
    pub fn flush(&mut self) -> Result<()> {
        self.writer.flush(self.gno)
    }

    /// Takes one event of MySQL 5.6, its checksum cut off.
    pub fn event(&mut self, bytes: &[u8]) -> Result<()> {
        let header = Header::read(bytes).context("an event is cut")?;
        let body = &bytes[HEADER..];
        let next = u64::from(event::u32_at(bytes, 13));
        match header.kind {
            event::ROTATE => {
                ensure!(body.len() > 8, "ROTATE is cut");
                self.source.offset = u64_at(body, 0);
                self.source.file = String::from_utf8_lossy(&body[8..]).into_owned();
                return Ok(());
            }
            event::GTID => {
                self.transaction_source = self.source.clone();
                self.begin(header.seconds);
            }
            event::QUERY => self.query(body)?,
            event::TABLE_MAP => {
                ensure!(body.len() > 8, "TABLE_MAP is cut");
                self.table(body)?;
            }
            event::WRITE_ROWS | event::UPDATE_ROWS | event::DELETE_ROWS => {
                self.rows(header.kind, body)?;
            }
            event::XID => self.commit()?,
            // Row events of version 1 and LOAD DATA events would need another reader.
            5..=14 | 17 | 18 | 20..=26 => {
                bail!("MySQL 5.6 sent event type {}; is binlog_format ROW?", header.kind)
            }
            _ => {}
        }
        if next > 0 {
            self.source.offset = next;
        }
        if self.writer.pending.len() > FLUSH_AT {
            self.flush()?;
        }
        Ok(())
    }

    fn stamp(&self) -> Stamp {
        Stamp { seconds: self.commit.0, at: self.writer.position() }
    }

    fn begin(&mut self, seconds: u32) {
        self.gno += 1;
        self.commit_before = self.commit;
        // 5.6 knows whole seconds only. The microseconds are made up: growing, and the same
        // whenever the same transactions are converted.
        self.commit = if seconds > self.commit.0 {
            (seconds, 1_000 + self.gno * 37 % 1_000)
        } else {
            (self.commit.0, (self.commit.1 + 1 + self.gno % 5).min(999_999))
        };
        self.in_transaction = true;
        self.rows_in_transaction = 0;
        let (stamp, micros) = (self.stamp(), self.commit.1);
        event::gtid(&mut self.writer.pending, stamp, self.uuid, self.gno, micros);
    }

    fn query(&mut self, body: &[u8]) -> Result<()> {
        ensure!(body.len() > 13, "QUERY is cut");
        let database_length = usize::from(body[8]);
        let begin = 13 + usize::from(u16_at(body, 11));
        ensure!(body.len() > begin + database_length, "QUERY is cut");
        let database = &body[begin..begin + database_length];
        let text = &body[begin + database_length + 1..];
        let stamp = self.stamp();
        match text {
            b"BEGIN" => event::query(&mut self.writer.pending, stamp, b"", text),
            // Engines without transactions end theirs with a statement.
            b"COMMIT" | b"ROLLBACK" => self.commit()?,
            _ if text.starts_with(b"SAVEPOINT") || text.starts_with(b"ROLLBACK TO") => {}
            _ => {
                event::query(&mut self.writer.pending, stamp, database, text);
                self.end()?;
            }
        }
        Ok(())
    }

    fn table(&mut self, body: &[u8]) -> Result<()> {
        let id = table_id(body);
        if self.tables.get(&id).is_some_and(|table| table.is_described_by(body)) {
            return Ok(());
        }
        let mut table = Table::parse(body)?;
        let count = table.column_count();
        table.set_json(self.catalogue.json_columns(&table.database, &table.name, count)?);
        self.tables.insert(id, table);
        Ok(())
    }

    fn rows(&mut self, kind: u8, body: &[u8]) -> Result<()> {
        ensure!(body.len() > 10, "a row event is cut");
        let id = table_id(body);
        let table =
            self.tables.get(&id).with_context(|| format!("rows of table {id} without a TABLE_MAP"))?;
        let mut at = 8 + usize::from(u16_at(body, 8));
        let columns = lenenc(body, &mut at)? as usize;
        ensure!(columns == table.column_count(), "a row event and its TABLE_MAP differ");
        let map = columns.div_ceil(8);
        let images = if kind == event::UPDATE_ROWS { 2 } else { 1 };
        ensure!(body.len() >= at + map * images, "a row event is cut");
        let head_end = at + map * images;
        let first = &body[at..at + map];
        let second = &body[head_end - map..head_end];
        let count_and_maps = &body[8 + usize::from(u16_at(body, 8))..head_end];
        let mut at = head_end;
        let mut rewritten = Vec::new();
        while at < body.len() {
            let mut end;
            let row = if table.has_json() {
                rewritten.clear();
                end = table.copy_image(body, at, first, &mut rewritten)?;
                if images == 2 {
                    end = table.copy_image(body, end, second, &mut rewritten)?;
                }
                rewritten.as_slice()
            } else {
                end = table.image_end(body, at, first)?;
                if images == 2 {
                    end = table.image_end(body, end, second)?;
                }
                &body[at..end]
            };
            let out = &mut self.writer;
            let stamp = Stamp { seconds: self.commit.0, at: out.position() };
            event::append(&mut out.pending, event::TABLE_MAP, stamp, |out| {
                out.extend_from_slice(&table.body);
            });
            let stamp = Stamp { seconds: self.commit.0, at: out.position() };
            event::append(&mut out.pending, kind, stamp, |out| {
                out.extend_from_slice(&body[..6]);
                // One row: the statement ends here; no extra data.
                out.extend_from_slice(&[1, 0, 2, 0]);
                out.extend_from_slice(count_and_maps);
                out.extend_from_slice(row);
            });
            at = end;
            self.rows_in_transaction += 1;
            if self.crash_after_rows == Some(self.rows_in_transaction) {
                self.crash_after_rows = None;
                self.crashed = true;
                return Ok(());
            }
            if out.pending.len() > FLUSH_AT {
                out.flush(self.gno)?;
            }
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        self.xid += 1;
        let (stamp, number) = (self.stamp(), self.xid);
        event::xid(&mut self.writer.pending, stamp, number);
        self.end()
    }

    fn end(&mut self) -> Result<()> {
        self.in_transaction = false;
        if self.writer.position() >= self.file_limit {
            self.writer.rotate(self.commit.0, self.gno)?;
        }
        self.whole = self.writer.position();
        Ok(())
    }

    /// Begins a new file now (`FLUSH BINARY LOGS`); not inside a transaction.
    pub fn rotate(&mut self) -> Result<()> {
        ensure!(!self.in_transaction, "the service rotates only between transactions");
        self.writer.rotate(self.commit.0, self.gno)?;
        self.whole = self.writer.position();
        Ok(())
    }

    /// What a restarted converter does: cuts half a transaction off, ends the file, and reads that
    /// transaction again, under the same number, into the next file.
    pub fn restart(&mut self) -> Result<()> {
        self.writer.cut_back(self.whole)?;
        if self.in_transaction {
            self.gno -= 1;
            self.commit = self.commit_before;
            self.in_transaction = false;
            self.source = self.transaction_source.clone();
        }
        self.xid = 0;
        self.writer.rotate(self.commit.0, self.gno)?;
        self.whole = self.writer.position();
        self.crashed = false;
        self.epoch += 1;
        Ok(())
    }

    /// DROP and CREATE BINLOG: file and transaction numbers begin again under the same uuid.
    pub fn recreate(&mut self) -> Result<()> {
        if self.in_transaction {
            self.source = self.transaction_source.clone();
            self.in_transaction = false;
        }
        (self.gno, self.xid) = (0, 0);
        self.writer.recreate(self.commit.0)?;
        self.whole = self.writer.position();
        self.crashed = false;
        self.epoch += 1;
        Ok(())
    }
}

fn table_id(body: &[u8]) -> u64 {
    u64_at(body, 0) & 0xffff_ffff_ffff
}
