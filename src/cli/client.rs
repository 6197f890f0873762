//! One connection to the JSON API; its refusals become outcomes.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use tidewire_words::{Lang, Text};

use crate::secret::hex;

use super::arguments::ClientCommand;
use super::outcome::Outcome;
use super::terminal_lang;

/// Longest answer: an apply pauses, prechecks and starts projects.
const ANSWER_LIMIT: Duration = Duration::from_mins(5);

const UNREACHABLE: Text =
    Text { en: "the service at {} can't be reached: {}", zh: "无法连接服务 {}：{}" };
const UNREACHABLE_REMEDY: Text = Text {
    en: "start it with `tidewire serve`, or name it with --server or TIDEWIRE_SERVER",
    zh: "请用 `tidewire serve` 启动服务，或用 --server 或 TIDEWIRE_SERVER 指定",
};
const NO_ADDRESS: Text = Text { en: "no service runs on {}", zh: "{} 上没有正在运行的服务" };
const NO_TOKEN: Text =
    Text { en: "the token in {} can't be read: {}", zh: "无法读取 {} 中的令牌：{}" };
const NO_TOKEN_REMEDY: Text = Text {
    en: "run this as the service's user, or set TIDEWIRE_TOKEN",
    zh: "请以服务的用户身份运行，或设置 TIDEWIRE_TOKEN",
};

/// The API of one service.
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
    pub(super) lang: Lang,
}

impl Client {
    pub(super) fn connect(command: &ClientCommand) -> Result<Self, Outcome> {
        let lang = terminal_lang();
        let place = command.data.display().to_string();
        let base = match &command.server {
            Some(server) => server.clone(),
            None => std::fs::read_to_string(command.data.join("api-address")).map_err(|_| {
                Outcome::unreachable(&NO_ADDRESS.fill(lang, &[&place]), UNREACHABLE_REMEDY.get(lang))
            })?,
        };
        let token = match std::env::var("TIDEWIRE_TOKEN") {
            Ok(token) => token,
            Err(_) => std::fs::read_to_string(command.data.join("api-token")).map_err(|error| {
                let reason = NO_TOKEN.fill(lang, &[&place, &error.to_string()]);
                Outcome::unreachable(&reason, NO_TOKEN_REMEDY.get(lang))
            })?,
        };
        let http = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(Duration::from_secs(10))
            .timeout(ANSWER_LIMIT)
            .build()
            .map_err(|error| Outcome::failed(&error.to_string(), ""))?;
        let base = base.trim().trim_end_matches('/').to_owned();
        Ok(Self { http, base, token: token.trim().to_owned(), lang })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}/api/v1{path}", self.base))
            .bearer_auth(&self.token)
            .header(reqwest::header::ACCEPT_LANGUAGE, self.lang.tag())
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, Outcome> {
        self.json(self.request(Method::GET, path)).await
    }

    pub(super) async fn delete(&self, path: &str) -> Result<Value, Outcome> {
        self.json(self.request(Method::DELETE, path)).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Outcome> {
        self.json(self.request(Method::POST, path).json(body)).await
    }

    pub(super) async fn post_text(&self, path: &str, body: String) -> Result<Value, Outcome> {
        self.json(self.request(Method::POST, path).body(body)).await
    }

    pub(super) async fn get_text(&self, path: &str) -> Result<String, Outcome> {
        let (status, text) = self.send(self.request(Method::GET, path)).await?;
        if status.is_success() { Ok(text) } else { Err(refused(status, &text)) }
    }

    async fn json(&self, request: RequestBuilder) -> Result<Value, Outcome> {
        let (status, text) = self.send(request).await?;
        if !status.is_success() {
            return Err(refused(status, &text));
        }
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).map_err(|error| Outcome::failed(&error.to_string(), ""))
    }

    async fn send(&self, request: RequestBuilder) -> Result<(StatusCode, String), Outcome> {
        let unreachable = |error: &reqwest::Error| {
            let cause =
                std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
            let reason = UNREACHABLE.fill(self.lang, &[&self.base, &cause]);
            Outcome::unreachable(&reason, UNREACHABLE_REMEDY.get(self.lang))
        };
        let response = request.send().await.map_err(|error| unreachable(&error))?;
        let status = response.status();
        let text = response.text().await.map_err(|error| unreachable(&error))?;
        Ok((status, text))
    }
}

/// The API's error shape as reason and remedy; fields follow the reason.
fn refused(status: StatusCode, text: &str) -> Outcome {
    let body: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    let said =
        |name: &str| body.pointer(&format!("/error/{name}")).and_then(Value::as_str).unwrap_or_default();
    let mut reason = said("message").to_owned();
    if reason.is_empty() {
        reason = status.to_string();
    }
    let mut remedy = String::new();
    if let Some(fields) = body.pointer("/error/fields").and_then(Value::as_object) {
        for (field, message) in fields {
            let message = message.as_str().unwrap_or_default();
            remedy.extend(["  ", field, ": ", message, "\n"]);
        }
    }
    remedy.push_str(said("remedy"));
    Outcome::failed(&reason, &remedy)
}

/// A name as one step of a path.
pub(super) fn step(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    name.bytes().fold(String::new(), |mut out, byte| {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&hex(&[byte]).to_ascii_uppercase());
        }
        out
    })
}

/// A text of a JSON object; `-` when it is missing.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or("-")
}

/// One JSON document.
pub(super) fn document(value: &Value) -> Outcome {
    Outcome::said(&format!("{value:#}"))
}

/// Lines with columns under each other; wide characters count twice.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let width = |text: &str| text.chars().map(|c| if c >= '\u{1100}' { 2 } else { 1 }).sum::<usize>();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0)
        })
        .collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, wanted) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(wanted.saturating_sub(width(cell)) + 2));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
