//! A cursor over the bytes of one event. Every read is checked: bytes that are
//! missing or make no sense become a [`Malformed`], never a panic.

use std::fmt;

use tidewire_words::{Lang, Sentence};

use crate::words::fault;

/// Bytes that can't be what they claim to be. Says which part of the event was
/// being read, never a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The part that was being read.
    pub what: &'static str,
}

impl Malformed {
    /// A malformed `what`.
    pub const fn new(what: &'static str) -> Self {
        Self { what }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&fault::MALFORMED.fill(Lang::En, &[self.what]))
    }
}

impl std::error::Error for Malformed {}

/// The parts of an event keep their technical names.
impl From<Malformed> for Sentence {
    fn from(error: Malformed) -> Self {
        Self::new(fault::MALFORMED, &[error.what])
    }
}

/// Result of reading event bytes.
pub type Wire<T> = Result<T, Malformed>;

/// Reads forward through a byte slice. Integers are little endian unless the
/// name says otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What has not been read yet.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether everything was read.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next `count` bytes.
    #[inline]
    pub fn take(&mut self, count: usize, what: &'static str) -> Wire<&'a [u8]> {
        match self.rest.split_at_checked(count) {
            Some((head, tail)) => {
                self.rest = tail;
                Ok(head)
            }
            None => Err(Malformed { what }),
        }
    }

    /// The next `N` bytes as an array.
    #[inline]
    pub fn array<const N: usize>(&mut self, what: &'static str) -> Wire<[u8; N]> {
        match self.rest.split_first_chunk::<N>() {
            Some((head, tail)) => {
                self.rest = tail;
                Ok(*head)
            }
            None => Err(Malformed { what }),
        }
    }

    /// One byte.
    #[inline]
    pub fn u8(&mut self, what: &'static str) -> Wire<u8> {
        self.array::<1>(what).map(|[byte]| byte)
    }

    /// Two bytes.
    #[inline]
    pub fn u16(&mut self, what: &'static str) -> Wire<u16> {
        self.array(what).map(u16::from_le_bytes)
    }

    /// Four bytes.
    #[inline]
    pub fn u32(&mut self, what: &'static str) -> Wire<u32> {
        self.array(what).map(u32::from_le_bytes)
    }

    /// Eight bytes.
    #[inline]
    pub fn u64(&mut self, what: &'static str) -> Wire<u64> {
        self.array(what).map(u64::from_le_bytes)
    }

    /// An unsigned integer of 1 to 8 bytes.
    #[inline]
    pub fn uint(&mut self, size: usize, what: &'static str) -> Wire<u64> {
        let bytes = self.take(size, what)?;
        Ok(bytes.iter().rev().fold(0, |value, byte| (value << 8) | u64::from(*byte)))
    }

    /// An unsigned big-endian integer of 1 to 8 bytes.
    #[inline]
    pub fn uint_be(&mut self, size: usize, what: &'static str) -> Wire<u64> {
        let bytes = self.take(size, what)?;
        Ok(bytes.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte)))
    }

    /// A length-encoded integer (MySQL protocol).
    pub fn lenenc(&mut self, what: &'static str) -> Wire<u64> {
        match self.u8(what)? {
            byte @ 0..=250 => Ok(u64::from(byte)),
            0xfc => self.uint(2, what),
            0xfd => self.uint(3, what),
            0xfe => self.uint(8, what),
            _ => Err(Malformed { what }),
        }
    }

    /// A length-encoded integer that counts things in memory.
    pub fn lenenc_len(&mut self, what: &'static str) -> Wire<usize> {
        usize::try_from(self.lenenc(what)?).map_err(|_| Malformed { what })
    }

    /// Bytes preceded by their length in `size` bytes.
    #[inline]
    pub fn prefixed(&mut self, size: usize, what: &'static str) -> Wire<&'a [u8]> {
        let length = usize::try_from(self.uint(size, what)?).map_err(|_| Malformed { what })?;
        self.take(length, what)
    }
}
