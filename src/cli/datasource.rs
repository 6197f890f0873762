//! `tidewire datasource ...`.

use serde_json::{Value, json};

use super::client::{Client, document, step, table, text};
use super::outcome::Outcome;

pub(super) async fn run(
    client: &Client,
    verb: &str,
    name: Option<&str>,
    json: bool,
) -> Result<Outcome, Outcome> {
    let Some(name) = name else { return list(client, json).await };
    let path = format!("/datasources/{}", step(name));
    match verb {
        "show" => Ok(document(&client.get(&path).await?)),
        "delete" => client.delete(&path).await.map(|_| Outcome::done()),
        _ => {
            let answer = client.post(&format!("{path}/test"), &json!({})).await?;
            if json {
                return Ok(document(&answer));
            }
            let ms = answer.pointer("/ms").and_then(Value::as_u64).unwrap_or(0);
            Ok(Outcome::said(&format!("{name}: {} ({ms} ms)", text(&answer, "/detail"))))
        }
    }
}

async fn list(client: &Client, json: bool) -> Result<Outcome, Outcome> {
    let sources = client.get("/datasources").await?;
    if json {
        return Ok(document(&sources));
    }
    let row = |source: &Value| {
        ["/name", "/kind", "/address"].map(|pointer| text(source, pointer).to_owned()).to_vec()
    };
    let rows: Vec<Vec<String>> = sources.as_array().into_iter().flatten().map(row).collect();
    Ok(Outcome::said(&table(&rows)))
}
