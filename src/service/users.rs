//! Who may use the console: made, given new passwords and deleted by admins.
//!
//! Invariants: the built-in admin may do everything and stays; other admins
//! make users and delete nobody; a user manages nobody. What an account made
//! stays when the account goes.

use serde::Serialize;
use tidewire_words::{Sentence, Text};

use crate::store::operation::ObjectKind;
use crate::store::user::{self, UserRecord};
use crate::store::{login, now_ms};
use crate::text::{field, refusal};

use super::accounts::ADMIN;
use super::error::{RefusalKind, Result, ServiceError};
use super::{Actor, Service, password, record, rules};

/// Names that the operation log gives to those who are no account.
const RESERVED: [&str; 2] = ["api", "service"];

/// An account as lists show it.
#[derive(Clone, Debug, Serialize)]
pub struct UserView {
    /// Name.
    pub name: String,
    /// `admin` or `user`.
    pub role: &'static str,
    /// Whether the next login chooses a new password.
    pub must_change: bool,
    /// When it was made, milliseconds.
    pub created_at: i64,
}

fn forbidden(message: Text, remedy: Text) -> ServiceError {
    ServiceError::refused(RefusalKind::Forbidden, "forbidden", message, remedy)
}

fn admins_only(actor: &Actor) -> Result<()> {
    if actor.is_admin() {
        return Ok(());
    }
    Err(forbidden(refusal::ADMINS_ONLY, refusal::ADMINS_ONLY_REMEDY))
}

fn builtin_only(actor: &Actor) -> Result<()> {
    admins_only(actor)?;
    if actor.is_builtin() {
        return Ok(());
    }
    Err(forbidden(refusal::BUILTIN_ONLY, refusal::BUILTIN_ONLY_REMEDY))
}

impl Service {
    /// All accounts by name.
    ///
    /// # Errors
    /// No admin asks.
    pub async fn users(&self, actor: &Actor) -> Result<Vec<UserView>> {
        admins_only(actor)?;
        let users = self.store.read(user::list).await?;
        Ok(users.into_iter().map(view).collect())
    }

    /// One account that the actor may do something to: delete it, or give it a
    /// new password.
    ///
    /// # Errors
    /// Unknown name, or not allowed.
    pub async fn managed_user(&self, actor: &Actor, name: &str) -> Result<UserView> {
        builtin_only(actor)?;
        let wanted = name.to_owned();
        let found = self.store.read(move |c| user::find(c, &wanted)).await?;
        found.map(view).ok_or_else(|| ServiceError::not_found(refusal::NO_USER, name))
    }

    /// Makes an account and returns its one-time password.
    ///
    /// # Errors
    /// Not allowed, or a name that breaks the rule or is taken.
    pub async fn create_user(&self, actor: Actor, name: &str, admin: bool) -> Result<String> {
        if admin {
            builtin_only(&actor)?;
        } else {
            admins_only(&actor)?;
        }
        rules::account_name(name).map_err(|message| ServiceError::field("name", message))?;
        if RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
            return Err(taken(name));
        }
        let password = password::one_time()?;
        let account = UserRecord {
            name: name.to_owned(),
            admin,
            password_hash: self.passwords.hash(&password).await?,
            must_change: true,
            created_at: now_ms(),
        };
        self.store
            .write(move |tx| {
                if user::find(tx, &account.name)?.is_some() {
                    return Err(taken(&account.name));
                }
                // Names say who sees what: a new person must not find the
                // projects of one who left.
                if user::left_something(tx, &account.name)? {
                    let message = Sentence::new(field::NAME_OF_DELETED, &[&account.name]);
                    return Err(ServiceError::field("name", message));
                }
                user::insert(tx, &account)?;
                let role = if admin { "ADMIN" } else { "USER" };
                record(tx, &actor, "create", ObjectKind::User, &account.name, &account.name, role)
            })
            .await?;
        Ok(password)
    }

    /// Gives an account a new one-time password and ends its logins.
    ///
    /// # Errors
    /// Not allowed, or unknown name.
    pub async fn reset_password(&self, actor: Actor, name: &str) -> Result<String> {
        builtin_only(&actor)?;
        let password = password::one_time()?;
        let (hash, name) = (self.passwords.hash(&password).await?, name.to_owned());
        self.store
            .write(move |tx| {
                if !user::set_password(tx, &name, &hash, true)? {
                    return Err(ServiceError::not_found(refusal::NO_USER, &name));
                }
                login::delete_of_user(tx, &name)?;
                record(tx, &actor, "reset_password", ObjectKind::User, &name, &name, "")
            })
            .await?;
        Ok(password)
    }

    /// Deletes an account; what it made stays, seen by admins.
    ///
    /// # Errors
    /// Not allowed, unknown name, or the built-in admin.
    pub async fn delete_user(&self, actor: Actor, name: &str) -> Result<()> {
        builtin_only(&actor)?;
        if name.eq_ignore_ascii_case(ADMIN) {
            return Err(ServiceError::conflict(refusal::ADMIN_STAYS, refusal::ADMIN_STAYS_REMEDY));
        }
        let name = name.to_owned();
        self.store
            .write(move |tx| {
                if !user::delete(tx, &name)? {
                    return Err(ServiceError::not_found(refusal::NO_USER, &name));
                }
                record(tx, &actor, "delete", ObjectKind::User, &name, &name, "")
            })
            .await
    }
}

fn taken(name: &str) -> ServiceError {
    ServiceError::field("name", Sentence::new(field::NAME_TAKEN, &[name]))
}

fn view(user: UserRecord) -> UserView {
    UserView {
        name: user.name,
        role: if user.admin { "admin" } else { "user" },
        must_change: user.must_change,
        created_at: user.created_at,
    }
}
