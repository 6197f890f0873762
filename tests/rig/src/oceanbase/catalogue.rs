//! What the SQL engine knows of a table that MySQL 5.6 does not: which columns are JSON.

use anyhow::{Context, Result, ensure};

use super::backend::{Backend, Shape};
use super::event::u32_at;
use super::row::lenenc;

/// Asks seekdb; connects at the first question.
#[derive(Debug)]
pub struct Catalogue {
    port: u16,
    backend: Option<Backend>,
}

impl Catalogue {
    pub fn new(port: u16) -> Self {
        Self { port, backend: None }
    }

    /// Indexes of the JSON columns; empty when the table there has another number of columns.
    pub fn json_columns(&mut self, database: &str, table: &str, count: usize) -> Result<Vec<usize>> {
        let quoted = |text: &str| text.replace('\\', "\\\\").replace('\'', "''");
        let statement = format!(
            "SELECT DATA_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA='{}' \
             AND TABLE_NAME='{}' ORDER BY ORDINAL_POSITION",
            quoted(database),
            quoted(table)
        );
        let types = self.first_column(&statement).or_else(|_| {
            // seekdb may have been restarted since.
            self.backend = None;
            self.first_column(&statement)
        })?;
        if types.len() != count {
            return Ok(Vec::new());
        }
        let json = types.iter().enumerate().filter(|(_, kind)| *kind == "json");
        Ok(json.map(|(index, _)| index).collect())
    }

    fn first_column(&mut self, statement: &str) -> Result<Vec<String>> {
        let backend = match &mut self.backend {
            Some(backend) => backend,
            none => none.insert(Backend::connect("seekdb", self.port, "root", "", false)?),
        };
        let mut answer = Vec::new();
        let request = [&[3], statement.as_bytes()].concat();
        let outcome = backend.ask(&request, Shape::Results, Some(&mut answer))?;
        ensure!(outcome.error.is_none(), "seekdb refuses {statement}");
        // The column count, one column, EOF; then rows up to EOF.
        let mut packets = Vec::new();
        let mut rest = answer.as_slice();
        while rest.len() >= 4 {
            let length = (u32_at(rest, 0) & 0xff_ffff) as usize;
            packets.push(rest.get(4..4 + length).context("an answer is cut")?);
            rest = &rest[4 + length..];
        }
        let rows = packets.get(3..packets.len().saturating_sub(1)).context("an answer is cut")?;
        rows.iter()
            .map(|row| {
                let mut at = 0;
                let length = lenenc(row, &mut at)? as usize;
                let text = row.get(at..at + length).context("a row is cut")?;
                Ok(String::from_utf8_lossy(text).to_ascii_lowercase())
            })
            .collect()
    }
}
