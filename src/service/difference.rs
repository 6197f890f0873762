//! What a message says of a row: before and after, column by column, out of the
//! body of any format. Values stay as the body writes them.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use tidewire_engine::project::{Dml, Format};

/// One column of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnChange {
    /// Name.
    pub name: String,
    /// Value before; nothing where the message has none.
    pub before: Option<String>,
    /// Value after.
    pub after: Option<String>,
}

impl ColumnChange {
    /// Whether an update changed it.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.before.is_some() && self.after.is_some() && self.before != self.after
    }
}

/// A JSON object in its order, values unread.
#[derive(Default)]
struct Object(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

impl Object {
    fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    fn raw(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.get())
    }

    /// The object in a field; one in a list of one as well.
    fn object(&self, name: &str) -> Option<Self> {
        let text = self.raw(name)?.trim();
        let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        Self::read(inner.unwrap_or(text))
    }
}

/// The row of a message, or nothing when the body can't be read.
#[must_use]
pub fn row(format: Format, kind: Dml, body: &str) -> Option<Vec<ColumnChange>> {
    let whole = Object::read(body)?;
    let (before, after) = match format {
        Format::Default | Format::DefaultExtendColumnType => {
            (whole.object("prevStruct"), whole.object("postStruct"))
        }
        Format::Canal | Format::CanalFlat => match kind {
            Dml::Delete => (whole.object("data"), None),
            Dml::Insert => (None, whole.object("data")),
            // Only what changed may stand in `old`.
            Dml::Update => (filled(whole.object("old"), whole.object("data")), whole.object("data")),
        },
        Format::Dataworks2 => {
            let payload = whole.object("payload")?;
            let side = |name: &str| payload.object(name)?.object("data");
            (side("before"), side("after"))
        }
        Format::Shareplex => match kind {
            Dml::Delete => (whole.object("data"), None),
            Dml::Insert => (None, whole.object("data")),
            // Only what changed stands in `data`.
            Dml::Update => (whole.object("key"), filled(whole.object("data"), whole.object("key"))),
        },
        Format::Debezium => {
            let payload = whole.object("payload")?;
            (payload.object("before"), payload.object("after"))
        }
        Format::DebeziumFlatten => (whole.object("before"), whole.object("after")),
        Format::DebeziumSmt if kind == Dml::Delete => (Some(whole), None),
        Format::DebeziumSmt => (None, Some(whole)),
    };
    Some(compare(before.as_ref(), after.as_ref()))
}

/// `some` with the columns that it lacks taken from `all`, in the order of `all`.
fn filled(some: Option<Object>, all: Option<Object>) -> Option<Object> {
    let (some, all) = (some?, all?);
    let value = |name: &str| some.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let mut fields: Vec<_> =
        all.0.into_iter().map(|(name, own)| (name.clone(), value(&name).unwrap_or(own))).collect();
    let missing = some.0.into_iter().filter(|(name, _)| fields.iter().all(|(known, _)| known != name));
    let missing: Vec<_> = missing.collect();
    fields.extend(missing);
    Some(Object(fields))
}

fn compare(before: Option<&Object>, after: Option<&Object>) -> Vec<ColumnChange> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in after.iter().chain(&before).flat_map(|object| &object.0) {
        // Fields that formats put beside the columns.
        if !names.contains(&name.as_str()) && name != "__light_type" && name != "__deleted" {
            names.push(name);
        }
    }
    let value = |side: Option<&Object>, name: &str| side.and_then(|side| side.raw(name)).map(str::to_owned);
    names
        .into_iter()
        .map(|name| ColumnChange {
            name: name.to_owned(),
            before: value(before, name),
            after: value(after, name),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden(format: Format, name: &str) -> String {
        let path = format!("{}/tests/golden/{}/{name}.json", env!("CARGO_MANIFEST_DIR"), format.as_str());
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn every_format_shows_the_changed_column() {
        for format in Format::ALL {
            let row = row(format, Dml::Update, &golden(format, "no-key-update")).unwrap();
            assert_eq!(row.len(), 3, "{format:?} {row:?}");
            let name = row.iter().find(|column| column.name == "name").unwrap();
            assert_eq!(name.after.as_deref(), Some("\"新\""), "{format:?}");
            let before = (format != Format::DebeziumSmt).then_some("\"旧\"");
            assert_eq!(name.before.as_deref(), before, "{format:?}");
            assert_eq!(row.iter().filter(|column| column.changed()).count(), usize::from(before.is_some()));
        }
    }

    #[test]
    fn inserts_and_deletes_have_one_side() {
        for format in Format::ALL {
            let new = row(format, Dml::Insert, &golden(format, "no-key-insert")).unwrap();
            assert!(new.iter().all(|column| column.before.is_none() && column.after.is_some()), "{format:?}");
            let old = row(format, Dml::Delete, &golden(format, "no-key-delete")).unwrap();
            assert!(old.iter().all(|column| column.before.is_some() && column.after.is_none()), "{format:?}");
        }
        assert!(row(Format::Default, Dml::Insert, "{\"cut").is_none());
    }
}
