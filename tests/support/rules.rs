//! How SELECT's text becomes the token of a message: the documented rules, written here once more.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil;

/// Which formats share a text of cells.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Bare numbers, decimals as Java's `BigDecimal.toString`.
    Default,
    /// Bare numbers, plain decimals.
    Plain,
    /// Everything in quotes, plain decimals.
    Quoted,
    /// Debezium's own.
    Debezium,
}

impl Style {
    pub(crate) fn of(format: &str) -> Self {
        match format {
            "dataworks2" => Self::Plain,
            "canal" => Self::Quoted,
            "debezium" | "debezium-flatten" | "debezium-smt" => Self::Debezium,
            _ => Self::Default,
        }
    }
}

/// One rule a kind of type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// The digits as they are.
    Number,
    Decimal,
    /// The same number; servers show fewer digits than they hold.
    Float,
    Double,
    Text,
    /// Fractions lose their trailing zeros.
    Clock,
    /// Seconds since 1970 with fraction.
    Timestamp,
    Bytes,
    Bit,
    /// A document: compared as JSON.
    Json,
}

impl Rule {
    /// What to select of a column.
    #[allow(dead_code, reason = "only where there is a server")]
    pub(crate) fn expression(self, name: &str) -> String {
        match self {
            Self::Bytes => format!("HEX(`{name}`)"),
            Self::Bit => format!("`{name}` + 0"),
            Self::Timestamp => format!("IF(`{name}` = 0, '0000-00-00 00:00:00', UNIX_TIMESTAMP(`{name}`))"),
            // All digits of a FLOAT, not the six that are shown.
            Self::Float => format!("`{name}` + CAST(0 AS DECIMAL(1,0)) * 1E0"),
            _ => format!("`{name}`"),
        }
    }

    /// Checks a token against what SELECT showed of a column of this type.
    pub(crate) fn check(self, style: Style, sql_type: &str, shown: Option<&str>, token: &str) -> Result<()> {
        let Some(shown) = shown else {
            ensure!(token == "null", "NULL became {token}");
            return Ok(());
        };
        let number = matches!(self, Self::Number | Self::Decimal | Self::Float | Self::Double);
        let in_quotes = match style {
            Style::Default | Style::Plain => false,
            Style::Quoted => number,
            Style::Debezium => self == Self::Decimal || sql_type == "BIGINT UNSIGNED",
        };
        let text;
        let token = if in_quotes {
            text = serde_json::from_str::<String>(token).with_context(|| format!("{token} has no quotes"))?;
            text.as_str()
        } else {
            token
        };
        match self {
            Self::Float | Self::Double => return self.close(shown, token),
            Self::Json => {
                let text: String = serde_json::from_str(token)?;
                let (shown, sent): (serde_json::Value, serde_json::Value) =
                    (serde_json::from_str(shown)?, serde_json::from_str(&text)?);
                ensure!(shown == sent, "{shown} became {sent}");
                return Ok(());
            }
            _ => {}
        }
        let wanted = if style == Style::Debezium {
            self.debezium(sql_type, shown)?
        } else {
            self.common(style, shown)?
        };
        // Compared as values, so that ways to escape do not matter.
        let same = match (serde_json::from_str::<String>(&wanted), serde_json::from_str::<String>(token)) {
            (Ok(wanted), Ok(token)) => wanted == token,
            _ => wanted == token,
        };
        ensure!(same, "{shown} became {token}, not {wanted}");
        Ok(())
    }

    fn close(self, shown: &str, token: &str) -> Result<()> {
        let (shown, sent): (f64, f64) = (shown.parse()?, token.parse()?);
        let limit = if self == Self::Float { 1e-6 } else { 1e-15 };
        ensure!((shown - sent).abs() <= shown.abs() * limit, "{shown} became {sent}");
        Ok(())
    }

    fn common(self, style: Style, shown: &str) -> Result<String> {
        Ok(match self {
            Self::Number => digits(shown),
            Self::Decimal if style == Style::Default => scientific(shown),
            Self::Decimal => shown.to_owned(),
            Self::Clock | Self::Timestamp => serde_json::to_string(without_zeros(shown))?,
            Self::Bytes => serde_json::to_string(&STANDARD.encode(unhex(shown)?))?,
            Self::Bit => serde_json::to_string(&STANDARD.encode(bits(shown)?))?,
            Self::Text | Self::Float | Self::Double | Self::Json => serde_json::to_string(shown)?,
        })
    }

    fn debezium(self, sql_type: &str, shown: &str) -> Result<String> {
        Ok(match self {
            Self::Bytes => serde_json::to_string(&shown.to_uppercase())?,
            Self::Bit => {
                let hex: Vec<String> = bits(shown)?.iter().map(|byte| format!("{byte:02X}")).collect();
                serde_json::to_string(&hex.concat())?
            }
            Self::Timestamp if shown.starts_with("0000") => "null".to_owned(),
            Self::Timestamp => {
                let (seconds, fraction) = shown.split_once('.').unwrap_or((shown, ""));
                let moment = jiff::Timestamp::from_second(seconds.parse()?)?.to_string();
                let fraction = fraction.trim_end_matches('0');
                let point = if fraction.is_empty() { "" } else { "." };
                format!("\"{}{point}{fraction}Z\"", moment.trim_end_matches('Z'))
            }
            Self::Clock if sql_type.starts_with("TIME") => span_micros(shown)?.to_string(),
            Self::Clock => {
                let midnight = if sql_type == "DATE" { " 00:00:00" } else { "" };
                // What no calendar has is null.
                let Ok(moment) = format!("{shown}{midnight}").parse::<civil::DateTime>() else {
                    return Ok("null".to_owned());
                };
                let micros = moment.duration_since(civil::datetime(1970, 1, 1, 0, 0, 0, 0)).as_micros();
                let unit = if sql_type == "DATE" { 86_400_000_000 } else { 1_000 };
                micros.div_euclid(unit).to_string()
            }
            _ => self.common(Style::Plain, shown)?,
        })
    }
}

pub(crate) fn digits(shown: &str) -> String {
    let digits = shown.trim_start_matches('0');
    if digits.is_empty() { "0".to_owned() } else { digits.to_owned() }
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

pub(crate) fn unhex(text: &str) -> Result<Vec<u8>> {
    (0..text.len()).step_by(2).map(|at| Ok(u8::from_str_radix(&text[at..at + 2], 16)?)).collect()
}

/// The number's bytes without leading zero bytes, one at least.
pub(crate) fn bits(shown: &str) -> Result<Vec<u8>> {
    let bytes = shown.parse::<u64>()?.to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count().min(7);
    Ok(bytes[zeros..].to_vec())
}

/// `-01:02:03.5` as microseconds.
fn span_micros(shown: &str) -> Result<i64> {
    let (sign, rest) = shown.strip_prefix('-').map_or((1, shown), |rest| (-1, rest));
    let (clock, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let mut seconds = 0;
    for part in clock.split(':') {
        seconds = seconds * 60 + part.parse::<i64>()?;
    }
    Ok(sign * (seconds * 1_000_000 + format!("{fraction:0<6}").parse::<i64>()?))
}

/// Plain digits as `BigDecimal.toString` writes them.
fn scientific(plain: &str) -> String {
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain), |rest| ("-", rest));
    let scale = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let unscaled = digits.replace('.', "");
    let unscaled = unscaled.trim_start_matches('0');
    let unscaled = if unscaled.is_empty() { "0" } else { unscaled };
    let exponent = unscaled.len() as i64 - 1 - scale as i64;
    if exponent >= -6 {
        return plain.to_owned();
    }
    let point = if unscaled.len() > 1 { "." } else { "" };
    format!("{sign}{}{point}{}E{exponent}", &unscaled[..1], &unscaled[1..])
}
