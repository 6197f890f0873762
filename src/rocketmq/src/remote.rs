//! Requests to name servers and brokers over a small pool of client handles.
//!
//! Each handle has its own connections and runs one call at a time. A handle
//! whose call failed is thrown away: its circuit breaker would refuse the broker
//! for half a minute after it is back.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rocketmq_client_rust::{ClientConfig, ClientError, ClientInstanceHandle, ClientRuntime};
use rocketmq_protocol::protocol::remoting_command::RemotingCommand;
use rocketmq_protocol::protocol::route::topic_route_data::TopicRouteData;
use rocketmq_transport::api::RPCHook;
use tidewire_engine::endpoint::{MqEndpoint, Tls};
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_words::Sentence;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::hook::Hook;
use crate::words::fault;

/// How long a broker may take to answer.
pub const CALL_TIMEOUT_MS: u64 = 3000;
/// Handles per target.
const MAX_HANDLES: usize = 8;
/// Handles that nobody needed for this long are closed.
const IDLE: Duration = Duration::from_mins(1);

static NEXT_DOMAIN: AtomicU64 = AtomicU64::new(1);

/// The connections to one target.
pub struct Remote {
    runtime: Arc<ClientRuntime>,
    target: MqEndpoint,
    permits: Semaphore,
    free: Mutex<Vec<(ClientInstanceHandle, Instant)>>,
}

impl Remote {
    pub(super) fn new(runtime: Arc<ClientRuntime>, target: &MqEndpoint) -> Self {
        Self { runtime, target: target.clone(), permits: Semaphore::new(MAX_HANDLES), free: Mutex::default() }
    }

    /// The target.
    pub fn target(&self) -> &MqEndpoint {
        &self.target
    }

    /// The topic's name on the wire.
    pub fn wire_topic(&self, topic: &str) -> String {
        match &self.target.namespace {
            Some(namespace) if !namespace.is_empty() => format!("{namespace}%{topic}"),
            _ => topic.to_owned(),
        }
    }

    /// The hook for clients of this target.
    pub(super) fn hook(&self) -> Arc<dyn RPCHook> {
        Arc::new(Hook::new(self.target.credentials.as_ref()))
    }

    /// The configuration for clients of this target.
    ///
    /// # Errors
    /// A file of authorities that can't be used.
    pub(super) fn client_config(&self) -> PipelineResult<ClientConfig> {
        let mut config = ClientConfig::new();
        config.set_namesrv_addr(self.target.name_servers.as_str().into());
        config.set_vip_channel_enabled(false);
        if self.target.tls != Tls::Off {
            config.set_use_tls(true);
            config.set_tls_test_mode_enable(self.target.tls == Tls::Required);
            if let Some(path) = &self.target.tls_ca {
                tidewire_tls::authorities(path)
                    .map_err(|detail| PipelineError::new(ErrorKind::TlsFailed, detail))?;
                config.set_tls_client_trust_cert_path(path.to_string_lossy());
            }
        }
        Ok(config)
    }

    /// Sends a request to an address and waits for the answer, whatever its code.
    ///
    /// # Errors
    /// No connection, or no answer in time: it is unknown whether the request
    /// was carried out.
    pub async fn call(&self, address: &str, request: RemotingCommand) -> PipelineResult<RemotingCommand> {
        self.with_handle(address, async |handle: &ClientInstanceHandle| {
            handle.invoke_remoting(&address.into(), request, CALL_TIMEOUT_MS).await
        })
        .await
    }

    /// The topic's route; `None` when the name servers know no such topic.
    ///
    /// # Errors
    /// No name server answers.
    pub async fn route(&self, topic: &str) -> PipelineResult<Option<TopicRouteData>> {
        let wire = self.wire_topic(topic);
        let result = self
            .with_handle(&self.target.name_servers, async |handle: &ClientInstanceHandle| {
                match handle.topic_route(&wire, CALL_TIMEOUT_MS).await {
                    Err(error) if error.broker_response_code() == Some(17) => Ok(None),
                    other => other,
                }
            })
            .await;
        result.map_err(|mut error| {
            if error.kind != ErrorKind::TlsFailed {
                error.kind = ErrorKind::SinkUnreachable;
            }
            error
        })
    }

    /// Broker names and their master addresses.
    ///
    /// # Errors
    /// No name server answers.
    pub async fn brokers(&self) -> PipelineResult<Vec<(String, String)>> {
        let info = self
            .with_handle(&self.target.name_servers, async |handle: &ClientInstanceHandle| {
                handle.broker_cluster_info(CALL_TIMEOUT_MS).await
            })
            .await?;
        let table = info.broker_addr_table.unwrap_or_default();
        let mut brokers: Vec<_> = table
            .iter()
            .filter_map(|(name, data)| Some((name.to_string(), data.broker_addrs().get(&0)?.to_string())))
            .collect();
        brokers.sort();
        Ok(brokers)
    }

    async fn with_handle<T>(
        &self,
        whom: &str,
        work: impl AsyncFnOnce(&ClientInstanceHandle) -> Result<T, ClientError>,
    ) -> PipelineResult<T> {
        // The pool is as wide as it ever gets, so waiting means that all handles
        // are busy with calls that have time-outs of their own.
        let _permit = self.permits.acquire().await.map_err(|_| unreachable_target(fault::CLIENT_CLOSED))?;
        let handle = match self.take_free() {
            Some(handle) => handle,
            None => self.new_handle().await?,
        };
        // The client's own time-out does not cover connecting.
        let deadline = Duration::from_millis(2 * CALL_TIMEOUT_MS);
        let result = match timeout(deadline, work(&handle)).await {
            Ok(Ok(value)) => Ok(value),
            // An answer, if not a good one: the connection is fine.
            Ok(Err(error)) if error.broker_response_code().is_some() => Err(describe(&error, whom)),
            Ok(Err(error)) => return Err(self.discard(handle, describe(&error, whom)).await),
            Err(_) => {
                let error = unreachable_target(Sentence::new(fault::CALL_LATE, &[whom]));
                return Err(self.discard(handle, error).await);
            }
        };
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push((handle, Instant::now()));
        result
    }

    /// Throws a handle away, and the idle ones with it: what broke its
    /// connection has most likely broken theirs.
    async fn discard(&self, handle: ClientInstanceHandle, error: PipelineError) -> PipelineError {
        handle.shutdown_owned().await;
        self.close_idle(Duration::ZERO).await;
        error
    }

    fn take_free(&self) -> Option<ClientInstanceHandle> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).pop().map(|(handle, _)| handle)
    }

    async fn new_handle(&self) -> PipelineResult<ClientInstanceHandle> {
        let domain = NEXT_DOMAIN.fetch_add(1, Ordering::Relaxed);
        let handle = ClientInstanceHandle::get_or_create(
            &self.runtime,
            domain,
            self.client_config()?,
            Some(self.hook()),
        )
        .map_err(|error| describe(&error, fault::THE_CLIENT))?;
        if let Err(error) = handle.start().await {
            handle.shutdown_owned().await;
            return Err(describe(&error, fault::THE_CLIENT));
        }
        Ok(handle)
    }

    /// Closes handles that nobody needs.
    pub async fn shrink(&self) {
        self.close_idle(IDLE).await;
    }

    pub(super) async fn close_idle(&self, idle: Duration) {
        let old: Vec<_> = {
            let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
            let (old, kept) =
                std::mem::take(&mut *free).into_iter().partition(|(_, used)| used.elapsed() >= idle);
            *free = kept;
            old
        };
        for (handle, _) in old {
            handle.shutdown_owned().await;
        }
    }
}

fn unreachable_target(detail: impl Into<Sentence>) -> PipelineError {
    PipelineError::new(ErrorKind::SinkUnreachable, detail)
}

/// The client's error; it hides most words, so the address is named.
pub(super) fn describe(error: &ClientError, whom: impl Into<Sentence>) -> PipelineError {
    let (whom, words) = (whom.into(), error.to_string());
    if let Some(detail) = tidewire_tls::fault_of(error) {
        let detail = Sentence::of_messages(fault::SAID, &[&whom, &detail]);
        return PipelineError::new(ErrorKind::TlsFailed, detail);
    }
    let refused = match error.broker_response_code() {
        Some(code) => crate::code::refusal(code, &words, whom),
        None => unreachable_target(Sentence::of_messages(fault::SAID, &[&whom, &words.into()])),
    };
    refused.caused_by(error)
}
