//! Which topics exist, and whether they can be written to.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tidewire_engine::doors::Queue;
use tidewire_engine::endpoint::MqEndpoint;
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};

use crate::code::{GET_TOPIC_CONFIG, SUCCESS};
use crate::host::Host;
use crate::remote::{NOBODY, Remote};
use crate::wire::frame::Request;
use crate::wire::route::{Route, lenient};

/// A topic's route as the name server tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicInfo {
    /// Name.
    pub name: String,
    /// Number of queues that can be written to.
    pub writable_queues: usize,
    /// Number of queues that can be read.
    pub readable_queues: usize,
}

const SYSTEM_NAMES: &[&str] = &[
    "TBW102",
    "SCHEDULE_TOPIC_XXXX",
    "BenchmarkTest",
    "SELF_TEST_TOPIC",
    "OFFSET_MOVED_EVENT",
    "TRANS_CHECK_MAX_TIME_TOPIC",
    "CHECKPOINT_TOPIC",
];
const SYSTEM_PREFIXES: &[&str] = &["rmq_sys_", "RMQ_SYS_", "%RETRY%", "%DLQ%"];

/// Topics that a project may write to, sorted; system topics left out.
///
/// # Errors
/// When no name server answers or access is refused.
pub async fn list(host: &Host, target: &MqEndpoint) -> PipelineResult<Vec<String>> {
    let remote = host.remote(target);
    let brokers = remote.brokers().await?;
    let topics = remote.topics().await?;
    let names: HashSet<&str> = brokers.iter().map(|(name, _)| name.as_str()).collect();
    let prefix = remote.wire_topic("");
    let mut topics: Vec<String> = topics
        .iter()
        .filter_map(|topic| topic.strip_prefix(&prefix))
        .filter(|topic| !is_system(topic) && !names.contains(topic))
        .map(str::to_owned)
        .collect();
    topics.sort();
    topics.dedup();
    Ok(topics)
}

fn is_system(topic: &str) -> bool {
    SYSTEM_NAMES.contains(&topic)
        || SYSTEM_PREFIXES.iter().any(|prefix| topic.starts_with(prefix))
        || topic.ends_with("_REPLY_TOPIC")
}

/// One topic, or `None` when it does not exist.
///
/// # Errors
/// When no name server answers or access is refused.
pub async fn describe(host: &Host, target: &MqEndpoint, topic: &str) -> PipelineResult<Option<TopicInfo>> {
    let Some(route) = host.remote(target).route(topic).await? else { return Ok(None) };
    Ok(Some(TopicInfo {
        name: topic.to_owned(),
        writable_queues: route.queues.iter().map(|data| usize::from(data.writable())).sum(),
        readable_queues: route.queues.iter().map(|data| usize::from(data.readable())).sum(),
    }))
}

/// The topic's attribute `message.type`: NORMAL, FIFO, DELAY or TRANSACTION.
/// `None` where no broker tells it: 4.x knows no such thing, and under access
/// control asking is an administrator's right.
///
/// # Errors
/// No name server or broker answers.
pub async fn message_type(host: &Host, target: &MqEndpoint, topic: &str) -> PipelineResult<Option<String>> {
    #[derive(Deserialize)]
    struct TopicConfig {
        #[serde(default)]
        attributes: HashMap<String, String>,
    }
    let remote = host.remote(target);
    let Some(route) = remote.route(topic).await? else { return Ok(None) };
    let Some(master) = route.brokers.iter().find_map(|broker| broker.master()) else {
        return Ok(None);
    };
    let request = Request::new(GET_TOPIC_CONFIG).with("topic", &remote.wire_topic(topic));
    let answer = remote.call(NOBODY, master, request).await?;
    let config = (answer.code == SUCCESS).then(|| lenient::<TopicConfig>(&answer.body, "topic"));
    // Source: `TopicAttributes`, where the default is NORMAL.
    Ok(config
        .and_then(Result::ok)
        .map(|mut config| config.attributes.remove("message.type").unwrap_or_else(|| "NORMAL".to_owned())))
}

/// Queues, and the master address of each broker.
pub(crate) type Writable = (Vec<Queue>, Vec<(String, String)>);

/// The queues of a topic that can be written to, sorted by broker and id, and
/// the master address of each broker.
///
/// # Errors
/// Definite when the topic does not exist or can't be written to.
pub(crate) async fn writable_queues(remote: &Remote, topic: &str) -> PipelineResult<Writable> {
    writable(topic, remote.route(topic).await?)
}

/// The same from a route that is known.
///
/// # Errors
/// Definite when there is no route or nothing in it can be written to.
pub(crate) fn writable(topic: &str, route: Option<Route>) -> PipelineResult<Writable> {
    let route = route.ok_or_else(|| PipelineError::new(ErrorKind::TopicMissing, topic.to_owned()))?;
    let addresses: Vec<(String, String)> = route
        .brokers
        .iter()
        .filter_map(|broker| Some((broker.name.clone(), broker.master()?.to_owned())))
        .collect();
    let name: Arc<str> = topic.into();
    let mut queues = Vec::new();
    for data in route.queues.iter().filter(|data| addresses.iter().any(|(name, _)| *name == data.broker)) {
        let broker: Arc<str> = data.broker.as_str().into();
        for id in 0..i32::from(data.writable()) {
            queues.push(Queue { topic: Arc::clone(&name), broker: Arc::clone(&broker), id });
        }
    }
    queues.sort();
    if queues.is_empty() {
        return Err(PipelineError::new(ErrorKind::TopicNotWritable, topic.to_owned()));
    }
    Ok((queues, addresses))
}
