//! Items that ask the source's catalogue: tables and their columns.

use std::collections::BTreeMap;

use tidewire_engine::endpoint::DatasourceKind;
use tidewire_engine::error::PipelineError;
use tidewire_engine::filter::{FilterError, RowFilter};
use tidewire_engine::project::TableMapping;
use tidewire_engine::schema::{Column, ColumnKind, TableSchema};
use tidewire_words::{Lang, Sentence};

use crate::service::rules;
use crate::text::precheck as text;

use super::{Check, Finding, Found, NAMED, about, missing};

impl Check {
    /// Tables exist, are physical, and have the columns; one question a
    /// database, and one connection for all columns.
    pub(super) async fn catalogue(&self) {
        let mut found = Vec::new();
        let exist = self.item("RDB_TABLE_EXIST", async {
            let mut by_database: BTreeMap<&str, Vec<_>> = BTreeMap::new();
            for table in &self.tables {
                if !by_database.contains_key(table.database.as_str()) {
                    let tables = self.engine.tables(self.source.clone(), table.database.clone()).await?;
                    by_database.insert(&table.database, tables);
                }
            }
            let mut absent = Vec::new();
            for table in &self.tables {
                let there = by_database.get(table.database.as_str());
                match there.and_then(|tables| tables.iter().find(|info| info.name == table.table)) {
                    Some(info) => found.push((table, info.physical)),
                    None => absent.push(table.full_name()),
                }
            }
            Ok(missing(&absent, text::TABLE_REMEDY))
        });
        exist.await;
        let views: Vec<String> =
            found.iter().filter(|(_, physical)| !physical).map(|(table, _)| table.full_name()).collect();
        let physical = self.item("DB_TABLE_TYPE", async {
            if views.is_empty() {
                return Ok(Finding::Fine(None));
            }
            let reason = about(text::NOT_PHYSICAL, &views);
            Ok(Finding::Fail(reason, text::NOT_PHYSICAL_REMEDY.into()))
        });
        let tables: Vec<&TableMapping> = found.iter().map(|(table, _)| *table).collect();
        let mut notable = Notable::default();
        let columns = self.item("SYNC_SCHEMA_CONSISTENCY", self.columns(&tables, &mut notable));
        tokio::join!(physical, columns);
        let names = self.item("NAME_CHARACTERS", async {
            if notable.han.is_empty() {
                return Ok(Finding::Fine(None));
            }
            let reason = about(text::HAN_COLUMN, &notable.han);
            Ok(Finding::Fail(reason, text::HAN_COLUMN_REMEDY.into()))
        });
        let values = self.item("COLUMN_VALUES", async {
            if notable.lossy.is_empty() {
                return Ok(Finding::Fine(None));
            }
            let reason = about(text::LOSSY, &notable.lossy);
            Ok(Finding::Warn(reason, text::LOSSY_REMEDY))
        });
        tokio::join!(names, values);
    }

    /// Whether every column that the project names is there and every column can
    /// be followed.
    async fn columns(&self, tables: &[&TableMapping], notable: &mut Notable) -> Found {
        let names = tables.iter().map(|table| (table.database.clone(), table.table.clone())).collect();
        let schemas = self.engine.schemas(self.source.clone(), names).await?;
        let mut found = Columns::default();
        for (table, schema) in tables.iter().zip(schemas) {
            match schema {
                Ok(Some(schema)) => {
                    found.table(self.source.kind, table, &schema);
                    notable.table(self.source.kind, &schema);
                }
                // Gone since the list of tables was read.
                Ok(None) => found.absent.push(table.full_name()),
                Err(error) => found.refused.push(error),
            }
        }
        Ok(found.finding())
    }
}

/// What the tables' columns lack.
#[derive(Default)]
struct Columns {
    absent: Vec<String>,
    keyless: Vec<String>,
    refused: Vec<PipelineError>,
    /// Tables whose row filter does not fit, and why.
    filters: Vec<(String, FilterError)>,
}

impl Columns {
    fn table(&mut self, kind: DatasourceKind, table: &TableMapping, schema: &TableSchema) {
        let full = table.full_name();
        for name in table.shard_columns.iter().chain(&table.columns) {
            if schema.column_index(name).is_none() {
                self.absent.push(format!("{full}.{name}"));
            }
        }
        if table.shard_columns.is_empty() && schema.key.is_empty() {
            self.keyless.push(full.clone());
        }
        if !table.row_filter.is_empty()
            && let Err(error) = RowFilter::compile(&table.row_filter, schema, kind)
        {
            self.filters.push((full.clone(), error));
        }
    }

    fn finding(mut self) -> Finding {
        if let Some(error) = self.refused.first() {
            let all = |lang, between: &str| {
                let lines = self.refused.iter().take(NAMED).map(|error| error.message(lang));
                lines.collect::<Vec<_>>().join(between)
            };
            let reason = Sentence { en: all(Lang::En, "; "), zh: all(Lang::Zh, "；") };
            return Finding::Fail(reason, error.kind.remedy().into());
        }
        if let Some((table, error)) = self.filters.first() {
            let (what, remedy) = error.said();
            let table = table.as_str().into();
            return Finding::Fail(Sentence::of_messages(text::FILTER, &[&table, &what]), remedy);
        }
        self.absent.dedup();
        if self.absent.is_empty() && !self.keyless.is_empty() {
            let reason = about(text::NO_KEY, &self.keyless);
            return Finding::Warn(reason, text::NO_KEY_REMEDY);
        }
        missing(&self.absent, text::COLUMN_REMEDY)
    }
}

/// Columns that other items tell of.
#[derive(Default)]
struct Notable {
    /// Names in Chinese.
    han: Vec<String>,
    /// Columns whose values some releases of the Binlog Service write wrong.
    lossy: Vec<String>,
}

impl Notable {
    fn table(&mut self, kind: DatasourceKind, schema: &TableSchema) {
        let full = |column: &Column| format!("{}.{}.{}", schema.database, schema.table, column.name);
        let in_han = schema.columns.iter().filter(|column| column.name.chars().any(rules::is_han));
        self.han.extend(in_han.map(full));
        if kind == DatasourceKind::OceanbaseCe {
            self.lossy.extend(schema.columns.iter().filter(|column| lossy(column)).map(full));
        }
    }
}

/// Seen with the real service of 2.0.1: saturated, cut to 32 bits, garbled.
fn lossy(column: &Column) -> bool {
    match column.kind {
        ColumnKind::BigInt => column.unsigned,
        ColumnKind::Bit => column.arguments().next().is_some_and(|bits| bits > 32),
        ColumnKind::Decimal => {
            let (precision, scale) = column.decimal_shape();
            precision == scale
        }
        _ => false,
    }
}
