//! A connection to one of the servers behind the proxy, and the passing on of its answers.

use std::io::Write;
use std::net::TcpStream;

use anyhow::{Context, Result, bail, ensure};

use super::auth;
use super::event::u16_at;
use super::packet::{LONGEST, Wire, error_text};

const MORE_RESULTS: u16 = 8;

/// How the answers of a request are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// OK, ERR or result sets.
    Results,
    /// The answer to COM_STMT_PREPARE.
    Prepared,
    /// COM_FIELD_LIST: columns, then EOF.
    Fields,
    /// Nothing comes back.
    Silent,
}

/// What came back.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The ERR packet's payload, if the request failed.
    pub error: Option<Vec<u8>>,
    /// Statement id of a successful COM_STMT_PREPARE.
    pub statement: Option<u32>,
    /// Status flags of the last OK or EOF.
    pub status: u16,
}

#[derive(Debug)]
pub struct Backend {
    name: &'static str,
    wire: Wire,
}

impl Backend {
    pub fn connect(
        name: &'static str,
        port: u16,
        user: &str,
        password: &str,
        found_rows: bool,
    ) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))
            .with_context(|| format!("{name} does not answer on port {port}"))?;
        let mut wire = Wire::new(stream, 64 << 10)?;
        auth::log_in(&mut wire, user, password, found_rows).with_context(|| format!("login to {name}"))?;
        Ok(Self { name, wire })
    }

    /// Sends a statement whose answer nobody wants to see; fails when the server refuses it.
    pub fn run(&mut self, statement: &str) -> Result<Outcome> {
        let request = [&[3], statement.as_bytes()].concat();
        let outcome = self.ask(&request, Shape::Results, None)?;
        if let Some(error) = &outcome.error {
            bail!("{} refuses {statement}: {}", self.name, error_text(error));
        }
        Ok(outcome)
    }

    /// Sends a request and passes its answer to `client`, or drops it.
    pub fn ask<'a>(
        &'a mut self,
        request: &[u8],
        shape: Shape,
        client: Option<&'a mut dyn Write>,
    ) -> Result<Outcome> {
        self.wire.command(request).with_context(|| format!("{} is gone", self.name))?;
        if shape == Shape::Silent {
            return Ok(Outcome::default());
        }
        let mut relay = Relay { wire: &mut self.wire, client, out: Vec::new(), packet: Vec::new() };
        let outcome = relay.answer(shape).with_context(|| format!("{} is gone", self.name))?;
        relay.flush()?;
        Ok(outcome)
    }
}

struct Relay<'a> {
    wire: &'a mut Wire,
    client: Option<&'a mut dyn Write>,
    out: Vec<u8>,
    packet: Vec<u8>,
}

impl Relay<'_> {
    fn answer(&mut self, shape: Shape) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        match shape {
            Shape::Silent => return Ok(outcome),
            Shape::Fields => {
                self.rows(&mut outcome)?;
                return Ok(outcome);
            }
            Shape::Prepared => {
                self.next()?;
                if self.failed(&mut outcome) {
                    return Ok(outcome);
                }
                ensure!(self.packet.len() >= 9, "an answer is cut");
                outcome.statement = Some(super::event::u32_at(&self.packet, 1));
                let (columns, parameters) = (u16_at(&self.packet, 5), u16_at(&self.packet, 7));
                for count in [parameters, columns] {
                    if count > 0 {
                        self.rows(&mut outcome)?;
                    }
                }
                return Ok(outcome);
            }
            Shape::Results => {}
        }
        loop {
            self.next()?;
            if self.failed(&mut outcome) {
                return Ok(outcome);
            }
            if self.packet[0] == 0 {
                outcome.status = ok_status(&self.packet)?;
            } else {
                // Column definitions, then rows.
                self.rows(&mut outcome)?;
                self.rows(&mut outcome)?;
            }
            if outcome.error.is_some() || outcome.status & MORE_RESULTS == 0 {
                return Ok(outcome);
            }
        }
    }

    /// Packets up to EOF or ERR.
    fn rows(&mut self, outcome: &mut Outcome) -> Result<()> {
        if outcome.error.is_some() {
            return Ok(());
        }
        loop {
            let whole = self.next()?;
            if self.failed(outcome) {
                return Ok(());
            }
            if whole && self.packet[0] == 0xfe && self.packet.len() < 9 {
                outcome.status = u16_at(&self.packet, 3);
                return Ok(());
            }
        }
    }

    fn failed(&self, outcome: &mut Outcome) -> bool {
        if self.packet[0] != 0xff {
            return false;
        }
        outcome.error = Some(self.packet.clone());
        true
    }

    /// Reads one payload and passes its packets on; `packet` holds its first part.
    fn next(&mut self) -> Result<bool> {
        self.packet.clear();
        let mut more = self.wire.read_part(&mut self.packet)?;
        let whole = !more;
        self.pass()?;
        if more {
            let first = self.packet.clone();
            while more {
                self.packet.clear();
                more = self.wire.read_part(&mut self.packet)?;
                self.pass()?;
            }
            self.packet = first;
        }
        ensure!(!self.packet.is_empty(), "an empty answer");
        Ok(whole)
    }

    fn pass(&mut self) -> Result<()> {
        if self.client.is_none() {
            return Ok(());
        }
        debug_assert!(self.packet.len() <= LONGEST);
        let length = (self.packet.len() as u32).to_le_bytes();
        self.out.extend_from_slice(&length[..3]);
        self.out.push(self.wire.sequence.wrapping_sub(1));
        self.out.extend_from_slice(&self.packet);
        if self.out.len() > 256 << 10 {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        if let Some(client) = self.client.as_mut() {
            client.write_all(&self.out)?;
        }
        self.out.clear();
        Ok(())
    }
}

fn ok_status(packet: &[u8]) -> Result<u16> {
    let mut at = 1;
    super::row::lenenc(packet, &mut at)?;
    super::row::lenenc(packet, &mut at)?;
    ensure!(packet.len() >= at + 2, "an answer is cut");
    Ok(u16_at(packet, at))
}
