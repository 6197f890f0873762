//! The published JSON schemas describe the messages, and refuse what is none.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Story;
use crate::servers::{readers, story};

const FORMATS: [&str; 4] = ["default", "default-extend-column-type", "dataworks2", "shareplex"];

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn schema(format: &str) -> Result<String> {
    let path = format!("{ROOT}/packaging/schemas/{format}.schema.json");
    std::fs::read_to_string(&path).with_context(|| path)
}

async fn check(format: &str, bodies: &[impl AsRef<[u8]>]) -> Result<()> {
    let all = readers().await?.validate(&schema(format)?, bodies).await?;
    for (body, errors) in bodies.iter().zip(all) {
        let text = String::from_utf8_lossy(body.as_ref());
        ensure!(errors.is_empty(), "{format}: {errors:?}\n{text:.3000}");
    }
    Ok(())
}

pub(super) async fn bodies_are_valid(story: &Story) -> Result<()> {
    for format in FORMATS {
        check(format, &story.bodies(format)).await?;
    }
    Ok(())
}

/// A message of the golden ones.
fn golden(format: &str, name: &str) -> Result<Value> {
    let text = std::fs::read_to_string(format!("{ROOT}/tests/golden/{format}/{name}.json"))?;
    Ok(serde_json::from_str(&text)?)
}

/// A golden message with one member replaced, or taken away (`null` as a JSON value stays a value).
struct Broken {
    message: &'static str,
    pointer: &'static str,
    value: Option<Value>,
}

fn broken(message: &'static str, pointer: &'static str, value: impl Into<Option<Value>>) -> Broken {
    Broken { message, pointer, value: value.into() }
}

/// What no reader of the format expects.
fn wrong(format: &str) -> Vec<Broken> {
    let more = match format {
        "default" => Vec::new(),
        "default-extend-column-type" => vec![
            broken("delete", "/prevStruct/__light_type", None),
            broken("insert", "/postStruct/__light_type/region", json!({"schemaType": "varchar"})),
            broken("insert", "/postStruct/__light_type/region", json!({})),
        ],
        "dataworks2" => return wrong_dataworks(),
        _ => return wrong_shareplex(),
    };
    wrong_default().into_iter().chain(more).collect()
}

fn wrong_default() -> Vec<Broken> {
    vec![
        broken("insert", "/recordType", json!("REPLACE")),
        broken("insert", "/recordType", json!("DELETE")),
        broken("insert", "/prevStruct", json!({"id": 1})),
        broken("insert", "/prevStruct", None),
        broken("update", "/prevStruct", Value::Null),
        broken("delete", "/postStruct", json!({})),
        broken("insert", "/postStruct/region", json!(true)),
        broken("insert", "/postStruct/region", json!({"nested": 1})),
        broken("insert", "/more", json!(1)),
        broken("insert", "/allMetaData/more", json!(1)),
        broken("insert", "/allMetaData/checkpoint", json!(1_700_000_000)),
        broken("insert", "/allMetaData/timestamp", json!("1700000000.5")),
        broken("insert", "/allMetaData/storeDataSequence", json!("170000000000001")),
        broken("insert", "/allMetaData/db", json!("shop")),
        broken("insert", "/allMetaData/dbType", json!("ORACLE")),
        broken("insert", "/allMetaData/uniqueId", json!("1002_336195_0")),
        broken("insert", "/allMetaData/transId", None),
        broken("insert", "/allMetaData/record_primary_value", Value::Null),
    ]
}

fn wrong_dataworks() -> Vec<Broken> {
    vec![
        broken("insert", "/version", json!("1.0")),
        broken("insert", "/schema/source/dbType", json!("OB_MYSQL")),
        broken("insert", "/schema/source/dbVersion", json!("4.3")),
        broken("insert", "/schema/column/0/type", json!("varchar(16)")),
        broken("insert", "/schema/column", json!([])),
        broken("insert", "/schema/pk", json!([])),
        broken("insert", "/schema/pk", None),
        broken("insert", "/payload/op", json!("insert")),
        broken("insert", "/payload/before", json!({"data": {"id": 1}})),
        broken("update", "/payload/before", Value::Null),
        broken("delete", "/payload/after", json!({"data": {}})),
        broken("insert", "/payload/after/data/id", json!([1])),
        broken("insert", "/payload/after/region", json!("cn-sh")),
        broken("insert", "/payload/scn", json!(170_000_000_000_001_u64)),
        broken("insert", "/payload/timestamp/eventTime", json!(1_700_000_000_345_u64)),
        broken("insert", "/payload/timestamp/systemTime", None),
        broken("insert", "/payload/ddl", None),
        broken("insert", "/extend/load_fm", json!("a name that is far too long")),
        broken("insert", "/extend", None),
    ]
}

fn wrong_shareplex() -> Vec<Broken> {
    vec![
        broken("insert", "/meta/op", json!("INSERT")),
        broken("insert", "/key", json!({"id": 1})),
        broken("insert", "/data", json!({})),
        broken("update", "/key", None),
        broken("update", "/meta/op", json!("del")),
        broken("insert", "/data/id", json!(false)),
        broken("insert", "/meta/time", json!("2023-11-15 06:13:20")),
        broken("insert", "/meta/seq", json!("1")),
        broken("insert", "/meta/seq", json!(0)),
        broken("insert", "/meta/idx", json!("1/3")),
        broken("insert", "/meta/size", json!(3)),
        broken("insert", "/meta/table", json!("all_types")),
        broken("insert", "/meta/rowid", json!("all_types")),
        broken("insert", "/meta/scn", json!("")),
        broken("insert", "/meta/trans", None),
        broken("insert", "/sql", json!({"ddl": "x"})),
    ]
}

fn apply(message: &mut Value, pointer: &str, value: Option<Value>) -> Result<()> {
    let (parent, name) = pointer.rsplit_once('/').context("no pointer")?;
    let parent = message.pointer_mut(parent).with_context(|| format!("no {pointer}"))?;
    match value {
        Some(value) => parent[name] = value,
        None => {
            parent
                .as_object_mut()
                .and_then(|map| map.remove(name))
                .with_context(|| format!("no {pointer}"))?;
        }
    }
    Ok(())
}

async fn golden_messages_and_broken_ones() -> Result<()> {
    for format in FORMATS {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(format!("{ROOT}/tests/golden/{format}"))? {
            all.push(std::fs::read(entry?.path())?);
        }
        ensure!(all.len() >= 3, "{format}: {} golden messages", all.len());
        check(format, &all).await?;

        let wrong = wrong(format);
        let mut bodies = Vec::new();
        for Broken { message, pointer, value } in &wrong {
            let mut message = golden(format, message)?;
            apply(&mut message, pointer, value.clone())?;
            bodies.push(message.to_string());
        }
        let answers = readers().await?.validate(&schema(format)?, &bodies).await?;
        for (Broken { message, pointer, value }, errors) in wrong.iter().zip(&answers) {
            ensure!(!errors.is_empty(), "{format}: {message} with {value:?} at {pointer} is let through");
        }
        println!("{format}: {} golden messages valid, {} broken ones refused", all.len(), wrong.len());
    }
    Ok(())
}

#[test]
fn schemas_hold_for_golden_messages() {
    story(golden_messages_and_broken_ones());
}
