//! A target: its name servers and brokers, each with one connection that all
//! projects share, and what is asked of them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;
use tidewire_engine::endpoint::MqEndpoint;
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_engine::log::wire::Wire;
use tidewire_words::Sentence;

use crate::code::{GET_CLUSTER, GET_ROUTE, GET_TOPICS, NOT_SUPPORTED, SUCCESS, refusal};
use crate::connection::{CALL, STORE};
use crate::peer::Peer;
use crate::producers::Producers;
use crate::wire::frame::{Answer, Frame, Request};
use crate::wire::route::{self, Route};
use crate::wire::sign::Keys;
use crate::words::fault;

/// Whoever asks for no project in particular.
pub(crate) const NOBODY: u64 = 0;

/// The connections to one target.
pub struct Remote {
    target: MqEndpoint,
    keys: Option<Keys>,
    name_servers: Vec<Arc<Peer>>,
    /// The name server that answered last.
    good: AtomicUsize,
    brokers: Mutex<HashMap<String, Arc<Peer>>>,
    callers: AtomicU64,
    /// The groups that brokers shall know of.
    pub(crate) producers: Producers,
}

impl Remote {
    pub(super) fn new(target: &MqEndpoint) -> Self {
        let addresses = target.name_servers.split([';', ',']).map(str::trim);
        let name_servers = addresses.filter(|address| !address.is_empty()).map(|a| Arc::new(Peer::new(a)));
        Self {
            target: target.clone(),
            keys: target.credentials.as_ref().map(Keys::new),
            name_servers: name_servers.collect(),
            good: AtomicUsize::new(0),
            brokers: Mutex::default(),
            callers: AtomicU64::new(NOBODY + 1),
            producers: Producers::default(),
        }
    }

    /// A number for one more project: each has a line of its own at every
    /// connection.
    pub(crate) fn new_caller(&self) -> u64 {
        self.callers.fetch_add(1, Ordering::Relaxed)
    }

    /// What requests are signed with.
    pub(crate) fn keys(&self) -> Option<&Keys> {
        self.keys.as_ref()
    }

    /// The topic's name on the wire.
    pub fn wire_topic(&self, topic: &str) -> String {
        match &self.target.namespace {
            Some(namespace) if !namespace.is_empty() => format!("{namespace}%{topic}"),
            _ => topic.to_owned(),
        }
    }

    /// The group's name on the wire.
    pub(crate) fn wire_group(&self, group: &str) -> String {
        self.wire_topic(group)
    }

    /// The broker at an address.
    pub(crate) fn broker(&self, address: &str) -> Arc<Peer> {
        let mut brokers = self.brokers.lock().unwrap_or_else(PoisonError::into_inner);
        let broker = brokers.entry(address.to_owned()).or_insert_with(|| Arc::new(Peer::new(address)));
        Arc::clone(broker)
    }

    /// Sends a request to a broker and waits for the answer, whatever its code.
    ///
    /// # Errors
    /// No connection, or no answer in time: it is unknown whether the request
    /// was carried out.
    pub(crate) async fn call(&self, caller: u64, address: &str, request: Request) -> PipelineResult<Answer> {
        self.send(caller, &self.broker(address), request.frame(self.keys())).await
    }

    /// As [`Self::call`], with a frame that is made already.
    pub(crate) async fn send(&self, caller: u64, peer: &Peer, frame: Frame) -> PipelineResult<Answer> {
        peer.call(&self.target, caller, frame, CALL).await
    }

    /// Sends messages to be stored, and waits as long as a broker waits for its disk.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub(crate) async fn store(&self, caller: u64, peer: &Peer, frame: Frame) -> PipelineResult<Answer> {
        peer.call(&self.target, caller, frame, STORE).await
    }

    /// The answer of the first name server that gives one, beginning with the one
    /// that answered last.
    async fn ask(&self, request: Request) -> PipelineResult<(Arc<Peer>, Answer)> {
        let frame = request.frame(self.keys());
        let mut failed = PipelineError::new(ErrorKind::SinkUnreachable, fault::NO_NAME_SERVER);
        let good = self.good.load(Ordering::Relaxed);
        let order = self.name_servers.iter().enumerate();
        for (number, server) in order.clone().skip(good).chain(order.take(good)) {
            match self.send(NOBODY, server, frame.clone()).await {
                Ok(answer) => {
                    self.good.store(number, Ordering::Relaxed);
                    return Ok((Arc::clone(server), answer));
                }
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    async fn ask_for<T>(&self, request: Request, read: impl FnOnce(&[u8]) -> Wire<T>) -> PipelineResult<T> {
        let (server, answer) = self.ask(request).await?;
        match answer.code {
            SUCCESS => read(&answer.body).map_err(|error| {
                let said = Sentence::of_messages(fault::SAID, &[&server.address().into(), &error.into()]);
                PipelineError::new(ErrorKind::SinkUnreachable, said)
            }),
            NOT_SUPPORTED => {
                let detail = Sentence::new(fault::NO_NAME_SERVER_THERE, &[server.address()]);
                Err(PipelineError::new(ErrorKind::SinkUnreachable, detail))
            }
            code => Err(refusal(code, &answer.remark, server.address())),
        }
    }

    /// The topic's route; `None` when the name servers know no such topic.
    ///
    /// # Errors
    /// No name server answers.
    pub async fn route(&self, topic: &str) -> PipelineResult<Option<Route>> {
        self.route_of(&self.wire_topic(topic)).await
    }

    /// The route of a topic by its name on the wire.
    ///
    /// # Errors
    /// No name server answers.
    pub(crate) async fn route_of(&self, wire_topic: &str) -> PipelineResult<Option<Route>> {
        let request = Request::new(GET_ROUTE).with("topic", &wire_topic);
        match self.ask_for(request, route::route).await {
            Err(error) if error.kind == ErrorKind::TopicMissing => Ok(None),
            other => other.map(Some),
        }
    }

    /// Broker names and their master addresses.
    ///
    /// # Errors
    /// No name server answers.
    pub async fn brokers(&self) -> PipelineResult<Vec<(String, String)>> {
        let brokers = self.ask_for(Request::new(GET_CLUSTER), route::brokers).await?;
        let mut brokers: Vec<_> = brokers
            .into_iter()
            .filter_map(|broker| broker.master().map(str::to_owned).map(|master| (broker.name, master)))
            .collect();
        brokers.sort();
        Ok(brokers)
    }

    /// The names of all topics, as on the wire.
    ///
    /// # Errors
    /// No name server answers, or access is refused.
    pub(crate) async fn topics(&self) -> PipelineResult<Vec<String>> {
        self.ask_for(Request::new(GET_TOPICS), route::topics).await
    }

    /// Forgets brokers without a connection; those that are still there are asked
    /// for again.
    pub(crate) fn shrink(&self) {
        let mut brokers = self.brokers.lock().unwrap_or_else(PoisonError::into_inner);
        brokers.retain(|_, peer| peer.open().is_some());
    }

    /// Closes all connections.
    pub(super) async fn close(&self) {
        self.producers.stop();
        let brokers: Vec<_> = {
            let mut brokers = self.brokers.lock().unwrap_or_else(PoisonError::into_inner);
            brokers.drain().map(|(_, peer)| peer).collect()
        };
        join_all(brokers.iter().chain(&self.name_servers).map(|peer| peer.close())).await;
    }
}

#[cfg(test)]
#[path = "remote_test.rs"]
mod tests;
