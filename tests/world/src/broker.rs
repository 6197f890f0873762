//! The model broker: topics with queues on one or more hosts, and everything
//! that real ones do to messages. Reads only the framing of what it stores.

pub mod faults;
pub mod sink;
pub mod wire;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::random::Random;
use faults::Chances;

/// A queue's name: topic, host, number.
pub type QueueName = (String, String, i32);

/// A message that was stored at some time.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its queue.
    pub queue: QueueName,
    /// Body; empty for a message of somebody else.
    pub body: Bytes,
    /// Properties as on the wire.
    pub properties: Bytes,
    /// Whether its sender was told.
    pub confirmed: bool,
    /// Whether a restart lost it.
    pub lost: bool,
}

/// A queue.
#[derive(Debug, Default)]
struct Queue {
    /// Indexes into the records, one an offset.
    messages: Vec<usize>,
    /// How many of them stay out of sight until the host has sorted them in.
    hidden: usize,
}

/// A broker host.
#[derive(Debug)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Whether it runs.
    pub up: bool,
    /// Whether the route still names it.
    pub listed: bool,
    /// When it is up again.
    pub back: Option<Instant>,
    /// It answers nothing before this moment.
    pub frozen_until: Option<Instant>,
    /// It has messages to sort in until this moment.
    pub unsettled_until: Option<Instant>,
}

/// A request that the host has, but has not carried out yet.
#[derive(Debug)]
struct Pending {
    ticket: u64,
    due: Instant,
    queue: QueueName,
    messages: Vec<(Bytes, Bytes)>,
}

/// All of the broker's state.
#[derive(Debug)]
pub struct BrokerState {
    /// Everything that was ever stored, in order.
    pub records: Vec<Record>,
    /// Its hosts, sorted by name.
    pub hosts: Vec<Host>,
    /// The route can't be asked for before this moment.
    pub route_down_until: Option<Instant>,
    /// The account is refused before this moment.
    pub denied_until: Option<Instant>,
    /// How often what happens to a request.
    pub chances: Chances,
    /// Confirmed messages that a restart lost.
    pub lost_confirmed: u64,
    /// Restarts that lost any.
    pub losses: usize,
    /// Bytes of requests that wait for their answer, and the most of them at once.
    pub in_flight: usize,
    /// The most bytes that waited for their answers at once.
    pub most_in_flight: usize,
    /// Bytes of the longest message that was sent.
    pub longest: usize,
    queues: BTreeMap<QueueName, Queue>,
    pending: Vec<Pending>,
    /// First offset of what was stored for a request.
    done: BTreeMap<u64, i64>,
    tickets: u64,
    random: Random,
}

/// The broker behind its door.
#[derive(Debug)]
pub struct Broker {
    state: Mutex<BrokerState>,
}

impl Broker {
    /// A broker with so many hosts and no topics.
    #[must_use]
    pub fn new(hosts: usize, chances: Chances, random: Random) -> Self {
        let host = |number: usize| Host {
            name: format!("broker-{}", char::from(b'a' + number as u8)),
            up: true,
            listed: true,
            back: None,
            frozen_until: None,
            unsettled_until: None,
        };
        let state = BrokerState {
            records: Vec::new(),
            hosts: (0..hosts).map(host).collect(),
            route_down_until: None,
            denied_until: None,
            chances,
            lost_confirmed: 0,
            losses: 0,
            in_flight: 0,
            most_in_flight: 0,
            longest: 0,
            queues: BTreeMap::new(),
            pending: Vec::new(),
            done: BTreeMap::new(),
            tickets: 0,
            random,
        };
        Self { state: Mutex::new(state) }
    }

    /// Its state, with everything carried out that is due. Nobody holds it over
    /// an await.
    ///
    /// # Panics
    /// When a holder panicked.
    pub fn state(&self) -> MutexGuard<'_, BrokerState> {
        let mut state = self.state.lock().expect("no holder panicked");
        state.carry_out();
        state
    }
}

impl BrokerState {
    /// Gives every host this many queues of a topic, more than it had.
    pub fn add_queues(&mut self, topic: &str, each: i32) {
        for host in &self.hosts {
            let held = self.queues.keys().filter(|(known, name, _)| known == topic && *name == host.name);
            let first = held.count() as i32;
            for id in first..first + each {
                self.queues.insert((topic.to_owned(), host.name.clone(), id), Queue::default());
            }
        }
    }

    /// Somebody else writes into a queue.
    pub fn foreign(&mut self) {
        let names: Vec<QueueName> = self.queues.keys().cloned().collect();
        if names.is_empty() {
            return;
        }
        let name = self.random.pick(&names).clone();
        self.store(&name, &[(Bytes::new(), Bytes::from_static(b"TW_PROJECT\x01np_other\x02"))]);
        if let Some(record) = self.records.last_mut() {
            record.confirmed = true;
        }
    }

    fn host(&self, name: &str) -> Option<&Host> {
        self.hosts.iter().find(|host| host.name == name)
    }

    /// Stores what is due by now.
    fn carry_out(&mut self) {
        let now = Instant::now();
        for host in &mut self.hosts {
            if host.back.is_some_and(|back| back <= now) {
                (host.up, host.listed, host.back) = (true, true, None);
            }
            if host.unsettled_until.is_some_and(|until| until <= now) {
                host.unsettled_until = None;
                for (name, queue) in &mut self.queues {
                    if name.1 == host.name {
                        queue.hidden = 0;
                    }
                }
            }
        }
        if self.pending.is_empty() {
            return;
        }
        let waiting = std::mem::take(&mut self.pending);
        let mut waiting: Vec<(Instant, Pending)> =
            waiting.into_iter().map(|pending| (self.due(&pending), pending)).collect();
        waiting.sort_by_key(|(due, pending)| (*due, pending.ticket));
        for (due, pending) in waiting {
            if due > now {
                self.pending.push(pending);
            } else if self.host(&pending.queue.1).is_some_and(|host| host.up) {
                let first = self.store(&pending.queue, &pending.messages);
                log::debug!("request {} is stored at {first}", pending.ticket);
                self.done.insert(pending.ticket, first);
            }
        }
    }

    /// When a request is stored: on a frozen host it lies in the socket until
    /// the host goes on.
    fn due(&self, pending: &Pending) -> Instant {
        let frozen = self.host(&pending.queue.1).and_then(|host| host.frozen_until);
        match frozen {
            Some(until) if until > pending.due => until + Duration::from_millis(pending.ticket % 7 * 50),
            _ => pending.due,
        }
    }

    /// Freezes a host until a moment, unless it is frozen for longer.
    pub fn freeze(&mut self, host: usize, until: Instant) {
        let host = &mut self.hosts[host];
        host.frozen_until = host.frozen_until.max(Some(until));
    }

    /// Appends messages to a queue; the offset of the first one.
    fn store(&mut self, name: &QueueName, messages: &[(Bytes, Bytes)]) -> i64 {
        let settled = self.host(&name.1).is_none_or(|host| host.unsettled_until.is_none());
        let Some(queue) = self.queues.get_mut(name) else { return 0 };
        let first = queue.messages.len() as i64;
        for (body, properties) in messages {
            queue.messages.push(self.records.len());
            queue.hidden += usize::from(!settled);
            self.records.push(Record {
                queue: name.clone(),
                body: body.clone(),
                properties: properties.clone(),
                confirmed: false,
                lost: false,
            });
        }
        first
    }

    /// Restarts a host: it is away until a moment, and may lose the ends of its
    /// queues; what stays comes back into sight a little later.
    pub fn restart(&mut self, host: usize, lose_confirmed: bool, back: Instant, random: &mut Random) {
        let name = self.hosts[host].name.clone();
        self.pending.retain(|pending| pending.queue.1 != name);
        let before = self.lost_confirmed;
        for (queue_name, queue) in &mut self.queues {
            if queue_name.1 != name {
                continue;
            }
            let unconfirmed =
                queue.messages.iter().rev().take_while(|index| !self.records[**index].confirmed).count();
            let mut lost = random.below(unconfirmed as u64 + 1) as usize;
            if lose_confirmed {
                lost = unconfirmed + random.below(4) as usize;
            }
            for index in queue.messages.drain(queue.messages.len().saturating_sub(lost)..) {
                let record = &mut self.records[index];
                record.lost = true;
                self.lost_confirmed += u64::from(record.confirmed && !record.body.is_empty());
            }
            queue.hidden = random.below(queue.messages.len().min(6) as u64 + 1) as usize;
        }
        self.losses += usize::from(self.lost_confirmed > before);
        let listed = random.percent(50);
        let host = &mut self.hosts[host];
        // A host that died is in the route for a while yet; one that was stopped is not.
        (host.up, host.listed, host.back) = (false, listed, Some(back));
        host.frozen_until = None;
        host.unsettled_until = Some(back + Duration::from_millis(random.below(4000)));
    }
}
