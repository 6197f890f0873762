//! The shapes of the followed tables, by place.
//!
//! Invariants:
//! - a row is read with the columns that its table had at its place; where they
//!   are not known for sure, the run stops before it;
//! - what the event itself says wins over everything else;
//! - only a statement that may change a table can change its version;
//! - versions are saved with the checkpoint that needs them.
//!
//! Knows no rows, no connection, and nothing of how statements are read.

#[cfg(test)]
mod book_test;
mod state;
mod statements;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use tidewire_words::Sentence;

use crate::checkpoint::{Position, SchemaVersion};
use crate::doors::{LogEnd, Source, SourceFacts};
use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::identity::{Followed, TableName};
use crate::log::body::TableMap;
use crate::log::transaction::Gtids;
use crate::log::wire::Malformed;
use crate::planted::{self, Planted};
use crate::schema::TableSchema;
use crate::stats::Stats;
use crate::words::fault;

use super::binding::{BoundTable, Shown};
use super::dialect::Dialect;
use super::proof::{Proof, Prover};
use super::version::{KnownBy, Shape, Version};

use state::{Doubt, State};

/// Tables that are not followed and whose shapes are kept nevertheless, because
/// one of them may be renamed to a followed one.
const SIDE_TABLES: usize = 64;

/// Shapes of one run.
pub struct SchemaBook {
    source: Arc<dyn Source>,
    stats: Arc<Stats>,
    facts: SourceFacts,
    followed: Followed,
    tables: HashMap<TableName, State>,
    /// Tables beside the followed ones, the oldest first.
    side: VecDeque<TableName>,
    /// Newest version that the place which is read knows.
    version: u64,
    /// Definitions that an operator gave, for the next place that wants one, each
    /// with the place where it was given.
    given: HashMap<TableName, (Arc<TableSchema>, LogEnd)>,
    /// Newest number given out.
    newest: u64,
    unsaved: Vec<SchemaVersion>,
}

/// What a run's shapes begin with.
pub struct Opening {
    /// The server.
    pub source: Arc<dyn Source>,
    /// What is known of it.
    pub facts: SourceFacts,
    /// The tables that are followed.
    pub followed: Followed,
    /// Where a look ahead shows how far it is.
    pub stats: Arc<Stats>,
}

impl SchemaBook {
    /// Starts with the newest stored version of each table that the checkpoint
    /// knows (`up_to`); later numbers are never used twice.
    pub fn new(opening: Opening, stored: Vec<SchemaVersion>, up_to: u64) -> Self {
        let Opening { source, facts, followed, stats } = opening;
        let mut book = Self {
            source,
            stats,
            facts,
            followed,
            tables: HashMap::new(),
            side: VecDeque::new(),
            version: up_to,
            given: HashMap::new(),
            newest: stored.iter().map(|version| version.version).max().unwrap_or(0).max(up_to),
            unsaved: Vec::new(),
        };
        for stored in stored {
            let Ok(version) = Version::read(&stored.body) else {
                log::warn!("stored schema version {} can't be read", stored.version);
                continue;
            };
            let name = book.folded(&stored.database, &stored.table);
            // Whatever is newer than a definition was made with it, or without need of it.
            book.given.remove(&name);
            match version.shape {
                Shape::Known(schema) if version.pending => {
                    let Position { file, offset, .. } = &stored.valid_from;
                    let place = LogEnd { file: file.as_str().into(), offset: *offset };
                    book.given.insert(name, (schema, place));
                }
                _ if version.pending => {}
                _ if stored.version <= up_to => {
                    let at = &stored.valid_from;
                    book.put(name, State::of(&version, format!("{}:{}", at.file, at.offset)));
                }
                // Of a place that is read again.
                _ => {}
            }
        }
        book
    }

    fn folded(&self, database: &str, table: &str) -> TableName {
        TableName::new(database, table).folded(self.facts.folds_case)
    }

    fn dialect(&self) -> Dialect {
        self.facts.dialect
    }

    /// Whether the project follows a table.
    fn follows(&self, name: &TableName) -> bool {
        self.followed.slot(name.clone()).is_some()
    }

    /// Number of the newest version at the place which is read.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Versions that no checkpoint has saved yet, to be stored with one that knows
    /// those up to this number. Later ones wait for theirs.
    pub fn unsaved(&self, up_to: u64) -> Vec<SchemaVersion> {
        let due = self.unsaved.iter().filter(|version| version.version <= up_to);
        due.filter(|_| !planted::is(Planted::VersionsUnsaved)).cloned().collect()
    }

    /// A checkpoint was saved together with every version up to this one.
    pub fn saved(&mut self, version: u64) {
        self.unsaved.retain(|unsaved| unsaved.version > version);
    }

    /// Proves the shapes of tables that have none yet at the place where the run
    /// begins. Those of which a later statement stands in the log stay unknown
    /// until their first row.
    ///
    /// # Errors
    /// The source can't be read.
    pub async fn begin(&mut self, at: &Position) -> PipelineResult<()> {
        let names = self.followed.names().iter();
        let missing: BTreeSet<TableName> = names
            // The database's own collation is that of a table without a name.
            .flat_map(|name| [TableName::new(&*name.database, ""), name.clone()])
            .filter(|name| !self.tables.contains_key(name))
            .collect();
        let missing: Vec<TableName> = missing.into_iter().collect();
        let from = (Arc::from(at.file.as_str()), at.offset);
        let gtids = at.gtid_set.as_deref().and_then(Gtids::parse).filter(|gtids| !gtids.is_empty());
        let prover = Prover { gtids: gtids.as_ref(), ..self.prover() };
        let proofs = prover.prove(&missing, from, None).await?.unwrap_or_default();
        for (name, proof) in missing.into_iter().zip(proofs) {
            match proof {
                Proof::Holds(Ok(Some(schema))) => {
                    self.set(name, State::Known(Arc::new(schema)), KnownBy::Catalogue, "", at)?;
                }
                Proof::Holds(Ok(None)) if name.table.is_empty() => {}
                Proof::Holds(Ok(None)) => {
                    let note =
                        Sentence::new(fault::TABLE_AWAY, &[&format!("{}.{}", name.database, name.table)]);
                    log::warn!("{}", note.en);
                    self.stats.show(|shown| shown.warn(note));
                    self.set(name, State::Gone, KnownBy::Catalogue, "", at)?;
                }
                Proof::Holds(Err(error)) => return Err(error),
                Proof::Changed(later) => {
                    self.put(name, State::Unknown(Doubt::of_start(&later)));
                }
            }
        }
        Ok(())
    }

    fn prover(&self) -> Prover<'_> {
        Prover {
            source: &*self.source,
            stats: &self.stats,
            dialect: self.dialect(),
            fold_case: self.facts.folds_case,
            gtids: None,
        }
    }

    /// Binds the table of a TABLE_MAP. `at` is the place to save a new version
    /// with, `from` file and offset of the event behind the TABLE_MAP.
    ///
    /// # Errors
    /// The columns at this place can't be known: definite.
    pub async fn resolve(
        &mut self,
        slot: usize,
        map: &TableMap<'_>,
        at: &Position,
        from: (Arc<str>, u64),
    ) -> PipelineResult<BoundTable> {
        let malformed = |error: Malformed| PipelineError::new(ErrorKind::EventMalformed, error);
        let shown = Shown::read(map, self.dialect()).map_err(malformed)?;
        let Some(name) = self.followed.name(slot).cloned() else {
            return Err(PipelineError::new(ErrorKind::Internal, fault::NO_TABLE));
        };
        let known = match self.tables.get(&name) {
            Some(State::Known(schema)) => Some(Arc::clone(schema)),
            _ => None,
        };
        if let Some(form) = known.as_ref().and_then(|known| shown.form_of(known))
            && (shown.nulls_fit(&form) || planted::is(Planted::ShapeKept))
        {
            return Ok(shown.bind(slot, &form));
        }
        if let Some(told) = shown.tells(map, known.as_deref(), self.dialect()) {
            let told = Arc::new(told);
            if let Some(form) = shown.form_of(&told) {
                self.set(name, State::Known(told), KnownBy::Event, "", at)?;
                return Ok(shown.bind(slot, &form));
            }
        }
        let proof = self.prover().prove(std::slice::from_ref(&name), from, None).await.map_err(passing)?;
        let proof = proof.and_then(|mut proofs| proofs.pop());
        if let Some(Proof::Holds(Ok(Some(schema)))) = &proof {
            let schema = Arc::new(schema.clone());
            if let Some(form) = shown.form_of(&schema) {
                self.set(name, State::Known(shown.settle(&schema)), KnownBy::Catalogue, "", at)?;
                return Ok(shown.bind(slot, &form));
            }
        }
        // Only what may be NULL differs: a statement does not always say it. Kept as the
        // event has it, so that nothing has to be proven again at its next one.
        if let Some(known) = known
            && let Some(form) = shown.form_of(&known)
        {
            self.set(name, State::Known(shown.settle(&known)), KnownBy::Event, "", at)?;
            return Ok(shown.bind(slot, &form));
        }
        if let Some((schema, _)) = self.given.get(&name).cloned() {
            let Some(form) = shown.form_of(&schema) else {
                let mismatch = shown.mismatch(Some(&schema));
                let detail = Sentence::new(fault::GIVEN_SHAPE, &[&mismatch.catalogue, &mismatch.stream]);
                return Err(unknown(&name, &detail));
            };
            self.given.remove(&name);
            self.set(name, State::Known(shown.settle(&schema)), KnownBy::Given, "", at)?;
            return Ok(shown.bind(slot, &form));
        }
        if let Some(Proof::Holds(Err(error))) = proof {
            return Err(error);
        }
        if let Some(kind) = shown.unreadable() {
            let full = format!("{}.{}", name.database, name.table);
            let detail = Sentence::new(fault::OF_TABLE, &[&full, kind]);
            return Err(PipelineError::new(ErrorKind::ColumnUnsupported, detail).at_table(full));
        }
        Err(unknown(&name, &self.why(&name, proof.as_ref(), &shown)))
    }

    /// Why a shape is not known: the statement, the place and both shapes.
    fn why(&self, name: &TableName, proof: Option<&Proof>, shown: &Shown<'_>) -> Sentence {
        let doubt = match self.tables.get(name) {
            Some(State::Unknown(doubt)) => doubt.clone(),
            Some(State::Known(schema)) => Doubt { before: schema.shape(), ..Doubt::default() },
            Some(State::Gone) | None => Doubt::default(),
        };
        let (catalogue, later) = match proof {
            Some(Proof::Holds(Ok(schema))) => (schema.as_ref(), None),
            Some(Proof::Changed(later)) => (None, Some(later)),
            _ => (None, None),
        };
        let stream = shown.mismatch(None).stream;
        let statement = doubt.statement.as_deref().or(later.map(|later| later.statement.as_str()));
        let place = doubt.place.as_deref().or(later.map(|later| later.place.as_str()));
        if let (Some(statement), Some(place)) = (statement, place) {
            return Sentence::new(fault::SHAPE_AFTER, &[statement, place, &doubt.before, &stream]);
        }
        let shape = catalogue.map_or_else(|| doubt.before.clone(), TableSchema::shape);
        Sentence::new(fault::SHAPES, &[&shape, &stream])
    }

    /// Makes a state the table's, and a version of it.
    fn set(
        &mut self,
        name: TableName,
        state: State,
        known_by: KnownBy,
        statement: &str,
        at: &Position,
    ) -> PipelineResult<()> {
        if self.tables.get(&name) == Some(&state) {
            return Ok(());
        }
        let version =
            Version { shape: state.shape(), known_by, statement: statement.to_owned(), pending: false };
        let body =
            version.write().map_err(|error| PipelineError::new(ErrorKind::Internal, error.to_string()))?;
        self.add_version(name.clone(), at, body);
        let Some(left_out) = self.put(name, state) else { return Ok(()) };
        let gone = Version { shape: Shape::Gone, known_by, statement: String::new(), pending: false };
        let body =
            gone.write().map_err(|error| PipelineError::new(ErrorKind::Internal, error.to_string()))?;
        self.add_version(left_out, at, body);
        Ok(())
    }

    fn add_version(&mut self, name: TableName, at: &Position, body: String) {
        self.newest += 1;
        self.version = self.newest;
        let TableName { database, table } = name;
        let valid_from = at.clone();
        self.unsaved.push(SchemaVersion { version: self.version, database, table, valid_from, body });
    }

    /// Makes a state the table's. Tables beside the followed ones are bounded: gives
    /// the one that has to go for it.
    fn put(&mut self, name: TableName, state: State) -> Option<TableName> {
        if self.follows(&name) || name.table.is_empty() {
            self.tables.insert(name, state);
            return None;
        }
        self.side.retain(|side| *side != name);
        if !matches!(state, State::Known(_)) {
            self.tables.remove(&name);
            return None;
        }
        self.side.push_back(name.clone());
        self.tables.insert(name, state);
        let oldest = if self.side.len() > SIDE_TABLES { self.side.pop_front() } else { None };
        oldest.inspect(|oldest| drop(self.tables.remove(oldest)))
    }

    /// Whether a table may matter: it is followed, lies beside one that is and may
    /// come to be renamed to it, or was followed before and may be again.
    fn concerns(&self, name: &TableName) -> bool {
        self.tables.contains_key(name)
            || self.followed.names().iter().any(|followed| followed.database == name.database)
    }

    fn warn(&self, text: tidewire_words::Text, name: &TableName, statement: &str, at: &Position) {
        let full = format!("{}.{}", name.database, name.table);
        let place = format!("{}:{}", at.file, at.offset);
        let time = i64::try_from(at.commit_micros)
            .ok()
            .filter(|micros| *micros > 0)
            .and_then(|micros| jiff::Timestamp::from_microsecond(micros).ok())
            .map_or_else(|| "?".to_owned(), |time| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string());
        let note = Sentence::new(text, &[&full, &place, &time, statement]);
        log::warn!("{}", note.en);
        self.stats.show(|shown| shown.warn(note));
    }
}

fn unknown(name: &TableName, detail: &Sentence) -> PipelineError {
    let full = format!("{}.{}", name.database, name.table);
    let detail = Sentence::of_messages(fault::OF_TABLE, &[&full.as_str().into(), detail]);
    PipelineError::new(ErrorKind::SchemaUnknown, detail).at_table(full)
}

/// A server that no longer has the place that is read just now is another one: the
/// run begins anew, and finds out.
fn passing(mut error: PipelineError) -> PipelineError {
    if matches!(error.kind, ErrorKind::PositionPurged | ErrorKind::LogRenumbered) {
        error.kind = ErrorKind::SourceClosed;
    }
    error
}
