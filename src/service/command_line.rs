//! A pasted command line of `obclient` or `mysql`, as the fields of a data
//! source. Knows the options of those programs only: it runs nothing.
//!
//! Invariant: whatever the text is, what [`redacted`] gives back holds no
//! password that was written into it.

use secrecy::SecretString;
use tidewire_words::{Lang, Sentence, Text};

use crate::text::datasource as text;

/// What a command line says of a connection.
#[derive(Clone, Debug, Default)]
pub struct CommandLine {
    /// Host of `-h`.
    pub host: String,
    /// Port of `-P`.
    pub port: String,
    /// Account of `-u`, without tenant and cluster.
    pub user: String,
    /// Tenant behind `@`.
    pub tenant: String,
    /// Cluster behind `#`; may be empty.
    pub cluster: String,
    /// Password of `-p`, if it was written.
    pub password: Option<SecretString>,
    /// Database of `-D`; may be empty.
    pub database: String,
}

/// A word of the line: its text without quotes, and where it stood.
struct Word {
    text: String,
    from: usize,
    to: usize,
}

/// Splits a line as a shell does; also says whether a quote was left open.
fn words(line: &str) -> (Vec<Word>, bool) {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut quote = None;
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let literal = match (quote, c) {
            (Some(open), c) if open == c => {
                quote = None;
                continue;
            }
            (None | Some('"'), '\\') => match chars.next() {
                // A line that goes on below.
                Some((_, '\n' | '\r')) | None => continue,
                Some((_, escaped)) => escaped,
            },
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_with(|| Word { text: String::new(), from: at, to: at });
                continue;
            }
            (None, c) if c.is_whitespace() => {
                words.extend(word.take().map(|word| Word { to: at, ..word }));
                continue;
            }
            (_, c) => c,
        };
        word.get_or_insert_with(|| Word { text: String::new(), from: at, to: at }).text.push(literal);
    }
    words.extend(word.map(|word| Word { to: line.len(), ..word }));
    (words, quote.is_some())
}

/// Whether a word carries a password.
fn is_password(word: &str) -> bool {
    word.starts_with("-p") || word.starts_with("--password=")
}

/// The line without the passwords in it, to be shown again.
#[must_use]
pub fn redacted(line: &str) -> String {
    let mut shown = String::new();
    let mut copied = 0;
    for word in words(line).0.iter().filter(|word| is_password(&word.text)) {
        shown.push_str(line.get(copied..word.from).unwrap_or_default());
        shown.push_str("-p");
        copied = word.to;
    }
    shown.push_str(line.get(copied..).unwrap_or_default());
    shown
}

/// Reads a command line.
///
/// # Errors
/// What is missing or can't be read, for a person.
pub fn parse(line: &str) -> Result<CommandLine, Sentence> {
    let (words, open) = words(line);
    if open {
        return Err(text::LINE_QUOTE.into());
    }
    let mut words = words.into_iter().map(|word| word.text);
    let program = words.next().unwrap_or_default();
    let name = program.rsplit('/').next().unwrap_or_default();
    if !["obclient", "mysql", "mariadb"].contains(&name) {
        return Err(text::LINE_PROGRAM.into());
    }
    let mut found = CommandLine::default();
    let mut account = String::new();
    while let Some(word) = words.next() {
        let Some((option, value)) = split(&word) else {
            if !word.starts_with('-') && found.database.is_empty() {
                found.database = word;
            }
            continue;
        };
        if option == 'p' {
            found.password = value.map(SecretString::from);
            continue;
        }
        let value = value.or_else(|| words.next()).unwrap_or_default();
        match option {
            'h' => found.host = value,
            'P' => found.port = value,
            'u' => account = value,
            'D' => found.database = value,
            _ => {}
        }
    }
    found.take_account(&account);
    found.complete()
}

/// An option that has a value, and the value if it stands in the same word.
fn split(word: &str) -> Option<(char, Option<String>)> {
    if let Some(long) = word.strip_prefix("--") {
        let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
        let option = match name {
            "host" => 'h',
            "port" => 'P',
            "user" => 'u',
            "password" => 'p',
            "database" => 'D',
            "execute" => 'e',
            _ => return None,
        };
        return Some((option, value.map(str::to_owned)));
    }
    let mut letters = word.strip_prefix('-')?.chars();
    let option = letters.next().filter(|letter| "hPupDe".contains(*letter))?;
    let value = letters.as_str();
    Some((option, (!value.is_empty()).then(|| value.to_owned())))
}

impl CommandLine {
    /// `user@tenant#cluster`, or `cluster:tenant:user`.
    fn take_account(&mut self, account: &str) {
        let parts: Vec<&str> = account.split(':').collect();
        let (user, tenant, cluster) = match parts.as_slice() {
            [cluster, tenant, user] => (*user, *tenant, *cluster),
            _ => match account.split_once('@') {
                Some((user, rest)) => {
                    let (tenant, cluster) = rest.split_once('#').unwrap_or((rest, ""));
                    (user, tenant, cluster)
                }
                None => (account, "", ""),
            },
        };
        user.clone_into(&mut self.user);
        tenant.clone_into(&mut self.tenant);
        cluster.clone_into(&mut self.cluster);
    }

    /// Names everything that is missing at once.
    fn complete(self) -> Result<Self, Sentence> {
        let parts: [(&str, Text); 4] = [
            (&self.host, text::LINE_HOST),
            (&self.port, text::LINE_PORT),
            (&self.user, text::LINE_USER),
            (&self.tenant, text::LINE_TENANT),
        ];
        let missing: Vec<Text> =
            parts.iter().filter(|(value, _)| value.is_empty()).map(|(_, part)| *part).collect();
        if missing.is_empty() {
            return Ok(self);
        }
        let list = |lang: Lang, comma: &str| {
            let names: Vec<&str> = missing.iter().map(|part| part.get(lang)).collect();
            names.join(comma)
        };
        let list = Sentence { en: list(Lang::En, ", "), zh: list(Lang::Zh, "、") };
        Err(Sentence::of_messages(text::LINE_MISSING, &[&list]))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn every_way_to_write_a_value() {
        let line = "/usr/bin/obclient -h10.0.0.1 -P 2883 --user='sync@t1#c1' \\\n -p\"a b'c\" -Dshop -A -c";
        let read = parse(line).unwrap();
        let parts = [&read.host, &read.port, &read.user, &read.tenant, &read.cluster, &read.database];
        assert_eq!(parts, ["10.0.0.1", "2883", "sync", "t1", "c1", "shop"]);
        assert_eq!(read.password.unwrap().expose_secret(), "a b'c");
        let read = parse("mysql --host db --port=2881 -u c:t:u --password -e 'select 1' shop").unwrap();
        assert_eq!((read.user.as_str(), read.tenant.as_str(), read.cluster.as_str()), ("u", "t", "c"));
        assert!(read.password.is_none() && read.database == "shop");
    }

    #[test]
    fn what_is_missing_is_named() {
        let said = |line: &str| parse(line).unwrap_err().zh;
        assert!(
            said("obclient -h a -usync").contains("端口（-P）、租户"),
            "{}",
            said("obclient -h a -usync")
        );
        assert_eq!(parse("ssh -h a").unwrap_err(), text::LINE_PROGRAM.into());
        assert_eq!(parse("").unwrap_err(), text::LINE_PROGRAM.into());
        assert_eq!(parse("mysql -h 'a").unwrap_err(), text::LINE_QUOTE.into());
    }

    #[test]
    fn a_shown_line_holds_no_password() {
        for line in [
            "mysql -psecret -h a",
            "mysql -p'sec ret' -h a",
            "mysql -h a --password=secret",
            "mysql -p'secret",
        ] {
            let shown = redacted(line);
            assert!(!shown.contains("sec") && shown.contains("-p"), "{shown}");
        }
        assert_eq!(redacted("mysql -h 数据 -P1"), "mysql -h 数据 -P1");
    }
}
