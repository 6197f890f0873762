//! The forms of the console, their buttons and its pages, one line each.
//!
//! Words in braces stand for things that are made anew for each use: `{ob}` a
//! data source, `{init}`, `{running}`, `{suspended}`, `{failed}` and
//! `{released}` a project in that state, `{batch}` a command for several
//! projects, `{draft}` a draft with all it needs,
//! `{checked}` one that passed its precheck, `{edit}` a change of a paused
//! project, `{tag}` a tag, `{user}` an account, `{me}` the account that fills in
//! the form.

/// Who may send a form or see a page; everybody before them in this list may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Who is not logged in.
    Visitor,
    /// Who has a one-time password.
    Newcomer,
    /// An account of its own, because the form ends its logins.
    Me,
    /// Everybody who is logged in.
    Anyone,
    /// Who made the thing, and admins.
    Owner,
    /// Who made the thing, and nobody else.
    Alone,
    /// Admins.
    Admin,
    /// The account `admin`.
    Builtin,
}

/// What comes of the very same submit a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// The same answer, and nothing changes.
    Same,
    /// A page with this status that says so, and nothing changes.
    Told(u16),
    /// The same answer; these tables change once more, because each submit asks
    /// for another one.
    Another(&'static [&'static str]),
}

/// One form.
#[derive(Debug)]
pub(super) struct Form {
    /// Where it is sent.
    pub(super) post: &'static str,
    /// The page that it stands on.
    pub(super) on: &'static str,
    /// What is pressed there to come to the page with the form; empty: nothing.
    pub(super) first: &'static str,
    /// What is filled in and pressed; the rest is as the page has it.
    pub(super) fill: &'static str,
    pub(super) who: Who,
    pub(super) again: Again,
}

const fn form(
    post: &'static str,
    on: &'static str,
    (first, fill): (&'static str, &'static str),
    who: Who,
    again: Again,
) -> Form {
    Form { post, on, first, fill, who, again }
}

use Again::{Another, Same, Told};
use Who::{Admin, Alone, Anyone, Builtin, Me, Newcomer, Owner, Visitor};

/// Tables that a new draft changes.
const DRAFT: Again = Another(&["draft"]);
/// A page without a form: what is pressed leads on.
const STRAIGHT: &str = "";

/// Every form.
#[rustfmt::skip]
pub(super) const FORMS: &[Form] = &[
    form("/login", "/login", (STRAIGHT, "account={me}&password=Secret.2026"), Visitor, Another(&["login"])),
    form("/password", "/password", (STRAIGHT, "password=Secret.2026&again=Secret.2026"), Newcomer, Same),
    form("/logout", "/overview", (STRAIGHT, ""), Me, Same),
    form("/account/password", "/account", (STRAIGHT, "old=Secret.2026&password=Other.2027&again=Other.2027"), Me, Told(422)),
    form("/account/logins", "/account", (STRAIGHT, "end=others"), Me, Same),
    form("/system", "/system", (STRAIGHT, "retention_days=7&high=11&medium=60&low=600"), Admin, Same),
    form("/system/defaults", "/system", (STRAIGHT, ""), Admin, Same),
    form("/system/users/new", "/system/users/new", (STRAIGHT, "name=neu&role=user"), Admin, Told(422)),
    form("/system/users/{user}/password", "/system/users/{user}/password", (STRAIGHT, ""), Builtin, Another(&["operation", "user"])),
    form("/system/users/{user}/delete", "/system/users/{user}/delete", (STRAIGHT, ""), Builtin, Told(404)),
    form("/tags", "/tags", (STRAIGHT, "name=fresh"), Anyone, Told(422)),
    form("/tags/rename", "/tags/rename?name={tag}", (STRAIGHT, "name=renamed"), Owner, Told(404)),
    form("/tags/delete", "/tags/delete?name={tag}", (STRAIGHT, ""), Owner, Told(404)),
    form("/datasources/new", "/datasources/new?kind=mysql", (STRAIGHT, "name=neu&address=h&port=1&user=u&password=Pass-4&do=save"), Anyone, Told(422)),
    form("/datasources/{ob}/edit", "/datasources/{ob}/edit", (STRAIGHT, "note=changed&do=save"), Owner, Same),
    form("/datasources/{ob}/copy", "/datasources/{ob}/copy", (STRAIGHT, "name=copied&password=Pass-4&do=save"), Owner, Told(422)),
    form("/datasources/{ob}/delete", "/datasources/{ob}/delete", (STRAIGHT, ""), Owner, Told(404)),
    form("/datasources/{ob}/test", "/datasources", (STRAIGHT, ""), Owner, Same),
    form("/projects/new", "/projects/new", (STRAIGHT, "name=neu&source=ob&target=mq&do=next"), Anyone, DRAFT),
    form("/projects/batch", "/projects/batch?do=start&id={init}", (STRAIGHT, "do=start"), Owner, Another(&[])),
    form("/projects/{init}/start", "/projects/{init}", (STRAIGHT, ""), Owner, Same),
    form("/projects/{running}/pause", "/projects/{running}", (STRAIGHT, ""), Owner, Same),
    form("/projects/{suspended}/resume", "/projects/{suspended}", (STRAIGHT, ""), Owner, Same),
    form("/projects/{suspended}/release", "/projects/{suspended}/release", (STRAIGHT, ""), Owner, Same),
    form("/projects/{init}/delete", "/projects/{init}/delete", (STRAIGHT, ""), Owner, Told(404)),
    form("/projects/{failed}/edit", "/projects/{failed}", (STRAIGHT, "step=ends"), Owner, DRAFT),
    form("/projects/{running}/clone", "/projects/{running}", (STRAIGHT, ""), Owner, DRAFT),
    form("/projects/{failed}/define", "/projects/{failed}/define?table=shop.orders", (STRAIGHT, "definition=CREATE TABLE orders (id INT PRIMARY KEY)"), Owner, Same),
    form("/projects/{suspended}/adopt-queues", "/projects/{suspended}/adopt-queues", (STRAIGHT, ""), Owner, Same),
    form("/projects/{running}/rename", "/projects/{running}/rename", (STRAIGHT, "name=neuer"), Owner, Same),
    form("/projects/{released}/tags", "/projects/{released}/tags", (STRAIGHT, "new=fresh"), Owner, Same),
    form("/projects/{failed}/level", "/projects/{failed}", (STRAIGHT, "level=high"), Owner, Same),
    form("/drafts/{draft}/ends", "/drafts/{draft}/ends", (STRAIGHT, "name=neu&do=next"), Alone, Same),
    form("/drafts/{draft}/objects", "/drafts/{draft}/objects", (STRAIGHT, "dml=insert&do=next"), Alone, Same),
    form("/drafts/{draft}/topic", "/drafts/{draft}/objects?db=shop", ("pick=shop.users&do=map", "topic=users&do=assign"), Alone, Same),
    form("/drafts/{draft}/tables/shop.orders", "/drafts/{draft}/tables/shop.orders", (STRAIGHT, "where=id > 5&do=save"), Alone, Same),
    form("/drafts/{draft}/import", "/drafts/{draft}/import", (STRAIGHT, "text=shop,users,users,,,,&do=take"), Alone, Same),
    form("/drafts/{draft}/options", "/drafts/{draft}/options", (STRAIGHT, "format=canal&do=next"), Alone, Same),
    form("/drafts/{checked}/precheck", "/drafts/{checked}/precheck", (STRAIGHT, "do=start"), Alone, Same),
    form("/drafts/{edit}/delete", "/drafts/{edit}/ends", (STRAIGHT, ""), Alone, Told(404)),
];

/// The other buttons of those forms, and other ways to fill them in.
#[rustfmt::skip]
pub(super) const BUTTONS: &[Form] = &[
    form("/account/logins", "/account", (STRAIGHT, ""), Me, Told(404)),
    form("/datasources/new", "/datasources/new?kind=mysql", (STRAIGHT, "address=h&port=1&user=u&do=test"), Anyone, Same),
    form("/datasources/new", "/datasources/new?kind=rocketmq", (STRAIGHT, "name=neu2&address=h:1&access_key=k&secret_key=s&do=anyway"), Anyone, Told(422)),
    form("/datasources/new", "/datasources/new?kind=oceanbase-ce", (STRAIGHT, "kind=mariadb&do=switch"), Anyone, Same),
    form("/datasources/new", "/datasources/new?kind=oceanbase-ce", ("entry=line&do=switch", "line=obclient -hh -P1 -uu@t -pp&do=read"), Anyone, Same),
    form("/datasources/{ob}/edit", "/datasources/{ob}/edit", (STRAIGHT, "do=test"), Owner, Same),
    form("/datasources/{ob}/edit", "/datasources/{ob}/edit", (STRAIGHT, "entry=line&do=switch"), Owner, Same),
    form("/datasources/{ob}/copy", "/datasources/{ob}/copy", (STRAIGHT, "do=test"), Owner, Same),
    form("/datasources/{ob}/copy", "/datasources/{ob}/copy", (STRAIGHT, "entry=line&do=switch"), Owner, Same),
    form("/projects/new", "/projects/new", (STRAIGHT, "name=neu2&do=tags"), Anyone, DRAFT),
    form("/projects/new", "/projects/new", (STRAIGHT, "name=neu3&do=add-source"), Anyone, DRAFT),
    form("/projects/new", "/projects/new", (STRAIGHT, "name=neu4&do=add-target"), Anyone, DRAFT),
    form("/projects/batch", "/projects/batch?do=delete&id={released}", (STRAIGHT, "do=delete"), Owner, Told(422)),
    form("/projects/{suspended}/edit", "/projects/{suspended}/objects", (STRAIGHT, "step=objects"), Owner, DRAFT),
    form("/projects/{suspended}/edit", "/projects/{suspended}/options", (STRAIGHT, "step=options"), Owner, DRAFT),
    form("/drafts/{draft}/ends", "/drafts/{draft}/ends", (STRAIGHT, "do=tags"), Alone, Same),
    form("/drafts/{draft}/ends", "/drafts/{draft}/ends", (STRAIGHT, "do=add-source"), Alone, Same),
    form("/drafts/{draft}/ends", "/drafts/{draft}/ends", (STRAIGHT, "do=add-target"), Alone, Same),
    form("/drafts/{draft}/objects", "/drafts/{draft}/objects?db=shop", (STRAIGHT, "pick=shop.users&do=map"), Alone, Same),
    form("/drafts/{draft}/objects", "/drafts/{draft}/objects", (STRAIGHT, "do=search"), Alone, Same),
    form("/drafts/{draft}/objects", "/drafts/{draft}/objects", (STRAIGHT, "open=stock"), Alone, Same),
    form("/drafts/{draft}/objects", "/drafts/{draft}/objects?db=shop", (STRAIGHT, "do=tick-all"), Alone, Same),
    form("/drafts/{draft}/objects", "/drafts/{draft}/objects", (STRAIGHT, "settings=shop.orders"), Alone, Same),
    form("/drafts/{draft}/objects", "/drafts/{draft}/objects", (STRAIGHT, "do=clear"), Alone, Same),
    form("/drafts/{draft}/objects", "/drafts/{draft}/objects", ("do=clear", "do=clear-all"), Alone, Same),
    form("/drafts/{draft}/objects", "/drafts/{draft}/objects", (STRAIGHT, "do=import"), Alone, Same),
    form("/drafts/{draft}/objects", "/drafts/{draft}/objects", (STRAIGHT, "do=back"), Alone, Same),
    form("/drafts/{draft}/objects", "/drafts/{draft}/objects", (STRAIGHT, "move=shop.orders"), Alone, Same),
    form("/drafts/{draft}/objects", "/drafts/{draft}/objects", (STRAIGHT, "remove=shop.orders"), Alone, Same),
    form("/drafts/{draft}/topic", "/drafts/{draft}/objects?db=shop", ("pick=shop.users&do=map", "do=cancel"), Alone, Same),
    form("/drafts/{draft}/tables/shop.orders", "/drafts/{draft}/tables/shop.orders", (STRAIGHT, "where=id > 5&do=check"), Alone, Same),
    form("/drafts/{draft}/tables/shop.orders", "/drafts/{draft}/tables/shop.orders", (STRAIGHT, "do=cancel"), Alone, Same),
    form("/drafts/{draft}/import", "/drafts/{draft}/import", (STRAIGHT, "do=check"), Alone, Same),
    form("/drafts/{draft}/import", "/drafts/{draft}/import", (STRAIGHT, "do=cancel"), Alone, Same),
    form("/drafts/{draft}/options", "/drafts/{draft}/options", (STRAIGHT, "do=back"), Alone, Same),
    form("/drafts/{draft}/options", "/drafts/{draft}/options", (STRAIGHT, "do=preview"), Alone, Same),
    form("/drafts/{checked}/precheck", "/drafts/{checked}/precheck", (STRAIGHT, "do=again"), Alone, Same),
    form("/drafts/{checked}/precheck", "/drafts/{checked}/precheck", (STRAIGHT, "do=back"), Alone, Same),
    form("/drafts/{checked}/precheck", "/drafts/{checked}/precheck", (STRAIGHT, "do=save"), Alone, Same),
];

/// Forms that change nothing that is kept.
pub(super) const ASKING: &[&str] = &["/datasources/{ob}/test"];

/// A page: its address, who sees it, and the status where the id in it is
/// unknown; 0: there is none.
#[rustfmt::skip]
pub(super) const PAGES: &[(&str, Who, u16)] = &[
    ("/overview", Anyone, 0),
    ("/help", Anyone, 0),
    ("/account", Anyone, 0),
    ("/system", Anyone, 0),
    ("/system/users", Admin, 0),
    ("/system/users/new", Admin, 0),
    ("/system/users/{user}/password", Builtin, 404),
    ("/system/users/{user}/delete", Builtin, 404),
    ("/operations", Anyone, 0),
    ("/operations/download", Anyone, 0),
    ("/tags", Anyone, 0),
    ("/tags/rename?name={tag}", Owner, 404),
    ("/tags/delete?name={tag}", Owner, 404),
    ("/datasources", Anyone, 0),
    ("/datasources/new", Anyone, 0),
    ("/datasources/{ob}/edit", Owner, 404),
    ("/datasources/{ob}/copy", Owner, 404),
    ("/datasources/{ob}/delete", Owner, 404),
    ("/projects", Anyone, 0),
    ("/projects/new", Anyone, 0),
    ("/projects/batch?do=start&id={init}", Owner, 422),
    ("/projects/batch/{batch}", Alone, 404),
    ("/projects/{running}", Owner, 404),
    ("/projects/{running}/objects", Owner, 404),
    ("/projects/{running}/objects.csv", Owner, 404),
    ("/projects/{running}/options", Owner, 404),
    ("/projects/{running}/messages", Owner, 404),
    ("/projects/{running}/schema", Owner, 404),
    ("/projects/{suspended}/define", Owner, 404),
    ("/projects/{suspended}/adopt-queues", Owner, 404),
    ("/projects/{running}/log", Owner, 404),
    ("/projects/{running}/log.txt", Owner, 404),
    ("/projects/{running}/operations", Owner, 404),
    ("/projects/{running}/export.toml", Owner, 404),
    ("/projects/{running}/rename", Owner, 404),
    ("/projects/{running}/tags", Owner, 404),
    ("/projects/{suspended}/release", Owner, 404),
    ("/projects/{init}/delete", Owner, 404),
    ("/drafts/{draft}/ends", Alone, 404),
    ("/drafts/{draft}/objects", Alone, 404),
    ("/drafts/{draft}/objects.csv", Alone, 404),
    ("/drafts/{draft}/tables/shop.orders", Alone, 404),
    ("/drafts/{draft}/import", Alone, 404),
    ("/drafts/{draft}/options", Alone, 404),
    ("/drafts/{checked}/precheck", Alone, 404),
];
