//! The operation log: who did what, when, and how it ended.

use rusqlite::{Connection as Sqlite, params};

use crate::model::lang::Message;

use super::{Result, from_json, to_json};

/// What an operation was done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// A project.
    Project,
    /// A data source.
    Datasource,
    /// A tag.
    Tag,
    /// A user.
    User,
}

impl ObjectKind {
    /// The stored form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Datasource => "datasource",
            Self::Tag => "tag",
            Self::User => "user",
        }
    }
}

/// One operation to be recorded.
#[derive(Clone, Copy, Debug)]
pub struct NewOperation<'a> {
    /// Who: a user's name, `api` or `service`.
    pub actor: &'a str,
    /// What, a short machine name.
    pub action: &'a str,
    /// Kind of the object.
    pub object_kind: ObjectKind,
    /// Its id.
    pub object_id: &'a str,
    /// Its name at that time.
    pub object_name: &'a str,
    /// Whether it worked.
    pub done: bool,
    /// Facts worth keeping; never a secret.
    pub detail: &'a Message,
}

/// A recorded operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationRecord {
    /// When, milliseconds.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// Whether it worked.
    pub done: bool,
    /// Facts.
    pub detail: Message,
}

/// Records an operation, in the transaction of its effect.
pub fn insert(c: &Sqlite, now: i64, operation: &NewOperation<'_>) -> Result<()> {
    c.prepare_cached(
        "INSERT INTO operation (at, actor, action, object_kind, object_id, object_name, result, detail) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        now,
        operation.actor,
        operation.action,
        operation.object_kind.as_str(),
        operation.object_id,
        operation.object_name,
        if operation.done { "done" } else { "failed" },
        to_json(operation.detail)?
    ])?;
    Ok(())
}

/// Operations on an object, newest first: how many there are, and `most` of them
/// after the first `skip`. With an action, only those.
pub fn page_of_object(
    c: &Sqlite,
    id: &str,
    action: Option<&str>,
    (skip, most): (u32, u32),
) -> Result<(u32, Vec<OperationRecord>)> {
    let total = c
        .prepare_cached(
            "SELECT count(*) FROM operation WHERE object_id = ?1 AND (?2 IS NULL OR action = ?2)",
        )?
        .query_row(params![id, action], |row| row.get(0))?;
    let mut statement = c.prepare_cached(
        "SELECT at, actor, action, result, detail FROM operation \
         WHERE object_id = ?1 AND (?2 IS NULL OR action = ?2) ORDER BY id DESC LIMIT ?4 OFFSET ?3",
    )?;
    let rows: Vec<Raw> = statement
        .query_map(params![id, action, skip, most], |row| row.try_into())?
        .collect::<Result<_, _>>()?;
    Ok((total, complete(rows)?))
}

type Raw = (i64, String, String, String, String);

/// The newest operations on an object.
pub fn of_object(c: &Sqlite, id: &str, most: u32) -> Result<Vec<OperationRecord>> {
    let mut statement = c.prepare_cached(
        "SELECT at, actor, action, result, detail FROM operation WHERE object_id = ?1 \
         ORDER BY id DESC LIMIT ?2",
    )?;
    let rows: Vec<Raw> =
        statement.query_map(params![id, most], |row| row.try_into())?.collect::<Result<_, _>>()?;
    complete(rows)
}

fn complete(rows: Vec<Raw>) -> Result<Vec<OperationRecord>> {
    rows.into_iter()
        .map(|(at, actor, action, result, detail)| {
            let detail = from_json(&detail)?;
            Ok(OperationRecord { at, actor, action, done: result == "done", detail })
        })
        .collect()
}
