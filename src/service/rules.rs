//! Rules of single values, the same for every door. Lengths count characters.

use tidewire_engine::project::StartPoint;
use tidewire_words::{Sentence, Text};

use crate::text::field;

use super::input::StartInput;

/// Databases that belong to the server.
const SYSTEM_DATABASES: [&str; 7] =
    ["mysql", "information_schema", "performance_schema", "sys", "oceanbase", "lbacsys", "ocs"];

/// Topics that belong to RocketMQ.
const SYSTEM_TOPICS: [&str; 9] = [
    "TBW102",
    "SCHEDULE_TOPIC_XXXX",
    "BenchmarkTest",
    "OFFSET_MOVED_EVENT",
    "SELF_TEST_TOPIC",
    "RMQ_SYS_TRANS_HALF_TOPIC",
    "RMQ_SYS_TRACE_TOPIC",
    "RMQ_SYS_TRANS_OP_HALF_TOPIC",
    "TRANS_CHECK_MAX_TIME_TOPIC",
];

/// Whether a character is Han (the unified ideographs and their extensions).
#[must_use]
pub fn is_han(c: char) -> bool {
    matches!(c,
        '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{323af}'
        | '\u{f900}'..='\u{faff}' | '\u{3007}' | '\u{3005}')
}

fn word(text: &str, most: usize, other: &str, han: bool) -> bool {
    let count = text.chars().count();
    let fine = |c: char| c.is_ascii_alphanumeric() || other.contains(c) || (han && is_han(c));
    (1..=most).contains(&count) && text.chars().all(fine)
}

fn ok_or(fine: bool, text: Text) -> Result<(), Sentence> {
    if fine { Ok(()) } else { Err(text.into()) }
}

/// A data source's name.
///
/// # Errors
/// The rule, for a person.
pub fn datasource_name(name: &str) -> Result<(), Sentence> {
    ok_or(word(name, 32, "-_", true), field::NAME_DATASOURCE)
}

/// A project's name.
///
/// # Errors
/// The rule, for a person.
pub fn project_name(name: &str) -> Result<(), Sentence> {
    ok_or(word(name, 64, "", true), field::NAME_PROJECT)
}

/// A tag.
///
/// # Errors
/// The rule, for a person.
pub fn tag_name(name: &str) -> Result<(), Sentence> {
    let count = name.chars().count();
    let clean = !name.contains(|c: char| c.is_whitespace() || is_control(c));
    ok_or((1..=20).contains(&count) && clean, field::TAG)
}

/// A producer group.
///
/// # Errors
/// The rule, for a person.
pub fn producer_group(name: &str) -> Result<(), Sentence> {
    ok_or(word(name, 120, "-_%|", false), field::GROUP)
}

/// The first part of TAGS.
///
/// # Errors
/// The rule, for a person.
pub fn message_tag(name: &str) -> Result<(), Sentence> {
    ok_or(word(name, 64, "-_", false), field::MESSAGE_TAG)
}

/// A topic that rows may go to.
///
/// # Errors
/// The rule, for a person.
pub fn topic(name: &str) -> Result<(), Sentence> {
    ok_or(word(name, 127, "-_%|", false), field::TOPIC)?;
    let system = SYSTEM_TOPICS.contains(&name)
        || ["%RETRY%", "%DLQ%", "rmq_sys_", "RMQ_SYS_"].iter().any(|prefix| name.starts_with(prefix));
    if system { Err(Sentence::new(field::TOPIC_SYSTEM, &[name])) } else { Ok(()) }
}

/// Splits `database.table` at the first point and checks both names.
///
/// # Errors
/// The rule, for a person.
pub fn table_name(text: &str) -> Result<(String, String), Sentence> {
    let (database, table) = text.split_once('.').ok_or_else(|| Sentence::from(field::TABLE))?;
    if database.is_empty() || table.is_empty() {
        return Err(field::TABLE.into());
    }
    if text.chars().any(is_han) {
        return Err(Sentence::new(field::TABLE_HAN, &[text]));
    }
    if text.len() > 200 || !text.chars().all(identifier_char) {
        return Err(Sentence::new(field::TABLE_CHARS, &[text]));
    }
    if SYSTEM_DATABASES.contains(&database.to_ascii_lowercase().as_str()) {
        return Err(Sentence::new(field::TABLE_SYSTEM, &[database]));
    }
    Ok((database.to_owned(), table.to_owned()))
}

/// The id of a business system; may be empty.
///
/// # Errors
/// The rule, for a person.
pub fn business_id(text: &str) -> Result<(), Sentence> {
    ok_or(text.chars().count() <= 20 && !text.contains(is_control), field::BUSINESS_ID)
}

/// A remark.
///
/// # Errors
/// The rule, for a person.
pub fn note(text: &str) -> Result<(), Sentence> {
    ok_or(text.chars().count() <= 128 && !text.contains(is_control), field::NOTE)
}

/// Whether a character controls its surroundings instead of being one; those
/// that turn the direction of writing would turn the rest of a page's line.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A column name of a followed table.
///
/// # Errors
/// The rule, for a person.
pub fn column_name(text: &str) -> Result<(), Sentence> {
    let fine = !text.is_empty() && text.len() <= 128 && text.chars().all(identifier_char);
    if fine { Ok(()) } else { Err(Sentence::new(field::COLUMN, &[text])) }
}

fn identifier_char(c: char) -> bool {
    c.is_ascii() && !c.is_ascii_control() && !"|\"'`()=;/& \\".contains(c)
}

/// A start point: `now`, seconds, or a time with zone; never in the future.
///
/// # Errors
/// The rule, for a person.
pub fn start_point(input: &StartInput, now_ms: i64) -> Result<StartPoint, Sentence> {
    let micros = match input {
        StartInput::Seconds(seconds) => seconds.checked_mul(1_000_000),
        StartInput::Text(text) => match text.trim() {
            "now" => return Ok(StartPoint::Now),
            digits if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1_000_000))
            }
            time => time.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_microsecond),
        },
    };
    let micros = micros.filter(|micros| *micros >= 0).ok_or_else(|| Sentence::from(field::START))?;
    if micros > now_ms.saturating_mul(1000) {
        return Err(field::START_FUTURE.into());
    }
    u64::try_from(micros).map(StartPoint::AtMicros).map_err(|_| field::START.into())
}

/// Longest name of an account; a Han character counts twice.
pub const ACCOUNT_LIMIT: usize = 14;

/// An account of the console.
///
/// # Errors
/// The rule, for a person.
pub fn account_name(name: &str) -> Result<(), Sentence> {
    let width: usize = name.chars().map(|c| if is_han(c) { 2 } else { 1 }).sum();
    ok_or(width <= ACCOUNT_LIMIT && word(name, ACCOUNT_LIMIT, "_", true), field::ACCOUNT)
}

/// A password of the console.
///
/// # Errors
/// The rule, for a person.
pub fn password(text: &str) -> Result<(), Sentence> {
    let has = |fine: fn(char) -> bool| text.chars().any(fine);
    let length = (9..=31).contains(&text.chars().count());
    let fine = length
        && has(|c| c.is_ascii_digit())
        && has(|c| c.is_ascii_alphabetic())
        && has(|c| "._+@#$%".contains(c));
    ok_or(fine, field::PASSWORD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_characters_and_keep_their_alphabet() {
        assert!(project_name(&"同".repeat(64)).is_ok());
        assert!(project_name(&"同".repeat(65)).is_err());
        assert!(project_name("订单 1").is_err() && project_name("a-b").is_err() && project_name("").is_err());
        assert!(datasource_name("ob-shop_1").is_ok() && datasource_name("a.b").is_err());
        assert!(datasource_name(&"数".repeat(33)).is_err());
    }

    #[test]
    fn tables_and_topics() {
        assert_eq!(table_name("shop.a.b").unwrap(), ("shop".to_owned(), "a.b".to_owned()));
        for wrong in ["shop", ".a", "a.", "库.表", "shop.订单", "mysql.user", "a.b;c", "a.b c"] {
            assert!(table_name(wrong).is_err(), "{wrong}");
        }
        assert!(topic("orders_1").is_ok() && topic("%RETRY%x").is_err() && topic("订单").is_err());
        assert!(topic(&"a".repeat(128)).is_err());
    }

    #[test]
    fn nothing_turns_a_line_around() {
        for hidden in ["a\u{202e}b", "a\u{2066}b", "a\nb", "a\u{0}b"] {
            assert!(tag_name(hidden).is_err() && note(hidden).is_err() && business_id(hidden).is_err());
        }
        assert!(note("团队 👨\u{200d}👩 备注").is_ok() && note(&"备".repeat(129)).is_err());
    }

    #[test]
    fn start_points() {
        let now = 2_000_000_000_000;
        let text = |text: &str| start_point(&StartInput::Text(text.to_owned()), now);
        assert_eq!(text("now"), Ok(StartPoint::Now));
        assert_eq!(text("1700000000"), Ok(StartPoint::AtMicros(1_700_000_000_000_000)));
        assert_eq!(text("2023-11-15 06:13:20+08:00"), text("2023-11-14T22:13:20Z"));
        assert_eq!(text("2023-11-15 06:13:20").unwrap_err(), field::START.into());
        assert_eq!(
            start_point(&StartInput::Seconds(2_000_000_001), now).unwrap_err(),
            field::START_FUTURE.into()
        );
        assert!(start_point(&StartInput::Seconds(-1), now).is_err());
    }
}
