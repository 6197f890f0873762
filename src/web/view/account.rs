//! A person's own page, and the pages of all accounts.

use askama::Template;
use tidewire_words::{Lang, Text};

use crate::service::Actor;
use crate::service::accounts::ADMIN;
use crate::service::error::Refusal;
use crate::service::users::UserView;
use crate::store::login::LoginEntry;
use crate::text::{account as text, navigation, page, system};
use crate::web::form::Pairs;

use super::Shell;
use super::form::FormView;

/// The word of a role, and what it may do.
fn role(name: &str, admin: bool) -> (Text, Text) {
    match (admin, name.eq_ignore_ascii_case(ADMIN)) {
        (true, true) => (text::ROLE_BUILTIN, text::ROLE_BUILTIN_MAY),
        (true, false) => (text::ROLE_ADMIN, text::ROLE_ADMIN_MAY),
        (false, _) => (text::ROLE_USER, text::ROLE_USER_MAY),
    }
}

/// `page/account_show.html`.
#[derive(Template)]
#[template(path = "page/account_show.html")]
pub(in crate::web) struct AccountPage {
    shell: Shell,
    role: &'static str,
    may: &'static str,
    zone: String,
    zones: Vec<String>,
    form: FormView,
    logins: Vec<LoginRow>,
    others: bool,
}

struct LoginRow {
    id: i64,
    when: String,
    browser: String,
    name: String,
    address: String,
    this_one: bool,
}

impl AccountPage {
    pub(in crate::web) fn new(
        shell: Shell,
        logins: Vec<LoginEntry>,
        current: i64,
        refusal: Option<&Refusal>,
    ) -> Self {
        let (role, may) = role(&shell.user, shell.admin);
        let labels = [("old", text::OLD), ("password", text::NEW), ("again", text::AGAIN)];
        let form = FormView::default().labelled(&labels, shell.lang);
        let mut zones: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        zones.sort();
        let row = |one: LoginEntry| LoginRow {
            id: one.id,
            when: shell.moment(one.created_at),
            browser: browser(&one.browser, shell.lang),
            name: one.browser,
            address: one.address,
            this_one: one.id == current,
        };
        Self {
            role: role.get(shell.lang),
            may: may.get(shell.lang),
            zone: shell.zone_name(),
            zones,
            form: match refusal {
                Some(refusal) => form.refused(refusal, shell.lang),
                None => form,
            },
            others: logins.len() > 1,
            logins: logins.into_iter().map(row).collect(),
            shell,
        }
    }
}

/// The name of a browser and its system, out of what it calls itself.
fn browser(agent: &str, lang: Lang) -> String {
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(part, _)| agent.contains(part)).map(|(_, name)| *name)
    };
    let program = find(&[
        ("Edg/", "Edge"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => format!("{program} · {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) if agent.is_empty() => text::UNKNOWN_BROWSER.get(lang).to_owned(),
        (None, None) => agent.chars().take(40).collect(),
    }
}

/// `page/user_list.html`.
#[derive(Template)]
#[template(path = "page/user_list.html")]
pub(in crate::web) struct UserListPage {
    shell: Shell,
    total: String,
    rows: Vec<UserRow>,
}

struct UserRow {
    name: String,
    role: &'static str,
    may: &'static str,
    waits: bool,
    created: String,
    /// Whether the viewer may give it a new password, and delete it.
    resettable: bool,
    deletable: bool,
}

impl UserListPage {
    pub(in crate::web) fn new(shell: Shell, actor: &Actor, users: Vec<UserView>) -> Self {
        let row = |user: UserView| {
            let (role, may) = role(&user.name, user.role == "admin");
            let other = !user.name.eq_ignore_ascii_case(actor.name());
            UserRow {
                role: role.get(shell.lang),
                may: may.get(shell.lang),
                waits: user.must_change,
                created: shell.moment(user.created_at),
                resettable: actor.is_builtin() && other,
                deletable: actor.is_builtin() && other,
                name: user.name,
            }
        };
        Self {
            total: text::USER_COUNT.fill(shell.lang, &[&users.len().to_string()]),
            rows: users.into_iter().map(row).collect(),
            shell,
        }
    }
}

/// `page/user_new.html`.
#[derive(Template)]
#[template(path = "page/user_new.html")]
pub(in crate::web) struct UserNewPage {
    shell: Shell,
    form: FormView,
    roles: Vec<(&'static str, &'static str)>,
}

impl UserNewPage {
    pub(in crate::web) fn new(
        shell: Shell,
        actor: &Actor,
        (name, role): (&str, &str),
        refusal: Option<&Refusal>,
    ) -> Self {
        let values =
            [("name", name), ("role", role)].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let form = FormView::of(Pairs::of(values.to_vec()));
        let form = form.labelled(&[("name", text::NAME), ("role", text::ROLE)], shell.lang);
        let mut roles = vec![("user", text::ROLE_USER.get(shell.lang))];
        if actor.is_builtin() {
            roles.push(("admin", text::ROLE_ADMIN.get(shell.lang)));
        }
        Self {
            form: match refusal {
                Some(refusal) => form.refused(refusal, shell.lang),
                None => form,
            },
            roles,
            shell,
        }
    }
}

/// `page/user_ask.html`: before an account is deleted or gets a new password.
#[derive(Template)]
#[template(path = "page/user_ask.html")]
pub(in crate::web) struct UserAskPage {
    shell: Shell,
    title: String,
    what: Vec<&'static str>,
    action: String,
    word: &'static str,
}

impl UserAskPage {
    pub(in crate::web) fn delete(shell: Shell, name: &str) -> Self {
        let lang = shell.lang;
        Self {
            title: text::DELETE_TITLE.fill(lang, &[name]),
            what: vec![text::DELETE_WHAT.get(lang), text::DELETE_AGAIN.get(lang)],
            action: format!("/system/users/{name}/delete"),
            word: text::DELETE.get(lang),
            shell,
        }
    }

    pub(in crate::web) fn reset(shell: Shell, name: &str) -> Self {
        let lang = shell.lang;
        Self {
            title: text::RESET_TITLE.fill(lang, &[name]),
            what: vec![text::RESET_WHAT.get(lang)],
            action: format!("/system/users/{name}/password"),
            word: text::RESET.get(lang),
            shell,
        }
    }
}

/// `page/user_password.html`: a one-time password, shown once.
#[derive(Template)]
#[template(path = "page/user_password.html")]
pub(in crate::web) struct UserPasswordPage {
    shell: Shell,
    title: String,
    password: String,
}

impl UserPasswordPage {
    pub(in crate::web) fn new(shell: Shell, name: &str, password: String) -> Self {
        Self { title: text::PASSWORD_TITLE.fill(shell.lang, &[name]), password, shell }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_have_short_names() {
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36";
        assert_eq!(browser(chrome, Lang::En), "Chrome · Windows");
        assert_eq!(browser(&format!("{chrome} Edg/131.0"), Lang::En), "Edge · Windows");
        assert_eq!(browser("", Lang::Zh), "未知");
        assert_eq!(browser(&"x".repeat(99), Lang::En).len(), 40);
    }
}
