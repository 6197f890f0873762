//! A name server or broker with its one connection, which is made when it is
//! needed and made again when it broke.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tidewire_engine::endpoint::MqEndpoint;
use tidewire_engine::error::{PipelineError, PipelineResult};
use tokio::time::Instant;

use crate::connection::{Connection, Lost};
use crate::dial::{dial, lost};
use crate::wire::frame::{Answer, Frame};

/// How long the first failure to connect counts for all who ask; each further
/// one doubles it. Short, because the projects themselves wait between attempts.
const REST: Duration = Duration::from_millis(50);
const MOST_DOUBLINGS: u32 = 4;

struct Failure {
    error: PipelineError,
    at: Instant,
    count: u32,
}

impl Failure {
    fn counts(&self) -> bool {
        self.at.elapsed() < REST * (1 << self.count.min(MOST_DOUBLINGS))
    }
}

/// One address.
pub(crate) struct Peer {
    address: String,
    open: Mutex<Option<Arc<Connection>>>,
    /// Held while one caller connects; the others wait for what comes of it.
    dialing: tokio::sync::Mutex<Option<Failure>>,
}

impl Peer {
    pub(crate) fn new(address: &str) -> Self {
        Self { address: address.to_owned(), open: Mutex::default(), dialing: tokio::sync::Mutex::new(None) }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The connection, while it is open.
    pub(crate) fn open(&self) -> Option<Arc<Connection>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.as_ref().filter(|connection| connection.is_open()).map(Arc::clone)
    }

    async fn connection(&self, target: &MqEndpoint) -> PipelineResult<Arc<Connection>> {
        if let Some(open) = self.open() {
            return Ok(open);
        }
        let mut failure = self.dialing.lock().await;
        if let Some(open) = self.open() {
            return Ok(open);
        }
        if let Some(failure) = failure.as_ref().filter(|failure| failure.counts()) {
            return Err(failure.error.clone());
        }
        match dial(target, &self.address).await {
            Ok(connection) => {
                *failure = None;
                let connection = Arc::new(connection);
                *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&connection));
                Ok(connection)
            }
            Err(error) => {
                let count = failure.as_ref().map_or(0, |failure| failure.count + 1);
                *failure = Some(Failure { error: error.clone(), at: Instant::now(), count });
                Err(error)
            }
        }
    }

    /// Sends a frame and waits for the answer, whatever its code.
    pub(crate) async fn call(
        &self,
        target: &MqEndpoint,
        caller: u64,
        frame: Frame,
        limit: Duration,
    ) -> PipelineResult<Answer> {
        let mut call = self.connection(target).await?.begin(caller, frame, limit);
        if let Err(frame) = call {
            // It was closed for want of use at this very moment.
            call = self.connection(target).await?.begin(caller, frame, limit);
        }
        let answered = match call {
            Ok(call) => call.answer().await,
            Err(_) => Err(Lost::Unsent),
        };
        answered.map_err(|why| lost(&self.address, &why))
    }

    /// Closes the connection.
    pub(crate) async fn close(&self) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(open) = open {
            open.close().await;
        }
    }
}
