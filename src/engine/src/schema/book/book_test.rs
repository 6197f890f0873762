//! What the book keeps, and how often it asks, told by a source that counts.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};

use super::*;
use crate::doors::{Described, Events, LogEnd, OpenLog};
use crate::log::body::{Query, table_map};
use crate::log::transaction::Place;
use crate::project::StartPoint;
use crate::schema::declared::{RawColumn, build_column};
use crate::schema::dialect::Server;

/// Its log ends where every question is asked; all tables look the same.
struct Counting(Arc<AtomicUsize>);

const FILE: &str = "log.000001";

fn at(offset: u64) -> Position {
    Position { file: FILE.to_owned(), offset, ..Position::default() }
}

fn described(name: &TableName) -> TableSchema {
    let id = RawColumn {
        name: "id".into(),
        data_type: "int".into(),
        column_type: "int(11)".into(),
        ..RawColumn::default()
    };
    let columns = vec![build_column(&id).expect("a known type")];
    TableSchema::new(&*name.database, &*name.table, columns, Vec::new())
}

impl Source for Counting {
    fn describe(&self) -> BoxFuture<'_, PipelineResult<SourceFacts>> {
        unreachable!("the book is told")
    }

    fn locate(&self, _: StartPoint) -> BoxFuture<'_, PipelineResult<Place>> {
        unreachable!("the book looks for no place")
    }

    fn end(&self) -> BoxFuture<'_, PipelineResult<LogEnd>> {
        ready(Ok(LogEnd { file: FILE.into(), offset: 0 })).boxed()
    }

    fn schemas<'a>(&'a self, tables: &'a [TableName]) -> BoxFuture<'a, PipelineResult<Vec<Described>>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        ready(Ok(tables.iter().map(|name| Ok(Some(described(name)))).collect())).boxed()
    }

    fn open<'a>(&'a self, _: &'a Place) -> BoxFuture<'a, PipelineResult<OpenLog>> {
        unreachable!("the book follows no log")
    }

    fn look_ahead<'a>(&'a self, _: &'a Place) -> BoxFuture<'a, PipelineResult<Box<dyn Events>>> {
        unreachable!("nothing lies ahead")
    }
}

/// A book that follows `shop.t`, and how often its source is asked for columns.
fn book() -> (SchemaBook, Arc<AtomicUsize>) {
    book_of(Server::MariaDb)
}

fn book_of(server: Server) -> (SchemaBook, Arc<AtomicUsize>) {
    book_with(server, Vec::new())
}

/// With versions that were stored before, numbered from 1; its place knows them all.
fn book_with(server: Server, stored: Vec<SchemaVersion>) -> (SchemaBook, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let opening = Opening {
        source: Arc::new(Counting(Arc::clone(&asked))),
        facts: SourceFacts { folds_case: false, dialect: Dialect::new(server, "10.11.6") },
        followed: Followed::new([TableName::new("shop", "t")], false),
        stats: Arc::default(),
    };
    let up_to = stored.len() as u64;
    let mut book = SchemaBook::new(opening, stored, up_to);
    done(book.begin(&at(4)));
    (book, asked)
}

fn done<T>(work: impl Future<Output = PipelineResult<T>>) -> T {
    work.now_or_never().expect("nothing to wait for").expect("no error")
}

fn run(book: &mut SchemaBook, database: &str, sql: &str) {
    let query = Query { status: &[], database: database.as_bytes(), sql: sql.as_bytes() };
    done(book.ddl(&query, &at(100)));
}

/// The tables that have versions to be saved, each as often as it has.
fn versions(book: &SchemaBook) -> Vec<String> {
    book.unsaved(u64::MAX)
        .into_iter()
        .map(|version| format!("{}.{}", version.database, version.table))
        .collect()
}

#[test]
fn what_may_be_null_is_taken_from_the_event_once() {
    let (mut book, asked) = book();
    // TABLE_MAP of shop.t: one INT, which the catalogue says is never NULL.
    let map = [&[1, 0, 0, 0, 0, 0, 1, 0][..], b"\x04shop\0\x01t\0", &[1, 3, 0, 1]].concat();
    let map = table_map(&map).expect("a table map");
    for _ in 0..3 {
        let bound = done(book.resolve(0, &map, &at(4), (FILE.into(), 200)));
        assert!(bound.schema.columns[0].nullable);
    }
    // At the beginning, and at the first row.
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[test]
fn a_table_that_is_not_followed_for_a_while_keeps_up_with_its_statements() {
    let away = TableName::new("elsewhere", "away");
    let version = Version {
        shape: Shape::Known(Arc::new(described(&away))),
        known_by: KnownBy::Catalogue,
        statement: String::new(),
        pending: false,
    };
    let stored = SchemaVersion {
        version: 1,
        database: away.database.clone(),
        table: away.table.clone(),
        valid_from: at(4),
        body: version.write().expect("it can be written"),
    };
    let (mut book, _) = book_with(Server::MariaDb, vec![stored]);
    run(&mut book, "elsewhere", "ALTER TABLE away CHANGE id number INT NOT NULL");
    let Some(State::Known(schema)) = book.tables.get(&away) else { panic!("forgotten") };
    assert_eq!(schema.columns[0].name, "number");
}

/// TABLE_MAP of shop.t, a YEAR, an INT and an INT UNSIGNED, with what its server tells:
/// signs with a bit for YEAR, names, and the primary key, if it has one.
fn told(book: &mut SchemaBook, primary: bool) -> PipelineResult<BoundTable> {
    let key: &[u8] = if primary { &[8, 1, 2] } else { &[] };
    let signs_and_names = b"\x01\x01\xa0\x04\x06\x01y\x01s\x01n";
    let head = [&[1, 0, 0, 0, 0, 0, 1, 0][..], b"\x04shop\0\x01t\0", &[3, 13, 3, 3, 0, 0]].concat();
    let map = [&head[..], signs_and_names, key].concat();
    let map = table_map(&map).expect("a table map");
    book.resolve(0, &map, &at(4), (FILE.into(), 200)).now_or_never().expect("nothing to wait for")
}

#[test]
fn an_event_is_believed_in_signs_behind_a_year() {
    let (mut book, _) = book();
    let bound = told(&mut book, true).expect("names, signs and key are told");
    let types = [1, 2].map(|column: usize| bound.schema.columns[column].column_type.as_str());
    assert_eq!(types, ["int(11)", "int(10) unsigned"]);
    assert_eq!(bound.schema.key, [2]);
}

#[test]
fn an_event_is_not_believed_to_tell_all_keys_where_it_tells_none() {
    let (mut book, _) = book();
    // The catalogue has another shape, so nothing is left to know it by.
    assert_eq!(told(&mut book, false).expect_err("not known").kind, ErrorKind::SchemaUnknown);
}

#[test]
fn a_vector_is_refused_by_name_and_forgotten_with_its_column() {
    let (mut book, _) = book();
    let resolve = |book: &mut SchemaBook, columns: &[u8]| {
        let map = [&[1, 0, 0, 0, 0, 0, 1, 0][..], b"\x04shop\0\x01t\0", columns].concat();
        let map = table_map(&map).expect("a table map");
        book.resolve(0, &map, &at(4), (FILE.into(), 200)).now_or_never().expect("nothing to wait for")
    };
    run(&mut book, "shop", "ALTER TABLE t ADD v VECTOR(3)");
    let error = resolve(&mut book, &[2, 3, 242, 1, 4, 2]).expect_err("a vector");
    assert_eq!(error.kind, ErrorKind::ColumnUnsupported);
    let said = error.message(tidewire_words::Lang::En);
    assert!(said.contains("shop.t") && said.contains("VECTOR"), "{said}");

    run(&mut book, "shop", "ALTER TABLE t DROP v");
    assert_eq!(resolve(&mut book, &[1, 3, 0, 0]).expect("an INT").schema.columns.len(), 1);
}

#[test]
fn a_catalogue_that_lags_behind_a_statement_is_not_believed() {
    // The catalogue shows the one column of before whatever the statement did.
    for (server, columns) in [(Server::OceanBase, 2), (Server::MariaDb, 1)] {
        let (mut book, _) = book_of(server);
        run(&mut book, "shop", "ALTER TABLE t ADD a INT AFTER id");
        let Some(State::Known(schema)) = book.tables.get(&TableName::new("shop", "t")) else {
            panic!("unknown")
        };
        assert_eq!(schema.columns.len(), columns, "{server:?}");
    }
}

#[test]
fn a_definition_is_changed_by_statements_behind_its_place_only() {
    let table = TableName::new("shop", "t");
    for (offset, kept) in [(50, false), (150, true)] {
        let (mut book, _) = book();
        let given = Arc::new(described(&table));
        book.given.insert(table.clone(), (given, LogEnd { file: FILE.into(), offset }));
        book.tables.remove(&table);
        run(&mut book, "shop", "ANALYZE TABLE t");
        assert!(book.given.contains_key(&table), "it changes nothing");
        run(&mut book, "shop", "ALTER TABLE t CHANGE id number INT NOT NULL");
        assert_eq!(book.given.contains_key(&table), kept, "given at {offset}");
    }
}

#[test]
fn tables_beside_the_followed_ones_are_few_and_near() {
    let (mut book, asked) = book();
    book.saved(u64::MAX);
    let before = asked.load(Ordering::Relaxed);
    run(&mut book, "elsewhere", "CREATE TABLE far (id INT)");
    assert_eq!(versions(&book), Vec::<String>::new());
    for number in 0..=SIDE_TABLES {
        run(&mut book, "shop", &format!("CREATE TABLE side{number} (id INT)"));
    }
    let kept = versions(&book);
    // The first one has to go for the last one, and that is a version, too.
    assert_eq!(kept.len(), SIDE_TABLES + 2);
    assert_eq!(kept.iter().filter(|name| *name == "shop.side0").count(), 2);
    assert_eq!(book.side.len(), SIDE_TABLES);
    assert_eq!(asked.load(Ordering::Relaxed), before, "nobody asks for them");
}

#[test]
fn other_tables_statements_trouble_nobody_while_a_followed_one_is_gone() {
    let (mut book, _) = book();
    book.tables.insert(TableName::new("shop", "t"), State::Gone);
    run(&mut book, "shop", "RENAME TABLE h TO h2");
    run(&mut book, "shop", "ALTER TABLE h2 FROBNICATE");
    assert_eq!(book.tables.get(&TableName::new("shop", "t")), Some(&State::Gone));
}
