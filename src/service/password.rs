//! Passwords as Argon2id hashes in PHC form.
//!
//! Invariant: one hash at a time, and its 19 MiB go back to the system when it
//! is done. Freed memory of usual size would stay with the thread that used it,
//! and every thread of the pool would come to keep its own.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::Semaphore;

use crate::secret::random_text;

use super::error::{Result, ServiceError};

/// A hash of no password: verifying against it takes as long as a real one.
pub(super) const DUMMY_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$\
     +RXyFhRoCvNS9rBtlDLZzBPLxPTRaGmCFZ9pvyeMFFo";
/// Bytes of a salt, and of a hash.
const SALT: usize = 16;
const HASH: usize = 32;
/// Blocks of 1 KiB that are asked for, though fewer are used: the allocator of
/// the C library maps pieces above 32 MiB apart and unmaps them when freed.
const MAPPED_APART: usize = 33 << 10;

/// Who makes hashes.
#[derive(Debug)]
pub(super) struct Hasher {
    turn: Semaphore,
}

impl Default for Hasher {
    fn default() -> Self {
        Self { turn: Semaphore::new(1) }
    }
}

impl Hasher {
    /// The hash of a new password.
    pub(super) async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.in_turn(move || new_hash(&password)).await?.ok_or(ServiceError::Lost)
    }

    /// Whether a password is the one of a hash; not for a hash that can't be read.
    pub(super) async fn verify(&self, hash: String, password: &str) -> Result<bool> {
        let password = password.to_owned();
        Ok(self.in_turn(move || fits(&hash, &password)).await?.unwrap_or(false))
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _turn = self.turn.acquire().await.map_err(|_| ServiceError::Lost)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| ServiceError::Lost)
    }
}

fn new_hash(password: &str) -> Option<String> {
    let mut salt = [0_u8; SALT];
    crate::secret::random(&mut salt).ok()?;
    let params = Params::default();
    let made = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::default().into()),
        params: ParamsString::try_from(&params).ok()?,
        salt: Some(Salt::new(&salt).ok()?),
        hash: Some(output(params, Version::default(), password, &salt, HASH)?),
    };
    Some(made.to_string())
}

fn fits(hash: &str, password: &str) -> Option<bool> {
    let parsed = PasswordHash::new(hash).ok()?;
    let (salt, wanted) = (parsed.salt.as_ref()?, parsed.hash.as_ref()?);
    let version = Version::try_from(parsed.version?).ok()?;
    let params = Params::try_from(&parsed).ok()?;
    // Outputs are compared in constant time.
    Some(output(params, version, password, salt, wanted.len())? == *wanted)
}

fn output(params: Params, version: Version, password: &str, salt: &[u8], length: usize) -> Option<Output> {
    let blocks = params.block_count();
    let mut memory: Vec<Block> = Vec::with_capacity(blocks.max(MAPPED_APART));
    memory.resize(blocks, Block::default());
    let mut out = [0_u8; Output::MAX_LENGTH];
    let out = out.get_mut(..length)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, version, params);
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, &mut memory).ok()?;
    Output::new(out).ok()
}

/// A password for the first login. Obeys the password rule, so it can be typed
/// anywhere a password can.
pub(super) fn one_time() -> Result<String> {
    let mut digits = [0_u8; 4];
    crate::secret::random(&mut digits)?;
    let digits: String = digits.iter().map(|byte| char::from(b'0' + byte % 10)).collect();
    Ok(format!("{}@{digits}", random_text(10)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::rules;

    #[tokio::test]
    async fn only_the_password_of_a_hash_fits() {
        let hasher = Hasher::default();
        let made = hasher.hash("Secret.2026").await.unwrap();
        assert!(made.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{made}");
        assert_ne!(hasher.hash("Secret.2026").await.unwrap(), made);
        assert!(hasher.verify(made.clone(), "Secret.2026").await.unwrap());
        for wrong in ["secret.2026", "", "Secret.2026 "] {
            assert!(!hasher.verify(made.clone(), wrong).await.unwrap(), "{wrong}");
        }
        assert!(!hasher.verify("nonsense".to_owned(), "nonsense").await.unwrap());
        assert_eq!(fits(DUMMY_HASH, ""), Some(false));
    }

    #[test]
    fn the_library_reads_our_hashes_and_we_read_its() {
        use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
        let argon2 = Argon2::default();
        let theirs = argon2.hash_password(b"Secret.2026").unwrap().to_string();
        assert_eq!(fits(&theirs, "Secret.2026"), Some(true));
        argon2.verify_password(b"Secret.2026", new_hash("Secret.2026").unwrap().as_str()).unwrap();
    }

    #[test]
    fn one_time_passwords_obey_the_rule() {
        for _ in 0..50 {
            let password = one_time().unwrap();
            assert!(rules::password(&password).is_ok(), "{password}");
        }
    }
}
