//! The way of the rows as a drawing: source, project, topics and their queues.
//! A line is as wide as what flows through it, a queue as dark as its part. The
//! same in words stands beside it, and is what narrow screens show.

use tidewire_words::Lang;

use crate::service::flow::{QueueFlow, TopicFlow};
use crate::service::monitor::StatusView;
use crate::store::project::ProjectRecord;
use crate::text::detail as text;
use crate::web::view::figure;

/// Topics that are drawn; the others are counted.
const TOPICS: usize = 12;
/// Queues of one topic that are drawn.
const QUEUES: usize = 16;
/// Height of a topic with its space.
const ROW: usize = 64;
const BOX: usize = 52;

/// `partial/project_path.html`.
pub(in crate::web) struct PathView {
    pub(super) height: usize,
    pub(super) middle: usize,
    pub(super) source: Stop,
    pub(super) project: Stop,
    /// Width of the line to the project, and what flows through it.
    pub(super) width: String,
    pub(super) flow: String,
    pub(super) topics: Vec<Topic>,
    pub(super) more: String,
    pub(super) says: String,
}

/// A box: name as it fits, whole name, small text.
pub(super) struct Stop {
    pub(super) shown: String,
    pub(super) name: String,
    pub(super) under: String,
}

pub(super) struct Topic {
    pub(super) stop: Stop,
    pub(super) top: usize,
    /// The line from the project to it.
    pub(super) line: String,
    pub(super) width: String,
    pub(super) queues: Vec<Square>,
    pub(super) more: String,
    pub(super) waits: bool,
}

pub(super) struct Square {
    pub(super) x: usize,
    pub(super) opacity: String,
    pub(super) says: String,
}

impl PathView {
    pub(super) fn new(record: &ProjectRecord, status: &StatusView, flow: &[TopicFlow], lang: Lang) -> Self {
        let drawn = flow.len().min(TOPICS);
        let height = (drawn * ROW + usize::from(flow.len() > TOPICS) * 24).max(ROW * 2) + 12;
        let middle = height / 2;
        let all: f64 = flow.iter().map(TopicFlow::per_second).sum();
        let connection = &record.source.connection;
        let tenant =
            if connection.tenant.is_empty() { String::new() } else { format!(" · {}", connection.tenant) };
        let tables = match record.tables.len() {
            1 => text::ONE_TABLE.get(lang).to_owned(),
            many => text::TABLES.fill(lang, &[&many.to_string()]),
        };
        let first_top = (height - drawn * ROW) / 2 + (ROW - BOX) / 2;
        let topics: Vec<Topic> = flow
            .iter()
            .take(TOPICS)
            .enumerate()
            .map(|(index, one)| topic(one, first_top + index * ROW, middle, all, lang))
            .collect();
        let ends: Vec<String> =
            topics.iter().map(|topic| format!("{} ({})", topic.stop.name, topic.stop.under)).collect();
        let project = format!("{tables} · {}", record.options.format.title());
        Self {
            height,
            middle,
            says: text::PATH_SAYS.fill(lang, &[&record.source.name, &project, &ends.join(", ")]),
            source: stop(&record.source.name, 20, &format!("{}{tenant}", connection.kind.title())),
            project: stop(
                &project,
                22,
                &text::ROWS_SECOND.fill(lang, &[&figure::rate(status.rows_per_second)]),
            ),
            width: line_width(all, all),
            flow: figure::bytes(status.bytes_per_second),
            more: match flow.len() - drawn {
                0 => String::new(),
                more => text::MORE_TOPICS.fill(lang, &[&more.to_string()]),
            },
            topics,
        }
    }
}

fn stop(name: &str, room: usize, under: &str) -> Stop {
    Stop { shown: shorten(name, room), name: name.to_owned(), under: shorten(under, room + 6) }
}

fn topic(one: &TopicFlow, top: usize, middle: usize, all: f64, lang: Lang) -> Topic {
    let y = top + BOX / 2;
    let shares = one.shares();
    let squares = one.queues.iter().zip(shares).take(QUEUES).enumerate();
    Topic {
        stop: stop(&one.name, 20, &text::A_SECOND.fill(lang, &[&figure::rate(one.per_second())])),
        top,
        line: format!("M572 {middle}C624 {middle} 604 {y} 656 {y}"),
        width: line_width(one.per_second(), all),
        queues: squares.map(|(index, (queue, share))| square(index, queue, share, lang)).collect(),
        more: match one.queues.len().saturating_sub(QUEUES) {
            0 => String::new(),
            more => text::MORE_QUEUES.fill(lang, &[&more.to_string()]),
        },
        waits: one.queues.is_empty(),
    }
}

fn square(index: usize, queue: &QueueFlow, share: f64, lang: Lang) -> Square {
    let number = queue.number.to_string();
    let (messages, rate) = (figure::count(queue.messages), figure::rate(queue.per_second));
    Square {
        x: index * 15,
        opacity: format!("{:.2}", 0.12 + 0.88 * share),
        says: text::QUEUE_SAYS.fill(lang, &[&queue.broker, &number, &messages, &rate]),
    }
}

/// From a hair, when nothing flows, to 8.
fn line_width(part: f64, all: f64) -> String {
    let share = if all > 0.0 { part / all } else { 0.0 };
    format!("{:.1}", 1.5 + 6.5 * share.sqrt())
}

/// A name that fits: the middle goes. Han characters are twice as wide.
fn shorten(name: &str, room: usize) -> String {
    let wide = |letter: char| if u32::from(letter) >= 0x2e80 { 2 } else { 1 };
    if name.chars().map(wide).sum::<usize>() <= room {
        return name.to_owned();
    }
    let fit = |letters: &mut dyn Iterator<Item = char>| {
        let mut left = (room - 1) / 2;
        let mut part = Vec::new();
        for letter in letters {
            if wide(letter) > left {
                break;
            }
            left -= wide(letter);
            part.push(letter);
        }
        part
    };
    let mut tail = fit(&mut name.chars().rev());
    tail.reverse();
    fit(&mut name.chars()).into_iter().chain(['…']).chain(tail).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_lose_their_middle() {
        assert_eq!(shorten("orders", 20), "orders");
        assert_eq!(shorten("abcdefghijklmnopqrstuvwxyz", 11), "abcde…vwxyz");
        assert_eq!(shorten("订单中心变更同步数据", 11), "订单…数据");
        assert_eq!([line_width(0.0, 0.0), line_width(4.0, 4.0), line_width(1.0, 4.0)], ["1.5", "8.0", "4.8"]);
    }
}
