//! Browsers that are logged in. Keeps hashes of tokens, never tokens.

use rusqlite::{Connection as Sqlite, OptionalExtension as _, params};

use super::Result;

/// A login and its account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginRecord {
    /// Account.
    pub user_name: String,
    /// Whether it may manage other accounts.
    pub admin: bool,
    /// Whether it has to choose a new password first.
    pub must_change: bool,
    /// Token that every form of this login carries.
    pub csrf: String,
}

/// Saves a login.
pub fn insert(c: &Sqlite, hash: &[u8], user: &str, csrf: &str, now: i64, expires_at: i64) -> Result<()> {
    c.execute("DELETE FROM login WHERE expires_at < ?1", [now])?;
    c.execute(
        "INSERT INTO login (token_hash, user_name, csrf, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![hash, user, csrf, now, expires_at],
    )?;
    Ok(())
}

/// The login of a token hash, unless it expired.
pub fn find(c: &Sqlite, hash: &[u8], now: i64) -> Result<Option<LoginRecord>> {
    let mut statement = c.prepare_cached(
        "SELECT user.name, role, must_change, csrf FROM login JOIN user ON user.name = user_name \
         WHERE token_hash = ?1 AND expires_at >= ?2",
    )?;
    let found = statement.query_row(params![hash, now], |row| {
        Ok(LoginRecord {
            user_name: row.get(0)?,
            admin: row.get::<_, String>(1)? == "admin",
            must_change: row.get(2)?,
            csrf: row.get(3)?,
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
    c.execute("DELETE FROM login WHERE user_name = ?1", [user])?;
    Ok(())
}
