//! The Binlog Service on its own port, with its habits.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;

use anyhow::{Context, Result};

use super::Shared;
use super::auth;
use super::dump::{self, Request};
use super::packet::{OK, Wire, error, frame};
use super::service::{self, Answer, Variables};

/// Serves a client until it leaves or does something that the service closes on.
pub fn serve(shared: Arc<Shared>, stream: TcpStream) -> Result<()> {
    if !shared.store.wait_while_paused() {
        return Ok(());
    }
    let mut wire = Wire::new(stream, 16 << 10)?;
    // Whoever logs in is let in; the password is never looked at.
    let login = auth::greet(&mut wire, "5.7.35-obs", auth::SERVICE)?;
    wire.write(&OK)?;
    let known = shared.names.is_tenant(&login.user);
    let mut variables = Variables::default();
    let mut request = Vec::new();
    loop {
        if wire.read(&mut request).is_err() || !shared.store.wait_while_paused() {
            return Ok(());
        }
        let (command, body) = request.split_first().context("an empty request")?;
        let packets = match command {
            // COM_QUIT gets OK, and the connection stays open.
            0x01 | 0x15 => vec![OK.to_vec()],
            0x03 => {
                let sql = String::from_utf8_lossy(body);
                match service::answer(&sql, &shared.store, &shared.names, &mut variables) {
                    Answer::Packets(packets) => packets,
                    Answer::Silence => continue,
                }
            }
            0x12 | 0x1e if !known => {
                vec![error(1236, "HY000", "failed to open binlog file")]
            }
            0x12 | 0x1e => {
                let dump = match command {
                    0x12 => Request::by_position(body)?,
                    _ => Request::by_gtid(body)?,
                };
                let settings = variables.dump_settings(&shared.names);
                return dump::serve(&shared.store, wire.stream.try_clone()?, dump, settings);
            }
            // COM_PING, COM_INIT_DB and the rest: closed without a word.
            _ => return Ok(()),
        };
        let mut out = Vec::new();
        for packet in &packets {
            frame(&mut out, &mut wire.sequence, &[packet]);
        }
        wire.stream.write_all(&out)?;
        if !known && matches!(command, 0x12 | 0x1e) {
            return Ok(());
        }
    }
}
