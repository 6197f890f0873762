//! Routes, lists of brokers and lists of topics as name servers send them.
//!
//! Servers of 4.x and 5.x write maps with bare numbers as keys, which is no JSON:
//! the keys are put in quotes before anything is read.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tidewire_engine::log::wire::{Malformed, Wire};

/// Queues a topic may have on all brokers together. A name server that tells
/// more is broken or hostile.
const MAX_QUEUES: u64 = 1 << 14;

/// Where a topic lies.
#[derive(Debug, Default, Deserialize)]
pub struct Route {
    /// Its queues on each broker.
    #[serde(default, rename = "queueDatas")]
    pub queues: Vec<QueueData>,
    /// The brokers.
    #[serde(default, rename = "brokerDatas")]
    pub brokers: Vec<BrokerData>,
}

/// A topic's queues on one broker.
#[derive(Debug, Deserialize)]
pub struct QueueData {
    /// Broker.
    #[serde(rename = "brokerName")]
    pub broker: String,
    /// Queues that can be read.
    #[serde(default, rename = "readQueueNums")]
    pub read: u16,
    /// Queues that can be written to.
    #[serde(default, rename = "writeQueueNums")]
    pub write: u16,
    /// Bit 2 is reading, bit 1 writing.
    #[serde(default)]
    pub perm: u32,
}

impl QueueData {
    /// Queues that can be read as things are.
    #[must_use]
    pub fn readable(&self) -> u16 {
        if self.perm & 4 == 0 { 0 } else { self.read }
    }

    /// Queues that can be written to as things are.
    #[must_use]
    pub fn writable(&self) -> u16 {
        if self.perm & 2 == 0 { 0 } else { self.write }
    }
}

/// A broker with its replicas.
#[derive(Debug, Deserialize)]
pub struct BrokerData {
    /// Name.
    #[serde(rename = "brokerName")]
    pub name: String,
    /// Address by the replica's number; 0 is the master.
    #[serde(default, rename = "brokerAddrs")]
    pub addresses: BTreeMap<u64, String>,
}

impl BrokerData {
    /// Where the master listens.
    #[must_use]
    pub fn master(&self) -> Option<&str> {
        self.addresses.get(&0).map(String::as_str)
    }
}

#[derive(Deserialize)]
struct Cluster {
    #[serde(default, rename = "brokerAddrTable")]
    brokers: BTreeMap<String, BrokerData>,
}

#[derive(Deserialize)]
struct TopicList {
    #[serde(default, rename = "topicList")]
    topics: Vec<String>,
}

/// Reads a route.
///
/// # Errors
/// What is none, or has more queues than a topic can have.
pub fn route(body: &[u8]) -> Wire<Route> {
    let route: Route = lenient(body, "route")?;
    let queues = route.queues.iter().map(|data| u64::from(data.read.max(data.write))).sum::<u64>();
    if queues > MAX_QUEUES { Err(Malformed::new("route")) } else { Ok(route) }
}

/// Reads the list of all brokers.
///
/// # Errors
/// What is none.
pub fn brokers(body: &[u8]) -> Wire<Vec<BrokerData>> {
    let cluster: Cluster = lenient(body, "broker list")?;
    Ok(cluster.brokers.into_values().collect())
}

/// Reads the list of all topics.
///
/// # Errors
/// What is none.
pub fn topics(body: &[u8]) -> Wire<Vec<String>> {
    lenient::<TopicList>(body, "topic list").map(|list| list.topics)
}

/// Reads JSON as these servers write it.
pub(crate) fn lenient<T: DeserializeOwned>(body: &[u8], what: &'static str) -> Wire<T> {
    serde_json::from_slice(&quoted(body)).map_err(|_| Malformed::new(what))
}

/// The text with every bare number before a colon in quotes.
fn quoted(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 16);
    let (mut in_text, mut escaped, mut at) = (false, false, 0);
    while let Some(&byte) = body.get(at) {
        let number =
            body.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
        let key = !in_text && number > 0 && body.get(at + number) == Some(&b':');
        if key {
            out.push(b'"');
        }
        // A number goes over whole, so that its own digits do not begin another.
        let step = if in_text { 1 } else { number.max(1) };
        out.extend_from_slice(body.get(at..at + step).unwrap_or_default());
        if key {
            out.push(b'"');
        }
        if in_text && byte == b'\\' && !escaped {
            escaped = true;
        } else {
            in_text ^= byte == b'"' && !escaped;
            escaped = false;
        }
        at += step;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_of_4_x_and_of_5_x_are_read() {
        let old = br#"{"brokerDatas":[{"brokerAddrs":{0:"127.0.0.1:10911",1:"b:2"},"brokerName":"a\"1:","cluster":"c"}],"filterServerTable":{},"queueDatas":[{"brokerName":"a\"1:","perm":6,"readQueueNums":4,"topicSynFlag":0,"writeQueueNums":8}]}"#;
        let found = route(old).expect("read");
        assert_eq!(found.brokers[0].master(), Some("127.0.0.1:10911"));
        assert_eq!(found.brokers[0].name, "a\"1:");
        assert_eq!((found.queues[0].readable(), found.queues[0].writable()), (4, 8));
        let new = br#"{"brokerAddrTable":{"b":{"brokerAddrs":{"0":"h:1"},"brokerName":"b","enableActingMaster":false}},"clusterAddrTable":{"c":["b"]}}"#;
        assert_eq!(brokers(new).expect("read")[0].master(), Some("h:1"));
    }

    #[test]
    fn a_route_with_queues_beyond_reason_is_refused() {
        let queues =
            |count: u32| format!(r#"{{"queueDatas":[{{"brokerName":"a","writeQueueNums":{count}}}]}}"#);
        assert!(route(queues(1 << 14).as_bytes()).is_ok());
        assert!(route(queues((1 << 14) + 1).as_bytes()).is_err());
        assert!(route(queues(1 << 31).as_bytes()).is_err());
    }
}
