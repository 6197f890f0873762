//! The Binlog Service's own SQL: a few statements, canned variables, OK for what it does not know.

use std::collections::HashMap;
use std::time::Duration;

use super::dump::Settings;
use super::event::{self, Header, u64_at};
use super::packet::{EOF, OK, error, put_lenenc};
use super::statement::{plain, shown_variable, strip_word, system_variable};
use super::store::{Store, gtid_text};

/// What the service does with a statement.
#[derive(Debug)]
pub enum Answer {
    Packets(Vec<Vec<u8>>),
    /// Nothing ever comes back.
    Silence,
}

/// Names that statements show.
#[derive(Clone, Debug)]
pub struct Names {
    pub cluster: String,
    pub tenant: String,
    pub service_port: u16,
}

impl Names {
    /// The folder on the service's machine that heartbeats and errors name.
    pub fn server_folder(&self) -> String {
        format!("/data/obbinlog/run/{}/{}/data", self.cluster, self.tenant)
    }
}

/// A session's user variables, as the service or OBProxy keeps them.
#[derive(Debug, Default)]
pub struct Variables {
    values: HashMap<String, String>,
}

impl Variables {
    /// Takes `SET @name = value, ...`. The service itself stores the *name* of a system variable on
    /// the right side; behind OBProxy that is resolved before.
    pub fn set(&mut self, sql: &str, resolve: bool) {
        let text = plain(sql);
        let Some(rest) = strip_word(&text, "SET") else {
            return;
        };
        for assignment in rest.split(',') {
            let Some((name, value)) = assignment.split_once('=') else {
                continue;
            };
            let Some(name) = name.trim().trim_end_matches(':').trim().strip_prefix('@') else {
                continue;
            };
            if name.starts_with('@') {
                continue;
            }
            let value = value.trim();
            let value = match value.strip_prefix("@@") {
                Some(variable) => {
                    let variable = variable.rsplit('.').next().unwrap_or_default();
                    if resolve && variable.eq_ignore_ascii_case("binlog_checksum") {
                        "CRC32"
                    } else {
                        variable
                    }
                }
                None => value.trim_matches(|c| c == '\'' || c == '"'),
            };
            self.values.insert(name.to_ascii_lowercase(), value.to_owned());
        }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    pub fn dump_settings(&self, names: &Names) -> Settings {
        let checksum = self.get("master_binlog_checksum");
        let nanoseconds = self.get("master_heartbeat_period").and_then(|text| text.parse().ok());
        Settings {
            rotate_checksum: checksum.is_none_or(|text| text.eq_ignore_ascii_case("CRC32")),
            // Unset, the real service sends almost a thousand a second.
            heartbeat: nanoseconds
                .filter(|period| *period > 0)
                .map_or(Duration::from_millis(1), Duration::from_nanos),
            server_folder: names.server_folder(),
        }
    }
}

/// Answers a statement.
pub fn answer(sql: &str, store: &Store, names: &Names, variables: &mut Variables) -> Answer {
    let text = plain(sql);
    let upper = text.to_ascii_uppercase();
    if upper.starts_with("SHOW MASTER STATUS") {
        return master_status(store);
    }
    if upper.starts_with("SHOW BINARY LOGS") {
        let rows = store.files().into_iter().map(|file| vec![file.name(), file.size.to_string()]);
        return rows_answer(&["Log_name", "File_size"], rows.collect());
    }
    if upper.starts_with("SHOW BINLOG EVENTS") {
        return binlog_events(&text, store);
    }
    if upper.starts_with("SHOW BINLOG SERVER") {
        let row = [&names.cluster, &names.tenant, "127.0.0.1", &names.service_port.to_string(), "OK", ""];
        let columns = ["cluster", "tenant", "ip", "port", "status", "cause"];
        return rows_answer(&columns, vec![row.map(str::to_owned).to_vec()]);
    }
    if upper.starts_with("PURGE BINARY LOGS") {
        return purge(&text, &upper, store, names);
    }
    if strip_word(&text, "SET").is_some() {
        variables.set(&text, false);
        return ok();
    }
    if let Some(name) = shown_variable(&text) {
        return match variable(&name) {
            Some(value) => rows_answer(&["Variable_name", "Value"], vec![vec![name, value.to_owned()]]),
            None => unknown(&["Variable_name", "Value"], &name),
        };
    }
    if let Some(rest) = strip_word(&text, "SELECT") {
        return select(&text, rest, store, variables);
    }
    // Unknown or broken SQL gets OK, never an error.
    ok()
}

fn select(text: &str, rest: &str, store: &Store, variables: &Variables) -> Answer {
    if let Some(name) = system_variable(text) {
        // An alias is taken for the variable's name.
        let words: Vec<&str> = rest.split(|c: char| c.is_whitespace() || c == ',').collect();
        let alias = words.windows(2).find(|pair| pair[0].eq_ignore_ascii_case("AS")).map(|pair| pair[1]);
        let shown = rest.split(',').next().unwrap_or(rest).trim();
        return match (alias, name.as_str()) {
            (Some(alias), _) => unknown(&[alias], alias),
            (None, "server_uuid") => ok(),
            (None, _) => match variable(&name) {
                Some(value) => rows_answer(&[shown], vec![vec![value.to_owned()]]),
                None => unknown(&[shown], &name),
            },
        };
    }
    if let Some(name) = rest.strip_prefix('@') {
        let value = variables.get(&name.to_ascii_lowercase()).unwrap_or_default();
        return rows_answer(&[rest], vec![vec![value.to_owned()]]);
    }
    let lower = rest.to_ascii_lowercase();
    if lower.starts_with("gtid_subset(") || lower.starts_with("gtid_subtract(") {
        // Enough for a reader that compares its own set with what is there.
        let value = if lower.starts_with("gtid_subset(") { "1".to_owned() } else { String::new() };
        return rows_answer(&[rest], vec![vec![value]]);
    }
    if lower.contains(" from ") {
        return ok();
    }
    if rest.starts_with('\'') {
        return rows_answer(&[rest], vec![vec![String::new()]]);
    }
    if rest.contains('(') {
        return Answer::Packets(vec![EOF.to_vec()]);
    }
    let _ = store;
    Answer::Silence
}

/// The canned values; most have nothing to do with the tenant.
fn variable(name: &str) -> Option<&'static str> {
    Some(match name {
        "server_id" => "0",
        "gtid_mode" | "enforce_gtid_consistency" => "ON",
        "gtid_executed" | "gtid_purged" | "gtid_owned" | "server_uuid" | "slave_uuid" => "",
        "gtid_next" => "AUTOMATIC",
        "version" => "8.0.23",
        "log_bin" => "OFF",
        "max_allowed_packet" => "4194304",
        "time_zone" => "SYSTEM",
        "system_time_zone" => "CST",
        "gtid_executed_compression_period" => "1000",
        "binlog_gtid_simple_recovery" => "ON",
        "master_binlog_checksum" | "master_heartbeat_period" => "",
        _ => return None,
    })
}

fn master_status(store: &Store) -> Answer {
    let columns = ["File", "Position", "Binlog_Do_DB", "Binlog_Ignore_DB", "Executed_Gtid_Set"];
    let row = store.newest().map(|file| {
        let texts = [file.name(), file.size.to_string(), String::new(), String::new(), store.executed_text()];
        texts.to_vec()
    });
    rows_answer(&columns, row.into_iter().collect())
}

fn purge(text: &str, upper: &str, store: &Store, names: &Names) -> Answer {
    let name = if upper.contains(" BEFORE ") {
        // Every closed file was written before any time that a test would name.
        let files = store.files();
        files.len().checked_sub(2).map(|last| files[last].name())
    } else {
        text.split('\'').nth(1).map(str::to_owned)
    };
    let Some(name) = name else { return ok() };
    if store.purge_to(&name) {
        return ok();
    }
    let text = format!("Failed to find file: {}/{name}", names.server_folder());
    Answer::Packets(vec![error(1236, "HY000", &text)])
}

fn binlog_events(text: &str, store: &Store) -> Answer {
    let columns = ["Log_name", "Pos", "Event_type", "Server_id", "End_log_pos", "Info"];
    let words: Vec<&str> = text.split_whitespace().collect();
    let after = |word: &str| {
        let at = words.iter().position(|found| found.eq_ignore_ascii_case(word))?;
        words.get(at + 1).map(|text| text.trim_matches('\'').to_owned())
    };
    let file = match after("IN") {
        Some(name) => store.file(&name),
        None => store.files().into_iter().next(),
    };
    let content = file.as_ref().and_then(|file| std::fs::read(&file.path).ok());
    let (Some(file), Some(content)) = (file, content) else {
        let text = "Error when executing command SHOW BINLOG EVENTS: Could not find target log";
        let mut packets = head(&columns);
        packets.push(error(1220, "HY000", text));
        return Answer::Packets(packets);
    };
    let from: usize = after("FROM").and_then(|text| text.parse().ok()).unwrap_or(4);
    let limit: usize = after("LIMIT").and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
    let mut at = from;
    let mut rows = Vec::new();
    while rows.len() < limit && (at as u64) < file.size {
        let Some(header) = content.get(at..).and_then(Header::read) else {
            break;
        };
        let Some(bytes) = content.get(at..at + header.size) else {
            break;
        };
        let (kind, info) = describe(header, bytes, store.uuid);
        let end = at + header.size;
        let texts = [
            file.name(),
            at.to_string(),
            kind.to_owned(),
            event::SERVER_ID.to_string(),
            end.to_string(),
            info,
        ];
        rows.push(texts.to_vec());
        at = end;
    }
    rows_answer(&columns, rows)
}

fn describe(header: Header, bytes: &[u8], uuid: [u8; 16]) -> (&'static str, String) {
    let body = &bytes[event::HEADER..bytes.len() - event::CHECKSUM];
    let table = || u64_at(body, 0) & 0xffff_ffff_ffff;
    match header.kind {
        event::FORMAT_DESCRIPTION => ("Format_desc", "Server ver: 5.7.38, Binlog ver: 4".to_owned()),
        event::PREVIOUS_GTIDS => {
            let last = if body.len() >= 48 { u64_at(body, 40) - 1 } else { 0 };
            let text = gtid_text(uuid, last);
            ("Previous_gtids", if last == 0 { event::uuid_text(uuid) } else { text })
        }
        event::GTID => {
            let uuid = event::uuid_text(uuid);
            ("Gtid", format!("SET @@SESSION.GTID_NEXT= '{uuid}:{}'", u64_at(body, 17)))
        }
        event::QUERY => {
            let begin = 13 + usize::from(event::u16_at(body, 11)) + usize::from(body[8]) + 1;
            ("Query", String::from_utf8_lossy(&body[begin..]).into_owned())
        }
        event::TABLE_MAP => ("Table_map", format!("table id: {}", table())),
        event::WRITE_ROWS => ("Write_rows", format!("table_id: {} flags: STMT_END_F", table())),
        event::UPDATE_ROWS => ("Update_rows", format!("table_id: {} flags: STMT_END_F", table())),
        event::DELETE_ROWS => ("Delete_rows", format!("table_id: {} flags: STMT_END_F", table())),
        event::XID => ("Xid", format!("COMMIT /* xid={} */", u64_at(body, 0))),
        event::ROTATE => ("Rotate", format!("{};pos=4", String::from_utf8_lossy(&body[8..]))),
        _ => ("Unknown", String::new()),
    }
}

fn ok() -> Answer {
    Answer::Packets(vec![OK.to_vec()])
}

/// An unknown variable: columns first, then the error.
fn unknown(columns: &[&str], name: &str) -> Answer {
    let mut packets = head(columns);
    packets.push(error(1236, "HY000", &format!("Unknown system variable {name}")));
    Answer::Packets(packets)
}

fn rows_answer(columns: &[&str], rows: Vec<Vec<String>>) -> Answer {
    let mut packets = head(columns);
    for row in rows {
        let mut packet = Vec::new();
        for value in row {
            put_lenenc(&mut packet, value.as_bytes());
        }
        packets.push(packet);
    }
    packets.push(EOF.to_vec());
    Answer::Packets(packets)
}

fn head(columns: &[&str]) -> Vec<Vec<u8>> {
    let mut packets = vec![vec![columns.len() as u8]];
    for name in columns {
        let mut packet = b"\x03def\0\0\0".to_vec();
        put_lenenc(&mut packet, name.as_bytes());
        packet.extend_from_slice(&[0, 12, 33, 0, 0, 1, 0, 0, 0xfd, 2, 0, 0x1f, 0, 0]);
        packets.push(packet);
    }
    packets.push(EOF.to_vec());
    packets
}
