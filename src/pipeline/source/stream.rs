//! The open log stream: asks for it, keeps its deadlines, hands on raw events.
//! Knows no transactions and no tables.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use mysql_async::binlog::events::Event;
use mysql_async::prelude::Queryable;
use mysql_async::{BinlogStream, BinlogStreamRequest, Conn, Sid};
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use crate::model::datasource::{DatasourceKind, SourceEndpoint};
use crate::model::lang::Message;
use crate::pipeline::error::{ErrorKind, PipelineError, PipelineResult};
use crate::text::fault;

use super::assemble::RawEvent;
use super::connect::{connect_log, map_error};
use super::gtid::GtidSet;

/// How often the server shall say that it is there.
const HEARTBEAT: Duration = Duration::from_secs(3);
/// Silence after which the link counts as dead: any event counts, so three
/// missed heartbeats and a bit.
pub const SILENCE: Duration = Duration::from_secs(10);

/// Where a stream begins.
#[derive(Clone, Debug)]
pub enum StartAt {
    /// At an event boundary of a file.
    File(String, u64),
    /// Behind everything in this set.
    Gtids(GtidSet),
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
    first: Option<Event>,
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
            prepare(&mut conn, source.kind, who).await?;
            let mut request = BinlogStreamRequest::new(who.server_id).with_pos(4);
            if to_end {
                request = request.with_non_blocking();
            }
            let request = match start {
                StartAt::File(file, offset) => request.with_filename(file.as_bytes()).with_pos(*offset),
                // No file name: the service would fall through to that file.
                StartAt::Gtids(set) => request.with_gtid().with_gtid_set(sids(set)?),
            };
            conn.get_binlog_stream(request).await.map_err(|error| map_error(&error, fault::THE_SOURCE))
        };
        match timeout(SILENCE, setup).await {
            Ok(stream) => Ok(Self { stream: stream?, first: None }),
            Err(_) => Err(PipelineError::new(ErrorKind::SourceSilent, fault::DUMP_LATE)),
        }
    }

    /// Whether the server refuses the start: waits for the first event, which is
    /// kept for the next read when it is none.
    pub async fn refusal(&mut self) -> Option<PipelineError> {
        match self.next().await {
            Ok(event) => {
                self.first = Some(event);
                None
            }
            Err(error) => Some(error),
        }
    }

    /// The next event, if it has arrived already.
    pub fn try_next(&mut self) -> Option<PipelineResult<Event>> {
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        self.stream.next().now_or_never().map(settle)
    }

    /// Waits for the next event.
    ///
    /// # Errors
    /// Broken or ended stream, the server's refusal, silence beyond the deadline.
    pub async fn next(&mut self) -> PipelineResult<Event> {
        match timeout(SILENCE, self.stream.next()).await {
            Ok(item) => settle(item),
            Err(_) => Err(silent()),
        }
    }

    /// Waits for the next event without a deadline of its own; safe to cancel.
    ///
    /// # Errors
    /// Broken or ended stream, the server's refusal.
    pub async fn wait(&mut self) -> PipelineResult<Event> {
        settle(self.stream.next().await)
    }

    /// Gives the connection back without waiting long for the peer.
    pub async fn close(self) {
        if let Ok(Err(error)) = timeout(Duration::from_millis(500), self.stream.close()).await {
            log::debug!("closing the log stream: {error}");
        }
    }
}

/// The error for a link without any sign of life.
pub fn silent() -> PipelineError {
    let detail = Message::new(fault::NOTHING_FOR, &[&SILENCE.as_secs().to_string()]);
    PipelineError::new(ErrorKind::SourceSilent, detail)
}

fn settle(item: Option<Result<Event, mysql_async::Error>>) -> PipelineResult<Event> {
    match item {
        Some(Ok(event)) => Ok(event),
        Some(Err(error)) => Err(dump_error(&error)),
        None => Err(PipelineError::new(ErrorKind::SourceClosed, fault::END_OF_STREAM)),
    }
}

/// Error 1236 covers both a lost position and passing troubles; its text tells.
fn dump_error(error: &mysql_async::Error) -> PipelineError {
    let mut mapped = map_error(error, fault::THE_SOURCE);
    if let mysql_async::Error::Io(_) = error {
        mapped.kind = ErrorKind::SourceClosed;
    }
    if mapped.kind == ErrorKind::PositionPurged
        && let mysql_async::Error::Server(server) = error
    {
        let words = server.message.to_ascii_lowercase();
        let passing =
            ["same server_uuid", "same server_id", "max_allowed_packet", "log truncated in the middle"];
        if passing.iter().any(|text| words.contains(text)) {
            mapped.kind = ErrorKind::SourceClosed;
        }
    }
    mapped
}

/// User variables that the server looks at when the dump begins. One a
/// statement: the Binlog Service reads no more.
async fn prepare(conn: &mut Conn, kind: DatasourceKind, who: &Subscriber) -> PipelineResult<()> {
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
                let detail = Message::new(fault::GTID_SET, &[part, &error.to_string()]);
                PipelineError::new(ErrorKind::Internal, detail)
            })
        })
        .collect()
}

/// Header fields and body of an event, as the assembler reads them.
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
