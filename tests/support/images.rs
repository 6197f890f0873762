//! Row images as they stand in the messages of each format, read with nothing of the product's own.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde_json::value::RawValue;

/// Column name to JSON token.
pub(crate) type Image = BTreeMap<String, Box<RawValue>>;

/// What a message says of a row.
#[derive(Debug, Default)]
pub(crate) struct Images {
    pub(crate) before: Option<Image>,
    pub(crate) after: Option<Image>,
    /// Formats that name the changed columns: exactly these.
    pub(crate) changed: Option<Vec<String>>,
}

/// Formats of the project file that a message's images can be read from, all but Canal's own.
pub(crate) const FORMATS: [&str; 8] = [
    "default",
    "default-extend-column-type",
    "canal",
    "dataworks2",
    "shareplex",
    "debezium",
    "debezium-flatten",
    "debezium-smt",
];

fn object(raw: &RawValue) -> Result<Image> {
    serde_json::from_str(raw.get()).with_context(|| format!("no object: {}", raw.get()))
}

fn image(raw: Option<&RawValue>) -> Result<Option<Image>> {
    match raw {
        Some(raw) if raw.get() != "null" => object(raw).map(Some),
        _ => Ok(None),
    }
}

fn field<'i>(from: &'i Image, name: &str) -> Result<&'i RawValue> {
    from.get(name).map(AsRef::as_ref).with_context(|| format!("no {name}"))
}

fn text(from: &Image, name: &str) -> Result<String> {
    Ok(serde_json::from_str(field(from, name)?.get())?)
}

/// Reads the images of a message.
pub(crate) fn read(format: &str, body: &[u8]) -> Result<Images> {
    let body: Image = serde_json::from_slice(body)?;
    match format {
        "default" => pair(&body, "prevStruct", "postStruct"),
        "default-extend-column-type" => {
            let mut images = pair(&body, "prevStruct", "postStruct")?;
            for image in [&mut images.before, &mut images.after].into_iter().flatten() {
                let types = image.remove("__light_type").context("no types")?;
                ensure!(object(&types)?.keys().eq(image.keys()), "types of other columns");
            }
            Ok(images)
        }
        "canal" => canal(&body),
        "dataworks2" => {
            let payload = object(field(&body, "payload")?)?;
            let mut images = pair(&payload, "before", "after")?;
            for image in [&mut images.before, &mut images.after].into_iter().flatten() {
                *image = object(field(image, "data")?)?;
            }
            Ok(images)
        }
        "shareplex" => shareplex(&body),
        "debezium" => pair(&object(field(&body, "payload")?)?, "before", "after"),
        "debezium-flatten" => pair(&body, "before", "after"),
        "debezium-smt" => {
            let mut row = body;
            let deleted = text(&row, "__deleted")? == "true";
            row.remove("__deleted");
            let (before, after) = if deleted { (Some(row), None) } else { (None, Some(row)) };
            Ok(Images { before, after, changed: None })
        }
        _ => bail!("no format {format}"),
    }
}

fn pair(from: &Image, before: &str, after: &str) -> Result<Images> {
    let image = |name: &str| image(from.get(name).map(AsRef::as_ref));
    Ok(Images { before: image(before)?, after: image(after)?, changed: None })
}

/// The row, and for an update the old values of what changed.
fn canal(body: &Image) -> Result<Images> {
    let one = |name: &str| -> Result<Option<Image>> {
        let list: Option<Vec<Image>> = serde_json::from_str(field(body, name)?.get())?;
        let Some(mut list) = list else { return Ok(None) };
        ensure!(list.len() == 1, "{} rows", list.len());
        Ok(list.pop())
    };
    let (row, old) = (one("data")?.context("no data")?, one("old")?);
    Ok(match text(body, "type")?.as_str() {
        "INSERT" => Images { after: Some(row), ..Images::default() },
        "DELETE" => Images { before: Some(row), ..Images::default() },
        _ => {
            let old = old.context("an update without old values")?;
            let changed = Some(old.keys().cloned().collect());
            let mut before: Image = row.iter().map(|(name, raw)| (name.clone(), raw.clone())).collect();
            before.extend(old);
            Images { before: Some(before), after: Some(row), changed }
        }
    })
}

/// The new values of what changed, and for an update the whole old row.
fn shareplex(body: &Image) -> Result<Images> {
    let data = object(field(body, "data")?)?;
    let meta = object(field(body, "meta")?)?;
    Ok(match text(&meta, "op")?.as_str() {
        "ins" => Images { after: Some(data), ..Images::default() },
        "del" => Images { before: Some(data), ..Images::default() },
        _ => {
            let before = object(field(body, "key")?)?;
            let changed = Some(data.keys().cloned().collect());
            let mut after: Image = before.iter().map(|(name, raw)| (name.clone(), raw.clone())).collect();
            after.extend(data);
            Images { before: Some(before), after: Some(after), changed }
        }
    })
}
