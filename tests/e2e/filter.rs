//! The row filter against the databases: each generated WHERE body is asked of a real server, and its
//! rows are compared with those that the filter keeps of the rows in the server's own binlog.
//!
//! OceanBase's answers are seekdb's, its rows those that the rig's MySQL wrote for the same statements.

mod columns;
mod generator;
pub(crate) mod random;
mod rows;
mod weights;

use std::path::Path;

use anyhow::{Context, Result, ensure};
use mysql_async::Conn;
use tidewire_engine::endpoint::DatasourceKind;
use tidewire_engine::filter::{RowFilter, check_syntax};
use tidewire_engine::identity::TableName;
use tidewire_engine::schema::TableSchema;
use tidewire_mysql::catalogue;
use tidewire_rig::sql;

use crate::servers::story;
use crate::source::Source;

use columns::Column;
use generator::Generator;

const DATABASE: &str = "filters";
const TABLE: &str = "wide";
const ROWS: usize = 1500;
const NESTED: usize = 900;

/// What a filter keeps of the rows, and which rows have no answer.
#[derive(Default)]
struct Kept {
    ids: Vec<String>,
    failed: Vec<String>,
}

/// What came of asking the server.
#[derive(Default)]
struct Report {
    wrong: Vec<String>,
    answers: usize,
    /// Filters whose arithmetic is out of range on both sides, on ours, on the server's.
    failed_both: usize,
    failed_here: usize,
    failed_there: usize,
}

async fn compare(source: Source, kind: DatasourceKind, folder: &Path) -> Result<()> {
    // GIVEN a table of every type, with rows at the edges of each
    let columns = columns::columns(kind != DatasourceKind::OceanbaseCe);
    let (mut session, schema) = table(source, kind, &columns).await?;

    // WHEN filters that cover each operator, alone and nested, are compiled and see each row
    let texts = Generator::new(&columns, kind).filters(NESTED);
    let mut refused = Vec::new();
    let mut filters = Vec::new();
    for text in &texts {
        match RowFilter::compile(text, &schema, kind) {
            Ok(filter) => filters.push((text, filter, Kept::default())),
            Err(error) => {
                ensure!(check_syntax(text).is_ok(), "{text}: {error}");
                refused.push(format!("{text}: {error}"));
            }
        }
    }
    let read = rows::each(folder, &schema, |image, id| {
        for (_, filter, kept) in &mut filters {
            match filter.matches(image) {
                Ok(true) => kept.ids.push(id.to_owned()),
                Ok(false) => {}
                Err(_) => kept.failed.push(id.to_owned()),
            }
        }
    })?;
    ensure!(read == ROWS, "{read} rows in the log");

    // THEN the server answers the same, for each filter
    let mut report = Report::default();
    for (text, _, kept) in &mut filters {
        ask(&mut session, text, kept, &mut report).await;
    }
    session.disconnect().await?;
    println!(
        "{}: {} filters, {} refused, {} answers; out of range: {} on both, {} on ours, {} on the server",
        source.name(),
        filters.len(),
        refused.len(),
        report.answers,
        report.failed_both,
        report.failed_here,
        report.failed_there
    );
    let shown: Vec<&str> = report.wrong.iter().take(25).map(String::as_str).collect();
    ensure!(report.wrong.is_empty(), "{} differ:\n{}", report.wrong.len(), shown.join("\n"));
    let chosen = std::env::var_os("TIDEWIRE_FILTERS").is_some();
    ensure!(chosen || filters.len() >= 1500, "only {} filters", filters.len());
    ensure!(report.failed_here < 60 && report.failed_there < 30, "too many without an answer");
    ensure!(refused.len() * 20 < texts.len(), "too many refused:\n{}", refused.join("\n"));
    Ok(())
}

/// Makes and fills the table; a session that reads literals as the filter does, and the schema.
async fn table(source: Source, kind: DatasourceKind, columns: &[Column]) -> Result<(Conn, TableSchema)> {
    let mut session = source.connect().await?;
    sql::run(
        &mut session,
        &[
            &format!("CREATE DATABASE {DATABASE} DEFAULT CHARSET utf8mb4"),
            &columns::create(DATABASE, TABLE, columns),
            "SET sql_mode = ''",
            "SET time_zone = '+08:00'",
            "SET NAMES utf8mb4 COLLATE utf8mb4_general_ci",
        ],
    )
    .await?;
    for batch in columns::inserts(DATABASE, TABLE, columns, ROWS) {
        sql::run(&mut session, &[&batch]).await?;
    }
    let names = [TableName::new(DATABASE, TABLE)];
    let mut reader = source.connect().await?;
    let described = catalogue::read_schemas(&mut reader, kind, &names).await?.remove(0);
    reader.disconnect().await?;
    let schema = described?.context("no table")?;
    Ok((session, schema))
}

async fn ask(session: &mut Conn, text: &str, kept: &mut Kept, report: &mut Report) {
    let statement = format!("SELECT id FROM {DATABASE}.{TABLE} WHERE ({text})");
    match sql::rows(session, &statement).await {
        Ok(rows) => {
            // A server that did not need the part that is out of range has an answer.
            let mut wanted: Vec<String> = rows
                .into_iter()
                .filter_map(|mut row| row.remove(0))
                .filter(|id| !kept.failed.contains(id))
                .collect();
            wanted.sort();
            kept.ids.sort();
            report.answers += ROWS - kept.failed.len();
            report.failed_here += usize::from(!kept.failed.is_empty());
            if wanted != kept.ids {
                report.wrong.push(format!("{text}\n    {}", difference(&wanted, kept)));
            }
        }
        Err(error) => {
            let error = format!("{error:#}");
            if error.contains("out of range") && !kept.failed.is_empty() {
                report.failed_both += 1;
            } else if error.contains("out of range") || error.contains("Internal error") {
                // Ours found each row decided without that part.
                report.failed_there += 1;
            } else {
                report.wrong.push(format!("{text}\n    {error}, ours failed {}", kept.failed.len()));
            }
        }
    }
}

fn difference(wanted: &[String], kept: &Kept) -> String {
    let missing: Vec<&String> = wanted.iter().filter(|id| !kept.ids.contains(id)).take(5).collect();
    let extra: Vec<&String> = kept.ids.iter().filter(|id| !wanted.contains(id)).take(5).collect();
    format!(
        "server {} rows, ours {}, failed {}; missing {missing:?}, extra {extra:?}",
        wanted.len(),
        kept.ids.len(),
        kept.failed.len()
    )
}

#[test]
fn mariadb_filters() {
    story(async {
        let source = Source::mariadb().await?;
        let Source::MariaDb(server) = source else { unreachable!() };
        compare(source, DatasourceKind::Mariadb, &server.data_folder()).await
    });
}

#[test]
fn mysql_filters() {
    story(async {
        let source = Source::mysql().await?;
        let Source::Mysql(server) = source else { unreachable!() };
        compare(source, DatasourceKind::Mysql, &server.data_folder()).await
    });
}

#[test]
fn oceanbase_filters() {
    story(async {
        let source = Source::oceanbase().await?;
        let Source::OceanBase(server) = source else { unreachable!() };
        compare(source, DatasourceKind::OceanbaseCe, &server.mysql().data_folder()).await
    });
}
