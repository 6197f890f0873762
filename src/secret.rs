//! Seals stored credentials. Knows bytes only: no table, no file but its key.
//!
//! A sealed value is `version, key id, nonce, ciphertext`; owner and field are
//! associated data, so a value copied to another row does not open.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

const VERSION: u8 = 1;
const KEY_ID: usize = 4;
const NONCE: usize = 24;

/// Why a secret can't be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The key file can be read by others.
    #[error("{path} must belong to its owner alone: run `chmod 600 {path}`", path = .0.display())]
    Mode(PathBuf),
    /// The key file does not hold a key.
    #[error("{path} does not hold a key of 32 bytes: restore it from a backup", path = .0.display())]
    NotAKey(PathBuf),
    /// The key file can't be read or made.
    #[error("{path}: {source}; check the owner of the data directory", path = .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The value was sealed with another key or belongs to another row.
    #[error("a stored secret does not open with this secret.key: restore the key, or type the secret again")]
    WrongKey,
    /// The system gives no random numbers.
    #[error("the system's random numbers can't be read")]
    Random,
}

/// The key that seals everything of one data directory.
pub struct Keyring {
    cipher: XChaCha20Poly1305,
    id: [u8; KEY_ID],
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring")
    }
}

impl Keyring {
    /// Makes a new key file with mode 0600.
    ///
    /// # Errors
    /// A file that exists or can't be written.
    pub fn make(path: &Path) -> Result<Self, SecretError> {
        let mut key = [0_u8; 32];
        random(&mut key)?;
        write_private(path, &key).map_err(|source| SecretError::File { path: path.to_path_buf(), source })?;
        Ok(Self::of(&key))
    }

    /// Opens the key file.
    ///
    /// # Errors
    /// A file that others can read, that is no key, or that can't be used.
    pub fn open(path: &Path) -> Result<Self, SecretError> {
        let file = |source| SecretError::File { path: path.to_path_buf(), source };
        let mode = fs::metadata(path).map_err(file)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(SecretError::Mode(path.to_path_buf()));
        }
        let key: [u8; 32] =
            fs::read(path).map_err(file)?.try_into().map_err(|_| SecretError::NotAKey(path.to_path_buf()))?;
        Ok(Self::of(&key))
    }

    fn of(key: &[u8; 32]) -> Self {
        let digest = Sha256::digest(key);
        let mut id = [0; KEY_ID];
        id.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
        Self { cipher: XChaCha20Poly1305::new(&(*key).into()), id }
    }

    /// Seals a secret for `owner` (an id) and `field` (a name).
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn seal(&self, owner: &str, field: &str, secret: &SecretString) -> Result<Vec<u8>, SecretError> {
        let mut nonce = [0_u8; NONCE];
        random(&mut nonce)?;
        let aad = associated(owner, field);
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: &aad };
        let text = self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SecretError::WrongKey)?;
        let mut sealed = vec![VERSION];
        sealed.extend_from_slice(&self.id);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&text);
        Ok(sealed)
    }

    /// Whether a value was sealed with this key, unharmed or not.
    pub fn has_sealed(&self, sealed: &[u8]) -> bool {
        sealed.split_first().and_then(|(_, rest)| rest.get(..KEY_ID)) == Some(self.id.as_slice())
    }

    /// Opens a sealed secret of the same owner and field.
    ///
    /// # Errors
    /// [`SecretError::WrongKey`] when it was sealed with another key, for
    /// another owner, or was changed.
    pub fn open_sealed(&self, owner: &str, field: &str, sealed: &[u8]) -> Result<SecretString, SecretError> {
        let wrong = || SecretError::WrongKey;
        let (version, rest) = sealed.split_first().ok_or_else(wrong)?;
        let (id, rest) = rest.split_at_checked(KEY_ID).ok_or_else(wrong)?;
        let (nonce, text) = rest.split_at_checked(NONCE).ok_or_else(wrong)?;
        if *version != VERSION || id != self.id {
            return Err(SecretError::WrongKey);
        }
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| wrong())?;
        let aad = associated(owner, field);
        let plain = self
            .cipher
            .decrypt(&XNonce::from(nonce), Payload { msg: text, aad: &aad })
            .map_err(|_| wrong())?;
        String::from_utf8(plain).map(SecretString::from).map_err(|_| wrong())
    }
}

fn associated(owner: &str, field: &str) -> Vec<u8> {
    [owner.as_bytes(), b"\0", field.as_bytes()].concat()
}

/// Fills the buffer with random bytes of the system.
///
/// # Errors
/// When there are none.
pub fn random(buffer: &mut [u8]) -> Result<(), SecretError> {
    getrandom::fill(buffer).map_err(|_| SecretError::Random)
}

/// Random text over an alphabet without look-alikes.
///
/// # Errors
/// When the system gives no random numbers.
pub fn random_text(length: usize) -> Result<String, SecretError> {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = vec![0_u8; length];
    random(&mut bytes)?;
    Ok(bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 32))).map(|b| char::from(*b)).collect())
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| DIGITS.get(usize::from(value)).map_or('?', |digit| char::from(*digit));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Writes a new file that only its owner can read.
///
/// # Errors
/// The system's reason.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_where_it_belongs() {
        let ring = Keyring::of(&[7; 32]);
        let sealed = ring.seal("ds_1", "password", &"p@ss".to_owned().into()).unwrap();
        assert!(!sealed.windows(4).any(|w| w == b"p@ss"));
        assert_eq!(ring.open_sealed("ds_1", "password", &sealed).unwrap().expose_secret(), "p@ss");
        assert!(ring.open_sealed("ds_2", "password", &sealed).is_err());
        assert!(ring.open_sealed("ds_1", "secret", &sealed).is_err());
        assert!(Keyring::of(&[8; 32]).open_sealed("ds_1", "password", &sealed).is_err());
        let mut bent = sealed.clone();
        *bent.last_mut().unwrap() ^= 1;
        assert!(ring.open_sealed("ds_1", "password", &bent).is_err());
        for cut in 0..sealed.len() {
            assert!(ring.open_sealed("ds_1", "password", &sealed[..cut]).is_err());
        }
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_with_the_remedy() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret.key");
        Keyring::make(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = Keyring::open(&path).unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }
}
