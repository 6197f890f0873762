//! The form of a data source: new, copied or edited.

use askama::Template;
use tidewire_engine::endpoint::DatasourceKind;
use tidewire_words::{Lang, Text};

use crate::service::connection::{Check, Purpose, failed};
use crate::service::error::Refusal;
use crate::text::{datasource as text, navigation, page};
use crate::web::form::Pairs;

use super::Shell;
use super::datasource::{CheckView, checks};
use super::form::FormView;

/// What a form is shown with, however it came about.
pub(in crate::web) struct FormState {
    pub(in crate::web) purpose: Purpose,
    /// The name that is edited or copied.
    pub(in crate::web) of: String,
    pub(in crate::web) kind: DatasourceKind,
    /// Whether a command line is typed instead of the fields.
    pub(in crate::web) by_line: bool,
    /// Values of the fields; never a secret.
    pub(in crate::web) values: Vec<(String, String)>,
    /// A secret typed before, sealed.
    pub(in crate::web) kept: String,
    /// Whether a saved secret would stay.
    pub(in crate::web) saved_secret: bool,
    /// The mark of the settings that an edit was made from.
    pub(in crate::web) seen: String,
    /// Where the form was opened from; empty: the list.
    pub(in crate::web) back: String,
}

/// `page/datasource_form.html`.
#[derive(Template)]
#[template(path = "page/datasource_form.html")]
pub(in crate::web) struct DatasourceFormPage {
    shell: Shell,
    title: String,
    action: String,
    cancel: String,
    form: FormView,
    state: FormState,
    /// Value, word, whether it is chosen; one when it can't be changed.
    kinds: Vec<(&'static str, &'static str, bool)>,
    tls: Vec<(&'static str, &'static str)>,
    secret_hint: &'static str,
    /// Whether the fields below the fold hold something.
    advanced: bool,
    checks: Vec<CheckView>,
    check_failed: bool,
    said: &'static str,
    words: Words,
}

/// Words of the buttons.
struct Words {
    save: &'static str,
    insist: &'static str,
}

impl DatasourceFormPage {
    pub(in crate::web) fn new(shell: Shell, state: FormState) -> Self {
        let lang = shell.lang;
        let (title, action, save, insist) = match &state.purpose {
            Purpose::New => (
                text::ADD.get(lang).to_owned(),
                "/datasources/new".to_owned(),
                text::ADD_WORD,
                text::ADD_ANYWAY,
            ),
            Purpose::Copy(id) => {
                let title = text::COPY_TITLE.fill(lang, &[&state.of]);
                (title, format!("/datasources/{id}/copy"), text::COPY, text::ADD_ANYWAY)
            }
            Purpose::Edit(id) => {
                let title = text::EDIT_TITLE.fill(lang, &[&state.of]);
                (title, format!("/datasources/{id}/edit"), navigation::SAVE, text::SAVE_ANYWAY)
            }
        };
        let form = FormView::of(Pairs::of(state.values.clone())).labelled(&labels(state.kind), lang);
        let advanced =
            ["binlog_address", "tls_ca", "namespace"].iter().any(|name| !form.value(name).is_empty());
        Self {
            title,
            action,
            cancel: if state.back.is_empty() { "/datasources".to_owned() } else { state.back.clone() },
            advanced: advanced || !["", "off"].contains(&form.value("tls")),
            kinds: kinds(&state),
            tls: [("off", text::TLS_OFF), ("required", text::TLS_REQUIRED), ("verify", text::TLS_VERIFY)]
                .map(|(value, word)| (value, word.get(lang)))
                .to_vec(),
            secret_hint: secret_hint(&state, lang),
            form,
            checks: Vec::new(),
            check_failed: false,
            said: "",
            words: Words { save: save.get(lang), insist: insist.get(lang) },
            state,
            shell,
        }
    }

    /// With what a refusal says of the fields.
    pub(in crate::web) fn refused(mut self, refusal: &Refusal) -> Self {
        let lang = self.shell.lang;
        self.form = self.form.refused(refusal, lang);
        self.advanced |= ["binlog_address", "tls", "tls_ca", "namespace"]
            .iter()
            .any(|name| !self.form.problem(name).is_empty());
        self
    }

    /// With the lines of a connection test.
    pub(in crate::web) fn tested(mut self, found: &[Check]) -> Self {
        self.checks = checks(found, &self.shell);
        self.check_failed = failed(found);
        self
    }

    /// With a sentence about what was done.
    pub(in crate::web) fn saying(mut self, said: Text) -> Self {
        self.said = said.get(self.shell.lang);
        self
    }

    fn mq(&self) -> bool {
        self.state.kind == DatasourceKind::Rocketmq
    }

    /// What each choice of encryption protects.
    fn tls_hint(&self) -> &'static str {
        self.shell.t(if self.mq() { text::TLS_HINT_MQ } else { text::TLS_HINT })
    }

    fn oceanbase(&self) -> bool {
        self.state.kind == DatasourceKind::OceanbaseCe
    }

    fn edits(&self) -> bool {
        matches!(self.state.purpose, Purpose::Edit(_))
    }
}

/// From a wizard only the kinds of that side are offered.
fn kinds(state: &FormState) -> Vec<(&'static str, &'static str, bool)> {
    let mq = |kind: DatasourceKind| kind == DatasourceKind::Rocketmq;
    let offered = |kind: &DatasourceKind| match state.purpose {
        Purpose::New => state.back.is_empty() || mq(*kind) == mq(state.kind),
        Purpose::Copy(_) | Purpose::Edit(_) => *kind == state.kind,
    };
    let kinds = DatasourceKind::ALL.into_iter().filter(offered);
    kinds.map(|kind| (kind.as_str(), kind.title(), kind == state.kind)).collect()
}

fn secret_hint(state: &FormState, lang: Lang) -> &'static str {
    if !state.kept.is_empty() {
        text::SECRET_TYPED.get(lang)
    } else if state.saved_secret {
        text::SECRET_KEEP.get(lang)
    } else {
        ""
    }
}

fn labels(kind: DatasourceKind) -> Vec<(&'static str, Text)> {
    let mq = kind == DatasourceKind::Rocketmq;
    vec![
        ("name", text::NAME),
        ("kind", text::KIND),
        ("line", text::LINE),
        ("address", if mq { text::SERVERS } else { text::HOST }),
        ("tenant", text::TENANT),
        ("cluster", text::CLUSTER),
        ("user", text::USER),
        ("password", text::PASSWORD),
        ("database", text::DATABASE),
        ("binlog_address", text::BINLOG),
        ("access_key", text::ACCESS_KEY),
        ("secret_key", text::SECRET_KEY),
        ("namespace", text::NAMESPACE),
        ("tls", text::TLS),
        ("tls_ca", text::TLS_CA),
        ("note", text::NOTE),
    ]
}
