//! The only SQL of the program: one SQLite file, one file of functions a table.
//! Knows no HTTP, no tasks, no rules of the forms.
//!
//! Work runs on blocking threads: [`Store::write`] one at a time inside a
//! transaction, [`Store::read`] beside it on a few connections of its own.
//! Invariants: a commit is on the disk when `write` returns (WAL with
//! `synchronous=FULL`); a closure that fails leaves nothing behind.

pub mod alarm;
pub mod checkpoint;
pub mod datasource;
pub mod draft;
pub mod login;
pub mod migrate;
pub mod operation;
pub mod project;
pub mod project_head;
pub mod sample;
pub mod sealed;
pub mod setting;
pub mod tag;
pub mod user;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::secret::write_private;

/// Read connections that are kept open.
const READERS: usize = 3;

/// Why the state database refused.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite's own reason.
    #[error("the state database failed")]
    Sqlite(#[from] rusqlite::Error),
    /// A stored value is not what this version writes.
    #[error("the state database holds a value that can't be read: {0}")]
    Corrupt(String),
    /// The file belongs to a newer version of the program.
    #[error(
        "the state database has schema {found}, this version knows {known}: \
         install the newer version, or restore the copy made before its upgrade"
    )]
    Newer {
        /// Schema of the file.
        found: i64,
        /// Newest schema of this program.
        known: i64,
    },
    /// The copy or the folder can't be written.
    #[error("{path} can't be written: check free space and owner", path = .0.display())]
    Unwritable(PathBuf),
    /// The work ended before its answer; the program is stopping.
    #[error("the state database is closed")]
    Closed,
}

impl StoreError {
    /// Whether a UNIQUE or primary key refused the write.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Sqlite(rusqlite::Error::SqliteFailure(error, _))
            if error.code == rusqlite::ErrorCode::ConstraintViolation)
    }
}

/// What a person can do something about, of what SQLite says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No space is left.
    Full,
    /// The file, or its file system, takes no writes.
    ReadOnly,
    /// Another process holds it.
    Locked,
    /// The disk failed.
    Disk,
    /// The file is no longer there, or no longer a database.
    Gone,
}

impl StoreError {
    /// The trouble behind it.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        let Self::Sqlite(rusqlite::Error::SqliteFailure(error, _)) = self else { return None };
        Some(match error.code {
            rusqlite::ErrorCode::DiskFull => Trouble::Full,
            rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::PermissionDenied => Trouble::ReadOnly,
            rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked => Trouble::Locked,
            rusqlite::ErrorCode::SystemIoFailure => Trouble::Disk,
            rusqlite::ErrorCode::CannotOpen
            | rusqlite::ErrorCode::NotADatabase
            | rusqlite::ErrorCode::DatabaseCorrupt => Trouble::Gone,
            _ => return None,
        })
    }
}

/// What the functions of the tables work on: a connection, or a transaction,
/// which is one too.
pub type Db = Connection;

/// Result of store functions.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The state database; cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

impl Store {
    /// Opens the file, makes it when it is missing, and brings its schema up
    /// to date. Blocking: called once at start-up.
    ///
    /// # Errors
    /// A file that can't be opened, migrated, or that is newer than the program.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.exists() {
            // Password hashes and sealed secrets are for the owner alone; SQLite
            // gives its other files the same mode.
            write_private(path, b"").map_err(|_| StoreError::Unwritable(path.to_path_buf()))?;
        }
        let mut writer = connect(path)?;
        migrate::run(&mut writer, path)?;
        let inner = Inner {
            path: path.to_path_buf(),
            writer: Mutex::new(writer),
            readers: Mutex::new(Vec::with_capacity(READERS)),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Runs `work` on a read connection.
    ///
    /// # Errors
    /// Those of `work`, and [`StoreError::Closed`] at the end of the program.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        let job = move || {
            let pooled = inner.readers.lock().ok().and_then(|mut readers| readers.pop());
            let reader = match pooled {
                Some(reader) => reader,
                None => connect(&inner.path)?,
            };
            let result = work(&reader);
            if let Ok(mut readers) = inner.readers.lock()
                && readers.len() < READERS
            {
                readers.push(reader);
            }
            result
        };
        tokio::task::spawn_blocking(job).await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Runs `work` in a write transaction, committed when it returns `Ok`.
    ///
    /// # Errors
    /// Those of `work` (nothing is written then) and those of the commit.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        let job = move || {
            // A panic in earlier work rolled its transaction back; go on.
            let mut writer = inner.writer.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let tx =
                writer.transaction_with_behavior(TransactionBehavior::Immediate).map_err(StoreError::from)?;
            let value = work(&tx)?;
            tx.commit().map_err(StoreError::from)?;
            Ok(value)
        };
        tokio::task::spawn_blocking(job).await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Writes nothing new, but all the way to the disk: whether it can.
    ///
    /// # Errors
    /// What keeps every write from being kept.
    pub async fn touch(&self) -> Result<()> {
        self.write(|tx| {
            let version: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
            Ok(tx.pragma_update(None, "user_version", version)?)
        })
        .await
    }

    /// Writes a consistent copy to a file that must not exist.
    ///
    /// # Errors
    /// When the file exists or can't be written.
    pub async fn backup(&self, to: PathBuf) -> Result<()> {
        self.read(move |reader| migrate::copy_to(reader, &to)).await
    }
}

fn connect(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    // Only another program can hold the file; whoever asks shall not wait long for it.
    connection.busy_timeout(Duration::from_secs(3))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

/// The wall clock, milliseconds since 1970.
#[must_use]
pub fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_failed_write_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("t.db")).unwrap();
        let result: Result<()> = store
            .write(|tx| {
                tag::insert(tx, "核心", "admin", 1)?;
                Err(StoreError::Closed)
            })
            .await;
        assert!(result.is_err());
        let tags = store.read(tag::list).await.unwrap();
        assert!(tags.is_empty());
        store.write(|tx| tag::insert(tx, "核心", "admin", 1)).await.unwrap();
        assert_eq!(store.read(tag::list).await.unwrap().len(), 1);
    }
}
