//! Is this server fit to be followed? Used by the precheck and at every start.

use mysql_async::Conn;
use serde::{Deserialize, Serialize};

use crate::words::fault;
use tidewire_engine::endpoint::{DatasourceKind, SourceEndpoint};
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_words::Sentence;

use crate::connect::{connect, connect_log, disconnect, query, query_first, variable};
pub use crate::locate::log_begin;

/// What the server says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerInfo {
    /// Version text.
    pub version: String,
    /// Server clock minus ours, milliseconds.
    pub clock_offset_ms: i64,
    /// `lower_case_table_names`.
    pub lower_case_table_names: u8,
    /// Whether transactions carry GTIDs that a resume can use.
    pub gtid: bool,
    /// What tells it from another server behind the same address.
    pub identity: String,
}

impl ServerInfo {
    /// Whether table names compare without regard to case.
    pub const fn folds_case(&self) -> bool {
        self.lower_case_table_names != 0
    }
}

/// Connects, logs in and reads version and clock.
///
/// # Errors
/// Unreachable, refused, or not a supported server.
pub async fn connect_check(source: &SourceEndpoint) -> PipelineResult<ServerInfo> {
    let mut conn = connect(source).await?;
    let info = server_info(&mut conn, source.kind).await;
    disconnect(conn).await;
    info
}

/// Reads what the server says of itself, on an SQL connection.
///
/// # Errors
/// When the server is of another kind than the data source says, or too old.
pub async fn server_info(conn: &mut Conn, kind: DatasourceKind) -> PipelineResult<ServerInfo> {
    let version = query_first(conn, "SELECT VERSION()").await?.unwrap_or_default();
    check_version(kind, &version)?;
    let server_seconds = query_first(conn, "SELECT UNIX_TIMESTAMP(NOW(6))").await?;
    let server_millis =
        server_seconds.and_then(|text| text.parse::<f64>().ok()).map(|seconds| seconds * 1000.0);
    #[expect(clippy::cast_possible_truncation, reason = "a clock offset in milliseconds fits")]
    let clock_offset_ms =
        server_millis.map_or(0, |server| (server - jiff::Timestamp::now().as_millisecond() as f64) as i64);
    let lower = variable(conn, "lower_case_table_names").await?;
    let gtid = match kind {
        DatasourceKind::OceanbaseCe => true,
        DatasourceKind::Mysql => {
            variable(conn, "gtid_mode").await?.is_some_and(|mode| mode.eq_ignore_ascii_case("ON"))
        }
        DatasourceKind::Mariadb | DatasourceKind::Rocketmq => false,
    };
    Ok(ServerInfo {
        version,
        clock_offset_ms,
        lower_case_table_names: lower.and_then(|text| text.parse().ok()).unwrap_or(0),
        gtid,
        identity: identity(conn, kind).await?,
    })
}

/// What tells a server from another one behind the same address. The hosts of an
/// OceanBase cluster have one log together, so nothing tells them apart.
///
/// # Errors
/// When the server does not answer.
pub async fn identity(conn: &mut Conn, kind: DatasourceKind) -> PipelineResult<String> {
    let sql = match kind {
        DatasourceKind::OceanbaseCe | DatasourceKind::Rocketmq => return Ok(String::new()),
        DatasourceKind::Mysql => "SELECT @@server_uuid",
        DatasourceKind::Mariadb => "SELECT CONCAT_WS(':', @@hostname, @@port, @@server_id)",
    };
    Ok(query_first(conn, sql).await?.unwrap_or_default())
}

fn check_version(kind: DatasourceKind, version: &str) -> PipelineResult<()> {
    let is_oceanbase = version.contains("OceanBase");
    let is_mariadb = version.contains("MariaDB");
    let refused = |why: Sentence| {
        let detail = Sentence::of_messages(fault::VERSION, &[&version.into(), &why]);
        Err(PipelineError::new(ErrorKind::SourceUnsupported, detail))
    };
    let older = |than: &str| refused(Sentence::new(fault::OLDER_THAN, &[than]));
    match kind {
        DatasourceKind::OceanbaseCe if !is_oceanbase => refused(fault::NOT_OCEANBASE.into()),
        DatasourceKind::Mysql if is_oceanbase => refused(fault::IS_OCEANBASE.into()),
        DatasourceKind::Mysql if is_mariadb => refused(fault::IS_MARIADB.into()),
        DatasourceKind::Mariadb if !is_mariadb => refused(fault::NOT_MARIADB.into()),
        DatasourceKind::Mysql if numbers(version) < (5, 6) => older("5.6"),
        DatasourceKind::Mariadb if mariadb_numbers(version) < (10, 5) => older("10.5"),
        DatasourceKind::Rocketmq => refused(fault::NOT_A_SOURCE.into()),
        DatasourceKind::OceanbaseCe | DatasourceKind::Mysql | DatasourceKind::Mariadb => Ok(()),
    }
}

fn numbers(version: &str) -> (u32, u32) {
    let mut parts = version.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

/// MariaDB prefixes its version with `5.5.5-` for old clients in some builds.
fn mariadb_numbers(version: &str) -> (u32, u32) {
    numbers(version.strip_prefix("5.5.5-").unwrap_or(version))
}

/// Binlog on, row format, full row image.
///
/// # Errors
/// A definite error that names the setting and the value it must have.
pub async fn log_check(source: &SourceEndpoint) -> PipelineResult<()> {
    let mut conn = connect(source).await?;
    let result = check_log_settings(&mut conn, source.kind).await;
    disconnect(conn).await;
    result?;
    let mut conn = connect_log(source).await?;
    let status = log_status(&mut conn).await;
    disconnect(conn).await;
    if status?.is_none() {
        let detail = Sentence::new(fault::NO_LOG_FILE, &["SHOW MASTER STATUS"]);
        return Err(PipelineError::new(ErrorKind::SourceSettings, detail));
    }
    Ok(())
}

/// The settings that matter, on an SQL connection.
///
/// # Errors
/// As [`log_check`].
pub async fn check_log_settings(conn: &mut Conn, kind: DatasourceKind) -> PipelineResult<()> {
    // OceanBase's log is made by the Binlog Service; only the row image is the
    // tenant's to set.
    let wanted: &[(&str, &str)] = match kind {
        DatasourceKind::OceanbaseCe => &[("binlog_row_image", "FULL")],
        DatasourceKind::Mysql | DatasourceKind::Rocketmq => {
            &[("log_bin", "ON"), ("binlog_format", "ROW"), ("binlog_row_image", "FULL")]
        }
        DatasourceKind::Mariadb => &[
            ("log_bin", "ON"),
            ("binlog_format", "ROW"),
            ("binlog_row_image", "FULL"),
            ("log_bin_compress", "OFF"),
        ],
    };
    for (name, value) in wanted {
        // A server that does not know a setting behaves as wanted.
        if let Some(actual) = variable(conn, name).await?
            && !actual.eq_ignore_ascii_case(value)
        {
            let detail = Sentence::new(fault::SETTING, &[name, &actual, value]);
            return Err(PipelineError::new(ErrorKind::SourceSettings, detail));
        }
    }
    Ok(())
}

/// Where the log ends: file, offset, executed GTID set; `None` without a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogStatus {
    /// Newest file.
    pub file: String,
    /// Its end.
    pub offset: u64,
    /// Executed GTID set; empty where there is none.
    pub gtid_set: String,
}

/// Asks for the end of the log. MySQL 8.4 knows only the new statement.
///
/// # Errors
/// Refused, or no answer.
pub async fn log_status(conn: &mut Conn) -> PipelineResult<Option<LogStatus>> {
    Ok(log_status_rows(conn).await?.into_iter().next().and_then(|row| {
        let mut fields = row.into_iter();
        let file = fields.next()??;
        let offset = fields.next()??.parse().ok()?;
        let gtid_set = fields.nth(2).flatten().unwrap_or_default().replace('\n', "");
        Some(LogStatus { file, offset, gtid_set })
    }))
}

/// The row that tells the end of the log, as the server gives it.
pub(crate) async fn log_status_rows(conn: &mut Conn) -> PipelineResult<Vec<Vec<Option<String>>>> {
    match query(conn, "SHOW MASTER STATUS").await {
        Err(error) if error.server_code == Some(1064) => query(conn, "SHOW BINARY LOG STATUS").await,
        other => other,
    }
}

/// The account may read the log and the tables' metadata.
///
/// # Errors
/// A definite error that names what is missing.
pub async fn privilege_check(source: &SourceEndpoint) -> PipelineResult<()> {
    let mut conn = connect_log(source).await?;
    let status = log_status(&mut conn).await;
    disconnect(conn).await;
    status?;
    if source.kind == DatasourceKind::OceanbaseCe {
        return Ok(());
    }
    let mut conn = connect(source).await?;
    let grants = query(&mut conn, "SHOW GRANTS").await;
    disconnect(conn).await;
    let text: String = grants?.into_iter().flatten().flatten().collect::<Vec<_>>().join("\n").to_uppercase();
    // Rights that come through a role can't be read here; the dump will tell.
    let has = text.contains("ALL PRIVILEGES ON *.*")
        || text.contains("REPLICATION SLAVE")
        || text.lines().any(|line| !line.contains(" ON "));
    if has { Ok(()) } else { Err(PipelineError::new(ErrorKind::PrivilegeMissing, "REPLICATION SLAVE")) }
}
