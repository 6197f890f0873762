//! Owns the connections that projects with the same target share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;
use secrecy::ExposeSecret;
use tidewire_engine::endpoint::MqEndpoint;

use crate::remote::Remote;

/// All targets of the process. Made before the server, closed last.
#[derive(Default)]
pub struct Host {
    remotes: Mutex<HashMap<String, Arc<Remote>>>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Host")
    }
}

impl Host {
    /// The shared connections to a target. Its tasks live in the runtime that
    /// first needs them.
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
        let remote = remotes.entry(key).or_insert_with(|| Arc::new(Remote::new(target)));
        Arc::clone(remote)
    }

    /// Closes all connections; call after all projects have stopped.
    pub async fn shutdown(&self) {
        let remotes: Vec<_> = {
            let mut remotes = self.remotes.lock().unwrap_or_else(PoisonError::into_inner);
            remotes.drain().map(|(_, remote)| remote).collect()
        };
        join_all(remotes.iter().map(|remote| remote.close())).await;
    }
}
