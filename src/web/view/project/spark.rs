//! The small line of a project's lag in the last hour. A minute without a
//! figure is a gap in the line.

use std::fmt::Write as _;

use tidewire_words::Lang;

use crate::service::list::LINE_POINTS;
use crate::text::list as text;
use crate::web::view::figure;

const WIDTH: f64 = 84.0;
const HEIGHT: f64 = 20.0;

/// What the drawing is made of.
pub(in crate::web) struct Spark {
    /// Path of the line; empty without figures.
    pub(in crate::web) path: String,
    pub(in crate::web) tone: &'static str,
    /// What it shows, in words.
    pub(in crate::web) title: String,
}

impl Spark {
    pub(super) fn new(line: &[(i64, f64)], tone: &'static str, lang: Lang) -> Self {
        let highest = line.iter().map(|(_, lag)| *lag).fold(0.0_f64, f64::max);
        if line.is_empty() {
            return Self { path: String::new(), tone, title: text::NO_LINE.get(lang).to_owned() };
        }
        let mut path = String::new();
        let mut last = None;
        for (minute, lag) in line {
            let x = (*minute).min(LINE_POINTS) as f64 / LINE_POINTS as f64 * WIDTH;
            let share = if highest > 0.0 { lag.max(0.0) / highest } else { 0.0 };
            let y = HEIGHT - 2.0 - share * (HEIGHT - 4.0);
            let joined = last.is_some_and(|before: i64| minute - before <= 1);
            // A lone minute is still a dot: round ends make a line of no length one.
            let word = if joined { format!("L{x:.1} {y:.1}") } else { format!("M{x:.1} {y:.1}h.1") };
            if write!(path, "{word}").is_err() {
                break;
            }
            last = Some(*minute);
        }
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds; f64 rounds, as saturating")]
        let highest = highest.round() as i64;
        let title = text::LINE.fill(lang, &[&figure::span_text(highest, lang)]);
        Self { path, tone, title }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_stay_gaps() {
        let spark = Spark::new(&[(0, 10.0), (1, 20.0), (5, 0.0)], "good", Lang::En);
        assert_eq!(spark.path, "M0.0 10.0h.1L1.4 2.0M7.0 18.0h.1");
        assert_eq!(spark.title, "Lag in the last hour: at most 20 ms");
        assert!(Spark::new(&[], "good", Lang::En).path.is_empty());
    }
}
