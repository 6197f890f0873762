//! Numbered schema steps. `PRAGMA user_version` says which are done; each runs
//! in its own transaction, and an existing file is copied before the first.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::{Result, StoreError};

/// Every step, in order. A step that was released is never changed.
const STEPS: &[&str] = &[
    include_str!("migrations/0001_initial.sql"),
    include_str!("migrations/0002_table_choices.sql"),
    include_str!("migrations/0003_drafts.sql"),
    include_str!("migrations/0004_console.sql"),
    include_str!("migrations/0005_sample_means.sql"),
];

/// Brings the file to the newest schema.
///
/// # Errors
/// A newer file, a failed copy, or SQLite's reason.
pub fn run(connection: &mut Connection, path: &Path) -> Result<()> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    if found > 0 && found < known {
        let copy = copy_name(path, found);
        if !copy.exists() {
            copy_to(connection, &copy)?;
        }
        log::info!(schema = found; "copied the state database before its upgrade");
    }
    for (number, step) in (1_i64..).zip(STEPS).filter(|(number, _)| *number > found) {
        let tx = connection.transaction()?;
        tx.execute_batch(step)?;
        tx.pragma_update(None, "user_version", number)?;
        tx.commit()?;
    }
    Ok(())
}

fn copy_name(path: &Path, version: i64) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".before-schema-{}", version + 1));
    PathBuf::from(name)
}

/// Writes a consistent copy of the database to a new file.
///
/// # Errors
/// When the file exists or can't be written.
pub fn copy_to(connection: &Connection, to: &Path) -> Result<()> {
    let unwritable = || StoreError::Unwritable(to.to_path_buf());
    let name = to.to_str().ok_or_else(unwritable)?;
    // The copy holds sealed secrets and password hashes: nobody else reads it.
    crate::secret::write_private(to, b"").map_err(|_| unwritable())?;
    connection.execute("VACUUM INTO ?1", [name]).map_err(|error| {
        log::warn!("copying the state database failed: {error}");
        unwritable()
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_file_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        let error = run(&mut connection, Path::new("x")).unwrap_err().to_string();
        assert!(error.contains("newer version"), "{error}");
    }

    #[test]
    fn a_copy_opens_and_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let mut connection = Connection::open(dir.path().join("a.db")).unwrap();
        run(&mut connection, Path::new("a")).unwrap();
        let copy = dir.path().join("b.db");
        copy_to(&connection, &copy).unwrap();
        assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o077, 0);
        let again = Connection::open(&copy).unwrap();
        let version: i64 = again.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(usize::try_from(version).unwrap(), STEPS.len());
        assert!(copy_to(&connection, &copy).is_err());
    }

    /// The log keeps its rows while its table is made anew.
    #[test]
    fn an_older_file_keeps_what_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let mut connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "foreign_keys", true).unwrap();
        for step in &STEPS[..3] {
            connection.execute_batch(step).unwrap();
        }
        connection.pragma_update(None, "user_version", 3).unwrap();
        connection
            .execute_batch(
                "INSERT INTO user VALUES ('admin', 'admin', '', 0, 1); \
                 INSERT INTO login VALUES (x'00', 'admin', 'c', 1, 2); \
                 INSERT INTO operation VALUES (7, 1, 'admin', 'create', 'tag', 't', 't', 'done', '{}');",
            )
            .unwrap();
        run(&mut connection, &path).unwrap();
        let kept: (i64, String) = connection
            .query_row("SELECT id, actor FROM operation", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        assert_eq!(kept, (7, "admin".to_owned()));
        let browser: String =
            connection.query_row("SELECT browser FROM login", [], |row| row.get(0)).unwrap();
        assert_eq!(browser, "");
        assert!(copy_name(&path, 3).exists());
    }
}
