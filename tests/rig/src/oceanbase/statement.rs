//! Where OBProxy sends a statement, read from its first words.

/// Who answers a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The Binlog Service.
    Service,
    /// The SQL engine alone.
    Read,
    /// Rows: both servers, in one transaction if none is open.
    Change,
    /// Structure and transaction control: both servers, one after the other.
    Both,
    /// Session variables: both servers; MySQL 5.6 may not know the variable.
    Session,
}

/// Variables that OBProxy asks the Binlog Service for.
const SERVICE_VARIABLES: [&str; 13] = [
    "slave_uuid",
    "master_heartbeat_period",
    "master_binlog_checksum",
    "gtid_mode",
    "server_id",
    "server_uuid",
    "gtid_executed",
    "gtid_purged",
    "gtid_next",
    "gtid_owned",
    "enforce_gtid_consistency",
    "gtid_executed_compression_period",
    "binlog_gtid_simple_recovery",
];

const SERVICE_STATEMENTS: [&str; 10] = [
    "SHOW MASTER STATUS",
    "SHOW BINARY LOGS",
    "SHOW MASTER LOGS",
    "SHOW BINLOG ",
    "SHOW SLAVE STATUS",
    "PURGE BINARY LOGS",
    "PURGE MASTER LOGS",
    "RESET MASTER",
    "FLUSH BINARY LOGS",
    "FLUSH LOGS",
];

pub fn route(sql: &str) -> Route {
    let text = plain(sql);
    let upper = text.to_ascii_uppercase();
    if SERVICE_STATEMENTS.iter().any(|head| upper.starts_with(head)) {
        return Route::Service;
    }
    let mut words =
        upper.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    match first {
        "SELECT" => match system_variable(&text) {
            Some(name) if SERVICE_VARIABLES.contains(&name.as_str()) => Route::Service,
            _ => Route::Read,
        },
        "SHOW" => match shown_variable(&text) {
            Some(name) if SERVICE_VARIABLES.contains(&name.as_str()) => Route::Service,
            _ => Route::Read,
        },
        "INSERT" | "UPDATE" | "DELETE" | "REPLACE" => Route::Change,
        "BEGIN" | "START" | "COMMIT" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" | "TRUNCATE" | "USE" => {
            Route::Both
        }
        // Accounts exist in the SQL engine only.
        "CREATE" | "ALTER" | "DROP" | "RENAME" => match second {
            "USER" | "SYSTEM" | "TENANT" | "ROLE" | "RESOURCE" | "UNIT" => Route::Read,
            _ => Route::Both,
        },
        "SET" => match second {
            "PASSWORD" | "GLOBAL" => Route::Read,
            _ => Route::Session,
        },
        _ => Route::Read,
    }
}

/// The statement without leading comments, brackets and white space, and without an end mark.
pub fn plain(sql: &str) -> String {
    let mut text = sql.trim();
    loop {
        let rest = if let Some(rest) = text.strip_prefix("/*") {
            rest.find("*/").map(|end| &rest[end + 2..])
        } else if text.starts_with("-- ") || text.starts_with('#') {
            text.find('\n').map(|end| &text[end + 1..])
        } else {
            text.strip_prefix('(')
        };
        match rest {
            Some(rest) => text = rest.trim_start(),
            None => break,
        }
    }
    text.trim_end_matches(|c: char| c == ';' || c.is_whitespace()).to_owned()
}

/// The name in `SELECT @@name`, `SELECT @@global.name`, in lower case.
pub fn system_variable(text: &str) -> Option<String> {
    let rest = strip_word(text, "SELECT")?.strip_prefix("@@")?;
    let name: String =
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '.').collect();
    let name = name.to_ascii_lowercase();
    Some(name.rsplit('.').next().unwrap_or_default().to_owned())
}

/// The name in `SHOW [GLOBAL|SESSION] VARIABLES LIKE 'name'`, in lower case.
pub fn shown_variable(text: &str) -> Option<String> {
    let rest = strip_word(text, "SHOW")?;
    let rest = strip_word(rest, "GLOBAL").or_else(|| strip_word(rest, "SESSION")).unwrap_or(rest);
    let rest = strip_word(rest, "VARIABLES")?;
    let rest = strip_word(rest, "LIKE")?;
    Some(rest.trim_matches(|c| c == '\'' || c == '"').to_ascii_lowercase())
}

/// What follows a word, if the text begins with it.
pub fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    let rest = &text[word.len()..];
    let ends = rest.is_empty() || !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    (head.eq_ignore_ascii_case(word) && ends).then(|| rest.trim_start())
}

/// The same structure for MySQL 5.6, which lacks JSON columns and newer collations. A JSON column is
/// LONGTEXT there; the binlog conversion makes JSON of it again.
pub fn for_mysql56(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 32);
    let mut quote = None;
    let mut word = String::new();
    for c in sql.chars() {
        if quote.is_none() && (c.is_ascii_alphanumeric() || c == '_') {
            word.push(c);
            continue;
        }
        flush_word(&mut out, &mut word);
        match quote {
            Some(mark) if mark == c => quote = None,
            None if matches!(c, '\'' | '"' | '`') => quote = Some(c),
            _ => {}
        }
        out.push(c);
    }
    flush_word(&mut out, &mut word);
    out
}

fn flush_word(out: &mut String, word: &mut String) {
    if word.eq_ignore_ascii_case("json") {
        out.push_str("LONGTEXT");
    } else if word.to_ascii_lowercase().starts_with("utf8mb4_0900") {
        out.push_str("utf8mb4_general_ci");
    } else {
        out.push_str(word);
    }
    word.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_go_where_obproxy_sends_them() {
        for (sql, expected) in [
            ("show master status;", Route::Service),
            ("SELECT @@global.gtid_executed", Route::Service),
            ("SELECT @@binlog_row_image", Route::Read),
            ("/* x */ SELECT 1", Route::Read),
            ("SHOW VARIABLES LIKE 'gtid_mode'", Route::Service),
            ("show variables like 'log_bin'", Route::Read),
            ("insert into t values (1)", Route::Change),
            ("begin", Route::Both),
            ("CREATE TABLE t (a int)", Route::Both),
            ("CREATE USER x", Route::Read),
            ("set names utf8mb4", Route::Session),
            ("SHOW CREATE TABLE t", Route::Read),
        ] {
            assert_eq!(route(sql), expected, "{sql}");
        }
    }

    #[test]
    fn json_columns_become_text_for_mysql56() {
        let sql = "CREATE TABLE t (json JSON, `json` int, c varchar(9) default 'json')";
        let expected = "CREATE TABLE t (LONGTEXT LONGTEXT, `json` int, c varchar(9) default 'json')";
        // A column whose bare name is `json` is renamed too: quote it.
        assert_eq!(for_mysql56(sql), expected);
    }
}
