//! A look at what stands ahead in the log, over a stream of its own, so that what the
//! run reads stays where it is. Shows how far it is, and can be dropped at any await.
//! Knows nothing of what is looked for.

use std::future::poll_fn;
use std::sync::Arc;

use tokio::time::timeout;

use crate::doors::{Events, LogEnd, SILENCE, Source, silent};
use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::log::cursor::LogCursor;
use crate::log::event::RawEvent;
use crate::log::transaction::Place;
use crate::stats::Stats;

/// Events between two looks at the page.
const SHOW_EVERY: u64 = 4096;

/// Takes back what is shown, however the look ends.
struct Shown<'a>(&'a Stats);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        self.0.show(|shown| shown.looking_ahead = None);
    }
}

/// An open look.
pub(crate) struct LookAhead<'a> {
    events: Box<dyn Events>,
    cursor: LogCursor,
    /// Where it ends, if that is known.
    to: Option<&'a LogEnd>,
    count: u64,
    shown: Shown<'a>,
}

impl<'a> LookAhead<'a> {
    /// Opens the log behind a place.
    ///
    /// # Errors
    /// It can't be read there.
    pub(crate) async fn open(
        source: &dyn Source,
        stats: &'a Stats,
        place: &Place,
        to: Option<&'a LogEnd>,
    ) -> PipelineResult<Self> {
        let events = source.look_ahead(place).await?;
        // By names, only the server knows where it begins.
        let (file, offset) = match &place.gtids {
            Some(_) => (Arc::from(""), 0),
            None => (Arc::clone(&place.file), place.offset),
        };
        Ok(Self { events, cursor: LogCursor::new(file, offset), to, count: 0, shown: Shown(stats) })
    }

    /// Moves to the next event.
    ///
    /// # Errors
    /// Silence, a broken stream, bytes that make no sense.
    pub(crate) async fn advance(&mut self) -> PipelineResult<()> {
        let Self { events, cursor, to, count, shown } = self;
        if count.is_multiple_of(SHOW_EVERY) && *count > 0 {
            let mut reached = format!("{}:{}", cursor.file(), cursor.offset());
            if let Some(LogEnd { file, offset }) = to {
                reached = format!("{reached} / {file}:{offset}");
            }
            shown.0.show(|shown| shown.looking_ahead = Some(reached));
            tokio::task::yield_now().await;
        }
        *count += 1;
        timeout(SILENCE, poll_fn(|cx| events.poll_next(cx))).await.map_err(|_| silent())??;
        let malformed = |error| PipelineError::new(ErrorKind::EventMalformed, error);
        cursor.follow(&events.current()).map_err(malformed)
    }

    /// The event moved to last.
    pub(crate) fn event(&self) -> RawEvent<'_> {
        self.events.current()
    }

    /// The place behind it.
    pub(crate) fn cursor(&self) -> &LogCursor {
        &self.cursor
    }

    /// Gives the connection back.
    pub(crate) async fn close(self) {
        drop(self.shown);
        self.events.close().await;
    }
}
