//! The open log stream: asks for it, keeps its deadlines, hands on raw events.
//! Knows no transactions and no tables.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use mysql_async::binlog::events::Event;
use mysql_async::prelude::Queryable;
use mysql_async::{BinlogStream, BinlogStreamRequest, Conn, Sid};
use sha2::{Digest, Sha256};
use tidewire_engine::doors::{Events, SILENCE, silent};
use tidewire_engine::endpoint::{DatasourceKind, SourceEndpoint};
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_engine::log::body::kind;
use tidewire_engine::log::domains::Domains;
use tidewire_engine::log::event::RawEvent;
use tidewire_engine::log::gtid::GtidSet;
use tidewire_words::Sentence;
use tokio::time::timeout;

use crate::connect::{connect_log, map_error};
use crate::words::fault;

/// How often the server shall say that it is there.
const HEARTBEAT: Duration = Duration::from_secs(3);

/// Where a stream begins.
#[derive(Clone, Debug)]
pub enum StartAt {
    /// At an event boundary of a file.
    File(String, u64),
    /// Behind everything in this set.
    Gtids(GtidSet),
    /// Behind everything before this position of MariaDB.
    Domains(Domains),
}

/// Who we are to the server. Two subscribers must never look alike.
#[derive(Clone, Debug)]
pub struct Subscriber {
    server_id: u32,
    uuid: String,
}

impl Subscriber {
    /// Derived from a stable name, so that a reconnect replaces the connection
    /// that the server has not given up yet.
    pub fn new(name: &str) -> Self {
        let digest: [u8; 32] = Sha256::digest(format!("tidewire subscriber {name}")).into();
        let (words, _) = digest.as_chunks::<4>();
        let word = |index: usize| words.get(index).map_or(0, |word| u32::from_be_bytes(*word));
        let hex = |index: usize| format!("{:08x}", word(index));
        let (b, c) = (hex(2), hex(3));
        let (b_head, b_tail) = b.split_at_checked(4).unwrap_or_default();
        let (c_head, c_tail) = c.split_at_checked(4).unwrap_or_default();
        Self {
            // Far from the small numbers that people give their servers.
            server_id: word(0) | 0x8000_0000,
            uuid: format!("{}-{b_head}-{b_tail}-{c_head}-{c_tail}{}", hex(1), hex(4)),
        }
    }
}

/// An open stream.
pub struct EventStream {
    stream: BinlogStream,
    current: Option<Event>,
    /// The current event was only looked at: the next move stays on it.
    held: bool,
    /// An event of the log itself has come: the server holds the place.
    begun: bool,
}

impl EventStream {
    /// Asks for the log from `start` on. A refusal of the start comes with the
    /// first event. With `to_end` the stream ends at the end of the log.
    ///
    /// # Errors
    /// Unreachable, refused, or timed out.
    pub async fn open(
        source: &SourceEndpoint,
        who: &Subscriber,
        start: &StartAt,
        to_end: bool,
    ) -> PipelineResult<Self> {
        let mut conn = connect_log(source).await?;
        let setup = async {
            prepare(&mut conn, source.kind, who, start).await?;
            let mut request = BinlogStreamRequest::new(who.server_id).with_pos(4);
            if to_end {
                request = request.with_non_blocking();
            }
            let request = match start {
                StartAt::File(file, offset) => request.with_filename(file.as_bytes()).with_pos(*offset),
                // No file name: the service would fall through to that file.
                StartAt::Gtids(set) => request.with_gtid().with_gtid_set(sids(set)?),
                // Told by a variable; the request says nothing.
                StartAt::Domains(_) => request,
            };
            conn.get_binlog_stream(request).await.map_err(|error| map_error(&error, fault::THE_SOURCE))
        };
        match timeout(SILENCE, setup).await {
            Ok(stream) => Ok(Self { stream: stream?, current: None, held: false, begun: false }),
            Err(_) => Err(PipelineError::new(ErrorKind::SourceSilent, fault::DUMP_LATE)),
        }
    }

    /// Whether the server refuses the start: waits for the first event, which
    /// comes with the next read when it is none.
    pub async fn refusal(&mut self) -> Option<PipelineError> {
        let error = self.advance().await.err();
        self.held = error.is_none();
        error
    }

    /// The next event.
    ///
    /// # Errors
    /// Broken or ended stream, the server's refusal, silence beyond the deadline.
    pub async fn next(&mut self) -> PipelineResult<RawEvent<'_>> {
        self.advance().await?;
        Ok(self.current())
    }

    async fn advance(&mut self) -> PipelineResult<()> {
        match timeout(SILENCE, poll_fn(|cx| self.poll_next(cx))).await {
            Ok(moved) => moved,
            Err(_) => Err(silent()),
        }
    }

    /// Gives the connection back without waiting long for the peer.
    pub async fn give_back(self) {
        if let Ok(Err(error)) = timeout(Duration::from_millis(500), self.stream.close()).await {
            log::debug!("closing the log stream: {error}");
        }
    }
}

impl Events for EventStream {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<PipelineResult<()>> {
        if std::mem::take(&mut self.held) {
            return Poll::Ready(Ok(()));
        }
        let moved = settle(ready!(self.stream.poll_next_unpin(cx)), self.begun);
        Poll::Ready(moved.map(|event| {
            self.begun |= !is_head(raw_event(&event));
            self.current = Some(event);
        }))
    }

    fn current(&self) -> RawEvent<'_> {
        self.current.as_ref().map_or_else(RawEvent::default, raw_event)
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, ()> {
        self.give_back().boxed()
    }
}

/// Whether an event is one that servers make up before they look at the place.
fn is_head(event: RawEvent<'_>) -> bool {
    event.kind == kind::FORMAT_DESCRIPTION || (event.kind == kind::ROTATE && event.log_pos == 0)
}

fn settle(item: Option<Result<Event, mysql_async::Error>>, begun: bool) -> PipelineResult<Event> {
    match item {
        Some(Ok(event)) => Ok(event),
        Some(Err(error)) => Err(dump_error(&error, begun)),
        None => Err(PipelineError::new(ErrorKind::SourceClosed, fault::END_OF_STREAM)),
    }
}

/// Error 1236 is for many things. Before the first event of the log itself it means
/// that the place can't be had, whatever the words: a log that was started anew has
/// other bytes there. Later it is passing.
fn dump_error(error: &mysql_async::Error, begun: bool) -> PipelineError {
    let mut mapped = map_error(error, fault::THE_SOURCE);
    if let mysql_async::Error::Io(_) = error {
        mapped.kind = ErrorKind::SourceClosed;
    }
    if let mysql_async::Error::Server(server) = error {
        if is_same_reader(&server.message) {
            mapped.kind = ErrorKind::SourceShared;
        } else if mapped.kind == ErrorKind::PositionPurged && begun && !is_gone(&server.message) {
            mapped.kind = ErrorKind::SourceClosed;
        }
    }
    mapped
}

/// Words of MySQL and MariaDB for a reader that has to go because another one with
/// its ids came.
fn is_same_reader(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    ["same server_uuid", "same server_id", "same server id"].iter().any(|text| words.contains(text))
}

/// Words for the log's end by removal, which a slow reader can meet at any time.
fn is_gone(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    ["could not find", "purged", "not open log file"].iter().any(|text| words.contains(text))
}

/// User variables that the server looks at when the dump begins. One a
/// statement: the Binlog Service reads no more.
async fn prepare(
    conn: &mut Conn,
    kind: DatasourceKind,
    who: &Subscriber,
    start: &StartAt,
) -> PipelineResult<()> {
    let period = HEARTBEAT.as_nanos();
    let mut statements = vec![
        format!("SET @master_heartbeat_period = {period}"),
        format!("SET @source_heartbeat_period = {period}"),
        format!("SET @slave_uuid = '{}'", who.uuid),
        format!("SET @replica_uuid = '{}'", who.uuid),
    ];
    if kind == DatasourceKind::Mariadb {
        // Without it MariaDB hides its GTID events behind made-up ones.
        statements.push("SET @mariadb_slave_capability = 4".to_owned());
    }
    if let StartAt::Domains(domains) = start {
        statements.push(format!("SET @slave_connect_state = '{domains}'"));
        // The number before the last transaction need not have been given out.
        statements.push("SET @slave_gtid_strict_mode = 0".to_owned());
        statements.push("SET @slave_gtid_ignore_duplicates = 0".to_owned());
    }
    for statement in statements {
        conn.query_drop(statement).await.map_err(|error| map_error(&error, fault::THE_SOURCE))?;
    }
    Ok(())
}

fn sids(set: &GtidSet) -> PipelineResult<Vec<Sid<'static>>> {
    set.to_string()
        .split(',')
        .filter(|part| !part.is_empty())
        .map(|part| {
            part.parse::<Sid<'static>>().map_err(|error| {
                let detail = Sentence::new(fault::GTID_SET, &[part, &error.to_string()]);
                PipelineError::new(ErrorKind::Internal, detail)
            })
        })
        .collect()
}

/// Header fields and body of an event, as the engine reads them.
pub fn raw_event(event: &Event) -> RawEvent<'_> {
    let header = event.header();
    RawEvent {
        kind: header.event_type_raw(),
        timestamp: header.timestamp(),
        server_id: header.server_id(),
        size: header.event_size(),
        log_pos: header.log_pos(),
        body: event.data(),
    }
}
