//! The schemas of the followed tables, by position.
//!
//! A schema comes from the store's versions or from the catalogue and is only
//! used after it agreed with the stream's TABLE_MAP. At a DDL that names the
//! table the catalogue is read again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tidewire_words::Sentence;

use crate::checkpoint::{Position, SchemaVersion};
use crate::doors::Source;
use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::log::body::TableMap;
use crate::schema::TableSchema;
use crate::words::fault;

use super::binding::{BoundTable, Mismatch, bind};

/// What is known of a table: `None` after it vanished, until it comes back.
type Known = Option<Arc<TableSchema>>;

/// File and offset of a statement, and a table that it changed.
type StatementOf = (String, u64, (String, String));

/// Schemas of one run.
pub struct SchemaBook {
    source: Arc<dyn Source>,
    fold_case: bool,
    tables: BTreeMap<(String, String), Known>,
    /// Newest version that the place which is read knows.
    version: u64,
    /// Versions behind that place, as an earlier run made them before the project
    /// went back: what the catalogue was then, not what it is now.
    ahead: HashMap<StatementOf, (u64, Known)>,
    /// Newest number given out.
    newest: u64,
    unsaved: Vec<SchemaVersion>,
}

impl SchemaBook {
    /// Starts with the newest stored version of each table that the checkpoint
    /// knows (`up_to`); later numbers are never used twice.
    pub fn new(source: Arc<dyn Source>, fold_case: bool, stored: Vec<SchemaVersion>, up_to: u64) -> Self {
        let mut book = Self {
            source,
            fold_case,
            tables: BTreeMap::new(),
            version: up_to,
            ahead: HashMap::new(),
            newest: stored.iter().map(|version| version.version).max().unwrap_or(0).max(up_to),
            unsaved: Vec::new(),
        };
        for version in stored {
            let Ok(known) = read_body(&version.body) else {
                log::warn!("stored schema version {} can't be read", version.version);
                continue;
            };
            let key = book.key(&version.database, &version.table);
            if version.version <= up_to {
                book.tables.insert(key, known);
            } else {
                let Position { file, offset, .. } = version.valid_from;
                book.ahead.insert((file, offset, key), (version.version, known));
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

    /// Number of the newest version at the place which is read.
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
        if self.tables.contains_key(&self.key(database, table)) {
            return Ok(());
        }
        match self.reread(database, table, at).await? {
            Some(_) => Ok(()),
            None => Err(gone(database, table)),
        }
    }

    /// The schema as it is known now.
    pub fn get(&self, database: &str, table: &str) -> Option<&Arc<TableSchema>> {
        self.tables.get(&self.key(database, table))?.as_ref()
    }

    /// A DDL may have changed every table whose name stands in its text: those are
    /// read again at once, so that the place behind it is saved with their shape.
    ///
    /// # Errors
    /// A followed table was renamed away: definite.
    pub async fn ddl(&mut self, database: &str, sql: &str, at: &Position) -> PipelineResult<()> {
        let lower = sql.to_lowercase();
        let whole_database = lower.contains("database") || lower.contains("schema");
        let named: Vec<(String, String)> = self
            .tables
            .keys()
            .filter(|(_, table)| whole_database || mentions(&lower, &table.to_lowercase()))
            .cloned()
            .collect();
        for (owner, table) in named {
            log::info!("{database}: a statement names {table}; its columns are read again");
            let key = (owner, table);
            let known = match self.ahead.remove(&(at.file.clone(), at.offset, key.clone())) {
                Some((version, known)) => {
                    self.version = version;
                    self.tables.insert(key.clone(), known.clone());
                    known
                }
                None => self.reread(&key.0, &key.1, at).await?,
            };
            if known.is_none() && lower.contains("rename") {
                return Err(gone(&key.0, &key.1));
            }
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
        let known = self.get(&database, &table).map(Arc::clone);
        if let Some(schema) = known
            && let Ok(bound) = try_bind(slot, &schema, map)?
        {
            return Ok(bound);
        }
        let schema = self.reread(&database, &table, at).await?.ok_or_else(|| gone(&database, &table))?;
        try_bind(slot, &schema, map)?.map_err(|mismatch| {
            let detail = Sentence::new(fault::SHAPES, &[&mismatch.catalogue, &mismatch.stream]);
            PipelineError::new(ErrorKind::SchemaMismatch, detail).at_table(format!("{database}.{table}"))
        })
    }

    /// Reads a table's shape from the catalogue; a change makes a version.
    async fn reread(&mut self, database: &str, table: &str, at: &Position) -> PipelineResult<Known> {
        let read = self.source.schema(database, table).await?.map(Arc::new);
        let key = self.key(database, table);
        if self.tables.get(&key).is_some_and(|known| *known == read) {
            return Ok(read);
        }
        let body = match &read {
            Some(schema) => serde_json::to_string(&**schema)
                .map_err(|error| PipelineError::new(ErrorKind::Internal, error.to_string()))?,
            None => String::new(),
        };
        self.tables.insert(key, read.clone());
        self.newest += 1;
        self.version = self.newest;
        self.unsaved.push(SchemaVersion {
            version: self.version,
            database: database.to_owned(),
            table: table.to_owned(),
            valid_from: at.clone(),
            body,
        });
        Ok(read)
    }
}

/// Reads a stored version.
fn read_body(body: &str) -> serde_json::Result<Known> {
    if body.is_empty() { Ok(None) } else { serde_json::from_str(body).map(|schema| Some(Arc::new(schema))) }
}

fn gone(database: &str, table: &str) -> PipelineError {
    let name = format!("{database}.{table}");
    PipelineError::new(ErrorKind::TableMissing, Sentence::new(fault::TABLE_GONE, &[&name])).at_table(name)
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
