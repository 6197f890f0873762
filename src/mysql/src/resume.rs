//! Where a stream begins after a checkpoint, and the checks that the log still
//! continues it. A log that was started anew, or no longer holds the place, is
//! a definite error: a server can accept such a place in silence.

use std::time::Duration;

use tidewire_engine::endpoint::{DatasourceKind, SourceEndpoint};
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_engine::log::assemble::Expected;
use tidewire_engine::log::gtid::GtidSet;
use tidewire_engine::log::transaction::{Place, TransactionId};
use tidewire_words::Sentence;
use tokio::time::{Instant, sleep};

use crate::connect::{connect, connect_log, disconnect, query_first};
use crate::settings::{ServerInfo, log_status};
use crate::stream::StartAt;
use crate::words::fault;

/// A replica of the Binlog Service may be a little behind the one we read last.
const LAG_PATIENCE: Duration = Duration::from_secs(15);

/// How to ask for the log.
#[derive(Clone, Debug)]
pub struct LogRequest {
    /// Where the stream begins.
    pub start: StartAt,
    /// What its first transaction must be.
    pub expected: Option<Expected>,
}

/// The request that continues a place.
///
/// # Errors
/// The log was started anew, or ends before the place.
pub async fn resume_request(
    source: &SourceEndpoint,
    info: &ServerInfo,
    place: &Place,
) -> PipelineResult<LogRequest> {
    let by_file =
        || LogRequest { start: StartAt::File(place.file.to_string(), place.offset), expected: None };
    match (&place.gtids, source.kind) {
        (Some(gtids), DatasourceKind::OceanbaseCe) if !gtids.is_empty() => {
            check_service_reaches(source, gtids).await?;
            Ok(service_request(gtids, place))
        }
        (Some(gtids), DatasourceKind::Mysql) if info.gtid && !gtids.is_empty() => {
            check_executed(source, gtids).await?;
            Ok(LogRequest { start: StartAt::Gtids(gtids.clone()), expected: None })
        }
        (_, DatasourceKind::Mariadb) => {
            check_mariadb(source, place).await?;
            Ok(by_file())
        }
        _ => Ok(by_file()),
    }
}

/// The last transaction is asked for once more: its commit time tells whether
/// the numbering still means the same.
fn service_request(gtids: &GtidSet, place: &Place) -> LogRequest {
    match &place.last {
        Some(id @ TransactionId::Gtid { sid, gno }) if *gno > 1 => LogRequest {
            start: StartAt::Gtids(gtids.without(*sid, *gno)),
            expected: Some(Expected { id: id.clone(), commit_micros: place.commit_micros }),
        },
        Some(id @ TransactionId::Gtid { .. }) => LogRequest {
            // Without it the set would be empty, which means "the oldest file".
            start: StartAt::Gtids(gtids.clone()),
            expected: Some(Expected { id: id.clone(), commit_micros: place.commit_micros }),
        },
        _ => LogRequest { start: StartAt::Gtids(gtids.clone()), expected: None },
    }
}

/// The request when the log no longer holds our last transaction, but may hold
/// its successor.
pub fn without_overlap(request: &LogRequest, place: &Place) -> Option<LogRequest> {
    let expected = request.expected.clone()?;
    let gtids = place.gtids.clone()?;
    Some(LogRequest { start: StartAt::Gtids(gtids), expected: Some(expected) })
}

async fn check_service_reaches(source: &SourceEndpoint, gtids: &GtidSet) -> PipelineResult<()> {
    let deadline = Instant::now() + LAG_PATIENCE;
    loop {
        let mut conn = connect_log(source).await?;
        let status = log_status(&mut conn).await;
        disconnect(conn).await;
        let executed = status?.map(|status| status.gtid_set).unwrap_or_default();
        let reaches = GtidSet::parse(&executed).is_none_or(|executed| gtids.is_subset_of(&executed));
        if reaches {
            return Ok(());
        }
        if Instant::now() > deadline {
            let detail = Sentence::new(fault::SERVICE_HAS, &[&gtids.to_string(), &executed]);
            return Err(PipelineError::new(ErrorKind::LogRenumbered, detail));
        }
        sleep(Duration::from_secs(1)).await;
    }
}

async fn check_executed(source: &SourceEndpoint, gtids: &GtidSet) -> PipelineResult<()> {
    let mut conn = connect(source).await?;
    let executed = query_first(&mut conn, "SELECT @@global.gtid_executed").await;
    let purged = query_first(&mut conn, "SELECT @@global.gtid_purged").await;
    disconnect(conn).await;
    let executed = executed?.unwrap_or_default().replace('\n', "");
    let purged = purged?.unwrap_or_default().replace('\n', "");
    if let Some(set) = GtidSet::parse(&executed)
        && !gtids.is_subset_of(&set)
    {
        let detail = Sentence::new(fault::SERVER_HAS, &[&gtids.to_string(), &executed]);
        return Err(PipelineError::new(ErrorKind::LogRenumbered, detail));
    }
    if let Some(set) = GtidSet::parse(&purged)
        && !set.is_subset_of(gtids)
    {
        let detail = Sentence::new(fault::SERVER_PURGED, &[&gtids.to_string(), &purged]);
        return Err(PipelineError::new(ErrorKind::PositionPurged, detail));
    }
    Ok(())
}

/// MariaDB resumes by file and offset; a reset server could hold a file of the
/// same name.
async fn check_mariadb(source: &SourceEndpoint, place: &Place) -> PipelineResult<()> {
    let Some(TransactionId::Mariadb(domain, _, sequence)) = place.last else { return Ok(()) };
    let mut conn = connect(source).await?;
    let state = query_first(&mut conn, "SELECT @@global.gtid_binlog_pos").await;
    disconnect(conn).await;
    let state = state?.unwrap_or_default();
    let current = state.split(',').find_map(|gtid| {
        let mut parts = gtid.trim().split('-').map(|part| part.parse::<u64>().ok());
        (parts.next()?? == u64::from(domain)).then(|| parts.nth(1)).flatten().flatten()
    });
    if current.is_some_and(|current| current < sequence) || (current.is_none() && !state.is_empty()) {
        let (domain, sequence) = (domain.to_string(), sequence.to_string());
        let detail = Sentence::new(fault::DOMAIN_AT, &[&domain, &sequence, &state]);
        return Err(PipelineError::new(ErrorKind::LogRenumbered, detail));
    }
    Ok(())
}
