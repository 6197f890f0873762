//! `apply`, `export` and `backup`.

use std::io::Read as _;

use serde_json::{Value, json};

use super::client::{Client, document, step, text};
use super::outcome::Outcome;

pub(super) async fn apply(
    client: &Client,
    file: &str,
    dry_run: bool,
    json: bool,
) -> Result<Outcome, Outcome> {
    let body = read(file)?;
    let answer = client.post_text(&format!("/apply?dry_run={dry_run}"), body).await?;
    let changes = answer.pointer("/changes").and_then(Value::as_array).cloned().unwrap_or_default();
    let refused = changes.iter().find(|change| change.get("error").is_some());
    let out = if json { format!("{answer:#}") } else { lines(&changes) };
    Ok(match refused {
        Some(change) => {
            let reason = format!("{}: {}", text(change, "/name"), text(change, "/error"));
            Outcome::failed_with(&out, &reason, text(change, "/remedy"))
        }
        None => Outcome::said(&out),
    })
}

/// The text of a file, or of standard input where it is called `-`.
pub(super) fn read(file: &str) -> Result<String, Outcome> {
    let text = if file == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    text.map_err(|error| Outcome::usage(&format!("{file}: {error}"), ""))
}

/// `project 订单同步: updated (table, tags)`.
fn lines(changes: &[Value]) -> String {
    let mut out = String::new();
    for change in changes {
        let fields = change.get("fields").and_then(Value::as_array);
        let fields: Vec<&str> = fields.into_iter().flatten().filter_map(Value::as_str).collect();
        let detail = match (change.get("error").is_some(), fields.is_empty()) {
            (true, _) => " (refused)".to_owned(),
            (false, true) => String::new(),
            (false, false) => format!(" ({})", fields.join(", ")),
        };
        let line =
            [text(change, "/kind"), " ", text(change, "/name"), ": ", text(change, "/action"), &detail];
        out.push_str(&line.concat());
        out.push('\n');
    }
    out
}

pub(super) async fn export(client: &Client, names: &[String], secrets: bool) -> Result<Outcome, Outcome> {
    let names: Vec<String> = names.iter().map(|name| step(name)).collect();
    let path = format!("/export?secrets={secrets}&names={}", names.join(","));
    Ok(Outcome::said(&client.get_text(&path).await?))
}

pub(super) async fn backup(client: &Client, file: &str) -> Result<Outcome, Outcome> {
    let path = std::path::absolute(file).map_err(|error| Outcome::usage(&format!("{file}: {error}"), ""))?;
    let answer = client.post("/backup", &json!({"path": path})).await?;
    if answer.is_null() {
        return Ok(document(&answer));
    }
    Ok(Outcome::said(text(&answer, "/path")))
}
