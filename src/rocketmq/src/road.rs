//! Whether a project's messages would get through: asks each broker of a topic
//! what a run asks, over the same connections, and stores nothing.

use bytes::Bytes;
use futures_util::future::try_join_all;
use tidewire_engine::doors::Queue;
use tidewire_engine::endpoint::MqEndpoint;
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_words::Sentence;

use crate::code::{
    GET_MAX_OFFSET, GET_RUNTIME_INFO, PULL_MESSAGE, PULL_NOT_FOUND, PULL_OFFSET_MOVED,
    PULL_RETRY_IMMEDIATELY, SUCCESS, refusal,
};
use crate::host::Host;
use crate::lane::Lane;
use crate::remote::{NOBODY, Remote};
use crate::rights::{self, Need, Place};
use crate::topics;
use crate::wire::frame::Request;
use crate::words::fault;

/// A queue that no topic has: brokers check the right to send first, and refuse
/// the queue then, so that nothing is stored.
const NO_QUEUE: i32 = i32::MAX;

/// A question about a queue.
pub(crate) fn about(request: Request, remote: &Remote, queue: &Queue) -> Request {
    request
        .with("topic", &remote.wire_topic(&queue.topic))
        .with("queueId", &queue.id)
        .with("bname", &queue.broker)
}

/// The question for stored messages.
pub(crate) fn read_back(group: &str, from: i64, count: i32) -> Request {
    Request::new(PULL_MESSAGE)
        // The project's own, which its operator knows of and can make and grant rights to.
        .with("consumerGroup", group)
        .with("queueOffset", &from)
        .with("maxMsgNums", &count)
        // The subscription travels in the request; the broker shall not wait.
        .with("sysFlag", &4)
        .with("commitOffset", &0)
        .with("suspendTimeoutMillis", &0)
        .with("subscription", "*")
        .with("subVersion", &0)
        .with("expressionType", "TAG")
}

/// Asks every broker of a topic; a topic that is not there has none.
///
/// # Errors
/// A broker that is not reached at the address it advertises; every right that is
/// missing, by name; a group that has to be made; what else a broker refuses.
pub async fn check(host: &Host, target: &MqEndpoint, topic: &str, group: &str) -> PipelineResult<()> {
    let remote = host.remote(target);
    let (queues, addresses) = match topics::writable_queues(&remote, topic).await {
        Ok(found) => found,
        Err(error) if matches!(error.kind, ErrorKind::TopicMissing | ErrorKind::TopicNotWritable) => {
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    for (broker, address) in &addresses {
        if let Some(queue) = queues.iter().find(|queue| *queue.broker == **broker) {
            check_broker(&remote, queue, address, &remote.wire_group(group)).await?;
        }
    }
    Ok(())
}

/// Asks every broker that the name servers know, and gives their names.
///
/// # Errors
/// No broker is registered; one is not reached at the address it advertises, or
/// does not take the access key.
pub async fn brokers(host: &Host, target: &MqEndpoint) -> PipelineResult<Vec<String>> {
    let remote = host.remote(target);
    let brokers = remote.brokers().await?;
    if brokers.is_empty() {
        return Err(PipelineError::new(ErrorKind::SinkRefuses, fault::NO_BROKERS));
    }
    try_join_all(brokers.iter().map(|(name, address)| greet(&remote, name, address))).await?;
    Ok(brokers.into_iter().map(|(name, _)| name).collect())
}

/// Whatever a broker answers, it has looked at the access key first.
async fn greet(remote: &Remote, broker: &str, address: &str) -> PipelineResult<()> {
    let answered = remote.call(NOBODY, address, Request::new(GET_RUNTIME_INFO)).await;
    let answer = answered.map_err(|error| away(error, broker))?;
    rights::key_fault(remote, broker, &answer).map_or(Ok(()), Err)
}

async fn check_broker(remote: &Remote, queue: &Queue, address: &str, group: &str) -> PipelineResult<()> {
    let end = about(Request::new(GET_MAX_OFFSET), remote, queue);
    let end = remote.call(NOBODY, address, end).await.map_err(|error| away(error, &queue.broker))?;
    let from = end.number("offset").unwrap_or(0);
    let tail = remote.call(NOBODY, address, about(read_back(group, from, 1), remote, queue)).await?;
    let nowhere = Queue { id: NO_QUEUE, ..queue.clone() };
    let lane = Lane::new(group, &remote.wire_topic(&queue.topic), &nowhere, remote.keys());
    let frame =
        lane.single(jiff::Timestamp::now().as_millisecond(), "", Bytes::from_static(b"-"), remote.keys());
    let sent = remote.send(NOBODY, &remote.broker(address), frame).await?;

    let topic = remote.wire_topic(&queue.topic);
    let place = Place { broker: &queue.broker, topic: &topic, group };
    let asked = [(Need::Get, &end), (Need::Sub, &tail), (Need::Pub, &sent)];
    if let Some(error) = rights::missing(remote, &place, &asked) {
        return Err(error);
    }
    let fine = [SUCCESS, PULL_NOT_FOUND, PULL_RETRY_IMMEDIATELY, PULL_OFFSET_MOVED];
    if let Some(answer) = [&end, &tail].into_iter().find(|answer| !fine.contains(&answer.code)) {
        let mut error = refusal(answer.code, &answer.remark, &*queue.broker);
        if error.kind == ErrorKind::GroupMissing {
            error.detail = Sentence::new(fault::SAID, &[&queue.broker, group]);
        }
        return Err(error);
    }
    // The queue itself is refused where all else is well.
    match refusal(sent.code, &sent.remark, &*queue.broker) {
        error if error.kind == ErrorKind::QueuesChanged => Ok(()),
        error => Err(error),
    }
}

/// A broker that the name servers know and this host does not reach.
fn away(mut error: PipelineError, broker: &str) -> PipelineError {
    error.detail = Sentence::of_messages(fault::BROKER_AWAY, &[&broker.into(), &error.detail]);
    error
}
