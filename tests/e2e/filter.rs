//! The row filter against the databases: each generated WHERE body is asked of a real server, and its
//! rows are compared with those that the filter keeps of the rows in the server's own binlog.
//!
//! OceanBase's answers are seekdb's, its rows those that the rig's MySQL wrote for the same statements.

mod columns;
mod generator;
mod random;
mod rows;

use std::path::Path;

use anyhow::{Context, Result, ensure};
use tidewire::model::datasource::DatasourceKind;
use tidewire::pipeline::filter::{RowFilter, check_syntax};
use tidewire::pipeline::source::catalogue;
use tidewire_rig::sql;

use crate::servers::story;
use crate::source::Source;

use generator::Generator;

const DATABASE: &str = "filters";
const TABLE: &str = "wide";
const ROWS: usize = 1500;
const NESTED: usize = 1400;

/// What a filter keeps of the rows, and whether some row has no answer.
#[derive(Default)]
struct Kept {
    ids: Vec<String>,
    failed: Vec<String>,
}

async fn compare(source: Source, kind: DatasourceKind, folder: &Path) -> Result<()> {
    // GIVEN a table of every type, with rows at the edges of each
    let mut session = source.connect().await?;
    let charsets = kind != DatasourceKind::OceanbaseCe;
    let columns = columns::columns(charsets);
    sql::run(
        &mut session,
        &[
            &format!("CREATE DATABASE {DATABASE} DEFAULT CHARSET utf8mb4"),
            &columns::create(DATABASE, TABLE, &columns),
            "SET sql_mode = ''",
            "SET time_zone = '+08:00'",
            "SET NAMES utf8mb4 COLLATE utf8mb4_general_ci",
        ],
    )
    .await?;
    for batch in columns::inserts(DATABASE, TABLE, &columns, ROWS) {
        sql::run(&mut session, &[&batch]).await?;
    }
    let mut reader = source.connect().await?;
    let schema = catalogue::read_schema(&mut reader, DATABASE, TABLE).await?.context("no table")?;
    reader.disconnect().await?;

    // WHEN filters that cover each operator, alone and nested, are compiled
    let texts = Generator::new(&columns, kind).filters(NESTED);
    let mut refused = Vec::new();
    let mut filters = Vec::new();
    for text in &texts {
        match RowFilter::compile(text, &schema, kind) {
            Ok(filter) => filters.push((text, filter, Kept::default())),
            Err(error) => {
                // Only what needs no schema may be refused without one.
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
    let begun = std::time::Instant::now();
    let (mut wrong, mut answers, mut out_of_range, mut stopped, mut unneeded) = (Vec::new(), 0, 0, 0, 0);
    for (text, _, kept) in &mut filters {
        let statement = format!("SELECT id FROM {DATABASE}.{TABLE} WHERE ({text})");
        match sql::rows(&mut session, &statement).await {
            Ok(rows) => {
                // A server that did not need the part that is out of range has an answer.
                let mut wanted: Vec<String> = rows
                    .into_iter()
                    .filter_map(|mut row| row.remove(0))
                    .filter(|id| !kept.failed.contains(id))
                    .collect();
                wanted.sort();
                kept.ids.sort();
                answers += ROWS - kept.failed.len();
                stopped += usize::from(!kept.failed.is_empty());
                if wanted != kept.ids {
                    wrong.push(format!("{text}\n    {}", difference(&wanted, kept)));
                }
            }
            Err(error) => {
                let error = format!("{error:#}");
                // Ours may have found the row decided without the part that is out of range.
                if error.contains("out of range") {
                    out_of_range += usize::from(!kept.failed.is_empty());
                    unneeded += usize::from(kept.failed.is_empty());
                } else if error.contains("Internal error") {
                    unneeded += 1;
                } else {
                    wrong.push(format!("{text}\n    {error}, ours failed {}", kept.failed.len()));
                }
            }
        }
    }
    println!(
        "{}: {} filters, {} refused, {answers} answers, {out_of_range} out of range on both, \
         {stopped} on ours alone, {unneeded} on the server alone, server {:.1} s",
        source.name(),
        filters.len(),
        refused.len(),
        begun.elapsed().as_secs_f32()
    );
    refused.truncate(12);
    println!("{}", refused.join("\n"));
    session.disconnect().await?;
    let shown: Vec<&str> = wrong.iter().take(60).map(String::as_str).collect();
    ensure!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), shown.join("\n"));
    ensure!(unneeded < 20 && stopped < 60, "too many without an answer");
    ensure!(filters.len() >= 1500, "only {} filters", filters.len());
    ensure!((texts.len() - filters.len()) * 20 < texts.len(), "too many refused");
    Ok(())
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
