//! The model broker as the engine's [`Sink`].

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tidewire_engine::doors::{Queue, Sink, Stored, TailChunk, TailRow};
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_engine::message::parse_message_id;
use tokio::time::{Instant, sleep};

use super::{Broker, Pending, QueueName, wire};
use crate::Later;

/// How long a caller waits for a host that says nothing.
const CALL: Duration = Duration::from_secs(3);
/// Messages of one answer.
const CHUNK: usize = 7;

/// The engine's way to a broker.
#[derive(Clone, Debug)]
pub struct Door(pub Arc<Broker>);

fn unreachable(why: &str) -> PipelineError {
    PipelineError::new(ErrorKind::SinkUnreachable, format!("the model's {why}"))
}

fn name_of(queue: &Queue) -> QueueName {
    (queue.topic.to_string(), queue.broker.to_string(), queue.id)
}

impl Door {
    fn allowed(&self) -> PipelineResult<()> {
        if self.0.state().denied_until.is_some_and(|until| until > Instant::now()) {
            return Err(PipelineError::new(ErrorKind::SinkDenied, "the model refuses the account"));
        }
        Ok(())
    }

    /// Waits as long as the way takes; fails where the host does not answer.
    async fn reach(&self, broker: &str) -> PipelineResult<()> {
        let pause = self.0.state().random.below(10);
        if pause > 6 {
            sleep(Duration::from_millis(pause - 6)).await;
        }
        self.allowed()?;
        let (up, frozen) = {
            let state = self.0.state();
            let host = state.host(broker).ok_or_else(|| unreachable("route names no such host"))?;
            (host.up, host.frozen_until.filter(|until| *until > Instant::now()))
        };
        if !up {
            return Err(unreachable("host is down"));
        }
        if let Some(until) = frozen {
            if until > Instant::now() + CALL {
                sleep(CALL).await;
                return Err(unreachable("host says nothing"));
            }
            tokio::time::sleep_until(until).await;
        }
        Ok(())
    }

    async fn route(&self) -> PipelineResult<()> {
        let down = self.0.state().route_down_until.is_some_and(|until| until > Instant::now());
        if down {
            sleep(Duration::from_millis(20)).await;
            return Err(unreachable("name server is down"));
        }
        Ok(())
    }

    async fn send_all(&self, queue: &Queue, messages: Bytes, count: usize) -> PipelineResult<Stored> {
        self.allowed()?;
        let name = name_of(queue);
        let size = messages.len();
        let split = wire::split(&messages)
            .filter(|split| split.len() == count)
            .ok_or_else(|| PipelineError::new(ErrorKind::MessageRejected, "broken framing"))?;
        let (ticket, fate) = {
            let state = &mut *self.0.state();
            if !state.host(&name.1).is_some_and(|host| host.up) || !state.queues.contains_key(&name) {
                return Err(unreachable("host is down"));
            }
            state.tickets += 1;
            let longest = split.iter().map(|(body, properties)| body.len() + properties.len() + 22).max();
            state.longest = state.longest.max(longest.unwrap_or(0));
            let chances = state.chances;
            let fate = chances.fate(&mut state.random, count);
            if let Some(after) = fate.stored {
                let messages = split.into_iter().take(fate.count).collect();
                let due = Instant::now() + after;
                state.pending.push(Pending { ticket: state.tickets, due, queue: name.clone(), messages });
            }
            state.in_flight += size;
            state.most_in_flight = state.most_in_flight.max(state.in_flight);
            (state.tickets, fate)
        };
        log::debug!("send {ticket} of {count} to {name:?}: {fate:?}");
        let flight = Flight { door: self, size, ticket };
        sleep(fate.answered).await;
        if fate.well {
            self.wait_for(ticket).await;
        }
        drop(flight);
        let state = &mut *self.0.state();
        let first = state.done.remove(&ticket);
        match first.filter(|_| fate.well && state.host(&name.1).is_some_and(|host| host.up)) {
            Some(first) => {
                let stored = state.queues[&name].messages.clone();
                for index in stored.iter().skip(first as usize).take(count) {
                    state.records[*index].confirmed = true;
                }
                Ok(Stored { first, last: first + count as i64 - 1 })
            }
            None => {
                log::debug!("send {ticket} fails");
                Err(unreachable("host gave no answer"))
            }
        }
    }

    /// A frozen host answers late, up to the caller's patience.
    async fn wait_for(&self, ticket: u64) {
        let limit = Instant::now() + CALL;
        while Instant::now() < limit && !self.0.state().done.contains_key(&ticket) {
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Counts a request as in flight until it ends in any way. What it leaves behind
/// is stored soon or never.
struct Flight<'a> {
    door: &'a Door,
    size: usize,
    ticket: u64,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let state = &mut *self.door.0.state();
        state.in_flight -= self.size;
        let soon = Instant::now() + Duration::from_millis(self.ticket % 13 * 100);
        for pending in &mut state.pending {
            if pending.ticket == self.ticket {
                pending.due = pending.due.min(soon);
            }
        }
    }
}

impl Sink for Door {
    fn open(&self) -> Later<'_, PipelineResult<()>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn queues<'a>(&'a self, topic: &'a str) -> Later<'a, PipelineResult<Vec<Queue>>> {
        Box::pin(async move {
            self.route().await?;
            let state = self.0.state();
            let listed = |name: &str| state.host(name).is_some_and(|host| host.listed);
            let queues: Vec<Queue> = state
                .queues
                .keys()
                .filter(|(known, host, _)| known == topic && listed(host))
                .map(|(topic, host, id)| Queue {
                    topic: topic.as_str().into(),
                    broker: host.as_str().into(),
                    id: *id,
                })
                .collect();
            if queues.is_empty() {
                let known = state.queues.keys().any(|(known, ..)| known == topic);
                return Err(if known {
                    unreachable("hosts of the topic are down")
                } else {
                    PipelineError::new(ErrorKind::TopicMissing, topic)
                });
            }
            Ok(queues)
        })
    }

    fn brokers(&self) -> Later<'_, PipelineResult<Vec<String>>> {
        Box::pin(async move {
            self.route().await?;
            let state = self.0.state();
            Ok(state.hosts.iter().filter(|host| host.listed).map(|host| host.name.clone()).collect())
        })
    }

    fn send<'a>(
        &'a self,
        queue: &'a Queue,
        messages: Bytes,
        count: usize,
    ) -> Later<'a, PipelineResult<Stored>> {
        Box::pin(self.send_all(queue, messages, count))
    }

    fn end_offset<'a>(&'a self, queue: &'a Queue) -> Later<'a, PipelineResult<i64>> {
        Box::pin(async move {
            self.reach(&queue.broker).await?;
            let state = self.0.state();
            let held = state.queues.get(&name_of(queue)).ok_or_else(|| unreachable("queue is gone"))?;
            log::debug!("{queue:?} ends at {} - {}", held.messages.len(), held.hidden);
            Ok((held.messages.len() - held.hidden) as i64)
        })
    }

    fn is_settled(&self) -> Later<'_, PipelineResult<bool>> {
        Box::pin(async move {
            let names: Vec<String> = self.0.state().hosts.iter().map(|host| host.name.clone()).collect();
            for name in names {
                self.reach(&name).await?;
            }
            Ok(self.0.state().hosts.iter().all(|host| host.unsettled_until.is_none()))
        })
    }

    fn read<'a>(&'a self, queue: &'a Queue, from: i64) -> Later<'a, PipelineResult<TailChunk>> {
        Box::pin(async move {
            self.reach(&queue.broker).await?;
            let state = &mut *self.0.state();
            let held = state.queues.get(&name_of(queue)).ok_or_else(|| unreachable("queue is gone"))?;
            let visible = held.messages.len() - held.hidden;
            let from = (from.max(0) as usize).min(visible);
            let to = (from + CHUNK).min(visible);
            for index in &held.messages[from..to] {
                // Whoever has read a message knows of it as well as by an answer.
                state.records[*index].confirmed = true;
            }
            let ours = held.messages[from..to].iter().enumerate().filter_map(|(place, index)| {
                let properties = &state.records[*index].properties;
                let project = wire::property(properties, "TW_PROJECT")?.to_owned();
                let id = wire::property(properties, "UNIQ_KEY").and_then(parse_message_id)?;
                Some(TailRow { offset: (from + place) as i64, project, id })
            });
            Ok(TailChunk {
                rows: ours.collect(),
                first: (from < to).then_some(from as i64),
                count: (to - from) as u64,
                next: to as i64,
            })
        })
    }

    fn close(&self) -> Later<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}
