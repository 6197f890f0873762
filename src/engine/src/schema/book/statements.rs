//! What statements do to the versions. A statement that is understood makes the
//! next version from the one before; where the end of the log is near, the
//! catalogue is asked as well, and wins.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use tidewire_words::Sentence;

use crate::checkpoint::Position;
use crate::doors::LogEnd;
use crate::error::PipelineResult;
use crate::identity::TableName;
use crate::log::body::Query;
use crate::planted::{self, Planted};
use crate::schema::TableSchema;
use crate::schema::ddl::create::Definition;
use crate::schema::ddl::datatype::Surroundings;
use crate::schema::ddl::{Change, Meaning, Statement, TablePair, apply};
use crate::schema::dialect::Server;
use crate::schema::proof::Proof;
use crate::schema::version::{KnownBy, shortened};
use crate::words::fault;

use super::state::{Doubt, State};
use super::{SchemaBook, TableName as Name, passing};

/// How far the end of the log may be for the catalogue to be asked at a
/// statement: as much is read a second time at most.
const NEAR: u64 = 16 << 20;

impl SchemaBook {
    /// Takes in a statement; `at` is the place behind it.
    ///
    /// # Errors
    /// The source can't be read.
    pub async fn ddl(&mut self, query: &Query<'_>, at: &Position) -> PipelineResult<()> {
        let statement = Statement::of(query);
        let sql = shortened(&statement.sql);
        let before = self.before();
        let meaning = statement.meaning(self.dialect());
        if !matches!(meaning, Meaning::Nothing) {
            self.use_given(&statement, at)?;
        }
        let touched: BTreeSet<Name> = match meaning {
            Meaning::Nothing => return Ok(()),
            Meaning::Unclear => self.unclear(&statement, &sql, at)?,
            Meaning::Changes(changes) => {
                let mut touched = BTreeSet::new();
                for change in &changes {
                    touched.extend(self.change(change, &statement, &sql, at)?);
                }
                touched
            }
        };
        let followed: Vec<Name> = touched.into_iter().filter(|name| self.follows(name)).collect();
        for name in &followed {
            if self.tables.get(name) == Some(&State::Gone) {
                self.warn(fault::TABLE_LEFT, name, &sql, at);
            }
        }
        self.compare(followed, &before, &sql, at).await
    }

    /// A definition that was given for a place before this statement is what the
    /// statement changes: behind it, it would be a shape of before.
    fn use_given(&mut self, statement: &Statement, at: &Position) -> PipelineResult<()> {
        if self.given.is_empty() {
            return Ok(());
        }
        let here = LogEnd { file: at.file.as_str().into(), offset: at.offset };
        let named: Vec<Name> =
            statement.named(self.dialect()).iter().map(|pair| self.name_of(pair)).collect();
        for name in named {
            let Some((_, place)) = self.given.get(&name) else { continue };
            let is_before = here.is_ahead_of(&place.file, place.offset);
            if !is_before && here.is_reached(&place.file, place.offset) {
                continue;
            }
            let Some((schema, _)) = self.given.remove(&name) else { continue };
            // Of a place in another server's files nobody knows which comes first: it has
            // to be given again.
            if is_before && !matches!(self.tables.get(&name), Some(State::Known(_))) {
                self.set(name, State::Known(schema), KnownBy::Given, "", at)?;
            }
        }
        Ok(())
    }

    /// What followed tables are before a statement, where the catalogue may lag behind
    /// the log: nodes of OceanBase take a new schema over one after the other.
    fn before(&self) -> HashMap<Name, Arc<TableSchema>> {
        if self.dialect().server != Server::OceanBase {
            return HashMap::new();
        }
        let known = |name: &Name| match self.tables.get(name)? {
            State::Known(schema) => Some((name.clone(), Arc::clone(schema))),
            _ => None,
        };
        self.followed.names().iter().filter_map(known).collect()
    }

    /// Every table that a statement names may be another one behind it.
    fn unclear(&mut self, statement: &Statement, sql: &str, at: &Position) -> PipelineResult<BTreeSet<Name>> {
        let named = statement.named(self.dialect());
        let named: BTreeSet<Name> = named
            .iter()
            .map(|pair| self.name_of(pair))
            .filter(|name| !name.table.is_empty() && self.tables.contains_key(name))
            .collect();
        for name in &named {
            self.become_known(name, None, sql, at)?;
        }
        Ok(named)
    }

    fn doubt(&mut self, name: &Name, sql: &str, at: &Position) -> PipelineResult<()> {
        let before = match self.tables.get(name) {
            Some(State::Known(schema)) => schema.shape(),
            Some(State::Unknown(doubt)) => doubt.before.clone(),
            Some(State::Gone) | None => "?".to_owned(),
        };
        let doubt = Doubt { statement: Some(sql.to_owned()), place: Some(place_of(at)), before };
        self.set(name.clone(), State::Unknown(doubt), KnownBy::Statement, sql, at)
    }

    fn name_of(&self, pair: &TablePair) -> Name {
        self.folded(&pair.0, &pair.1)
    }

    /// Applies one change; returns the tables that it concerns.
    fn change(
        &mut self,
        change: &Change,
        statement: &Statement,
        sql: &str,
        at: &Position,
    ) -> PipelineResult<Vec<Name>> {
        match change {
            Change::Truncate(table) => {
                let name = self.name_of(table);
                if self.follows(&name) {
                    self.warn(fault::TRUNCATED, &name, sql, at);
                }
                Ok(Vec::new())
            }
            Change::Create { table, if_not_exists, definition } => {
                let name = self.name_of(table);
                match self.tables.get(&name) {
                    Some(State::Known(_) | State::Unknown(_)) if *if_not_exists => return Ok(Vec::new()),
                    _ => {}
                }
                let made = match definition {
                    Definition::Like(of) => match self.tables.get(&self.name_of(of)) {
                        Some(State::Known(schema)) => Some(apply::copied(schema, table)),
                        _ => None,
                    },
                    Definition::Columns { .. } => {
                        let collation = self.database_collation(&table.0);
                        apply::created(table, definition, self.surroundings(statement, &collation))
                    }
                };
                self.become_known(&name, made, sql, at)?;
                Ok(vec![name])
            }
            Change::Alter { table, actions } if !actions.is_empty() => {
                let name = self.name_of(table);
                let Some(State::Known(schema)) = self.tables.get(&name).cloned() else {
                    self.become_known(&name, None, sql, at)?;
                    return Ok(vec![name]);
                };
                let next = apply::altered(&schema, actions, self.surroundings(statement, &schema.collation));
                if next.as_ref() == Some(&*schema) {
                    return Ok(Vec::new());
                }
                self.become_known(&name, next, sql, at)?;
                Ok(vec![name])
            }
            Change::Alter { .. } => Ok(Vec::new()),
            Change::Drop(table) => {
                let name = self.name_of(table);
                self.set_gone(&name, sql, at)?;
                Ok(vec![name])
            }
            Change::DropDatabase(database) => {
                let in_it: Vec<Name> = self
                    .tables
                    .keys()
                    .filter(|name| !name.table.is_empty() && self.folded(database, &name.table) == **name)
                    .cloned()
                    .collect();
                for name in &in_it {
                    self.set_gone(name, sql, at)?;
                }
                Ok(in_it)
            }
            Change::Rename { from, to } => self.rename(from, to, sql, at),
            Change::Database { name, charset, collation } => {
                let around = self.surroundings(statement, "");
                let chosen = apply::chosen(charset.as_deref(), collation.as_deref(), around);
                self.set_database(name, chosen, sql, at)?;
                Ok(Vec::new())
            }
        }
    }

    fn rename(
        &mut self,
        from: &TablePair,
        to: &TablePair,
        sql: &str,
        at: &Position,
    ) -> PipelineResult<Vec<Name>> {
        let (old, new) = (self.name_of(from), self.name_of(to));
        let moved = match self.tables.get(&old) {
            Some(State::Known(schema)) => Some(apply::copied(schema, to)),
            _ => None,
        };
        self.set_gone(&old, sql, at)?;
        self.become_known(&new, moved, sql, at)?;
        Ok(vec![old, new])
    }

    /// A table is what a statement made of it, or has to be proven.
    fn become_known(
        &mut self,
        name: &Name,
        schema: Option<TableSchema>,
        sql: &str,
        at: &Position,
    ) -> PipelineResult<()> {
        match schema {
            Some(_) if !self.concerns(name) => Ok(()),
            Some(schema) if !planted::is(Planted::ShapeKept) => {
                let TableName { database, table } = name.clone();
                let schema = TableSchema { database, table, ..schema };
                self.set(name.clone(), State::Known(Arc::new(schema)), KnownBy::Statement, sql, at)
            }
            Some(_) => Ok(()),
            None if self.follows(name) => self.doubt(name, sql, at),
            // One beside the followed ones is forgotten.
            None => self.set_gone(name, sql, at),
        }
    }

    /// The collation of tables to come in a database; empty when it is not known.
    fn database_collation(&self, database: &str) -> String {
        match self.tables.get(&self.folded(database, "")) {
            Some(State::Known(schema)) => schema.collation.clone(),
            _ => String::new(),
        }
    }

    /// A database's own collation is kept as that of a table without a name.
    fn set_database(
        &mut self,
        database: &str,
        collation: Option<String>,
        sql: &str,
        at: &Position,
    ) -> PipelineResult<()> {
        let name = self.folded(database, "");
        if !self.tables.contains_key(&name) {
            return Ok(());
        }
        let Some(collation) = collation else { return self.doubt(&name, sql, at) };
        let schema = TableSchema { collation, ..TableSchema::new(database, "", Vec::new(), Vec::new()) };
        self.set(name, State::Known(Arc::new(schema)), KnownBy::Statement, sql, at)
    }

    fn set_gone(&mut self, name: &Name, sql: &str, at: &Position) -> PipelineResult<()> {
        if !self.tables.contains_key(name) {
            return Ok(());
        }
        self.set(name.clone(), State::Gone, KnownBy::Statement, sql, at)
    }

    fn surroundings<'a>(&self, statement: &Statement, collation: &'a str) -> Surroundings<'a> {
        Surroundings { dialect: self.dialect(), collation, utf8mb4: statement.utf8mb4 }
    }

    /// Holds what statements made of tables against the catalogue, where the log's
    /// end is near enough; a table that is not known may become so.
    async fn compare(
        &mut self,
        tables: Vec<Name>,
        before: &HashMap<Name, Arc<TableSchema>>,
        sql: &str,
        at: &Position,
    ) -> PipelineResult<()> {
        let from = (Arc::from(at.file.as_str()), at.offset);
        let proofs = self.prover().prove(&tables, from, Some(NEAR)).await.map_err(passing)?;
        let Some(proofs) = proofs else { return Ok(()) };
        for (name, proof) in tables.into_iter().zip(proofs) {
            let Proof::Holds(Ok(read)) = proof else { continue };
            let read = read.map(Arc::new);
            match (self.tables.get(&name), read) {
                // It has not come that far.
                (Some(State::Known(own)), Some(read))
                    if before.get(&name).is_some_and(|before| {
                        before.shape() == read.shape() && own.shape() != read.shape()
                    }) => {}
                (Some(State::Known(own)), Some(read)) if *own != read => {
                    self.warn_differs(&name, own, &read, sql);
                    self.set(name, State::Known(read), KnownBy::Catalogue, sql, at)?;
                }
                (Some(State::Unknown(_) | State::Gone) | None, Some(read)) => {
                    self.set(name, State::Known(read), KnownBy::Catalogue, sql, at)?;
                }
                (Some(State::Known(_) | State::Unknown(_)), None) => {
                    self.set(name, State::Gone, KnownBy::Catalogue, sql, at)?;
                }
                (Some(State::Known(_)), Some(_)) | (Some(State::Gone) | None, None) => {}
            }
        }
        Ok(())
    }

    fn warn_differs(&self, name: &Name, own: &TableSchema, read: &TableSchema, sql: &str) {
        // Only how columns are declared: nothing that a row could show.
        if own.shape() == read.shape() {
            log::warn!(
                "{}.{}: a statement made another declaration than the catalogue shows: {sql}; {} / {}",
                name.database,
                name.table,
                own.declaration(),
                read.declaration()
            );
            return;
        }
        let full = format!("{}.{}", name.database, name.table);
        let note = Sentence::new(fault::STATEMENT_MISREAD, &[&full, &own.shape(), &read.shape(), sql]);
        log::warn!("{}", note.en);
        self.stats.show(|shown| shown.warn(note));
    }
}

fn place_of(at: &Position) -> String {
    format!("{}:{}", at.file, at.offset)
}
