//! Owns the one RocketMQ client runtime of the process.

use crate::pipeline::error::PipelineError;

/// The process-wide client runtime. Made before the server, closed last.
#[derive(Debug)]
pub struct Host {}

impl Host {
    /// Builds the runtime.
    ///
    /// # Errors
    /// When the runtime can't be built.
    pub fn start() -> Result<Self, PipelineError> {
        Ok(Self {})
    }

    /// Closes the runtime; call from async code, after all projects stopped.
    pub async fn shutdown(&self) {
        tokio::task::yield_now().await;
    }
}
