//! Compares what was committed with what the topics hold: nothing missing, nothing twice, and the
//! changes of one key in one queue in commit order.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Messages;
use super::tables::TABLES;
use super::workload::{Change, Image, Value};

/// The outcome, printed as the demo's last line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    source: usize,
    messages: usize,
    missing: usize,
    repeated: usize,
    out_of_order: usize,
}

impl Tally {
    pub fn is_right(&self) -> bool {
        self.source == self.messages && self.missing + self.repeated + self.out_of_order == 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, messages, missing, repeated, out_of_order } = self;
        write!(
            formatter,
            "demo: source={source} messages={messages} missing={missing} repeated={repeated} out_of_order={out_of_order}"
        )
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(borrow)]
    prev_struct: Option<BTreeMap<&'a str, &'a RawValue>>,
    #[serde(borrow)]
    post_struct: Option<BTreeMap<&'a str, &'a RawValue>>,
    record_type: &'a str,
}

/// Before and after image: what a change is told by.
type Images = (Option<Image>, Option<Image>);
/// Table and key.
type Row = (usize, Image);

pub fn compare(changes: &[Change], messages: &Messages) -> Result<Tally> {
    let mut tally = Tally { source: changes.len(), ..Tally::default() };
    let mut committed: HashMap<Row, Vec<Images>> = HashMap::new();
    for change in changes {
        let images = (change.before.clone(), change.after.clone());
        committed.entry(row(change.table, &images)).or_default().push(images);
    }
    let mut stored: HashMap<Row, Vec<Images>> = HashMap::new();
    let mut queues: HashMap<Row, i32> = HashMap::new();
    let mut seen = HashSet::new();
    for (table, described) in TABLES.iter().enumerate() {
        for message in &messages[described.name] {
            tally.messages += 1;
            if let Some(position) = message.properties.get("TW_POS")
                && !seen.insert(position)
            {
                tally.repeated += 1;
                continue;
            }
            let images = read(table, &message.body)
                .with_context(|| format!("message {} of topic {}", message.offset, described.name))?;
            let row = row(table, &images);
            if *queues.entry(row.clone()).or_insert(message.queue) != message.queue {
                tally.out_of_order += 1;
            }
            stored.entry(row).or_default().push(images);
        }
    }
    for (row, committed) in &committed {
        let stored = stored.remove(row).unwrap_or_default();
        let (missing, committed_rest) = without(committed, &stored);
        let (extra, stored_rest) = without(&stored, committed);
        tally.missing += missing;
        tally.repeated += extra;
        tally.out_of_order +=
            committed_rest.iter().zip(&stored_rest).filter(|(left, right)| left != right).count();
    }
    // Rows that were never changed have no business in a topic.
    tally.repeated += stored.values().map(Vec::len).sum::<usize>();
    Ok(tally)
}

/// How many of `left` are not in `right`, and the others in order.
fn without<'a>(left: &'a [Images], right: &[Images]) -> (usize, Vec<&'a Images>) {
    let mut supply: HashMap<&Images, usize> = HashMap::new();
    for images in right {
        *supply.entry(images).or_default() += 1;
    }
    let common: Vec<&Images> = left
        .iter()
        .filter(|images| match supply.get_mut(images) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        })
        .collect();
    (left.len() - common.len(), common)
}

fn row(table: usize, images: &Images) -> Row {
    let image = images.1.as_ref().or(images.0.as_ref());
    let key = image.map(|image| image[..TABLES[table].key].to_vec());
    (table, key.unwrap_or_default())
}

fn read(table: usize, body: &[u8]) -> Result<Images> {
    let body: Body = serde_json::from_slice(body).context("not a message of format Default")?;
    let images = (image(table, body.prev_struct)?, image(table, body.post_struct)?);
    let expected = match images {
        (None, Some(_)) => "INSERT",
        (Some(_), Some(_)) => "UPDATE",
        _ => "DELETE",
    };
    anyhow::ensure!(body.record_type == expected, "a {} has the images of a {expected}", body.record_type);
    Ok(images)
}

fn image(table: usize, columns: Option<BTreeMap<&str, &RawValue>>) -> Result<Option<Image>> {
    let Some(columns) = columns else {
        return Ok(None);
    };
    let values = TABLES[table].columns.iter().map(|name| {
        let token = columns.get(name).with_context(|| format!("column {name} is missing"))?.get();
        Ok(match token {
            "null" => Value::Null,
            _ if token.starts_with('"') => Value::Text(serde_json::from_str(token)?),
            _ => Value::Number(token.to_owned()),
        })
    });
    values.collect::<Result<Image>>().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rocketmq::StoredMessage;

    fn user(name: &str) -> Image {
        let text = |text: &str| Value::Text(text.to_owned());
        let number = |digits: &str| Value::Number(digits.to_owned());
        vec![number("1"), text(name), text("138"), number("0"), number("1.5000"), Value::Null]
    }

    fn message(offset: i64, body: &str) -> StoredMessage {
        StoredMessage {
            queue: 0,
            offset,
            commit_offset: offset,
            tags: None,
            keys: None,
            msg_id: String::new(),
            properties: BTreeMap::from([("TW_POS".to_owned(), format!("u:{offset}"))]),
            body: body.as_bytes().to_vec(),
            store_timestamp: 0,
            born_timestamp: 0,
        }
    }

    fn json(name: &str) -> String {
        format!(r#"{{"id":1,"name":"{name}","phone":"138","vip":0,"balance":1.5000,"birthday":null}}"#)
    }

    #[test]
    fn missing_repeated_and_disorder_are_counted() -> Result<()> {
        let change = |before: Option<&str>, after: Option<&str>| Change {
            table: 2,
            before: before.map(user),
            after: after.map(user),
        };
        let changes = [change(None, Some("a")), change(Some("a"), Some("b")), change(Some("b"), None)];
        let body = |before: &str, after: &str, kind: &str| {
            format!(
                r#"{{"prevStruct":{before},"postStruct":{after},"allMetaData":{{}},"recordType":"{kind}"}}"#
            )
        };
        let insert = body("null", &json("a"), "INSERT");
        let update = body(&json("a"), &json("b"), "UPDATE");
        let delete = body(&json("b"), "null", "DELETE");
        let tally = |bodies: &[&String]| {
            let users = bodies.iter().zip(0..).map(|(body, offset)| message(offset, body)).collect();
            let mut messages: Messages = TABLES.iter().map(|table| (table.name, Vec::new())).collect();
            messages.insert("users", users);
            compare(&changes, &messages)
        };
        assert!(tally(&[&insert, &update, &delete])?.is_right());
        assert_eq!(tally(&[&insert, &delete])?.missing, 1);
        assert_eq!(tally(&[&insert, &update, &update, &delete])?.repeated, 1);
        assert_eq!(tally(&[&insert, &delete, &update])?.out_of_order, 2);
        Ok(())
    }
}
