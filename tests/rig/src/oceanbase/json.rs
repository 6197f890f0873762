//! Binary JSON as the Binlog Service writes it: always the large form, doubles with their bytes
//! reversed (OBLogProxy 2.0.1 does that; recorded), members as OceanBase orders them.

use std::fmt;

use anyhow::{Context, Result};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A document; members keep one value per name, shorter names first.
#[derive(Clone, Debug, PartialEq)]
enum Json {
    Null,
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Double(f64),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// The binary form of a JSON text.
pub fn binary(text: &[u8]) -> Result<Vec<u8>> {
    let document: Json = serde_json::from_slice(text)
        .with_context(|| format!("not JSON: {}", String::from_utf8_lossy(text)))?;
    let (kind, mut body) = encode(&document);
    let mut out = vec![kind];
    out.append(&mut body);
    Ok(out)
}

/// Type byte and value.
fn encode(value: &Json) -> (u8, Vec<u8>) {
    match value {
        Json::Null => (4, vec![0]),
        Json::Bool(value) => (4, vec![if *value { 1 } else { 2 }]),
        Json::Signed(number) => {
            if let Ok(small) = i16::try_from(*number) {
                (5, small.to_le_bytes().to_vec())
            } else if let Ok(middle) = i32::try_from(*number) {
                (7, middle.to_le_bytes().to_vec())
            } else {
                (9, number.to_le_bytes().to_vec())
            }
        }
        Json::Unsigned(number) => (10, number.to_le_bytes().to_vec()),
        Json::Double(number) => (11, number.to_be_bytes().to_vec()),
        Json::Text(text) => {
            let mut out = Vec::new();
            let mut length = text.len();
            // Seven bits a byte, the lowest first.
            while length > 0x7f {
                out.push((length & 0x7f) as u8 | 0x80);
                length >>= 7;
            }
            out.push(length as u8);
            out.extend_from_slice(text.as_bytes());
            (12, out)
        }
        Json::Array(items) => (3, container(&[], &items.iter().collect::<Vec<_>>())),
        Json::Object(members) => {
            let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
            let values: Vec<&Json> = members.iter().map(|(_, value)| value).collect();
            (1, container(&names, &values))
        }
    }
}

/// Count, size, name entries, value entries, names, values; offsets count from the beginning.
fn container(names: &[&str], values: &[&Json]) -> Vec<u8> {
    let mut out = (values.len() as u32).to_le_bytes().to_vec();
    out.extend_from_slice(&[0; 4]);
    let mut name_at = 8 + names.len() * 6 + values.len() * 5;
    for name in names {
        out.extend_from_slice(&(name_at as u32).to_le_bytes());
        out.extend_from_slice(&(name.len() as u16).to_le_bytes());
        name_at += name.len();
    }
    let mut value_at = name_at;
    let mut rest = Vec::new();
    for value in values {
        let (kind, body) = encode(value);
        out.push(kind);
        // Small values stand in the entry itself.
        if matches!(kind, 4 | 5 | 7) {
            let mut inline = [0; 4];
            inline[..body.len()].copy_from_slice(&body);
            if kind == 5 && body[1] & 0x80 != 0 {
                inline[2..].fill(0xff);
            }
            out.extend_from_slice(&inline);
        } else {
            out.extend_from_slice(&(value_at as u32).to_le_bytes());
            value_at += body.len();
            rest.extend_from_slice(&body);
        }
    }
    for name in names {
        out.extend_from_slice(name.as_bytes());
    }
    out.extend_from_slice(&rest);
    let size = (out.len() as u32).to_le_bytes();
    out[4..8].copy_from_slice(&size);
    out
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Signed(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(i64::try_from(value).map_or(Json::Unsigned(value), Json::Signed))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Double(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element()? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        while let Some((name, value)) = entries.next_entry::<String, Json>()? {
            members.retain(|(known, _)| *known != name);
            members.push((name, value));
        }
        members.sort_by(|(left, _), (right, _)| left.len().cmp(&right.len()).then_with(|| left.cmp(right)));
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> String {
        let bytes = binary(text.as_bytes()).unwrap_or_default();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    // The expected bytes are those that OBLogProxy 2.0.1 wrote.
    #[test]
    fn documents_equal_the_real_service() {
        assert_eq!(hex("null"), "0400");
        assert_eq!(hex("true"), "0401");
        assert_eq!(hex("-1"), "05ffff");
        assert_eq!(hex("32768"), "0700800000");
        assert_eq!(hex("4294967295"), "09ffffffff00000000");
        assert_eq!(hex("18446744073709551615"), "0affffffffffffffff");
        assert_eq!(hex("0.1"), "0b3fb999999999999a");
        assert_eq!(hex("\"中文😀\""), "0c0ae4b8ade69687f09f9880");
        assert_eq!(hex("[]"), "030000000008000000");
        assert_eq!(hex("{}"), "010000000008000000");
        assert!(
            hex("[null,true,false,1,-1]")
                .starts_with("0305000000210000000400000000040100000004020000000501000000")
        );
    }
}
