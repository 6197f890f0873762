//! The versions of the followed tables' columns: what is known of them, since
//! which place and how; and definitions that people give for a place at which
//! the columns can't be told otherwise.
//!
//! Invariants: only tables of the project are shown and can be defined; a
//! definition is kept while nothing runs that could give out its number.

mod change;

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use tidewire_engine::checkpoint::{Position, SchemaVersion};
use tidewire_engine::error::ErrorKind;
use tidewire_engine::identity::TableName;
use tidewire_engine::project::TableMapping;
use tidewire_engine::schema::version::{KnownBy, Shape, Version};
use tidewire_engine::schema::{TableSchema, given};
use tidewire_mysql::catalogue::dialect;
use tidewire_words::Sentence;

use crate::store::checkpoint;
use crate::store::operation::ObjectKind;
use crate::store::project::ProjectRecord;
use crate::supervisor::{spec, state};
use crate::text::{field, refusal};

pub use self::change::{ChangedColumn, Difference};

use super::draft_objects::unusable;
use super::error::{Result, ServiceError};
use super::monitor::{ErrorView, PositionView, position};
use super::projects::find;
use super::{Actor, Service, in_time, record, seen};

/// Whether a definition is the way out of an error.
#[must_use]
pub fn wants_definition(error: &ErrorView) -> bool {
    error.kind == ErrorKind::SchemaUnknown.code()
}

/// A followed table with its stored versions, oldest first.
#[derive(Clone, Debug)]
pub struct FollowedTable {
    /// `database.table` as the project writes it.
    pub table: String,
    stored: Vec<(SchemaVersion, Version)>,
}

/// A table's versions as the API shows them.
#[derive(Clone, Debug, Serialize)]
pub struct TableVersions {
    /// `database.table`.
    pub table: String,
    /// Newest first.
    pub versions: Vec<VersionView>,
}

/// What a table is from a place on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VersionState {
    /// It has these columns.
    Known,
    /// It is not there.
    Gone,
    /// A statement changed it that was not understood.
    Unknown,
}

/// One version.
#[derive(Clone, Debug, Serialize)]
pub struct VersionView {
    /// Number; rises over all tables of the project.
    pub version: u64,
    /// What is known.
    pub state: VersionState,
    /// How it is known.
    pub known_by: KnownBy,
    /// A definition that waits for the next place that wants one.
    pub pending: bool,
    /// From which place on; nothing for one that waits.
    pub since: Option<PositionView>,
    /// The statement that made it, shortened.
    pub statement: Option<String>,
    /// Its columns in order; none unless it is known.
    pub columns: Vec<ColumnView>,
    /// What differs from the version before that has columns.
    pub difference: Option<Difference>,
}

/// A column of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnView {
    /// Name.
    pub name: String,
    /// Type as the catalogue writes it.
    #[serde(rename = "type")]
    pub column_type: String,
    /// Collation; nothing where the type has none.
    pub collation: Option<String>,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Its place in the key, from 1; nothing outside of it.
    pub key: Option<usize>,
}

impl FollowedTable {
    /// How many versions there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.stored.len()
    }

    /// Its versions, newest first: `most` of them behind the first `skip`.
    #[must_use]
    pub fn versions(&self, skip: usize, most: usize) -> Vec<VersionView> {
        let newest_first = self.stored.iter().enumerate().rev();
        newest_first.skip(skip).take(most).map(|(index, one)| self.view(index, one)).collect()
    }

    /// The number of a definition that waits.
    fn waiting(&self) -> Option<u64> {
        let (stored, version) = self.stored.last()?;
        version.pending.then_some(stored.version)
    }

    fn view(&self, index: usize, (stored, version): &(SchemaVersion, Version)) -> VersionView {
        let schema = schema_of(version);
        let before = self.stored.iter().take(index).rev().find_map(|(_, version)| schema_of(version));
        VersionView {
            version: stored.version,
            state: match version.shape {
                Shape::Known(_) => VersionState::Known,
                Shape::Gone => VersionState::Gone,
                Shape::Unknown(_) => VersionState::Unknown,
            },
            known_by: version.known_by,
            pending: version.pending,
            since: (!version.pending).then(|| position(&stored.valid_from)),
            statement: Some(version.statement.clone()).filter(|statement| !statement.is_empty()),
            columns: schema.map(change::columns).unwrap_or_default(),
            difference: before.zip(schema).map(|(before, after)| Difference::of(before, after)),
        }
    }
}

fn schema_of(version: &Version) -> Option<&TableSchema> {
    match &version.shape {
        Shape::Known(schema) => Some(schema),
        Shape::Gone | Shape::Unknown(_) => None,
    }
}

/// Sorts stored versions to the tables of a project. Names that the source folds
/// are stored in lower case. A definition with a newer version behind it was used,
/// or was not needed: it waits no more.
fn by_table(tables: &[TableMapping], stored: Vec<SchemaVersion>) -> Vec<FollowedTable> {
    let name = |table: &TableMapping| TableName::new(&table.database, &table.table);
    let mut places: HashMap<TableName, usize> =
        tables.iter().enumerate().map(|(index, table)| (name(table).folded(true), index)).collect();
    places.extend(tables.iter().enumerate().map(|(index, table)| (name(table), index)));
    let mut found: Vec<FollowedTable> =
        tables.iter().map(|table| FollowedTable { table: table.full_name(), stored: Vec::new() }).collect();
    for one in stored {
        let place = places.get(&TableName::new(&one.database, &one.table));
        let Some(table) = place.and_then(|place| found.get_mut(*place)) else { continue };
        match Version::read(&one.body) {
            Ok(version) => {
                table.stored.retain(|(_, before)| !before.pending);
                table.stored.push((one, version));
            }
            Err(error) => log::warn!("stored schema version {} can't be read: {error}", one.version),
        }
    }
    found
}

/// The mark of the definitions that wait: what a form for another one replaces.
fn mark_of(tables: &[FollowedTable]) -> impl Serialize {
    tables.iter().filter_map(FollowedTable::waiting).collect::<Vec<_>>()
}

/// The table of a project that a text means: as it writes it, else without regard
/// to case. Names may hold dots, so several may be written the same.
fn followed<'a>(tables: &'a [TableMapping], text: &str) -> Result<&'a TableMapping, Sentence> {
    let text = text.trim();
    let mut meant: Vec<&TableMapping> = tables.iter().filter(|table| table.full_name() == text).collect();
    if meant.is_empty() {
        let lower = text.to_lowercase();
        meant = tables.iter().filter(|table| table.full_name().to_lowercase() == lower).collect();
    }
    match meant.as_slice() {
        [table] => Ok(table),
        [] if text.is_empty() => Err(field::REQUIRED.into()),
        [] => Err(Sentence::new(field::NOT_FOLLOWED, &[text])),
        several => {
            let names: Vec<String> =
                several.iter().map(|table| format!("`{}`.`{}`", table.database, table.table)).collect();
            Err(Sentence::new(field::TABLES_ALIKE, &[text, &names.join(", ")]))
        }
    }
}

/// Whether a definition can be given now.
///
/// # Errors
/// The project runs, or is over.
pub fn definable(record: &ProjectRecord) -> Result<()> {
    if state::may_modify(record.status) {
        return Ok(());
    }
    let message = Sentence::of_texts(refusal::DEFINE_STATE, &[record.status.word()]);
    Err(ServiceError::conflict(message, refusal::DEFINE_STATE_REMEDY))
}

impl Service {
    /// The followed tables of a stored project with their versions, in its order.
    ///
    /// # Errors
    /// A failed database.
    pub async fn table_versions(&self, record: &ProjectRecord) -> Result<Vec<FollowedTable>> {
        let (id, tables) = (record.id.clone(), record.tables.clone());
        self.store.read(move |c| Ok(by_table(&tables, checkpoint::schemas(c, &id)?))).await
    }

    /// One followed table of a stored project with its versions.
    ///
    /// # Errors
    /// The project does not follow it.
    pub async fn versions_of(&self, record: &ProjectRecord, table: &str) -> Result<FollowedTable> {
        let table = followed(&record.tables, table).map_err(|why| ServiceError::field("table", why))?.clone();
        let id = record.id.clone();
        let found = self.store.read(move |c| {
            Ok::<_, ServiceError>(by_table(std::slice::from_ref(&table), checkpoint::schemas(c, &id)?))
        });
        found.await?.pop().ok_or(ServiceError::Lost)
    }

    /// The versions of a project's tables, or of one of them.
    ///
    /// # Errors
    /// Unknown project, a table that it does not follow.
    pub async fn schema(&self, actor: &Actor, name: &str, table: Option<&str>) -> Result<Vec<TableVersions>> {
        let record = self.project_record(actor, name).await?;
        let tables = match table {
            Some(table) => vec![self.versions_of(&record, table).await?],
            None => self.table_versions(&record).await?,
        };
        let view = |table: FollowedTable| TableVersions {
            versions: table.versions(0, usize::MAX),
            table: table.table,
        };
        Ok(tables.into_iter().map(view).collect())
    }

    /// The mark that a form for a definition carries.
    ///
    /// # Errors
    /// A failed database.
    pub async fn definitions_mark(&self, record: &ProjectRecord) -> Result<String> {
        Ok(seen::mark(&mark_of(&self.table_versions(record).await?)))
    }

    /// Keeps a CREATE TABLE text as the definition of a followed table for the next
    /// place that wants one. Given again, it changes nothing. `seen` is the mark of
    /// the form that it was typed into.
    ///
    /// # Errors
    /// Unknown project, a state that does not allow it, a table that is not
    /// followed, a text that is not understood, a source that does not answer,
    /// another definition that somebody gave meanwhile.
    pub async fn define(
        &self,
        actor: &Actor,
        name: &str,
        table: &str,
        text: &str,
        seen: &str,
    ) -> Result<TableVersions> {
        let project = self.project_record(actor, name).await?;
        definable(&project)?;
        let mapping = followed(&project.tables, table).map_err(|why| ServiceError::field("table", why))?;
        let written = TableName::new(&mapping.database, &mapping.table);
        if text.trim().is_empty() {
            return Err(ServiceError::field("definition", field::REQUIRED));
        }
        // What a text means is told by the server's kind and version.
        let source = spec::source_of(&self.keyring(), &project).map_err(|error| unusable(&error))?;
        let info = in_time(self.engine.connect(source)).await?;
        let dialect = dialect(project.source.connection.kind, &info.version);
        let schema =
            given::define(text, &written, dialect).map_err(|why| ServiceError::field("definition", why))?;
        let version = Version {
            shape: Shape::Known(Arc::new(schema)),
            known_by: KnownBy::Given,
            statement: String::new(),
            pending: true,
        };
        let (actor, live, id) = (actor.clone(), self.supervisor.live().clone(), project.id.clone());
        let seen = seen.to_owned();
        let full = mapping.full_name();
        let stored_as = written.folded(info.folds_case());
        self.store
            .write(move |tx| {
                let project = find(tx, &actor, &id)?;
                definable(&project)?;
                if live.get(&id).is_some_and(|live| live.active()) {
                    return Err(ServiceError::conflict(refusal::DRAINING, refusal::DRAINING_REMEDY));
                }
                let tables = by_table(&project.tables, checkpoint::schemas(tx, &id)?);
                let known = tables.iter().find(|known| known.table == full);
                let known = known.ok_or_else(|| {
                    ServiceError::field("table", Sentence::new(field::NOT_FOLLOWED, &[&full]))
                })?;
                let unseen = seen::check(&seen, &mark_of(&tables));
                if known.stored.last().is_some_and(|(_, newest)| *newest == version) {
                    return Ok(());
                }
                unseen?;
                let at = checkpoint::newest(tx, &id)?.map_or_else(Position::default, |one| one.position);
                let body = version.write().map_err(|_| ServiceError::Lost)?;
                checkpoint::define(tx, &id, &stored_as, &at, &body)?;
                record(tx, &actor, "define", ObjectKind::Project, &id, &project.name, full.as_str())
            })
            .await?;
        let kept = self.versions_of(&project, &mapping.full_name()).await?;
        Ok(TableVersions { versions: kept.versions(0, 1), table: kept.table })
    }
}
