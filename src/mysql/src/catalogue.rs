//! Databases, tables and columns as the source's catalogue lists them.
//!
//! The catalogue is "now"; the stream is "then": whoever uses a schema for rows
//! has to hold it against the TABLE_MAP first.

use mysql_async::Conn;
use serde::{Deserialize, Serialize};
use tidewire_engine::endpoint::{DatasourceKind, SourceEndpoint};
use tidewire_engine::error::{ErrorKind, PipelineResult};
use tidewire_engine::schema::TableSchema;
use tidewire_engine::schema::declared::{RawColumn, build_column};

use crate::connect::{connect, disconnect, literal, query};

/// A table that could be followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableInfo {
    /// Table name.
    pub name: String,
    /// Whether it is a physical table (not a view, not external).
    pub physical: bool,
}

/// A column as the catalogue describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnInfo {
    /// Column name.
    pub name: String,
    /// Full type, for instance `bigint(20) unsigned`.
    pub column_type: String,
    /// Whether the column is part of the key that messages carry.
    pub key: bool,
}

/// Databases of the server itself.
const SYSTEM: &[&str] = &[
    "information_schema",
    "performance_schema",
    "mysql",
    "sys",
    "oceanbase",
    "__public",
    "__recyclebin",
    "lbacsys",
    "oraauditor",
    "ocs",
    "sys_external_tbs",
];

/// Whether a database belongs to the server itself.
pub fn is_system_database(name: &str) -> bool {
    SYSTEM.iter().any(|system| system.eq_ignore_ascii_case(name))
}

/// Databases that hold user tables, system ones left out.
///
/// # Errors
/// When the source can't be reached or refuses.
pub async fn databases(source: &SourceEndpoint) -> PipelineResult<Vec<String>> {
    let mut conn = connect(source).await?;
    let rows =
        query(&mut conn, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA ORDER BY SCHEMA_NAME").await;
    disconnect(conn).await;
    Ok(first_texts(rows?)
        .filter(|name| !is_system_database(name))
        .filter(|name| source.database.as_ref().is_none_or(|only| only == name))
        .collect())
}

/// Tables of a database, sorted by name.
///
/// # Errors
/// When the source can't be reached or refuses.
pub async fn tables(source: &SourceEndpoint, database: &str) -> PipelineResult<Vec<TableInfo>> {
    let mut conn = connect(source).await?;
    let sql = format!(
        "SELECT TABLE_NAME, TABLE_TYPE, ENGINE FROM information_schema.TABLES \
         WHERE TABLE_SCHEMA = {} ORDER BY TABLE_NAME",
        literal(database)
    );
    let rows = query(&mut conn, &sql).await;
    disconnect(conn).await;
    Ok(rows?
        .into_iter()
        .filter_map(|row| {
            let mut fields = row.into_iter();
            let (name, kind, engine) = (fields.next()??, fields.next()??, fields.next().flatten());
            Some(TableInfo { name, physical: is_physical(source.kind, &kind, engine.as_deref()) })
        })
        .collect())
}

/// Databases with tables whose name contains `part`, and how many of them.
/// Upper and lower case are one.
///
/// # Errors
/// When the source can't be reached or refuses.
pub async fn find_tables(source: &SourceEndpoint, part: &str) -> PipelineResult<Vec<(String, usize)>> {
    let mut conn = connect(source).await?;
    // LOCATE knows no wildcards, which a name may hold.
    let sql = format!(
        "SELECT TABLE_SCHEMA, COUNT(*) FROM information_schema.TABLES \
         WHERE LOCATE({}, LOWER(TABLE_NAME)) > 0 GROUP BY TABLE_SCHEMA",
        literal(&part.to_lowercase())
    );
    let rows = query(&mut conn, &sql).await;
    disconnect(conn).await;
    Ok(rows?
        .into_iter()
        .filter_map(|row| {
            let mut fields = row.into_iter();
            Some((fields.next()??, fields.next()??.parse().ok()?))
        })
        .filter(|(database, _)| !is_system_database(database))
        .collect())
}

/// OceanBase lists external tables as base tables with another engine.
fn is_physical(kind: DatasourceKind, table_type: &str, engine: Option<&str>) -> bool {
    let external = kind == DatasourceKind::OceanbaseCe && engine.is_some_and(|name| name != "InnoDB");
    table_type.eq_ignore_ascii_case("BASE TABLE") && !external
}

/// Columns of a table in definition order; empty when there is no such table.
///
/// # Errors
/// When the source can't be reached or refuses.
pub async fn columns(
    source: &SourceEndpoint,
    database: &str,
    table: &str,
) -> PipelineResult<Vec<ColumnInfo>> {
    let mut conn = connect(source).await?;
    let raw = read_columns(&mut conn, database, table).await;
    let keys = read_key(&mut conn, database, table).await;
    disconnect(conn).await;
    let keys = keys?;
    Ok(raw?
        .into_iter()
        .map(|raw| ColumnInfo { key: keys.contains(&raw.name), name: raw.name, column_type: raw.column_type })
        .collect())
}

/// The schema of a table as it is now; `None` when there is no such table.
///
/// # Errors
/// When the source refuses, or a column can't be followed.
pub async fn read_schema(
    conn: &mut Conn,
    database: &str,
    table: &str,
) -> PipelineResult<Option<TableSchema>> {
    let raw = read_columns(conn, database, table).await?;
    if raw.is_empty() {
        return Ok(None);
    }
    let columns = raw
        .iter()
        .map(|raw| build_column(raw).map_err(|error| error.at_table(format!("{database}.{table}"))))
        .collect::<PipelineResult<Vec<_>>>()?;
    let names = read_key(conn, database, table).await?;
    let key =
        names.iter().filter_map(|name| columns.iter().position(|column| column.name == *name)).collect();
    Ok(Some(TableSchema { database: database.to_owned(), table: table.to_owned(), columns, key }))
}

/// A table's schema, or why it can't be followed; nothing when it does not exist.
pub type Described = PipelineResult<Option<TableSchema>>;

/// The schemas of tables as they are now, in the order asked for.
///
/// # Errors
/// When the source can't be reached or refuses.
pub async fn schemas(source: &SourceEndpoint, tables: &[(String, String)]) -> PipelineResult<Vec<Described>> {
    let mut conn = connect(source).await?;
    let mut found = Vec::with_capacity(tables.len());
    let mut asked = Ok(());
    for (database, table) in tables {
        match read_schema(&mut conn, database, table).await {
            Err(error) if error.kind != ErrorKind::ColumnUnsupported => {
                asked = Err(error);
                break;
            }
            described => found.push(described),
        }
    }
    disconnect(conn).await;
    asked.map(|()| found)
}

async fn read_columns(conn: &mut Conn, database: &str, table: &str) -> PipelineResult<Vec<RawColumn>> {
    // ORDINAL_POSITION can have gaps; only its order counts.
    let sql = format!(
        "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, EXTRA \
         FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = {} AND TABLE_NAME = {} \
         ORDER BY ORDINAL_POSITION",
        literal(database),
        literal(table)
    );
    Ok(query(conn, &sql)
        .await?
        .into_iter()
        .map(|row| {
            let mut fields = row.into_iter().map(Option::unwrap_or_default);
            let mut next = || fields.next().unwrap_or_default();
            RawColumn {
                name: next(),
                data_type: next(),
                column_type: next(),
                charset: next(),
                collation: next(),
                extra: next(),
            }
        })
        .collect())
}

/// Names of the key columns: the primary key, else the first unique index
/// without nullable, prefix or expression parts.
async fn read_key(conn: &mut Conn, database: &str, table: &str) -> PipelineResult<Vec<String>> {
    let sql = format!(
        "SELECT INDEX_NAME, COLUMN_NAME, NULLABLE, SUB_PART FROM information_schema.STATISTICS \
         WHERE TABLE_SCHEMA = {} AND TABLE_NAME = {} AND NON_UNIQUE = 0 \
         ORDER BY INDEX_NAME = 'PRIMARY' DESC, INDEX_NAME, SEQ_IN_INDEX",
        literal(database),
        literal(table)
    );
    let mut candidates: Vec<(String, Vec<String>, bool)> = Vec::new();
    for row in query(conn, &sql).await? {
        let mut fields = row.into_iter();
        let mut next = || fields.next().flatten();
        let (index, column, nullable, prefix) = (next().unwrap_or_default(), next(), next(), next());
        let primary = index == "PRIMARY";
        let usable = primary || (column.is_some() && nullable.as_deref() != Some("YES") && prefix.is_none());
        match candidates.last_mut() {
            Some((name, columns, whole)) if *name == index => {
                columns.extend(column);
                *whole &= usable;
            }
            _ => candidates.push((index, column.into_iter().collect(), usable)),
        }
    }
    Ok(candidates
        .into_iter()
        .find(|(_, _, usable)| *usable)
        .map(|(_, columns, _)| columns)
        .unwrap_or_default())
}

fn first_texts(rows: Vec<Vec<Option<String>>>) -> impl Iterator<Item = String> {
    rows.into_iter().filter_map(|row| row.into_iter().next().flatten())
}
