//! The operation log: who did what, when, and how it ended.

use rusqlite::{Connection as Sqlite, params};
use tidewire_words::Sentence;

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
    /// A setting of the service.
    Setting,
}

impl ObjectKind {
    /// Every kind, in the order of forms.
    pub const ALL: [Self; 5] = [Self::Project, Self::Datasource, Self::Tag, Self::User, Self::Setting];

    /// Reads the stored form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The stored form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Datasource => "datasource",
            Self::Tag => "tag",
            Self::User => "user",
            Self::Setting => "setting",
        }
    }
}

/// Which operations are wanted; what is empty is not asked for.
#[derive(Clone, Debug, Default)]
pub struct OperationFilter {
    /// Only what this person did, or what was done to theirs.
    pub viewer: Option<String>,
    /// Kind of the object.
    pub kind: Option<ObjectKind>,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// Whether it worked.
    pub done: Option<bool>,
    /// From this moment on, milliseconds.
    pub from: Option<i64>,
    /// Before this moment.
    pub to: Option<i64>,
    /// Part of the object's name or id, or of the detail.
    pub text: String,
}

/// A recorded operation with its object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationEntry {
    /// What was done.
    pub operation: OperationRecord,
    /// Kind of the object.
    pub kind: ObjectKind,
    /// Its id.
    pub object_id: String,
    /// Its name at that time.
    pub object_name: String,
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
    pub detail: &'a Sentence,
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
    pub detail: Sentence,
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

/// Who may see it, and every filter; an unused one is NULL or empty.
const WANTED: &str = "(?1 IS NULL OR actor = ?1 \
    OR (object_kind = 'project' AND object_id IN (SELECT id FROM project WHERE creator = ?1)) \
    OR (object_kind = 'datasource' AND object_id IN (SELECT id FROM datasource WHERE creator = ?1)) \
    OR (object_kind = 'tag' AND object_id IN (SELECT name FROM tag WHERE creator = ?1)) \
    OR (object_kind = 'user' AND object_id = ?1)) \
    AND (?2 IS NULL OR object_kind = ?2) AND (?3 = '' OR actor = ?3) AND (?4 = '' OR action = ?4) \
    AND (?5 IS NULL OR result = ?5) AND (?6 IS NULL OR at >= ?6) AND (?7 IS NULL OR at < ?7) \
    AND (?8 = '' OR instr(lower(object_name || ' ' || object_id || ' ' || detail), lower(?8)) > 0)";

fn result(done: bool) -> &'static str {
    if done { "done" } else { "failed" }
}

/// How many operations a filter finds.
pub fn count(c: &Sqlite, filter: &OperationFilter) -> Result<usize> {
    let mut statement = c.prepare_cached(&format!("SELECT count(*) FROM operation WHERE {WANTED}"))?;
    let found: u32 = statement.query_row(
        params![
            filter.viewer,
            filter.kind.map(ObjectKind::as_str),
            filter.actor,
            filter.action,
            filter.done.map(result),
            filter.from,
            filter.to,
            filter.text
        ],
        |row| row.get(0),
    )?;
    Ok(usize::try_from(found).unwrap_or(usize::MAX))
}

type Parts = (i64, String, String, String, String, String, String, String);

/// What a filter finds, newest first.
pub fn find(c: &Sqlite, filter: &OperationFilter, most: usize, skip: usize) -> Result<Vec<OperationEntry>> {
    let mut statement = c.prepare_cached(&format!(
        "SELECT at, actor, action, result, detail, object_kind, object_id, object_name \
         FROM operation WHERE {WANTED} ORDER BY id DESC LIMIT ?9 OFFSET ?10"
    ))?;
    let rows = statement.query_map(
        params![
            filter.viewer,
            filter.kind.map(ObjectKind::as_str),
            filter.actor,
            filter.action,
            filter.done.map(result),
            filter.from,
            filter.to,
            filter.text,
            i64::try_from(most).unwrap_or(i64::MAX),
            i64::try_from(skip).unwrap_or(i64::MAX)
        ],
        |row| row.try_into(),
    )?;
    let rows: Vec<Parts> = rows.collect::<Result<_, _>>()?;
    rows.into_iter().map(entry).collect()
}

fn entry((at, actor, action, result, detail, kind, object_id, object_name): Parts) -> Result<OperationEntry> {
    let operation =
        OperationRecord { at, actor, action, done: result == "done", detail: from_json(&detail)? };
    let kind = ObjectKind::parse(&kind).ok_or(super::StoreError::Corrupt(kind))?;
    Ok(OperationEntry { operation, kind, object_id, object_name })
}

/// Every actor and every action among what a viewer may see, by name.
pub fn names(c: &Sqlite, viewer: Option<&str>) -> Result<(Vec<String>, Vec<String>)> {
    let all = OperationFilter { viewer: viewer.map(str::to_owned), ..OperationFilter::default() };
    let column = |name: &str| -> Result<Vec<String>> {
        let mut statement = c.prepare_cached(&format!(
            "SELECT DISTINCT {name} FROM operation WHERE {WANTED} ORDER BY {name} LIMIT 200"
        ))?;
        let none: Option<i64> = None;
        let rows =
            statement.query_map(params![all.viewer, none, "", "", none, none, none, ""], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    Ok((column("actor")?, column("action")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_and_who_may_see() {
        let mut c = Sqlite::open_in_memory().unwrap();
        super::super::migrate::run(&mut c, std::path::Path::new("x")).unwrap();
        super::super::tag::insert(&c, "t1", "lin", 1).unwrap();
        let detail = Sentence { en: "50%_\"x\"".to_owned(), zh: "详情".to_owned() };
        let add = |at, actor, action, kind, id: &str, done| {
            let operation = NewOperation {
                actor,
                action,
                object_kind: kind,
                object_id: id,
                object_name: id,
                done,
                detail: &detail,
            };
            insert(&c, at, &operation).unwrap();
        };
        add(1, "admin", "create", ObjectKind::Project, "np_1", true);
        add(2, "lin", "create", ObjectKind::Tag, "t1", true);
        add(3, "admin", "rename", ObjectKind::Tag, "t1", true);
        add(4, "service", "fail", ObjectKind::Project, "np_1", false);
        let found = |filter: OperationFilter| {
            let rows = find(&c, &filter, 9, 0).unwrap();
            assert_eq!(rows.len(), count(&c, &filter).unwrap());
            rows.iter().map(|row| row.operation.at).collect::<Vec<_>>()
        };
        let all = OperationFilter::default;
        assert_eq!(found(all()), [4, 3, 2, 1]);
        assert_eq!(found(OperationFilter { viewer: Some("lin".to_owned()), ..all() }), [3, 2]);
        assert_eq!(found(OperationFilter { kind: Some(ObjectKind::Tag), ..all() }), [3, 2]);
        assert_eq!(found(OperationFilter { actor: "admin".to_owned(), ..all() }), [3, 1]);
        assert_eq!(found(OperationFilter { action: "fail".to_owned(), ..all() }), [4]);
        assert_eq!(found(OperationFilter { done: Some(false), ..all() }), [4]);
        assert_eq!(found(OperationFilter { from: Some(2), to: Some(4), ..all() }), [3, 2]);
        assert_eq!(found(OperationFilter { text: "NP_".to_owned(), ..all() }), [4, 1]);
        assert!(found(OperationFilter { text: "%".to_owned(), ..all() }).len() == 4);
        assert!(found(OperationFilter { text: "' OR 1=1".to_owned(), ..all() }).is_empty());
        assert_eq!(names(&c, Some("lin")).unwrap().0, ["admin", "lin"]);
    }
}
