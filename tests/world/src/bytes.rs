//! Binlog bytes, written from the protocol's documentation ("MySQL internals:
//! replication", MariaDB's replication protocol pages), never read here.

pub mod cell;
pub mod event;
pub mod metadata;
pub mod table;

/// A growing piece of bytes.
#[derive(Clone, Debug, Default)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    /// The lowest `size` bytes of a number, little endian.
    pub fn little(&mut self, value: u64, size: usize) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes()[..size]);
        self
    }

    /// The lowest `size` bytes of a number, big endian.
    pub fn big(&mut self, value: u64, size: usize) -> &mut Self {
        self.0.extend_from_slice(&value.to_be_bytes()[8 - size..]);
        self
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// A length-encoded number.
    pub fn lenenc(&mut self, value: usize) -> &mut Self {
        match value {
            0..=250 => self.little(value as u64, 1),
            251..=0xffff => self.little(0xfc, 1).little(value as u64, 2),
            0x1_0000..=0xff_ffff => self.little(0xfd, 1).little(value as u64, 3),
            _ => self.little(0xfe, 1).little(value as u64, 8),
        }
    }

    /// One bit a column, lowest first.
    pub fn bits(&mut self, bits: impl ExactSizeIterator<Item = bool>) -> &mut Self {
        let start = self.0.len();
        self.0.resize(start + bits.len().div_ceil(8), 0);
        for (index, bit) in bits.enumerate() {
            self.0[start + index / 8] |= u8::from(bit) << (index % 8);
        }
        self
    }
}
