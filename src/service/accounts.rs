//! Accounts and logins of the console.
//!
//! Invariants: passwords are kept as Argon2id hashes, login tokens as SHA-256
//! hashes; an unknown account costs as much time and says the same as a wrong
//! password.

use std::collections::HashMap;
use std::sync::Mutex;

use sha2::{Digest as _, Sha256};
use tidewire_words::Sentence;

use crate::secret::random_text;
use crate::store::login::{self, LoginEntry, LoginRecord, NewLogin};
use crate::store::now_ms;
use crate::store::operation::ObjectKind;
use crate::store::user::{self, UserRecord};
use crate::text::{field, refusal};

use super::error::{RefusalKind, Result, ServiceError};
use super::{Actor, Service, password, record, rules};

/// The account that always exists.
pub const ADMIN: &str = "admin";
/// Wrong passwords in a row until the account waits, for one address.
const TRIES: u32 = 5;
/// How long it waits, milliseconds.
const WAIT_MS: i64 = 5 * 60_000;
/// Accounts and addresses that are remembered at most. Checking one password
/// takes a few hundredths of a second, so that filling this takes longer than
/// any of them waits.
const REMEMBERED: usize = 10_000;
/// Longest name of a browser that is kept.
const BROWSER_LIMIT: usize = 200;
/// How long a login lasts, milliseconds.
const LOGIN_MS: i64 = 12 * 3_600_000;

/// Where a login comes from.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Address of the browser, or of the proxy before it.
    pub address: String,
    /// What the browser calls itself.
    pub browser: String,
}

/// How a login ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginAnswer {
    /// The token for the cookie.
    In(String),
    /// Wrong; so many tries are left.
    Wrong(u32),
    /// Longer than the name of any account.
    NoAccount,
    /// Too many wrong ones; wait so many minutes.
    Locked(i64),
}

/// Counts wrong passwords by account and address.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    wrong: Mutex<HashMap<String, (u32, i64)>>,
}

impl Throttle {
    /// Minutes to wait, if it has to.
    fn wait(&self, key: &str, now: i64) -> Option<i64> {
        let wrong = self.wrong.lock().ok()?;
        let (count, last) = *wrong.get(key)?;
        let left = last + WAIT_MS - now;
        (count >= TRIES && left > 0).then_some((left + 59_999) / 60_000)
    }

    /// Notes a try before it is checked, so that tries at the same time count;
    /// returns how many are left.
    fn note(&self, key: &str, now: i64) -> u32 {
        let Ok(mut wrong) = self.wrong.lock() else { return 0 };
        if wrong.len() >= REMEMBERED && !wrong.contains_key(key) {
            wrong.retain(|_, (_, last)| *last + WAIT_MS > now);
            if wrong.len() >= REMEMBERED {
                let oldest = wrong.iter().min_by_key(|(_, (_, last))| *last).map(|(key, _)| key.clone());
                oldest.and_then(|key| wrong.remove(&key));
            }
        }
        let entry = wrong.entry(key.to_owned()).or_insert((0, now));
        if entry.1 + WAIT_MS <= now {
            entry.0 = 0;
        }
        *entry = (entry.0 + 1, now);
        TRIES.saturating_sub(entry.0)
    }

    fn forget(&self, key: &str) {
        if let Ok(mut wrong) = self.wrong.lock() {
            wrong.remove(key);
        }
    }
}

impl Service {
    /// Makes the admin account at the first start and returns its one-time
    /// password.
    ///
    /// # Errors
    /// A failed database.
    pub async fn ensure_admin(&self) -> Result<Option<String>> {
        if self.store.read(|c| user::find(c, ADMIN)).await?.is_some() {
            return Ok(None);
        }
        let password = password::one_time()?;
        let account = UserRecord {
            name: ADMIN.to_owned(),
            admin: true,
            password_hash: self.passwords.hash(&password).await?,
            must_change: true,
            created_at: now_ms(),
        };
        self.store.write(move |tx| user::insert(tx, &account)).await?;
        Ok(Some(password))
    }

    /// Checks a password and makes a login.
    ///
    /// # Errors
    /// A failed database.
    pub async fn log_in(&self, name: &str, password: &str, place: Place) -> Result<LoginAnswer> {
        if name.chars().count() > rules::ACCOUNT_LIMIT {
            return Ok(LoginAnswer::NoAccount);
        }
        let key = format!("{}\n{}", name.to_lowercase(), place.address);
        let now = now_ms();
        if let Some(minutes) = self.throttle.wait(&key, now) {
            return Ok(LoginAnswer::Locked(minutes));
        }
        let left = self.throttle.note(&key, now);
        let wanted = name.to_owned();
        let account = self.store.read(move |c| user::find(c, &wanted)).await?;
        let known = account.is_some();
        let (hash, name) = account.map_or_else(
            || (password::DUMMY_HASH.to_owned(), String::new()),
            |user| (user.password_hash, user.name),
        );
        let fits = self.passwords.verify(hash, password).await?;
        if !fits || !known {
            log::warn!("a login failed");
            return Ok(LoginAnswer::Wrong(left));
        }
        self.throttle.forget(&key);
        let token = random_text(40)?;
        let entry = NewLogin {
            token_hash: token_hash(&token),
            user_name: name,
            csrf: random_text(32)?,
            browser: place.browser.chars().take(BROWSER_LIMIT).collect(),
            address: place.address,
            created_at: now,
            expires_at: now + LOGIN_MS,
        };
        self.store.write(move |tx| login::insert(tx, &entry)).await?;
        Ok(LoginAnswer::In(token))
    }

    /// The login of a token, if it is valid.
    ///
    /// # Errors
    /// A failed database.
    pub async fn login_of(&self, token: &str) -> Result<Option<LoginRecord>> {
        let hash = token_hash(token);
        Ok(self.store.read(move |c| login::find(c, &hash, now_ms())).await?)
    }

    /// Ends a login.
    ///
    /// # Errors
    /// A failed database.
    pub async fn log_out(&self, token: &str) -> Result<()> {
        let hash = token_hash(token);
        Ok(self.store.write(move |tx| login::delete(tx, &hash)).await?)
    }

    /// A person replaces the one-time password by one of their own; their other
    /// logins end, for somebody else may have used it too.
    ///
    /// # Errors
    /// Passwords that break the rule or differ.
    pub async fn choose_password(&self, login: &LoginRecord, once: &str, twice: &str) -> Result<()> {
        rules::password(once).map_err(|message| ServiceError::field("password", message))?;
        if once != twice {
            return Err(ServiceError::field("again", field::PASSWORD_AGAIN));
        }
        let hash = self.passwords.hash(once).await?;
        let (name, id) = (login.user_name.clone(), login.id);
        self.store
            .write(move |tx| {
                user::set_password(tx, &name, &hash, false)?;
                login::delete_others(tx, &name, id)?;
                record(tx, &Actor::user(&name, false), "password", ObjectKind::User, &name, &name, "")
            })
            .await
    }

    /// A person replaces their password, knowing the old one; their other
    /// logins end.
    ///
    /// # Errors
    /// A wrong old password, or new ones that break the rule or differ.
    pub async fn change_password(
        &self,
        login: &LoginRecord,
        old: &str,
        once: &str,
        twice: &str,
    ) -> Result<()> {
        let key = format!("{}\n", login.user_name.to_lowercase());
        let now = now_ms();
        if let Some(minutes) = self.throttle.wait(&key, now) {
            return Err(ServiceError::field("old", Sentence::new(field::TRIES, &[&minutes.to_string()])));
        }
        self.throttle.note(&key, now);
        let name = login.user_name.clone();
        let account = self.store.read(move |c| user::find(c, &name)).await?;
        let found = account.ok_or_else(|| ServiceError::not_found(refusal::NO_USER, &login.user_name))?;
        let fits = self.passwords.verify(found.password_hash, old).await?;
        if !fits {
            return Err(ServiceError::field("old", field::OLD_PASSWORD));
        }
        self.throttle.forget(&key);
        self.choose_password(login, once, twice).await
    }

    /// The logins of a person, newest first.
    ///
    /// # Errors
    /// A failed database.
    pub async fn logins(&self, actor: &Actor) -> Result<Vec<LoginEntry>> {
        let name = actor.name().to_owned();
        Ok(self.store.read(move |c| login::of_user(c, &name, now_ms())).await?)
    }

    /// Ends one login of a person.
    ///
    /// # Errors
    /// It is not theirs, or has ended.
    pub async fn end_login(&self, actor: &Actor, id: i64) -> Result<()> {
        let name = actor.name().to_owned();
        self.store
            .write(move |tx| {
                if login::delete_one(tx, &name, id)? {
                    return Ok(());
                }
                let (code, kind) = ("not_found", RefusalKind::NotFound);
                Err(ServiceError::refused(kind, code, refusal::NO_LOGIN, refusal::NO_LOGIN_REMEDY))
            })
            .await
    }

    /// Ends every login of a person but the one that asks.
    ///
    /// # Errors
    /// A failed database.
    pub async fn end_other_logins(&self, login: &LoginRecord) -> Result<()> {
        let (name, id) = (login.user_name.clone(), login.id);
        Ok(self.store.write(move |tx| login::delete_others(tx, &name, id)).await?)
    }
}

fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wrong_passwords_lock_for_five_minutes() {
        let throttle = Throttle::default();
        let left: Vec<u32> = (0..5).map(|_| throttle.note("a", 0)).collect();
        assert_eq!(left, [4, 3, 2, 1, 0]);
        assert_eq!(throttle.wait("a", 1), Some(5));
        assert_eq!(throttle.wait("b", 1), None);
        assert_eq!(throttle.wait("a", WAIT_MS), None);
        assert_eq!(throttle.note("a", WAIT_MS), 4);
    }

    #[test]
    fn no_more_tries_are_remembered_than_there_is_room_for() {
        let throttle = Throttle::default();
        for number in 0..REMEMBERED + 10 {
            throttle.note(&number.to_string(), i64::try_from(number).unwrap());
        }
        let wrong = throttle.wrong.lock().unwrap();
        assert_eq!(wrong.len(), REMEMBERED);
        assert!(!wrong.contains_key("9") && wrong.contains_key("10"), "not the oldest were forgotten");
    }
}
