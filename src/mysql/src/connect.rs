//! Connections to the source: login, time-outs, and the server's errors turned
//! into ours. Knows no tables and no positions.

use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, DriverError, OptsBuilder, Row, SslOpts};
use secrecy::ExposeSecret;
use tidewire_engine::endpoint::{SourceEndpoint, Tls};
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_tls::Offered;
use tidewire_words::Sentence;
use tokio::time::timeout;

use crate::words::fault;

/// Longest wait for a login.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest wait for the answer to a statement.
const QUERY_TIMEOUT: Duration = Duration::from_secs(30);

/// Logs in for SQL: catalogue and settings.
///
/// # Errors
/// Unreachable, refused, or timed out.
pub async fn connect(source: &SourceEndpoint) -> PipelineResult<Conn> {
    open(source, &source.host, source.port).await
}

/// Logs in where the log is served: the Binlog Service's own address where one
/// is set, else the same address as for SQL.
///
/// # Errors
/// Unreachable, refused, or timed out.
pub async fn connect_log(source: &SourceEndpoint) -> PipelineResult<Conn> {
    match &source.binlog_host_port {
        Some((host, port)) => open(source, host, *port).await,
        None => open(source, &source.host, source.port).await,
    }
}

async fn open(source: &SourceEndpoint, host: &str, port: u16) -> PipelineResult<Conn> {
    tidewire_tls::choose_provider();
    let password = source.password.expose_secret();
    let address = format!("{host}:{port}");
    // The Binlog Service answers only the first expression of a SELECT, so
    // nothing may be left for the driver to ask at login.
    let options = OptsBuilder::default()
        .ip_or_hostname(host)
        .tcp_port(port)
        .user(Some(source.login()))
        .pass((!password.is_empty()).then_some(password))
        .prefer_socket(false)
        .max_allowed_packet(Some(1 << 30))
        .wait_timeout(Some(28_800))
        .tcp_keepalive(Some(Duration::from_secs(10)))
        .stmt_cache_size(0)
        .ssl_opts(tls_options(source).map_err(|detail| no_tls(address.as_str(), &detail))?);
    match timeout(CONNECT_TIMEOUT, Conn::new(options)).await {
        Ok(Ok(conn)) => Ok(conn),
        Ok(Err(error)) => Err(map_error(&error, address)),
        Err(_) => Err(PipelineError::new(
            ErrorKind::SourceUnreachable,
            Sentence::new(fault::LOGIN_LATE, &[&address, &CONNECT_TIMEOUT.as_secs().to_string()]),
        )),
    }
}

fn tls_options(source: &SourceEndpoint) -> Result<Option<SslOpts>, Sentence> {
    Ok(match source.tls {
        Tls::Off => None,
        Tls::Required => Some(
            SslOpts::default()
                .with_danger_accept_invalid_certs(true)
                .with_danger_skip_domain_validation(true),
        ),
        Tls::Verify => {
            let roots = source.tls_ca.as_deref().map(tidewire_tls::authorities).transpose()?;
            Some(SslOpts::default().with_root_certs(roots.into_iter().map(Into::into).collect()))
        }
    })
}

fn no_tls(whom: impl Into<Sentence>, detail: &Sentence) -> PipelineError {
    let detail = Sentence::of_messages(fault::SAID, &[&whom.into(), detail]);
    PipelineError::new(ErrorKind::TlsFailed, detail)
}

/// Runs a statement and returns its rows as texts.
///
/// # Errors
/// The server's refusal, a broken connection, or no answer in time.
pub async fn query(conn: &mut Conn, sql: &str) -> PipelineResult<Vec<Vec<Option<String>>>> {
    let rows: Vec<Row> = match timeout(QUERY_TIMEOUT, conn.query(sql)).await {
        Ok(Ok(rows)) => rows,
        Ok(Err(error)) => return Err(map_error(&error, fault::THE_SOURCE)),
        Err(_) => {
            return Err(PipelineError::new(
                ErrorKind::SourceUnreachable,
                Sentence::new(fault::STATEMENT_LATE, &[&QUERY_TIMEOUT.as_secs().to_string()]),
            ));
        }
    };
    Ok(rows.into_iter().map(texts).collect())
}

fn texts(row: Row) -> Vec<Option<String>> {
    row.unwrap()
        .into_iter()
        .map(|value| match value {
            mysql_async::Value::NULL => None,
            mysql_async::Value::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            other => Some(other.as_sql(true).trim_matches('\'').to_owned()),
        })
        .collect()
}

/// First column of the first row.
///
/// # Errors
/// As [`query`].
pub async fn query_first(conn: &mut Conn, sql: &str) -> PipelineResult<Option<String>> {
    Ok(query(conn, sql).await?.into_iter().next().and_then(|row| row.into_iter().next()).flatten())
}

/// A server variable's text through `SHOW VARIABLES`, which every kind of
/// server answers.
///
/// # Errors
/// As [`query`].
pub async fn variable(conn: &mut Conn, name: &str) -> PipelineResult<Option<String>> {
    let rows = query(conn, &format!("SHOW GLOBAL VARIABLES LIKE '{name}'")).await?;
    Ok(rows.into_iter().next().and_then(|row| row.into_iter().nth(1)).flatten())
}

/// Ends a connection without waiting for a peer that may be gone.
pub async fn disconnect(conn: Conn) {
    if let Ok(Err(error)) = timeout(Duration::from_secs(1), conn.disconnect()).await {
        log::debug!("closing a source connection: {error}");
    }
}

/// A text as an SQL literal.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// The driver's or server's error as ours; `whom` is the address, or who else
/// was asked.
pub fn map_error(error: &mysql_async::Error, whom: impl Into<Sentence>) -> PipelineError {
    mapped(error, whom.into()).caused_by(error)
}

fn mapped(error: &mysql_async::Error, whom: Sentence) -> PipelineError {
    let kind = match error {
        mysql_async::Error::Server(server) => match server.code {
            1044 | 1045 | 1698 | 3118 | 1862 => ErrorKind::SourceDenied,
            1142 | 1143 | 1227 | 1370 => ErrorKind::PrivilegeMissing,
            1236 => ErrorKind::PositionPurged,
            _ => ErrorKind::SourceUnreachable,
        },
        mysql_async::Error::Driver(_)
        | mysql_async::Error::Url(_)
        | mysql_async::Error::Io(_)
        | mysql_async::Error::Other(_) => ErrorKind::SourceUnreachable,
    };
    if let mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer) = error {
        return no_tls(whom, &tidewire_tls::not_offered());
    }
    if let Some(detail) = tidewire_tls::fault_of(error, Offered::Yes) {
        return no_tls(whom, &detail);
    }
    match error {
        mysql_async::Error::Server(server) => {
            let (words, code) = (server.message.as_str().into(), server.code.to_string().into());
            let detail = Sentence::of_messages(fault::SAID_ERROR, &[&whom, &words, &code]);
            PipelineError::new(kind, detail).with_server_code(server.code)
        }
        other => {
            let detail = Sentence::of_messages(fault::SAID, &[&whom, &other.to_string().into()]);
            PipelineError::new(kind, detail)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidewire_words::Lang;

    #[test]
    fn a_refusal_keeps_the_words_and_the_number_of_the_server() {
        let refused = mysql_async::Error::Server(mysql_async::ServerError {
            code: 1064,
            message: "You have an error in your SQL syntax".to_owned(),
            state: "42000".to_owned(),
        });
        let error = map_error(&refused, fault::THE_SOURCE);
        assert_eq!(error.server_code, Some(1064));
        let en = "the source: You have an error in your SQL syntax (error 1064)";
        assert_eq!(error.detail.get(Lang::En), en);
        let zh = "源端：You have an error in your SQL syntax（错误 1064）";
        assert_eq!(error.detail.get(Lang::Zh), zh);
    }
}
