//! How messages go to a broker: as a batch, in parts of one, or one by one. Knows no
//! rows; what an answer means is `code`'s.

use std::time::{Duration, Instant};

use bytes::Bytes;
use tidewire_engine::doors::{Queue, Stored};
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_engine::message::{self, MessageView};
use tidewire_words::Sentence;
use tokio::time::sleep;

use super::{RocketMq, Sending, held};
use crate::batch::Part;
use crate::code::{self, BUSY, STORED_BUT_SLOW, SUCCESS, refusal};
use crate::peer::Peer;
use crate::said_queue;
use crate::trace::Traced;
use crate::wire::frame::{Answer, Frame};
use crate::words::fault;

/// How often a busy broker is asked again before the project shows it.
const BUSY_TRIES: u32 = 8;

/// Milliseconds since 1970.
fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// A message that the broker refused, with its place, size and keys.
fn said_message(queue: &Queue, view: &MessageView<'_>) -> Sentence {
    let (number, size) = (queue.id.to_string(), view.bytes.len().to_string());
    let keys = message::property(view.properties, "KEYS").unwrap_or_default();
    Sentence::new(fault::MESSAGE, &[&queue.topic, &number, &size, keys])
}

impl RocketMq {
    /// Sends messages in as many requests as it takes; they are stored in their order.
    pub(super) async fn send_all(
        &self,
        queue: &Queue,
        messages: Bytes,
        count: usize,
    ) -> PipelineResult<Stored> {
        if self.sending != Sending::Batches {
            return self.send_singly(queue, &messages).await;
        }
        let (mut rest, mut left, mut stored) = (messages, count, None::<Stored>);
        loop {
            let part = self.batches.next(&queue.broker, &rest, left);
            let sent = if part.whole {
                self.send_part(queue, &part).await?
            } else {
                Some(self.send_singly(queue, &part.messages).await?)
            };
            // Refused for its size, it goes in smaller ones.
            let Some(sent) = sent else { continue };
            stored = Some(Stored { first: stored.map_or(sent.first, |stored| stored.first), ..sent });
            rest = rest.split_off(part.messages.len());
            left = left.saturating_sub(part.count);
            if rest.is_empty() {
                break;
            }
        }
        stored.ok_or_else(|| PipelineError::new(ErrorKind::Internal, fault::EMPTY_BATCH))
    }

    /// Sends a batch; `None` when the broker refuses it and may take it in parts.
    async fn send_part(&self, queue: &Queue, part: &Part) -> PipelineResult<Option<Stored>> {
        let broker = &queue.broker;
        match self.send_batch(queue, &part.messages).await {
            Err(error) if error.kind == ErrorKind::MessageRejected && part.count > 1 => {
                let length = part.messages.len();
                log::info!("broker {broker} refuses a batch of {length} bytes; it goes in parts: {error}");
                self.batches.refused(broker, length);
                Ok(None)
            }
            // The message is too large for this broker, or it takes no batches at all.
            Err(error) if error.kind == ErrorKind::MessageRejected => {
                let stored = self.send_singly(queue, &part.messages).await?;
                log::warn!("broker {broker} refuses batches; messages go singly from now on: {error}");
                self.batches.none(broker);
                Ok(Some(stored))
            }
            sent => {
                let count = i64::try_from(part.count).unwrap_or(i64::MAX);
                sent.map(|first| Some(Stored { first, last: first.saturating_add(count - 1) }))
            }
        }
    }

    async fn send_batch(&self, queue: &Queue, messages: &Bytes) -> PipelineResult<i64> {
        let way = self.way(queue)?;
        let make = |born| way.lane.batch(born, messages.clone(), self.remote.keys());
        self.send_until_clear(queue, &way.peer, make, None).await.map(|(offset, _)| offset)
    }

    async fn send_singly(&self, queue: &Queue, messages: &Bytes) -> PipelineResult<Stored> {
        let mut stored: Option<Stored> = None;
        for view in message::messages(messages) {
            let offset = self.send_one(queue, &view, messages.slice_ref(view.body)).await?;
            let first = stored.map_or(offset, |stored| stored.first);
            stored = Some(Stored { first, last: offset });
        }
        stored.ok_or_else(|| PipelineError::new(ErrorKind::Internal, fault::EMPTY_BATCH))
    }

    async fn send_one(&self, queue: &Queue, view: &MessageView<'_>, body: Bytes) -> PipelineResult<i64> {
        let properties = std::str::from_utf8(view.properties)
            .map_err(|_| PipelineError::new(ErrorKind::Internal, fault::NOT_TEXT))?;
        let way = self.way(queue)?;
        let make = |born| way.lane.single(born, properties, body.clone(), self.remote.keys());
        let (born, started) = (now(), Instant::now());
        let sent = self.send_until_clear(queue, &way.peer, make, Some(*view)).await;
        if let Some(tracer) = &*held(&self.tracer) {
            tracer.note(&Traced {
                group: &self.group,
                queue,
                view,
                born,
                took: started.elapsed(),
                broker: way.peer.address(),
                answer: sent.as_ref().ok().map(|(_, answer)| answer),
            });
        }
        sent.map(|(offset, _)| offset)
    }

    /// Sends; while the broker says that it is busy and has stored nothing, asks
    /// again.
    async fn send_until_clear(
        &self,
        queue: &Queue,
        peer: &Peer,
        make: impl Fn(i64) -> Frame,
        single: Option<MessageView<'_>>,
    ) -> PipelineResult<(i64, Answer)> {
        let mut tries = 0;
        loop {
            let answer = self.remote.store(self.caller, peer, make(now())).await?;
            let code = answer.code;
            if code == SUCCESS || STORED_BUT_SLOW.contains(&code) {
                if code != SUCCESS {
                    let remark = &answer.remark;
                    log::warn!("broker {} stored messages but says: {remark} (code {code})", queue.broker);
                }
                let offset = answer.number("queueOffset").ok_or_else(|| {
                    let detail = Sentence::new(fault::NO_OFFSET, &[peer.address()]);
                    PipelineError::new(ErrorKind::SinkUnreachable, detail)
                })?;
                return Ok((offset, answer));
            }
            tries += 1;
            if BUSY.contains(&code) && tries < BUSY_TRIES {
                sleep(Duration::from_millis(25 << tries)).await;
                continue;
            }
            let what =
                single.map_or_else(|| said_queue(queue, fault::QUEUE), |view| said_message(queue, &view));
            let mut error = refusal(code, &answer.remark, what);
            if single.is_some() && code::too_large(code, &answer.remark) {
                error.kind = ErrorKind::MessageTooLarge;
            }
            return Err(error);
        }
    }
}
