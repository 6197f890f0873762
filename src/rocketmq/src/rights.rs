//! What an access key lacks, in the words of the broker's own tools: resources
//! and actions of `mqadmin createAcl` (ACL 2.0), lines of `plain_acl.yml`
//! (ACL 1.0). The two are told apart by their answers.

use std::collections::BTreeMap;

use tidewire_engine::error::{ErrorKind, PipelineError};
use tidewire_words::Sentence;

use crate::code::meaning;
use crate::remote::Remote;
use crate::wire::frame::Answer;
use crate::wire::sign::Keys;
use crate::words::fault;

/// What a request needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// To ask for the end of a queue. ACL 1.0 has no such right.
    Get,
    /// To read from the topic, under the group.
    Sub,
    /// To write to the topic.
    Pub,
}

/// Where rights are looked for.
pub(crate) struct Place<'a> {
    pub(crate) broker: &'a str,
    pub(crate) topic: &'a str,
    pub(crate) group: &'a str,
}

fn denied(answer: &Answer) -> bool {
    meaning(answer.code, &answer.remark) == ErrorKind::SinkDenied
}

/// Says what is wrong with the key itself: there is none, nobody knows it, or its
/// secret is another one. `None` where the answer does not complain of that.
pub(crate) fn key_fault(remote: &Remote, broker: &str, answer: &Answer) -> Option<PipelineError> {
    if !denied(answer) {
        return None;
    }
    let remark = answer.remark.trim();
    let key = remote.keys().map(|keys| keys.access().to_owned());
    let says = |words: &str| remark.to_lowercase().contains(words);
    let detail = match key {
        None => Sentence::new(fault::KEY_NONE, &[broker, &said(answer)]),
        // 5.x: "User:k is not found."; 4.x: "No acl config for k".
        Some(key) if says("is not found") || says("no acl config") => {
            Sentence::new(fault::KEY_UNKNOWN, &[broker, &key, &said(answer)])
        }
        Some(key) if says("check signature failed") => {
            Sentence::new(fault::SECRET_WRONG, &[broker, &key, &said(answer)])
        }
        Some(key) if says("is disabled") => {
            Sentence::new(fault::KEY_DISABLED, &[broker, &key, &said(answer)])
        }
        Some(_) => return None,
    };
    Some(PipelineError::new(ErrorKind::SinkDenied, detail))
}

/// The rights that these answers say are missing.
pub(crate) fn missing(
    remote: &Remote,
    place: &Place<'_>,
    asked: &[(Need, &Answer)],
) -> Option<PipelineError> {
    let refused: Vec<_> = asked.iter().filter(|(_, answer)| denied(answer)).collect();
    let (_, first) = refused.first()?;
    if let Some(error) = key_fault(remote, place.broker, first) {
        return Some(error);
    }
    // Codes: 16 is ACL 2.0; 1.0 throws, which is answered as any failure.
    let old = first.code != 16;
    let mut lacks: BTreeMap<bool, Vec<&str>> = BTreeMap::new();
    for (need, answer) in &refused {
        let group = *need == Need::Sub && names_group(&answer.remark, place.group);
        lacks.entry(group).or_default().push(match (need, old) {
            (Need::Get, _) => "Get",
            (Need::Sub, false) => "Sub",
            (Need::Sub, true) => "SUB",
            (Need::Pub, false) => "Pub",
            (Need::Pub, true) => "PUB",
        });
    }
    let lacks: Vec<String> = lacks
        .into_iter()
        .map(|(group, actions)| match (group, old) {
            (false, false) => format!("Topic:{} {}", place.topic, actions.join(",")),
            (true, false) => format!("Group:{} {}", place.group, actions.join(",")),
            (false, true) => format!("topicPerms {}={}", place.topic, actions.join("|")),
            (true, true) => format!("groupPerms {}={}", place.group, actions.join("|")),
        })
        .collect();
    let key = remote.keys().map(Keys::access).unwrap_or_default();
    let detail = Sentence::new(fault::LACKS, &[place.broker, key, &lacks.join("; "), &said(first)]);
    Some(PipelineError::new(ErrorKind::SinkDenied, detail))
}

/// A refusal to read is about the topic or about the group: `Group:g` in 5.x,
/// `group:g` in 4.x.
fn names_group(remark: &str, group: &str) -> bool {
    remark.to_lowercase().contains(&format!("group:{}", group.to_lowercase()))
}

/// The broker's words, without the names of classes that 4.x puts around them.
fn said(answer: &Answer) -> String {
    let words = answer.remark.trim();
    let words = words.split_once("AclException: ").map_or(words, |(_, words)| words);
    let words = words.split_once(", org.apache.").map_or(words, |(words, _)| words);
    format!("{words}, {}", answer.code)
}
