//! A message in the form in which a batch carries it over the wire, so that a
//! row is written once and goes to the socket as it is.
//!
//! Big endian: i32 length of all, 12 bytes magic, checksum and flag (the broker
//! fills them), i32 body length, body, i16 length of the properties, properties
//! as `name 0x01 value 0x02`. Source: RocketMQ `MessageDecoder.encodeMessage`.

use crate::identity::{RowName, TableKey, TableName};

/// RocketMQ's default limit for one message, and the client's for a batch.
pub const MAX_MESSAGE_BYTES: usize = 4 << 20;
/// The properties' length is a signed 16-bit number.
pub const MAX_PROPERTY_BYTES: usize = 32_767;
/// Bytes of KEYS that are kept.
const MAX_KEYS_BYTES: usize = 255;
const HEAD: usize = 4 + 12 + 4;
const NAME_END: u8 = 1;
const VALUE_END: u8 = 2;

/// Why a message can't be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooLarge {
    /// Bytes of the whole message.
    Message(usize),
    /// Bytes of its properties.
    Properties(usize),
}

/// Properties that all messages of one table share.
#[derive(Debug)]
pub struct TableProperties {
    fixed: Vec<u8>,
    keys_prefix: Vec<u8>,
    key: TableKey,
}

impl TableProperties {
    /// For a project, its tag and a table.
    pub fn new(project: &str, tag: &str, name: &TableName) -> Self {
        let mut fixed = Vec::new();
        push_property(&mut fixed, b"WAIT", b"true");
        push_property(&mut fixed, b"TAGS", format!("{tag}_tag").as_bytes());
        push_property(&mut fixed, b"TW_PROJECT", project.as_bytes());
        let keys_prefix = clean_keys(&format!("{}.{}-", name.database, name.table));
        Self { fixed, keys_prefix, key: TableKey::new(name) }
    }

    /// The table's part of its rows' names.
    #[must_use]
    pub fn key(&self) -> &TableKey {
        &self.key
    }
}

fn push_property(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.push(NAME_END);
    out.extend_from_slice(value);
    out.push(VALUE_END);
}

/// KEYS are separated by spaces and end at control bytes: both become `_`.
fn clean_keys(text: &str) -> Vec<u8> {
    text.chars()
        .map(|letter| if letter.is_whitespace() || letter.is_control() { '_' } else { letter })
        .collect::<String>()
        .into_bytes()
}

/// Appends one message to a batch: `write_body` appends the body.
///
/// # Errors
/// Inner: over a limit; the batch is as it was before. Outer: the body's error.
pub fn append<E>(
    batch: &mut Vec<u8>,
    table: &TableProperties,
    name: &RowName<'_>,
    key_text: &str,
    write_body: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<Result<(), TooLarge>, E> {
    let start = batch.len();
    batch.resize(start + HEAD, 0);
    if let Err(error) = write_body(batch) {
        batch.truncate(start);
        return Err(error);
    }
    let body_len = batch.len() - start - HEAD;
    let properties_start = batch.len() + 2;
    batch.extend_from_slice(&[0, 0]);
    batch.extend_from_slice(&table.fixed);
    batch.extend_from_slice(b"UNIQ_KEY\x01");
    push_hex(batch, name.id());
    batch.extend_from_slice(b"\x02KEYS\x01");
    push_keys(batch, &table.keys_prefix, key_text);
    batch.extend_from_slice(b"\x02TW_POS\x01");
    name.write(batch);
    batch.push(VALUE_END);
    let properties_len = batch.len() - properties_start;
    let total = batch.len() - start;
    if properties_len > MAX_PROPERTY_BYTES {
        batch.truncate(start);
        return Ok(Err(TooLarge::Properties(properties_len)));
    }
    if total > MAX_MESSAGE_BYTES {
        batch.truncate(start);
        return Ok(Err(TooLarge::Message(total)));
    }
    patch(batch, start, &u32::try_from(total).unwrap_or_default().to_be_bytes());
    patch(batch, start + 16, &u32::try_from(body_len).unwrap_or_default().to_be_bytes());
    patch(batch, properties_start - 2, &u16::try_from(properties_len).unwrap_or_default().to_be_bytes());
    Ok(Ok(()))
}

fn patch(batch: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(slot) = batch.get_mut(at..at + bytes.len()) {
        slot.copy_from_slice(bytes);
    }
}

fn push_hex(out: &mut Vec<u8>, value: u128) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.to_be_bytes() {
        for nibble in [byte >> 4, byte & 15] {
            out.push(HEX.get(usize::from(nibble)).copied().unwrap_or(b'0'));
        }
    }
}

fn push_keys(out: &mut Vec<u8>, prefix: &[u8], key_text: &str) {
    let start = out.len();
    out.extend_from_slice(prefix);
    if key_text.bytes().all(|byte| byte > b' ' && byte < 0x7f) {
        out.extend_from_slice(key_text.as_bytes());
    } else {
        out.extend_from_slice(&clean_keys(key_text));
    }
    if out.len() - start > MAX_KEYS_BYTES {
        let mut end = start + MAX_KEYS_BYTES;
        // Not inside a character: continuation bytes begin with 10.
        while end > start && out.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
            end -= 1;
        }
        out.truncate(end);
    }
}

/// One message of a batch, taken apart again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageView<'a> {
    /// The whole message in wire form.
    pub bytes: &'a [u8],
    /// Body.
    pub body: &'a [u8],
    /// Properties, as on the wire.
    pub properties: &'a [u8],
}

/// Walks the messages of a batch in wire form.
pub fn messages(batch: &[u8]) -> impl Iterator<Item = MessageView<'_>> {
    let mut rest = batch;
    std::iter::from_fn(move || {
        let total = usize::try_from(u32::from_be_bytes(*rest.first_chunk::<4>()?)).ok()?;
        let (bytes, tail) = rest.split_at_checked(total)?;
        rest = tail;
        let (_, after_head) = bytes.split_at_checked(HEAD - 4)?;
        let body_len = usize::try_from(u32::from_be_bytes(*after_head.first_chunk::<4>()?)).ok()?;
        let (body, tail) = after_head.get(4..)?.split_at_checked(body_len)?;
        Some(MessageView { bytes, body, properties: tail.get(2..)? })
    })
}

/// Properties in wire form as names and values; what is no text is left out.
pub fn properties(wire: &[u8]) -> impl Iterator<Item = (&str, &str)> {
    wire.split(|byte| *byte == VALUE_END).filter_map(|pair| {
        let end = pair.iter().position(|byte| *byte == NAME_END)?;
        let (name, value) = pair.split_at_checked(end)?;
        Some((std::str::from_utf8(name).ok()?, std::str::from_utf8(value.get(1..)?).ok()?))
    })
}

/// The value of a property in wire form.
pub fn property<'a>(wire: &'a [u8], name: &str) -> Option<&'a str> {
    properties(wire).find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// Reads a message id written by [`append`].
pub fn parse_message_id(hex: &str) -> Option<u128> {
    (hex.len() == 32).then(|| u128::from_str_radix(hex, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Half, TransactionKey};

    fn one(key_text: &str) -> Vec<u8> {
        let mut batch = Vec::new();
        let table = TableProperties::new("np_1", "default", &TableName::new("shop", "orders"));
        let transaction = TransactionKey::new("np_1", "uuid:7");
        let name = RowName { transaction: &transaction, table: table.key(), number: 3, half: Half::Insert };
        append(&mut batch, &table, &name, key_text, |out| {
            out.extend_from_slice(b"{}");
            Ok::<(), ()>(())
        })
        .expect("body")
        .expect("fits");
        batch
    }

    #[test]
    fn a_message_comes_apart_as_it_was_put_together() {
        let batch = [one("1_2"), one("a b\u{1}中")].concat();
        let views: Vec<_> = messages(&batch).collect();
        assert_eq!(views.len(), 2);
        assert_eq!(views[0].body, b"{}");
        assert_eq!(property(views[0].properties, "KEYS"), Some("shop.orders-1_2"));
        assert_eq!(property(views[1].properties, "KEYS"), Some("shop.orders-a_b_中"));
        assert_eq!(property(views[0].properties, "TAGS"), Some("default_tag"));
        assert_eq!(property(views[0].properties, "TW_POS"), Some("uuid:7:shop.orders:3i"));
        let id = property(views[0].properties, "UNIQ_KEY").and_then(parse_message_id);
        let (transaction, table) =
            (TransactionKey::new("np_1", "uuid:7"), TableKey::new(&TableName::new("shop", "orders")));
        let name = RowName { transaction: &transaction, table: &table, number: 3, half: Half::Insert };
        assert_eq!(id, Some(name.id()));
    }

    #[test]
    fn long_keys_are_cut_between_characters() {
        let batch = one(&"长".repeat(200));
        let view = messages(&batch).next().expect("one");
        let keys = property(view.properties, "KEYS").expect("valid text");
        assert!(keys.len() <= 255 && keys.len() > 250);
    }

    #[test]
    fn too_large_messages_leave_the_batch_alone() {
        let mut batch = one("1");
        let before = batch.clone();
        let table = TableProperties::new("np_1", "default", &TableName::new("shop", "orders"));
        let transaction = TransactionKey::new("np_1", "uuid:7");
        let name = RowName { transaction: &transaction, table: table.key(), number: 3, half: Half::Whole };
        let result = append(&mut batch, &table, &name, "1", |out| {
            out.resize(out.len() + MAX_MESSAGE_BYTES, b'x');
            Ok::<(), ()>(())
        });
        assert!(matches!(result, Ok(Err(TooLarge::Message(_)))));
        assert_eq!(batch, before);
    }
}
