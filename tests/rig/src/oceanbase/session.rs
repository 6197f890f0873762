//! One client of the OBProxy side: login, then each request to whom it belongs.

use std::collections::HashMap;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;

use anyhow::{Context, Result};

use super::Shared;
use super::auth;
use super::backend::{Backend, Outcome, Shape};
use super::dump::{self, Request};
use super::event::u32_at;
use super::packet::{OK, Wire, error, frame};
use super::service::{self, Answer, Variables};
use super::statement::{Route, for_mysql56, route};

const IN_TRANSACTION: u16 = 1;
const AUTOCOMMIT: u16 = 2;

/// Version that OBProxy's greeting shows; the tenant's own comes from `SELECT VERSION()`.
const GREETING: &str = "5.7.25-OceanBase-proxy";

struct Session {
    shared: Arc<Shared>,
    wire: Wire,
    seekdb: Backend,
    mysql: Backend,
    /// Status of MySQL 5.6's last answer: in a transaction, autocommit.
    status: u16,
    variables: Variables,
    /// Statements prepared on both sides: the SQL engine's number, MySQL 5.6's number.
    prepared: HashMap<u32, u32>,
}

/// Serves a client until it leaves.
pub fn serve(shared: Arc<Shared>, stream: TcpStream) -> Result<()> {
    if !shared.store.wait_while_paused() {
        return Ok(());
    }
    let mut wire = Wire::new(stream, 16 << 10)?;
    let login = auth::greet(&mut wire, GREETING, auth::PROXY)?;
    let Some((user, password)) = shared.accounts.admit(&login, &shared.names) else {
        return Ok(wire.write(&auth::refusal(&login))?);
    };
    let found_rows = login.found_rows;
    let mut seekdb = Backend::connect("seekdb", shared.seekdb_port, &user, &password, found_rows)?;
    let mut mysql = Backend::connect("MySQL 5.6", shared.mysql_port, "root", "", found_rows)?;
    // Both sides must read times alike: +08:00 is OceanBase's default.
    let outcome = mysql.run("SET time_zone='+08:00', sql_mode='STRICT_TRANS_TABLES'")?;
    if let Some(database) = &login.database {
        if let Err(error_) = seekdb.run(&format!("USE `{database}`")) {
            return Ok(wire.write(&error(1049, "42000", &format!("{error_:#}")))?);
        }
        // System databases exist on the SQL engine's side only.
        let _ = mysql.run(&format!("USE `{database}`"));
    }
    wire.write(&OK)?;
    let mut session = Session {
        shared,
        wire,
        seekdb,
        mysql,
        status: outcome.status,
        variables: Variables::default(),
        prepared: HashMap::new(),
    };
    let mut request = Vec::new();
    loop {
        // A client that leaves without a word has left all the same.
        if session.wire.read(&mut request).is_err() {
            return Ok(());
        }
        if !session.shared.store.wait_while_paused() || !session.request(&request)? {
            return Ok(());
        }
    }
}

impl Session {
    /// False when the conversation is over.
    fn request(&mut self, request: &[u8]) -> Result<bool> {
        let (command, body) = request.split_first().context("an empty request")?;
        match command {
            0x01 => return Ok(false),
            0x02 => {
                let _ = self.mysql.ask(request, Shape::Results, None)?;
                self.read(request, Shape::Results)?;
            }
            0x03 => self.query(request, &String::from_utf8_lossy(body))?,
            0x04 => self.read(request, Shape::Fields)?,
            0x0e => self.reply(&OK)?,
            0x12 | 0x1e => {
                let dump = match command {
                    0x12 => Request::by_position(body)?,
                    _ => Request::by_gtid(body)?,
                };
                let settings = self.variables.dump_settings(&self.shared.names);
                let client = self.wire.stream.try_clone()?;
                dump::serve(&self.shared.store, client, dump, settings)?;
                return Ok(false);
            }
            0x15 => self.reply(&OK)?,
            0x16 => self.prepare(request, &String::from_utf8_lossy(body))?,
            0x17 => self.execute(request)?,
            0x18 | 0x19 => {
                let mut copy = request.to_vec();
                if self.for_mysql(&mut copy) {
                    self.mysql.ask(&copy, Shape::Silent, None)?;
                }
                self.seekdb.ask(request, Shape::Silent, None)?;
            }
            0x1a => self.read(request, Shape::Results)?,
            0x1f => {
                // Neither 5.6 nor the proxy's own variables have this command: begin anew.
                self.variables = Variables::default();
                let _ = self.mysql.run("ROLLBACK")?;
                let _ = self.seekdb.run("ROLLBACK")?;
                self.reply(&OK)?;
            }
            other => {
                let text = format!("command {other:#x} is not supported by the rig's proxy");
                self.reply(&error(1047, "08S01", &text))?;
            }
        }
        Ok(true)
    }

    fn query(&mut self, request: &[u8], sql: &str) -> Result<()> {
        match route(sql) {
            Route::Service => {
                let shared = self.shared.clone();
                if sql.to_ascii_uppercase().contains("FLUSH") {
                    shared.rotate()?;
                    return self.reply(&OK);
                }
                match service::answer(sql, &shared.store, &shared.names, &mut self.variables) {
                    Answer::Packets(packets) => self.replies(&packets),
                    Answer::Silence => Ok(()),
                }
            }
            Route::Read => self.read(request, Shape::Results),
            Route::Change => self.change(request, request),
            Route::Both => {
                let mapped = [&[3], for_mysql56(sql).as_bytes()].concat();
                let upper = sql.trim_start().to_ascii_uppercase();
                let outcome = self.mysql.ask(&mapped, Shape::Results, None)?;
                self.note(&outcome);
                match outcome.error {
                    // System databases exist on the SQL engine's side only.
                    Some(error) if !upper.starts_with("USE") => self.reply(&error),
                    _ if self.binlog_only() => self.reply(&OK),
                    _ => self.read(request, Shape::Results),
                }
            }
            Route::Session => {
                self.variables.set(sql, true);
                let outcome = self.mysql.ask(request, Shape::Results, None)?;
                self.note(&outcome);
                self.read(request, Shape::Results)
            }
        }
    }

    /// `SET @tidewire_binlog_only = 1`: changes go to MySQL 5.6 alone, for loading much data quickly.
    fn binlog_only(&self) -> bool {
        self.variables.get("tidewire_binlog_only") == Some("1")
    }

    fn note(&mut self, outcome: &Outcome) {
        if outcome.error.is_none() {
            self.status = outcome.status;
        }
    }

    fn read(&mut self, request: &[u8], shape: Shape) -> Result<()> {
        self.seekdb.ask(request, shape, Some(&mut self.wire.stream))?;
        Ok(())
    }

    /// Changes rows on both sides or on none.
    fn change(&mut self, for_mysql: &[u8], for_seekdb: &[u8]) -> Result<()> {
        if self.binlog_only() {
            let outcome = self.mysql.ask(for_mysql, Shape::Results, Some(&mut self.wire.stream))?;
            self.note(&outcome);
            return Ok(());
        }
        let alone = self.status & IN_TRANSACTION == 0 && self.status & AUTOCOMMIT != 0;
        if alone {
            self.mysql.run("BEGIN")?;
        }
        let outcome = self.mysql.ask(for_mysql, Shape::Results, None)?;
        if !alone {
            self.note(&outcome);
        }
        if let Some(error) = outcome.error {
            if alone {
                self.mysql.run("ROLLBACK")?;
            }
            return self.reply(&error);
        }
        // Kept back until MySQL 5.6 has committed.
        let mut answer = Vec::new();
        let outcome = self.seekdb.ask(for_seekdb, Shape::Results, Some(&mut answer))?;
        if alone {
            self.mysql.run(if outcome.error.is_none() { "COMMIT" } else { "ROLLBACK" })?;
        }
        Ok(self.wire.stream.write_all(&answer)?)
    }

    fn prepare(&mut self, request: &[u8], sql: &str) -> Result<()> {
        let mut number = None;
        if matches!(route(sql), Route::Change | Route::Both) {
            let outcome = self.mysql.ask(request, Shape::Prepared, None)?;
            if let Some(error) = outcome.error {
                return self.reply(&error);
            }
            number = outcome.statement;
        }
        let outcome = self.seekdb.ask(request, Shape::Prepared, Some(&mut self.wire.stream))?;
        if let (Some(seekdb), Some(mysql)) = (outcome.statement, number) {
            self.prepared.insert(seekdb, mysql);
        }
        Ok(())
    }

    fn execute(&mut self, request: &[u8]) -> Result<()> {
        let mut copy = request.to_vec();
        if self.for_mysql(&mut copy) {
            return self.change(&copy, request);
        }
        self.read(request, Shape::Results)
    }

    /// Puts MySQL 5.6's number into a request about a prepared statement; false if it has none.
    fn for_mysql(&self, request: &mut [u8]) -> bool {
        if request.len() < 5 {
            return false;
        }
        let number = self.prepared.get(&u32_at(request, 1));
        if let Some(number) = number {
            request[1..5].copy_from_slice(&number.to_le_bytes());
        }
        number.is_some()
    }

    fn reply(&mut self, packet: &[u8]) -> Result<()> {
        self.replies(&[packet.to_vec()])
    }

    fn replies(&mut self, packets: &[Vec<u8>]) -> Result<()> {
        let mut out = Vec::new();
        for packet in packets {
            frame(&mut out, &mut self.wire.sequence, &[packet]);
        }
        Ok(self.wire.stream.write_all(&out)?)
    }
}
