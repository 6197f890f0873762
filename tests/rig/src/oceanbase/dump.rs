//! Serves COM_BINLOG_DUMP and COM_BINLOG_DUMP_GTID from the service's files.

use std::fs::File;
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::event::{self, Header, MAGIC, u16_at, u32_at, u64_at};
use super::gtid_set::GtidSet;
use super::packet::{EOF, error, frame};
use super::store::{Ahead, BinlogFile, Store};

const NON_BLOCK: u16 = 1;
/// Bytes read from a file at once.
const CHUNK: usize = 1 << 20;
/// A heartbeat follows so many events, wherever that falls: inside transactions, and between GTID
/// and BEGIN, since transactions of one row have five events.
const EVENTS_PER_HEARTBEAT: u32 = 64;
const NO_GTID: &str = "The requested gtid transaction no longer exists and may have been cleaned up";
const NO_FILE: &str = "failed to open binlog file";

/// What a client asks for.
#[derive(Debug)]
pub struct Request {
    flags: u16,
    position: u64,
    file: String,
    /// `None` when the dump is by file and position.
    done: Option<GtidSet>,
}

impl Request {
    /// Reads the body of a dump command, without its command byte.
    pub fn by_position(body: &[u8]) -> Result<Self> {
        ensure!(body.len() >= 10, "COM_BINLOG_DUMP is cut");
        Ok(Self {
            flags: u16_at(body, 4),
            position: u64::from(u32_at(body, 0)),
            file: String::from_utf8_lossy(&body[10..]).into_owned(),
            done: None,
        })
    }

    pub fn by_gtid(body: &[u8]) -> Result<Self> {
        ensure!(body.len() >= 10, "COM_BINLOG_DUMP_GTID is cut");
        let at = 10 + u32_at(body, 6) as usize;
        ensure!(body.len() >= at + 12, "COM_BINLOG_DUMP_GTID is cut");
        let length = u32_at(body, at + 8) as usize;
        let set = body.get(at + 12..at + 12 + length).context("COM_BINLOG_DUMP_GTID is cut")?;
        Ok(Self {
            flags: u16_at(body, 0),
            position: u64_at(body, at),
            // The service ignores the file name that a GTID dump may carry.
            file: String::new(),
            done: Some(GtidSet::parse(set)?),
        })
    }
}

/// What the session has set before.
#[derive(Debug)]
pub struct Settings {
    /// The first ROTATE carries a checksum; all else always does.
    pub rotate_checksum: bool,
    pub heartbeat: Duration,
    /// Folder that heartbeats name.
    pub server_folder: String,
}

/// One dump under way.
struct Dump<'a> {
    store: &'a Store,
    client: TcpStream,
    sequence: u8,
    settings: Settings,
    generation: u64,
    number: u32,
    offset: u64,
    seconds: u32,
    done: Option<GtidSet>,
    skipping: bool,
    since_heartbeat: u32,
    out: Vec<u8>,
}

/// Serves the dump until the client, the service or the file task ends it.
pub fn serve(store: &Store, client: TcpStream, request: Request, settings: Settings) -> Result<()> {
    let generation = store.generation();
    let (file, offset) = match begin(store, &request)? {
        Ok(begin) => begin,
        Err(text) => {
            let mut client = client;
            let mut out = Vec::new();
            frame(&mut out, &mut 1, &[&error(1236, "HY000", &text)]);
            return Ok(client.write_all(&out)?);
        }
    };
    let rotate = event::artificial_rotate(&file.name(), offset, settings.rotate_checksum);
    let mut dump = Dump {
        store,
        client,
        sequence: 1,
        settings,
        generation,
        number: file.number,
        offset: MAGIC.len() as u64,
        seconds: 0,
        done: request.done.filter(|set| !set.is_empty()),
        skipping: false,
        since_heartbeat: 0,
        out: Vec::with_capacity(2 * CHUNK),
    };
    dump.put(&rotate);
    let mut opened = open(&file)?;
    if offset > dump.offset {
        // The file's description, with its stored position, then straight to the place asked for.
        let mut head = vec![0; 4096];
        let length = opened.read_at(&mut head, dump.offset)?;
        let size = Header::read(&head[..length]).context("a file has no description")?.size;
        let description = head.get(..size).context("a file has no description")?.to_vec();
        dump.seconds = u32_at(&description, 0);
        dump.put(&description);
        dump.offset = offset;
    }
    dump.run(&mut opened, request.flags & NON_BLOCK != 0)
}

/// Finds where to begin; the inner error is the text for the client.
fn begin(store: &Store, request: &Request) -> Result<Result<(BinlogFile, u64), String>> {
    let first = MAGIC.len() as u64;
    if request.position < first {
        let text = format!(
            "Client requested master to start replication \"\n{}\"from position < 4.",
            " ".repeat(20)
        );
        return Ok(Err(text));
    }
    let files = store.files();
    let Some(oldest) = files.first() else {
        return Ok(Err(NO_FILE.to_owned()));
    };
    if let Some(done) = &request.done {
        if done.is_empty() {
            return Ok(Ok((oldest.clone(), first)));
        }
        if !done.has(store.uuid) {
            return Ok(Err(NO_GTID.to_owned()));
        }
        let file = files.iter().rev().find(|file| done.contains_up_to(store.uuid, file.previous));
        return Ok(file.map(|file| (file.clone(), first)).ok_or_else(|| NO_GTID.to_owned()));
    }
    let file = match request.file.as_str() {
        "" => oldest,
        name => match files.iter().find(|file| file.name() == name) {
            Some(file) => file,
            None => return Ok(Err(NO_FILE.to_owned())),
        },
    };
    if !is_boundary(file, request.position)? {
        let text = format!("The offset of the current subscription is illegal,offset:{}", request.position);
        return Ok(Err(text));
    }
    Ok(Ok((file.clone(), request.position)))
}

fn is_boundary(file: &BinlogFile, position: u64) -> Result<bool> {
    let opened = open(file)?;
    let mut at = MAGIC.len() as u64;
    let mut chunk = vec![0; CHUNK];
    while at < position && at < file.size {
        let length = opened.read_at(&mut chunk, at)?;
        let mut inside = 0;
        while let Some(header) = Header::read(&chunk[inside..length]) {
            if at + inside as u64 >= position {
                return Ok(at + inside as u64 == position);
            }
            inside += header.size;
            if inside >= length {
                break;
            }
        }
        ensure!(inside > 0, "{} is damaged at {at}", file.path.display());
        at += inside as u64;
    }
    Ok(at == position)
}

fn open(file: &BinlogFile) -> Result<File> {
    File::open(&file.path).with_context(|| format!("cannot open {}", file.path.display()))
}

impl Dump<'_> {
    fn run(&mut self, file: &mut File, non_block: bool) -> Result<()> {
        let mut chunk = Vec::new();
        loop {
            self.send()?;
            match self.store.ahead(self.number, self.offset, self.generation, self.settings.heartbeat) {
                Ahead::Bytes(size) => self.events(file, size, &mut chunk)?,
                Ahead::NextFile(next) => {
                    *file = open(&next)?;
                    self.number = next.number;
                    self.offset = MAGIC.len() as u64;
                    let rotate = event::artificial_rotate(&next.name(), self.offset, true);
                    self.put(&rotate);
                }
                Ahead::Idle => {
                    // Rows of a transaction that the client claims to have follow even so when it
                    // was only half there.
                    self.skipping = false;
                    if non_block {
                        self.put(&[]);
                        return self.send();
                    }
                    self.heartbeat();
                }
                Ahead::Gone => {
                    // The real service goes on with a few heartbeats, then closes without a word.
                    for _ in 0..3 {
                        self.heartbeat();
                    }
                    return self.send();
                }
            }
        }
    }

    /// Sends the whole events of one chunk.
    fn events(&mut self, file: &File, size: u64, chunk: &mut Vec<u8>) -> Result<()> {
        let mut wanted = (size - self.offset).min(CHUNK as u64) as usize;
        loop {
            chunk.resize(wanted, 0);
            file.read_exact_at(chunk, self.offset)?;
            let first = Header::read(chunk).context("a file ends inside an event")?;
            if first.size <= wanted {
                break;
            }
            wanted = first.size;
        }
        let mut at = 0;
        while let Some(header) = Header::read(&chunk[at..]) {
            let end = at + header.size;
            if end > chunk.len() {
                break;
            }
            self.offset += header.size as u64;
            self.event(header, &chunk[at..end]);
            at = end;
        }
        Ok(())
    }

    fn event(&mut self, header: Header, bytes: &[u8]) {
        if let Some(done) = &self.done {
            match header.kind {
                event::GTID => {
                    let number = u64_at(bytes, event::HEADER + 17);
                    self.skipping = done.contains(self.store.uuid, number);
                }
                event::ROTATE | event::FORMAT_DESCRIPTION | event::PREVIOUS_GTIDS => {
                    self.skipping = false;
                }
                _ => {}
            }
        }
        if self.skipping {
            return;
        }
        self.seconds = header.seconds;
        self.put(bytes);
        self.since_heartbeat += 1;
        if self.since_heartbeat == EVENTS_PER_HEARTBEAT {
            self.heartbeat();
        }
    }

    fn heartbeat(&mut self) {
        self.since_heartbeat = 0;
        let path = format!("{}/mysql-bin.{:06}", self.settings.server_folder, self.number);
        let beat = event::heartbeat(self.seconds, self.offset, &path);
        self.put(&beat);
    }

    /// Queues one event; an empty one stands for the end of a dump that does not wait.
    fn put(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            frame(&mut self.out, &mut self.sequence, &[&EOF]);
        } else {
            frame(&mut self.out, &mut self.sequence, &[&[0], bytes]);
        }
    }

    fn send(&mut self) -> Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        self.store.wait_while_paused();
        self.client.write_all(&self.out)?;
        self.out.clear();
        Ok(())
    }
}
