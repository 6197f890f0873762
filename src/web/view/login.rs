//! The login page and the page that replaces a one-time password.

use askama::Template;

use crate::text::page;

use super::Shell;

/// `page/login.html`.
#[derive(Template)]
#[template(path = "page/login.html")]
pub(in crate::web) struct LoginPage {
    pub(in crate::web) shell: Shell,
    /// Account as typed.
    pub(in crate::web) account: String,
    /// Why it did not work.
    pub(in crate::web) problem: String,
}

/// `page/password.html`.
#[derive(Template)]
#[template(path = "page/password.html")]
pub(in crate::web) struct PasswordPage {
    pub(in crate::web) shell: Shell,
    /// What is wrong with the first field.
    pub(in crate::web) once: String,
    /// What is wrong with the second.
    pub(in crate::web) twice: String,
}
