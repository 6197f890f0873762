//! The newest log lines of a project.

use askama::Template;

use crate::service::monitor::StatusView;
use crate::store::project::ProjectRecord;
use crate::telemetry::LogLine;
use crate::text::{detail as text, page};
use crate::web::view::Shell;

use super::head::Head;

/// Lines on the page; the download has all that are kept.
const SHOWN: usize = 200;

/// `page/project_log.html`.
#[derive(Template)]
#[template(path = "page/project_log.html")]
pub(in crate::web) struct LogPage {
    shell: Shell,
    head: Head,
    search: String,
    count: String,
    lines: Vec<Line>,
    empty: bool,
}

struct Line {
    when: String,
    level: &'static str,
    tone: &'static str,
    text: String,
}

impl LogPage {
    pub(in crate::web) fn new(
        mut shell: Shell,
        record: &ProjectRecord,
        status: &StatusView,
        search: &str,
        lines: Vec<LogLine>,
    ) -> Self {
        shell.every = 5;
        let empty = lines.is_empty();
        let wanted = search.trim().to_lowercase();
        let found: Vec<LogLine> =
            lines.into_iter().filter(|line| line.text.to_lowercase().contains(&wanted)).collect();
        let total = found.len().to_string();
        let lines: Vec<Line> = found.into_iter().take(SHOWN).map(|one| line(one, &shell)).collect();
        Self {
            head: Head::new(&shell, record, status, "/log"),
            search: search.trim().to_owned(),
            count: text::LOG_SHOWN.fill(shell.lang, &[&lines.len().to_string(), &total]),
            lines,
            empty,
            shell,
        }
    }
}

fn line(one: LogLine, shell: &Shell) -> Line {
    Line {
        when: shell.moment(one.at_ms),
        level: one.level,
        tone: match one.level {
            "ERROR" => "bad",
            "WARN" => "warn",
            _ => "calm",
        },
        text: one.text,
    }
}

/// The lines as a text file, newest first.
pub(in crate::web) fn log_text(lines: &[LogLine]) -> String {
    let line = |line: &LogLine| {
        let time = jiff::Timestamp::from_millisecond(line.at_ms).unwrap_or_default();
        format!("{time} {} {}\n", line.level, line.text.replace('\n', " "))
    };
    lines.iter().map(line).collect()
}
