//! `tidewire sample`: one message a line, ready for other programs.

use serde_json::Value;

use super::client::{Client, document, step, text};
use super::outcome::Outcome;

pub(super) async fn show(
    client: &Client,
    [datasource, database, table]: [&str; 3],
    format: &str,
    json: bool,
) -> Result<Outcome, Outcome> {
    let path = format!(
        "/datasources/{}/databases/{}/tables/{}/sample?format={}",
        step(datasource),
        step(database),
        step(table),
        step(format)
    );
    let samples = client.get(&path).await?;
    if json {
        return Ok(document(&samples));
    }
    let bodies: Vec<&str> =
        samples.as_array().into_iter().flatten().map(|sample: &Value| text(sample, "/body")).collect();
    Ok(Outcome::said(&bodies.join("\n")))
}
