//! The engine's doors: everything outside of it, as traits. It knows no socket,
//! no SQL, no broker, no web page and no wall clock but through them.
//!
//! [`Source`] is the database whose changes are followed, [`Sink`] the broker
//! they go to, [`Store`] where places are kept, [`Clock`] the wall clock. The
//! engine waits for every call with what else it has to do, so each may be
//! dropped at any await; what that leaves behind is said at each call.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tidewire_words::Sentence;

use crate::checkpoint::{Checkpoint, SchemaVersion};
use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::identity::TableName;
use crate::log::continuity::Expected;
use crate::log::event::RawEvent;
use crate::log::transaction::Place;
use crate::project::StartPoint;
use crate::schema::TableSchema;
use crate::schema::dialect::Dialect;
use crate::words::fault;

/// The database whose changes a project follows. Calls may be dropped at any
/// await and leave nothing behind; each has a time limit of its own.
pub trait Source: Send + Sync + 'static {
    /// Whether the server can be followed, and what the engine has to know of it.
    ///
    /// Fails where it can't be reached (passing) or is not fit (definite).
    fn describe(&self) -> BoxFuture<'_, PipelineResult<SourceFacts>>;

    /// The place that a start point means now. Never lies behind a transaction
    /// that is committed after the call.
    fn locate(&self, start: StartPoint) -> BoxFuture<'_, PipelineResult<Place>>;

    /// The end of the log now: no transaction that is committed before the call
    /// lies behind it. Fails in passing when another server answers than the one that
    /// was described last: its files are not those that are read.
    fn end(&self) -> BoxFuture<'_, PipelineResult<LogEnd>>;

    /// What the catalogue shows of tables now, in the order asked for. A name
    /// without a table asks for the database: no columns, the collation of tables
    /// to come. Statements
    /// that are not in it are not in the log before a later [`Source::end`].
    fn schemas<'a>(&'a self, tables: &'a [TableName]) -> BoxFuture<'a, PipelineResult<Vec<Described>>>;

    /// Opens the log behind a place. A log that no longer holds the place, or
    /// does not continue it, is a definite error, never a stream from elsewhere.
    fn open<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, PipelineResult<OpenLog>>;

    /// Opens the log behind a place beside the one that is open, to look at what
    /// stands there: by names where the place has them, else at its file and offset.
    /// Where it began is told first.
    fn look_ahead<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, PipelineResult<Box<dyn Events>>>;
}

/// A table as the catalogue shows it, `None` when there is no such table; or why
/// it can't be followed.
pub type Described = PipelineResult<Option<TableSchema>>;

/// What the engine has to know of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceFacts {
    /// Whether names of tables compare without regard to case.
    pub folds_case: bool,
    /// Kind and version.
    pub dialect: Dialect,
}

/// The end of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEnd {
    /// Newest file.
    pub file: Arc<str>,
    /// The offset behind its last event.
    pub offset: u64,
}

impl LogEnd {
    /// Whether a place of the same log lies at this end or behind it. Files are
    /// told apart by the number that their names end in.
    #[must_use]
    pub fn is_reached(&self, file: &str, offset: u64) -> bool {
        let (own, other) = (numbered(&self.file), numbered(file));
        own.0 == other.0 && (other.1, offset) >= (own.1, self.offset)
    }

    /// Whether a place of the same log lies before this end.
    #[must_use]
    pub fn is_ahead_of(&self, file: &str, offset: u64) -> bool {
        numbered(&self.file).0 == numbered(file).0 && !self.is_reached(file, offset)
    }
}

/// A file's name without and with its number.
fn numbered(file: &str) -> (&str, u64) {
    let digits = file.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (name, number) = file.split_at_checked(file.len() - digits).unwrap_or((file, ""));
    (name, number.parse().unwrap_or(0))
}

/// An open log.
pub struct OpenLog {
    /// Its events.
    pub events: Box<dyn Events>,
    /// What comes once more so that the engine can see that the log continues it.
    pub expected: Option<Expected>,
    /// File and offset of the first event; an empty file where only the server
    /// knows, which then tells it first.
    pub from: (Arc<str>, u64),
}

/// Silence after which an open log counts as dead. A source asks its server for
/// a heartbeat three times as often, and a bit.
pub const SILENCE: Duration = Duration::from_secs(10);

/// The error for a link without any sign of life.
pub fn silent() -> PipelineError {
    let detail = Sentence::new(fault::NOTHING_FOR, &[&SILENCE.as_secs().to_string()]);
    PipelineError::new(ErrorKind::SourceSilent, detail)
}

/// The events of an open log, in order.
pub trait Events: Send {
    /// Moves to the next event. Fails for good: after an error the log has to be
    /// opened anew. Polling again after `Pending` loses nothing.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<PipelineResult<()>>;

    /// The event moved to last.
    fn current(&self) -> RawEvent<'_>;

    /// Gives the connection back, without waiting long for the peer.
    fn close(self: Box<Self>) -> BoxFuture<'static, ()>;
}

/// One message queue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Queue {
    /// Topic, without namespace.
    pub topic: Arc<str>,
    /// Broker name.
    pub broker: Arc<str>,
    /// Queue id on that broker.
    pub id: i32,
}

/// The broker that messages go to. Order is the engine's: it never has two
/// requests in flight for one queue, and a request that failed is not sent
/// anywhere else.
pub trait Sink: Send + Sync + 'static {
    /// Begins a run: connections may be made, and what an earlier run knew is
    /// forgotten. Fails where the broker refuses the project.
    fn open(&self) -> BoxFuture<'_, PipelineResult<()>>;

    /// The topic's queues that can be written to, sorted by broker name and id.
    fn queues<'a>(&'a self, topic: &'a str) -> BoxFuture<'a, PipelineResult<Vec<Queue>>>;

    /// Names of the brokers that are up.
    fn brokers(&self) -> BoxFuture<'_, PipelineResult<Vec<String>>>;

    /// Sends messages in wire form; returns where they were stored. After an
    /// error, or when the call is dropped, it is unknown which were stored, and
    /// some may still be stored later.
    fn send<'a>(
        &'a self,
        queue: &'a Queue,
        messages: Bytes,
        count: usize,
    ) -> BoxFuture<'a, PipelineResult<Stored>>;

    /// The offset behind the queue's last message.
    fn end_offset<'a>(&'a self, queue: &'a Queue) -> BoxFuture<'a, PipelineResult<i64>>;

    /// Whether every broker has sorted all it stored into its queues.
    fn is_settled(&self) -> BoxFuture<'_, PipelineResult<bool>>;

    /// Reads stored messages from an offset on: what one answer holds.
    fn read<'a>(&'a self, queue: &'a Queue, from: i64) -> BoxFuture<'a, PipelineResult<TailChunk>>;

    /// Ends a run: gives connections back.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// Where the messages of one request were stored. Others' may stand between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Offset of the first one.
    pub first: i64,
    /// Offset of the last one.
    pub last: i64,
}

/// A part of a queue's tail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TailChunk {
    /// Our messages in it.
    pub rows: Vec<TailRow>,
    /// Offset of the first message read, ours or not.
    pub first: Option<i64>,
    /// Messages read, ours and others'.
    pub count: u64,
    /// Offset to go on from.
    pub next: i64,
}

/// A stored message of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TailRow {
    /// Its offset.
    pub offset: i64,
    /// Whose it is.
    pub project: String,
    /// Its id.
    pub id: u128,
}

/// Checkpoints that are kept: a broker can lose what it confirmed in the last
/// minute, and a checkpoint is saved once a second at most. Told by number,
/// because clocks jump.
pub const CHECKPOINTS: u32 = 60;

/// Where checkpoints and schema versions live. One store a project; what it
/// can't do it says in both languages. A call that is dropped may still be
/// carried out.
pub trait Store: Send + Sync + 'static {
    /// All kept checkpoints, newest first.
    fn load(&self) -> BoxFuture<'_, Result<Vec<Checkpoint>, Sentence>>;

    /// Saves a checkpoint together with schema versions that became known
    /// since, in one transaction or not at all. Keeps the newest
    /// [`CHECKPOINTS`], and what they need of the versions. A version that is
    /// there already is replaced.
    fn save(
        &self,
        checkpoint: Checkpoint,
        schemas: Vec<SchemaVersion>,
    ) -> BoxFuture<'_, Result<(), Sentence>>;

    /// Forgets checkpoints newer than `to`, which was loaded before, and saves `now` as
    /// the newest, in one transaction or not at all: the broker lost messages that they
    /// count as stored. The versions that they brought are forgotten with them, but for
    /// definitions that wait.
    fn rewind(&self, to: Checkpoint, now: Checkpoint) -> BoxFuture<'_, Result<(), Sentence>>;

    /// All schema versions, oldest first.
    fn schemas(&self) -> BoxFuture<'_, Result<Vec<SchemaVersion>, Sentence>>;
}

/// The wall clock of this host. It may jump, in either direction, at any moment:
/// nothing that decides about rows may depend on it.
pub trait Clock: Send + Sync + 'static {
    /// Microseconds since 1970 (UTC).
    fn now_micros(&self) -> u64;

    /// Milliseconds since 1970 (UTC).
    fn now_millis(&self) -> u64 {
        self.now_micros() / 1000
    }
}
