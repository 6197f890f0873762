//! A figure over time as a drawing: one series, a faint grid, four labels a
//! side. A gap in the figures is a gap in the line.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use tidewire_words::{Lang, Text};

use crate::text::{detail as text, page};
use crate::web::view::figure;

/// The drawing as `macro/chart.html` frames it.
const LEFT: f64 = 46.0;
const RIGHT: f64 = 412.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 124.0;
/// Lines of the data table.
const ROWS: usize = 40;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    /// Milliseconds of lag.
    Lag,
    /// Rows a second.
    Rows,
    /// Bytes a second.
    Bytes,
    /// Microseconds of a send.
    Send,
}

impl Measure {
    pub(super) const ALL: [Self; 4] = [Self::Lag, Self::Rows, Self::Bytes, Self::Send];

    const fn name(self) -> (&'static str, Text) {
        match self {
            Self::Lag => ("lag", text::CHART_LAG),
            Self::Rows => ("rows", text::CHART_ROWS),
            Self::Bytes => ("bytes", text::CHART_BYTES),
            Self::Send => ("send", text::CHART_SEND),
        }
    }

    /// By what values are divided, and the unit that they are in then.
    fn unit(self, most: f64, lang: Lang) -> (f64, &'static str) {
        let units: &[(f64, &'static str)] = match self {
            Self::Rows => &[(1.0, text::PER_SECOND.get(lang))],
            Self::Bytes => &[(1.0, "B/s"), (1e3, "kB/s"), (1e6, "MB/s"), (1e9, "GB/s")],
            Self::Send => &[(1e3, page::MILLISECONDS.get(lang)), (1e6, page::SECONDS.get(lang))],
            Self::Lag => &[
                (1.0, page::MILLISECONDS.get(lang)),
                (1e3, page::SECONDS.get(lang)),
                (6e4, page::MINUTES.get(lang)),
                (3.6e6, page::HOURS.get(lang)),
                (8.64e7, page::DAYS.get(lang)),
            ],
        };
        // A unit is used once the highest value is five of it.
        let fits = units.iter().rev().find(|(size, _)| most >= size * 5.0);
        fits.or(units.first()).copied().unwrap_or((1.0, ""))
    }
}

/// `macro/chart.html`.
pub(super) struct Chart {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) unit: &'static str,
    pub(super) line: String,
    pub(super) area: String,
    /// Height and text.
    pub(super) levels: Vec<(String, String)>,
    /// Place, anchor and text.
    pub(super) times: Vec<(String, &'static str, String)>,
    pub(super) says: String,
    pub(super) rows: Vec<(String, String)>,
    pub(super) empty: bool,
}

/// The time that a chart covers, milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) from: i64,
    pub(super) to: i64,
    /// Milliseconds between two points.
    pub(super) step: i64,
}

impl Chart {
    pub(super) fn new(
        measure: Measure,
        points: &[(i64, f64)],
        span: Span,
        lang: Lang,
        zone: &TimeZone,
    ) -> Self {
        let most = points.iter().map(|(_, value)| *value).fold(0.0_f64, f64::max);
        let least = points.iter().map(|(_, value)| *value).fold(0.0_f64, f64::min);
        let (size, unit) = measure.unit(most.max(-least), lang);
        let step =
            nice(((most - least) / size / 3.0).max(if measure == Measure::Rows { 1.0 } else { 0.001 }));
        let low = (least / size / step).floor() * step;
        let high = low + step * ((most / size - low) / step).ceil().max(3.0);
        let y = |value: f64| BOTTOM - (value - low) / (high - low) * (BOTTOM - TOP);
        let width = (span.to - span.from).max(1) as f64;
        let x = |at: i64| (LEFT + (at - span.from) as f64 / width * (RIGHT - LEFT)).clamp(LEFT, RIGHT);
        let (line, area) = paths(points, span.step, x, |value| y(value / size), y(low.max(0.0)));
        let (name, title) = measure.name();
        let title = title.get(lang);
        let value = |value: f64| format!("{} {unit}", number(value / size));
        let lowest = points.iter().map(|(_, value)| *value).fold(f64::INFINITY, f64::min);
        let ends = [span.from, span.to].map(|at| moment(at, span, zone, true));
        Self {
            name,
            title,
            unit,
            line,
            area,
            levels: levels(low, high, step)
                .into_iter()
                .map(|level| (format!("{:.1}", y(level)), number(level)))
                .collect(),
            times: (0..4)
                .map(|part| {
                    let at = span.from + (span.to - span.from) / 3 * part;
                    let anchor = ["start", "middle", "middle", "end"];
                    let anchor = anchor.get(usize::try_from(part).unwrap_or(0)).copied().unwrap_or("middle");
                    (format!("{:.1}", x(at)), anchor, moment(at, span, zone, false))
                })
                .collect(),
            says: if points.is_empty() {
                text::NO_DATA.get(lang).to_owned()
            } else {
                text::CHART_SAYS.fill(lang, &[title, &ends[0], &ends[1], &value(lowest), &value(most)])
            },
            rows: table(points).map(|(at, one)| (figure::moment(at, zone), value(one))).collect(),
            empty: points.is_empty(),
        }
    }
}

/// Evenly chosen points, newest first.
fn table(points: &[(i64, f64)]) -> impl Iterator<Item = (i64, f64)> {
    let every = points.len().div_ceil(ROWS).max(1);
    points.iter().rev().step_by(every).copied()
}

fn levels(low: f64, high: f64, step: f64) -> Vec<f64> {
    let mut levels = Vec::new();
    let mut level = low;
    while level <= high + step / 2.0 && levels.len() < 8 {
        levels.push(level);
        level += step;
    }
    levels
}

/// The line and the area below it; a span without points cuts both.
fn paths(
    points: &[(i64, f64)],
    step: i64,
    x: impl Fn(i64) -> f64,
    y: impl Fn(f64) -> f64,
    base: f64,
) -> (String, String) {
    let (mut line, mut area) = (String::new(), String::new());
    let mut last: Option<i64> = None;
    for (at, value) in points {
        let (x_at, y_at) = (x(*at), y(*value));
        let joined = last.is_some_and(|last| at - last <= step * 5 / 2);
        let written = if joined {
            write!(line, "L{x_at:.1} {y_at:.1}").and_then(|()| write!(area, "L{x_at:.1} {y_at:.1}"))
        } else {
            let close = if last.is_some() { format!("V{base:.1}Z") } else { String::new() };
            write!(line, "M{x_at:.1} {y_at:.1}h.1")
                .and_then(|()| write!(area, "{close}M{x_at:.1} {base:.1}V{y_at:.1}"))
        };
        if written.is_err() {
            break;
        }
        last = Some(*at);
    }
    if !area.is_empty() {
        let close = format!("V{base:.1}Z");
        area.push_str(&close);
    }
    (line, area)
}

/// The next of 1, 2, 2.5, 5 times a power of ten.
fn nice(value: f64) -> f64 {
    let power = 10.0_f64.powf(value.log10().floor());
    let part = value / power;
    let chosen = [1.0, 2.0, 2.5, 5.0].into_iter().find(|step| part <= step + 1e-9).unwrap_or(10.0);
    chosen * power
}

fn number(value: f64) -> String {
    let digits = if value.abs() >= 10.0 || value.fract().abs() < 1e-9 {
        0
    } else if value.abs() >= 1.0 {
        1
    } else {
        3
    };
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    match text.parse::<u64>() {
        Ok(whole) => figure::count(whole),
        Err(_) => text.to_owned(),
    }
}

/// A time as short as the span allows.
fn moment(at: i64, span: Span, zone: &TimeZone, full: bool) -> String {
    let whole = figure::moment(at, zone);
    if full {
        return whole;
    }
    let part = |skip: usize, take: usize| whole.chars().skip(skip).take(take).collect::<String>();
    match span.to - span.from {
        width if width <= 86_400_000 => part(11, 5),
        width if width <= 259_200_000 => part(5, 11),
        _ => part(5, 5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: &[(i64, f64)]) -> Chart {
        let span = Span { from: 0, to: 3_600_000, step: 20_000 };
        Chart::new(Measure::Lag, points, span, Lang::En, &TimeZone::UTC)
    }

    #[test]
    fn labels_are_round_and_gaps_stay() {
        let drawn = chart(&[(0, 4.0), (20_000, 8.0), (600_000, 14.0)]);
        assert_eq!(
            drawn.levels.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(),
            ["0", "5", "10", "15"]
        );
        assert_eq!(
            drawn.times.iter().map(|(_, _, text)| text.as_str()).collect::<Vec<_>>(),
            ["00:00", "00:20", "00:40", "01:00"]
        );
        assert_eq!(drawn.line.matches('M').count(), 2);
        assert_eq!(drawn.area.matches('Z').count(), 2);
        assert_eq!(drawn.unit, "ms");
        assert_eq!(drawn.rows[0], ("1970-01-01 00:10:00".to_owned(), "14 ms".to_owned()));
    }

    #[test]
    fn units_follow_the_size_and_clock_skew_is_shown() {
        assert_eq!(chart(&[(0, 500_000.0)]).unit, "min");
        let skewed = chart(&[(0, -40.0), (20_000, 60.0)]);
        assert_eq!(skewed.levels[0].1, "-50");
        assert!(chart(&[]).empty && chart(&[]).says.contains("No figures"));
        let round = [nice(0.7), nice(3.0), nice(22.0), nice(100.0)].map(|step| step.to_string());
        assert_eq!(round, ["1", "5", "25", "100"]);
        assert_eq!([number(1200.0), number(2.5), number(0.25), number(0.0)], ["1,200", "2.5", "0.25", "0"]);
    }
}
