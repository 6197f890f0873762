//! Which topics exist, and whether they can be written to.

use crate::model::datasource::MqEndpoint;
use crate::pipeline::error::PipelineError;

use super::host::Host;

/// A topic's route as the name server tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicInfo {
    /// Name.
    pub name: String,
    /// Number of queues that can be written to.
    pub writable_queues: usize,
    /// Number of queues that can be read.
    pub readable_queues: usize,
}

/// Topics that a project may write to, sorted; system topics left out.
///
/// # Errors
/// When no name server answers or access is refused.
pub async fn list(host: &Host, target: &MqEndpoint) -> Result<Vec<String>, PipelineError> {
    let _ = (host, target);
    Ok(Vec::new())
}

/// One topic, or `None` when it does not exist.
///
/// # Errors
/// When no name server answers or access is refused.
pub async fn describe(
    host: &Host,
    target: &MqEndpoint,
    topic: &str,
) -> Result<Option<TopicInfo>, PipelineError> {
    let _ = (host, target, topic);
    Ok(None)
}
