//! Canal reads the same log: message by message ours are its own. And its clients get of our messages
//! what stands in them.

use std::fmt::Write as _;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};
use tidewire_rig::readers::{FlatMessage, LogRange};

use super::Story;
use crate::rules::Rule;
use crate::servers::readers;
use crate::source::Source;
use crate::types::Column;

/// Canal takes every text for UTF-8, whatever its column's charset: it sends replacement characters.
/// Ours are right, as the readers beside it show.
fn canal_spoils(column: &Column) -> bool {
    column.sql_type.contains("CHARACTER SET") && !column.sql_type.starts_with("ENUM")
}

/// OceanBase's Binlog Service reverses the bytes of doubles inside documents, and Canal prints what comes
/// of it. Turns them back.
fn turned(document: &str) -> String {
    let mut out = String::new();
    for part in document.split_inclusive([' ', ',', '}', ']']) {
        let word = part.trim_end_matches([' ', ',', '}', ']']);
        match word.parse::<f64>() {
            Ok(double) if word.contains(['.', 'E']) => {
                let double = f64::from_bits(double.to_bits().swap_bytes());
                write!(out, "{double}{}", &part[word.len()..]).unwrap();
            }
            _ => out += part,
        }
    }
    out
}

/// Replaces what Canal got wrong, in its message and in the text of it, by what we sent or what is right.
fn mend(story: &Story, ours: &Value, theirs: &mut Value, text: &mut Option<String>) {
    for column in &story.table.columns {
        for image in ["/data/0", "/old/0"] {
            let ours = ours.pointer(image).and_then(|image| image.get(&column.name));
            let theirs = theirs.pointer_mut(image).and_then(|image| image.get_mut(&column.name));
            let (Some(ours), Some(theirs)) = (ours, theirs) else { continue };
            let right = match theirs {
                Value::String(_) if canal_spoils(column) => ours.clone(),
                Value::String(document)
                    if column.rule == Rule::Json && matches!(story.source, Source::OceanBase(_)) =>
                {
                    turned(document).into()
                }
                _ => continue,
            };
            let member = |value: &Value| format!("\"{}\":{value}", column.name);
            if let Some(text) = text {
                *text = text.replace(&member(theirs), &member(&right));
            }
            *theirs = right;
        }
    }
}

/// A row of Canal's, which puts those of one event into one message.
struct Single {
    /// The message with this row alone.
    message: Value,
    /// The message as Canal wrote it, if it held no other row.
    text: Option<String>,
}

fn singles(lines: Vec<String>) -> Result<Vec<Single>> {
    let mut singles = Vec::new();
    for line in lines {
        let whole: Value = serde_json::from_str(&line)?;
        let rows = whole["data"].as_array().with_context(|| format!("no rows in {line}"))?.clone();
        let last = rows.len() - 1;
        for (index, row) in rows.iter().enumerate() {
            let mut message = whole.clone();
            message["data"] = Value::Array(vec![row.clone()]);
            if let Some(old) = whole["old"].as_array() {
                let mut old = old[index].clone();
                // In later rows Canal repeats columns that only earlier ones changed: same value as now.
                if let (Some(old), true) = (old.as_object_mut(), index > 0) {
                    old.retain(|name, value| *value != row[name.as_str()]);
                }
                message["old"] = Value::Array(vec![old]);
            }
            if index < last {
                // The codes are those of the message's last row.
                message["sqlType"] = Value::Null;
            }
            singles.push(Single { message, text: (last == 0).then(|| line.clone()) });
        }
    }
    Ok(singles)
}

/// Takes out what can't be equal; gives the message's text without it.
fn comparable(message: &mut Value, text: &str) -> String {
    let mut text = text.to_owned();
    for name in ["id", "ts"] {
        let value = message[name].take();
        text = text.replace(&format!("\"{name}\":{value},"), "");
    }
    text
}

/// Names, ours and Canal's, of every member that differs.
fn differences(path: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    let empty = Map::new();
    match (ours, theirs) {
        (Value::Object(_), Value::Object(_)) | (Value::Array(_), Value::Array(_)) => {}
        _ if ours == theirs => return,
        _ => {
            let short = |value: &Value| value.to_string().chars().take(120).collect::<String>();
            found.push(format!("{path}: {} instead of Canal's {}", short(ours), short(theirs)));
            return;
        }
    }
    if let (Some(ours), Some(theirs)) = (ours.as_array(), theirs.as_array()) {
        for index in 0..ours.len().max(theirs.len()) {
            let at = |list: &[Value]| list.get(index).cloned().unwrap_or("absent".into());
            differences(path, &at(ours), &at(theirs), found);
        }
        return;
    }
    let (ours, theirs) = (ours.as_object().unwrap_or(&empty), theirs.as_object().unwrap_or(&empty));
    let mut names: Vec<&String> = ours.keys().chain(theirs.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let at = |map: &Map<String, Value>| map.get(name).cloned().unwrap_or("absent".into());
        differences(&format!("{path}.{name}"), &at(ours), &at(theirs), found);
    }
}

pub(super) async fn ours_equal_canals(story: &Story) -> Result<()> {
    let (port, user, password) = story.source.login();
    let range = LogRange {
        host: "127.0.0.1",
        port,
        user: &user,
        password,
        from: (&story.table.from.file, story.table.from.offset),
        to: (&story.end.file, story.end.offset),
        tables: &format!("ledgers\\.{}", story.table.name),
    };
    let canals = singles(readers().await?.canal(&range).await?)?;
    let bodies = story.bodies("canal-flat");
    ensure!(canals.len() == bodies.len(), "Canal has {} rows, we have {}", canals.len(), bodies.len());
    let mut found = Vec::new();
    let mut bytes = 0;
    for (number, (body, canal)) in bodies.iter().zip(canals).enumerate() {
        let body = std::str::from_utf8(body)?;
        let mut ours: Value = serde_json::from_str(body)?;
        let mut theirs = canal.message;
        let body = comparable(&mut ours, body);
        let mut text = canal.text.map(|text| comparable(&mut theirs, &text));
        theirs["id"].take();
        theirs["ts"].take();
        mend(story, &ours, &mut theirs, &mut text);
        if theirs["sqlType"].is_null() {
            ours["sqlType"].take();
        }
        let before = found.len();
        differences(&format!("message {number}"), &ours, &theirs, &mut found);
        if let (Some(text), true) = (text, before == found.len()) {
            // The same order of members and the same escapes, too.
            ensure!(body == text, "message {number}:\n{body}\nis not Canal's\n{text}");
            bytes += 1;
        }
    }
    println!("{} messages are Canal's, {bytes} of them byte for byte", bodies.len());
    found.iter().take(60).for_each(|line| println!("{line}"));
    ensure!(found.is_empty(), "{} differences from Canal", found.len());
    ensure!(bytes > 0, "no message was compared byte for byte");
    Ok(())
}

/// Canal's clients hold what stands in the message, and its adapters the same rows.
pub(super) async fn clients_get_all(story: &Story) -> Result<()> {
    for format in ["canal", "canal-flat"] {
        let bodies = story.bodies(format);
        for (body, reading) in bodies.iter().zip(readers().await?.flat(&bodies).await?) {
            let sent: FlatMessage = serde_json::from_slice(body)?;
            ensure!(reading.flat == sent, "{format}: {:?} was read as {:?}", sent, reading.flat);
            let rows: Value = serde_json::to_value(&sent.data)?;
            ensure!(reading.common["data"] == rows, "{format}: adapters got {}", reading.common["data"]);
        }
    }
    Ok(())
}
