//! Where a stream begins after a checkpoint, and the checks that the log still
//! continues it. A log that was started anew, or no longer holds the place, is
//! a definite error: a server can accept such a place in silence.

use std::sync::Arc;
use std::time::Duration;

use tidewire_engine::endpoint::{DatasourceKind, SourceEndpoint};
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_engine::log::continuity::Expected;
use tidewire_engine::log::domains::Domains;
use tidewire_engine::log::gtid::GtidSet;
use tidewire_engine::log::transaction::{Gtids, Place, TransactionId};
use tidewire_words::Sentence;
use tokio::time::{Instant, sleep};

use crate::connect::{connect, connect_log, disconnect, query_first};
use crate::locate::log_files;
use crate::settings::{ServerInfo, log_status};
use crate::stream::StartAt;
use crate::words::fault;

/// A replica of the Binlog Service may be a little behind the one we read last.
const LAG_PATIENCE: Duration = Duration::from_secs(15);

/// Offset of the first event of a file.
const FILE_HEAD: u64 = 4;

/// How to ask for the log.
#[derive(Clone, Debug)]
pub struct LogRequest {
    /// Where the stream begins.
    pub start: StartAt,
    /// What comes first in it.
    pub expected: Option<Expected>,
}

/// The requests that continue a place, the best first; each next one is for a log
/// that refuses the one before, because it no longer holds the last transaction.
///
/// # Errors
/// The log was started anew, or ends before the place.
pub async fn resume_requests(
    source: &SourceEndpoint,
    info: &ServerInfo,
    place: &Place,
) -> PipelineResult<Vec<LogRequest>> {
    match (&place.gtids, source.kind) {
        // An empty set would silently mean the oldest file that is left.
        (Some(Gtids::Set(set)), DatasourceKind::OceanbaseCe) if !set.is_empty() => {
            check_service_reaches(source, set).await?;
            Ok(service_requests(set, place))
        }
        (Some(Gtids::Set(set)), DatasourceKind::Mysql) if info.gtid && !set.is_empty() => {
            check_executed(source, set).await?;
            Ok(set_requests(set, place))
        }
        (Some(gtids), DatasourceKind::Mariadb) => match gtids.domains() {
            Some(domains) => {
                check_domains(source, &domains).await?;
                Ok(domain_requests(&domains, place))
            }
            None => by_place(source, place).await,
        },
        _ => by_place(source, place).await,
    }
}

/// Where a look at what stands behind a place begins.
pub fn look_from(source: &SourceEndpoint, place: &Place) -> StartAt {
    match (&place.gtids, source.kind) {
        (Some(Gtids::Set(set)), DatasourceKind::OceanbaseCe | DatasourceKind::Mysql) if !set.is_empty() => {
            StartAt::Gtids(set.clone())
        }
        (Some(Gtids::Domains(domains)), DatasourceKind::Mariadb) => StartAt::Domains(domains.clone()),
        _ => at_offset(&place.file, place.offset),
    }
}

/// Only the lower four bytes of an offset can be asked for: what lies behind them is
/// read from the file's head on.
fn at_offset(file: &str, offset: u64) -> StartAt {
    let askable = u32::try_from(offset).is_ok();
    StartAt::File(file.to_owned(), if askable { offset } else { FILE_HEAD })
}

/// The last transaction is asked for once more: its commit time tells whether
/// the numbering still means the same.
fn service_requests(gtids: &GtidSet, place: &Place) -> Vec<LogRequest> {
    let whole = StartAt::Gtids(gtids.clone());
    let Some(id @ TransactionId::Gtid { sid, gno }) = place.last.clone() else {
        return vec![LogRequest { start: whole, expected: None }];
    };
    let expected = Some(Expected::Numbered { id, commit_micros: place.commit_micros });
    let after = LogRequest { start: whole, expected: expected.clone() };
    // Without the first one the set would be empty, which means "the oldest file".
    if gno == 1 {
        return vec![after];
    }
    vec![LogRequest { start: StartAt::Gtids(gtids.without(sid, gno)), expected }, after]
}

/// As for the service; but a replica may log its transactions in another order,
/// and sets of several servers stay contiguous without one.
fn set_requests(gtids: &GtidSet, place: &Place) -> Vec<LogRequest> {
    let after = LogRequest { start: StartAt::Gtids(gtids.clone()), expected: None };
    let Some(id @ TransactionId::Gtid { sid, gno }) = place.last.clone() else { return vec![after] };
    let expected = Expected::Named { id, commit_micros: place.commit_micros, purged: false };
    let start = StartAt::Gtids(gtids.without(sid, gno));
    vec![LogRequest { start, expected: Some(expected) }, after]
}

fn domain_requests(domains: &Domains, place: &Place) -> Vec<LogRequest> {
    let whole = StartAt::Domains(domains.clone());
    let Some(id @ TransactionId::Mariadb(domain, ..)) = place.last.clone() else {
        return vec![LogRequest { start: whole, expected: None }];
    };
    let expected =
        |purged| Some(Expected::Named { id: id.clone(), commit_micros: place.commit_micros, purged });
    vec![
        LogRequest { start: StartAt::Domains(domains.without(domain)), expected: expected(false) },
        LogRequest { start: whole, expected: expected(true) },
    ]
}

async fn by_place(source: &SourceEndpoint, place: &Place) -> PipelineResult<Vec<LogRequest>> {
    let held = match &place.last {
        Some(TransactionId::Place(file, _)) if *file != place.file => {
            log_files(source).await?.iter().any(|held| **held == **file)
        }
        _ => true,
    };
    Ok(place_requests(place, held))
}

/// By file and offset: from where the last transaction begins, so that it can be
/// compared. `held`: the server still has its file.
fn place_requests(place: &Place, held: bool) -> Vec<LogRequest> {
    let before = |commit_micros| {
        let (file, offset) = (Arc::clone(&place.file), place.offset);
        let last = match &place.last {
            Some(TransactionId::Place(file, offset)) => Some((Arc::clone(file), *offset)),
            _ => None,
        };
        Some(Expected::Before { file, offset, commit_micros, last })
    };
    let direct = LogRequest {
        start: at_offset(&place.file, place.offset),
        expected: before(0).filter(|_| u32::try_from(place.offset).is_err()),
    };
    match &place.last {
        Some(TransactionId::Place(file, offset)) => {
            let checked =
                LogRequest { start: at_offset(file, *offset), expected: before(place.commit_micros) };
            // A log that was idle went on in the next file; the one before may be
            // purged since. As long as it is there it must be the one that was read.
            if held { vec![checked] } else { vec![direct] }
        }
        _ => vec![direct],
    }
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

/// A server whose log ends before the place has lost transactions, or is another
/// one. What was only replicated counts as well: a new replica's log may be empty.
async fn check_domains(source: &SourceEndpoint, saved: &Domains) -> PipelineResult<()> {
    let mut conn = connect(source).await?;
    let current = query_first(&mut conn, "SELECT @@global.gtid_current_pos").await;
    let logged = query_first(&mut conn, "SELECT @@global.gtid_binlog_pos").await;
    disconnect(conn).await;
    let [current, logged] = [current?, logged?].map(Option::unwrap_or_default);
    let reached = [Domains::parse(&current), Domains::parse(&logged)];
    let reaches =
        |domain: u32, sequence: u64| reached.iter().flatten().any(|reached| reached.holds(domain, sequence));
    if saved.iter().all(|(domain, _, sequence)| reaches(domain, sequence)) {
        return Ok(());
    }
    let has = if current.is_empty() { logged } else { current };
    let detail = Sentence::new(fault::SERVER_HAS, &[&saved.to_string(), &has]);
    Err(PipelineError::new(ErrorKind::LogRenumbered, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(file: &str, offset: u64, last: Option<TransactionId>) -> Place {
        Place { file: file.into(), offset, gtids: None, last, commit_micros: 7, skip_before: None }
    }

    fn starts(requests: &[LogRequest]) -> Vec<(String, bool)> {
        let shown = |start: &StartAt| match start {
            StartAt::File(file, offset) => format!("{file}:{offset}"),
            StartAt::Gtids(set) => set.to_string(),
            StartAt::Domains(domains) => domains.to_string(),
        };
        requests.iter().map(|request| (shown(&request.start), request.expected.is_some())).collect()
    }

    fn file_starts(offset: u64, last: Option<(&str, u64)>, held: bool) -> Vec<(String, bool)> {
        let last = last.map(|(file, offset)| TransactionId::Place(file.into(), offset));
        starts(&place_requests(&place("b.000002", offset, last), held))
    }

    #[test]
    fn the_last_transaction_is_asked_for_once_more() {
        assert_eq!(file_starts(900, Some(("b.000002", 500)), true), [("b.000002:500".to_owned(), true)]);
        assert_eq!(file_starts(4, Some(("b.000001", 500)), true), [("b.000001:500".to_owned(), true)]);
        assert_eq!(file_starts(4, Some(("b.000001", 500)), false), [("b.000002:4".to_owned(), false)]);
        assert_eq!(file_starts(900, None, true), [("b.000002:900".to_owned(), false)]);
        let domains = Domains::parse("0-1-100,7-2-5").expect("valid");
        let last = TransactionId::Mariadb(0, 1, 100);
        let asked = starts(&domain_requests(&domains, &place("b.000002", 900, Some(last))));
        assert_eq!(asked, [("0-1-99,7-2-5".to_owned(), true), ("0-1-100,7-2-5".to_owned(), true)]);
    }

    #[test]
    fn places_above_four_gibibytes_are_read_from_the_files_head_on() {
        let head = [("b.000002:4".to_owned(), true)];
        assert_eq!(file_starts(5 << 30, Some(("b.000002", (5 << 30) - 100)), true), head);
        assert_eq!(file_starts(5 << 30, None, true), head);
        let below = [("b.000002:100".to_owned(), true)];
        assert_eq!(file_starts(5 << 30, Some(("b.000002", 100)), true), below);
    }
}
