//! Logger, the kept log lines of projects, and metrics text. Knows no project,
//! only names and figures that it is given.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError, RwLock};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Crates that say too much.
const CHATTY: &str = "actix_server=warn,actix_http=warn,mio=warn,rustls=warn";

/// Sends log records to standard error, and keeps those of projects for their
/// pages. A second call changes nothing.
pub fn start_log(filter: &str) {
    match log::set_logger(&LOGGER) {
        Ok(()) => set_filter(filter),
        Err(_) => log::debug!("the logger runs already"),
    }
}

/// Replaces the filter of the log; before [`start_log`] nothing is written yet.
pub fn set_filter(filter: &str) {
    let fresh = env_logger::Builder::new().parse_filters(&format!("{CHATTY},{filter}")).build();
    let most = fresh.filter();
    *LOGGER.out.write().unwrap_or_else(PoisonError::into_inner) = Some(fresh);
    log::set_max_level(most);
}

static LOGGER: Logger = Logger { out: RwLock::new(None) };

struct Logger {
    out: RwLock<Option<env_logger::Logger>>,
}

impl log::Log for Logger {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        let out = self.out.read().unwrap_or_else(PoisonError::into_inner);
        out.as_ref().is_some_and(|out| out.enabled(metadata))
    }

    fn log(&self, record: &log::Record<'_>) {
        {
            let out = self.out.read().unwrap_or_else(PoisonError::into_inner);
            let Some(out) = out.as_ref().filter(|out| out.matches(record)) else { return };
            out.log(record);
        }
        if let Some(project) = record.key_values().get(log::kv::Key::from("project"))
            && let Ok(mut lines) = LINES.lock()
        {
            let at_ms = jiff::Timestamp::now().as_millisecond();
            let text = record.args().to_string();
            lines.push(&project.to_string(), LogLine { at_ms, level: record.level().as_str(), text });
        }
    }

    fn flush(&self) {
        let out = self.out.read().unwrap_or_else(PoisonError::into_inner);
        out.iter().for_each(log::Log::flush);
    }
}

/// One line of a project's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// `ERROR`, `WARN`, `INFO`, …
    pub level: &'static str,
    /// What it says.
    pub text: String,
}

/// Lines that are kept of one project, and their bytes.
const LINES_OF_PROJECT: usize = 500;
const BYTES_OF_PROJECT: usize = 128 << 10;
/// Characters of one line.
const LINE_LENGTH: usize = 2000;
/// Projects whose lines are kept.
const PROJECTS: usize = 512;

static LINES: Mutex<Lines> = Mutex::new(Lines { projects: BTreeMap::new() });

/// The newest lines of each project, in memory only.
struct Lines {
    projects: BTreeMap<String, (VecDeque<LogLine>, usize)>,
}

impl Lines {
    fn push(&mut self, project: &str, mut line: LogLine) {
        if let Some((end, _)) = line.text.char_indices().nth(LINE_LENGTH) {
            line.text.truncate(end);
            line.text.push('…');
        }
        let (lines, bytes) = self.projects.entry(project.to_owned()).or_default();
        *bytes += line.text.len();
        lines.push_back(line);
        while lines.len() > LINES_OF_PROJECT || *bytes > BYTES_OF_PROJECT {
            let Some(old) = lines.pop_front() else { break };
            *bytes -= old.text.len();
        }
        if self.projects.len() > PROJECTS {
            let last = |(_, (lines, _)): &(&String, &(VecDeque<LogLine>, usize))| {
                lines.back().map(|line| line.at_ms)
            };
            let oldest = self.projects.iter().min_by_key(last).map(|(name, _)| name.clone());
            oldest.and_then(|name| self.projects.remove(&name));
        }
    }
}

/// The kept lines of a project, newest first.
#[must_use]
pub fn log_lines(id: &str) -> Vec<LogLine> {
    let Ok(lines) = LINES.lock() else { return Vec::new() };
    lines.projects.get(id).map(|(lines, _)| lines.iter().rev().cloned().collect()).unwrap_or_default()
}

/// What `/metrics` tells.
#[derive(Clone, Debug)]
pub struct Figures {
    /// When the service started.
    pub started_at_ms: i64,
    /// Every project.
    pub projects: Vec<ProjectFigures>,
}

/// Figures of one project.
#[derive(Clone, Debug)]
pub struct ProjectFigures {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Whether its state is running.
    pub running: bool,
    /// Whether its state is failed.
    pub failed: bool,
    /// State.
    pub state: &'static str,
    /// What it does right now.
    pub phase: &'static str,
    /// Rows that were sent or left out, in kinds that don't overlap.
    pub rows: [(&'static str, u64); 6],
    /// Of the rows that were sent: those that went out again after a loss.
    pub sent_again: u64,
    /// Messages confirmed.
    pub messages: u64,
    /// Lag.
    pub lag_ms: Option<i64>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfProject {
    id: String,
    project: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfRows {
    id: String,
    project: String,
    kind: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfState {
    id: String,
    project: String,
    state: &'static str,
    phase: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfVersion {
    version: &'static str,
}

impl Figures {
    /// The figures in OpenMetrics' text form.
    #[must_use]
    pub fn text(&self) -> String {
        let mut registry = Registry::with_prefix("tidewire");
        self.register_process(&mut registry);
        let rows = Family::<OfRows, Counter>::default();
        let again = Family::<OfProject, Counter>::default();
        let messages = Family::<OfProject, Counter>::default();
        let lag = Family::<OfProject, Gauge<f64, AtomicU64>>::default();
        let state = Family::<OfState, Gauge>::default();
        for project in &self.projects {
            let labels = OfProject { id: project.id.clone(), project: project.name.clone() };
            for (kind, count) in project.rows {
                let labels = OfRows { id: project.id.clone(), project: project.name.clone(), kind };
                rows.get_or_create(&labels).inc_by(count);
            }
            again.get_or_create(&labels).inc_by(project.sent_again);
            messages.get_or_create(&labels).inc_by(project.messages);
            if let Some(lag_ms) = project.lag_ms.filter(|_| project.running) {
                lag.get_or_create(&labels).set(lag_ms as f64 / 1000.0);
            }
            let labels = OfState {
                id: project.id.clone(),
                project: project.name.clone(),
                state: project.state,
                phase: project.phase,
            };
            state.get_or_create(&labels).set(1);
        }
        registry.register("project_rows", "Rows since the service started", rows);
        registry.register(
            "project_rows_sent_again",
            "Of the rows sent: again, after a loss of the broker's",
            again,
        );
        registry.register("project_messages", "Messages confirmed since the service started", messages);
        registry.register("project_lag_seconds", "Seconds behind the source", lag);
        registry.register("project_state", "State and phase; always 1", state);
        let mut text = String::new();
        if prometheus_client::encoding::text::encode(&mut text, &registry).is_err() {
            text.clear();
        }
        text
    }

    fn register_process(&self, registry: &mut Registry) {
        let info = Family::<OfVersion, Gauge>::default();
        info.get_or_create(&OfVersion { version: env!("CARGO_PKG_VERSION") }).set(1);
        registry.register("build", "Version of the program; always 1", info);
        let start = Gauge::<f64, AtomicU64>::default();
        start.set(self.started_at_ms as f64 / 1000.0);
        registry.register("process_start_time_seconds", "When the service started", start);
        let memory = Gauge::<i64>::default();
        memory.set(resident_bytes().unwrap_or(0));
        registry.register("process_resident_memory_bytes", "Memory in use", memory);
        let projects = Gauge::<i64>::default();
        projects.set(i64::try_from(self.projects.len()).unwrap_or(i64::MAX));
        registry.register("projects", "Projects there are", projects);
        let failed = Gauge::<i64>::default();
        let count = self.projects.iter().filter(|project| project.failed).count();
        failed.set(i64::try_from(count).unwrap_or(i64::MAX));
        registry.register("projects_failed", "Projects in state failed", failed);
    }
}

/// Resident memory as Linux tells it.
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: i64 = line.split_whitespace().nth(1)?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_project_are_bounded() {
        let mut lines = Lines { projects: BTreeMap::new() };
        let line = |at_ms, length| LogLine { at_ms, level: "INFO", text: "长".repeat(length) };
        for at_ms in 0..600 {
            lines.push("a", line(at_ms, 3));
        }
        assert_eq!(lines.projects["a"].0.len(), LINES_OF_PROJECT);
        lines.push("a", line(600, 5000));
        assert_eq!(lines.projects["a"].0.back().unwrap().text.chars().count(), LINE_LENGTH + 1);
        for number in 0..PROJECTS {
            lines.push(&format!("p{number}"), line(1000, 1));
        }
        assert_eq!((lines.projects.len(), lines.projects.contains_key("a")), (PROJECTS, false));
    }

    #[test]
    fn the_text_holds_every_figure() {
        let figures = Figures {
            started_at_ms: 1000,
            projects: vec![ProjectFigures {
                id: "np_1".to_owned(),
                name: "订单".to_owned(),
                running: true,
                failed: false,
                state: "running",
                phase: "streaming",
                rows: [
                    ("insert", 7),
                    ("update", 0),
                    ("delete", 0),
                    ("before_start", 4),
                    ("filtered", 2),
                    ("skipped_as_already_sent", 1),
                ],
                sent_again: 3,
                messages: 7,
                lag_ms: Some(1500),
            }],
        };
        let text = figures.text();
        for line in [
            "tidewire_project_rows_total{id=\"np_1\",project=\"订单\",kind=\"insert\"} 7",
            "tidewire_project_rows_total{id=\"np_1\",project=\"订单\",kind=\"before_start\"} 4",
            "tidewire_project_rows_total{id=\"np_1\",project=\"订单\",kind=\"skipped_as_already_sent\"} 1",
            "tidewire_project_rows_sent_again_total{id=\"np_1\",project=\"订单\"} 3",
            "tidewire_project_lag_seconds{id=\"np_1\",project=\"订单\"} 1.5",
            "tidewire_projects 1",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}
