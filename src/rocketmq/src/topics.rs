//! Which topics exist, and whether they can be written to.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rocketmq_protocol::protocol::remoting_command::RemotingCommand;
use serde::{Deserialize, Serialize};
use tidewire_engine::doors::Queue;
use tidewire_engine::endpoint::MqEndpoint;
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_words::Sentence;

use crate::code::{GET_TOPIC_CONFIG, GET_TOPICS, SUCCESS, refusal};
use crate::host::Host;
use crate::remote::Remote;
use crate::words::fault;

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
    #[derive(Deserialize)]
    struct TopicList {
        #[serde(default, rename = "topicList")]
        topics: Vec<String>,
    }
    let remote = host.remote(target);
    let brokers = remote.brokers().await?;
    let body = ask_name_servers(&remote, target).await?;
    let list: TopicList = serde_json::from_slice(&body).map_err(|error| {
        let detail = Sentence::new(fault::TOPIC_LIST, &[&error.to_string()]);
        PipelineError::new(ErrorKind::SinkUnreachable, detail)
    })?;
    let names: HashSet<&str> = brokers.iter().map(|(name, _)| name.as_str()).collect();
    let prefix = remote.wire_topic("");
    let mut topics: Vec<String> = list
        .topics
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

/// The first name server that answers.
async fn ask_name_servers(remote: &Remote, target: &MqEndpoint) -> PipelineResult<Vec<u8>> {
    let mut last = PipelineError::new(ErrorKind::SinkUnreachable, fault::NO_NAME_SERVER);
    for address in target.name_servers.split(';').map(str::trim).filter(|address| !address.is_empty()) {
        match remote.call(address, RemotingCommand::create_remoting_command(GET_TOPICS)).await {
            Ok(response) if response.code() == SUCCESS => {
                return Ok(response.body().map(|body| body.to_vec()).unwrap_or_default());
            }
            Ok(response) => {
                let remark = response.remark().map_or("", |remark| remark.as_str());
                last = refusal(response.code(), remark, address);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// One topic, or `None` when it does not exist.
///
/// # Errors
/// When no name server answers or access is refused.
pub async fn describe(host: &Host, target: &MqEndpoint, topic: &str) -> PipelineResult<Option<TopicInfo>> {
    let Some(route) = host.remote(target).route(topic).await? else { return Ok(None) };
    let mut info = TopicInfo { name: topic.to_owned(), writable_queues: 0, readable_queues: 0 };
    for queues in &route.queue_datas {
        let count = |bit: u32, count: u32| if queues.perm() & bit == 0 { 0 } else { count };
        info.writable_queues += usize::try_from(count(2, queues.write_queue_nums())).unwrap_or(0);
        info.readable_queues += usize::try_from(count(4, queues.read_queue_nums())).unwrap_or(0);
    }
    Ok(Some(info))
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
    let Some(master) = route.broker_datas.iter().find_map(|data| data.broker_addrs().get(&0)) else {
        return Ok(None);
    };
    let mut request = RemotingCommand::create_remoting_command(GET_TOPIC_CONFIG);
    request.add_ext_field("topic", remote.wire_topic(topic));
    let response = remote.call(master, request).await?;
    let body = response.body().filter(|_| response.code() == SUCCESS);
    let config = body.and_then(|body| serde_json::from_slice::<TopicConfig>(body).ok());
    // Source: `TopicAttributes`, where the default is NORMAL.
    Ok(config
        .map(|mut config| config.attributes.remove("message.type").unwrap_or_else(|| "NORMAL".to_owned())))
}

/// The queues of a topic that can be written to, sorted by broker and id, and
/// the master address of each broker.
///
/// # Errors
/// Definite when the topic does not exist or can't be written to.
pub(super) async fn writable_queues(
    remote: &Remote,
    topic: &str,
) -> PipelineResult<(Vec<Queue>, Vec<(String, String)>)> {
    let route = remote
        .route(topic)
        .await?
        .ok_or_else(|| PipelineError::new(ErrorKind::TopicMissing, topic.to_owned()))?;
    let addresses: Vec<(String, String)> = route
        .broker_datas
        .iter()
        .filter_map(|data| Some((data.broker_name().to_string(), data.broker_addrs().get(&0)?.to_string())))
        .collect();
    let name: Arc<str> = topic.into();
    let mut queues = Vec::new();
    for data in &route.queue_datas {
        let has_master = addresses.iter().any(|(broker, _)| *broker == data.broker_name().as_str());
        if data.perm() & 2 == 0 || !has_master {
            continue;
        }
        let broker: Arc<str> = data.broker_name().as_str().into();
        for id in 0..i32::try_from(data.write_queue_nums()).unwrap_or(0) {
            queues.push(Queue { topic: Arc::clone(&name), broker: Arc::clone(&broker), id });
        }
    }
    queues.sort();
    if queues.is_empty() {
        return Err(PipelineError::new(ErrorKind::TopicNotWritable, topic.to_owned()));
    }
    Ok((queues, addresses))
}
