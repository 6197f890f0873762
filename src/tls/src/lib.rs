//! TLS of the whole process: the one provider of its cryptography, the file of
//! trusted authorities, and what a handshake that failed means. Knows no server;
//! who calls names it.

mod words;

use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore};
use rustls::{DEFAULT_VERSIONS, SignatureScheme};

use tidewire_words::Sentence;

use words::fault;

/// Chooses the provider of the process; a second call changes nothing.
///
/// The MySQL driver takes the process's own, and where a further one comes to be
/// linked in rustls panics at the first handshake unless one was chosen.
pub fn choose_provider() {
    if CryptoProvider::get_default().is_none() && ring::default_provider().install_default().is_err() {
        log::debug!("the provider of TLS was chosen at the same moment elsewhere");
    }
}

/// The bytes of a PEM file of authorities. Read here, because neither client
/// says which file it is that it can't use.
///
/// # Errors
/// A file that can't be read or holds no certificate.
pub fn authorities(path: &Path) -> Result<Vec<u8>, Sentence> {
    let name = path.display().to_string();
    let unreadable = |error: io::Error| Sentence::new(fault::TLS_CA_UNREADABLE, &[&name, &error.to_string()]);
    let bytes = std::fs::read(path).map_err(unreadable)?;
    match CertificateDer::pem_slice_iter(&bytes).next() {
        Some(Ok(_)) => Ok(bytes),
        Some(Err(_)) | None => Err(Sentence::new(fault::TLS_CA_EMPTY, &[&name])),
    }
}

/// How connections are set up: encrypted only, or with the server's certificate
/// held against a file of authorities, or those of this host.
///
/// # Errors
/// Authorities that can't be used.
pub fn client(verify: bool, authorities_file: Option<&Path>) -> Result<Arc<ClientConfig>, Sentence> {
    let provider = Arc::new(ring::default_provider());
    let pem = authorities_file.map(authorities).transpose()?;
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(DEFAULT_VERSIONS)
        .map_err(|error| sentence(&error))?;
    let config = if verify {
        builder.with_root_certificates(roots(authorities_file, pem.as_deref())?)
    } else {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(Unchecked(provider)))
    };
    Ok(Arc::new(config.with_no_client_auth()))
}

fn roots(file: Option<&Path>, pem: Option<&[u8]>) -> Result<RootCertStore, Sentence> {
    let mut roots = RootCertStore::empty();
    let found: Vec<CertificateDer<'static>> = match pem {
        Some(pem) => CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect(),
        None => rustls_native_certs::load_native_certs().certs,
    };
    roots.add_parsable_certificates(found);
    match (roots.is_empty(), file) {
        (false, _) => Ok(roots),
        (true, Some(file)) => Err(Sentence::new(fault::TLS_CA_EMPTY, &[&file.display().to_string()])),
        (true, None) => Err(fault::TLS_NO_AUTHORITIES.into()),
    }
}

/// Takes whatever certificate a server shows: what was asked for is that nobody
/// reads along, not who it is.
#[derive(Debug)]
struct Unchecked(Arc<CryptoProvider>);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// The server does not offer TLS.
#[must_use]
pub fn not_offered() -> Sentence {
    fault::TLS_NOT_OFFERED.into()
}

/// Whether a server had said that it speaks TLS before the handshake began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// As MySQL servers do.
    Yes,
    /// The handshake is the first thing.
    No,
}

/// What was wrong in the handshake; `None` where the error is none of TLS.
#[must_use]
pub fn fault_of(error: &(dyn Error + 'static), offered: Offered) -> Option<Sentence> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(match tls {
                rustls::Error::InvalidMessage(_) => not_spoken(offered),
                tls => sentence(tls),
            });
        }
        let io = error.downcast_ref::<io::Error>();
        // No type tells this one from other ends: the words are those of `tokio-rustls`.
        if io.is_some_and(|error| error.to_string() == "tls handshake eof") {
            return Some(not_spoken(offered));
        }
        // An I/O error hides what it wraps from `source`.
        next = match io.and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

/// Servers of the time before TLS 1.2 hang up on what they don't know, or talk nonsense.
fn not_spoken(offered: Offered) -> Sentence {
    match offered {
        Offered::Yes => fault::TLS_OF_OLD.into(),
        Offered::No => fault::TLS_NOT_SPOKEN.into(),
    }
}

fn sentence(error: &rustls::Error) -> Sentence {
    match error {
        rustls::Error::InvalidCertificate(certificate) => of_certificate(certificate),
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(
            AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure,
        ) => Sentence::new(fault::TLS_TOO_OLD, &[&error.to_string()]),
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            fault::TLS_WANTS_CERTIFICATE.into()
        }
        other => Sentence::new(fault::TLS_OTHER, &[&other.to_string()]),
    }
}

fn of_certificate(error: &CertificateError) -> Sentence {
    match error {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => fault::TLS_UNKNOWN_ISSUER.into(),
        CertificateError::NotValidForName => Sentence::new(fault::TLS_OTHER_NAME, &["?"]),
        CertificateError::NotValidForNameContext { presented, .. } => {
            Sentence::new(fault::TLS_OTHER_NAME, &[&names(presented)])
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => fault::TLS_EXPIRED.into(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            fault::TLS_NOT_YET_VALID.into()
        }
        other => Sentence::new(fault::TLS_CERTIFICATE, &[&other.to_string()]),
    }
}

/// What a certificate is made for: `DnsName("db.example")` and the like, as the
/// library prints them, without their kind.
fn names(presented: &[String]) -> String {
    let bare = |name: &String| {
        let inner = name.split_once('(').map_or(name.as_str(), |(_, inner)| inner);
        inner.trim_end_matches(')').trim_matches('"').to_owned()
    };
    let names: Vec<String> = presented.iter().take(8).map(bare).collect();
    if names.is_empty() { "-".to_owned() } else { names.join(", ") }
}
