//! The framing of messages in a batch, read by the protocol's description
//! (RocketMQ `MessageDecoder.encodeMessage`).

use bytes::Bytes;

/// Body and properties of each message of a batch; `None` when the framing is
/// broken.
#[must_use]
pub fn split(batch: &Bytes) -> Option<Vec<(Bytes, Bytes)>> {
    let mut found = Vec::new();
    let mut at = 0;
    let word = |at: usize| Some(u32::from_be_bytes(batch.get(at..at + 4)?.try_into().ok()?) as usize);
    while at < batch.len() {
        let total = word(at)?;
        let body_length = word(at + 16)?;
        let body = at + 20..at + 20 + body_length;
        let length_at = body.end;
        let length = u16::from_be_bytes(batch.get(length_at..length_at + 2)?.try_into().ok()?);
        let properties = length_at + 2..length_at + 2 + usize::from(length);
        if properties.end != at + total || properties.end > batch.len() {
            return None;
        }
        found.push((batch.slice(body), batch.slice(properties.clone())));
        at = properties.end;
    }
    Some(found)
}

/// The value of a property.
#[must_use]
pub fn property<'a>(properties: &'a [u8], name: &str) -> Option<&'a str> {
    properties.split(|byte| *byte == 2).find_map(|pair| {
        let end = pair.iter().position(|byte| *byte == 1)?;
        (&pair[..end] == name.as_bytes()).then(|| std::str::from_utf8(&pair[end + 1..]).ok())?
    })
}
