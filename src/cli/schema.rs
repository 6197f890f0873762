//! `tidewire project schema` and `define`: what is known of the columns of a
//! project's tables, and a definition for where it is not.

use serde_json::{Value, json};
use tidewire_words::{Lang, Text};

use super::client::{Client, document, step, table, text};
use super::file::read;
use super::outcome::Outcome;

const KEPT: Text = Text {
    en: "kept for the next place that wants the columns of {}: resume the project",
    zh: "已保存，将用于下一个需要 {} 表结构的位置：请恢复项目",
};
const PENDING: Text = Text { en: "waits for its place", zh: "等待使用" };
const NONE: Text = Text { en: "nothing known yet", zh: "尚无" };

pub(super) async fn show(
    client: &Client,
    project: &str,
    of: Option<&str>,
    json: bool,
) -> Result<Outcome, Outcome> {
    let query = of.map_or(String::new(), |table| format!("?table={}", step(table)));
    let tables = client.get(&format!("/projects/{}/schema{query}", step(project))).await?;
    if json {
        return Ok(document(&tables));
    }
    let tables = tables.as_array().map_or(&[][..], Vec::as_slice);
    let out = match of {
        None => table(&tables.iter().map(|one| summary(one, client.lang)).collect::<Vec<_>>()),
        Some(_) => tables.iter().flat_map(versions).map(|one| in_full(one, client.lang)).collect(),
    };
    Ok(Outcome::said(&out))
}

pub(super) async fn define(
    client: &Client,
    project: &str,
    table: &str,
    file: &str,
    json: bool,
) -> Result<Outcome, Outcome> {
    let body = json!({"table": table, "definition": read(file)?});
    let kept = client.post(&format!("/projects/{}/define", step(project)), &body).await?;
    if json {
        return Ok(document(&kept));
    }
    Ok(Outcome::said(&KEPT.fill(client.lang, &[text(&kept, "/table")])))
}

fn versions(table: &Value) -> &[Value] {
    table.pointer("/versions").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn number(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).filter(|value| !value.is_null()).map_or("-".to_owned(), ToString::to_string)
}

/// Since which place and time.
fn since(version: &Value, lang: Lang) -> [String; 2] {
    if version.pointer("/pending").and_then(Value::as_bool) == Some(true) {
        return [PENDING.get(lang).to_owned(), "-".to_owned()];
    }
    let place = format!("{}:{}", text(version, "/since/file"), number(version, "/since/offset"));
    [place, text(version, "/since/commit_time").to_owned()]
}

/// A table in one line: how many versions, and the newest one.
fn summary(one: &Value, lang: Lang) -> Vec<String> {
    let name = text(one, "/table").to_owned();
    let versions = versions(one);
    let Some(newest) = versions.first() else { return vec![name, NONE.get(lang).to_owned()] };
    let [place, time] = since(newest, lang);
    let words = ["/state", "/known_by"].map(|pointer| text(newest, pointer).to_owned());
    [name, versions.len().to_string()].into_iter().chain(words).chain([place, time]).collect()
}

/// A version with its statement, what it changed, and its columns.
fn in_full(version: &Value, lang: Lang) -> String {
    let [place, time] = since(version, lang);
    let head =
        [&*number(version, "/version"), text(version, "/state"), text(version, "/known_by"), &place, &time];
    let mut out = head.join("  ");
    out.push('\n');
    if let Some(statement) = version.pointer("/statement").and_then(Value::as_str) {
        out.extend(["  ", statement, "\n"]);
    }
    for line in changes(version) {
        out.extend(["  ", line.as_str(), "\n"]);
    }
    let columns = version.pointer("/columns").and_then(Value::as_array);
    let rows: Vec<Vec<String>> = columns.into_iter().flatten().map(column).collect();
    out.push_str(&table(&rows));
    out.push('\n');
    out
}

fn column(column: &Value) -> Vec<String> {
    let nullable = column.pointer("/nullable").and_then(Value::as_bool) == Some(true);
    let key = column.pointer("/key").and_then(Value::as_u64);
    vec![
        format!("    {}", text(column, "/name")),
        text(column, "/type").to_owned(),
        column.pointer("/collation").and_then(Value::as_str).unwrap_or_default().to_owned(),
        if nullable { String::new() } else { "NOT NULL".to_owned() },
        key.map_or_else(String::new, |place| format!("KEY {place}")),
    ]
}

/// `+ c`, `- d`, `~ a: int -> bigint`, `> b` for a column that moved.
fn changes(version: &Value) -> Vec<String> {
    let list = |pointer: &str| version.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    let named = |sign: &'static str, pointer: &str| -> Vec<String> {
        list(pointer).filter_map(Value::as_str).map(|name| format!("{sign} {name}")).collect()
    };
    let mut lines = named("+", "/difference/added");
    lines.extend(named("-", "/difference/gone"));
    lines.extend(
        list("/difference/changed")
            .map(|one| format!("~ {}: {} -> {}", text(one, "/name"), text(one, "/from"), text(one, "/to"))),
    );
    lines.extend(named(">", "/difference/moved"));
    let key = |pointer: &str| list(pointer).filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
    if version.pointer("/difference/key").is_some_and(|key| !key.is_null()) {
        lines.push(format!("KEY ({}) -> ({})", key("/difference/key/from"), key("/difference/key/to")));
    }
    lines
}
