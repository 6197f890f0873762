//! What a message says, read from its JSON.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use tidewire_engine::project::Format;

use crate::bytes::table::Kind;
use crate::database::shape::MARK;

/// Cells of an image by column.
pub type Cells = BTreeMap<String, String>;

/// A message.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// What happened; DebeziumSmt tells deletes only.
    pub kind: Option<Kind>,
    /// Whether the row is gone.
    pub deleted: bool,
    /// Database and table, where the format names them.
    pub table: Option<(String, String)>,
    /// Cells before.
    pub before: Option<Cells>,
    /// Cells after.
    pub after: Option<Cells>,
}

type Object<'a> = BTreeMap<String, &'a RawValue>;

fn object(raw: &str) -> Result<Object<'_>, String> {
    serde_json::from_str(raw).map_err(|error| format!("no JSON object: {error}"))
}

fn text(raw: Option<&&RawValue>) -> Result<String, String> {
    let raw = raw.ok_or("a member is missing")?;
    serde_json::from_str(raw.get()).map_err(|error| format!("no text: {error}"))
}

fn cells(raw: &str) -> Result<Option<Cells>, String> {
    if raw == "null" {
        return Ok(None);
    }
    Ok(Some(object(raw)?.into_iter().map(|(name, value)| (name, value.get().to_owned())).collect()))
}

/// The one element of an array.
fn only(raw: &str) -> Result<Option<Cells>, String> {
    if raw == "null" {
        return Ok(None);
    }
    let list: Vec<&RawValue> = serde_json::from_str(raw).map_err(|error| error.to_string())?;
    match list.as_slice() {
        [one] => cells(one.get()),
        more => Err(format!("{} elements", more.len())),
    }
}

fn kind_of(word: &str) -> Result<Kind, String> {
    match word {
        "INSERT" | "c" => Ok(Kind::Insert),
        "UPDATE" | "u" => Ok(Kind::Update),
        "DELETE" | "d" => Ok(Kind::Delete),
        other => Err(format!("unknown kind {other}")),
    }
}

/// Reads a body.
///
/// # Errors
/// What is wrong with it.
pub fn read(format: Format, body: &[u8]) -> Result<Said, String> {
    let body = std::str::from_utf8(body).map_err(|_| "no UTF-8")?;
    match format {
        Format::DebeziumSmt => smt(body),
        Format::Debezium => flat(object(body)?.get("payload").ok_or("no payload")?.get()),
        Format::DebeziumFlatten => flat(body),
        Format::Canal => canal(body),
        _ => default(body),
    }
}

fn smt(body: &str) -> Result<Said, String> {
    let mut row = cells(body)?.ok_or("null")?;
    let deleted = row.remove("__deleted").ok_or("no __deleted")? == "\"true\"";
    let kind = deleted.then_some(Kind::Delete);
    let (before, after) = if deleted { (Some(row), None) } else { (None, Some(row)) };
    Ok(Said { kind, deleted, table: None, before, after })
}

fn flat(body: &str) -> Result<Said, String> {
    let members = object(body)?;
    let kind = kind_of(&text(members.get("op"))?)?;
    let source = object(members.get("source").ok_or("no source")?.get())?;
    let image = |name: &str| members.get(name).map_or(Ok(None), |raw| cells(raw.get()));
    Ok(Said {
        kind: Some(kind),
        deleted: kind == Kind::Delete,
        table: Some((text(source.get("db"))?, text(source.get("table"))?)),
        before: image("before")?,
        after: image("after")?,
    })
}

fn default(body: &str) -> Result<Said, String> {
    let members = object(body)?;
    let kind = kind_of(&text(members.get("recordType"))?)?;
    let meta = object(members.get("allMetaData").ok_or("no allMetaData")?.get())?;
    let database = text(meta.get("db"))?;
    // The tenant stands before the database.
    let database = database.strip_prefix("tenant.").unwrap_or(&database).to_owned();
    let image = |name: &str| cells(members.get(name).ok_or("an image is missing")?.get());
    Ok(Said {
        kind: Some(kind),
        deleted: kind == Kind::Delete,
        table: Some((database, text(meta.get("table_name"))?)),
        before: image("prevStruct")?,
        after: image("postStruct")?,
    })
}

fn canal(body: &str) -> Result<Said, String> {
    let members = object(body)?;
    let kind = kind_of(&text(members.get("type"))?)?;
    let image = |name: &str| only(members.get(name).ok_or("an image is missing")?.get());
    let (data, old) = (image("data")?, image("old")?);
    let deleted = kind == Kind::Delete;
    let (before, after) = if deleted { (data, old) } else { (old, data) };
    Ok(Said {
        kind: Some(kind),
        deleted,
        table: Some((text(members.get("database"))?, text(members.get("table"))?)),
        before,
        after,
    })
}

impl Said {
    /// The mark of the row that the message is about.
    #[must_use]
    pub fn mark(&self) -> Option<i128> {
        let row = if self.deleted { &self.before } else { &self.after };
        row.as_ref()?.get(MARK)?.trim_matches('"').parse().ok()
    }
}
