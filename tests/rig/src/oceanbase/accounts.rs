//! Who may log in at the OBProxy side.

use std::collections::HashMap;
use std::sync::Mutex;

use super::auth::Login;
use super::service::Names;
use crate::process::lock;

/// Users and passwords; `None` lets a user in with any password.
#[derive(Debug)]
pub struct Accounts {
    users: Mutex<HashMap<String, Option<String>>>,
}

impl Accounts {
    pub fn new(root_password: Option<String>) -> Self {
        Self { users: Mutex::new(HashMap::from([("root".to_owned(), root_password)])) }
    }

    pub fn add(&self, user: &str, password: &str) {
        lock(&self.users).insert(user.to_owned(), Some(password.to_owned()));
    }

    pub fn root_password(&self) -> String {
        lock(&self.users).get("root").cloned().flatten().unwrap_or_default()
    }

    /// The account to use on the SQL engine, if tenant, user and password are right.
    pub fn admit(&self, login: &Login, names: &Names) -> Option<(String, String)> {
        if !names.is_tenant(&login.user) {
            return None;
        }
        let user = login.user.split('@').next().unwrap_or_default();
        let users = lock(&self.users);
        let password = users.get(user)?;
        if password.as_ref().is_some_and(|password| !login.knows(password)) {
            return None;
        }
        // root has no password on the SQL engine itself.
        let password = password.as_ref().filter(|_| user != "root");
        Some((user.to_owned(), password.cloned().unwrap_or_default()))
    }
}

impl Names {
    /// True for `user@tenant` and `user@tenant#cluster` of this rig.
    pub fn is_tenant(&self, full_name: &str) -> bool {
        let Some((_, place)) = full_name.split_once('@') else {
            return false;
        };
        let (tenant, cluster) = place.split_once('#').unwrap_or((place, &self.cluster));
        tenant == self.tenant && cluster == self.cluster
    }
}
