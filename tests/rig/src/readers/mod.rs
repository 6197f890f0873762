//! Programs that users put behind the topics, asked what they make of a message: Canal (which also
//! writes the messages that its format is measured by), Flink's formats and a JSON schema validator.

mod answer;

pub use answer::{FlatMessage, FlatReading, FlinkReading, FlinkRow};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::install;
use crate::jvm::Jvm;
use crate::workspace::Workspace;

/// A running JVM with all of them.
#[derive(Clone, Debug)]
pub struct Readers {
    jvm: Jvm,
}

/// A stretch of a server's log, and the tables of it that matter.
#[derive(Clone, Debug)]
pub struct LogRange<'a> {
    pub host: &'a str,
    pub port: u16,
    pub user: &'a str,
    pub password: &'a str,
    /// File and offset.
    pub from: (&'a str, u64),
    pub to: (&'a str, u64),
    /// Canal's filter: regular expressions on `database.table`, joined by commas.
    pub tables: &'a str,
}

/// A format of Flink's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlinkFormat {
    CanalJson,
    DebeziumJson,
    /// With `debezium-json.schema-include`.
    DebeziumJsonWithSchema,
}

/// How Flink is told that timestamps are written (`timestamp-format.standard`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlinkTimestamps {
    Sql,
    Iso8601,
}

impl Readers {
    /// Starts the JVM in a time zone, by which Canal writes TIMESTAMP.
    pub async fn start(workspace: &Workspace, zone: &str) -> Result<Self> {
        let (classes, jars) = (install::readers()?, install::reader_jars()?.join("lib/*"));
        let folder = workspace.new_folder("readers")?;
        let arguments = [
            "-Xmx512m".to_owned(),
            format!("-Duser.timezone={zone}"),
            format!("-Duser.home={}", folder.display()),
            "-cp".to_owned(),
            format!("{}:{}", classes.display(), jars.display()),
            "Readers".to_owned(),
        ];
        let jvm = Jvm::start("the rig's readers", &folder.join("readers.log"), &arguments)?;
        jvm.ready().await?;
        Ok(Self { jvm })
    }

    /// The messages that Canal sends for a stretch of a log, byte for byte.
    pub async fn canal(&self, range: &LogRange<'_>) -> Result<Vec<String>> {
        let request = json!({
            "op": "canal", "host": range.host, "port": range.port,
            "user": range.user, "password": range.password, "tables": range.tables,
            "file": range.from.0, "position": range.from.1,
            "end_file": range.to.0, "end_position": range.to.1,
        });
        self.jvm.ask(request, |line| Ok(line.trim_end_matches('\n').to_owned())).await
    }

    /// The text that Canal makes of stored JSON documents.
    pub async fn canal_documents(&self, documents: &[impl AsRef<[u8]>]) -> Result<Vec<String>> {
        #[derive(Deserialize)]
        struct Answer {
            text: String,
        }
        let answers: Vec<Answer> = self.ask(json!({"op": "canal-json"}), documents).await?;
        Ok(answers.into_iter().map(|answer| answer.text).collect())
    }

    /// What Canal's clients and adapters get of each body.
    pub async fn flat(&self, bodies: &[impl AsRef<[u8]>]) -> Result<Vec<FlatReading>> {
        self.ask(json!({"op": "flat"}), bodies).await
    }

    /// What a Flink table with these columns (name, SQL type) gets of each body.
    pub async fn flink(
        &self,
        format: FlinkFormat,
        timestamps: FlinkTimestamps,
        columns: &[(String, String)],
        bodies: &[impl AsRef<[u8]>],
    ) -> Result<Vec<FlinkReading>> {
        let format = match format {
            FlinkFormat::CanalJson => "canal-json",
            FlinkFormat::DebeziumJson => "debezium-json",
            FlinkFormat::DebeziumJsonWithSchema => "debezium-json with schema-include",
        };
        let timestamps = match timestamps {
            FlinkTimestamps::Sql => "SQL",
            FlinkTimestamps::Iso8601 => "ISO-8601",
        };
        let request = json!({"op": "flink", "format": format, "timestamps": timestamps, "columns": columns});
        self.ask(request, bodies).await
    }

    /// What is wrong with each body by a JSON schema; empty when nothing is.
    pub async fn validate(&self, schema: &str, bodies: &[impl AsRef<[u8]>]) -> Result<Vec<Vec<String>>> {
        #[derive(Deserialize)]
        struct Answer {
            errors: Vec<String>,
        }
        let answers: Vec<Answer> = self.ask(json!({"op": "validate", "schema": schema}), bodies).await?;
        Ok(answers.into_iter().map(|answer| answer.errors).collect())
    }

    async fn ask<T: DeserializeOwned + Send + 'static>(
        &self,
        mut request: Value,
        bodies: &[impl AsRef<[u8]>],
    ) -> Result<Vec<T>> {
        request["bodies"] = bodies.iter().map(|body| STANDARD.encode(body)).collect();
        self.jvm
            .ask(request, |line| serde_json::from_str(line).with_context(|| format!("not an answer: {line}")))
            .await
    }
}
