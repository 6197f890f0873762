//! Changes of followed tables that their server keeps out of its log: databases
//! that it is told not to log, and rows that foreign keys change along with others.
//! Used by the precheck.
//!
//! The Binlog Service has no such settings and logs what foreign keys do.

use std::collections::BTreeSet;

use mysql_async::Conn;
use serde::{Deserialize, Serialize};
use tidewire_engine::endpoint::{DatasourceKind, SourceEndpoint};
use tidewire_engine::error::PipelineResult;
use tidewire_engine::identity::TableName;
use tidewire_engine::schema::dialect::Server;

use crate::catalogue::dialect;
use crate::connect::{connect, disconnect, literal, query, query_first, variable};
use crate::settings::log_status_rows;

/// What will be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unlogged {
    /// Databases that the server does not log at all.
    pub databases: Vec<String>,
    /// Tables whose rows change along with those of another one, which is named too:
    /// child and parent.
    pub children: Vec<(String, String)>,
}

/// Asks which changes of the tables are not logged.
///
/// # Errors
/// Unreachable or refused.
pub async fn unlogged(source: &SourceEndpoint, tables: &[TableName]) -> PipelineResult<Unlogged> {
    if source.kind == DatasourceKind::OceanbaseCe {
        return Ok(Unlogged::default());
    }
    let mut conn = connect(source).await?;
    let found = ask(&mut conn, source.kind, tables).await;
    disconnect(conn).await;
    found
}

async fn ask(conn: &mut Conn, kind: DatasourceKind, tables: &[TableName]) -> PipelineResult<Unlogged> {
    let folds = variable(conn, "lower_case_table_names").await?.is_some_and(|value| value != "0");
    let same = |one: &str, other: &str| if folds { one.eq_ignore_ascii_case(other) } else { one == other };
    let wanted: BTreeSet<&str> = tables.iter().map(|table| &*table.database).collect();
    let (logged, ignored) = filters(conn).await?;
    let is_in = |list: &[String], name: &str| list.iter().any(|known| same(known, name));
    let databases = wanted.iter().copied().filter(|name| {
        // Where databases to log are named, those not to log count for nothing.
        if logged.is_empty() { is_in(&ignored, name) } else { !is_in(&logged, name) }
    });
    let databases = databases.map(str::to_owned).collect();

    let version = query_first(conn, "SELECT VERSION()").await?.unwrap_or_default();
    let dialect = dialect(kind, &version);
    // Later ones change such rows where their changes are logged.
    if dialect.server == Server::MySql && dialect.version >= 90_600 {
        return Ok(Unlogged { databases, children: Vec::new() });
    }
    let names: Vec<String> = wanted.iter().map(|name| literal(name)).collect();
    let sql = format!(
        "SELECT DISTINCT CONSTRAINT_SCHEMA, TABLE_NAME, UNIQUE_CONSTRAINT_SCHEMA, REFERENCED_TABLE_NAME \
         FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA IN ({}) \
         AND (DELETE_RULE IN ('CASCADE', 'SET NULL') OR UPDATE_RULE IN ('CASCADE', 'SET NULL')) \
         ORDER BY 1, 2, 3, 4",
        names.join(", ")
    );
    let mut children = Vec::new();
    for row in query(conn, &sql).await? {
        let mut fields = row.into_iter().map(Option::unwrap_or_default);
        let mut next = || fields.next().unwrap_or_default();
        let (database, child, parents, parent) = (next(), next(), next(), next());
        let followed = |table: &TableName| same(&table.database, &database) && same(&table.table, &child);
        if tables.iter().any(followed) {
            children.push((format!("{database}.{child}"), format!("{parents}.{parent}")));
        }
    }
    Ok(Unlogged { databases, children })
}

/// The databases that are logged, if they are named, and those that are not.
async fn filters(conn: &mut Conn) -> PipelineResult<(Vec<String>, Vec<String>)> {
    let mut fields = log_status_rows(conn).await?.into_iter().next().unwrap_or_default().into_iter().skip(2);
    let mut next = || {
        let names = fields.next().flatten().unwrap_or_default();
        names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    };
    Ok((next(), next()))
}
