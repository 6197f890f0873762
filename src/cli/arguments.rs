//! Arguments. Every command and option is listed in [`USAGE`], but the one that
//! only the service itself gives; anything else is wrong usage.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use lexopt::prelude::*;
use tidewire_words::{Lang, Text};

use crate::config::{self, ConfigError, Settings};

use super::outcome::Outcome;
use super::terminal_lang;

const USAGE: Text = Text {
    en: "\
tidewire serve [--config FILE] [--data DIR] [--listen ADDR:PORT]
tidewire check-config [--config FILE]
tidewire forget-secrets [--config FILE] [--data DIR]
tidewire apply FILE|- [--dry-run] [--json]
tidewire export [NAME...] [--secrets]
tidewire project list|show|status|precheck|start|pause|resume|release|delete NAME [--json] [--wait SECONDS]
tidewire project adopt-queues NAME [--json]
tidewire project schema NAME [DB.TABLE] [--json]
tidewire project define NAME DB.TABLE FILE|- [--json]
tidewire datasource list|show|test|delete NAME [--json]
tidewire user list|add|passwd|delete NAME [--json]
tidewire sample --datasource NAME --table DB.TABLE --format FORMAT [--json]
tidewire backup FILE
tidewire status [--json]
tidewire version

All but serve, check-config, forget-secrets and version talk to the running service; --server URL
(or TIDEWIRE_SERVER) and TIDEWIRE_TOKEN name another than the data directory's.",
    zh: "\
tidewire serve [--config 文件] [--data 目录] [--listen 地址:端口]
tidewire check-config [--config 文件]
tidewire forget-secrets [--config 文件] [--data 目录]
tidewire apply 文件|- [--dry-run] [--json]
tidewire export [名称...] [--secrets]
tidewire project list|show|status|precheck|start|pause|resume|release|delete 名称 [--json] [--wait 秒]
tidewire project adopt-queues 名称 [--json]
tidewire project schema 名称 [库名.表名] [--json]
tidewire project define 名称 库名.表名 文件|- [--json]
tidewire datasource list|show|test|delete 名称 [--json]
tidewire user list|add|passwd|delete 名称 [--json]
tidewire sample --datasource 名称 --table 库名.表名 --format 序列化方式 [--json]
tidewire backup 文件
tidewire status [--json]
tidewire version

除 serve、check-config、forget-secrets 和 version 外，命令都连接正在运行的服务；
可用 --server URL（或 TIDEWIRE_SERVER）和 TIDEWIRE_TOKEN 指定其他服务。",
};

/// `serve` with all it needs.
#[derive(Clone, Debug)]
pub struct Serve {
    /// Checked settings.
    pub settings: Settings,
    /// Data directory.
    pub data: PathBuf,
    config: Option<PathBuf>,
    listen: Option<String>,
}

impl Serve {
    /// The settings as file and environment have them now.
    ///
    /// # Errors
    /// Every mistake in them.
    pub fn read_again(&self) -> Result<Settings, ConfigError> {
        settings(self.config.as_deref(), self.listen.as_ref())
    }
}

/// What to do.
#[derive(Clone, Debug)]
pub enum Command {
    /// Run the service.
    Serve(Box<Serve>),
    /// Answer one question of the service, which started this process for it.
    Ask,
    /// Delete the secrets that the key of this data directory does not open.
    ForgetSecrets(PathBuf),
    /// Talk to the running service.
    Client(Box<ClientCommand>),
}

/// A command for the running service.
#[derive(Clone, Debug)]
pub struct ClientCommand {
    pub(super) action: Action,
    pub(super) json: bool,
    pub(super) server: Option<String>,
    pub(super) data: PathBuf,
}

#[derive(Clone, Debug)]
pub(super) enum Action {
    Apply { file: String, dry_run: bool },
    Export { names: Vec<String>, secrets: bool },
    Backup { file: String },
    Sample { datasource: String, database: String, table: String, format: String },
    Status,
    Project { verb: String, name: Option<String>, wait: Option<u64> },
    Schema { project: String, table: Option<String> },
    Define { project: String, table: String, file: String },
    Datasource { verb: String, name: Option<String> },
    User { verb: String, name: Option<String> },
}

/// Raw options before a command makes sense of them.
#[expect(clippy::struct_excessive_bools, reason = "one flag an option of the command line")]
#[derive(Default)]
struct Raw {
    words: Vec<String>,
    config: Option<PathBuf>,
    data: Option<PathBuf>,
    listen: Option<String>,
    server: Option<String>,
    wait: Option<u64>,
    datasource: Option<String>,
    table: Option<String>,
    format: Option<String>,
    json: bool,
    dry_run: bool,
    secrets: bool,
    help: bool,
    /// Option names as given, to refuse those of other commands.
    given: Vec<String>,
}

/// Reads the arguments; commands that need no service are answered at once.
///
/// # Errors
/// The outcome: usage, version, checked settings.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command, Outcome> {
    let raw = read(args).map_err(|error| wrong(&error.to_string()))?;
    let lang = terminal_lang();
    if raw.help {
        return Err(Outcome::said(USAGE.get(lang)));
    }
    let words: Vec<&str> = raw.words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve"] => {
            raw.only(&["config", "data", "listen"])?;
            serve(&raw, lang).map(|serve| Command::Serve(Box::new(serve)))
        }
        ["ask"] => {
            raw.only(&[])?;
            Ok(Command::Ask)
        }
        ["forget-secrets"] => {
            raw.only(&["config", "data"])?;
            serve(&raw, lang).map(|serve| Command::ForgetSecrets(serve.data))
        }
        ["check-config"] => {
            raw.only(&["config"])?;
            Err(check(&raw, lang))
        }
        ["version"] => Err(Outcome::said(&format!("tidewire {}", env!("CARGO_PKG_VERSION")))),
        [] => Err(wrong("no command")),
        words => client(&raw, words),
    }
}

fn read(args: impl IntoIterator<Item = OsString>) -> Result<Raw, lexopt::Error> {
    let mut raw = Raw::default();
    let mut parser = lexopt::Parser::from_iter(args);
    while let Some(arg) = parser.next()? {
        if let Long(name) = arg {
            raw.given.push(name.to_owned());
        }
        match arg {
            Long("config") => raw.config = Some(parser.value()?.into()),
            Long("data") => raw.data = Some(parser.value()?.into()),
            Long("listen") => raw.listen = Some(parser.value()?.string()?),
            Long("server") => raw.server = Some(parser.value()?.string()?),
            Long("wait") => raw.wait = Some(parser.value()?.parse()?),
            Long("datasource") => raw.datasource = Some(parser.value()?.string()?),
            Long("table") => raw.table = Some(parser.value()?.string()?),
            Long("format") => raw.format = Some(parser.value()?.string()?),
            Long("json") => raw.json = true,
            Long("dry-run") => raw.dry_run = true,
            Long("secrets") => raw.secrets = true,
            Long("help") | Short('h') => raw.help = true,
            Long("version") | Short('V') => raw.words = vec!["version".to_owned()],
            Value(word) => raw.words.push(word.string()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok(raw)
}

impl Raw {
    /// Refuses options that the command does not have.
    fn only(&self, allowed: &[&str]) -> Result<(), Outcome> {
        match self.given.iter().find(|name| !allowed.contains(&name.as_str())) {
            Some(name) => Err(wrong(&format!("--{name} does not belong to this command"))),
            None => Ok(()),
        }
    }
}

fn wrong(reason: &str) -> Outcome {
    Outcome::usage(reason, USAGE.get(terminal_lang()))
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn serve(raw: &Raw, lang: Lang) -> Result<Serve, Outcome> {
    let settings = settings(raw.config.as_deref(), raw.listen.as_ref())
        .map_err(|error| Outcome::usage(&error.lines(lang), ""))?;
    let data = raw.data.clone().or_else(|| settings.data.clone());
    Ok(Serve {
        data: data.unwrap_or_else(|| config::default_data_dir(env)),
        settings,
        config: raw.config.clone(),
        listen: raw.listen.clone(),
    })
}

fn settings(config: Option<&Path>, listen: Option<&String>) -> Result<Settings, ConfigError> {
    config::load(config, |name| match name {
        // The argument wins over the environment.
        "TIDEWIRE_LISTEN" => listen.cloned().or_else(|| env(name)),
        _ => env(name),
    })
}

fn check(raw: &Raw, lang: Lang) -> Outcome {
    const FINE: Text = Text { en: "the settings are valid", zh: "设置有效" };
    match config::load(raw.config.as_deref(), env) {
        Ok(_) => Outcome::said(FINE.get(lang)),
        Err(error) => Outcome::usage(&error.lines(lang), ""),
    }
}

fn client(raw: &Raw, words: &[&str]) -> Result<Command, Outcome> {
    let text = |word: &str| word.to_owned();
    let (action, options): (Action, &[&str]) = match *words {
        ["apply", file] => (Action::Apply { file: text(file), dry_run: raw.dry_run }, &["dry-run", "json"]),
        ["export", ref names @ ..] => {
            let names = names.iter().map(|name| text(name)).collect();
            (Action::Export { names, secrets: raw.secrets }, &["secrets"])
        }
        ["backup", file] => (Action::Backup { file: text(file) }, &[]),
        ["sample"] => (sample(raw)?, &["datasource", "table", "format", "json"]),
        ["status"] => (Action::Status, &["json"]),
        ["project", "list"] => (Action::Project { verb: text("list"), name: None, wait: None }, &["json"]),
        ["project", verb @ ("show" | "status" | "precheck" | "delete" | "adopt-queues"), name] => {
            (Action::Project { verb: text(verb), name: Some(text(name)), wait: None }, &["json"])
        }
        ["project", verb @ ("start" | "pause" | "resume" | "release"), name] => {
            (Action::Project { verb: text(verb), name: Some(text(name)), wait: raw.wait }, &["json", "wait"])
        }
        ["project", "schema", project, ref table @ ..] if table.len() < 2 => {
            let table = table.first().map(|table| text(table));
            (Action::Schema { project: text(project), table }, &["json"])
        }
        ["project", "define", project, table, file] => {
            (Action::Define { project: text(project), table: text(table), file: text(file) }, &["json"])
        }
        ["datasource", "list"] => (Action::Datasource { verb: text("list"), name: None }, &["json"]),
        ["datasource", verb @ ("show" | "test" | "delete"), name] => {
            (Action::Datasource { verb: text(verb), name: Some(text(name)) }, &["json"])
        }
        ["user", "list"] => (Action::User { verb: text("list"), name: None }, &["json"]),
        ["user", verb @ ("add" | "passwd" | "delete"), name] => {
            (Action::User { verb: text(verb), name: Some(text(name)) }, &["json"])
        }
        _ => return Err(wrong(&format!("no such command: {}", words.join(" ")))),
    };
    let mut allowed = vec!["server", "data"];
    allowed.extend(options);
    raw.only(&allowed)?;
    Ok(Command::Client(Box::new(ClientCommand {
        action,
        json: raw.json,
        server: raw.server.clone().or_else(|| env("TIDEWIRE_SERVER")),
        data: client_data(raw),
    })))
}

fn sample(raw: &Raw) -> Result<Action, Outcome> {
    let needed = |name: &str, value: &Option<String>| {
        value.clone().ok_or_else(|| wrong(&format!("sample needs --{name}")))
    };
    let table = needed("table", &raw.table)?;
    let Some((database, table)) = table.split_once('.').filter(|(database, _)| !database.is_empty()) else {
        return Err(wrong("--table must be DB.TABLE"));
    };
    Ok(Action::Sample {
        datasource: needed("datasource", &raw.datasource)?,
        database: database.to_owned(),
        table: table.to_owned(),
        format: needed("format", &raw.format)?,
    })
}

/// Where the service that runs here keeps its address and token.
fn client_data(raw: &Raw) -> PathBuf {
    let named = raw.data.clone().or_else(|| config::load(None, env).ok().and_then(|settings| settings.data));
    named.unwrap_or_else(|| {
        let system = PathBuf::from("/var/lib/tidewire");
        if system.join("api-address").exists() { system } else { config::default_data_dir(env) }
    })
}
