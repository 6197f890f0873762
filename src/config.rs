//! Process settings: one table of options, read from a TOML file and the
//! environment. Knows no other module but the words of `model`.
//!
//! Invariants: an option exists in exactly one place, [`OPTIONS`]; a name that
//! is not in it is a mistake; every mistake is reported, not only the first.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tidewire_words::{Lang, Sentence, Text};
use toml::de::{DeTable, DeValue};

/// Read when neither `--config` nor `TIDEWIRE_CONFIG` names another.
pub const DEFAULT_FILE: &str = "/etc/tidewire/tidewire.toml";

/// What the process needs to know before it opens its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Address of console and API.
    pub listen: SocketAddr,
    /// Data directory, when the file or the environment names one.
    pub data: Option<PathBuf>,
    /// Address that browsers use, when a proxy stands in front.
    pub public_url: Option<String>,
    /// Log filter.
    pub log: String,
    /// Whether `/metrics` needs no token.
    pub metrics_public: bool,
    /// Bytes a project may hold.
    pub memory_per_project: usize,
    /// Largest batch in bytes.
    pub batch_bytes: usize,
    /// Largest batch in messages.
    pub batch_messages: usize,
    /// Milliseconds between checkpoints.
    pub checkpoint_interval_ms: u64,
    /// Messages read back at most when a project starts.
    pub tail_max_messages: u64,
}

/// One option: its name, its default as the file would say it, and the check
/// that puts a value into [`Settings`].
#[derive(Debug)]
pub struct ProcessOption {
    /// `section.name`, or `name` outside of sections.
    pub name: &'static str,
    /// Default value as text.
    pub default: &'static str,
    /// Checks a value and stores it.
    set: fn(&mut Settings, &str) -> Result<(), Text>,
}

impl ProcessOption {
    /// The environment variable that overrides the file.
    #[must_use]
    pub fn env(&self) -> String {
        format!("TIDEWIRE_{}", self.name.replace('.', "_").to_ascii_uppercase())
    }
}

/// Every option there is.
pub const OPTIONS: &[ProcessOption] = &[
    ProcessOption { name: "listen", default: "127.0.0.1:8089", set: set_listen },
    ProcessOption { name: "data", default: "", set: set_data },
    ProcessOption { name: "public_url", default: "", set: set_public_url },
    ProcessOption { name: "log", default: "info", set: set_log },
    ProcessOption { name: "metrics_public", default: "false", set: set_metrics_public },
    ProcessOption { name: "limits.memory_per_project", default: "4MiB", set: set_memory },
    ProcessOption { name: "limits.batch_bytes", default: "1MiB", set: set_batch_bytes },
    ProcessOption { name: "limits.batch_messages", default: "1024", set: set_batch_messages },
    ProcessOption { name: "checkpoint.interval", default: "1s", set: set_interval },
    ProcessOption { name: "tail.max_messages", default: "1000000", set: set_tail },
];

/// One wrong thing in the settings, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// File, or the name of an environment variable.
    pub place: String,
    /// Line in the file.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: Sentence,
}

impl Mistake {
    fn sentence(&self, lang: Lang) -> String {
        let message = self.message.get(lang);
        match self.line {
            Some(line) => format!("{}:{line}: {message}", self.place),
            None => format!("{}: {message}", self.place),
        }
    }
}

/// All mistakes of the settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// Never empty.
    pub mistakes: Vec<Mistake>,
}

impl ConfigError {
    /// One line a mistake.
    #[must_use]
    pub fn lines(&self, lang: Lang) -> String {
        let lines: Vec<String> = self.mistakes.iter().map(|mistake| mistake.sentence(lang)).collect();
        lines.join("\n")
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines(Lang::En))
    }
}

const UNKNOWN: Text = Text { en: "unknown option `{}`", zh: "未知选项 `{}`" };
const WRONG_TYPE: Text = Text {
    en: "`{}` must be a text, a number, true or false",
    zh: "`{}` 必须是文本、数字、true 或 false",
};
const NOT_A_SECTION: Text =
    Text { en: "`{}` is a section: write [{}]", zh: "`{}` 是一个小节，请写作 [{}]" };
const SYNTAX: Text = Text { en: "not valid TOML: {}", zh: "不是有效的 TOML：{}" };
const UNREADABLE: Text = Text { en: "can't be read: {}", zh: "无法读取：{}" };

/// Reads the file (a missing default file is no mistake) and the environment.
///
/// # Errors
/// Every unknown name and every wrong value, each with its line.
pub fn load(file: Option<&Path>, env: impl Fn(&str) -> Option<String>) -> Result<Settings, ConfigError> {
    let mut reader = Reader { settings: blank(), mistakes: Vec::new() };
    for option in OPTIONS {
        reader.set(option, option.default, &Place::of(option.name));
    }
    let named = file.map(Path::to_path_buf).or_else(|| env("TIDEWIRE_CONFIG").map(PathBuf::from));
    let path = named.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
    match std::fs::read_to_string(&path) {
        Ok(text) => reader.read_file(&path.display().to_string(), &text),
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            let place = path.display().to_string();
            reader.mistake(&Place::of(&place), Sentence::new(UNREADABLE, &[&error.to_string()]));
        }
    }
    for option in OPTIONS {
        if let Some(value) = env(&option.env()) {
            reader.set(option, &value, &Place::of(&option.env()));
        }
    }
    reader.mistakes.sort_by_key(|mistake| mistake.line);
    if reader.mistakes.is_empty() {
        Ok(reader.settings)
    } else {
        Err(ConfigError { mistakes: reader.mistakes })
    }
}

/// Where a value came from.
struct Place<'a> {
    name: &'a str,
    line: Option<usize>,
}

impl<'a> Place<'a> {
    fn of(name: &'a str) -> Self {
        Self { name, line: None }
    }
}

/// The data directory when no setting names one: the system's if it can be
/// written to, else one below the home directory.
#[must_use]
pub fn default_data_dir(env: impl Fn(&str) -> Option<String>) -> PathBuf {
    let system = PathBuf::from("/var/lib/tidewire");
    if is_writable(&system) {
        return system;
    }
    let state = env("XDG_STATE_HOME").filter(|path| path.starts_with('/')).map(PathBuf::from);
    let home = || PathBuf::from(env("HOME").unwrap_or_else(|| "/".to_owned())).join(".local/state");
    state.unwrap_or_else(home).join("tidewire")
}

fn is_writable(folder: &Path) -> bool {
    let probe = folder.join(format!(".probe-{}", std::process::id()));
    let made = std::fs::OpenOptions::new().write(true).create_new(true).open(&probe).is_ok();
    made && std::fs::remove_file(&probe).is_ok()
}

struct Reader {
    settings: Settings,
    mistakes: Vec<Mistake>,
}

impl Reader {
    fn mistake(&mut self, place: &Place<'_>, message: Sentence) {
        self.mistakes.push(Mistake { place: place.name.to_owned(), line: place.line, message });
    }

    fn set(&mut self, option: &ProcessOption, value: &str, place: &Place<'_>) {
        if let Err(reason) = (option.set)(&mut self.settings, value.trim()) {
            let message = Sentence::new(reason, &[option.name]);
            self.mistake(place, message);
        }
    }

    fn read_file(&mut self, file: &str, text: &str) {
        let table = match DeTable::parse(text) {
            Ok(table) => table,
            Err(error) => {
                let line = Some(error.span().map_or(1, |span| line_of(text, span.start)));
                let reason = error.message().lines().next().unwrap_or_default().to_owned();
                self.mistake(&Place { name: file, line }, Sentence::new(SYNTAX, &[&reason]));
                return;
            }
        };
        for (key, value) in table.get_ref() {
            let place = Place { name: file, line: Some(line_of(text, key.span().start)) };
            let name: &str = key.get_ref();
            match value.get_ref() {
                DeValue::Table(section) => {
                    for (key, value) in section {
                        let place = Place { name: file, line: Some(line_of(text, key.span().start)) };
                        self.value(&place, &format!("{name}.{}", key.get_ref()), value.get_ref());
                    }
                }
                other => self.value(&place, name, other),
            }
        }
    }

    fn value(&mut self, place: &Place<'_>, name: &str, value: &DeValue<'_>) {
        let Some(option) = OPTIONS.iter().find(|option| option.name == name) else {
            let section = format!("{name}.");
            let message = if OPTIONS.iter().any(|option| option.name.starts_with(&section)) {
                Sentence::new(NOT_A_SECTION, &[name, name])
            } else {
                Sentence::new(UNKNOWN, &[name])
            };
            self.mistake(place, message);
            return;
        };
        match scalar(value) {
            Some(text) => self.set(option, &text, place),
            None => self.mistake(place, Sentence::new(WRONG_TYPE, &[name])),
        }
    }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    if let Some(text) = value.as_str() {
        return Some(text.to_owned());
    }
    if let Some(number) = value.as_integer() {
        return Some(number.as_str().to_owned());
    }
    value.as_bool().map(|flag| flag.to_string())
}

/// The line, from 1, of a byte offset.
#[must_use]
pub fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

fn blank() -> Settings {
    Settings {
        listen: SocketAddr::from(([127, 0, 0, 1], 8089)),
        data: None,
        public_url: None,
        log: String::new(),
        metrics_public: false,
        memory_per_project: 0,
        batch_bytes: 0,
        batch_messages: 0,
        checkpoint_interval_ms: 0,
        tail_max_messages: 0,
    }
}

fn set_listen(settings: &mut Settings, value: &str) -> Result<(), Text> {
    settings.listen = value.parse().map_err(|_| Text {
        en: "wrong value for `{}`: expected address:port",
        zh: "`{}` 的值不正确：应为 地址:端口",
    })?;
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every option has the same signature")]
fn set_data(settings: &mut Settings, value: &str) -> Result<(), Text> {
    settings.data = (!value.is_empty()).then(|| PathBuf::from(value));
    Ok(())
}

fn set_public_url(settings: &mut Settings, value: &str) -> Result<(), Text> {
    let known = value.is_empty() || value.starts_with("http://") || value.starts_with("https://");
    if !known {
        return Err(Text {
            en: "wrong value for `{}`: expected http://... or https://...",
            zh: "`{}` 的值不正确：应以 http:// 或 https:// 开头",
        });
    }
    let trimmed = value.trim_end_matches('/');
    settings.public_url = (!trimmed.is_empty()).then(|| trimmed.to_owned());
    Ok(())
}

fn set_log(settings: &mut Settings, value: &str) -> Result<(), Text> {
    let level = |text: &str| text.parse::<log::LevelFilter>().is_ok();
    let fine = value.split(',').all(|part| match part.split_once('=') {
        Some((target, text)) => !target.is_empty() && level(text),
        None => level(part),
    });
    if !fine {
        return Err(Text {
            en: "wrong value for `{}`: expected off, error, warn, info, debug, trace or target=level,...",
            zh: "`{}` 的值不正确：应为 off、error、warn、info、debug、trace 或 目标=级别,...",
        });
    }
    value.clone_into(&mut settings.log);
    Ok(())
}

fn set_metrics_public(settings: &mut Settings, value: &str) -> Result<(), Text> {
    settings.metrics_public = value.parse().map_err(|_| Text {
        en: "wrong value for `{}`: expected true or false",
        zh: "`{}` 的值不正确：应为 true 或 false",
    })?;
    Ok(())
}

fn set_memory(settings: &mut Settings, value: &str) -> Result<(), Text> {
    settings.memory_per_project = size(value, 1 << 20, 4 << 30).ok_or(Text {
        en: "wrong value for `{}`: expected 1MiB to 4GiB, such as 16MiB",
        zh: "`{}` 的值不正确：应在 1MiB 到 4GiB 之间，例如 16MiB",
    })?;
    Ok(())
}

fn set_batch_bytes(settings: &mut Settings, value: &str) -> Result<(), Text> {
    settings.batch_bytes = size(value, 4 << 10, 4 << 20).ok_or(Text {
        en: "wrong value for `{}`: expected 4KiB to 4MiB, such as 1MiB",
        zh: "`{}` 的值不正确：应在 4KiB 到 4MiB 之间，例如 1MiB",
    })?;
    Ok(())
}

fn set_batch_messages(settings: &mut Settings, value: &str) -> Result<(), Text> {
    let count: usize = value.replace('_', "").parse().unwrap_or(0);
    if !(1..=65_536).contains(&count) {
        return Err(Text {
            en: "wrong value for `{}`: expected 1 to 65536",
            zh: "`{}` 的值不正确：应在 1 到 65536 之间",
        });
    }
    settings.batch_messages = count;
    Ok(())
}

fn set_interval(settings: &mut Settings, value: &str) -> Result<(), Text> {
    let (digits, factor) = match value.strip_suffix("ms") {
        Some(digits) => (digits, 1),
        None => (value.strip_suffix('s').unwrap_or("?"), 1000),
    };
    let millis = digits.trim().parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).unwrap_or(0);
    if !(100..=60_000).contains(&millis) {
        return Err(Text {
            en: "wrong value for `{}`: expected 100ms to 60s, such as 1s",
            zh: "`{}` 的值不正确：应在 100ms 到 60s 之间，例如 1s",
        });
    }
    settings.checkpoint_interval_ms = millis;
    Ok(())
}

fn set_tail(settings: &mut Settings, value: &str) -> Result<(), Text> {
    let count = value.replace('_', "").parse().ok().filter(|count| *count <= 1_000_000_000);
    settings.tail_max_messages = count.ok_or(Text {
        en: "wrong value for `{}`: expected 0 to 1000000000",
        zh: "`{}` 的值不正确：应在 0 到 1000000000 之间",
    })?;
    Ok(())
}

/// `4096`, `64KiB`, `16MiB`, `1GiB`, inside the bounds.
fn size(value: &str, least: usize, most: usize) -> Option<usize> {
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30)];
    let (digits, shift) = units
        .iter()
        .find_map(|(unit, shift)| value.strip_suffix(unit).map(|digits| (digits, *shift)))
        .unwrap_or((value, 0));
    let number: usize = digits.trim().replace('_', "").parse().ok()?;
    let bytes = number.checked_mul(1 << shift)?;
    (least..=most).contains(&bytes).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, env: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        load(Some(file.path()), |name| {
            env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        let error = read("listen = \"nonsense\"\nport = 1\n[limits]\nbatch_bytes = [1]\n", &[]).unwrap_err();
        let lines: Vec<String> = error.lines(Lang::En).lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[0].contains(":1: wrong value for `listen`"), "{lines:?}");
        assert!(lines[1].contains(":2: unknown option `port`"), "{lines:?}");
        assert!(lines[2].contains(":4: `limits.batch_bytes` must be"), "{lines:?}");
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let settings = read(
            "listen = \"127.0.0.1:1\"\n[checkpoint]\ninterval = \"250ms\"\n",
            &[("TIDEWIRE_LISTEN", "127.0.0.1:2"), ("TIDEWIRE_LIMITS_BATCH_BYTES", "64KiB")],
        )
        .unwrap();
        assert_eq!(settings.listen.port(), 2);
        assert_eq!(settings.batch_bytes, 65_536);
        assert_eq!(settings.checkpoint_interval_ms, 250);
    }

    /// The shipped file shows every option, commented out, with its default.
    #[test]
    fn the_shipped_file_documents_every_option() {
        let shipped = include_str!("../packaging/default.toml");
        let lines: Vec<&str> = shipped
            .lines()
            .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
            .collect();
        let uncommented = lines.join("\n");
        let table: toml::Table = uncommented.parse().unwrap();
        for option in OPTIONS {
            let value = match option.name.split_once('.') {
                Some((section, name)) => table[section].get(name),
                None => table.get(option.name),
            };
            let value = value.unwrap_or_else(|| panic!("{} is not in the shipped file", option.name));
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            assert_eq!(text, option.default, "{}", option.name);
        }
        assert!(read(&uncommented, &[]).is_ok());
        assert_eq!(read(shipped, &[]), read(&uncommented, &[]));
    }
}
