//! The list of projects: which ones, in which order, with what they show right
//! now. Asks the database the same few questions however many there are.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use tidewire_words::Lang;

use crate::model::status::ProjectStatus;
use crate::store::project_head::{self, ProjectHead};
use crate::store::{alarm, now_ms};

use super::error::{Result, ServiceError};
use super::monitor::{PositionView, StatusView, position};
use super::settings::RuntimeSettings;
use super::{Actor, Service};

/// What the small lines of the list show: an hour, a point a minute.
pub const LINE_MS: i64 = 3_600_000;
/// Points of such a line.
pub const LINE_POINTS: i64 = 60;

/// One project of the list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// What is stored.
    pub head: ProjectHead,
    /// What it does right now.
    pub status: StatusView,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Newest first.
    #[default]
    Created,
    /// Changed last first.
    Changed,
    /// By name.
    Name,
    /// Most behind first.
    Lag,
}

impl Sort {
    /// Every order, as forms offer them.
    pub const ALL: [Self; 4] = [Self::Created, Self::Changed, Self::Name, Self::Lag];

    /// The machine name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Name => "name",
            Self::Lag => "lag",
        }
    }

    /// Reads it; what is unknown is the first order.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|sort| sort.as_str() == text).unwrap_or_default()
    }
}

/// Which projects are wanted; what is empty does not matter.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Part of a name, or an id.
    pub search: String,
    /// State.
    pub state: Option<ProjectStatus>,
    /// Tag.
    pub tag: String,
    /// Name of the source.
    pub source: String,
    /// Name of the target.
    pub target: String,
    /// Order.
    pub sort: Sort,
}

impl Wanted {
    /// The wanted ones, in order.
    #[must_use]
    pub fn choose(&self, mut all: Vec<Listed>) -> Vec<Listed> {
        let search = self.search.trim().to_lowercase();
        let is = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
        all.retain(|Listed { head, .. }| {
            (head.name.to_lowercase().contains(&search) || head.id == self.search.trim())
                && self.state.is_none_or(|state| state == head.status)
                && (self.tag.is_empty() || head.tags.contains(&self.tag))
                && is(&self.source, &head.source)
                && is(&self.target, &head.target)
        });
        match self.sort {
            Sort::Created => {}
            Sort::Changed => all.sort_by_key(|one| Reverse(one.head.changed_at)),
            Sort::Name => all.sort_by(|a, b| a.head.name.cmp(&b.head.name)),
            // What stands still has no lag of its own and comes last.
            Sort::Lag => all.sort_by_key(|one| Reverse(one.lag_ms().unwrap_or(i64::MIN))),
        }
        all
    }
}

impl Listed {
    /// How far behind it is, while it runs.
    #[must_use]
    pub fn lag_ms(&self) -> Option<i64> {
        self.status.lag_ms.filter(|_| self.head.status == ProjectStatus::Running)
    }
}

impl Service {
    /// Every project that the actor sees, newest first.
    ///
    /// # Errors
    /// A failed database.
    pub async fn listed(&self, actor: &Actor, lang: Lang) -> Result<Vec<Listed>> {
        let asked = self.store.read(|c| {
            let levels = alarm::levels(c)?;
            Ok::<_, ServiceError>((project_head::list(c)?, levels, RuntimeSettings::read(c)?))
        });
        let (heads, levels, settings) = asked.await?;
        let seen = heads.into_iter().filter(|head| actor.sees(&head.creator));
        Ok(seen
            .map(|head| {
                let mut status = self.live_status(&head.id, head.status, head.failure.as_ref(), lang);
                let level = levels.get(&head.id).copied().unwrap_or_default();
                status.judge(settings.threshold_ms(level));
                Listed { head, status }
            })
            .collect())
    }

    /// Mean lag a minute of the last hour: number of the minute and milliseconds.
    ///
    /// # Errors
    /// A failed database.
    pub async fn lag_lines(&self, ids: Vec<String>) -> Result<BTreeMap<String, Vec<(i64, f64)>>> {
        let from = now_ms() - LINE_MS;
        let lines = self.store.read(move |c| project_head::lags(c, &ids, from, LINE_MS / LINE_POINTS));
        Ok(lines.await?)
    }

    /// Saved positions of projects.
    pub(super) async fn saved_positions(&self, ids: Vec<String>) -> Result<HashMap<String, PositionView>> {
        let found = self.store.read(move |c| project_head::positions(c, &ids)).await?;
        Ok(found.into_iter().map(|(id, saved)| (id, position(&saved))).collect())
    }
}
