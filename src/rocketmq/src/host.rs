//! Owns the one RocketMQ client runtime of the process, and the connections
//! that projects with the same target share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rocketmq_client_rust::{ClientRuntime, ClientRuntimeConfig};
use rocketmq_runtime::{RuntimeConfig, RuntimeOwner};
use secrecy::ExposeSecret;
use tidewire_engine::endpoint::MqEndpoint;
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_words::Sentence;

use crate::remote::Remote;
use crate::words::fault;

/// The process-wide client runtime. Made before the server, closed last.
pub struct Host {
    owner: Mutex<Option<RuntimeOwner>>,
    runtime: Arc<ClientRuntime>,
    remotes: Mutex<HashMap<String, Arc<Remote>>>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Host")
    }
}

impl Host {
    /// Builds the runtime.
    ///
    /// # Errors
    /// When threads or sockets are refused by the system.
    pub fn start() -> PipelineResult<Self> {
        tidewire_tls::choose_provider();
        let failed = |error: &dyn std::fmt::Display| {
            PipelineError::new(ErrorKind::Internal, Sentence::new(fault::CLIENT_START, &[&error.to_string()]))
        };
        let mut config = RuntimeConfig::for_parallelism("rocketmq", 1);
        config.shutdown_timeout = Duration::from_secs(2);
        let owner = RuntimeOwner::plan(config)
            .map_err(|error| failed(&error))?
            .build()
            .map_err(|error| failed(&error))?;
        let client_config = ClientRuntimeConfig {
            shutdown_timeout: Duration::from_secs(2),
            ..ClientRuntimeConfig::default()
        };
        let runtime = ClientRuntime::try_new(
            owner.root_context().component("tidewire"),
            client_config,
            rocketmq_client_rust::TelemetryHandle::noop(),
        )
        .map_err(|error| failed(&error))?;
        Ok(Self { owner: Mutex::new(Some(owner)), runtime, remotes: Mutex::default() })
    }

    /// The client runtime.
    pub(super) fn runtime(&self) -> &Arc<ClientRuntime> {
        &self.runtime
    }

    /// The shared connections to a target.
    pub fn remote(&self, target: &MqEndpoint) -> Arc<Remote> {
        let secret = target.credentials.as_ref();
        let key = format!(
            "{}\u{1}{:?}\u{1}{:?}\u{1}{:?}\u{1}{}\u{1}{}",
            target.name_servers,
            target.namespace,
            target.tls,
            target.tls_ca,
            secret.map_or("", |(access, _)| access),
            secret.map_or("", |(_, secret)| secret.expose_secret()),
        );
        let mut remotes = self.remotes.lock().unwrap_or_else(PoisonError::into_inner);
        let remote =
            remotes.entry(key).or_insert_with(|| Arc::new(Remote::new(Arc::clone(&self.runtime), target)));
        Arc::clone(remote)
    }

    /// Closes connections and runtime; call from async code, after all projects
    /// have stopped.
    pub async fn shutdown(&self) {
        let remotes: Vec<_> = self
            .remotes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain()
            .map(|(_, remote)| remote)
            .collect();
        for remote in remotes {
            remote.close_idle(Duration::ZERO).await;
        }
        self.runtime.shutdown().await;
        let owner = self.owner.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(owner) = owner {
            owner.shutdown_tasks().await;
            owner.shutdown_background();
        }
    }
}
