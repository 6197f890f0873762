//! Every sealed secret there is, whatever table it lies in. Knows no key.

use rusqlite::Connection as Sqlite;

use super::Result;

/// Where a sealed secret lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A data source.
    Datasource,
    /// A project's copy of its source.
    ProjectSource,
    /// A project's copy of its target.
    ProjectTarget,
}

/// A sealed secret and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedSecret {
    /// Where it lies.
    pub place: Place,
    /// Id of the data source or project.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The sealed bytes.
    pub bytes: Vec<u8>,
}

/// Table and column of a place.
const fn column(place: Place) -> (&'static str, &'static str) {
    match place {
        Place::Datasource => ("datasource", "secret"),
        Place::ProjectSource => ("project", "source_secret"),
        Place::ProjectTarget => ("project", "target_secret"),
    }
}

/// All of them, data sources first, by name.
pub fn all(c: &Sqlite) -> Result<Vec<SealedSecret>> {
    let mut found = Vec::new();
    for place in [Place::Datasource, Place::ProjectSource, Place::ProjectTarget] {
        let (table, column) = column(place);
        let mut statement = c.prepare(&format!(
            "SELECT id, name, {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY name"
        ))?;
        let rows = statement.query_map([], |row| {
            Ok(SealedSecret { place, id: row.get(0)?, name: row.get(1)?, bytes: row.get(2)? })
        })?;
        for row in rows {
            found.push(row?);
        }
    }
    Ok(found)
}

/// Deletes one.
pub fn clear(c: &Sqlite, secret: &SealedSecret) -> Result<()> {
    let (table, column) = column(secret.place);
    c.execute(&format!("UPDATE {table} SET {column} = NULL WHERE id = ?1"), [&secret.id])?;
    Ok(())
}
