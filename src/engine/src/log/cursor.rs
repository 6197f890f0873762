//! Where in the log the next event stands, told from the events that came.

use std::sync::Arc;

use super::body::{self, kind};
use super::event::RawEvent;
use super::wire::Wire;

/// A file and an offset in it.
#[derive(Clone, Debug)]
pub struct LogCursor {
    file: Arc<str>,
    offset: u64,
}

impl LogCursor {
    /// Begins at a place.
    #[must_use]
    pub const fn new(file: Arc<str>, offset: u64) -> Self {
        Self { file, offset }
    }

    /// The file.
    #[must_use]
    pub const fn file(&self) -> &Arc<str> {
        &self.file
    }

    /// The offset of the next event.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Moves behind an event, through files of more than 4 GiB, whose offsets wrap
    /// on the wire; at a ROTATE to where it points.
    ///
    /// # Errors
    /// A malformed ROTATE.
    pub fn follow(&mut self, event: &RawEvent<'_>) -> Wire<()> {
        // A stream that begins inside a file is told the file's head first.
        let head = event.kind == kind::FORMAT_DESCRIPTION && u64::from(event.log_pos) <= self.offset;
        if event.log_pos != 0 && event.kind != kind::HEARTBEAT && !head {
            let mut next = (self.offset & !0xffff_ffff) | u64::from(event.log_pos);
            if next + 0x8000_0000 < self.offset {
                next += 1 << 32;
            }
            self.offset = next;
        }
        if event.kind == kind::ROTATE {
            let (file, offset) = body::rotate(event.body)?;
            self.file = file.into();
            self.offset = offset;
        }
        Ok(())
    }
}
