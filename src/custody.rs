//! The state database and the key that opens its secrets, taken together: one
//! without the other is a mistake that is named before anything is served, for
//! a new key made in silence would leave every stored secret shut for ever.

use std::path::{Path, PathBuf};

use crate::secret::{Keyring, SecretError};
use crate::store::sealed::{self, Place, SealedSecret};
use crate::store::{Store, StoreError};

/// Entries that a refusal names.
const NAMED: usize = 5;

/// Why a data directory can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CustodyError {
    /// A key without the database that it belongs to.
    #[error(
        "{database} is missing, but {key}, which belongs to it, is there: put the database back, \
         or a copy made by `tidewire backup`; to begin with nothing, move {key} away",
        database = .database.display(),
        key = .key.display()
    )]
    DatabaseMissing {
        /// The database.
        database: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// Stored secrets without the key that opens them.
    #[error(
        "{key} {what}, and nothing else opens the secrets of {entries}: put the right key back from your \
         backup. If it is lost for good, run `tidewire forget-secrets --data {data}`, start the service and \
         type these passwords and keys again",
        key = .key.display(),
        what = if *.missing { "is missing" } else { "is not the key of this data directory" },
        data = .data.display()
    )]
    Shut {
        /// The key's file.
        key: PathBuf,
        /// Whether there is none, or another one.
        missing: bool,
        /// Whose secrets can't be opened.
        entries: String,
        /// The data directory.
        data: PathBuf,
    },
    /// The key can't be used.
    #[error(transparent)]
    Key(#[from] SecretError),
    /// The database can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens both; in a new data directory both are made.
///
/// # Errors
/// One of them is missing or does not belong to the other.
pub async fn open(data: &Path) -> Result<(Store, Keyring), CustodyError> {
    let (store, key) = database(data)?;
    let sealed = store.read(sealed::all).await?;
    if !key.exists() {
        if !sealed.is_empty() {
            return Err(shut(data, key, &sealed, true));
        }
        return Ok((store, Keyring::make(&key)?));
    }
    let keyring = Keyring::open(&key)?;
    let strange = not_ours(&keyring, sealed);
    if strange.is_empty() { Ok((store, keyring)) } else { Err(shut(data, key, &strange, false)) }
}

/// Deletes the stored secrets that the key does not open, or all where there is
/// no key; gives whose they were. For a key that is lost for good.
///
/// # Errors
/// A database or a key that can't be used.
pub async fn forget(data: &Path) -> Result<Vec<String>, CustodyError> {
    let (store, key) = database(data)?;
    let sealed = store.read(sealed::all).await?;
    let strange = if key.exists() { not_ours(&Keyring::open(&key)?, sealed) } else { sealed };
    let names = strange.iter().map(entry).collect();
    store.write(move |tx| strange.iter().try_for_each(|secret| sealed::clear(tx, secret))).await?;
    Ok(names)
}

fn database(data: &Path) -> Result<(Store, PathBuf), CustodyError> {
    let (database, key) = (data.join("tidewire.db"), data.join("secret.key"));
    if key.exists() && !database.exists() {
        return Err(CustodyError::DatabaseMissing { database, key });
    }
    Ok((Store::open(&database)?, key))
}

fn not_ours(keyring: &Keyring, sealed: Vec<SealedSecret>) -> Vec<SealedSecret> {
    sealed.into_iter().filter(|secret| !keyring.has_sealed(&secret.bytes)).collect()
}

fn shut(data: &Path, key: PathBuf, sealed: &[SealedSecret], missing: bool) -> CustodyError {
    let mut entries: Vec<String> = sealed.iter().take(NAMED).map(entry).collect();
    if sealed.len() > NAMED {
        entries.push(format!("{} more", sealed.len() - NAMED));
    }
    CustodyError::Shut { key, missing, entries: entries.join(", "), data: data.to_path_buf() }
}

fn entry(secret: &SealedSecret) -> String {
    let name = &secret.name;
    match secret.place {
        Place::Datasource => format!("data source {name}"),
        Place::ProjectSource => format!("project {name} (source)"),
        Place::ProjectTarget => format!("project {name} (target)"),
    }
}
