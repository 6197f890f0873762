//! Takes over changed settings while the service runs: what can be taken over
//! is, and what can't is named.

use std::sync::{Arc, RwLock};

use tidewire_engine::project::Limits;
use tokio::sync::watch;

use crate::config::Settings;
use crate::telemetry;

/// Settings that count at once.
const AT_ONCE: &[&str] = &["log"];
/// Settings that count for a project when it starts the next time.
const AT_PROJECT_START: &[&str] = &[
    "limits.memory_per_project",
    "limits.batch_bytes",
    "limits.batch_messages",
    "checkpoint.interval",
    "tail.max_messages",
];

/// Names as the file has them, and values.
pub(super) type Options = Vec<(&'static str, String)>;

/// What of the running service follows its settings.
pub(super) struct Followers {
    limits: watch::Sender<Limits>,
    /// What the settings' page shows: what is in force.
    shown: Arc<RwLock<Options>>,
}

impl Followers {
    pub(super) fn new(settings: &Settings) -> Self {
        Self { limits: watch::Sender::new(limits(settings)), shown: Arc::new(RwLock::new(options(settings))) }
    }

    pub(super) fn limits(&self) -> watch::Receiver<Limits> {
        self.limits.subscribe()
    }

    pub(super) fn shown(&self) -> Arc<RwLock<Options>> {
        Arc::clone(&self.shown)
    }

    /// Takes over what can be; gives the sentence for the log.
    pub(super) fn follow(&self, fresh: &Settings) -> String {
        let fresh_options = options(fresh);
        let Ok(mut shown) = self.shown.write() else { return "the settings can't be changed now".to_owned() };
        let (mut now, mut at_start, mut restart) = (Vec::new(), Vec::new(), Vec::new());
        for (slot, (name, value)) in shown.iter_mut().zip(fresh_options) {
            if slot.1 == value {
                continue;
            }
            if AT_ONCE.contains(&name) {
                now.push(name);
            } else if AT_PROJECT_START.contains(&name) {
                at_start.push(name);
            } else {
                restart.push(name);
                continue;
            }
            slot.1 = value;
        }
        telemetry::set_filter(&fresh.log);
        self.limits.send_replace(limits(fresh));
        sentence(&[
            ("in force now", &now),
            ("in force when a project starts the next time", &at_start),
            ("in force only after a restart", &restart),
        ])
    }
}

fn sentence(parts: &[(&str, &[&str])]) -> String {
    let parts: Vec<String> = parts
        .iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(when, names)| format!("{when}: {}", names.join(", ")))
        .collect();
    let parts = if parts.is_empty() { "nothing has changed".to_owned() } else { parts.join("; ") };
    format!("the settings were read again; {parts}")
}

fn options(settings: &Settings) -> Options {
    let size = |bytes: usize| match bytes {
        bytes if bytes.is_multiple_of(1 << 20) => format!("{}MiB", bytes >> 20),
        bytes if bytes.is_multiple_of(1 << 10) => format!("{}KiB", bytes >> 10),
        bytes => bytes.to_string(),
    };
    vec![
        ("listen", settings.listen.to_string()),
        ("public_url", settings.public_url.clone().unwrap_or_default()),
        ("log", settings.log.clone()),
        ("metrics_public", settings.metrics_public.to_string()),
        ("limits.memory_per_project", size(settings.memory_per_project)),
        ("limits.batch_bytes", size(settings.batch_bytes)),
        ("limits.batch_messages", settings.batch_messages.to_string()),
        ("checkpoint.interval", format!("{}ms", settings.checkpoint_interval_ms)),
        ("tail.max_messages", settings.tail_max_messages.to_string()),
    ]
}

fn limits(settings: &Settings) -> Limits {
    Limits {
        memory_per_project: settings.memory_per_project,
        batch_bytes: settings.batch_bytes,
        batch_messages: settings.batch_messages,
        checkpoint_interval_ms: settings.checkpoint_interval_ms,
        tail_max_messages: settings.tail_max_messages,
    }
}
