//! Numbers, spans and times as people read them.

use jiff::tz::TimeZone;
use tidewire_words::Lang;

use crate::text::{list, page};

/// What stands where there is no figure.
pub(in crate::web) const NONE: &str = "—";

/// `12,480`.
pub(in crate::web) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A rate: whole from ten on, one decimal below.
pub(in crate::web) fn rate(per_second: f64) -> String {
    if per_second <= 0.0 {
        // A sum of nothing is minus zero.
        return "0".to_owned();
    }
    if per_second < 10.0 {
        return format!("{per_second:.1}");
    }
    let whole = format!("{per_second:.0}");
    whole.parse().map_or(whole, count)
}

/// `1.2 MB/s`.
pub(in crate::web) fn bytes(per_second: f64) -> String {
    let units = ["B/s", "kB/s", "MB/s", "GB/s"];
    let mut value = per_second;
    let mut unit = units[0];
    for next in units.into_iter().skip(1) {
        if value < 1000.0 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    if unit == units[0] { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") }
}

/// `1.2 MiB`, as number and unit.
pub(in crate::web) fn size(bytes: u64) -> (String, &'static str) {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return (bytes.to_string(), "B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = units[0];
    for next in units.into_iter().skip(1) {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    (if value < 10.0 { format!("{value:.1}") } else { format!("{value:.0}") }, unit)
}

/// A span in its two largest units, each as number and unit.
pub(in crate::web) fn span(ms: i64, lang: Lang) -> Vec<(String, &'static str)> {
    if ms.abs() < 1000 {
        return vec![(ms.to_string(), page::MILLISECONDS.get(lang))];
    }
    let seconds = ms / 1000;
    let units = [(86_400, page::DAYS), (3_600, page::HOURS), (60, page::MINUTES), (1, page::SECONDS)];
    let mut rest = seconds.abs();
    let mut parts = Vec::new();
    for (size, unit) in units {
        let number = rest / size;
        rest %= size;
        if number > 0 && parts.len() < 2 {
            parts.push((number.to_string(), unit.get(lang)));
        } else if !parts.is_empty() {
            break;
        }
    }
    if let Some((number, _)) = parts.first_mut().filter(|_| seconds < 0) {
        number.insert(0, '-');
    }
    parts
}

/// A span as one text.
pub(in crate::web) fn span_text(ms: i64, lang: Lang) -> String {
    let parts: Vec<String> =
        span(ms, lang).into_iter().map(|(number, unit)| format!("{number} {unit}")).collect();
    parts.join(" ")
}

/// A moment in a time zone, to the second.
pub(in crate::web) fn moment(ms: i64, zone: &TimeZone) -> String {
    let Ok(time) = jiff::Timestamp::from_millisecond(ms) else { return NONE.to_owned() };
    time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// How long ago a moment was; the day itself once it is more than one ago.
pub(in crate::web) fn ago(ms: i64, now: i64, lang: Lang, zone: &TimeZone) -> String {
    let past = now.saturating_sub(ms);
    if past >= 86_400_000 {
        return moment(ms, zone).chars().take(10).collect();
    }
    match span(past, lang).first() {
        Some((number, _)) if (60_000..3_600_000).contains(&past) => list::AGO_MINUTES.fill(lang, &[number]),
        Some((number, unit)) if past >= 1000 => list::AGO.fill(lang, &[&format!("{number} {unit}")]),
        _ => list::NOW.get(lang).to_owned(),
    }
}

/// Date and time to the millisecond of an RFC 3339 text, in a time zone.
pub(in crate::web) fn commit_time(text: &str, zone: &TimeZone) -> (String, String) {
    let Ok(time) = text.parse::<jiff::Timestamp>() else { return (String::new(), text.to_owned()) };
    let zoned = time.to_zoned(zone.clone());
    (zoned.strftime("%Y-%m-%d").to_string(), zoned.strftime("%H:%M:%S%.3f").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(
            [count(0), count(999), count(12_480), count(1_000_000)],
            ["0", "999", "12,480", "1,000,000"]
        );
        assert_eq!([rate(0.0), rate(3.25), rate(12_480.4)], ["0", "3.2", "12,480"]);
        assert_eq!([bytes(12.0), bytes(6_100_000.0)], ["12 B/s", "6.1 MB/s"]);
        assert_eq!(size(900), ("900".to_owned(), "B"));
        assert_eq!(size(17 << 20), ("17".to_owned(), "MiB"));
        assert_eq!(size(3 << 29), ("1.5".to_owned(), "GiB"));
        assert_eq!(span_text(8, Lang::En), "8 ms");
        assert_eq!(span_text(252_000, Lang::Zh), "4 分 12 秒");
        assert_eq!(span_text(7_500_000, Lang::Zh), "2 小时 5 分");
        assert_eq!(span_text(3_600_000, Lang::En), "1 h");
        assert_eq!(span_text(-90_000, Lang::En), "-1 min 30 s");
    }
}
