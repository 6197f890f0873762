//! The form of a data source: what was typed becomes settings, and the form is
//! shown again with all of it but the secrets.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use secrecy::SecretString;
use serde::Deserialize;
use tidewire_engine::endpoint::{DatasourceKind, host_port};
use tidewire_words::Text;

use crate::service::command_line;
use crate::service::connection::{Purpose, Submitted};
use crate::service::datasources::DatasourceView;
use crate::service::error::{Result, ServiceError};
use crate::service::input::{DatasourceInput, SecretText};
use crate::text::datasource as text;
use crate::web::extract::CurrentUser;
use crate::web::form::Pairs;
use crate::web::view::datasource_form::{DatasourceFormPage, FormState};
use crate::web::view::error::refuse;
use crate::web::view::{Area, Shell, render};

use super::posted::Posted;
use super::{back_or, see_said, with_made};

/// Fields that are kept as they were typed.
const FIELDS: [&str; 14] = [
    "name",
    "address",
    "port",
    "tenant",
    "cluster",
    "user",
    "database",
    "binlog_address",
    "access_key",
    "namespace",
    "tls",
    "tls_ca",
    "note",
    "no_password",
];

#[derive(Deserialize)]
pub(super) struct NewQuery {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    back: String,
}

fn shell(user: &CurrentUser) -> Shell {
    Shell::at(user, Area::Datasources)
}

/// `GET /datasources/new`.
pub(super) async fn new(user: CurrentUser, query: web::Query<NewQuery>) -> HttpResponse {
    let state = FormState {
        purpose: Purpose::New,
        of: String::new(),
        kind: DatasourceKind::parse(&query.kind).unwrap_or(DatasourceKind::OceanbaseCe),
        by_line: false,
        values: Vec::new(),
        kept: String::new(),
        saved_secret: false,
        seen: String::new(),
        back: back_or(&query.back, "").to_owned(),
    };
    std::future::ready(render(StatusCode::OK, &DatasourceFormPage::new(shell(&user), state))).await
}

/// `GET /datasources/{id}/edit`.
pub(super) async fn edit(user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    begin(&user, Purpose::Edit(id.into_inner())).await
}

/// `GET /datasources/{id}/copy`.
pub(super) async fn copy(user: CurrentUser, id: web::Path<String>) -> HttpResponse {
    begin(&user, Purpose::Copy(id.into_inner())).await
}

async fn begin(user: &CurrentUser, purpose: Purpose) -> HttpResponse {
    match saved(user, &purpose).await {
        Ok(Some(found)) => {
            let page = DatasourceFormPage::new(shell(user), of_saved(purpose, found));
            render(StatusCode::OK, &page)
        }
        Ok(None) => refuse(shell(user), &ServiceError::not_found(crate::text::refusal::NO_DATASOURCE, "")),
        Err(error) => refuse(shell(user), &error),
    }
}

async fn saved(user: &CurrentUser, purpose: &Purpose) -> Result<Option<DatasourceView>> {
    match purpose {
        Purpose::New => Ok(None),
        Purpose::Edit(id) | Purpose::Copy(id) => {
            user.state.service.datasource(&user.actor(), id).await.map(Some)
        }
    }
}

/// A form filled with what is saved.
fn of_saved(purpose: Purpose, found: DatasourceView) -> FormState {
    let settings = found.settings;
    let kind = DatasourceKind::parse(&settings.kind).unwrap_or(DatasourceKind::OceanbaseCe);
    let (host, port) = match host_port(&settings.address) {
        Some((host, port)) if kind != DatasourceKind::Rocketmq => (host, port.to_string()),
        _ => (settings.address.clone(), String::new()),
    };
    let edits = matches!(purpose, Purpose::Edit(_));
    let copied = format!("{}-copy", settings.name);
    let name = if edits { settings.name.clone() } else { copied };
    let values = [
        ("name", name),
        ("address", host),
        ("port", port),
        ("tenant", settings.tenant),
        ("cluster", settings.cluster),
        ("user", settings.user),
        ("database", settings.database),
        ("binlog_address", settings.binlog_address),
        ("access_key", settings.access_key),
        ("namespace", settings.namespace),
        ("tls", settings.tls),
        ("tls_ca", settings.tls_ca),
        ("note", settings.note),
    ];
    FormState {
        purpose,
        of: settings.name,
        kind,
        by_line: false,
        values: values.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        kept: String::new(),
        saved_secret: edits && (settings.password.is_some() || settings.secret_key.is_some()),
        seen: if edits { found.mark } else { String::new() },
        back: String::new(),
    }
}

/// `POST /datasources/new`.
pub(super) async fn create(posted: Posted) -> HttpResponse {
    submit(posted, Purpose::New).await
}

/// `POST /datasources/{id}/edit`.
pub(super) async fn update(posted: Posted, id: web::Path<String>) -> HttpResponse {
    submit(posted, Purpose::Edit(id.into_inner())).await
}

/// `POST /datasources/{id}/copy`.
pub(super) async fn copied(posted: Posted, id: web::Path<String>) -> HttpResponse {
    submit(posted, Purpose::Copy(id.into_inner())).await
}

async fn submit(Posted { user, form: pairs }: Posted, purpose: Purpose) -> HttpResponse {
    let user = &user;
    let saved = match saved(user, &purpose).await {
        Ok(saved) => saved,
        Err(error) => return refuse(shell(user), &error),
    };
    let mut typed = match Typed::of(user, purpose, &pairs, saved.as_ref()) {
        Ok(typed) => typed,
        Err(error) => return refuse(shell(user), &error),
    };
    // Another kind, or another way to enter it, was chosen: its fields first.
    let shown = [("shown_kind", pairs.get("kind")), ("shown_entry", pairs.get("entry"))];
    if shown.iter().any(|(name, now)| pairs.get(name) != *now) {
        return typed.page(user, StatusCode::OK, None);
    }
    if typed.state.by_line {
        if let Err(error) = typed.read_line(user, pairs.get("line")) {
            return typed.refused(user, &error);
        }
        if pairs.get("do") == "read" {
            return typed.page(user, StatusCode::OK, Some(text::LINE_READ));
        }
    }
    if typed.lost {
        let mq = typed.state.kind == DatasourceKind::Rocketmq;
        let error = ServiceError::field(if mq { "secret_key" } else { "password" }, text::SECRET_LOST);
        return typed.refused(user, &error);
    }
    if pairs.get("do") == "test" {
        typed.test(user).await
    } else {
        typed.save(user, pairs.get("do") == "anyway").await
    }
}

/// A form as it was sent.
struct Typed {
    state: FormState,
    secret: Option<SecretString>,
    /// Whether a secret was typed before that can't be opened any more.
    lost: bool,
}

impl Typed {
    fn of(
        user: &CurrentUser,
        purpose: Purpose,
        pairs: &Pairs,
        saved: Option<&DatasourceView>,
    ) -> Result<Self> {
        let settings = saved.map(|saved| &saved.settings);
        let kind = settings.map_or(pairs.get("kind"), |settings| settings.kind.as_str());
        let kind = DatasourceKind::parse(kind).unwrap_or(DatasourceKind::OceanbaseCe);
        let by_line = kind == DatasourceKind::OceanbaseCe && pairs.get("entry") == "line";
        let service = &user.state.service;
        let fresh = ["password", "secret_key"]
            .iter()
            .find_map(|name| Some(pairs.get(name)).filter(|text| !text.is_empty()));
        let secret = match fresh {
            Some(text) => Some(SecretString::from(text)),
            None => service.kept(&user.actor(), pairs.get("kept")),
        };
        let mut values: Vec<(String, String)> =
            FIELDS.iter().map(|name| ((*name).to_owned(), pairs.get(name).trim().to_owned())).collect();
        values.push(("line".to_owned(), command_line::redacted(pairs.get("line"))));
        let had =
            settings.is_some_and(|settings| settings.password.is_some() || settings.secret_key.is_some());
        let saved_secret = had && matches!(purpose, Purpose::Edit(_));
        let of = settings.map(|settings| settings.name.clone()).unwrap_or_default();
        let back = back_or(pairs.get("back"), "").to_owned();
        let (kept, seen) = (String::new(), pairs.get("seen").to_owned());
        let state = FormState { purpose, of, kind, by_line, values, kept, saved_secret, seen, back };
        let lost = secret.is_none() && !pairs.get("kept").is_empty();
        let mut typed = Self { state, secret, lost };
        typed.keep(user)?;
        Ok(typed)
    }

    fn keep(&mut self, user: &CurrentUser) -> Result<()> {
        if let Some(secret) = &self.secret {
            self.state.kept = user.state.service.keep_typed(&user.actor(), secret)?;
        }
        Ok(())
    }

    fn value(&self, name: &str) -> &str {
        self.state.values.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    fn set(&mut self, name: &str, value: String) {
        self.state.values.retain(|(field, _)| field != name);
        self.state.values.push((name.to_owned(), value));
    }

    /// The command line's parts become the fields, which are shown from now on.
    fn read_line(&mut self, user: &CurrentUser, line: &str) -> Result<()> {
        let read = command_line::parse(line).map_err(|message| ServiceError::field("line", message))?;
        let parts = [
            ("address", read.host),
            ("port", read.port),
            ("user", read.user),
            ("tenant", read.tenant),
            ("cluster", read.cluster),
            ("database", read.database),
        ];
        for (name, value) in parts {
            self.set(name, value);
        }
        if read.password.is_some() {
            self.secret = read.password;
            self.keep(user)?;
        }
        self.state.by_line = false;
        Ok(())
    }

    /// The settings: only fields of the kind, and the secret if it is new.
    fn input(&self) -> DatasourceInput {
        let kind = self.state.kind;
        let (mq, oceanbase) = (kind == DatasourceKind::Rocketmq, kind == DatasourceKind::OceanbaseCe);
        let when =
            |belongs: bool, name: &str| if belongs { self.value(name).to_owned() } else { String::new() };
        let edits = matches!(self.state.purpose, Purpose::Edit(_));
        let gone =
            if mq { self.value("access_key").is_empty() } else { !self.value("no_password").is_empty() };
        let secret = match &self.secret {
            Some(secret) => Some(SecretText::hidden(secret.clone())),
            None => (edits && gone).then(SecretText::default),
        };
        DatasourceInput {
            name: self.value("name").to_owned(),
            kind: kind.as_str().to_owned(),
            address: if mq { self.value("address").to_owned() } else { self.address() },
            tenant: when(oceanbase, "tenant"),
            cluster: when(oceanbase, "cluster"),
            user: when(!mq, "user"),
            password: secret.clone().filter(|_| !mq),
            password_file: String::new(),
            database: when(!mq, "database"),
            binlog_address: when(oceanbase, "binlog_address"),
            access_key: when(mq, "access_key"),
            secret_key: secret.filter(|_| mq),
            namespace: when(mq, "namespace"),
            tls: self.value("tls").to_owned(),
            tls_ca: self.value("tls_ca").to_owned(),
            note: self.value("note").to_owned(),
        }
    }

    /// Host and port as one; a host that brings its port is taken as it is.
    fn address(&self) -> String {
        let (host, port) = (self.value("address"), self.value("port"));
        if port.is_empty() {
            return host.to_owned();
        }
        let bare_ipv6 = host.matches(':').count() > 1 && !host.starts_with('[');
        if bare_ipv6 { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }

    async fn test(self, user: &CurrentUser) -> HttpResponse {
        let saved = match &self.state.purpose {
            Purpose::Edit(id) => Some(id.as_str()),
            Purpose::New | Purpose::Copy(_) => None,
        };
        match user.state.service.test_connection(&user.actor(), self.input(), saved).await {
            Ok(checks) => {
                let page = DatasourceFormPage::new(shell(user), self.state).tested(&checks);
                render(StatusCode::OK, &page)
            }
            Err(error) => self.refused(user, &error),
        }
    }

    async fn save(self, user: &CurrentUser, insist: bool) -> HttpResponse {
        let service = &user.state.service;
        let (purpose, seen) = (&self.state.purpose, &self.state.seen);
        match service.submit_datasource(&user.actor(), purpose, self.input(), insist, seen).await {
            Ok(Submitted::Saved(saved)) => {
                let word = if matches!(self.state.purpose, Purpose::Edit(_)) { "saved" } else { "added" };
                match self.state.back.as_str() {
                    "" => see_said(&user.state, "/datasources", word),
                    back => see_said(&user.state, &with_made(back, &saved.settings.name), word),
                }
            }
            Ok(Submitted::Untested(checks)) => {
                let page = DatasourceFormPage::new(shell(user), self.state).tested(&checks);
                render(StatusCode::UNPROCESSABLE_ENTITY, &page)
            }
            Err(error) => self.refused(user, &error),
        }
    }

    fn refused(self, user: &CurrentUser, error: &ServiceError) -> HttpResponse {
        match error.wrong_fields() {
            Some(refusal) => {
                let page = DatasourceFormPage::new(shell(user), self.state).refused(refusal);
                render(StatusCode::UNPROCESSABLE_ENTITY, &page)
            }
            None => refuse(shell(user), error),
        }
    }

    fn page(self, user: &CurrentUser, status: StatusCode, said: Option<Text>) -> HttpResponse {
        let page = DatasourceFormPage::new(shell(user), self.state);
        render(
            status,
            &match said {
                Some(said) => page.saying(said),
                None => page,
            },
        )
    }
}
