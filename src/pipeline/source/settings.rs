//! Is this server fit to be followed? Used by the precheck and at every start.

use crate::model::datasource::SourceEndpoint;
use crate::model::project::StartPoint;
use crate::pipeline::error::PipelineError;

/// What the server says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerInfo {
    /// Version text.
    pub version: String,
    /// Server clock minus ours, milliseconds.
    pub clock_offset_ms: i64,
    /// `lower_case_table_names`.
    pub lower_case_table_names: u8,
}

/// Connects, logs in and reads version and clock.
///
/// # Errors
/// Unreachable, refused, or not a supported server.
pub async fn connect_check(source: &SourceEndpoint) -> Result<ServerInfo, PipelineError> {
    let _ = source;
    Ok(ServerInfo::default())
}

/// Binlog on, row format, full row image.
///
/// # Errors
/// A definite error that names the setting and the value it must have.
pub async fn log_check(source: &SourceEndpoint) -> Result<(), PipelineError> {
    let _ = source;
    Ok(())
}

/// The account may read the log and the tables' metadata.
///
/// # Errors
/// A definite error that names what is missing.
pub async fn privilege_check(source: &SourceEndpoint) -> Result<(), PipelineError> {
    let _ = source;
    Ok(())
}

/// The start point lies inside what the log still holds.
///
/// # Errors
/// A definite error that names the earliest possible time.
pub async fn start_check(source: &SourceEndpoint, start: StartPoint) -> Result<(), PipelineError> {
    let _ = (source, start);
    Ok(())
}
