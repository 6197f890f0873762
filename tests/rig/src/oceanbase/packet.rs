//! MySQL packets on blocking sockets: reading, writing, splitting at 16 MB.

use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;

use anyhow::{Result, bail};

/// A packet of this length is continued in the next one.
pub const LONGEST: usize = 0xff_ffff;

/// One side's view of a connection.
#[derive(Debug)]
pub struct Wire {
    reader: BufReader<TcpStream>,
    pub stream: TcpStream,
    /// Sequence number of the next packet.
    pub sequence: u8,
}

impl Wire {
    pub fn new(stream: TcpStream, buffer: usize) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { reader: BufReader::with_capacity(buffer, stream.try_clone()?), stream, sequence: 0 })
    }

    /// True when the next packet is not in our hands yet, so reading may block.
    pub fn is_drained(&self) -> bool {
        self.reader.buffer().is_empty()
    }

    /// Appends one packet's payload to `into`; true when it is continued.
    pub fn read_part(&mut self, into: &mut Vec<u8>) -> io::Result<bool> {
        let mut head = [0; 4];
        self.reader.read_exact(&mut head)?;
        let length = usize::from(head[0]) | usize::from(head[1]) << 8 | usize::from(head[2]) << 16;
        self.sequence = head[3].wrapping_add(1);
        let begin = into.len();
        into.resize(begin + length, 0);
        self.reader.read_exact(&mut into[begin..])?;
        Ok(length == LONGEST)
    }

    /// Replaces `into` by the next whole payload.
    pub fn read(&mut self, into: &mut Vec<u8>) -> io::Result<()> {
        into.clear();
        while self.read_part(into)? {}
        Ok(())
    }

    /// Writes one payload as one or more packets.
    pub fn write(&mut self, payload: &[u8]) -> io::Result<()> {
        let mut out = Vec::with_capacity(payload.len() + 8);
        frame(&mut out, &mut self.sequence, &[payload]);
        self.stream.write_all(&out)
    }

    /// Starts a request: its packets count from 0.
    pub fn command(&mut self, payload: &[u8]) -> io::Result<()> {
        self.sequence = 0;
        self.write(payload)
    }
}

/// Appends `parts`, joined, as packets to `out`.
pub fn frame(out: &mut Vec<u8>, sequence: &mut u8, parts: &[&[u8]]) {
    let total: usize = parts.iter().map(|part| part.len()).sum();
    if total < LONGEST {
        head(out, sequence, total);
        for part in parts {
            out.extend_from_slice(part);
        }
        return;
    }
    let joined = parts.concat();
    let mut rest = joined.as_slice();
    loop {
        let length = rest.len().min(LONGEST);
        head(out, sequence, length);
        out.extend_from_slice(&rest[..length]);
        rest = &rest[length..];
        // A full last packet is followed by an empty one.
        if length < LONGEST {
            return;
        }
    }
}

fn head(out: &mut Vec<u8>, sequence: &mut u8, length: usize) {
    out.extend_from_slice(&(length as u32).to_le_bytes()[..3]);
    out.push(*sequence);
    *sequence = sequence.wrapping_add(1);
}

pub const OK: [u8; 7] = [0, 0, 0, 2, 0, 0, 0];
pub const EOF: [u8; 5] = [0xfe, 0, 0, 2, 0];

pub fn error(code: u16, state: &str, text: &str) -> Vec<u8> {
    let mut packet = vec![0xff];
    packet.extend_from_slice(&code.to_le_bytes());
    packet.push(b'#');
    packet.extend_from_slice(state.as_bytes());
    packet.extend_from_slice(text.as_bytes());
    packet
}

/// The text of an ERR packet.
pub fn error_text(packet: &[u8]) -> String {
    // Before the login is over there is no SQL state.
    let begin = if packet.get(3) == Some(&b'#') { 9 } else { 3 };
    let text = packet.get(begin..).unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

pub fn put_lenenc(out: &mut Vec<u8>, text: &[u8]) {
    match text.len() {
        length @ 0..=250 => out.push(length as u8),
        length @ 251..=0xffff => {
            out.push(0xfc);
            out.extend_from_slice(&(length as u16).to_le_bytes());
        }
        length => {
            out.push(0xfd);
            out.extend_from_slice(&(length as u32).to_le_bytes()[..3]);
        }
    }
    out.extend_from_slice(text);
}

/// Text up to the next NUL byte, moving past it.
pub fn nul_text(bytes: &[u8], at: &mut usize) -> Result<String> {
    let Some(rest) = bytes.get(*at..) else {
        bail!("a packet is cut");
    };
    let length = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
    *at += length + 1;
    Ok(String::from_utf8_lossy(&rest[..length]).into_owned())
}
