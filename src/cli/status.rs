//! `tidewire status`: the service and one line a project.

use serde_json::Value;

use super::client::{Client, document, table, text};
use super::outcome::Outcome;

pub(super) async fn show(client: &Client, json: bool) -> Result<Outcome, Outcome> {
    let status = client.get("/status").await?;
    if json {
        return Ok(document(&status));
    }
    let number = |value: &Value, pointer: &str| {
        value.pointer(pointer).filter(|value| !value.is_null()).map_or("-".to_owned(), ToString::to_string)
    };
    let head = format!(
        "tidewire {} · pid {} · {} s\n",
        text(&status, "/version"),
        number(&status, "/pid"),
        number(&status, "/uptime_seconds")
    );
    let row = |project: &Value| {
        let rate = project.pointer("/status/rows_per_second").and_then(Value::as_f64).unwrap_or(0.0);
        vec![
            text(project, "/id").to_owned(),
            text(project, "/name").to_owned(),
            text(project, "/status/state").to_owned(),
            text(project, "/status/phase").to_owned(),
            format!("{} ms", number(project, "/status/lag_ms")),
            format!("{rate:.0} rows/s"),
            project.pointer("/status/error/message").and_then(Value::as_str).unwrap_or_default().to_owned(),
        ]
    };
    let projects = status.pointer("/projects").and_then(Value::as_array);
    let rows: Vec<Vec<String>> = projects.into_iter().flatten().map(row).collect();
    Ok(Outcome::said(&format!("{head}{}", table(&rows))))
}
