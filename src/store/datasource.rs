//! Saved endpoints.

use rusqlite::{Connection as Sqlite, OptionalExtension as _, Row, params};
use tidewire_engine::endpoint::Connection;

use super::{Result, from_json, to_json};

/// A saved endpoint; its secret stays sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasourceRecord {
    /// `ds_` and 12 characters.
    pub id: String,
    /// Unique name.
    pub name: String,
    /// Everything but the secret.
    pub connection: Connection,
    /// Sealed password or secret key.
    pub sealed: Option<Vec<u8>>,
    /// Remark.
    pub note: String,
    /// Who made it.
    pub creator: String,
    /// When, milliseconds.
    pub created_at: i64,
    /// When it was changed last.
    pub updated_at: i64,
}

const COLUMNS: &str = "id, name, connection, secret, note, creator, created_at, updated_at";

type Parts = (String, String, String, Option<Vec<u8>>, String, String, i64, i64);

fn read(row: &Row<'_>) -> rusqlite::Result<Parts> {
    row.try_into()
}

fn complete(
    (id, name, connection, sealed, note, creator, created_at, updated_at): Parts,
) -> Result<DatasourceRecord> {
    let connection = from_json(&connection)?;
    Ok(DatasourceRecord { id, name, connection, sealed, note, creator, created_at, updated_at })
}

/// All, by name.
pub fn list(c: &Sqlite) -> Result<Vec<DatasourceRecord>> {
    let mut statement = c.prepare_cached(&format!("SELECT {COLUMNS} FROM datasource ORDER BY name"))?;
    let rows: Vec<_> = statement.query_map([], read)?.collect::<Result<_, _>>()?;
    rows.into_iter().map(complete).collect()
}

/// One by name or id.
pub fn find(c: &Sqlite, name: &str) -> Result<Option<DatasourceRecord>> {
    let mut statement =
        c.prepare_cached(&format!("SELECT {COLUMNS} FROM datasource WHERE name = ?1 OR id = ?1"))?;
    statement.query_row([name], read).optional()?.map(complete).transpose()
}

/// Saves a new one.
pub fn insert(c: &Sqlite, record: &DatasourceRecord) -> Result<()> {
    c.execute(
        &format!("INSERT INTO datasource (kind, {COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
        params![
            record.connection.kind.as_str(),
            record.id,
            record.name,
            to_json(&record.connection)?,
            record.sealed,
            record.note,
            record.creator,
            record.created_at,
            record.updated_at
        ],
    )?;
    Ok(())
}

/// Saves changes to one that exists.
pub fn update(c: &Sqlite, record: &DatasourceRecord) -> Result<()> {
    c.execute(
        "UPDATE datasource SET name = ?2, kind = ?3, connection = ?4, secret = ?5, note = ?6, updated_at = ?7 \
         WHERE id = ?1",
        params![
            record.id,
            record.name,
            record.connection.kind.as_str(),
            to_json(&record.connection)?,
            record.sealed,
            record.note,
            record.updated_at
        ],
    )?;
    Ok(())
}

/// Deletes one.
pub fn delete(c: &Sqlite, id: &str) -> Result<()> {
    c.execute("DELETE FROM datasource WHERE id = ?1", [id])?;
    Ok(())
}
