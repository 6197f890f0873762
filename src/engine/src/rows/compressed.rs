//! Values of MariaDB's COMPRESSED columns. The first byte tells how the rest is
//! packed: 0 is not at all; else bit 7 is set for deflate, bit 3 where the zlib
//! header is left out, and the lowest three bits say how many bytes hold the length
//! before packing, the highest first. An empty value has no byte at all. Seen at
//! MariaDB 10.11; its `field_comp.cc` has the same.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::{DeflateDecoder, ZlibDecoder};

use crate::log::wire::{Malformed, Reader, Wire};

const BAD: Malformed = Malformed::new("COMPRESSED value");

/// No server stores more in one value.
const LARGEST: u64 = 1 << 30;

/// The value as it was before packing.
pub(super) fn inflate(packed: &[u8]) -> Wire<Cow<'_, [u8]>> {
    let Some((head, rest)) = packed.split_first() else { return Ok(Cow::Borrowed(packed)) };
    if *head == 0 {
        return Ok(Cow::Borrowed(rest));
    }
    if head & 0xf0 != 0x80 {
        return Err(BAD);
    }
    let mut reader = Reader::new(rest);
    let length = reader.uint_be(usize::from(head & 7), "COMPRESSED value")?;
    if length > LARGEST {
        return Err(BAD);
    }
    let mut value = Vec::new();
    // One byte more shows that the length is wrong; room is made as it is needed, so a
    // wrong length costs no more than the value.
    let unpacked = if head & 8 == 0 {
        ZlibDecoder::new(reader.rest()).take(length + 1).read_to_end(&mut value)
    } else {
        DeflateDecoder::new(reader.rest()).take(length + 1).read_to_end(&mut value)
    };
    let unpacked = unpacked.map_err(|_| BAD)?;
    if u64::try_from(unpacked) == Ok(length) { Ok(Cow::Owned(value)) } else { Err(BAD) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes as MariaDB 10.11 wrote them.
    #[test]
    fn values_are_unpacked_as_the_server_showed_them() {
        let read = |bytes: &[u8]| inflate(bytes).map(Cow::into_owned);
        assert_eq!(read(&[]), Ok(Vec::new()));
        assert_eq!(read(b"\0short"), Ok(b"short".to_vec()));
        let packed = [0x8a, 0x01, 0x2c, 0x4b, 0x4c, 0x1c, 0x05, 0xc4, 0x02, 0x00];
        assert_eq!(read(&packed), Ok(b"a".repeat(300)));
        assert_eq!(read(&[0x89, 0xc8, 0x4b, 0x4a, 0x1a, 0x1e, 0x00, 0x00]), Ok(b"b".repeat(200)));
    }

    #[test]
    fn broken_values_are_refused() {
        let packed = [0x8a, 0x01, 0x2c, 0x4b, 0x4c, 0x1c, 0x05, 0xc4, 0x02, 0x00];
        for cut in 1..packed.len() {
            assert_eq!(inflate(&packed[..cut]), Err(BAD), "{cut}");
        }
        // Other lengths, another packing, a length beyond all.
        for (place, byte) in [(2, 0x2b), (2, 0x2d), (1, 0x00), (0, 0x9a), (0, 0x8b), (0, 0x82)] {
            let mut broken = packed;
            broken[place] = byte;
            assert_eq!(inflate(&broken), Err(BAD), "{place} {byte}");
        }
        assert_eq!(inflate(&[0x8c, 0xff, 0xff, 0xff, 0xff, 0x00]), Err(BAD));
    }

    #[test]
    fn long_values_and_those_with_a_header() {
        use std::io::Write;
        let value: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
        let mut packing = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        packing.write_all(&value).unwrap();
        let mut packed = vec![0x83, 0x2d, 0xc6, 0xc0];
        packed.extend(packing.finish().unwrap());
        assert_eq!(inflate(&packed).unwrap(), value);
    }
}
