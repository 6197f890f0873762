//! Settings that are changed while the service runs: how long figures are
//! kept, and from which lag on a project counts as lagging.

use tidewire_words::Sentence;

use crate::model::alarm::AlarmLevel;
use crate::store::operation::ObjectKind;
use crate::store::setting::{self, HIGH_SECONDS, LOW_SECONDS, MEDIUM_SECONDS, RETENTION_DAYS};
use crate::store::{Db, alarm};
use crate::text::{field, refusal};

use super::error::{FieldErrors, RefusalKind, Result, ServiceError};
use super::{Actor, Service, projects, record, seen};

/// The settings as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuntimeSettings {
    /// Days that figures of projects are kept.
    pub retention_days: u32,
    /// Seconds of lag for level high.
    pub high: u32,
    /// Seconds of lag for level medium.
    pub medium: u32,
    /// Seconds of lag for level low.
    pub low: u32,
}

impl Default for RuntimeSettings {
    fn default() -> Self {
        Self {
            retention_days: RETENTION_DAYS.1,
            high: HIGH_SECONDS.1,
            medium: MEDIUM_SECONDS.1,
            low: LOW_SECONDS.1,
        }
    }
}

/// The settings as somebody typed them.
#[derive(Clone, Debug, Default)]
pub struct SettingsInput {
    /// Days.
    pub retention_days: String,
    /// Seconds.
    pub high: String,
    /// Seconds.
    pub medium: String,
    /// Seconds.
    pub low: String,
    /// The mark of the settings that the form was made from.
    pub seen: String,
}

impl RuntimeSettings {
    pub(super) fn read(c: &Db) -> Result<Self> {
        Ok(Self {
            retention_days: setting::number(c, RETENTION_DAYS)?,
            high: setting::number(c, HIGH_SECONDS)?,
            medium: setting::number(c, MEDIUM_SECONDS)?,
            low: setting::number(c, LOW_SECONDS)?,
        })
    }

    /// The lag from which a project of a level is lagging, milliseconds;
    /// nothing for a level that is never told.
    #[must_use]
    pub fn threshold_ms(&self, level: AlarmLevel) -> Option<i64> {
        let seconds = match level {
            AlarmLevel::High => self.high,
            AlarmLevel::Medium => self.medium,
            AlarmLevel::Low => self.low,
            AlarmLevel::Ignore => return None,
        };
        Some(i64::from(seconds) * 1000)
    }

    /// What a form carries to tell whether they changed since.
    #[must_use]
    pub fn mark(&self) -> String {
        seen::mark(&self.values())
    }

    fn values(&self) -> [(&'static str, u32); 4] {
        [
            (RETENTION_DAYS.0, self.retention_days),
            (HIGH_SECONDS.0, self.high),
            (MEDIUM_SECONDS.0, self.medium),
            (LOW_SECONDS.0, self.low),
        ]
    }

    fn of_input(input: &SettingsInput) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let mut number = |name: &str, text: &str, least: u32, most: u32| {
            let number = text.trim().parse().ok().filter(|number| (least..=most).contains(number));
            if number.is_none() {
                let message = Sentence::new(field::SECONDS, &[&least.to_string(), &most.to_string()]);
                errors.add(name, message);
            }
            number.unwrap_or_default()
        };
        let found = Self {
            retention_days: number("retention_days", &input.retention_days, 1, 90),
            high: number("high", &input.high, 1, 300),
            medium: number("medium", &input.medium, 30, 600),
            low: number("low", &input.low, 300, 10_800),
        };
        if errors.is_empty() && found.medium < found.high {
            errors.add("medium", Sentence::new(field::NOT_BELOW, &[&found.high.to_string()]));
        }
        if errors.is_empty() && found.low < found.medium {
            errors.add("low", Sentence::new(field::NOT_BELOW, &[&found.medium.to_string()]));
        }
        errors.done(found)
    }
}

fn may(actor: &Actor) -> Result<()> {
    if actor.is_admin() {
        return Ok(());
    }
    let (message, remedy) = (refusal::ADMINS_ONLY, refusal::ADMINS_ONLY_REMEDY);
    Err(ServiceError::refused(RefusalKind::Forbidden, "forbidden", message, remedy))
}

impl Service {
    /// The settings that hold now.
    ///
    /// # Errors
    /// A failed database.
    pub async fn settings(&self) -> Result<RuntimeSettings> {
        self.store.read(RuntimeSettings::read).await
    }

    /// Changes the settings.
    ///
    /// # Errors
    /// No admin asks, a value breaks its rule, or somebody changed them meanwhile.
    pub async fn save_settings(&self, actor: &Actor, input: &SettingsInput) -> Result<()> {
        may(actor)?;
        let new = RuntimeSettings::of_input(input)?;
        let (actor, seen) = (actor.clone(), input.seen.clone());
        self.store
            .write(move |tx| {
                let old = RuntimeSettings::read(tx)?;
                if old == new {
                    return Ok(());
                }
                seen::check(&seen, &old.values())?;
                for ((name, before), (_, after)) in old.values().into_iter().zip(new.values()) {
                    if before != after {
                        setting::set(tx, name, after)?;
                        let detail = format!("{before} → {after}");
                        record(tx, &actor, "update", ObjectKind::Setting, name, name, detail.as_str())?;
                    }
                }
                Ok(())
            })
            .await
    }

    /// Gives every setting its default again.
    ///
    /// # Errors
    /// No admin asks.
    pub async fn reset_settings(&self, actor: &Actor) -> Result<()> {
        may(actor)?;
        let actor = actor.clone();
        self.store
            .write(move |tx| {
                if RuntimeSettings::read(tx)? == RuntimeSettings::default() {
                    return Ok(());
                }
                setting::clear(tx)?;
                record(tx, &actor, "reset", ObjectKind::Setting, "settings", "settings", "")
            })
            .await
    }

    /// The alarm levels of all projects by id; what is missing is low.
    ///
    /// # Errors
    /// A failed database.
    pub async fn alarm_levels(&self) -> Result<std::collections::HashMap<String, AlarmLevel>> {
        Ok(self.store.read(alarm::levels).await?)
    }

    /// Gives a project another alarm level; `seen` is the mark of the one that
    /// the form shows.
    ///
    /// # Errors
    /// Unknown project, or somebody changed the level meanwhile.
    pub async fn set_alarm_level(
        &self,
        actor: &Actor,
        name: &str,
        level: AlarmLevel,
        seen: &str,
    ) -> Result<()> {
        let (actor, name, seen) = (actor.clone(), name.to_owned(), seen.to_owned());
        self.store
            .write(move |tx| {
                let project = projects::find(tx, &actor, &name)?;
                let old = alarm::level_of(tx, &project.id)?;
                if old == level {
                    return Ok(());
                }
                seen::check(&seen, &old.as_str())?;
                alarm::set_level(tx, &project.id, level)?;
                let (kind, detail) = (ObjectKind::Project, level.as_str());
                record(tx, &actor, "alarm_level", kind, &project.id, &project.name, detail)
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(days: &str, high: &str, medium: &str, low: &str) -> Result<RuntimeSettings, FieldErrors> {
        RuntimeSettings::of_input(&SettingsInput {
            retention_days: days.to_owned(),
            high: high.to_owned(),
            medium: medium.to_owned(),
            low: low.to_owned(),
            seen: String::new(),
        })
    }

    #[test]
    fn ranges_and_their_order() {
        assert_eq!(typed("30", "30", "300", "900"), Ok(RuntimeSettings::default()));
        let wrong = |result: Result<RuntimeSettings, FieldErrors>| {
            let errors = result.unwrap_err();
            errors.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(wrong(typed("0", "301", "29", "x")), ["high", "low", "medium", "retention_days"]);
        assert_eq!(wrong(typed("91", "1", "30", "300")), ["retention_days"]);
        assert_eq!(wrong(typed("1", "300", "299", "300")), ["medium"]);
        assert_eq!(wrong(typed("1", "300", "600", "599")), ["low"]);
    }
}
