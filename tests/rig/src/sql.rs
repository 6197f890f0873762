//! Plain SQL over the text protocol, as any client would see it.

use anyhow::{Context, Result};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder, Value};

/// One row; NULL is `None`.
pub type Row = Vec<Option<String>>;

/// Connection settings for a server on loopback. Nothing is asked of the server at login, so this
/// works with every service that speaks the protocol only in part.
pub fn options(port: u16, user: &str, password: &str) -> OptsBuilder {
    OptsBuilder::default()
        .ip_or_hostname("127.0.0.1")
        .tcp_port(port)
        .user(Some(user))
        .pass(Some(password))
        .prefer_socket(false)
        .max_allowed_packet(Some(64 << 20))
        .wait_timeout(Some(28_800))
}

pub async fn connect(port: u16, user: &str, password: &str) -> Result<Conn> {
    Conn::new(options(port, user, password))
        .await
        .with_context(|| format!("cannot log in to 127.0.0.1:{port} as {user}"))
}

/// The rows of `statement`, every value in the server's own text.
pub async fn rows(connection: &mut Conn, statement: &str) -> Result<Vec<Row>> {
    let shown: String = statement.chars().take(200).collect();
    let rows: Vec<mysql_async::Row> =
        connection.query(statement).await.with_context(|| format!("statement failed: {shown}"))?;
    Ok(rows.into_iter().map(|row| row.unwrap().into_iter().map(text).collect()).collect())
}

/// Runs statements that return nothing.
pub async fn run(connection: &mut Conn, statements: &[&str]) -> Result<()> {
    for statement in statements {
        rows(connection, statement).await?;
    }
    Ok(())
}

/// Logs in, runs one statement, logs out.
pub async fn sql(port: u16, user: &str, password: &str, statement: &str) -> Result<Vec<Row>> {
    let mut connection = connect(port, user, password).await?;
    let rows = rows(&mut connection, statement).await?;
    connection.disconnect().await?;
    Ok(rows)
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        other => Some(other.as_sql(true).trim_matches('\'').to_owned()),
    }
}
