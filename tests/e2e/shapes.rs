//! What statements make of a table, against the catalogues of real servers: random statements are
//! run, and after each the version that the statement alone makes has to be what the catalogue shows.

mod generator;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use mysql_async::Conn;
use tidewire_engine::checkpoint::{Position, SchemaVersion};
use tidewire_engine::doors::{Source as _, SourceFacts};
use tidewire_engine::endpoint::DatasourceKind;
use tidewire_engine::error::PipelineError;
use tidewire_engine::identity::{Followed, TableName};
use tidewire_engine::log::body::{self, kind};
use tidewire_engine::project::StartPoint;
use tidewire_engine::schema::TableSchema;
use tidewire_engine::schema::book::{Opening, SchemaBook};
use tidewire_engine::schema::version::{KnownBy, Shape, Version};
use tidewire_mysql::catalogue;
use tidewire_rig::{OceanBase, sql};

use crate::far::Far;
use crate::servers::story;
use crate::source::Source;

use generator::{Can, Generator};

const DATABASE: &str = "shapes";
/// Statements a server; `TIDEWIRE_SHAPES` asks for another number.
const STATEMENTS: usize = 400;
/// How long the log may take to tell them all.
const PATIENCE: Duration = Duration::from_mins(2);
/// A small number of tables, so that each goes through many statements.
const TABLES: [&str; 6] = ["t0", "t1", "t2", "t3", "t4", "t5"];

/// A statement that a server carried out, and what its table was behind it.
struct Done {
    sql: String,
    table: String,
    after: Option<TableSchema>,
}

/// Runs random statements; those that the server refuses are left out.
async fn carry_out(mut session: Conn, kind: DatasourceKind, can: Can) -> Result<Vec<Done>> {
    let begin =
        [&*format!("CREATE DATABASE {DATABASE} DEFAULT CHARSET utf8mb4"), &*format!("USE {DATABASE}")];
    sql::run(&mut session, &begin).await?;
    let mut generator = Generator::new(7, can);
    let mut known: Vec<Option<TableSchema>> = vec![None; TABLES.len()];
    // seekdb takes half a second a statement.
    let usual = if kind == DatasourceKind::OceanbaseCe { STATEMENTS / 8 } else { STATEMENTS };
    let wanted = std::env::var("TIDEWIRE_SHAPES").ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let mut done = Vec::new();
    let mut tried = 0;
    while done.len() < wanted && tried < wanted * 6 {
        tried += 1;
        let index = generator.random.below(TABLES.len());
        let table = TABLES[index];
        for statement in generator.statement(table, known[index].as_ref()) {
            if sql::run(&mut session, &[&statement]).await.is_err() {
                break;
            }
            let names = [TableName::new(DATABASE, table)];
            known[index] = catalogue::read_schemas(&mut session, kind, &names).await?.remove(0)?;
            done.push(Done { sql: statement, table: table.to_owned(), after: known[index].clone() });
        }
        for name in [format!("{table}_old"), format!("{table}_new")] {
            // Mostly it is not there.
            sql::run(&mut session, &[&format!("DROP TABLE {name}")]).await.ok();
        }
    }
    session.disconnect().await?;
    ensure!(done.len() >= wanted, "only {} of {tried} statements were carried out", done.len());
    Ok(done)
}

/// What the book makes of the statements: the newest version of each table.
struct Follower {
    book: SchemaBook,
    number: u64,
    newest: HashMap<String, Version>,
}

impl Follower {
    fn new(facts: SourceFacts) -> Self {
        let names = TABLES.iter().map(|table| TableName::new(DATABASE, *table));
        let opening = Opening {
            source: Arc::new(Far(facts)),
            facts,
            followed: Followed::new(names, facts.folds_case),
            stats: Arc::default(),
        };
        let gone = |(index, table): (usize, &&str)| SchemaVersion {
            version: index as u64 + 1,
            database: DATABASE.to_owned(),
            table: (*table).to_owned(),
            valid_from: Position::default(),
            body: Version {
                shape: Shape::Gone,
                known_by: KnownBy::Given,
                statement: String::new(),
                pending: false,
            }
            .write()
            .expect("it can be written"),
        };
        let stored: Vec<SchemaVersion> = TABLES.iter().enumerate().map(gone).collect();
        let up_to = TABLES.len() as u64;
        Self { book: SchemaBook::new(opening, stored, up_to), number: 0, newest: HashMap::new() }
    }

    async fn take(&mut self, query: &body::Query<'_>) -> Result<()> {
        self.number += 1;
        let at = Position { file: "log.000001".to_owned(), offset: self.number, ..Position::default() };
        self.book.ddl(query, &at).await.map_err(|error| anyhow::anyhow!("{error}"))?;
        for version in self.book.unsaved(u64::MAX) {
            self.newest.insert(version.table, Version::read(&version.body)?);
        }
        self.book.saved(self.book.version());
        Ok(())
    }

    /// What is wrong behind a statement.
    fn differs(&self, done: &Done) -> Option<Wrong> {
        let own = self.newest.get(&done.table).map(|version| &version.shape);
        match (own, &done.after) {
            (Some(Shape::Unknown(_)), Some(_)) => Some(Wrong::NotUnderstood),
            (Some(Shape::Known(own)), Some(after)) if **own == *after => None,
            (None | Some(Shape::Gone), None) => None,
            (Some(Shape::Known(own)), Some(after)) => Some(Wrong::Differs(difference(&done.sql, own, after))),
            (own, after) => Some(Wrong::Differs(format!("{}: {own:?} / {after:?}", done.sql))),
        }
    }
}

/// The statement, and what it made differently.
fn difference(sql: &str, own: &TableSchema, is: &TableSchema) -> String {
    let mut text = format!("{sql}\n  order {}", own.columns.len() == is.columns.len());
    for (own, is) in own.columns.iter().zip(&is.columns) {
        if own != is {
            write!(text, "\n  own {own:?}\n  is  {is:?}").unwrap();
        }
    }
    for (own, is) in own.indexes.iter().zip(&is.indexes) {
        if own != is {
            write!(text, "\n  own {own:?}\n  is  {is:?}").unwrap();
        }
    }
    if own.collation != is.collation || own.indexes.len() != is.indexes.len() {
        write!(text, "\n  own {} {:?}\n  is  {} {:?}", own.collation, own.indexes, is.collation, is.indexes)
            .unwrap();
    }
    text
}

enum Wrong {
    NotUnderstood,
    Differs(String),
}

#[derive(Default)]
struct Report {
    understood: usize,
    unclear: Vec<String>,
    wrong: Vec<String>,
}

impl Report {
    fn note(&mut self, follower: &Follower, done: &Done) {
        match follower.differs(done) {
            None => self.understood += 1,
            Some(Wrong::NotUnderstood) => self.unclear.push(done.sql.clone()),
            Some(Wrong::Differs(what)) => self.wrong.push(what),
        }
    }

    fn judge(self, name: &str) -> Result<()> {
        println!(
            "{name}: {} statements understood, {} not, {} wrong",
            self.understood,
            self.unclear.len(),
            self.wrong.len()
        );
        for sql in self.unclear.iter().take(5) {
            println!("not understood: {sql}");
        }
        ensure!(
            self.wrong.is_empty(),
            "{}: {}",
            self.wrong.len(),
            self.wrong.iter().take(8).cloned().collect::<Vec<_>>().join("\n")
        );
        // A table that is not known stays so until it is made anew, and counts each time.
        ensure!(
            self.unclear.len() * 4 < self.understood,
            "{} statements were not understood",
            self.unclear.len()
        );
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
fn plain(error: PipelineError) -> anyhow::Error {
    anyhow::anyhow!("{error}")
}

/// Servers whose own log is read: the statements as they stand there.
async fn from_the_log(source: Source, kind: DatasourceKind, can: Can) -> Result<()> {
    let door = source.door("shapes");
    let facts = door.describe().await.map_err(plain)?;
    let place = door.locate(StartPoint::Now).await.map_err(plain)?;
    let done = carry_out(source.connect().await?, kind, can).await?;
    let mut events = door.look_ahead(&place).await.map_err(plain)?;
    let mut follower = Follower::new(facts);
    let mut report = Report::default();
    let mut next = done.iter();
    let mut waiting = next.next();
    let begun = Instant::now();
    while let Some(done) = waiting {
        std::future::poll_fn(|cx| events.poll_next(cx)).await.map_err(plain)?;
        let event = events.current();
        // A server that leaves out what is behind the place says that it is there, too.
        ensure!(begun.elapsed() < PATIENCE, "{} is not in the log", done.sql);
        if event.kind != kind::QUERY {
            continue;
        }
        let query = body::query(event.body).map_err(|error| anyhow::anyhow!("{error}"))?;
        let text = String::from_utf8_lossy(query.sql).into_owned();
        if query.database != DATABASE.as_bytes() || text.starts_with("CREATE DATABASE") {
            continue;
        }
        follower.take(&query).await?;
        // What is put away in between stands there, too, written anew by the server.
        if !text.starts_with("DROP TABLE") || done.sql.starts_with("DROP TABLE") && !text.contains('_') {
            report.note(&follower, done);
            waiting = next.next();
        }
    }
    events.close().await;
    report.judge(source.name())
}

/// A server without such a log: the statements as they were typed.
async fn as_typed(rig: &OceanBase, can: Can) -> Result<()> {
    let kind = DatasourceKind::OceanbaseCe;
    let seekdb = rig.seekdb();
    let version = seekdb.sql("SELECT VERSION()").await?.remove(0).remove(0).context("no version")?;
    let facts = SourceFacts { folds_case: false, dialect: catalogue::dialect(kind, &version) };
    let session = sql::connect(seekdb.port(), "root", "").await?;
    let done = carry_out(session, kind, can).await?;
    let mut follower = Follower::new(facts);
    let mut report = Report::default();
    for done in &done {
        let query = body::Query { status: &[], database: DATABASE.as_bytes(), sql: done.sql.as_bytes() };
        follower.take(&query).await?;
        report.note(&follower, done);
    }
    report.judge("seekdb")
}

#[test]
fn statements_make_what_the_catalogue_of_mysql_shows() {
    story(async {
        let can = Can { rename_column: false, if_exists: false };
        from_the_log(Source::mysql().await?, DatasourceKind::Mysql, can).await
    });
}

#[test]
fn statements_make_what_the_catalogue_of_mariadb_shows() {
    story(async {
        let can = Can { rename_column: true, if_exists: true };
        from_the_log(Source::mariadb().await?, DatasourceKind::Mariadb, can).await
    });
}

#[test]
fn statements_make_what_the_catalogue_of_seekdb_shows() {
    story(async {
        let can = Can { rename_column: true, if_exists: false };
        as_typed(crate::servers::oceanbase().await?, can).await
    });
}
