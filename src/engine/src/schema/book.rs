//! The schemas of the followed tables, by position.
//!
//! A schema comes from the store's versions or from the catalogue and is only
//! used after it agreed with the stream's TABLE_MAP. After a DDL that names the
//! table the catalogue is read again.

use std::collections::HashMap;
use std::sync::Arc;

use tidewire_words::Sentence;

use crate::checkpoint::{Position, SchemaVersion};
use crate::doors::Source;
use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::log::body::TableMap;
use crate::schema::TableSchema;
use crate::words::fault;

use super::binding::{BoundTable, Mismatch, bind};

struct Known {
    schema: Arc<TableSchema>,
    stale: bool,
}

/// Schemas of one run.
pub struct SchemaBook {
    source: Arc<dyn Source>,
    fold_case: bool,
    tables: HashMap<(String, String), Known>,
    version: u64,
    unsaved: Vec<SchemaVersion>,
}

impl SchemaBook {
    /// Starts with the newest stored version of each table that the checkpoint
    /// knows (`up_to`); later numbers are never used twice.
    pub fn new(source: Arc<dyn Source>, fold_case: bool, stored: Vec<SchemaVersion>, up_to: u64) -> Self {
        let mut book = Self {
            source,
            fold_case,
            tables: HashMap::new(),
            version: stored.iter().map(|version| version.version).max().unwrap_or(0),
            unsaved: Vec::new(),
        };
        for version in stored.into_iter().filter(|version| version.version <= up_to) {
            match serde_json::from_str(&version.body) {
                Ok(schema) => {
                    let key = book.key(&version.database, &version.table);
                    book.tables.insert(key, Known { schema: Arc::new(schema), stale: false });
                }
                Err(error) => log::warn!("stored schema version {} can't be read: {error}", version.version),
            }
        }
        book
    }

    fn key(&self, database: &str, table: &str) -> (String, String) {
        if self.fold_case {
            (database.to_lowercase(), table.to_lowercase())
        } else {
            (database.to_owned(), table.to_owned())
        }
    }

    /// Number of the newest version.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Versions that no checkpoint has saved yet, to be stored with the next.
    pub fn unsaved(&self) -> Vec<SchemaVersion> {
        self.unsaved.clone()
    }

    /// A checkpoint was saved together with every version up to this one.
    pub fn saved(&mut self, version: u64) {
        self.unsaved.retain(|unsaved| unsaved.version > version);
    }

    /// Reads the schema of a table that has none yet; the place is where the run
    /// begins.
    ///
    /// # Errors
    /// The table does not exist, or a column can't be followed.
    pub async fn ensure(&mut self, database: &str, table: &str, at: &Position) -> PipelineResult<()> {
        if !self.tables.contains_key(&self.key(database, table)) {
            self.reread(database, table, at).await?;
        }
        Ok(())
    }

    /// The schema as it is known now.
    pub fn get(&self, database: &str, table: &str) -> Option<&Arc<TableSchema>> {
        self.tables.get(&self.key(database, table)).map(|known| &known.schema)
    }

    /// A DDL may have changed every table whose name stands in its text.
    pub fn ddl(&mut self, database: &str, sql: &str) {
        let lower = sql.to_lowercase();
        let whole_database = lower.contains("database") || lower.contains("schema");
        for ((_, table), known) in &mut self.tables {
            if whole_database || mentions(&lower, &table.to_lowercase()) {
                log::info!("{database}: a statement names {table}; its columns are read again");
                known.stale = true;
            }
        }
    }

    /// After a statement that renames: a followed table that is gone can't be
    /// followed further.
    ///
    /// # Errors
    /// The table vanished: definite.
    pub async fn check_renamed(&mut self, at: &Position) -> PipelineResult<()> {
        let stale: Vec<(String, String)> = self
            .tables
            .values()
            .filter(|known| known.stale)
            .map(|known| (known.schema.database.clone(), known.schema.table.clone()))
            .collect();
        for (database, table) in stale {
            self.reread(&database, &table, at).await?;
        }
        Ok(())
    }

    /// Binds the table of a TABLE_MAP.
    ///
    /// # Errors
    /// The shapes disagree also after a look into the catalogue: definite.
    pub async fn resolve(
        &mut self,
        slot: usize,
        map: &TableMap<'_>,
        at: &Position,
    ) -> PipelineResult<BoundTable> {
        let database = String::from_utf8_lossy(map.database).into_owned();
        let table = String::from_utf8_lossy(map.table).into_owned();
        let known = self.tables.get(&self.key(&database, &table));
        let fresh = known.filter(|known| !known.stale).map(|known| Arc::clone(&known.schema));
        if let Some(schema) = fresh
            && let Ok(bound) = try_bind(slot, &schema, map)?
        {
            return Ok(bound);
        }
        let schema = self.reread(&database, &table, at).await?;
        try_bind(slot, &schema, map)?.map_err(|mismatch| {
            let detail = Sentence::new(fault::SHAPES, &[&mismatch.catalogue, &mismatch.stream]);
            PipelineError::new(ErrorKind::SchemaMismatch, detail).at_table(format!("{database}.{table}"))
        })
    }

    async fn reread(
        &mut self,
        database: &str,
        table: &str,
        at: &Position,
    ) -> PipelineResult<Arc<TableSchema>> {
        let name = format!("{database}.{table}");
        let schema = self.source.schema(database, table).await?.ok_or_else(|| {
            let detail = Sentence::new(fault::TABLE_GONE, &[&name]);
            PipelineError::new(ErrorKind::TableMissing, detail).at_table(&name)
        })?;
        let schema = Arc::new(schema);
        let key = self.key(database, table);
        let unchanged = self.tables.get(&key).is_some_and(|known| known.schema == schema);
        self.tables.insert(key, Known { schema: Arc::clone(&schema), stale: false });
        if !unchanged {
            self.version += 1;
            let body = serde_json::to_string(&*schema)
                .map_err(|error| PipelineError::new(ErrorKind::Internal, error.to_string()))?;
            self.unsaved.push(SchemaVersion {
                version: self.version,
                database: database.to_owned(),
                table: table.to_owned(),
                valid_from: at.clone(),
                body,
            });
        }
        Ok(schema)
    }
}

fn try_bind(
    slot: usize,
    schema: &Arc<TableSchema>,
    map: &TableMap<'_>,
) -> PipelineResult<Result<BoundTable, Mismatch>> {
    bind(slot, schema, map).map_err(|error| PipelineError::new(ErrorKind::EventMalformed, error))
}

/// Whether a name stands in a statement as a whole word.
fn mentions(sql: &str, name: &str) -> bool {
    let part_of_name = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    sql.match_indices(name).any(|(start, _)| {
        let before = sql.get(..start).and_then(|head| head.chars().next_back());
        let after = sql.get(start + name.len()..).and_then(|tail| tail.chars().next());
        !before.is_some_and(part_of_name) && !after.is_some_and(part_of_name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_as_whole_words() {
        assert!(mentions("alter table `orders` add x int", "orders"));
        assert!(mentions("alter table shop.orders add x int", "orders"));
        assert!(!mentions("alter table orders_2024 add x int", "orders"));
        assert!(!mentions("alter table pre_orders add x int", "orders"));
    }
}
