//! Makes a connection: finds the host, connects, and sets up TLS. Says in a
//! sentence what keeps it from being made.

use std::io;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tidewire_engine::endpoint::{MqEndpoint, Tls};
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_tls::Offered;
use tidewire_words::Sentence;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::connection::{CALL, Connection, Lost};
use crate::words::fault;

/// Connects to an address, in the time that a call may take.
pub(crate) async fn dial(target: &MqEndpoint, address: &str) -> PipelineResult<Connection> {
    match timeout(CALL, connect(target, address)).await {
        Ok(connection) => connection,
        Err(_) => Err(unreachable_peer(Sentence::new(fault::CONNECT_LATE, &[address]))),
    }
}

async fn connect(target: &MqEndpoint, address: &str) -> PipelineResult<Connection> {
    let stream = TcpStream::connect(address).await.map_err(|error| no_connection(address, &error))?;
    // Batches are written whole, so there is nothing to wait for.
    stream.set_nodelay(true).map_err(|error| no_connection(address, &error))?;
    if target.tls == Tls::Off {
        return Ok(Connection::new(stream));
    }
    let refused = |detail| {
        let detail = Sentence::of_messages(fault::SAID, &[&address.into(), &detail]);
        PipelineError::new(ErrorKind::TlsFailed, detail)
    };
    let config = tidewire_tls::client(target.tls == Tls::Verify, target.tls_ca.as_deref())
        .map_err(|detail| PipelineError::new(ErrorKind::TlsFailed, detail))?;
    let name = ServerName::try_from(host(address).to_owned())
        .map_err(|_| unreachable_peer(Sentence::new(fault::NO_ADDRESS, &[address])))?;
    match TlsConnector::from(Arc::clone(&config)).connect(name, stream).await {
        Ok(stream) => Ok(Connection::new(stream)),
        Err(error) => Err(match tidewire_tls::fault_of(&error, Offered::No) {
            Some(detail) => refused(detail).caused_by(&error),
            None => no_connection(address, &error),
        }),
    }
}

/// The host of `host:port`; an IPv6 address stands in brackets.
fn host(address: &str) -> &str {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    host.trim_start_matches('[').trim_end_matches(']')
}

fn no_connection(address: &str, error: &io::Error) -> PipelineError {
    let detail = match error.kind() {
        io::ErrorKind::ConnectionRefused => Sentence::new(fault::NOTHING_LISTENS, &[address]),
        io::ErrorKind::InvalidInput => Sentence::new(fault::NO_ADDRESS, &[address]),
        _ => Sentence::new(fault::CONNECT_FAILED, &[address, &error.to_string()]),
    };
    unreachable_peer(detail).caused_by(error)
}

/// What is said of a call that ended without an answer.
pub(crate) fn lost(address: &str, why: &Lost) -> PipelineError {
    unreachable_peer(match why {
        Lost::Late => Sentence::new(fault::CALL_LATE, &[address]),
        Lost::Closed(Some(words)) => Sentence::new(fault::CONNECTION_BROKE, &[address, words]),
        Lost::Closed(None) | Lost::Unsent => Sentence::new(fault::CONNECTION_CLOSED, &[address]),
        // A TLS alert: the server does not understand plain bytes.
        Lost::NoFrame([0x15, 3]) => Sentence::new(fault::TLS_WANTED, &[address]),
        Lost::NoFrame(_) => Sentence::new(fault::NOT_SPOKEN, &[address]),
    })
}

fn unreachable_peer(detail: Sentence) -> PipelineError {
    PipelineError::new(ErrorKind::SinkUnreachable, detail)
}
