//! `tidewire project ...`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tidewire_words::Text;

use crate::model::status::ProjectStatus;

use super::client::{Client, document, step, table, text};
use super::outcome::Outcome;

const TIME_RAN_OUT: Text = Text {
    en: "the project did not reach the state {} in {} s; it is {}",
    zh: "项目未进入状态 {}（等待 {} 秒），当前为 {}",
};
const NO_BROKER_GONE: Text = Text {
    en: "all brokers of the project's queues are registered: nothing was changed",
    zh: "项目队列所在的 Broker 均已注册，未做任何更改",
};
const GIVEN_UP: Text = Text {
    en: "{} queue{s} of {} given up; the new ones are taken when the project is resumed",
    zh: "已放弃 {} 个队列（Broker：{}），恢复项目时采用新队列",
};
const WATCH: Text =
    Text { en: "look at it with `tidewire project status`", zh: "请用 `tidewire project status` 查看" };

pub(super) async fn run(
    client: &Client,
    verb: &str,
    name: Option<&str>,
    wait: Option<u64>,
    json: bool,
) -> Result<Outcome, Outcome> {
    let Some(name) = name else { return list(client, json).await };
    let path = format!("/projects/{}", step(name));
    match verb {
        "show" => Ok(document(&client.get(&path).await?)),
        "status" => Ok(document(&client.get(&format!("{path}/status")).await?)),
        "delete" => client.delete(&path).await.map(|_| Outcome::done()),
        "precheck" => precheck(client, &path, json).await,
        "adopt-queues" => adopt_queues(client, &path, json).await,
        command => {
            let answer = client.post(&format!("{path}/{command}"), &json!({})).await?;
            match wait {
                Some(seconds) => reached(client, &path, command, seconds, json).await,
                None if json => Ok(document(&answer)),
                None => Ok(Outcome::said(text(&answer, "/state"))),
            }
        }
    }
}

async fn adopt_queues(client: &Client, path: &str, json: bool) -> Result<Outcome, Outcome> {
    let adopted = client.post(&format!("{path}/adopt-queues"), &json!({})).await?;
    if json {
        return Ok(document(&adopted));
    }
    let gone = adopted.pointer("/gone").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let names: Vec<&str> = gone.iter().filter_map(Value::as_str).collect();
    let queues = adopted.pointer("/queues").map_or_else(String::new, ToString::to_string);
    Ok(Outcome::said(&if names.is_empty() {
        NO_BROKER_GONE.get(client.lang).to_owned()
    } else {
        GIVEN_UP.fill(client.lang, &[&queues, &names.join(", ")])
    }))
}

async fn list(client: &Client, json: bool) -> Result<Outcome, Outcome> {
    let projects = client.get("/projects").await?;
    if json {
        return Ok(document(&projects));
    }
    let row = |project: &Value| {
        ["/id", "/status", "/name", "/source", "/target"]
            .map(|pointer| text(project, pointer).to_owned())
            .to_vec()
    };
    let rows: Vec<Vec<String>> = projects.as_array().into_iter().flatten().map(row).collect();
    Ok(Outcome::said(&table(&rows)))
}

async fn precheck(client: &Client, path: &str, json: bool) -> Result<Outcome, Outcome> {
    let report = client.post(&format!("{path}/precheck"), &json!({})).await?;
    let items = report.pointer("/items").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut out = String::new();
    for item in &items {
        let result = format!("{:8}", text(item, "/result"));
        out.extend([result.as_str(), text(item, "/title")]);
        for part in ["/reason", "/remedy"] {
            if let Some(said) = item.pointer(part).and_then(Value::as_str) {
                out.extend([" · ", said]);
            }
        }
        out.push('\n');
    }
    if json {
        out = format!("{report:#}");
    }
    let failed: Vec<&str> = items
        .iter()
        .filter(|item| text(item, "/result") == "failed")
        .map(|item| text(item, "/title"))
        .collect();
    if failed.is_empty() {
        return Ok(Outcome::said(&out));
    }
    Ok(Outcome::failed_with(&out, &failed.join(", "), ""))
}

/// Asks again and again until the project is where the command leads.
async fn reached(
    client: &Client,
    path: &str,
    command: &str,
    seconds: u64,
    json: bool,
) -> Result<Outcome, Outcome> {
    let goal = match command {
        "pause" => ProjectStatus::Suspended,
        "release" => ProjectStatus::Released,
        _ => ProjectStatus::Running,
    };
    let deadline = Instant::now() + Duration::from_secs(seconds);
    loop {
        let status = client.get(&format!("{path}/status")).await?;
        let state = text(&status, "/state");
        let phase = status.pointer("/phase").and_then(Value::as_str);
        // Running means that rows flow; paused means that nothing does.
        let there = state == goal.as_str()
            && match goal {
                ProjectStatus::Running => phase == Some("streaming"),
                _ => phase.is_none(),
            };
        if there {
            return Ok(if json { document(&status) } else { Outcome::said(state) });
        }
        if state == ProjectStatus::Failed.as_str() && goal != ProjectStatus::Released {
            return Err(Outcome::failed(text(&status, "/error/message"), text(&status, "/error/remedy")));
        }
        if Instant::now() >= deadline {
            let now = phase.map_or_else(|| state.to_owned(), |phase| format!("{state} ({phase})"));
            let reason = TIME_RAN_OUT.fill(client.lang, &[goal.as_str(), &seconds.to_string(), &now]);
            let cause = status.pointer("/error/message").and_then(Value::as_str);
            let reason = cause.map_or(reason.clone(), |cause| format!("{reason}: {cause}"));
            return Err(Outcome::failed(&reason, WATCH.get(client.lang)));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
