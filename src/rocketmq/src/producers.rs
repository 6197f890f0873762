//! Lets brokers know which producer groups are alive, so that their tools list
//! them: a heartbeat to every broker of a project, as Java producers send it. It
//! also finds connections that are dead while no row flows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::code::{HEART_BEAT, SUCCESS, UNREGISTER_CLIENT};
use crate::connection::CALL;
use crate::remote::{NOBODY, Remote};
use crate::wire::frame::Request;

/// As often as the Java client; brokers forget a producer after two minutes.
const BEAT: Duration = Duration::from_secs(30);

/// The groups of all open projects of a target.
#[derive(Default)]
pub(crate) struct Producers {
    known: Mutex<Known>,
    wake: Arc<Notify>,
}

#[derive(Default)]
struct Known {
    /// Each project's group, and the brokers that shall know of it.
    projects: HashMap<u64, (String, BTreeSet<String>)>,
    beating: Option<AbortHandle>,
}

impl Producers {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The groups that each broker shall know of.
    fn by_broker(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut brokers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (group, addresses) in self.known().projects.values() {
            for address in addresses {
                brokers.entry(address.clone()).or_default().insert(group.clone());
            }
        }
        brokers
    }

    /// Ends the heartbeats.
    pub(crate) fn stop(&self) {
        let mut known = self.known();
        known.projects.clear();
        if let Some(beating) = known.beating.take() {
            beating.abort();
        }
    }
}

impl Drop for Producers {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What makes a client of this process known; one for all projects of a target.
fn client_id() -> String {
    format!("tidewire@{}", std::process::id())
}

/// Makes a project's group known to brokers from now on.
pub(crate) fn register(remote: &Arc<Remote>, caller: u64, group: &str, brokers: &[(String, String)]) {
    let producers = &remote.producers;
    let mut known = producers.known();
    let (_, addresses) = known.projects.entry(caller).or_insert_with(|| (group.to_owned(), BTreeSet::new()));
    let before = addresses.len();
    addresses.extend(brokers.iter().map(|(_, address)| address.clone()));
    if addresses.len() > before {
        producers.wake.notify_one();
    }
    if known.beating.is_none() {
        let task = tokio::spawn(beat(Arc::downgrade(remote), Arc::clone(&producers.wake)));
        known.beating = Some(task.abort_handle());
    }
}

/// Takes a project's group back; brokers that are connected are told.
pub(crate) async fn unregister(remote: &Remote, caller: u64) {
    let (group, gone) = {
        let mut known = remote.producers.known();
        let Some((group, brokers)) = known.projects.remove(&caller) else { return };
        if known.projects.is_empty()
            && let Some(beating) = known.beating.take()
        {
            beating.abort();
        }
        let others = known.projects.values().filter(|(other, _)| *other == group);
        let kept: BTreeSet<&String> = others.flat_map(|(_, brokers)| brokers).collect();
        let gone: Vec<String> = brokers.iter().filter(|broker| !kept.contains(broker)).cloned().collect();
        (group, gone)
    };
    let tell = gone.iter().filter(|address| remote.broker(address).open().is_some()).map(|address| {
        let request =
            Request::new(UNREGISTER_CLIENT).with("clientID", &client_id()).with("producerGroup", &group);
        remote.call(NOBODY, address, request)
    });
    // Told for the sake of the tools only: the broker finds out by itself.
    if timeout(CALL / 3, join_all(tell)).await.is_err() {
        log::debug!("a broker was not told that producer group {group} is gone");
    }
}

async fn beat(remote: Weak<Remote>, wake: Arc<Notify>) {
    loop {
        if let Some(remote) = remote.upgrade() {
            let brokers = remote.producers.by_broker();
            join_all(brokers.iter().map(|(address, groups)| beat_once(&remote, address, groups))).await;
        } else {
            return;
        }
        // Woken by a new broker; else after a while.
        drop(timeout(BEAT, wake.notified()).await);
    }
}

async fn beat_once(remote: &Remote, address: &str, groups: &BTreeSet<String>) {
    let groups: Vec<_> = groups.iter().map(|group| json!({ "groupName": group })).collect();
    let body = json!({ "clientID": client_id(), "producerDataSet": groups, "consumerDataSet": [] });
    let request = Request::new(HEART_BEAT).with_body(body.to_string());
    match remote.call(NOBODY, address, request).await {
        Ok(answer) if answer.code == SUCCESS => {}
        Ok(answer) => {
            log::debug!("broker {address} refuses a heartbeat: {} ({})", answer.remark, answer.code);
        }
        Err(error) => log::debug!("no heartbeat to broker {address}: {error}"),
    }
}
