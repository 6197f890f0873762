//! Frames of RocketMQ's remoting protocol: requests are written, answers read.
//! Knows no socket and no meaning of a code.
//!
//! A frame is its length (4 bytes, itself not counted), the header's length
//! with its form in the first byte, the header, the body. Requests carry JSON
//! headers, which brokers of every version take; an answer's header may also be
//! binary, where a server was started so. Source: `RemotingCommand`,
//! `RocketMQSerializable`.
//!
//! Invariant: no length that a peer names is allocated before its bytes are there.

use std::collections::{BTreeMap, HashMap};

use bytes::{Buf as _, Bytes, BytesMut};
use serde::Deserialize;
use tidewire_engine::log::wire::{Malformed, Reader, Wire};

use super::sign::Keys;

const WHAT: &str = "answer of RocketMQ";
/// Longest frame that RocketMQ's own servers and clients take by default.
const MAX_FRAME: usize = 16 << 20;
/// Up to 5.3.1 a broker that stops answers all it took; later clients are told to
/// go elsewhere, which for ordered rows means nothing.
const VERSION: &str = "475";
/// The request's number stands first, in a slot of fixed width, so that it can
/// be put in last.
const BEGIN: &str = "{\"opaque\":          0,\"code\":";
const OPAQUE: std::ops::Range<usize> = 8 + 10..8 + 21;

/// A request, ready for a connection to number and send.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Lengths and header.
    pub head: Vec<u8>,
    /// Body.
    pub body: Bytes,
}

/// A request as what it says; for what is not asked often enough to count.
#[derive(Clone, Debug)]
pub struct Request {
    code: i32,
    fields: BTreeMap<&'static str, String>,
    body: Bytes,
}

impl Request {
    /// Without fields and body.
    #[must_use]
    pub fn new(code: i32) -> Self {
        Self { code, fields: BTreeMap::new(), body: Bytes::new() }
    }

    /// With one more field.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &(impl ToString + ?Sized)) -> Self {
        self.fields.insert(name, value.to_string());
        self
    }

    /// With a body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The frame, signed where there are keys.
    #[must_use]
    pub fn frame(self, keys: Option<&Keys>) -> Frame {
        let Self { code, mut fields, body } = self;
        if let Some(keys) = keys {
            fields.insert(Keys::ACCESS, keys.access().to_owned());
            let values: Vec<&[u8]> = fields.values().map(String::as_bytes).collect();
            let signature = keys.sign(&values, &body);
            fields.insert(Keys::SIGNATURE, signature);
        }
        let mut head = begin(code);
        for (number, (name, value)) in fields.iter().enumerate() {
            if number > 0 {
                head.push(b',');
            }
            push_text(&mut head, name);
            head.push(b':');
            push_text(&mut head, value);
        }
        finish(head, body)
    }
}

/// A header up to its first field.
pub(crate) fn begin(code: i32) -> Vec<u8> {
    let mut head = Vec::with_capacity(512);
    head.extend_from_slice(&[0; 8]);
    head.extend_from_slice(BEGIN.as_bytes());
    head.extend_from_slice(code.to_string().as_bytes());
    head.extend_from_slice(b",\"flag\":0,\"language\":\"OTHER\",\"version\":");
    head.extend_from_slice(VERSION.as_bytes());
    head.extend_from_slice(b",\"serializeTypeCurrentRPC\":\"JSON\",\"extFields\":{");
    head
}

/// Appends a text as JSON.
pub(crate) fn push_text(head: &mut Vec<u8>, text: &str) {
    // Writing a text to memory can't fail.
    if serde_json::to_writer(&mut *head, text).is_err() {
        head.extend_from_slice(b"\"\"");
    }
}

/// Ends a header behind its last field and puts the lengths in.
pub(crate) fn finish(mut head: Vec<u8>, body: Bytes) -> Frame {
    head.extend_from_slice(b"}}");
    let length = u32::try_from(head.len() - 4 + body.len()).unwrap_or(u32::MAX);
    // The first byte stays 0: JSON.
    let header = u32::try_from(head.len() - 8).unwrap_or(u32::MAX);
    for (at, number) in [(0, length), (4, header)] {
        if let Some(slot) = head.get_mut(at..at + 4) {
            slot.copy_from_slice(&number.to_be_bytes());
        }
    }
    Frame { head, body }
}

impl Frame {
    /// Puts the request's number in.
    pub(crate) fn number(&mut self, opaque: i32) {
        if let Some(slot) = self.head.get_mut(OPAQUE) {
            slot.fill(b' ');
            let mut rest = opaque.unsigned_abs();
            for place in slot.iter_mut().rev() {
                *place = b'0' + u8::try_from(rest % 10).unwrap_or(0);
                rest /= 10;
                if rest == 0 {
                    break;
                }
            }
        }
    }
}

/// What a server answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Result.
    pub code: i32,
    /// The server's own words.
    pub remark: String,
    /// Fields of the header.
    pub fields: HashMap<String, String>,
    /// Body.
    pub body: Bytes,
}

impl Answer {
    /// A field that is a number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.fields.get(name)?.parse().ok()
    }
}

/// Something a server sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// The answer to the request of this number.
    Answer(i32, Answer),
    /// A request of its own. Tidewire is asked for nothing that it could answer.
    Request,
}

/// Takes the next whole frame out of what has arrived.
///
/// # Errors
/// A length that no frame has.
pub fn split(input: &mut BytesMut) -> Wire<Option<Bytes>> {
    let Some(length) = input.first_chunk::<4>() else { return Ok(None) };
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Malformed::new(WHAT))?;
    if !(4..=MAX_FRAME).contains(&length) {
        return Err(Malformed::new(WHAT));
    }
    if input.len() < 4 + length {
        return Ok(None);
    }
    input.advance(4);
    Ok(Some(input.split_to(length).freeze()))
}

/// Reads a frame that [`split`] gave.
///
/// # Errors
/// A header that makes no sense.
pub fn read(mut frame: Bytes) -> Wire<Received> {
    let mut reader = Reader::new(&frame);
    let word = reader.array(WHAT).map(u32::from_be_bytes)?;
    let length = usize::try_from(word & 0x00ff_ffff).map_err(|_| Malformed::new(WHAT))?;
    let header = reader.take(length, WHAT)?;
    let header = match word >> 24 {
        0 => json(header)?,
        1 => binary(&mut Reader::new(header))?,
        _ => return Err(Malformed::new(WHAT)),
    };
    if header.flag & 1 == 0 {
        return Ok(Received::Request);
    }
    frame.advance(4 + length);
    let Header { code, opaque, remark, fields, .. } = header;
    Ok(Received::Answer(opaque, Answer { code, remark, fields, body: frame }))
}

struct Header {
    code: i32,
    opaque: i32,
    flag: i32,
    remark: String,
    fields: HashMap<String, String>,
}

fn json(header: &[u8]) -> Wire<Header> {
    #[derive(Deserialize)]
    struct Json {
        code: i32,
        opaque: i32,
        #[serde(default)]
        flag: i32,
        #[serde(default)]
        remark: Option<String>,
        #[serde(default, rename = "extFields")]
        fields: Option<HashMap<String, Option<String>>>,
    }
    let json: Json = serde_json::from_slice(header).map_err(|_| Malformed::new(WHAT))?;
    let fields = json.fields.unwrap_or_default();
    Ok(Header {
        code: json.code,
        opaque: json.opaque,
        flag: json.flag,
        remark: json.remark.unwrap_or_default(),
        fields: fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
    })
}

fn binary(header: &mut Reader<'_>) -> Wire<Header> {
    let code = header.array(WHAT).map(i16::from_be_bytes)?;
    header.take(3, WHAT)?;
    let opaque = header.array(WHAT).map(i32::from_be_bytes)?;
    let flag = header.array(WHAT).map(i32::from_be_bytes)?;
    let remark = long_text(header)?;
    let length = length(header)?;
    let mut rest = Reader::new(header.take(length, WHAT)?);
    let mut fields = HashMap::new();
    while !rest.is_empty() {
        let length = usize::from(rest.array(WHAT).map(u16::from_be_bytes)?);
        let name = String::from_utf8_lossy(rest.take(length, WHAT)?).into_owned();
        fields.insert(name, long_text(&mut rest)?);
    }
    Ok(Header { code: code.into(), opaque, flag, remark, fields })
}

fn length(reader: &mut Reader<'_>) -> Wire<usize> {
    let length = reader.array(WHAT).map(u32::from_be_bytes)?;
    usize::try_from(length).map_err(|_| Malformed::new(WHAT))
}

fn long_text(reader: &mut Reader<'_>) -> Wire<String> {
    let length = length(reader)?;
    Ok(String::from_utf8_lossy(reader.take(length, WHAT)?).into_owned())
}

#[cfg(test)]
#[path = "frame_test.rs"]
mod tests;
