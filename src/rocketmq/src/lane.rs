//! The header of a lane's sends: written once, copied and filled in for each
//! request, so that the way of a row knows no map and no JSON values.
//!
//! The fields have the short names that brokers of every version read. Source:
//! `SendMessageRequestHeaderV2`.

use bytes::Bytes;
use tidewire_engine::doors::Queue;

use crate::code::{SEND_BATCH, SEND_MESSAGE_V2};
use crate::wire::frame::{Frame, begin, finish, push_text};
use crate::wire::sign::Keys;

/// Properties of a batch as a whole: the broker answers when it has stored it.
const BATCH_PROPERTIES: &str = "WAIT\u{1}true\u{2}";
/// What fills a header has one place between `g` and `h`, and one behind `i`.
const FIXED_MIDDLE: &str = "\",\"h\":\"0\",\"i\":";

/// What stays the same in every request of a queue.
#[derive(Debug)]
pub(crate) struct Lane {
    batch: Form,
    single: Form,
}

#[derive(Debug)]
struct Form {
    /// The header up to the time.
    begin: Vec<u8>,
    /// Behind the properties.
    end: Vec<u8>,
    /// The values up to the time, and behind the properties, as they are signed.
    signed: [Vec<u8>; 2],
}

impl Form {
    fn new(
        code: i32,
        group: &str,
        wire_topic: &str,
        queue: &Queue,
        batch: &str,
        keys: Option<&Keys>,
    ) -> Self {
        let id = queue.id.to_string();
        let before = [("a", group), ("b", wire_topic), ("c", "TBW102"), ("d", "4"), ("e", &id), ("f", "0")];
        let after = [("j", "0"), ("k", "false"), ("m", batch), ("n", &queue.broker)];
        let mut head = begin(code);
        let mut signed = [Vec::new(), Vec::new()];
        let [signed_before, signed_after] = &mut signed;
        let access = keys.map(|keys| (Keys::ACCESS, keys.access()));
        for (name, value) in access.into_iter().chain(before) {
            push_field(&mut head, name, value);
            head.push(b',');
            signed_before.extend_from_slice(value.as_bytes());
        }
        head.extend_from_slice(b"\"g\":\"");
        let mut end = Vec::new();
        for (name, value) in after {
            end.push(b',');
            push_field(&mut end, name, value);
            signed_after.extend_from_slice(value.as_bytes());
        }
        Self { begin: head, end, signed }
    }

    fn frame(&self, born: i64, properties: &str, body: Bytes, keys: Option<&Keys>) -> Frame {
        let Self { begin, end, signed: [signed_before, signed_after] } = self;
        let born = born.to_string();
        let mut head = Vec::with_capacity(begin.len() + end.len() + properties.len() + 128);
        head.extend_from_slice(begin);
        head.extend_from_slice(born.as_bytes());
        head.extend_from_slice(FIXED_MIDDLE.as_bytes());
        push_text(&mut head, properties);
        head.extend_from_slice(end);
        if let Some(keys) = keys {
            // In the order of the names: g is the time, h always 0, i the properties.
            let values: [&[u8]; 5] =
                [signed_before, born.as_bytes(), b"0", properties.as_bytes(), signed_after];
            head.push(b',');
            push_field(&mut head, Keys::SIGNATURE, &keys.sign(&values, &body));
        }
        finish(head, body)
    }
}

fn push_field(head: &mut Vec<u8>, name: &str, value: &str) {
    push_text(head, name);
    head.push(b':');
    push_text(head, value);
}

impl Lane {
    /// Of a queue.
    pub(crate) fn new(group: &str, wire_topic: &str, queue: &Queue, keys: Option<&Keys>) -> Self {
        Self {
            batch: Form::new(SEND_BATCH, group, wire_topic, queue, "true", keys),
            single: Form::new(SEND_MESSAGE_V2, group, wire_topic, queue, "false", keys),
        }
    }

    /// A request with many messages.
    pub(crate) fn batch(&self, born: i64, messages: Bytes, keys: Option<&Keys>) -> Frame {
        self.batch.frame(born, BATCH_PROPERTIES, messages, keys)
    }

    /// A request with one message.
    pub(crate) fn single(&self, born: i64, properties: &str, body: Bytes, keys: Option<&Keys>) -> Frame {
        self.single.frame(born, properties, body, keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::frame::Request;
    use secrecy::SecretString;

    #[test]
    fn a_lane_says_what_a_request_with_the_same_fields_says() {
        let keys = Keys::new(&("Access".to_owned(), SecretString::from("secret")));
        let queue = Queue { topic: "t\"".into(), broker: "b-0".into(), id: 3 };
        for keys in [None, Some(&keys)] {
            let lane = Lane::new("group", "ns%t\"", &queue, keys);
            let body = Bytes::from_static(b"body");
            let batch = lane.batch(1_700_000_000_123, body.clone(), keys);
            let single = lane.single(1, "KEYS\u{1}中\"\u{2}", body.clone(), keys);
            for (frame, code, born, properties, flag) in [
                (batch, SEND_BATCH, "1700000000123", BATCH_PROPERTIES, "true"),
                (single, SEND_MESSAGE_V2, "1", "KEYS\u{1}中\"\u{2}", "false"),
            ] {
                let fields = [
                    ("a", "group"),
                    ("b", "ns%t\""),
                    ("c", "TBW102"),
                    ("d", "4"),
                    ("e", "3"),
                    ("f", "0"),
                    ("g", born),
                    ("h", "0"),
                    ("i", properties),
                    ("j", "0"),
                    ("k", "false"),
                    ("m", flag),
                    ("n", "b-0"),
                ];
                let request = fields
                    .into_iter()
                    .fold(Request::new(code), |request, (name, value)| request.with(name, &value));
                let same = request.with_body(body.clone()).frame(keys);
                let header = |frame: &Frame| -> serde_json::Value {
                    serde_json::from_slice(&frame.head[8..]).expect("JSON")
                };
                assert_eq!(header(&frame), header(&same));
                assert_eq!(frame.head[..8], same.head[..8]);
            }
        }
    }
}
