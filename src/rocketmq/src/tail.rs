//! Reading stored messages back: only who wrote them and which row they are.
//! Layout of a stored message: RocketMQ `MessageDecoder.decode`.

use tidewire_engine::doors::TailRow;
use tidewire_engine::log::wire::{Malformed, Reader, Wire};
use tidewire_engine::message::{parse_message_id, property};

const WHAT: &str = "stored message";
/// Magic number of messages whose topic length takes two bytes.
const MAGIC_V2: u32 = 0xDAA3_20AB;
const BORN_HOST_V6: u32 = 1 << 4;
const STORE_HOST_V6: u32 = 1 << 5;

/// What a stored message tells of itself.
#[derive(Debug, PartialEq, Eq)]
pub struct Stored {
    /// Offset in its queue.
    pub offset: i64,
    /// Project and message id, when one of ours.
    pub ours: Option<(String, u128)>,
}

impl Stored {
    /// The message as the engine looks for it, when one of ours.
    pub(super) fn ours(self) -> Option<TailRow> {
        let offset = self.offset;
        self.ours.map(|(project, id)| TailRow { offset, project, id })
    }
}

/// Reads the body of a pull answer.
///
/// # Errors
/// A message that is cut short or makes no sense.
pub fn parse(body: &[u8]) -> Wire<Vec<Stored>> {
    let mut rest = Reader::new(body);
    let mut found = Vec::new();
    while !rest.is_empty() {
        let length = usize::try_from(be32(&mut rest)?).map_err(|_| Malformed::new(WHAT))?;
        let bytes = rest.take(length.checked_sub(4).ok_or(Malformed::new(WHAT))?, WHAT)?;
        found.push(message(&mut Reader::new(bytes))?);
    }
    Ok(found)
}

fn be32(reader: &mut Reader<'_>) -> Wire<u32> {
    reader.array(WHAT).map(u32::from_be_bytes)
}

fn message(reader: &mut Reader<'_>) -> Wire<Stored> {
    let magic = be32(reader)?;
    reader.take(12, WHAT)?;
    let offset = reader.array(WHAT).map(i64::from_be_bytes)?;
    reader.take(8, WHAT)?;
    let flags = be32(reader)?;
    let host = |flag: u32| if flags & flag == 0 { 8 } else { 20 };
    reader.take(8 + host(BORN_HOST_V6) + 8 + host(STORE_HOST_V6) + 4 + 8, WHAT)?;
    let body = usize::try_from(be32(reader)?).map_err(|_| Malformed::new(WHAT))?;
    reader.take(body, WHAT)?;
    let topic = usize::try_from(reader.uint_be(if magic == MAGIC_V2 { 2 } else { 1 }, WHAT)?)
        .map_err(|_| Malformed::new(WHAT))?;
    reader.take(topic, WHAT)?;
    let length = usize::try_from(reader.uint_be(2, WHAT)?).map_err(|_| Malformed::new(WHAT))?;
    let properties = reader.take(length, WHAT)?;
    let ours = property(properties, "TW_PROJECT")
        .zip(property(properties, "UNIQ_KEY").and_then(parse_message_id))
        .map(|(project, id)| (project.to_owned(), id));
    Ok(Stored { offset, ours })
}
