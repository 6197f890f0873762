//! Whether the service can do its work: the state database can be read, and written to.
//!
//! Invariant: whoever asks often causes no work: an answer is believed for some seconds.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use tidewire_words::Sentence;

use super::Service;
use super::error::ServiceError;
use crate::store::project;

/// How long an answer is believed.
const FRESH: Duration = Duration::from_secs(5);

/// How the service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Why it can't do its work; nothing: it can.
    pub trouble: Option<Sentence>,
    /// How many projects there are, as far as that is known.
    pub projects: Option<usize>,
}

/// The newest answer, and when it was given.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<Option<(Instant, Health)>>);

impl Service {
    /// Reads the state database, and writes to it.
    pub async fn health(&self) -> Health {
        let known = self.health.0.lock().ok().and_then(|known| known.clone());
        if let Some((at, health)) = known
            && at.elapsed() < FRESH
        {
            return health;
        }
        let projects = self.store.read(|c| Ok::<_, ServiceError>(project::list(c)?.len())).await;
        let written = self.store.touch().await.map_err(ServiceError::from);
        let trouble = [projects.as_ref().err(), written.as_ref().err()].into_iter().flatten().next();
        let trouble = trouble.map(|error| {
            log::error!("the state database is in trouble: {}", error.chain());
            error
                .refusal()
                .map_or_else(|| Sentence::from(error.to_string()), |refusal| refusal.message.clone())
        });
        let health = Health { trouble, projects: projects.ok() };
        if let Ok(mut known) = self.health.0.lock() {
            *known = Some((Instant::now(), health.clone()));
        }
        health
    }
}
