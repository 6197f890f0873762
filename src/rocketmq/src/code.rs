//! RocketMQ's request and response codes, and what a response code means for
//! the pipeline. Source: `RequestCode` and `ResponseCode` of the Java tree.

use tidewire_engine::error::{ErrorKind, PipelineError};
use tidewire_words::Sentence;

use crate::words::fault;

/// Request: read messages.
pub const PULL_MESSAGE: i32 = 11;
/// Request: figures of a broker.
pub const GET_RUNTIME_INFO: i32 = 28;
/// Request: which producers are there.
pub const HEART_BEAT: i32 = 34;
/// Request: a producer is gone.
pub const UNREGISTER_CLIENT: i32 = 35;
/// Request: the offset behind the last message.
pub const GET_MAX_OFFSET: i32 = 30;
/// Request: route of a topic.
pub const GET_ROUTE: i32 = 105;
/// Request: brokers of all clusters.
pub const GET_CLUSTER: i32 = 106;
/// Request: names of all topics.
pub const GET_TOPICS: i32 = 206;
/// Request: settings of a topic; 5.x brokers.
pub const GET_TOPIC_CONFIG: i32 = 351;
/// Request: one message.
pub const SEND_MESSAGE_V2: i32 = 310;
/// Request: many messages of one queue.
pub const SEND_BATCH: i32 = 320;

/// Response: done.
pub const SUCCESS: i32 = 0;
/// Response: the broker took too long to flush or to replicate, or has no
/// replica; the message is stored on the master all the same.
pub const STORED_BUT_SLOW: [i32; 3] = [10, 11, 12];
/// Response: the server knows no such request.
pub const NOT_SUPPORTED: i32 = 3;
/// Response: the group that asks was never made.
pub const GROUP_MISSING: i32 = 26;
/// Response: more messages follow at another offset.
pub const PULL_NOT_FOUND: i32 = 19;
/// Response: as above, at once.
pub const PULL_RETRY_IMMEDIATELY: i32 = 20;
/// Response: the asked offset lies outside of the queue.
pub const PULL_OFFSET_MOVED: i32 = 21;
/// Response: a message is too large or has too many properties.
pub const MESSAGE_ILLEGAL: i32 = 13;

/// Refusals that say for certain that nothing was stored and that pass:
/// system busy, service not available, flow control.
pub const BUSY: [i32; 3] = [2, 14, 215];

/// A refusal as an error, with the broker's own words; `what` is what was asked.
pub fn refusal(code: i32, remark: &str, what: impl Into<Sentence>) -> PipelineError {
    let (remark, number) = (remark.trim(), code.to_string());
    let said = [&what.into(), &remark.into(), &number.as_str().into()];
    PipelineError::new(meaning(code, remark), Sentence::of_messages(fault::SAID_CODE, &said))
}

/// What a refusal means for the pipeline. Codes are shared by unlike things, so
/// the server's words decide with them.
pub fn meaning(code: i32, remark: &str) -> ErrorKind {
    match code {
        // Of a topic in order, while the broker itself takes no writes. Nothing about rights.
        16 if remark.contains("] sending message is forbidden") => ErrorKind::SinkRefuses,
        16 => ErrorKind::SinkDenied,
        // 4.x brokers throw inside their access check and answer 1.
        1 if remark.contains("AclException") || remark.contains("No accessKey") => ErrorKind::SinkDenied,
        // A queue beyond the list: 4.x says 1, 5.x says 29.
        1 | 29 if remark.contains("queueId") && remark.contains("illegal") => ErrorKind::QueuesChanged,
        1 if too_large(code, remark) => ErrorKind::MessageRejected,
        17 => ErrorKind::TopicMissing,
        GROUP_MISSING => ErrorKind::GroupMissing,
        MESSAGE_ILLEGAL | NOT_SUPPORTED | 15 | 29 => ErrorKind::MessageRejected,
        _ => ErrorKind::SinkRefuses,
    }
}

/// Whether a message, or a batch, is larger than the broker takes. 13 is what it
/// says to a message; a batch fails in its store, with words that lack a code.
pub fn too_large(code: i32, remark: &str) -> bool {
    code == MESSAGE_ILLEGAL || (code == 1 && remark.contains("size exceeded"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_code_means_what_its_words_say() {
        for (code, remark, kind) in [
            (16, "the broker[127.0.0.1] sending message is forbidden", ErrorKind::SinkRefuses),
            (16, "User:tw has no permission to access Topic:orders", ErrorKind::SinkDenied),
            (1, "org.apache.rocketmq.acl.common.AclException: No default permission", ErrorKind::SinkDenied),
            (1, "request queueId[7] is illegal, TopicConfig [..]", ErrorKind::QueuesChanged),
            (29, "request queueId[7] is illegal, TopicConfig [..]", ErrorKind::QueuesChanged),
            (1, "java.lang.RuntimeException: message body size exceeded, ..", ErrorKind::MessageRejected),
            (1, "newPosition < 0", ErrorKind::SinkRefuses),
            (14, "service not available now, maybe disk full, CL: 0.99", ErrorKind::SinkRefuses),
            (26, "subscription group [g] does not exist", ErrorKind::GroupMissing),
        ] {
            assert_eq!(meaning(code, remark), kind, "{code} {remark}");
        }
    }
}
