//! Accounts of the console.

use rusqlite::{Connection as Sqlite, OptionalExtension as _, Row, params};

use super::Result;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRecord {
    /// Name, unique without regard to case.
    pub name: String,
    /// Whether it may manage other accounts.
    pub admin: bool,
    /// Argon2id hash as a PHC string.
    pub password_hash: String,
    /// Whether the next login has to choose a new password.
    pub must_change: bool,
    /// When it was made, milliseconds.
    pub created_at: i64,
}

fn read(row: &Row<'_>) -> rusqlite::Result<UserRecord> {
    Ok(UserRecord {
        name: row.get(0)?,
        admin: row.get::<_, String>(1)? == "admin",
        password_hash: row.get(2)?,
        must_change: row.get(3)?,
        created_at: row.get(4)?,
    })
}

/// All, by name.
pub fn list(c: &Sqlite) -> Result<Vec<UserRecord>> {
    let mut statement = c.prepare_cached(
        "SELECT name, role, password_hash, must_change, created_at FROM user ORDER BY name",
    )?;
    let rows = statement.query_map([], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One by name.
pub fn find(c: &Sqlite, name: &str) -> Result<Option<UserRecord>> {
    let mut statement = c.prepare_cached(
        "SELECT name, role, password_hash, must_change, created_at FROM user WHERE name = ?1",
    )?;
    Ok(statement.query_row([name], read).optional()?)
}

/// Whether somebody of this name made data sources, projects or tags that are
/// still there.
pub fn left_something(c: &Sqlite, name: &str) -> Result<bool> {
    let found = c.query_row(
        "SELECT EXISTS (SELECT 1 FROM datasource WHERE creator = ?1 COLLATE NOCASE \
         UNION ALL SELECT 1 FROM project WHERE creator = ?1 COLLATE NOCASE \
         UNION ALL SELECT 1 FROM tag WHERE creator = ?1 COLLATE NOCASE)",
        [name],
        |row| row.get(0),
    )?;
    Ok(found)
}

/// Saves a new account.
pub fn insert(c: &Sqlite, user: &UserRecord) -> Result<()> {
    c.execute(
        "INSERT INTO user (name, role, password_hash, must_change, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            user.name,
            if user.admin { "admin" } else { "user" },
            user.password_hash,
            user.must_change,
            user.created_at
        ],
    )?;
    Ok(())
}

/// Sets a password; `false` when there is no such account.
pub fn set_password(c: &Sqlite, name: &str, hash: &str, must_change: bool) -> Result<bool> {
    let changed = c.execute(
        "UPDATE user SET password_hash = ?2, must_change = ?3 WHERE name = ?1",
        params![name, hash, must_change],
    )?;
    Ok(changed > 0)
}

/// Deletes an account with its logins and drafts.
pub fn delete(c: &Sqlite, name: &str) -> Result<bool> {
    c.execute("DELETE FROM draft WHERE owner = ?1", [name])?;
    Ok(c.execute("DELETE FROM user WHERE name = ?1", [name])? > 0)
}
