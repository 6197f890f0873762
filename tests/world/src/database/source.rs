//! The model database as the engine's [`Source`].

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tidewire_engine::doors::{Described, Events, LogEnd, OpenLog, Source, SourceFacts};
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_engine::identity::TableName;
use tidewire_engine::log::domains::Domains;
use tidewire_engine::log::transaction::{Gtids, Place};
use tidewire_engine::project::StartPoint;
use tidewire_engine::schema::declared::{RawColumn, build_column};
use tidewire_engine::schema::dialect::Dialect as ServerDialect;
use tidewire_engine::schema::{Index, IndexPart, TableSchema};
use tokio::time::{Instant, sleep};

use super::events::Stream;
use super::shape::Shape;
use super::{Database, Dialect, resume};
use crate::Later;
use crate::clock::WallClock;
use crate::random::Random;
use crate::value::Charset;

/// What goes wrong at the source.
#[derive(Debug, Default)]
pub struct Faults {
    /// Nobody can connect before this moment.
    pub refused_until: Option<Instant>,
    /// The account is refused before this moment.
    pub denied_until: Option<Instant>,
    /// Streams that were opened as this number or before are broken.
    pub broken: u64,
    /// The same, silent.
    pub silent: u64,
    /// How many of a thousand events are late.
    pub late_permille: u64,
}

/// The server: its database and what is wrong with it.
#[derive(Debug)]
pub struct ServerState {
    /// The database.
    pub database: Database,
    /// What goes wrong.
    pub faults: Faults,
    /// Streams opened so far.
    pub streams: u64,
    /// How many servers there had been when one was described last.
    pub described: u64,
    /// Calls of `locate` so far.
    pub located: u64,
    /// Chance of the door.
    pub random: Random,
}

/// The server behind its door.
#[derive(Debug)]
pub struct Server {
    state: Mutex<ServerState>,
    /// Its clock.
    pub clock: WallClock,
}

impl Server {
    /// A server.
    #[must_use]
    pub fn new(database: Database, clock: WallClock, random: Random) -> Self {
        let faults = Faults { late_permille: 30, ..Faults::default() };
        let state = ServerState { database, faults, streams: 0, described: 0, located: 0, random };
        Self { state: Mutex::new(state), clock }
    }

    /// Its state. Nobody holds it over an await.
    ///
    /// # Panics
    /// When a holder panicked.
    pub fn state(&self) -> MutexGuard<'_, ServerState> {
        self.state.lock().expect("no holder panicked")
    }

    /// The way to the server: takes a while, and may be closed.
    async fn reach(&self) -> PipelineResult<()> {
        let pause = self.state().random.below(100);
        if pause > 70 {
            sleep(Duration::from_millis(pause - 70)).await;
        }
        let faults = &self.state().faults;
        let holds = |until: Option<Instant>| until.is_some_and(|until| until > Instant::now());
        if holds(faults.refused_until) {
            return Err(PipelineError::new(ErrorKind::SourceUnreachable, "the model refuses connections"));
        }
        if holds(faults.denied_until) {
            return Err(PipelineError::new(ErrorKind::SourceDenied, "the model refuses the account"));
        }
        Ok(())
    }

    fn locate_now(&self) -> Place {
        let state = &mut *self.state();
        state.located += 1;
        let database = &state.database;
        let (file, offset) = database.log.end();
        let at_end =
            Place { file: file.into(), offset, gtids: None, last: None, commit_micros: 0, skip_before: None };
        match database.settings.dialect {
            // The service's end can lie inside a transaction; "now" is a time there.
            Dialect::BinlogService => {
                let skip_before = Some(self.clock.now().saturating_sub(1_000_000));
                Place { offset: 4, skip_before, ..at_end }
            }
            Dialect::MySql => Place { gtids: Some(Gtids::Set(resume::executed(database))), ..at_end },
            Dialect::MariaDb => {
                let mut domains = Domains::default();
                if database.gtid > 0 {
                    domains.add(0, database.settings.server_id, database.gtid);
                }
                Place { gtids: Some(Gtids::Domains(domains)), ..at_end }
            }
            Dialect::Anonymous | Dialect::Plain => at_end,
        }
    }
}

/// A shape as the catalogue tells it.
///
/// # Errors
/// A column that can't be followed: never for what the model makes.
pub fn described(shape: &Shape, dialect: ServerDialect) -> PipelineResult<TableSchema> {
    let columns = shape.columns.iter().enumerate().map(|(index, column)| {
        let charset = column.kind.charset();
        let blind = shape.case_blind && shape.key.contains(&index);
        build_column(&RawColumn {
            name: column.name.clone(),
            data_type: column.kind.name().to_owned(),
            column_type: column.kind.catalogued(dialect),
            charset: charset.map_or("", Charset::name).to_owned(),
            collation: charset.map_or_else(String::new, |charset| collation(charset, blind)),
            nullable: column.nullable,
            escaped_labels: dialect.escapes_labels(),
            ..RawColumn::default()
        })
    });
    let columns = columns.collect::<PipelineResult<_>>()?;
    let mut schema = TableSchema::new(&*shape.database, &*shape.table, columns, Vec::new());
    "utf8mb4_general_ci".clone_into(&mut schema.collation);
    if !shape.key.is_empty() {
        let name = if shape.primary { "PRIMARY" } else { "by_key" }.to_owned();
        let part =
            |index: &usize| IndexPart { column: Some(shape.columns[*index].name.clone()), prefix: false };
        schema.indexes.push(Index { name, parts: shape.key.iter().map(part).collect(), hash: false });
    }
    schema.choose_key();
    Ok(schema)
}

/// The collation that the model's columns have.
#[must_use]
pub fn collation(charset: Charset, blind: bool) -> String {
    match (charset, blind) {
        (Charset::Utf8mb4, true) => "utf8mb4_general_ci".to_owned(),
        (Charset::Latin1, true) => "latin1_swedish_ci".to_owned(),
        (Charset::Gbk, true) => "gbk_chinese_ci".to_owned(),
        (charset, false) => format!("{}_bin", charset.name()),
    }
}

/// The engine's way to a server. Streams keep it, so it is shared.
#[derive(Clone, Debug)]
pub struct Door(pub Arc<Server>);

impl Source for Door {
    fn describe(&self) -> Later<'_, PipelineResult<SourceFacts>> {
        Box::pin(async move {
            self.0.reach().await?;
            let state = &mut *self.0.state();
            state.described = state.database.servers;
            let dialect = state.database.settings.dialect.server();
            Ok(SourceFacts { folds_case: false, dialect })
        })
    }

    fn locate(&self, start: StartPoint) -> Later<'_, PipelineResult<Place>> {
        Box::pin(async move {
            self.0.reach().await?;
            match start {
                StartPoint::Now => Ok(self.0.locate_now()),
                StartPoint::AtMicros(micros) => {
                    let state = &*self.0.state();
                    // A minute earlier, because commit times need not be in order.
                    let wanted = micros.saturating_sub(60_000_000);
                    let files = state.database.log.files.iter();
                    let file = files
                        .rev()
                        .find(|file| file.first_commit.is_some_and(|first| first <= wanted))
                        .unwrap_or(&state.database.log.files[0]);
                    Ok(Place {
                        file: file.name.as_str().into(),
                        offset: 4,
                        gtids: None,
                        last: None,
                        commit_micros: 0,
                        skip_before: Some(micros),
                    })
                }
            }
        })
    }

    fn end(&self) -> Later<'_, PipelineResult<LogEnd>> {
        Box::pin(async move {
            self.0.reach().await?;
            let state = self.0.state();
            if state.described != state.database.servers {
                return Err(PipelineError::new(ErrorKind::SourceClosed, "the model is another server"));
            }
            let (file, offset) = state.database.log.end();
            Ok(LogEnd { file: file.into(), offset })
        })
    }

    fn schemas<'a>(&'a self, tables: &'a [TableName]) -> Later<'a, PipelineResult<Vec<Described>>> {
        Box::pin(async move {
            self.0.reach().await?;
            let state = &mut *self.0.state();
            let dialect = state.database.settings.dialect.server();
            let read = |name: &TableName| {
                if name.table.is_empty() {
                    let mut schema = TableSchema::new(&*name.database, "", Vec::new(), Vec::new());
                    "utf8mb4_general_ci".clone_into(&mut schema.collation);
                    return Ok(Some(schema));
                }
                let table = state.database.table(&name.database, &name.table);
                table.map(|table| described(&table.shape, dialect)).transpose()
            };
            Ok(tables.iter().map(read).collect())
        })
    }

    fn open<'a>(&'a self, place: &'a Place) -> Later<'a, PipelineResult<OpenLog>> {
        Box::pin(async move {
            self.0.reach().await?;
            let (begin, expected) = resume::begin(&self.0.state().database, place)?;
            let from = match &begin.without {
                Some(_) => (Arc::from(""), 0),
                None => (Arc::from(&*self.0.state().database.log.files[begin.file].name), begin.offset),
            };
            let (number, random) = {
                let state = &mut *self.0.state();
                state.streams += 1;
                (state.streams, state.random.fork())
            };
            Ok(OpenLog {
                events: Box::new(Stream::new(Arc::clone(&self.0), number, begin, random)),
                expected,
                from,
            })
        })
    }

    fn look_ahead<'a>(&'a self, place: &'a Place) -> Later<'a, PipelineResult<Box<dyn Events>>> {
        Box::pin(async move {
            self.0.reach().await?;
            let begin = resume::look_from(&self.0.state().database, place)?;
            let (number, random) = {
                let state = &mut *self.0.state();
                state.streams += 1;
                (state.streams, state.random.fork())
            };
            let events = Stream::new(Arc::clone(&self.0), number, begin, random);
            Ok(Box::new(events) as Box<dyn Events>)
        })
    }
}
