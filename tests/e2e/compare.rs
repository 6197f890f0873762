//! Compares what was committed with what a topic holds: each change exactly once, the changes of one
//! key in one queue and in commit order.

use std::collections::{HashMap, HashSet};
use std::fmt;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tidewire_rig::StoredMessage;

use crate::journal::{Change, Entry};

/// Wrong keys that are shown.
const SHOWN: u32 = 8;

/// One message, as it should be or as it is.
type Images = (Option<Entry>, Option<Entry>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) changes: usize,
    pub(crate) wanted: usize,
    pub(crate) messages: usize,
    pub(crate) missing: usize,
    pub(crate) repeated: usize,
    pub(crate) out_of_order: usize,
}

impl Tally {
    pub(crate) fn is_right(&self) -> bool {
        self.wanted == self.messages && self.missing + self.repeated + self.out_of_order == 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { changes, wanted, messages, missing, repeated, out_of_order } = self;
        write!(
            formatter,
            "changes={changes} wanted={wanted} messages={messages} missing={missing} \
             repeated={repeated} out_of_order={out_of_order}"
        )
    }
}

/// What the changes should become: an UPDATE of the key is a DELETE and an INSERT.
pub(crate) fn wanted(changes: &[Change]) -> Vec<Images> {
    let mut all = Vec::with_capacity(changes.len());
    for Change { before, after } in changes {
        match (before, after) {
            (Some(old), Some(new)) if old.id != new.id => {
                all.push((Some(old.clone()), None));
                all.push((None, Some(new.clone())));
            }
            _ => all.push((before.clone(), after.clone())),
        }
    }
    all
}

fn by_key(all: impl IntoIterator<Item = Images>) -> HashMap<i64, Vec<Images>> {
    let mut keys: HashMap<i64, Vec<Images>> = HashMap::new();
    for images in all {
        let id = images.1.as_ref().or(images.0.as_ref()).map_or(0, |entry| entry.id);
        keys.entry(id).or_default().push(images);
    }
    keys
}

/// `table` is `database.table`; messages come sorted by queue and offset.
pub(crate) fn compare(table: &str, changes: &[Change], messages: &[StoredMessage]) -> Result<Tally> {
    let wanted = wanted(changes);
    let mut tally =
        Tally { changes: changes.len(), wanted: wanted.len(), messages: messages.len(), ..Tally::default() };
    let mut stored = Vec::with_capacity(messages.len());
    let mut queues: HashMap<i64, i32> = HashMap::new();
    let mut places: HashMap<i64, Vec<String>> = HashMap::new();
    let (mut positions, mut ids) = (HashSet::new(), HashSet::new());
    for message in messages {
        let images = read(table, message)
            .with_context(|| format!("queue {} offset {}", message.queue, message.offset))?;
        let position = message.properties.get("TW_POS").context("no TW_POS")?;
        let again = !positions.insert(position);
        ensure!(again != ids.insert(&message.msg_id), "message ids and positions disagree at {position}");
        let id = images.1.as_ref().or(images.0.as_ref()).map_or(0, |entry| entry.id);
        if *queues.entry(id).or_insert(message.queue) != message.queue {
            tally.out_of_order += 1;
        }
        places.entry(id).or_default().push(format!("{}@{} {position}", message.queue, message.offset));
        stored.push(images);
    }
    let mut shown = 0;
    let mut stored = by_key(stored);
    for (id, wanted) in by_key(wanted) {
        let stored = stored.remove(&id).unwrap_or_default();
        let left = without(&wanted, &stored);
        let right = without(&stored, &wanted);
        tally.missing += wanted.len() - left.len();
        tally.repeated += stored.len() - right.len();
        tally.out_of_order += left.iter().zip(&right).filter(|(left, right)| left != right).count();
        if left.len() != wanted.len() || right.len() != stored.len() || left != right {
            shown += 1;
            if shown <= SHOWN {
                let places = places.get(&id).cloned().unwrap_or_default().join(", ");
                println!("key {id}:\n  wanted {}\n  stored {}\n  {places}", short(&wanted), short(&stored));
            }
        }
    }
    tally.repeated += stored.values().map(Vec::len).sum::<usize>();
    Ok(tally)
}

fn short(all: &[Images]) -> String {
    let version = |entry: &Option<Entry>| entry.as_ref().map_or("-".to_owned(), |e| e.version.to_string());
    all.iter().map(|(a, b)| format!("{}>{}", version(a), version(b))).collect::<Vec<_>>().join(" ")
}

/// Those of `left` that `right` holds too, as often as it does.
fn without<'a>(left: &'a [Images], right: &[Images]) -> Vec<&'a Images> {
    let mut supply: HashMap<&Images, usize> = HashMap::new();
    for images in right {
        *supply.entry(images).or_default() += 1;
    }
    left.iter()
        .filter(|images| match supply.get_mut(images) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        })
        .collect()
}

fn read(table: &str, message: &StoredMessage) -> Result<Images> {
    let body: Value = serde_json::from_slice(&message.body)?;
    let images = (entry(&body["prevStruct"])?, entry(&body["postStruct"])?);
    let kind = match &images {
        (None, Some(_)) => "INSERT",
        (Some(_), Some(_)) => "UPDATE",
        (Some(_), None) => "DELETE",
        (None, None) => "",
    };
    ensure!(body["recordType"] == kind, "a {} with the images of a {kind}", body["recordType"]);
    let id = images.1.as_ref().or(images.0.as_ref()).map_or(0, |entry| entry.id);
    ensure!(message.keys.as_deref() == Some(&format!("{table}-{id}")), "keys {:?}", message.keys);
    ensure!(message.tags.as_deref() == Some("default_tag"), "tags {:?}", message.tags);
    Ok(images)
}

fn entry(image: &Value) -> Result<Option<Entry>> {
    if image.is_null() {
        return Ok(None);
    }
    Ok(Some(Entry {
        id: image["id"].as_i64().context("no id")?,
        version: image["version"].as_i64().context("no version")?,
        text: image["text"].as_str().map(ToOwned::to_owned),
    }))
}
