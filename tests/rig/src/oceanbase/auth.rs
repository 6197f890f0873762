//! Login on both sides: as the server that clients see, and as the client of the servers behind.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, bail, ensure};
use sha1::{Digest, Sha1};

use super::event::u32_at;
use super::packet::{Wire, error, error_text, nul_text};

const LONG_PASSWORD: u32 = 1;
const FOUND_ROWS: u32 = 2;
const LONG_FLAG: u32 = 4;
const CONNECT_WITH_DB: u32 = 8;
const PROTOCOL_41: u32 = 0x200;
const TRANSACTIONS: u32 = 0x2000;
const SECURE_CONNECTION: u32 = 0x8000;
const MULTI_RESULTS: u32 = 0x2_0000;
const PS_MULTI_RESULTS: u32 = 0x4_0000;
const PLUGIN_AUTH: u32 = 0x8_0000;
const CONNECT_ATTRS: u32 = 0x10_0000;
const LENENC_AUTH: u32 = 0x20_0000;

/// What OBProxy offers here. No DEPRECATE_EOF, TLS, compression or multi statements, so that answers
/// of the servers behind can be passed on byte by byte.
pub const PROXY: u32 = LONG_PASSWORD
    | FOUND_ROWS
    | LONG_FLAG
    | CONNECT_WITH_DB
    | PROTOCOL_41
    | TRANSACTIONS
    | SECURE_CONNECTION
    | MULTI_RESULTS
    | PS_MULTI_RESULTS
    | PLUGIN_AUTH
    | CONNECT_ATTRS
    | LENENC_AUTH;
/// What the Binlog Service offers (recorded).
pub const SERVICE: u32 = 0x0008_c711;

const NATIVE: &str = "mysql_native_password";

/// A client's answer to the greeting.
#[derive(Debug)]
pub struct Login {
    pub user: String,
    pub database: Option<String>,
    pub found_rows: bool,
    scramble: [u8; 20],
    token: Vec<u8>,
}

impl Login {
    /// True when the client knows `password`.
    pub fn knows(&self, password: &str) -> bool {
        self.token == token(password, &self.scramble)
    }
}

/// Greets a client and reads who it is.
pub fn greet(wire: &mut Wire, version: &str, capabilities: u32) -> Result<Login> {
    static CONNECTION: AtomicU32 = AtomicU32::new(1);
    let number = CONNECTION.fetch_add(1, Ordering::Relaxed);
    let scramble = scramble(number);
    let mut greeting = vec![10];
    greeting.extend_from_slice(version.as_bytes());
    greeting.push(0);
    greeting.extend_from_slice(&number.to_le_bytes());
    greeting.extend_from_slice(&scramble[..8]);
    greeting.push(0);
    greeting.extend_from_slice(&capabilities.to_le_bytes()[..2]);
    greeting.extend_from_slice(&[33, 2, 0]);
    greeting.extend_from_slice(&capabilities.to_le_bytes()[2..]);
    greeting.push(21);
    greeting.extend_from_slice(&[0; 10]);
    greeting.extend_from_slice(&scramble[8..]);
    greeting.push(0);
    greeting.extend_from_slice(NATIVE.as_bytes());
    greeting.push(0);
    wire.sequence = 0;
    wire.write(&greeting)?;

    let mut answer = Vec::new();
    wire.read(&mut answer)?;
    ensure!(answer.len() > 32, "the client's login is cut");
    let flags = u32_at(&answer, 0);
    let mut at = 32;
    let user = nul_text(&answer, &mut at)?;
    let length = usize::from(*answer.get(at).context("the client's login is cut")?);
    let mut token = answer.get(at + 1..at + 1 + length).context("the client's login is cut")?.to_vec();
    at += 1 + length;
    let mut database = None;
    if flags & CONNECT_WITH_DB != 0 && at < answer.len() {
        database = Some(nul_text(&answer, &mut at)?).filter(|name| !name.is_empty());
    }
    let plugin = if flags & PLUGIN_AUTH != 0 && at < answer.len() {
        nul_text(&answer, &mut at)?
    } else {
        NATIVE.to_owned()
    };
    if plugin != NATIVE && capabilities == PROXY {
        let mut switch = vec![0xfe];
        switch.extend_from_slice(NATIVE.as_bytes());
        switch.push(0);
        switch.extend_from_slice(&scramble);
        switch.push(0);
        wire.write(&switch)?;
        wire.read(&mut token)?;
    }
    Ok(Login { user, database, found_rows: flags & FOUND_ROWS != 0, scramble, token })
}

/// The refusal that servers give to a wrong user, tenant or password.
pub fn refusal(login: &Login) -> Vec<u8> {
    let using = if login.token.is_empty() { "NO" } else { "YES" };
    let text = format!("Access denied for user '{}'@'127.0.0.1' (using password: {using})", login.user);
    error(1045, "28000", &text)
}

/// Logs in to a server behind the proxy.
pub fn log_in(wire: &mut Wire, user: &str, password: &str, found_rows: bool) -> Result<()> {
    let mut packet = Vec::new();
    wire.read(&mut packet)?;
    ensure!(packet.first() == Some(&10), "{}", error_text(&packet));
    let mut at = 1;
    nul_text(&packet, &mut at)?;
    let mut scramble = [0; 20];
    let rest = packet.get(at..at + 52).context("the server's greeting is cut")?;
    scramble[..8].copy_from_slice(&rest[4..12]);
    scramble[8..].copy_from_slice(&rest[31..43]);

    let mut flags = PROXY & !(CONNECT_WITH_DB | CONNECT_ATTRS | LENENC_AUTH);
    if !found_rows {
        flags &= !FOUND_ROWS;
    }
    let mut answer = flags.to_le_bytes().to_vec();
    answer.extend_from_slice(&(64u32 << 20).to_le_bytes());
    answer.push(45);
    answer.extend_from_slice(&[0; 23]);
    answer.extend_from_slice(user.as_bytes());
    answer.push(0);
    let secret = token(password, &scramble);
    answer.push(secret.len() as u8);
    answer.extend_from_slice(&secret);
    answer.extend_from_slice(NATIVE.as_bytes());
    answer.push(0);
    wire.write(&answer)?;
    wire.read(&mut packet)?;
    match packet.first() {
        Some(0) => Ok(()),
        Some(0xfe) => {
            let mut at = 1;
            nul_text(&packet, &mut at)?;
            let fresh = packet.get(at..at + 20).context("the server's request is cut")?;
            scramble.copy_from_slice(fresh);
            wire.write(&token(password, &scramble))?;
            wire.read(&mut packet)?;
            ensure!(packet.first() == Some(&0), "{}", error_text(&packet));
            Ok(())
        }
        _ => bail!("{}", error_text(&packet)),
    }
}

/// mysql_native_password: SHA1(password) XOR SHA1(scramble + SHA1(SHA1(password))).
fn token(password: &str, scramble: &[u8; 20]) -> Vec<u8> {
    if password.is_empty() {
        return Vec::new();
    }
    let once = Sha1::digest(password.as_bytes());
    let twice = Sha1::digest(once);
    let salted = Sha1::new().chain_update(scramble).chain_update(twice).finalize();
    once.iter().zip(salted).map(|(left, right)| left ^ right).collect()
}

/// Different for every connection; it guards nothing but a test, so it need not be secret.
fn scramble(number: u32) -> [u8; 20] {
    let digest = Sha1::digest(number.to_le_bytes());
    let mut bytes = [0; 20];
    for (byte, hash) in bytes.iter_mut().zip(digest) {
        *byte = b'!' + hash % 90;
    }
    bytes
}
