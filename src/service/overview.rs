//! What the first page shows: how many projects are in which state, which of
//! them need somebody, and what this process takes of its host.

use std::path::Path;

use tidewire_words::Lang;

use crate::model::status::ProjectStatus;
use crate::store::project_head::ProjectHead;
use crate::store::{now_ms, project};

use super::error::Result;
use super::list::Listed;
use super::monitor::{PositionView, StatusView};
use super::{Actor, Service};

/// Why a project needs somebody, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The source's log will soon drop its position, after which changes are lost.
    Expiring,
    /// It failed.
    Failed,
    /// It tries again and again.
    Retrying,
    /// It is behind by more than its level allows.
    Lagging,
}

/// A project with what it shows right now.
#[derive(Clone, Debug)]
pub struct Overseen {
    /// What is stored.
    pub head: ProjectHead,
    /// What it shows.
    pub status: StatusView,
    /// Why it needs somebody.
    pub need: Option<Need>,
    /// Milliseconds of log older than the position, where that is known and little.
    pub log_left: Option<i64>,
}

/// Everything of the first page.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Every project that the actor sees.
    pub projects: Vec<Overseen>,
    /// How many data sources they see.
    pub datasources: usize,
}

impl Overview {
    /// How many projects are in a state.
    #[must_use]
    pub fn count(&self, status: ProjectStatus) -> usize {
        self.projects.iter().filter(|one| one.head.status == status).count()
    }

    /// The projects that need somebody, most urgent first.
    #[must_use]
    pub fn needy(&self) -> Vec<&Overseen> {
        let mut needy: Vec<&Overseen> = self.projects.iter().filter(|one| one.need.is_some()).collect();
        needy.sort_by(|a, b| {
            let lag = b.status.lag_ms.cmp(&a.status.lag_ms);
            a.need.cmp(&b.need).then(lag).then_with(|| a.head.name.cmp(&b.head.name))
        });
        needy
    }
}

fn need(status: &StatusView) -> Option<Need> {
    match status.state {
        ProjectStatus::Failed => Some(Need::Failed),
        ProjectStatus::Running if status.phase == Some("backing_off") => Some(Need::Retrying),
        ProjectStatus::Running => status.lagging.then_some(Need::Lagging),
        ProjectStatus::Init
        | ProjectStatus::Suspended
        | ProjectStatus::Releasing
        | ProjectStatus::Released => None,
    }
}

/// Positions younger than this are in no danger.
const OLD_POSITION_MS: i64 = 3_600_000;

/// What is left of the log behind a position, when it is less than a fifth of
/// what the log reaches back: the next files to be dropped are those.
fn little_left(begin: i64, position: i64, now: i64) -> Option<i64> {
    let (left, reach) = (position.saturating_sub(begin), now.saturating_sub(begin));
    (left.saturating_mul(5) < reach).then_some(left.max(0))
}

impl Service {
    /// What the first page shows.
    ///
    /// # Errors
    /// A failed database.
    pub async fn overview(&self, actor: &Actor, lang: Lang) -> Result<Overview> {
        let listed = self.listed(actor, lang).await?;
        let mut projects = Vec::with_capacity(listed.len());
        let resting = listed.iter().filter(|one| one.status.position.is_none());
        let mut saved = self.saved_positions(resting.map(|one| one.head.id.clone()).collect()).await?;
        for Listed { head, mut status } in listed {
            status.position = status.position.or_else(|| saved.remove(&head.id));
            let log_left = self.log_left(&head, &status).await?;
            let need = if log_left.is_some() { Some(Need::Expiring) } else { need(&status) };
            projects.push(Overseen { head, status, need, log_left });
        }
        let datasources = self.datasources(actor).await?.len();
        Ok(Overview { projects, datasources })
    }

    /// Asks only for the few projects whose position is old.
    async fn log_left(&self, head: &ProjectHead, status: &StatusView) -> Result<Option<i64>> {
        let keeps =
            matches!(head.status, ProjectStatus::Running | ProjectStatus::Suspended | ProjectStatus::Failed);
        let now = now_ms();
        let position = status.position.as_ref().and_then(PositionView::commit_ms);
        let Some(position) = position.filter(|position| keeps && now - position > OLD_POSITION_MS) else {
            return Ok(None);
        };
        // The page looks every few seconds: the whole project, with its tables, is
        // only read when its source is asked.
        let begin = if let Some((_, known)) = self.known_log_begin(&head.id) {
            known
        } else {
            let id = head.id.clone();
            let record = self.store.read(move |c| project::find(c, &id)).await?;
            record.and_then(|record| self.log_begin(&record))
        };
        Ok(begin.and_then(|begin| little_left(begin, position, now)))
    }
}

/// What this process takes of its host; what the system does not tell is
/// missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Resources {
    /// Processor time since the start, seconds.
    pub cpu_seconds: Option<f64>,
    /// Resident memory, bytes.
    pub memory: Option<u64>,
    /// Memory of the host, bytes.
    pub host_memory: Option<u64>,
    /// Bytes in the data directory.
    pub data: u64,
    /// Processors of the host.
    pub processors: usize,
}

/// Clock ticks of a second in `/proc`: 100 on every Linux that there is.
const TICKS: f64 = 100.0;

impl Resources {
    /// Reads them.
    #[must_use]
    pub fn read(data: &Path) -> Self {
        let file = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        Self {
            cpu_seconds: cpu_seconds(&file("/proc/self/stat")),
            memory: kilobytes(&file("/proc/self/status"), "VmRSS:"),
            host_memory: kilobytes(&file("/proc/meminfo"), "MemTotal:"),
            data: size_of(data),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// User and system time: fields 14 and 15, counted behind the name, which may
/// hold anything.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// Files of the data directory; it has no folders.
fn size_of(data: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(data) else { return 0 };
    let sizes = entries.filter_map(|entry| entry.ok()?.metadata().ok()).filter(std::fs::Metadata::is_file);
    sizes.map(|file| file.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_of_the_log_is_left() {
        let hour = 3_600_000;
        assert_eq!(little_left(0, 4 * hour, 24 * hour), Some(4 * hour));
        assert_eq!(little_left(0, 5 * hour, 24 * hour), None);
        assert_eq!(little_left(9 * hour, 4 * hour, 24 * hour), Some(0));
    }

    #[test]
    fn proc_is_read() {
        let stat = "1 (a) b) S 1 1 1 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 1 0 1";
        assert_eq!(cpu_seconds(stat), Some(3.0));
        assert_eq!(kilobytes("VmSize: 1 kB\nVmRSS:\t  12 kB\n", "VmRSS:"), Some(12_288));
        assert_eq!((cpu_seconds(""), kilobytes("", "VmRSS:")), (None, None));
    }
}
