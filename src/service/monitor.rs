//! What a project shows right now, and its figures over time.

use std::sync::atomic::Ordering;

use serde::Serialize;
use tidewire_engine::checkpoint::Position;
use tidewire_engine::stats::{RunPhase, Stats};
use tidewire_words::Lang;

use crate::model::status::{Failure, ProjectStatus};
use crate::store::project::ProjectRecord;
use crate::store::{alarm, checkpoint, now_ms, sample};
use crate::supervisor::live::Rates;
use crate::text::field;

use super::error::{Result, ServiceError};
use super::settings::RuntimeSettings;
use super::{Actor, Service};

/// `GET /projects/{name}/status`.
#[derive(Clone, Debug, Serialize)]
pub struct StatusView {
    /// State.
    pub state: ProjectStatus,
    /// What it does right now; nothing while it has no task.
    pub phase: Option<&'static str>,
    /// Attempt number while it waits before the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// How far a look ahead for the columns of a table is, and where it ends.
    pub looking_ahead: Option<String>,
    /// Milliseconds behind the source; nothing before anything is confirmed.
    pub lag_ms: Option<i64>,
    /// Newest confirmed position.
    pub position: Option<PositionView>,
    /// Rows since the service started.
    pub rows: RowCounts,
    /// Messages confirmed since the service started.
    pub messages: u64,
    /// Whether it is behind by more than its alarm level allows.
    #[serde(skip)]
    pub lagging: bool,
    /// Rows confirmed a second, over the last seconds.
    pub rows_per_second: f64,
    /// Bytes confirmed a second.
    pub bytes_per_second: f64,
    /// Mean time of a send in microseconds.
    pub send_micros: f64,
    /// What stopped the project, or what it retries after.
    pub error: Option<ErrorView>,
    /// Things worth knowing.
    pub warnings: Vec<String>,
}

/// A position as the API shows it.
#[derive(Clone, Debug, Serialize)]
pub struct PositionView {
    /// Binlog file.
    pub file: String,
    /// Offset.
    pub offset: u64,
    /// Executed GTID set.
    pub gtid: Option<String>,
    /// Commit time of the last transaction.
    pub commit_time: Option<String>,
}

impl PositionView {
    /// Commit time of the last transaction, milliseconds since 1970.
    #[must_use]
    pub fn commit_ms(&self) -> Option<i64> {
        let time: jiff::Timestamp = self.commit_time.as_deref()?.parse().ok()?;
        Some(time.as_millisecond())
    }
}

/// Row counters.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct RowCounts {
    /// Inserted and sent.
    pub insert: u64,
    /// Updated and sent.
    pub update: u64,
    /// Deleted and sent.
    pub delete: u64,
    /// Of those: sent again, because the broker lost what it had confirmed.
    pub sent_again: u64,
    /// Not sent: committed before the start time.
    pub before_start: u64,
    /// Not sent: left out by the row filter or the choice of operations.
    pub filtered: u64,
    /// Not sent: found in the topic already.
    pub skipped_as_already_sent: u64,
}

/// An error with its remedy.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorView {
    /// Machine name.
    pub kind: String,
    /// What happened.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// `database.table`.
    pub table: Option<String>,
    /// Position as text.
    pub position: Option<String>,
    /// When, RFC 3339; nothing while it is retried.
    pub at: Option<String>,
}

impl ErrorView {
    fn of_failure(failure: &Failure, lang: Lang) -> Self {
        Self {
            kind: failure.kind.clone(),
            message: failure.message.get(lang).to_owned(),
            remedy: failure.remedy.get(lang).to_owned(),
            table: failure.table.clone(),
            position: failure.position.clone(),
            at: time(failure.at.saturating_mul(1000)),
        }
    }
}

/// `GET /projects/{name}/metrics`.
#[derive(Clone, Debug, Serialize)]
pub struct MetricsView {
    /// Which figure.
    pub metric: String,
    /// Pairs of seconds since 1970 and mean value.
    pub points: Vec<(i64, f64)>,
}

impl Service {
    /// What a project shows right now.
    ///
    /// # Errors
    /// Unknown name.
    pub async fn status(&self, actor: &Actor, name: &str, lang: Lang) -> Result<StatusView> {
        let record = self.project_record(actor, name).await?;
        self.status_of(&record, lang).await
    }

    /// What a stored project shows right now.
    ///
    /// # Errors
    /// A failed database.
    pub async fn status_of(&self, record: &ProjectRecord, lang: Lang) -> Result<StatusView> {
        let mut status = self.live_status(&record.id, record.status, record.failure.as_ref(), lang);
        let (id, placed) = (record.id.clone(), status.position.is_some());
        let (saved, threshold) = self
            .store
            .read(move |c| {
                let saved = if placed { None } else { checkpoint::newest(c, &id)? };
                let level = alarm::level_of(c, &id)?;
                Ok::<_, ServiceError>((saved, RuntimeSettings::read(c)?.threshold_ms(level)))
            })
            .await?;
        if let Some(saved) = saved {
            status.position = Some(position(&saved.position));
        }
        status.judge(threshold);
        Ok(status)
    }

    /// What a project shows right now, as far as memory knows it: the position of
    /// one that did not run since the service started is not there.
    pub(super) fn live_status(
        &self,
        id: &str,
        state: ProjectStatus,
        failure: Option<&Failure>,
        lang: Lang,
    ) -> StatusView {
        let live = self.supervisor.live().get(id);
        let mut status = match &live {
            Some(live) => of_stats(state, &live.stats, lang),
            None => blank(state),
        };
        if let Some(live) = &live {
            let rates = live.rates();
            status.set_rates(rates);
            status.lag_ms = live.lag_ms(now_ms());
            if !live.active() {
                status.phase = None;
                status.looking_ahead = None;
            }
        }
        if let Some(failure) = failure {
            status.error = Some(ErrorView::of_failure(failure, lang));
        }
        status
    }

    /// Figures of a stored project between two moments, one mean a step;
    /// all in milliseconds.
    ///
    /// # Errors
    /// A failed database.
    pub async fn samples(&self, id: &str, (from, to, step): (i64, i64, i64)) -> Result<Vec<sample::Sample>> {
        let id = id.to_owned();
        Ok(self.store.read(move |c| sample::between(c, &id, from, to, step)).await?)
    }

    /// A figure of a project over time, at most some hundreds of points.
    ///
    /// # Errors
    /// Unknown name or figure, or a span that is none.
    pub async fn metrics(
        &self,
        actor: &Actor,
        name: &str,
        metric: &str,
        from: Option<i64>,
        to: Option<i64>,
    ) -> Result<MetricsView> {
        let value: fn(&sample::Sample) -> f64 = match metric {
            "lag_ms" => |sample| sample.lag_ms as f64,
            "rows_per_second" => |sample| sample.rows_per_second,
            "bytes_per_second" => |sample| sample.bytes_per_second,
            "send_micros" => |sample| sample.send_micros,
            _ => return Err(ServiceError::field("metric", field::METRIC)),
        };
        let to = to.unwrap_or_else(|| now_ms() / 1000);
        let from = from.unwrap_or(to - 3600);
        if from >= to {
            return Err(ServiceError::field("from", field::TIME_RANGE));
        }
        let record = self.project_record(actor, name).await?;
        let (from, to) = (from.saturating_mul(1000), to.saturating_mul(1000));
        let step = sample::step(from, to, 360, now_ms());
        let samples = self.store.read(move |c| sample::between(c, &record.id, from, to, step)).await?;
        let points = samples.iter().map(|sample| (sample.at / 1000, value(sample))).collect();
        Ok(MetricsView { metric: metric.to_owned(), points })
    }
}

fn blank(state: ProjectStatus) -> StatusView {
    StatusView {
        state,
        phase: None,
        attempt: None,
        looking_ahead: None,
        lag_ms: None,
        position: None,
        rows: RowCounts::default(),
        messages: 0,
        lagging: false,
        rows_per_second: 0.0,
        bytes_per_second: 0.0,
        send_micros: 0.0,
        error: None,
        warnings: Vec::new(),
    }
}

impl StatusView {
    /// Says whether it lags, by the threshold of its alarm level.
    pub(super) fn judge(&mut self, threshold_ms: Option<i64>) {
        let over = self.lag_ms.zip(threshold_ms).is_some_and(|(lag, most)| lag > most);
        self.lagging = self.state == ProjectStatus::Running && over;
    }

    fn set_rates(&mut self, rates: Rates) {
        self.rows_per_second = rates.rows_per_second;
        self.bytes_per_second = rates.bytes_per_second;
        self.send_micros = rates.send_micros;
    }
}

fn of_stats(state: ProjectStatus, stats: &Stats, lang: Lang) -> StatusView {
    let load = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    let shown = stats.shown();
    let mut status = blank(state);
    status.phase = Some(match &shown.phase {
        RunPhase::Connecting => "connecting",
        RunPhase::Locating => "locating",
        RunPhase::Streaming => "streaming",
        RunPhase::Draining => "draining",
        RunPhase::BackingOff { attempt, error, .. } => {
            status.attempt = Some(*attempt);
            status.error = Some(ErrorView {
                kind: error.kind.code().to_owned(),
                message: error.message(lang),
                remedy: error.remedy(lang).to_owned(),
                table: error.table.clone(),
                position: error.position.clone(),
                at: None,
            });
            "backing_off"
        }
    });
    status.rows = RowCounts {
        insert: load(&stats.insert),
        update: load(&stats.update),
        delete: load(&stats.delete),
        sent_again: load(&stats.sent_again),
        before_start: load(&stats.before_start),
        filtered: load(&stats.filtered),
        skipped_as_already_sent: load(&stats.already_there),
    };
    status.messages = load(&stats.messages);
    status.position = shown.position.as_ref().map(position);
    status.looking_ahead = shown.looking_ahead;
    status.warnings = shown.warnings.iter().map(|warning| warning.get(lang).to_owned()).collect();
    status
}

/// A position for people.
pub(super) fn position(position: &Position) -> PositionView {
    let micros = i64::try_from(position.commit_micros).unwrap_or(0);
    PositionView {
        file: position.file.clone(),
        offset: position.offset,
        gtid: position.gtid_set.clone(),
        commit_time: if micros > 0 { time(micros) } else { None },
    }
}

/// RFC 3339 in UTC.
fn time(micros: i64) -> Option<String> {
    jiff::Timestamp::from_microsecond(micros).ok().map(|time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidewire_engine::error::{ErrorKind, PipelineError};
    use tidewire_engine::words::fault;
    use tidewire_words::Sentence;

    #[test]
    fn facts_and_warnings_come_in_the_language_asked_for() {
        let stats = Stats::default();
        let detail = Sentence::new(fault::SHARD_COLUMN, &["user_id"]);
        let error = PipelineError::new(ErrorKind::ColumnMissing, detail);
        stats.show(|shown| {
            shown.phase = RunPhase::BackingOff { attempt: 1, until: 0, error };
            shown.warnings = vec![Sentence::new(fault::QUEUE_COUNT, &["orders", "8", "12"])];
        });
        let said = |lang| {
            let status = of_stats(ProjectStatus::Running, &stats, lang);
            (status.error.unwrap().message, status.warnings)
        };
        assert_eq!(
            said(Lang::Zh),
            (
                "配置的列不存在：分片列 user_id".to_owned(),
                vec!["Topic orders 原有 8 个队列，现有 12 个".to_owned()]
            )
        );
        assert_eq!(
            said(Lang::En),
            (
                "a configured column does not exist: sharding column user_id".to_owned(),
                vec!["topic orders had 8 queues and now has 12".to_owned()]
            )
        );
    }
}
