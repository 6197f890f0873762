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
        "INSERT" | "c" | "ins" => Ok(Kind::Insert),
        "UPDATE" | "u" | "upd" => Ok(Kind::Update),
        "DELETE" | "d" | "del" => Ok(Kind::Delete),
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
        Format::Canal | Format::CanalFlat => canal(body),
        Format::Dataworks2 => dataworks(body),
        Format::Shareplex => shareplex(body),
        Format::Default => default(body),
        Format::DefaultExtendColumnType => typed(default(body)?),
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

/// The types of the columns stand among the cells.
fn typed(mut said: Said) -> Result<Said, String> {
    for image in [&mut said.before, &mut said.after].into_iter().flatten() {
        let types = image.remove("__light_type").ok_or("no __light_type")?;
        let named = object(&types)?;
        if !named.keys().eq(image.keys()) {
            return Err(format!("types of other columns: {types}"));
        }
    }
    Ok(said)
}

fn dataworks(body: &str) -> Result<Said, String> {
    let members = object(body)?;
    let member =
        |from: &Object<'_>, name: &str| from.get(name).map(|raw| raw.get().to_owned()).ok_or("missing");
    let (schema, payload) = (member(&members, "schema")?, member(&members, "payload")?);
    let (schema, payload) = (object(&schema)?, object(&payload)?);
    let source = member(&schema, "source")?;
    let source = object(&source)?;
    let image = |name: &str| match payload.get(name).ok_or("an image is missing")?.get() {
        "null" => Ok(None),
        image => cells(object(image)?.get("data").ok_or("no data")?.get()),
    };
    let kind = kind_of(&text(payload.get("op"))?)?;
    Ok(Said {
        kind: Some(kind),
        deleted: kind == Kind::Delete,
        table: Some((text(source.get("dbName"))?, text(source.get("table"))?)),
        before: image("before")?,
        after: image("after")?,
    })
}

fn shareplex(body: &str) -> Result<Said, String> {
    let members = object(body)?;
    let meta = object(members.get("meta").ok_or("no meta")?.get())?;
    let kind = kind_of(&text(meta.get("op"))?)?;
    let data = cells(members.get("data").ok_or("no data")?.get())?;
    let key = members.get("key").map_or(Ok(None), |raw| cells(raw.get()))?;
    let deleted = kind == Kind::Delete;
    let (before, after) = if deleted { (data, key) } else { (key, data) };
    // Database and table stand in one text, and both may hold dots.
    Ok(Said { kind: Some(kind), deleted, table: None, before, after })
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
