//! HTTP: the JSON API, the console, and what both need. Knows the service
//! only: no SQL, no MySQL, no RocketMQ.

pub mod api;
mod error;
mod extract;
mod form;
mod handler;
mod middleware;
mod static_files;
mod view;

use std::sync::{Arc, RwLock};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::{App, HttpServer, web};
use sha2::{Digest as _, Sha256};

use crate::service::Service;
use crate::service::overview::Resources;

use self::static_files::Assets;

/// Largest body in bytes.
const BODY_LIMIT: usize = 4 << 20;

/// How long a request may take to say what it wants.
const HEAD_TIME: Duration = Duration::from_secs(5);

/// What every handler shares.
pub struct State {
    /// The use cases.
    pub service: Service,
    /// SHA-256 of the API token.
    token_hash: [u8; 32],
    /// Whether `/metrics` needs no token.
    metrics_public: bool,
    /// Address that browsers use, when it is not the listen address.
    public_url: Option<String>,
    /// Style sheet and icon with their hashed addresses.
    assets: Assets,
    /// When the service started, milliseconds since 1970.
    started_at: i64,
    /// What the process was started with.
    process: Process,
    /// Processor time at an earlier look, and what followed from it.
    meter: std::sync::Mutex<Meter>,
}

/// What the process was started with, to be shown.
#[derive(Clone, Debug, Default)]
pub struct Process {
    /// The data directory.
    pub data: std::path::PathBuf,
    /// Options of the settings file and their values in force.
    pub options: Arc<RwLock<Vec<(&'static str, String)>>>,
}

/// Processor time at a moment, and the share of the time before it.
#[derive(Clone, Copy, Debug, Default)]
struct Meter {
    at_ms: i64,
    seconds: f64,
    percent: f64,
}

/// Milliseconds over which the share of the processor is taken at least.
const METER_MS: i64 = 2_000;

impl State {
    /// The shared state.
    #[must_use]
    pub fn new(
        service: Service,
        token: &str,
        metrics_public: bool,
        public_url: Option<String>,
        process: Process,
    ) -> Self {
        let started_at = jiff::Timestamp::now().as_millisecond();
        Self {
            service,
            token_hash: Sha256::digest(token.as_bytes()).into(),
            metrics_public,
            public_url,
            assets: Assets::new(),
            started_at,
            process,
            meter: std::sync::Mutex::new(Meter { at_ms: started_at, ..Meter::default() }),
        }
    }

    /// What the process takes of its host, and percent of one processor since
    /// the last look.
    fn resources(&self) -> (Resources, Option<f64>) {
        let found = Resources::read(&self.process.data);
        let percent = found.cpu_seconds.and_then(|seconds| {
            let now = jiff::Timestamp::now().as_millisecond();
            let mut meter = self.meter.lock().ok()?;
            let passed = now - meter.at_ms;
            if passed >= METER_MS {
                let percent = (seconds - meter.seconds) * 100_000.0 / passed as f64;
                *meter = Meter { at_ms: now, seconds, percent };
            }
            Some(meter.percent)
        });
        (found, percent)
    }

    /// Hashes are compared, so the time says nothing about the token.
    fn is_token(&self, token: &str) -> bool {
        <[u8; 32]>::from(Sha256::digest(token.as_bytes())) == self.token_hash
    }
}

/// Serves on a bound listener until it is stopped, so many connections at a time; more
/// wait until one ends.
///
/// # Errors
/// When the listener can't be used.
pub fn serve(listener: std::net::TcpListener, state: State, connections: usize) -> std::io::Result<Server> {
    let state = web::Data::new(state);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::clone(&state))
            .app_data(web::PayloadConfig::new(BODY_LIMIT))
            .app_data(handler::queries())
            .wrap(actix_web::middleware::from_fn(middleware::bodies))
            .wrap(actix_web::middleware::from_fn(middleware::pages))
            .wrap(actix_web::middleware::from_fn(middleware::headers))
            .wrap(actix_web::middleware::Compress::default())
            .configure(api::routes)
            .configure(handler::routes)
            .default_service(web::to(handler::not_found))
    })
    .workers(1)
    // Bodies have a limit of their own.
    .client_request_timeout(HEAD_TIME)
    .max_connections(connections)
    .shutdown_timeout(3)
    .disable_signals()
    .listen(listener)?;
    Ok(server.run())
}
