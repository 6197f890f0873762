//! `tidewire user ...`: passwords are made by the service and used once.

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
    let answer = match verb {
        "add" => client.post("/users", &json!({"name": name})).await?,
        "passwd" => client.post(&format!("/users/{}/password", step(name)), &json!({})).await?,
        _ => return client.delete(&format!("/users/{}", step(name))).await.map(|_| Outcome::done()),
    };
    Ok(if json { document(&answer) } else { Outcome::said(text(&answer, "/password")) })
}

async fn list(client: &Client, json: bool) -> Result<Outcome, Outcome> {
    let users = client.get("/users").await?;
    if json {
        return Ok(document(&users));
    }
    let row = |user: &Value| ["/name", "/role"].map(|pointer| text(user, pointer).to_owned()).to_vec();
    let rows: Vec<Vec<String>> = users.as_array().into_iter().flatten().map(row).collect();
    Ok(Outcome::said(&table(&rows)))
}
