//! Databases, tables and columns as the source's catalogue lists them.
//!
//! The catalogue is "now"; the stream is "then": whoever uses a schema for rows
//! has to hold it against the TABLE_MAP first.

use mysql_async::Conn;
use serde::{Deserialize, Serialize};
use tidewire_engine::doors::Described;
use tidewire_engine::endpoint::{DatasourceKind, SourceEndpoint};
use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_engine::identity::TableName;
use tidewire_engine::schema::declared::{RawColumn, build_column};
use tidewire_engine::schema::dialect::{Dialect, Server};
use tidewire_engine::schema::{Column, Index, IndexPart, TableSchema};
use tidewire_words::Sentence;

use crate::connect::{connect, disconnect, literal, query, query_first};
use crate::words::fault;

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

/// MariaDB's TABLE_TYPE of tables that keep their history.
const VERSIONED: &str = "SYSTEM VERSIONED";

/// OceanBase lists external tables as base tables with another engine.
fn is_physical(kind: DatasourceKind, table_type: &str, engine: Option<&str>) -> bool {
    let external = kind == DatasourceKind::OceanbaseCe && engine.is_some_and(|name| name != "InnoDB");
    // One with a history is a table, which is refused by its own name.
    (table_type.eq_ignore_ascii_case("BASE TABLE") || table_type.eq_ignore_ascii_case(VERSIONED)) && !external
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
    let raw = read_columns(&mut conn, Dialect::default(), database, table).await;
    let indexes = read_indexes(&mut conn, Dialect::default(), database, table).await;
    disconnect(conn).await;
    let raw = raw?;
    // Also of a table with columns that can't be followed.
    let mut schema =
        TableSchema::new(database, table, raw.iter().map(Column::of_any_type).collect(), Vec::new());
    schema.indexes = indexes?;
    schema.choose_key();
    let column = |(index, raw): (usize, RawColumn)| ColumnInfo {
        key: schema.key.contains(&index),
        name: raw.name,
        column_type: raw.column_type,
    };
    Ok(raw.into_iter().enumerate().map(column).collect())
}

/// The schema of a table as it is now; `None` when there is no such table.
///
/// # Errors
/// When the source refuses, or a column can't be followed.
async fn read_schema(conn: &mut Conn, dialect: Dialect, database: &str, table: &str) -> Described {
    if table.is_empty() {
        return read_database(conn, database).await;
    }
    let raw = read_columns(conn, dialect, database, table).await?;
    if raw.is_empty() {
        return Ok(None);
    }
    let columns = raw
        .iter()
        .map(|raw| build_column(raw).map_err(|error| error.at_table(format!("{database}.{table}"))))
        .collect::<PipelineResult<Vec<_>>>()?;
    let mut schema = TableSchema::new(database, table, columns, Vec::new());
    let sql = format!(
        "SELECT TABLE_COLLATION, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = {} AND TABLE_NAME = {}",
        literal(database),
        literal(table)
    );
    let mut fields = query(conn, &sql).await?.into_iter().next().into_iter().flatten();
    schema.collation = fields.next().flatten().unwrap_or_default();
    if fields.next().flatten().is_some_and(|kind| kind.eq_ignore_ascii_case(VERSIONED)) {
        let detail = Sentence::new(fault::SYSTEM_VERSIONED, &[database, table]);
        return Err(
            PipelineError::new(ErrorKind::TableUnsupported, detail).at_table(format!("{database}.{table}"))
        );
    }
    schema.indexes = read_indexes(conn, dialect, database, table).await?;
    schema.choose_key();
    Ok(Some(schema))
}

/// A database as a table without columns: its collation is that of tables to come.
async fn read_database(conn: &mut Conn, database: &str) -> Described {
    let sql = format!(
        "SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {}",
        literal(database)
    );
    let described =
        |collation| TableSchema { collation, ..TableSchema::new(database, "", Vec::new(), Vec::new()) };
    Ok(query_first(conn, &sql).await?.map(described))
}

/// The schemas of tables as they are now, in the order asked for.
///
/// # Errors
/// When the source can't be reached or refuses.
pub async fn schemas(source: &SourceEndpoint, tables: &[TableName]) -> PipelineResult<Vec<Described>> {
    let mut conn = connect(source).await?;
    let found = read_schemas(&mut conn, source.kind, tables).await;
    disconnect(conn).await;
    found
}

/// The same over a connection that is open.
///
/// # Errors
/// When the source refuses.
pub async fn read_schemas(
    conn: &mut Conn,
    kind: DatasourceKind,
    tables: &[TableName],
) -> PipelineResult<Vec<Described>> {
    let version = query_first(conn, "SELECT VERSION()").await?.unwrap_or_default();
    let dialect = dialect(kind, &version);
    if dialect.server == Server::MySql && dialect.version >= 80_030 {
        // Rows have the key that the server made up, so it has to be seen.
        query(conn, "SET SESSION show_gipk_in_create_table_and_information_schema = ON").await?;
    }
    let mut found = Vec::with_capacity(tables.len());
    for TableName { database, table } in tables {
        match read_schema(conn, dialect, database, table).await {
            Err(error)
                if !matches!(error.kind, ErrorKind::ColumnUnsupported | ErrorKind::TableUnsupported) =>
            {
                return Err(error);
            }
            described => found.push(described),
        }
    }
    Ok(found)
}

/// What the engine has to know of a server of this kind and version.
#[must_use]
pub fn dialect(kind: DatasourceKind, version: &str) -> Dialect {
    let server = match kind {
        DatasourceKind::OceanbaseCe => Server::OceanBase,
        DatasourceKind::Mariadb => Server::MariaDb,
        DatasourceKind::Mysql | DatasourceKind::Rocketmq => Server::MySql,
    };
    Dialect::new(server, version)
}

async fn read_columns(
    conn: &mut Conn,
    dialect: Dialect,
    database: &str,
    table: &str,
) -> PipelineResult<Vec<RawColumn>> {
    // ORDINAL_POSITION can have gaps; only its order counts.
    let sql = format!(
        "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, EXTRA, IS_NULLABLE \
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
                column_type: bare(next()),
                charset: next(),
                collation: next(),
                extra: next(),
                nullable: next() == "YES",
                escaped_labels: dialect.escapes_labels(),
            }
        })
        .collect())
}

/// A COLUMN_TYPE without what MariaDB says of how values are stored, in a comment
/// behind it: what the log has is told by the log.
fn bare(column_type: String) -> String {
    match column_type.split_once(" /*") {
        // Labels may hold any letters.
        Some((bare, rest)) if !bare.contains('\'') && rest.ends_with("*/") => bare.to_owned(),
        _ => column_type,
    }
}

/// The unique indexes of a table.
async fn read_indexes(
    conn: &mut Conn,
    dialect: Dialect,
    database: &str,
    table: &str,
) -> PipelineResult<Vec<Index>> {
    let sql = format!(
        "SELECT INDEX_NAME, COLUMN_NAME, SUB_PART, INDEX_TYPE FROM information_schema.STATISTICS \
         WHERE TABLE_SCHEMA = {} AND TABLE_NAME = {} AND NON_UNIQUE = 0 ORDER BY INDEX_NAME, SEQ_IN_INDEX",
        literal(database),
        literal(table)
    );
    let mut indexes: Vec<Index> = Vec::new();
    for row in query(conn, &sql).await? {
        let mut fields = row.into_iter();
        let mut next = || fields.next().flatten();
        let (name, column, letters) = (next().unwrap_or_default(), next(), next());
        let hash = dialect.server == Server::MariaDb && next().is_some_and(|kind| kind == "HASH");
        let part = IndexPart { column, prefix: letters.is_some() };
        match indexes.last_mut() {
            Some(index) if index.name == name => index.parts.push(part),
            _ => indexes.push(Index { name, parts: vec![part], hash }),
        }
    }
    indexes.sort_by_key(|index| index.name.to_uppercase());
    Ok(indexes)
}

fn first_texts(rows: Vec<Vec<Option<String>>>) -> impl Iterator<Item = String> {
    rows.into_iter().filter_map(|row| row.into_iter().next().flatten())
}
