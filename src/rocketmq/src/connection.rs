//! One connection to a name server or broker: many requests in flight, each
//! answer found by its number. Knows no project, no code and no address.
//!
//! One task owns the socket; callers leave a frame and wait. Callers take turns:
//! whoever asks much waits behind itself, not before others.
//!
//! Invariants: a call that is dropped leaves nothing but what it has sent already;
//! every call ends, by its answer, by its time limit, or with the connection.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::buf::Chain;
use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::wire::frame::{self, Answer, Frame, Received};

/// How long a request may be without an answer, and writing one may stand still.
pub(crate) const CALL: Duration = Duration::from_secs(3);
/// How long a request to store messages may be without one. By default a broker
/// waits five seconds for its disk and three for its replica, and only then says
/// that they are late; who waits less never hears it.
pub(crate) const STORE: Duration = Duration::from_secs(6);
/// Requests that a server is given at once; what comes on top waits for an answer.
const IN_FLIGHT: usize = 256;
/// A connection that nobody used for this long is closed.
const IDLE: Duration = Duration::from_mins(1);
/// How often time limits are looked at.
const LOOK: Duration = Duration::from_millis(250);
/// How long an orderly end may take.
const FAREWELL: Duration = Duration::from_millis(500);
/// What is read at once, at least.
const READ: usize = 64 << 10;

/// Why a connection, or one call of it, ended without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The peer, or the network, closed it; with the system's words, if any.
    Closed(Option<String>),
    /// No answer in time.
    Late,
    /// What came is no frame; it began with these bytes.
    NoFrame([u8; 2]),
    /// It was closed from here, and this call was not sent.
    Unsent,
}

struct Waiter {
    answer: oneshot::Sender<Result<Answer, Lost>>,
    /// When its frame went out, or began to.
    sent: Option<Instant>,
    /// How long it may be without an answer then.
    limit: Duration,
}

#[derive(Default)]
struct Calls {
    ended: Option<Lost>,
    closing: bool,
    /// Frames of each caller, the one whose turn it is in front.
    queued: VecDeque<(u64, VecDeque<(i32, Frame)>)>,
    waiting: HashMap<i32, Waiter>,
    in_flight: usize,
    last: i32,
}

impl Calls {
    fn push(&mut self, caller: u64, mut frame: Frame, waiter: Waiter) -> i32 {
        let opaque = loop {
            self.last = self.last.checked_add(1).unwrap_or(1);
            if !self.waiting.contains_key(&self.last) {
                break self.last;
            }
        };
        frame.number(opaque);
        self.waiting.insert(opaque, waiter);
        match self.queued.iter_mut().find(|(other, _)| *other == caller) {
            Some((_, frames)) => frames.push_back((opaque, frame)),
            None => self.queued.push_back((caller, VecDeque::from([(opaque, frame)]))),
        }
        opaque
    }

    fn pop(&mut self) -> Option<(i32, Frame)> {
        if self.in_flight >= IN_FLIGHT {
            return None;
        }
        let (caller, mut frames) = self.queued.pop_front()?;
        let next = frames.pop_front();
        if !frames.is_empty() {
            self.queued.push_back((caller, frames));
        }
        let (opaque, frame) = next?;
        if let Some(waiter) = self.waiting.get_mut(&opaque) {
            waiter.sent = Some(Instant::now());
            self.in_flight += 1;
        }
        Some((opaque, frame))
    }

    fn take(&mut self, opaque: i32) -> Option<Waiter> {
        let waiter = self.waiting.remove(&opaque)?;
        if waiter.sent.is_some() {
            self.in_flight -= 1;
        } else {
            for (_, frames) in &mut self.queued {
                frames.retain(|(other, _)| *other != opaque);
            }
            self.queued.retain(|(_, frames)| !frames.is_empty());
        }
        Some(waiter)
    }
}

#[derive(Default)]
struct Shared {
    calls: Mutex<Calls>,
    wake: Notify,
}

impl Shared {
    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn deliver(&self, opaque: i32, answer: Result<Answer, Lost>) {
        // An answer to a call that was given up is no news.
        let waiter = self.calls().take(opaque);
        if let Some(waiter) = waiter
            && waiter.answer.send(answer).is_err()
        {
            log::trace!("an answer came for a call that was just dropped");
        }
    }

    fn end(&self, why: &Lost) {
        let waiting = {
            let mut calls = self.calls();
            calls.ended = Some(why.clone());
            calls.queued.clear();
            calls.in_flight = 0;
            std::mem::take(&mut calls.waiting)
        };
        for waiter in waiting.into_values() {
            let why = if waiter.sent.is_some() && *why == Lost::Unsent { &Lost::Closed(None) } else { why };
            drop(waiter.answer.send(Err(why.clone())));
        }
    }
}

/// An open connection; its task ends with it.
pub(crate) struct Connection {
    shared: Arc<Shared>,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// A call on its way; dropping it takes it back.
pub(crate) struct Call {
    shared: Arc<Shared>,
    opaque: i32,
    answer: oneshot::Receiver<Result<Answer, Lost>>,
}

impl Call {
    /// Waits for the answer.
    ///
    /// # Errors
    /// Unless it is [`Lost::Unsent`], it is unknown whether the request was
    /// carried out.
    pub(crate) async fn answer(mut self) -> Result<Answer, Lost> {
        (&mut self.answer).await.unwrap_or(Err(Lost::Closed(None)))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if self.shared.calls().take(self.opaque).is_some() {
            // There may be room for another one now.
            self.shared.wake.notify_one();
        }
    }
}

impl Connection {
    /// Takes over a stream.
    pub(crate) fn new(stream: impl AsyncRead + AsyncWrite + Send + 'static) -> Self {
        let shared = Arc::new(Shared::default());
        let task = tokio::spawn({
            let shared = Arc::clone(&shared);
            async move {
                let why = drive(stream, &shared).await;
                shared.end(&why);
            }
        });
        Self { shared, task: Mutex::new(Some(task)) }
    }

    /// Whether it still takes calls.
    pub(crate) fn is_open(&self) -> bool {
        let calls = self.shared.calls();
        calls.ended.is_none() && !calls.closing
    }

    /// Gives a frame to be sent, or back when the connection takes no more calls.
    /// Frames with the same caller's number stand in one line; lines take turns.
    /// The call ends when there is no answer for `limit`.
    pub(crate) fn begin(&self, caller: u64, frame: Frame, limit: Duration) -> Result<Call, Frame> {
        let (sender, answer) = oneshot::channel();
        let mut calls = self.shared.calls();
        if calls.closing || calls.ended.is_some() {
            return Err(frame);
        }
        let opaque = calls.push(caller, frame, Waiter { answer: sender, sent: None, limit });
        drop(calls);
        self.shared.wake.notify_one();
        Ok(Call { shared: Arc::clone(&self.shared), opaque, answer })
    }

    /// Ends it and waits until nothing of it is left.
    pub(crate) async fn close(&self) {
        self.shared.calls().closing = true;
        self.shared.wake.notify_one();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut task) = task
            && timeout(2 * FAREWELL, &mut task).await.is_err()
        {
            task.abort();
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            task.abort();
        }
    }
}

/// What is being written.
struct Outgoing {
    opaque: i32,
    bytes: Chain<Bytes, Bytes>,
    /// When bytes were last taken.
    moved: Instant,
}

/// Moves bytes in both directions until there is a reason to end.
async fn drive(stream: impl AsyncRead + AsyncWrite, shared: &Shared) -> Lost {
    let (mut read, mut write) = tokio::io::split(stream);
    let mut input = BytesMut::new();
    let mut output: Option<Outgoing> = None;
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut heard, mut used) = (Instant::now(), Instant::now());
    let why = loop {
        if output.is_none() {
            let mut calls = shared.calls();
            if calls.closing {
                break Lost::Unsent;
            }
            output = calls.pop().map(|(opaque, frame)| {
                let bytes = Bytes::from(frame.head).chain(frame.body);
                Outgoing { opaque, bytes, moved: Instant::now() }
            });
        }
        input.reserve(READ);
        tokio::select! {
            arrived = read.read_buf(&mut input) => {
                (heard, used) = (Instant::now(), Instant::now());
                match arrived {
                    Ok(0) => break Lost::Closed(None),
                    Ok(_) => if let Err(why) = take_in(&mut input, shared) { break why },
                    Err(error) => break Lost::Closed(Some(error.to_string())),
                }
            }
            written = write_on(&mut write, &mut output), if output.is_some() => {
                used = Instant::now();
                match written {
                    Ok(None) => {}
                    Ok(Some(opaque)) => {
                        if let Some(waiter) = shared.calls().waiting.get_mut(&opaque) {
                            waiter.sent = Some(used);
                        }
                    }
                    Err(error) => break Lost::Closed(Some(error.to_string())),
                }
            }
            () = shared.wake.notified() => {}
            _ = looks.tick() => {
                if let Some(why) = look(shared, output.as_ref(), heard, used) { break why }
            }
        }
    };
    if why == Lost::Unsent {
        drop(timeout(FAREWELL, write.shutdown()).await);
    }
    why
}

/// Writes a part; gives the number of a frame that is out.
async fn write_on(
    write: &mut (impl AsyncWrite + Unpin),
    output: &mut Option<Outgoing>,
) -> std::io::Result<Option<i32>> {
    let Some(outgoing) = output else { return Ok(None) };
    if outgoing.bytes.has_remaining() {
        if write.write_buf(&mut outgoing.bytes).await? == 0 {
            return Err(std::io::ErrorKind::WriteZero.into());
        }
        outgoing.moved = Instant::now();
        if outgoing.bytes.has_remaining() {
            return Ok(None);
        }
    }
    // An encrypted stream may still hold some of it back.
    write.flush().await?;
    Ok(output.take().map(|outgoing| outgoing.opaque))
}

/// Hands out what has arrived whole.
fn take_in(input: &mut BytesMut, shared: &Shared) -> Result<(), Lost> {
    let begin = [0, 1].map(|at| input.get(at).copied().unwrap_or(0));
    while let Some(bytes) = frame::split(input).map_err(|_| Lost::NoFrame(begin))? {
        match frame::read(bytes).map_err(|_| Lost::NoFrame(begin))? {
            Received::Answer(opaque, answer) => shared.deliver(opaque, Ok(answer)),
            Received::Request => log::trace!("a server asked something that is not for producers of rows"),
        }
    }
    Ok(())
}

/// Ends calls whose time is up; says so when the connection is no good any more.
fn look(shared: &Shared, output: Option<&Outgoing>, heard: Instant, used: Instant) -> Option<Lost> {
    if output.is_some_and(|outgoing| outgoing.moved.elapsed() > CALL) {
        return Some(Lost::Late);
    }
    let writing = output.map(|outgoing| outgoing.opaque);
    let (idle, late) = {
        let calls = shared.calls();
        let late: Vec<(i32, Instant)> = calls
            .waiting
            .iter()
            .filter_map(|(opaque, waiter)| Some((*opaque, waiter.sent?, waiter.limit)))
            .filter(|(opaque, sent, limit)| Some(*opaque) != writing && sent.elapsed() > *limit)
            .map(|(opaque, sent, _)| (opaque, sent))
            .collect();
        (calls.waiting.is_empty(), late)
    };
    // Not one byte since it was asked: the peer is frozen or the way to it is gone.
    if late.iter().any(|(_, sent)| heard <= *sent) {
        return Some(Lost::Late);
    }
    for (opaque, _) in late {
        shared.deliver(opaque, Err(Lost::Late));
    }
    (idle && used.elapsed() > IDLE).then_some(Lost::Unsent)
}

#[cfg(test)]
#[path = "connection_test.rs"]
mod tests;
