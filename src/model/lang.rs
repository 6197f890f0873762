//! The two languages of every text a person reads.
//!
//! A text is a [`Text`]: both languages stand side by side, so a missing
//! translation does not compile.

use serde::{Deserialize, Serialize};

/// A language of the console and of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// Simplified Chinese.
    Zh,
    /// English; also the language of logs.
    #[default]
    En,
}

/// One text in both languages. `{}` marks where an argument goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: &'static str,
    /// Simplified Chinese.
    pub zh: &'static str,
}

impl Text {
    /// The text in the given language.
    #[must_use]
    pub const fn get(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh,
            Lang::En => self.en,
        }
    }

    /// The text with each `{}` replaced by the next argument.
    #[must_use]
    pub fn fill(self, lang: Lang, args: &[&str]) -> String {
        let mut parts = self.get(lang).split("{}");
        let mut out = parts.next().unwrap_or_default().to_owned();
        let mut args = args.iter();
        for part in parts {
            out.push_str(args.next().copied().unwrap_or_default());
            out.push_str(part);
        }
        out
    }
}

/// A text with its arguments: a sentence that is complete in both languages
/// and chosen only where it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The sentence; `{}` takes the arguments in order.
    pub text: Text,
    /// Names and numbers, the same in both languages.
    pub args: Vec<String>,
}

impl Message {
    /// A message of this text and these arguments.
    #[must_use]
    pub fn new(text: Text, args: &[&str]) -> Self {
        Self { text, args: args.iter().map(|arg| (*arg).to_owned()).collect() }
    }

    /// The message in the given language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> String {
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        self.text.fill(lang, &args)
    }
}

impl From<Text> for Message {
    fn from(text: Text) -> Self {
        Self { text, args: Vec::new() }
    }
}

impl Lang {
    /// The tag that HTTP and HTML use.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The first language of a preference list (`zh-CN,zh;q=0.9,en;q=0.8` or
    /// `zh_CN.UTF-8`) that we speak; English otherwise.
    #[must_use]
    pub fn preferred(list: &str) -> Self {
        for part in list.split(',') {
            let tag = part.trim().to_ascii_lowercase();
            if tag.starts_with("zh") {
                return Self::Zh;
            }
            if tag.starts_with("en") {
                return Self::En;
            }
        }
        Self::En
    }
}

/// A sentence kept in both languages, for what is stored before anyone reads
/// it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}

impl Said {
    /// The sentence in the given language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

impl From<&Message> for Said {
    fn from(message: &Message) -> Self {
        Self { en: message.get(Lang::En), zh: message.get(Lang::Zh) }
    }
}

impl From<Text> for Said {
    fn from(text: Text) -> Self {
        Self { en: text.en.to_owned(), zh: text.zh.to_owned() }
    }
}
