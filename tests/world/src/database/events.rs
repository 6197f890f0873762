//! An open log: reads the files' bytes event by event, makes up what servers
//! make up, and delivers late, in pieces, or not at all.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tidewire_engine::doors::Events;
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_engine::log::domains::Domains;
use tidewire_engine::log::event::RawEvent;
use tidewire_engine::log::gtid::GtidSet;
use tokio::time::{Instant, Sleep, sleep};

use super::Dialect;
use super::source::{Server, ServerState};
use crate::Later;
use crate::bytes::event::{self, HEADER, number};
use crate::random::Random;

/// How often an idle server says that it is there.
const HEARTBEAT: Duration = Duration::from_secs(3);

/// Where a stream begins.
#[derive(Clone, Debug)]
pub struct Begin {
    /// Index of the file.
    pub file: usize,
    /// Offset of the first event.
    pub offset: u64,
    /// Transactions that are left out.
    pub without: Option<Without>,
}

/// Transactions that a server leaves out, by their names.
#[derive(Clone, Debug)]
pub enum Without {
    /// MySQL and the Binlog Service.
    Set(GtidSet),
    /// MariaDB.
    Domains(Domains),
}

impl Without {
    /// Whether the transaction that this event begins is left out; `None`: it
    /// begins none.
    fn skips(&self, event: &Event) -> Option<bool> {
        let number = |at: usize| u64::from_le_bytes(event.body[at..at + 8].try_into().expect("eight bytes"));
        match (self, event.kind) {
            (Self::Set(set), number::GTID) => {
                let uuid = event.body[1..17].try_into().expect("sixteen bytes");
                Some(set.holds(uuid, number(17)))
            }
            (Self::Domains(domains), number::MARIADB_GTID) => Some(domains.holds(0, number(0))),
            (Self::Set(_) | Self::Domains(_), _) => None,
        }
    }
}

#[derive(Debug, Default)]
struct Event {
    kind: u8,
    timestamp: u32,
    server_id: u32,
    size: u32,
    log_pos: u32,
    body: Vec<u8>,
}

/// An open log.
pub struct Stream {
    server: Arc<Server>,
    number: u64,
    file: usize,
    offset: usize,
    without: Option<Without>,
    skipping: bool,
    made_up: VecDeque<Event>,
    current: Event,
    late: Option<Pin<Box<Sleep>>>,
    heartbeat: Pin<Box<Sleep>>,
    random: Random,
}

impl Stream {
    /// Opens as the stream of this number.
    #[must_use]
    pub fn new(server: Arc<Server>, number: u64, begin: Begin, random: Random) -> Self {
        let mut stream = Self {
            server,
            number,
            file: begin.file,
            offset: begin.offset as usize,
            without: begin.without,
            skipping: false,
            made_up: VecDeque::new(),
            current: Event::default(),
            late: None,
            heartbeat: Box::pin(sleep(HEARTBEAT)),
            random,
        };
        stream.announce(begin.offset);
        stream
    }

    /// The ROTATE that stands in no file, and the head of a file that is entered
    /// in the middle.
    fn announce(&mut self, offset: u64) {
        let server = Arc::clone(&self.server);
        let state = &*server.state();
        let file = &state.database.log.files[self.file];
        let server_id = state.database.settings.server_id;
        let body = event::rotate(&file.name, offset);
        let size = (HEADER + body.len()) as u32;
        let rotate = Event { kind: number::ROTATE, timestamp: 0, server_id, size, log_pos: 0, body };
        self.made_up.push_back(rotate);
        if offset > 4 {
            let mut head = read(state, self.file, 4).expect("every file has a head");
            // MySQL takes the place out; the service leaves it in.
            if state.database.settings.dialect != Dialect::BinlogService {
                head.log_pos = 0;
            }
            self.made_up.push_back(head);
        }
    }

    /// The next event of the files that is to be sent.
    fn next(&mut self, state: &ServerState) -> Option<Event> {
        loop {
            let Some(event) = read(state, self.file, self.offset) else {
                // A crashed server's next file follows without a word.
                let crashed = state.database.log.files.get(self.file)?.crashed;
                if !crashed || self.file + 1 >= state.database.log.files.len() {
                    return None;
                }
                self.enter_next(state);
                return self.made_up.pop_front();
            };
            self.offset += event.size as usize;
            match event.kind {
                number::ROTATE => {
                    self.skipping = false;
                    self.enter_next(state);
                }
                number::FORMAT_DESCRIPTION => self.skipping = false,
                _ => {
                    if let Some(skips) = self.without.as_ref().and_then(|without| without.skips(&event)) {
                        self.skipping = skips;
                    }
                }
            }
            if !self.skipping {
                return Some(event);
            }
        }
    }

    fn enter_next(&mut self, state: &ServerState) {
        self.file += 1;
        self.offset = 4;
        let file = &state.database.log.files[self.file];
        let body = event::rotate(&file.name, 4);
        let size = (HEADER + body.len()) as u32;
        let server_id = state.database.settings.server_id;
        self.made_up.push_back(Event {
            kind: number::ROTATE,
            timestamp: 0,
            server_id,
            size,
            log_pos: 0,
            body,
        });
    }

    fn beat(&mut self, state: &ServerState) -> Event {
        self.heartbeat = Box::pin(sleep(HEARTBEAT));
        let server_id = state.database.settings.server_id;
        let body = state.database.log.files[self.file].name.as_bytes().to_vec();
        let size = (HEADER + body.len()) as u32;
        let (timestamp, log_pos) = (self.current.timestamp, self.offset as u32);
        Event { kind: number::HEARTBEAT, timestamp, server_id, size, log_pos, body }
    }

    fn is_lost(&self, state: &ServerState) -> bool {
        let cut = state.database.log.files.get(self.file).is_none_or(|file| file.bytes.len() < self.offset);
        self.number <= state.faults.broken || cut
    }

    /// Draws how late the next event comes.
    fn draw_late(&mut self, permille: u64) {
        if self.random.permille(permille) {
            let millis = match self.random.below(20) {
                0 => self.random.range(1000..=4000),
                1..=4 => self.random.range(50..=400),
                _ => self.random.range(1..=20),
            };
            self.late = Some(Box::pin(sleep(Duration::from_millis(millis))));
        }
    }
}

fn read(state: &ServerState, file: usize, offset: usize) -> Option<Event> {
    let bytes = &state.database.log.files.get(file)?.bytes;
    let header = bytes.get(offset..offset + HEADER)?;
    let word = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"));
    let size = word(9);
    let tail = if state.database.settings.checksum { 4 } else { 0 };
    let body = bytes.get(offset + HEADER..offset + size as usize - tail)?.to_vec();
    Some(Event { kind: header[4], timestamp: word(0), server_id: word(5), size, log_pos: word(13), body })
}

impl Events for Stream {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<PipelineResult<()>> {
        if let Some(late) = &mut self.late {
            ready!(late.as_mut().poll(cx));
            self.late = None;
        }
        let server = Arc::clone(&self.server);
        let state = &mut *server.state();
        if self.is_lost(state) {
            let error = PipelineError::new(ErrorKind::SourceClosed, "the model broke the stream");
            return Poll::Ready(Err(error));
        }
        // A dead link says nothing at all, whatever happens at its other end.
        if self.number <= state.faults.silent {
            return Poll::Pending;
        }
        let service = state.database.settings.dialect == Dialect::BinlogService;
        let event = match self.made_up.pop_front() {
            Some(event) => Some(event),
            None if service && self.random.percent(5) => Some(self.beat(state)),
            None => self.next(state),
        };
        let event = match event {
            Some(event) => {
                // Idle time counts from the last event.
                self.heartbeat.as_mut().reset(Instant::now() + HEARTBEAT);
                event
            }
            None => {
                state.database.log.waiting.push(cx.waker().clone());
                ready!(self.heartbeat.as_mut().poll(cx));
                self.beat(state)
            }
        };
        self.current = event;
        self.draw_late(state.faults.late_permille);
        Poll::Ready(Ok(()))
    }

    fn current(&self) -> RawEvent<'_> {
        RawEvent {
            kind: self.current.kind,
            timestamp: self.current.timestamp,
            server_id: self.current.server_id,
            size: self.current.size,
            log_pos: self.current.log_pos,
            body: &self.current.body,
        }
    }

    fn close(self: Box<Self>) -> Later<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}
