//! What the service manager is told: that the service is ready, reloads or stops, how
//! its projects are, and, as long as all parts answer, that it is alive.
//!
//! Invariant: the watchdog is fed only after supervisor, store and the server of console
//! and API have each answered a real question in time; a part that hangs ends in a
//! restart by the service manager. A store that answers that its disk fails has answered:
//! a restart mends no disk.

use std::time::Duration;

use sd_notify::NotifyState;
use serde::Deserialize;
use tokio::task::JoinHandle;

use crate::supervisor::Supervisor;

/// How often the parts are asked, at least: more often than the server ends a connection
/// that is idle, so that the question keeps its own, whoever takes all others.
const ASKED: Duration = Duration::from_secs(3);
/// How often within the time that the manager waits, so that slow answers are no death.
const TRIES: u32 = 6;

/// Tells the service manager, if there is one.
pub(super) fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        log::warn!("the service manager can't be told: {error}");
    }
}

/// Begins to reload; [`NotifyState::Ready`] ends it.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => log::debug!("no clock to tell the service manager of: {error}"),
    }
}

/// Feeds the watchdog and renews the status line until it is aborted; `None` without a
/// service manager.
pub(super) fn keep_telling(supervisor: Supervisor, url: &str) -> Option<JoinHandle<()>> {
    std::env::var_os("NOTIFY_SOCKET")?;
    let period = sd_notify::watchdog_enabled().map_or(ASKED, |limit| ASKED.min(limit / TRIES));
    let health = format!("{url}/health");
    Some(tokio::spawn(async move {
        let client = reqwest::Client::builder().no_proxy().timeout(period).build();
        let Ok(client) = client else { return };
        loop {
            tokio::time::sleep(period).await;
            match tokio::time::timeout(period, well(&supervisor, &client, &health)).await {
                Ok(Some(status)) => tell(&[NotifyState::Watchdog, NotifyState::Status(&status)]),
                Ok(None) => tell(&[NotifyState::Status("the service does not answer itself")]),
                Err(_) => log::error!("the service does not answer itself within {period:?}"),
            }
        }
    }))
}

#[derive(Deserialize)]
struct Health {
    status: String,
    #[serde(default)]
    reasons: Vec<String>,
}

/// One line on the service, when all parts answer. The answer of the server comes from
/// the store.
async fn well(supervisor: &Supervisor, client: &reqwest::Client, health: &str) -> Option<String> {
    let answer = client.get(health).send().await.ok()?;
    // Whatever it says of a store that fails: a restart mends no disk.
    let health = answer.json::<Health>().await.ok();
    if !supervisor.answers().await {
        return None;
    }
    let running = supervisor.live().active().len();
    let said = health.map(|Health { status, reasons }| [vec![status], reasons].concat().join(": "));
    Some(format!("{}; {running} projects running", said.as_deref().unwrap_or("no health")))
}
