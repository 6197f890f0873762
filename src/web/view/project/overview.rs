//! The first page of a project: figures, the way of its rows, charts, basics.

use askama::Template;
use jiff::civil::DateTime;
use tidewire_engine::endpoint::{Connection, DatasourceKind};
use tidewire_engine::project::StartPoint;
use tidewire_words::{Lang, Text};

use crate::model::alarm::AlarmLevel;
use crate::model::status::ProjectStatus;
use crate::service::flow::TopicFlow;
use crate::service::monitor::{PositionView, StatusView};
use crate::service::seen::mark;
use crate::store::now_ms;
use crate::store::project::ProjectRecord;
use crate::store::sample::{self, Sample};
use crate::text::{detail as text, page};
use crate::web::form::Pairs;
use crate::web::view::Shell;
use crate::web::view::figure::{self, NONE};
use crate::web::view::operation::actor_word;

use super::chart::{Chart, Measure, Span};
use super::head::Head;
use super::path::PathView;

const HOUR_MS: i64 = 3_600_000;
/// Points of one chart.
const POINTS: i64 = 180;

/// Which time the charts cover, as the address says it.
#[derive(Clone, Debug)]
pub(in crate::web) struct ChartRange {
    name: &'static str,
    from_typed: String,
    to_typed: String,
    /// What was typed is no range: the last hour is shown.
    pub(in crate::web) wrong: bool,
    span: Span,
}

impl ChartRange {
    pub(in crate::web) fn of(query: &Pairs, shell: &Shell) -> Self {
        let now = now_ms();
        let (from_typed, to_typed) = (query.get("from").to_owned(), query.get("to").to_owned());
        let known = [("hour", HOUR_MS), ("day", 24 * HOUR_MS), ("week", 7 * 24 * HOUR_MS)];
        let wanted = query.get("range");
        let typed = wanted == "custom" || !from_typed.is_empty() || !to_typed.is_empty();
        let custom = || {
            let (from, to) = (typed_ms(&from_typed, shell)?, typed_ms(&to_typed, shell)?);
            (to <= now && to - from >= HOUR_MS).then_some((from, to))
        };
        let ends = if typed { custom() } else { None };
        let name = known.iter().find(|(name, _)| *name == wanted).copied().unwrap_or(("hour", HOUR_MS));
        let (from, to) = ends.unwrap_or((now - name.1, now));
        Self {
            name: if ends.is_some() { "custom" } else { name.0 },
            wrong: typed && ends.is_none(),
            span: Span { from, to, step: sample::step(from, to, POINTS, now) },
            from_typed,
            to_typed,
        }
    }

    /// From, to and the time between two points, milliseconds.
    pub(in crate::web) fn bounds(&self) -> (i64, i64, i64) {
        (self.span.from, self.span.to, self.span.step)
    }
}

/// A time as browsers send it, in the viewer's zone.
fn typed_ms(text: &str, shell: &Shell) -> Option<i64> {
    let time: DateTime = text.trim().replace(' ', "T").parse().ok()?;
    Some(time.to_zoned(shell.zone.clone()).ok()?.timestamp().as_millisecond())
}

/// `page/project.html`.
#[derive(Template)]
#[template(path = "page/project.html")]
pub(in crate::web) struct ProjectPage {
    shell: Shell,
    head: Head,
    lag: Vec<(String, &'static str)>,
    rows_per_second: String,
    bytes_per_second: String,
    rows: String,
    kinds: String,
    sent_again: String,
    left_out: String,
    position_date: String,
    position_time: String,
    position_place: String,
    reach: Option<Reach>,
    path: PathView,
    ranges: Vec<(String, &'static str, bool)>,
    custom: bool,
    wrong: bool,
    from: String,
    to: String,
    latest: String,
    charts: Vec<Chart>,
    live: bool,
    facts: Vec<(&'static str, String)>,
    gtid: String,
    /// Tells the level that the form shows from another one.
    level_mark: String,
    /// Value, word, whether it is set.
    levels: Vec<(&'static str, &'static str, bool)>,
}

/// What the page shows beside the project itself.
pub(in crate::web) struct ProjectParts<'a> {
    pub(in crate::web) flow: &'a [TopicFlow],
    pub(in crate::web) samples: &'a [Sample],
    pub(in crate::web) level: AlarmLevel,
    /// The first moment that the source's log still holds, where it is known.
    pub(in crate::web) log_begin: Option<i64>,
}

impl ProjectPage {
    pub(in crate::web) fn new(
        mut shell: Shell,
        record: &ProjectRecord,
        status: &StatusView,
        range: &ChartRange,
        parts: &ProjectParts<'_>,
    ) -> Self {
        let lang = shell.lang;
        let running = record.status == ProjectStatus::Running;
        shell.every = if running { 5 } else { 0 };
        let place = status.position.as_ref();
        let time = place
            .and_then(|place| place.commit_time.as_deref())
            .map(|time| figure::commit_time(time, &shell.zone));
        let (position_date, position_time) =
            time.unwrap_or_else(|| (String::new(), shell.t(text::NO_POSITION).to_owned()));
        let rows = &status.rows;
        let kinds = [rows.insert, rows.update, rows.delete].map(figure::count);
        let custom = range.name == "custom" || range.wrong;
        let ranges = [("hour", text::HOUR), ("day", text::DAY), ("week", text::WEEK)];
        let local = |ms: i64| shell.moment(ms).replace(' ', "T").chars().take(16).collect::<String>();
        Self {
            head: Head::new(&shell, record, status, ""),
            lag: match status.lag_ms.filter(|_| running) {
                Some(lag) => figure::span(lag, lang),
                None => vec![(NONE.to_owned(), "")],
            },
            rows_per_second: figure::rate(status.rows_per_second),
            bytes_per_second: figure::bytes(status.bytes_per_second),
            rows: figure::count(rows.insert + rows.update + rows.delete),
            kinds: text::KINDS.fill(lang, &[&kinds[0], &kinds[1], &kinds[2]]),
            sent_again: named_counts(lang, &[(text::SENT_AGAIN, rows.sent_again)]),
            left_out: named_counts(
                lang,
                &[
                    (text::BEFORE_START, rows.before_start),
                    (text::FILTERED, rows.filtered),
                    (text::ALREADY_THERE, rows.skipped_as_already_sent),
                ],
            ),
            position_date,
            position_time,
            position_place: place
                .filter(|place| !place.file.is_empty())
                .map(|place| format!("{}:{}", place.file, place.offset))
                .unwrap_or_default(),
            gtid: place.and_then(|place| place.gtid.clone()).unwrap_or_default(),
            reach: parts.log_begin.map(|begin| Reach::new(begin, status, &shell)),
            path: PathView::new(record, status, parts.flow, lang),
            ranges: ranges
                .into_iter()
                .map(|(name, word)| {
                    let href = if name == "hour" { String::new() } else { format!("?range={name}") };
                    let current = !custom && range.name == name;
                    (format!("/projects/{}{href}", record.id), word.get(lang), current)
                })
                .collect(),
            from: if custom { range.from_typed.clone() } else { local(range.span.from) },
            to: if custom { range.to_typed.clone() } else { local(range.span.to) },
            latest: local(now_ms()),
            charts: charts(parts.samples, range.span, &shell),
            live: running && range.name == "hour" && !custom,
            wrong: range.wrong,
            custom,
            facts: facts(record, &shell),
            level_mark: mark(&parts.level.as_str()),
            levels: AlarmLevel::ALL
                .map(|level| (level.as_str(), level.word().get(lang), level == parts.level))
                .to_vec(),
            shell,
        }
    }
}

/// How far back the source's log reaches behind the position.
struct Reach {
    /// How much older log than the position there still is; empty before there is
    /// a position.
    span: Vec<(String, &'static str)>,
    since: String,
    /// The position is older than the log: its rows are gone.
    gone: bool,
}

impl Reach {
    fn new(begin: i64, status: &StatusView, shell: &Shell) -> Self {
        let position = status.position.as_ref().and_then(PositionView::commit_ms);
        let left = position.map(|position| position - begin);
        Self {
            span: left.filter(|left| *left >= 0).map_or_else(Vec::new, |left| figure::span(left, shell.lang)),
            since: text::LOG_SINCE.fill(shell.lang, &[&shell.moment(begin)]),
            gone: left.is_some_and(|left| left < 0),
        }
    }
}

/// Those of the counts that are not zero, each under its name.
fn named_counts(lang: Lang, counts: &[(Text, u64)]) -> String {
    let shown = counts.iter().filter(|(_, count)| *count > 0);
    shown.map(|(name, count)| name.fill(lang, &[&figure::count(*count)])).collect::<Vec<_>>().join(" · ")
}

fn charts(samples: &[Sample], span: Span, shell: &Shell) -> Vec<Chart> {
    let value = |measure: Measure, sample: &Sample| match measure {
        Measure::Lag => sample.lag_ms as f64,
        Measure::Rows => sample.rows_per_second,
        Measure::Bytes => sample.bytes_per_second,
        Measure::Send => sample.send_micros,
    };
    Measure::ALL
        .into_iter()
        .map(|measure| {
            let points: Vec<(i64, f64)> =
                samples.iter().map(|sample| (sample.at, value(measure, sample))).collect();
            Chart::new(measure, &points, span, shell.lang, &shell.zone)
        })
        .collect()
}

fn endpoint(name: &str, connection: &Connection, shell: &Shell) -> String {
    let mut text = format!("{name} · {} · {}", connection.kind.title(), connection.address);
    if connection.kind == DatasourceKind::OceanbaseCe {
        text.push_str(" · ");
        text.push_str(&page::TENANT.fill(shell.lang, &[&connection.tenant]));
    }
    text
}

pub(super) fn start(record: &ProjectRecord, shell: &Shell) -> String {
    match record.start {
        StartPoint::Now => page::START_NOW.get(shell.lang).to_owned(),
        StartPoint::AtMicros(micros) => shell.moment(i64::try_from(micros / 1000).unwrap_or(i64::MAX)),
    }
}

pub(super) fn partition(record: &ProjectRecord, shell: &Shell) -> String {
    match record.tables.iter().filter(|table| !table.shard_columns.is_empty()).count() {
        0 => shell.t(text::HASH).to_owned(),
        some => text::SHARDED.fill(shell.lang, &[&some.to_string()]),
    }
}

fn facts(record: &ProjectRecord, shell: &Shell) -> Vec<(&'static str, String)> {
    let options = &record.options;
    let t = |text: tidewire_words::Text| text.get(shell.lang);
    vec![
        (t(page::SOURCE), endpoint(&record.source.name, &record.source.connection, shell)),
        (t(page::TARGET), endpoint(&record.target.name, &record.target.connection, shell)),
        (t(page::FORMAT), options.format.title().to_owned()),
        (t(text::PARTITION), partition(record, shell)),
        (t(page::GROUP), options.producer_group.clone()),
        (t(page::START), start(record, shell)),
        (
            t(page::CREATED),
            format!("{} · {}", actor_word(&record.creator, shell.lang), shell.moment(record.created_at)),
        ),
    ]
}
