//! An event of the log, as it came.

/// One event as it came: header fields and body without checksum.
#[derive(Clone, Copy, Debug, Default)]
pub struct RawEvent<'a> {
    /// Type number.
    pub kind: u8,
    /// Seconds since 1970.
    pub timestamp: u32,
    /// Server that logged it.
    pub server_id: u32,
    /// Size with header and checksum.
    pub size: u32,
    /// Offset of the next event, lower 32 bits; 0 in made-up events.
    pub log_pos: u32,
    /// Body.
    pub body: &'a [u8],
}
