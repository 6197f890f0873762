//! Finds the place in the log where a project begins.

use mysql_async::Conn;
use tidewire_engine::endpoint::{DatasourceKind, SourceEndpoint};
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_engine::log::body::{self, kind};
use tidewire_engine::log::domains::Domains;
use tidewire_engine::log::gtid::GtidSet;
use tidewire_engine::log::transaction::{Gtids, Place};
use tidewire_engine::project::StartPoint;
use tidewire_words::Sentence;

use crate::connect::{connect, connect_log, disconnect, literal, query, query_first};
use crate::settings::{LogStatus, ServerInfo, log_status};
use crate::stream::{EventStream, StartAt, Subscriber};
use crate::words::fault;

/// Commit times need not be in order near a border; a time search begins this
/// much earlier and filters.
const MARGIN_MICROS: u64 = 60_000_000;

/// Commit times come from another clock of the cluster than `NOW()`. What is
/// committed after a start must not look older than it, so "now" is this much
/// earlier: better a row from just before than one less.
const CLOCK_SPREAD_MICROS: u64 = 1_000_000;

/// The place where a project without checkpoint begins.
///
/// # Errors
/// Start times outside of what the log holds, named with the earliest possible
/// time; everything that connections can meet.
pub async fn start_place(
    source: &SourceEndpoint,
    info: &ServerInfo,
    who: &Subscriber,
    start: StartPoint,
) -> PipelineResult<Place> {
    match (start, source.kind) {
        // The service's own idea of its end can lie inside a transaction, so
        // "now" is a time there.
        (StartPoint::Now, DatasourceKind::OceanbaseCe) => {
            let now = server_micros(source).await?.saturating_sub(CLOCK_SPREAD_MICROS);
            let files = log_files(source).await?;
            let file = files.last().cloned().ok_or_else(no_log)?;
            Ok(file_start(file, Some(now)))
        }
        (StartPoint::Now, _) => end_of_log(source, info).await,
        (StartPoint::AtMicros(micros), _) => at_time(source, who, micros).await,
    }
}

fn file_start(file: String, skip_before: Option<u64>) -> Place {
    Place { file: file.into(), offset: 4, gtids: None, last: None, commit_micros: 0, skip_before }
}

pub(crate) fn no_log() -> PipelineError {
    let detail = Sentence::new(fault::NO_LOG_FILE, &["SHOW BINARY LOGS"]);
    PipelineError::new(ErrorKind::SourceSettings, detail)
}

async fn server_micros(source: &SourceEndpoint) -> PipelineResult<u64> {
    let mut conn = connect(source).await?;
    // As digits, because a double has too few for microseconds.
    let text = query_first(&mut conn, "SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS UNSIGNED)").await;
    disconnect(conn).await;
    Ok(text?.and_then(|text| text.parse().ok()).unwrap_or_else(now_micros))
}

/// This host's clock, microseconds since 1970.
fn now_micros() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_microsecond()).unwrap_or(0)
}

async fn end_of_log(source: &SourceEndpoint, info: &ServerInfo) -> PipelineResult<Place> {
    let mut conn = connect_log(source).await?;
    let found = log_end_with_names(&mut conn, source.kind, info).await;
    disconnect(conn).await;
    let (status, gtids) = found?;
    Ok(Place {
        file: status.file.into(),
        offset: status.offset,
        gtids,
        last: None,
        commit_micros: 0,
        skip_before: None,
    })
}

/// The end of the log, and the names of everything before it.
async fn log_end_with_names(
    conn: &mut Conn,
    kind: DatasourceKind,
    info: &ServerInfo,
) -> PipelineResult<(LogStatus, Option<Gtids>)> {
    let status = log_status(conn).await?.ok_or_else(no_log)?;
    let gtids = if kind == DatasourceKind::Mariadb {
        // What the server has written by now lies behind the place that it named.
        let sql = format!("SELECT BINLOG_GTID_POS({}, {})", literal(&status.file), status.offset);
        query_first(conn, &sql).await?.and_then(|text| Domains::parse(&text)).map(Gtids::Domains)
    } else if info.gtid {
        GtidSet::parse(&status.gtid_set).map(Gtids::Set)
    } else {
        None
    };
    Ok((status, gtids))
}

/// Names of the log's files, oldest first; empty files are of no use.
///
/// # Errors
/// Everything that connections can meet.
pub async fn log_files(source: &SourceEndpoint) -> PipelineResult<Vec<String>> {
    let mut conn = connect_log(source).await?;
    let rows = query(&mut conn, "SHOW BINARY LOGS").await;
    disconnect(conn).await;
    Ok(rows?
        .into_iter()
        .filter(|row| row.get(1).is_none_or(|size| size.as_deref() != Some("0")))
        .filter_map(|row| row.into_iter().next().flatten())
        .collect())
}

async fn at_time(source: &SourceEndpoint, who: &Subscriber, micros: u64) -> PipelineResult<Place> {
    let files = log_files(source).await?;
    let oldest = files.first().cloned().ok_or_else(no_log)?;
    let head = probe(source, who, &oldest).await?;
    check_not_too_early(source.kind, &oldest, head, micros)?;
    // The last file that begins early enough; files without a transaction count
    // as later than everything.
    let wanted = micros.saturating_sub(MARGIN_MICROS);
    let (mut low, mut high) = (0, files.len());
    while high - low > 1 {
        let middle = usize::midpoint(low, high);
        let Some(file) = files.get(middle) else { break };
        match probe(source, who, file).await?.first_commit {
            Some(commit) if commit <= wanted => low = middle,
            _ => high = middle,
        }
    }
    Ok(file_start(files.get(low).cloned().unwrap_or(oldest), Some(micros)))
}

/// How a log file begins.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    /// When the file was made, microseconds; 0 unknown.
    created: u64,
    /// Commit time of its first transaction.
    first_commit: Option<u64>,
}

impl Head {
    /// The first moment that the file holds, microseconds; 0 unknown.
    fn begin(self, kind: DatasourceKind) -> u64 {
        // MySQL notes when it made the file; the Binlog Service puts other times there.
        match kind {
            DatasourceKind::OceanbaseCe => self.first_commit.unwrap_or(0),
            DatasourceKind::Mysql | DatasourceKind::Mariadb | DatasourceKind::Rocketmq => self.created,
        }
    }
}

/// The first moment that the log still holds, microseconds since 1970; nothing
/// when its oldest file does not tell.
///
/// # Errors
/// Everything that connections can meet.
pub async fn log_begin(source: &SourceEndpoint) -> PipelineResult<Option<u64>> {
    let files = log_files(source).await?;
    let oldest = files.first().ok_or_else(no_log)?;
    let who = Subscriber::new(&format!("log begin {}", now_micros()));
    let begin = probe(source, &who, oldest).await?.begin(source.kind);
    Ok((begin > 0).then_some(begin))
}

fn check_not_too_early(kind: DatasourceKind, file: &str, head: Head, micros: u64) -> PipelineResult<()> {
    let earliest = head.begin(kind);
    if micros >= earliest {
        return Ok(());
    }
    let shown = |micros: u64| {
        i64::try_from(micros)
            .ok()
            .and_then(|micros| jiff::Timestamp::from_microsecond(micros).ok())
            .map_or_else(String::new, |time| time.to_string())
    };
    let detail = Sentence::new(fault::START_TOO_EARLY, &[&shown(micros), &shown(earliest), file]);
    Err(PipelineError::new(ErrorKind::StartTooEarly, detail))
}

/// Reads the head of a file up to its first transaction.
async fn probe(source: &SourceEndpoint, who: &Subscriber, file: &str) -> PipelineResult<Head> {
    let mut stream = EventStream::open(source, who, &StartAt::File(file.to_owned(), 4), true).await?;
    let mut head = Head::default();
    let result = read_head(&mut stream, source.kind, &mut head).await;
    stream.give_back().await;
    match result {
        // End of the log: the file holds no transaction yet.
        Err(error) if error.kind == ErrorKind::SourceClosed => Ok(head),
        other => other.map(|()| head),
    }
}

async fn read_head(stream: &mut EventStream, source: DatasourceKind, head: &mut Head) -> PipelineResult<()> {
    let mut in_file = false;
    loop {
        let raw = stream.next().await?;
        let seconds = u64::from(raw.timestamp) * 1_000_000;
        match raw.kind {
            kind::FORMAT_DESCRIPTION => {
                head.created = seconds;
                in_file = true;
            }
            kind::GTID if source == DatasourceKind::OceanbaseCe => {
                let gtid = body::gtid(raw.body)
                    .map_err(|error| PipelineError::new(ErrorKind::EventMalformed, error))?;
                head.first_commit = Some(gtid.last_committed * 1_000_000 + gtid.sequence_number);
                return Ok(());
            }
            kind::GTID | kind::ANONYMOUS_GTID | kind::MARIADB_GTID | kind::QUERY => {
                head.first_commit = Some(seconds);
                return Ok(());
            }
            // The file ended, or the end of the log is reached.
            kind::ROTATE | kind::HEARTBEAT if in_file => return Ok(()),
            _ => {}
        }
    }
}
