//! Browsers that are logged in. Keeps hashes of tokens, never tokens.

use rusqlite::{Connection as Sqlite, OptionalExtension as _, params};

use super::Result;

/// A login and its account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginRecord {
    /// Number of the login.
    pub id: i64,
    /// Account.
    pub user_name: String,
    /// Whether it may manage other accounts.
    pub admin: bool,
    /// Whether it has to choose a new password first.
    pub must_change: bool,
    /// Token that every form of this login carries.
    pub csrf: String,
}

/// A login to be saved.
#[derive(Clone, Debug)]
pub struct NewLogin {
    /// Hash of the token.
    pub token_hash: Vec<u8>,
    /// Account.
    pub user_name: String,
    /// Token of its forms.
    pub csrf: String,
    /// What the browser calls itself.
    pub browser: String,
    /// Where it connects from.
    pub address: String,
    /// When, milliseconds.
    pub created_at: i64,
    /// Until when it is valid.
    pub expires_at: i64,
}

/// A login as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginEntry {
    /// Number of the login.
    pub id: i64,
    /// When, milliseconds.
    pub created_at: i64,
    /// What the browser calls itself.
    pub browser: String,
    /// Where it connects from.
    pub address: String,
}

/// Saves a login.
pub fn insert(c: &Sqlite, login: &NewLogin) -> Result<()> {
    c.execute("DELETE FROM login WHERE expires_at < ?1", [login.created_at])?;
    c.execute(
        "INSERT INTO login (token_hash, user_name, csrf, browser, address, created_at, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            login.token_hash,
            login.user_name,
            login.csrf,
            login.browser,
            login.address,
            login.created_at,
            login.expires_at
        ],
    )?;
    Ok(())
}

/// The valid logins of an account, newest first.
pub fn of_user(c: &Sqlite, user: &str, now: i64) -> Result<Vec<LoginEntry>> {
    let mut statement = c.prepare_cached(
        "SELECT rowid, created_at, browser, address FROM login \
         WHERE user_name = ?1 COLLATE NOCASE AND expires_at >= ?2 ORDER BY created_at DESC, rowid DESC",
    )?;
    let rows = statement.query_map(params![user, now], |row| {
        Ok(LoginEntry {
            id: row.get(0)?,
            created_at: row.get(1)?,
            browser: row.get(2)?,
            address: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Ends one login of an account; `false` when it has none of this number.
pub fn delete_one(c: &Sqlite, user: &str, id: i64) -> Result<bool> {
    let gone =
        c.execute("DELETE FROM login WHERE user_name = ?1 COLLATE NOCASE AND rowid = ?2", params![user, id])?;
    Ok(gone > 0)
}

/// Ends every login of an account but one.
pub fn delete_others(c: &Sqlite, user: &str, id: i64) -> Result<()> {
    c.execute("DELETE FROM login WHERE user_name = ?1 COLLATE NOCASE AND rowid <> ?2", params![user, id])?;
    Ok(())
}

/// The login of a token hash, unless it expired.
pub fn find(c: &Sqlite, hash: &[u8], now: i64) -> Result<Option<LoginRecord>> {
    let mut statement = c.prepare_cached(
        "SELECT login.rowid, user.name, role, must_change, csrf FROM login JOIN user ON user.name = user_name \
         WHERE token_hash = ?1 AND expires_at >= ?2",
    )?;
    let found = statement.query_row(params![hash, now], |row| {
        Ok(LoginRecord {
            id: row.get(0)?,
            user_name: row.get(1)?,
            admin: row.get::<_, String>(2)? == "admin",
            must_change: row.get(3)?,
            csrf: row.get(4)?,
        })
    });
    Ok(found.optional()?)
}

/// Ends a login.
pub fn delete(c: &Sqlite, hash: &[u8]) -> Result<()> {
    c.execute("DELETE FROM login WHERE token_hash = ?1", [hash])?;
    Ok(())
}

/// Ends every login of an account.
pub fn delete_of_user(c: &Sqlite, user: &str) -> Result<()> {
    c.execute("DELETE FROM login WHERE user_name = ?1 COLLATE NOCASE", [user])?;
    Ok(())
}
